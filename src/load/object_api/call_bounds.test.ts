/** The calls that a batch may take against those that it takes, on tenants that differ. */
import t from 'tap';
import { type SourceRecord, setUpObjectLoad, visitPlan } from '../../../integration_tests/support/object_load.ts';
import type { Plan } from '../../model.ts';
import type { ObjectOptions } from '../../sandbox/object_options.ts';
import { callBounds } from './call_bounds.ts';

const record = (at: number, Name__gc: string) => ({ Id__gc: `v${at}`, Name__gc });
const named = (count: number, name: string) => Array.from({ length: count }, (_, at) => record(at, name));

const plans: [name: string, of: Partial<Plan>][] = [
  ['UPDATE', { operation: 'UPDATE' }],
  ['UPSERT', {}],
  ['INSERT by keys', { addsOnly: true }],
];
/** Which of the rows exist, and how many other records the object has. */
const objects: [name: string, exists: (at: number) => boolean, others: number][] = [
  ['an object without records', () => false, 0],
  ['none exists', () => false, 200],
  ['every second exists, and little else', (at) => at % 2 === 0, 0],
  ['every second exists', (at) => at % 2 === 0, 200],
  ['all exist, and nothing else', () => true, 0],
  ['all exist', () => true, 200],
];
const filters: ObjectOptions['inFilter'][] = ['works', 'refused', 'finds_nothing', 'ignored'];

for (const [operation, of] of plans) {
  for (const [name, exists, others] of objects) {
    for (const inFilter of filters) {
      // Neither asks.
      if (of.operation === 'UPDATE' && (inFilter !== 'works' || !name.startsWith('all'))) continue;
      t.test(`${operation}, ${name}, IN ${inFilter}`, async (t) => {
        const plan = visitPlan(of);
        for (const rows of [1, 50, 51, 450]) {
          const records: SourceRecord[] = named(rows, 'new');
          const stored = [
            ...named(rows, 'old').filter((_, at) => exists(at)),
            ...Array.from({ length: others }, (_, at) => ({ Id__gc: `other ${at}`, Name__gc: 'old' })),
          ];
          const load = await setUpObjectLoad(t, { records: stored, objectApi: { inFilter } });
          const { calls = 0 } = await load.process().load(plan, records);
          const { least, most } = callBounds(plan, rows, true);
          t.ok(least <= calls && calls <= most, `${rows} rows: ${calls} calls, ${least} to ${most} expected`);
        }
      });
    }
  }
}

t.test('the least is exact for an UPDATE, and for keys that all exist', async (t) => {
  const least = (of: Partial<Plan>, rows: number, isFirst = true) => callBounds(visitPlan(of), rows, isFirst).least;
  t.same([least({ operation: 'UPDATE' }, 51), least({}, 51), least({ addsOnly: true }, 51)], [2, 5, 3]);
  t.same([least({}, 51, false), least({}, 0)], [4, 0]);
  const { least: fewest, most } = callBounds(visitPlan({ operation: 'UPDATE' }), 51, true);
  t.equal(fewest, most);
});
