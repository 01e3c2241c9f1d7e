/** Memory and disk do not grow with streams, states and what waits for quota: the cheaper of these cases. */
import t from 'tap';
import { holdsBounds } from './bounds.ts';

for (const name of ['states', 'full-spool', '1000-streams-quota']) {
  t.test(name, async (t) => {
    await holdsBounds(t, name);
  });
}
