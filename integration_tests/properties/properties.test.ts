import t from 'tap';
import { RecordScanner } from '../../src/records/record_scanner.ts';
import { randomFrom } from '../support/random.ts';
import { fuzzRecords } from './fuzz_record.ts';
import { compareReaders } from './plain_reader_property.ts';
import { compareRows } from './row_property.ts';
import { mutate, randomLine } from './scanner_property.ts';
import { compareTemplateLines } from './template_property.ts';
import { compareTypedRows } from './typed_row_property.ts';

t.test('the scanner accepts exactly what JSON.parse accepts as a RECORD, and agrees on every value', async (t) => {
  const { counts, failure } = fuzzRecords(20_260_101, 20_000);
  t.equal(failure, undefined);
  for (const kind of ['record', 'broken', 'other']) t.ok((counts[kind] ?? 0) > 500, `enough lines were ${kind}`);
});

t.test('whether a line fits a template changes neither its row nor the faults found in it', async (t) => {
  const { counts, failure } = compareTemplateLines(20_260_104, 20_000);
  t.equal(failure, undefined);
  for (const way of ['template', 'other'] as const) t.ok(counts[way] > 5000, `enough lines came by ${way}`);
});

t.test('the bytes of a row are those of csv-stringify, and read back as its cells', async (t) => {
  t.equal(compareRows(randomFrom(20_260_102), 2000), undefined);
});

t.test('a row with types has the values of its record, and without the types it is the row of the file', async (t) => {
  const { counts, failure } = compareTypedRows(randomFrom(20_260_105), 3000);
  t.equal(failure, undefined);
  const kinds = ['text', 'number', 'boolean', 'null', 'list', 'json', 'absent', 'reject', 'template', 'alone'];
  for (const kind of kinds) t.ok((counts[kind] ?? 0) > 150, `enough were ${kind}`);
  t.ok((counts['kept list'] ?? 0) > 20, `enough lists were kept as JSON: ${counts['kept list']}`);
});

t.test('the scanner finds what the plain reader of the kit finds, digit for digit', async (t) => {
  const random = randomFrom(20_260_103);
  const scanner = new RecordScanner();
  const counts: Record<string, number> = {};
  for (let i = 0; i < 4000; i++) {
    const line = mutate(random, Buffer.from(randomLine(random)));
    // A blank line is passed over before it is scanned.
    if (line.includes('\n') || /^[ \t\r]*$/.test(line.toString('latin1'))) continue;
    const [kind, difference] = await compareReaders(scanner, line);
    if (difference !== undefined) t.fail(`${kind}: ${difference}: ${JSON.stringify(line.toString('latin1'))}`);
    counts[kind] = (counts[kind] ?? 0) + 1;
  }
  for (const kind of ['record', 'broken', 'other']) t.ok((counts[kind] ?? 0) > 100, `enough lines were ${kind}`);
});
