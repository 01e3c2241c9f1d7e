/** The exit of a successful sync is lost: whichever of its states it is restarted from, no file is sent twice. */
import t from 'tap';
import { allOrQuarter } from '../conservation/quarter.ts';
import { crashesAtOnce } from './crash_tests.ts';
import type { Crash } from './matrix.ts';
import { runCrash } from './run.ts';
import { unseenEndStep } from './steps.ts';

t.jobs = crashesAtOnce;
t.setTimeout(0);

const severalFiles = { rows: 45, statesEvery: 7 };

for (const [layout, states, table] of [
  ['UPSERT', 'STREAM', severalFiles],
  ['INSERT', 'STREAM', severalFiles],
  ['UPSERT and INSERT', 'GLOBAL', severalFiles],
  ['two INSERTs into one object', 'GLOBAL', severalFiles],
  // One file each: then the UPSERT's is the object's last, and may be taken over before the INSERT's.
  ['an INSERT, and an UPSERT into its object that waits', 'STREAM', { rows: 9, statesEvery: 3 }],
] as const) {
  for (const change of ['nothing', 'rows appended', 'larger files', 'states after other rows']) {
    t.test(`${layout}, ${states} states, ${change}`, { buffered: true }, async (t) => {
      const crash: Crash = {
        ...{ seed: 7, layout, states, change, steps: [unseenEndStep], habit: 'plain', complete: false },
        ...{ slowReader: false, ...table, restartFrom: 0 },
      };
      const first = await runCrash(crash);
      t.ok(first.states > 2, `${first.states} states`);
      const all = Array.from({ length: first.states }, (_, at) => at + 1);
      // In a quarter run: a different quarter of the states in each case, and no case left out.
      for (const from of allOrQuarter(all, `${layout}, ${change}`)) {
        const { attempts, jobs } = await runCrash({ ...crash, restartFrom: from });
        t.equal(attempts, 2, `from state ${from}`);
        if (layout === 'INSERT' && change !== 'rows appended') t.equal(jobs, first.jobs, 'none is sent twice');
      }
    });
  }
}
