import { join } from 'node:path';
import t from 'tap';
import { compareFiles, sameBytes, sameCell } from './agreement.ts';
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

t.test('equal bytes are distinguished from others, also after the first piece', async (t) => {
  const long = 'x'.repeat(3_000_000);
  const folder = t.testdir({ a: long, b: long, c: `${long.slice(1)}y`, d: `${long}x`, e: '', f: '' });
  const same = (name: string, other: string) => sameBytes(join(folder, name), join(folder, other));
  t.equal(await same('a', 'b'), true);
  t.equal(await same('a', 'c'), false);
  t.equal(await same('a', 'd'), false);
  t.equal(await same('e', 'f'), true);
});
