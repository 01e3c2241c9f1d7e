/** Memory and disk do not grow with records, states, streams and files that wait for quota; a quarter run tests one of these. */
import t, { type Test } from 'tap';
import { allOrQuarter } from '../conservation/quarter.ts';
import { holdsBounds } from './bounds.ts';

async function tenTimesTheRecords(t: Test, prefix = ''): Promise<void> {
  const measure = async () => {
    // A longer run finds a higher peak, so the small syncs together are watched for as long as the large one.
    const small: number[] = [];
    for (let round = 0; round < 3; round++) small.push((await holdsBounds(t, `${prefix}small`)).memory);
    const large = await holdsBounds(t, `${prefix}large`);
    return large.memory / Math.max(...small);
  };
  // On a busy machine garbage may be collected late once; real growth would show each time.
  const first = await measure();
  const growth = first < 1.25 ? first : await measure();
  t.ok(growth < 1.25, `${growth.toFixed(2)} times the memory, ${first.toFixed(2)} at first`);
}

const proofs: readonly [name: string, proof: (t: Test) => Promise<unknown>][] = [
  ['ten times the records take no more than a quarter more memory', tenTimesTheRecords],
  ['the same by the object API', (t) => tenTimesTheRecords(t, 'object-api-')],
  // The faster of the other cases; `npm run memory` runs all.
  ...['states', 'full-spool', '1000-streams-quota'].map((name): [string, (t: Test) => Promise<unknown>] => [
    name,
    (t) => holdsBounds(t, name),
  ]),
];

for (const [name, proof] of allOrQuarter(proofs, 'memory')) {
  t.test(name, async (t) => {
    await proof(t);
  });
}
