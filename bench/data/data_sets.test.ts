import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import t from 'tap';
import { writeDataFile } from './data_file.ts';
import { accountsOfKeys } from './generated_sets.ts';
import { allSets, mainSets, setNamed } from './sets.ts';

for (const { name, make } of allSets) {
  t.test(`the records of ${name} have its columns, each of its kind`, async (t) => {
    const set = make();
    const file = writeDataFile(set, join(t.testdir(), 'records'), { rows: 100 });
    const text = readFileSync(file.path, 'utf8');
    t.equal(Buffer.byteLength(text), file.bytes);
    const records = text
      .trimEnd()
      .split('\n')
      .map((line) => JSON.parse(line).record);
    t.equal(records.length, 100);
    const wrong = records.flatMap(({ stream, data }) => [
      ...(stream === name ? [] : [stream]),
      ...(Object.keys(data).sort().join() ===
      set.columns
        .map((column) => column.name)
        .sort()
        .join()
        ? []
        : [data]),
      ...set.columns.filter((column) => !isOfKind(data[column.name], column.kind)),
    ]);
    t.same(wrong, []);
    t.ok(set.keys.every((key) => set.columns.some((column) => column.name === key)));
  });
}

t.test('a data set is reproducible, and as long as requested', async (t) => {
  const folder = t.testdir();
  const set = setNamed('escapes').make();
  const one = writeDataFile(set, join(folder, 'one'), { bytes: 50_000 });
  writeDataFile(set, join(folder, 'other'), { bytes: 50_000 });
  t.ok(readFileSync(join(folder, 'one')).equals(readFileSync(join(folder, 'other'))));
  t.ok(one.bytes >= 50_000 && one.bytes < 51_000, `${one.bytes} bytes`);
});

t.test('accounts share keys if there are more records than keys', async (t) => {
  const file = writeDataFile(accountsOfKeys(20), join(t.testdir(), 'records'), { rows: 100 });
  const lines = readFileSync(file.path, 'utf8').trimEnd().split('\n');
  const ids = lines.map((line) => JSON.parse(line).record.data.id as number);
  t.same(
    [...new Set(ids)].map((id) => ids.filter((each) => each === id).length),
    Array.from({ length: 20 }, () => 5),
  );
  t.equal(new Set(lines).size, 100, 'their other values differ');
});

t.test('the main sets exist, and come first', async (t) => {
  t.same(
    allSets
      .slice(0, mainSets.length)
      .map(({ name }) => name)
      .sort(),
    [...mainSets].sort(),
  );
  t.throws(() => setNamed('nothing'), /there are accounts/);
});

function isOfKind(value: unknown, kind: string): boolean {
  if (value === null) return true;
  if (kind === 'list') return Array.isArray(value) && value.every((each) => typeof each === 'string');
  return typeof value === (kind === 'text' ? 'string' : kind);
}
