import t from 'tap';
import { randomFrom } from '../support/random.ts';
import { fuzzRecords } from './fuzz_record.ts';
import { compareRows } from './row_property.ts';

t.test('the scanner accepts exactly what JSON.parse accepts as a RECORD, and agrees on every value', async (t) => {
  const { counts, failure } = fuzzRecords(20_260_101, 20_000);
  t.equal(failure, undefined);
  for (const kind of ['record', 'broken', 'other']) t.ok((counts[kind] ?? 0) > 500, `enough lines were ${kind}`);
});

t.test('the bytes of a row are those of csv-stringify, and read back as its cells', async (t) => {
  t.equal(compareRows(randomFrom(20_260_102), 2000), undefined);
});
