/** Some fault cases of the object API, each on one source: all laws hold. The proof has all of them. */
import t from 'tap';
import { objectSync } from './object_api.ts';
import { objectFaultCases } from './object_api_cases.ts';
import { sourceOf } from './object_api_source.ts';

t.jobs = 4;
for (const [at, [name, faults]] of Object.entries(objectFaultCases).entries()) {
  if (at % 8 !== 0) continue;
  t.test(name, { buffered: true }, async (t) => {
    t.same((await objectSync(sourceOf(at, faults.wishes), faults)).broken, [], `seed ${at}`);
  });
}
