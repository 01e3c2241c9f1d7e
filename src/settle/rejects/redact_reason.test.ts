import t from 'tap';
import { ReasonCounts, redactReason, shorten } from './redact_reason.ts';

t.test("a reason loses the row's values and what it quotes, and keeps its sense", async (t) => {
  const cells = ['jane@example.com', 'O"Neil', 'ab', null, '', '  padded  ', 'a.b+c', '255', 'Jane'];
  for (const [reason, expected] of [
    ['Mandatory field is missing', 'Mandatory field is missing'],
    ['jane@example.com is no address', '… is no address'],
    ['JANE@EXAMPLE.COM is no address', '… is no address'],
    ['Value O"Neil is not allowed', 'Value … is not allowed'],
    ['padded is too short', '… is too short'],
    ['a.b+c but not axb+c', '… but not axb+c'],
    ['ab is too short to be told apart', 'ab is too short to be told apart'],
    ['At most 255 characters', 'At most … characters'],
    ['Picklist has no "Gold Plus" for it', 'Picklist has no … for it'],
    ["Picklist has no 'Gold's' for it", 'Picklist has no … for it'],
    ['Picklist has no “Gold” or ‘Silver’ or `Tin` or «Lead»', 'Picklist has no … or … or … or …'],
    ['Value "with \\"escaped\\" quotes" fails', 'Value … fails'],
    ['Cut off in "the middle of a val', 'Cut off in …'],
    ["The value can't be read, isn't a date", "The value can't be read, isn't a date"],
    ["The users' list isn't open", "The users' list isn't open"],
    ['Two lines "one\ntwo" here', 'Two lines … here'],
  ] as const) {
    t.equal(redactReason(reason, cells), expected, reason);
  }
});

t.test('a name of the configuration may be quoted, unless it is a value of the row', async (t) => {
  const names = ['Company', 'Stage__gc'];
  t.equal(redactReason('No "stage__gc" on "Company"', [], names), 'No "stage__gc" on "Company"');
  t.equal(redactReason('No "Stage" on "Company', [], names), 'No … on …');
  t.equal(redactReason('"Company" is no "Company"', ['company'], names), '… is no …');
});

t.test('a plain value inside a longer word is none, so that codes and field names stay whole', async (t) => {
  const cells = ['100', 'name', '東京都'];
  t.equal(redactReason('GSOBJ_1008: Name is 100, of 1000', cells), 'GSOBJ_1008: … is …, of 1000');
  t.equal(redactReason('First_Name__gc or Names', cells), 'First_Name__gc or Names');
  t.equal(redactReason('値東京都は無効', cells), '値…は無効', 'where words have no space between them');
});

t.test('a value that holds another is replaced whole', async (t) => {
  t.equal(redactReason('no abcdef here', ['abc', 'abcdef']), 'no … here');
});

t.test('a reason is cut to a length that a line can hold', async (t) => {
  t.equal(shorten('x'.repeat(5000)).length, 2001);
  t.equal(redactReason('y'.repeat(5000), []).length, 2001);
});

t.test('reasons are counted, the most frequent first, and beyond a hundred together', async (t) => {
  const counts = new ReasonCounts();
  counts.add('Name', 'too long');
  counts.add(undefined, 'no key', 5);
  counts.add('Name', 'too long');
  t.strictSame(counts.sorted(), [
    ['no key', 5],
    ['Name: too long', 2],
  ]);
  for (let reason = 0; reason < 1000; reason++) counts.add('Name', `reason ${reason}`);
  t.equal(counts.sorted().length, 101);
  t.strictSame(counts.sorted()[0], ['other reasons', 902]);
  t.equal(counts.total, 1007);
});
