/** Crashes of the matrix as tests, several at a time: most of a crash is waiting. */
import type { Test } from 'tap';
import { crashOf, titleOf } from './crash_matrix.ts';
import { runCrash } from './crash_run.ts';

const atOnce = 12;
/** Of attempts that are to be killed, those that came to their end before. */
const mostMissed = 0.2;

/** Runs the crashes of so many numbers, each as a test of its own. */
export function testCrashes(t: Test, { from, count }: { from: number; count: number }): void {
  t.jobs = atOnce;
  const seeds = Array.from({ length: count }, (_, at) => from + at);
  let [kills, meant] = [0, 0];
  for (const crash of seeds.map(crashOf)) {
    t.test(titleOf(crash), { buffered: true }, async (t) => {
      const report = await runCrash(crash).catch((error: Error) => {
        t.comment(`npm run crash -- ${crash.seed}`);
        throw error;
      });
      kills += report.kills;
      meant += crash.steps.length;
      t.pass(JSON.stringify(report));
    });
  }
  t.test('nearly all were killed where they were meant to be', { buffered: false }, async (t) => {
    t.ok(kills >= meant * (1 - mostMissed), `${kills} of ${meant}`);
  });
}
