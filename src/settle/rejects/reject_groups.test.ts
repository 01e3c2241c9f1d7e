import t from 'tap';
import { RejectGroups, reasonText, shorten } from './reject_groups.ts';

t.test('a reason is truncated to a length that fits a log line', async (t) => {
  t.equal(shorten('x'.repeat(5000)).length, 2001);
});

t.test('rows are grouped by reason, the largest group first, and beyond a hundred together', async (t) => {
  const groups = new RejectGroups();
  groups.add('Name', 'too long');
  groups.add(undefined, 'no key', 5);
  groups.add('Name', 'too long');
  const counts = () => groups.sorted().map((group) => [reasonText(group), group.rows]);
  t.strictSame(counts(), [
    ['no key', 5],
    ['Name: too long', 2],
  ]);
  for (let reason = 0; reason < 1000; reason++) groups.add('Name', `reason ${reason}`, 1, { key: ['k'] });
  t.equal(groups.sorted().length, 101);
  t.strictSame(counts()[0], ['other reasons', 902]);
  t.equal(groups.sorted()[0]?.keys.size, 0, 'rows of several reasons have nothing in common');
  t.equal(groups.total, 1007);
});

t.test('a group shows five values with their counts and three keys, each once', async (t) => {
  const groups = new RejectGroups();
  const add = (key: string, ...values: (string | null)[]) => groups.add('Stage', 'bad', 1, { key: [key], values });
  add('k1', 'Gold');
  add('k2', ' Gold');
  add('k2', 'Gold');
  add('k3', null);
  add('k4', '');
  add('k5', 'x'.repeat(500));
  add('k6', 'one too many');
  add('k7', 'Gold');
  const [group] = groups.sorted();
  t.strictSame(
    [...(group?.values ?? [])],
    [
      ['"Gold"', 3],
      ['" Gold"', 1],
      ['null', 1],
      ['""', 1],
      [`"${'x'.repeat(100)}…"`, 1],
    ],
  );
  t.equal(group?.rowsOfOtherValues, 1);
  t.strictSame([...(group?.keys ?? [])], ['"k1"', '"k2"', '"k3"']);
});

t.test('values of several fields, and parts of a key, are shown as a list', async (t) => {
  const groups = new RejectGroups();
  groups.add('Stage, Name', 'bad', 1, { key: ['a', 'b'], values: ['Gold', null] });
  const [group] = groups.sorted();
  t.strictSame([...(group?.keys ?? [])], ['["a","b"]']);
  t.strictSame([...(group?.values.keys() ?? [])], ['["Gold",null]']);
});
