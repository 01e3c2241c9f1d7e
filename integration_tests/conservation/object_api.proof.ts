/** Every fault case of the object API, each on several sources: all laws hold after each attempt. */
import { availableParallelism } from 'node:os';
import t from 'tap';
import { objectSync } from './object_api.ts';
import { objectFaultCases } from './object_api_cases.ts';
import { sourceOf } from './object_api_source.ts';
import { allOrQuarter, quarterSeed } from './quarter.ts';

/** Sources a case; another case has other ones. */
const sources = 6;

t.jobs = 2 * availableParallelism();
t.setTimeout(0);
for (const [at, [name, faults]] of Object.entries(objectFaultCases).entries()) {
  t.test(name, { buffered: true }, async (t) => {
    const seeds = Array.from({ length: sources }, (_, number) => at * sources + number);
    const codes = new Set<string>();
    for (const seed of allOrQuarter(seeds, name)) {
      const report = await objectSync(sourceOf(seed, faults.wishes), faults);
      for (const code of report.codes) codes.add(code);
      t.same(report.broken, [], `seed ${seed}`);
    }
    const unseen = (faults.ends ?? []).filter((code) => !codes.has(code));
    // A quarter run cannot guarantee it.
    if (quarterSeed === undefined) t.same(unseen, [], 'each end that is allowed is seen');
  });
}
