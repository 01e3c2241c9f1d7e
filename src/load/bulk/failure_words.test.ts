import t from 'tap';
import { PlainWords } from '../../gainsight/plain_words.ts';
import { RowErrors } from '../../gainsight/row_errors.ts';
import { failureWords } from './reconcile.ts';

const words = new PlainWords('keys', ['Name']);

t.test('no value of a row is in the message of a FAILED job, whether the error names a row or not', async (t) => {
  for (const rowNumber of [0, 1, 2, 9, undefined]) {
    const errors = RowErrors.of([
      { errorMessage: 'Grace Hopper is no date', fieldName: 'Name', rowNumber: rowNumber ?? 0 },
    ]);
    t.equal(failureWords(errors, words), 'Name: … is no date', `row ${rowNumber}`);
  }
  t.equal(failureWords(RowErrors.of([{ errorMessage: 'is wrong', fieldName: 'Grace' }]), words), '…: is wrong');
});

t.test('with none only the code is printed', async (t) => {
  const none = new PlainWords('none', ['Name']);
  const errors = RowErrors.of([
    { errorMessage: 'GSOBJ_1006: no date' },
    { errorMessage: 'is wrong', fieldName: 'Name' },
  ]);
  t.equal(failureWords(errors, none), 'GSOBJ_1006; Name: no code given');
});

t.test('equal errors are reported once, the most frequent first, ten at most', async (t) => {
  const states = ['wrong', 'missing', 'empty', 'invalid', 'unknown', 'required', 'duplicate', 'unreadable', 'lost'];
  const errors = Array.from({ length: 1200 }, (_, at) => ({
    ...{
      rowNumber: 9000,
      errorMessage: at % 2 === 0 ? 'is too long' : `is ${states[at % 9]}, ${states[(at >> 1) % 7]}`,
    },
    ...(at % 2 === 0 && { fieldName: 'Name' }),
  }));
  const shown = failureWords(RowErrors.of(errors), words);
  t.match(shown, /^Name: is too long \(500 times\); (is \w+, \w+ \(\d+ times\); ){9}and \d+ more$/);
  t.equal(failureWords(new RowErrors(), words), 'it names no error');
  t.equal(failureWords(RowErrors.of([{ errorMessage: '' }]), words), 'no reason given');
});
