/** Stretches of rows that leave or stay and are longer than what is read at once: 512 kB of rows, or of entries. */
import { readFileSync } from 'node:fs';
import t from 'tap';
import { append, header, keyDigest, openSpool, planOf } from '../../integration_tests/support/spool.ts';

/** More entries than are read at once, and more rows. */
const long = 30_000;

/** What becomes of the rows of a stretch, and how many there are. */
type Stretch = readonly ['stays' | 'is repeated' | 'is deleted', number];

const cases: Readonly<Record<string, readonly Stretch[]>> = {
  'leave at the start': [
    ['is repeated', 2 * long],
    ['stays', 3],
  ],
  'leave in the middle': [
    ['stays', 3],
    ['is repeated', 2 * long],
    ['stays', 1],
    ['is deleted', long],
    ['stays', 2],
  ],
  'leave at the end': [
    ['stays', 2],
    ['is deleted', 2 * long],
  ],
  'leave and stay in turn': [
    ['is repeated', long],
    ['stays', long],
    ['is deleted', 1],
    ['stays', 1],
    ['is repeated', long],
    ['stays', 2 * long],
    ['is repeated', 2],
  ],
  'leave nothing': [['is deleted', 2 * long]],
};

for (const [name, stretches] of Object.entries(cases)) {
  t.test(`long stretches ${name}`, async (t) => {
    const spool = await openSpool(t.testdir());
    const batch = spool.openBatch(planOf('UPSERT'), header);
    // A map keeps the order in which keys were set last.
    const expected = new Map<string, string>();
    const ends: (() => void)[] = [];
    let records = 0;
    const add = (key: string) => {
      append(batch, key, `the row of record ${records}`);
      expected.delete(key);
      expected.set(key, `${key},the row of record ${records}`);
      records += 1;
    };
    for (const [at, [what, rows]] of stretches.entries()) {
      const keys = Array.from({ length: rows }, (_, row) => `${at} ${what === 'is repeated' ? row % 7 : row}`);
      for (const key of keys) add(key);
      if (what !== 'is deleted') continue;
      ends.push(() => {
        for (const key of keys) {
          batch.delete(keyDigest(key));
          expected.delete(key);
          records += 1;
        }
      });
    }
    for (const end of ends) end();

    const closed = await batch.close('end');
    const lines = [...expected.values()];
    t.equal(closed.rows, lines.length);
    t.ok(readFileSync(closed.path, 'utf8') === [header.toString().trimEnd(), ...lines, ''].join('\n'), 'the same file');
    // By the index.
    for (const row of [0, 1, 2, lines.length >> 1, lines.length - 1].filter((row) => row in lines))
      t.equal((await closed.readRow(row)).toString(), lines[row]);
    t.equal(closed.records, records);
    await spool.remove();
  });
}
