import { join } from 'node:path';
import t from 'tap';
import { compareByKey, compareFiles, sameBytes, sameCell } from './agreement.ts';
import type { BenchColumn } from './data/data_set.ts';

const columns: readonly BenchColumn[] = [
  { name: 'id', kind: 'number' },
  { name: 'note', kind: 'text' },
];

t.test('numbers agree by their value, everything else by its text', async (t) => {
  t.ok(sameCell('number', '1.50', '1.5'));
  t.ok(sameCell('number', '1e3', '1000'));
  t.notOk(sameCell('number', '1', '2'));
  t.notOk(sameCell('number', '0', ''), 'an empty cell is not zero');
  t.notOk(sameCell('text', '1.50', '1.5'));
  t.notOk(sameCell('list', 'a;b', 'a;c'));
});

const one = 'id,note\n1.50,"a ""b"",\nc"\n2,\n';

const cases: readonly {
  name: string;
  other: string;
  nullText?: string;
  rows: number;
  differing: number;
  first?: RegExp;
}[] = [
  { name: 'other quotes and digits', other: '"id","note"\n1.5,"a ""b"",\nc"\n2,""\n', rows: 2, differing: 0 },
  { name: 'another text', other: 'id,note\n1.50,a\n2,\n', rows: 2, differing: 1, first: /^row 1, note: .* and "a"$/ },
  { name: 'another header', other: 'ID,note\n1.50,"a ""b"",\nc"\n2,\n', rows: 2, differing: 1, first: /^row 0, id/ },
  { name: 'a row less', other: 'id,note\n1.50,"a ""b"",\nc"\n', rows: 2, differing: 1, first: /no row$/ },
  { name: 'a row more', other: `${one}3,x\n`, rows: 3, differing: 1, first: /no row and/ },
  { name: 'a cell less', other: 'id,note\n1.50,"a ""b"",\nc"\n2\n', rows: 2, differing: 1 },
  { name: 'null as a word', other: 'id,note\n1.50,"a ""b"",\nc"\n2,null\n', nullText: 'null', rows: 2, differing: 0 },
  {
    name: 'null as a word that is not declared',
    other: 'id,note\n1.50,"a ""b"",\nc"\n2,null\n',
    rows: 2,
    differing: 1,
  },
];

for (const { name, other, nullText, rows, differing, first } of cases) {
  t.test(`files are compared: ${name}`, async (t) => {
    const folder = t.testdir({ one, other });
    const result = await compareFiles(join(folder, 'one'), join(folder, 'other'), columns, nullText);
    t.equal(result.rows, rows);
    t.equal(result.differing, differing);
    if (first) t.match(result.first, first);
    else if (differing === 0) t.equal(result.first, undefined);
  });
}

const keyed = 'id,note\n1,a\n2,b\n3,\n';

const keyedCases: readonly { name: string; other: string; differing: number; first?: string }[] = [
  { name: 'the same in another order', other: 'id,note\n3,""\n1,a\n2,b\n', differing: 0 },
  { name: 'an earlier value', other: 'id,note\n3,\n1,old\n2,b\n', differing: 1, first: 'key 1, note: "a" and "old"' },
  { name: 'a key less', other: 'id,note\n3,\n2,b\n', differing: 1, first: 'key 1, id: "1" and no row' },
  { name: 'a key more', other: `${keyed}4,d\n`, differing: 1, first: 'key 4, id: no row and "4"' },
  { name: 'a key twice', other: `${keyed}1,a\n`, differing: 1, first: 'key 1, id: no row and "1"' },
  {
    name: 'another header',
    other: keyed.replace('note', 'text'),
    differing: 1,
    first: 'row 0, note: "note" and "text"',
  },
];

for (const { name, other, differing, first } of keyedCases) {
  t.test(`rows are compared by their key: ${name}`, async (t) => {
    const folder = t.testdir({ one: keyed, other });
    const result = await compareByKey(join(folder, 'one'), join(folder, 'other'), columns, ['id']);
    t.match(result, { differing, ...(first !== undefined && { first }) });
    t.ok(result.rows >= 3, `${result.rows} rows`);
  });
}

t.test('a key that the first file has twice differs', async (t) => {
  const folder = t.testdir({ one: `${keyed}1,z\n`, other: 'id,note\n1,z\n2,b\n3,\n' });
  const result = await compareByKey(join(folder, 'one'), join(folder, 'other'), columns, ['id']);
  t.equal(result.differing, 1);
});

t.test('equal bytes are distinguished from others, also after the first piece', async (t) => {
  const long = 'x'.repeat(3_000_000);
  const folder = t.testdir({ a: long, b: long, c: `${long.slice(1)}y`, d: `${long}x`, e: '', f: '' });
  const same = (name: string, other: string) => sameBytes(join(folder, name), join(folder, other));
  t.equal(await same('a', 'b'), true);
  t.equal(await same('a', 'c'), false);
  t.equal(await same('a', 'd'), false);
  t.equal(await same('e', 'f'), true);
});
