import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import fc from 'fast-check';
import t from 'tap';
import { decodeRow, headerLine, rowLine } from './csv.ts';
import { csvRows } from './csv_rows.ts';

const cell = fc.option(fc.string({ unit: fc.constantFrom('a', ',', '"', '\n', '\r', ' ', 'ä'), maxLength: 6 }));

t.test('rows are read as they were written', async (t) => {
  const path = join(t.testdir(), 'rows.csv');
  await fc.assert(
    fc.asyncProperty(fc.array(fc.tuple(cell, cell), { maxLength: 20 }), async (rows) => {
      const lines = [headerLine(['one', 'two']), ...rows.map((row) => rowLine(row, 'NULL'))];
      writeFileSync(path, Buffer.concat([...lines, Buffer.from('behind the end')]));
      const bytes = lines.reduce((sum, { length }) => sum + length, 0);
      const found: (string | null)[][] = [];
      for await (const some of csvRows(path, bytes)) found.push(...some.map((row) => decodeRow(row, 'NULL')));
      if (JSON.stringify(found) !== JSON.stringify([['one', 'two'], ...rows])) throw new Error(JSON.stringify(found));
    }),
  );
});

t.test('a row may be longer than what is read at once', async (t) => {
  const path = join(t.testdir(), 'rows.csv');
  const long = `"${'x\n'.repeat(200_000)}"`;
  const text = `one,two\n1,${long}\n2,\n`;
  writeFileSync(path, text);
  const found: string[] = [];
  for await (const some of csvRows(path, text.length)) found.push(...some.map((row) => row.toString()));
  t.strictSame(found, ['one,two', `1,${long}`, '2,']);
});
