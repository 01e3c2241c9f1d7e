import fc from 'fast-check';
import t from 'tap';
import { Duplicates } from './compaction.ts';
import { FilePool } from './file_pool.ts';
import { RowFile } from './row_file.ts';

const row = Buffer.from('1,\n');
const pool = new FilePool();
let files = 0;

/** A file whose rows have these keys. */
function fileOf(folder: string, keys: Iterable<Buffer>): RowFile {
  files += 1;
  const file = new RowFile(pool, `${folder}/${files}`, Buffer.from('Key,Name\n'), 'key');
  for (const key of keys) file.append(row, row.length, key);
  return file;
}

/** For each row one plus the number of the next row of its key, or 0. */
function nextRows(keys: readonly Buffer[]): number[] {
  const next = new Map<string, number>();
  const found = keys.map(() => 0);
  for (let at = keys.length - 1; at >= 0; at -= 1) {
    const key = keys[at]?.toString('hex') ?? '';
    found[at] = next.get(key) ?? 0;
    next.set(key, at + 1);
  }
  return found;
}

/** 128 bits that are 0 except for one byte. */
const digest = fc.tuple(fc.nat(15), fc.nat(3)).map(([at, byte]) => {
  const key = Buffer.alloc(16);
  key[at] = byte;
  return key;
});

t.test('each row is superseded by the next of its key, in one portion or in many', async (t) => {
  const folder = t.testdir();
  const finders = [1, 3, 7, 100].map((keysAtOnce) => new Duplicates(keysAtOnce));
  const check = async (keys: readonly Buffer[]): Promise<void> => {
    const file = fileOf(folder, keys);
    const expected = nextRows(keys);
    for (const duplicates of finders) {
      const replacedBy = new Uint32Array(keys.length);
      t.equal(await duplicates.find(file, replacedBy), expected.filter((next) => next > 0).length);
      t.strictSame([...replacedBy], expected);
    }
    file.remove();
  };
  const keys = fc.array(digest, { minLength: 1, maxLength: 80 });
  await fc.assert(fc.asyncProperty(keys, check), { seed: 6, numRuns: 60 });
});

t.test('a large file, half of it one key, is compared in portions', async (t) => {
  const keys = Array.from({ length: 120_000 }, (_, at) => {
    const key = Buffer.alloc(16);
    // Keys that differ in few bits.
    if (at % 2 === 0) key.writeUInt32LE((at * 7919) % 50_000, 8);
    return key;
  });
  const file = fileOf(t.testdir(), keys);
  const expected = nextRows(keys);
  for (const keysAtOnce of [20_000, 200_000]) {
    const replacedBy = new Uint32Array(keys.length);
    const superseded = await new Duplicates(keysAtOnce).find(file, replacedBy);
    t.equal(superseded, expected.filter((next) => next > 0).length);
    t.ok(replacedBy.every((next, at) => next === expected[at]));
  }
  file.remove();
});
