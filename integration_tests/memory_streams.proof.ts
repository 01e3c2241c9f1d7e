/** Memory and disk do not grow with streams, states and what waits for quota: the cheaper of these cases. */
import t from 'tap';
import { holdsBounds } from './memory/bounds.ts';

const cases = {
  states: '10,000 held states of 100 KB',
  'full-spool': 'two million records in 200 MB of disk',
  '1000-streams-quota': 'a thousand streams, of which ten an hour are sent',
};

for (const [name, what] of Object.entries(cases)) {
  t.test(what, async (t) => {
    await holdsBounds(t, name);
  });
}
