import t from 'tap';
import { RowErrors } from '../../gainsight/row_errors.ts';
import type { Batch } from '../../model.ts';
import { redactReason } from '../../settle/rejects/redact_reason.ts';
import { failureWords } from './reconcile.ts';

/** Two rows, of which the first has a line break. */
const rows = ['1,"Ada\nLovelace"', '2,Grace Hopper'];
const batch = {
  rows: rows.length,
  readRow: async (row: number) => Buffer.from(rows[row] as string),
  rowsAtLines: async (lines: readonly number[]) => lines.map((line) => [undefined, undefined, 0, 0, 1][line]),
} as unknown as Batch;
const redact = (words: string, _: unknown, cells: readonly (string | null)[]) => redactReason(words, cells);

t.test('the values of the row that an error means are left out, however the tenant counts rows', async (t) => {
  for (const [rowNumber, reported] of [
    [0, 'Grace Hopper is no date'],
    [1, '… is no date'],
    [2, '… is no date'],
    [3, '… is no date'],
    [4, '… is no date'],
    [undefined, 'Grace Hopper is no date'],
  ] as const) {
    const error = { errorMessage: 'Grace Hopper is no date', ...(rowNumber !== undefined && { rowNumber }) };
    t.equal(await failureWords(batch, RowErrors.of([error]), redact), reported, `row ${rowNumber}`);
  }
});

t.test('equal errors are told once, the most frequent first, ten at most', async (t) => {
  const errors = Array.from({ length: 1200 }, (_, at) => ({
    ...{ rowNumber: 9000, errorMessage: at % 2 === 0 ? 'is too long' : `is wrong, ${at}` },
    ...(at % 2 === 0 && { fieldName: 'Name' }),
  }));
  const words = await failureWords(batch, RowErrors.of(errors), redact);
  t.match(words, /^Name: is too long \(500 times\); is wrong, 1; is wrong, 3; .*; is wrong, 17; and 691 more$/);
  t.equal(await failureWords(batch, new RowErrors(), redact), 'it names no error');
  t.equal(await failureWords(batch, RowErrors.of([{ errorMessage: '' }]), redact), 'no reason given');
});
