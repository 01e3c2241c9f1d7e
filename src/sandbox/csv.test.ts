/** A file's cells are read as they were written, whatever they contain and however its bytes arrive. */

import { createHash } from 'node:crypto';
import { Readable } from 'node:stream';
import { stringify } from 'csv-stringify/sync';
import fc from 'fast-check';
import t from 'tap';
import { type Cells, readCsv } from './csv.ts';

async function readAll(chunks: readonly Buffer[]) {
  const seen: { header?: readonly string[]; rows: Cells[]; lines: number[] } = { rows: [], lines: [] };
  const facts = await readCsv(Readable.from(chunks, { objectMode: false }), {
    header: (fields) => {
      seen.header = fields;
    },
    row: (cells, line) => {
      seen.rows.push(cells);
      seen.lines.push(line);
    },
  });
  return { ...facts, count: facts.rows, ...seen };
}

const cell = fc.oneof(
  { arbitrary: fc.constantFrom(null, '', '"', '""', ',', 'a\nb', '\r', '\r\n', ' ', '😀', '\u2028'), weight: 2 },
  { arbitrary: fc.string({ unit: 'grapheme', maxLength: 8 }), weight: 1 },
);

t.test('cells, lines and digest survive any content and any chunks', async (t) => {
  const table = fc
    .integer({ min: 2, max: 4 })
    .chain((width) => fc.array(fc.array(cell, { minLength: width, maxLength: width }), { maxLength: 12 }));
  await fc.assert(
    fc.asyncProperty(table, fc.integer({ min: 1, max: 40 }), async (rows, size) => {
      const header = (rows[0] ?? ['a', 'b']).map((_, column) => `f${column}`);
      const options = { quoted_match: [/^$/, /^ | $/, /[\r\n]/], record_delimiter: '\n', eof: true };
      const text = stringify([header, ...rows], options);
      const bytes = Buffer.from(text);
      const chunks = Array.from({ length: Math.ceil(bytes.length / size) }, (_, at) =>
        bytes.subarray(at * size, (at + 1) * size),
      );
      const read = await readAll(chunks);
      const starts = rows.map((_, row) => stringify([header, ...rows.slice(0, row)], options).split('\n').length);
      t.same(read.header, header);
      t.same(read.rows, rows);
      t.same(read.lines, starts);
      t.equal(read.problem, undefined);
      t.equal(read.count, rows.length);
      t.same([read.bytes, read.sha256], [bytes.length, createHash('sha256').update(bytes).digest('hex')]);
    }),
    { seed: 7, numRuns: 150 },
  );
});

t.test('a line break may be LF or CR LF, and empty lines are no rows', async (t) => {
  const read = await readAll([Buffer.from('a,b\r\n1,2\r\n\r\n3,\r\n\n"",4')]);
  t.same(read.rows, [
    ['1', '2'],
    ['3', null],
    ['', '4'],
  ]);
});

t.test('a file is read to its end even if it cannot be parsed', async (t) => {
  const read = await readAll([Buffer.from('a,b\n1,2\n1,2,3\n'), Buffer.from('4,5\n')]);
  t.match(read.problem, /^The file cannot be read: /);
  t.equal(read.bytes, 18);
  t.same([read.count, read.rows], [1, [['1', '2']]]);
});

t.test('an empty file has no header and no rows', async (t) => {
  t.match(await readAll([]), { header: undefined, rows: [], count: 0, bytes: 0, problem: undefined });
});
