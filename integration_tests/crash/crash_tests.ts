/** Runs crashes of the matrix as tests, several at a time: most of a crash is waiting. */
import { availableParallelism } from 'node:os';
import type { Test } from 'tap';
import { type Crash, titleOf } from './matrix.ts';
import { runCrash } from './run.ts';

/** Most of a crash is waiting for its processes. */
export const crashesAtOnce = 6 * availableParallelism();
interface CrashTests {
  /** The command that repeats one, to which its number is appended. */
  readonly command: string;
  readonly atOnce: number;
  /** Maximum share of attempts that may end before they are killed. */
  readonly mostMissed: number;
}

const usual: CrashTests = { command: 'npm run crash --', atOnce: crashesAtOnce, mostMissed: 0.2 };

/** Runs crashes, each as a test of its own. */
export function testCrashes(t: Test, crashes: readonly Crash[], how: Partial<CrashTests> = {}): void {
  const { command, atOnce, mostMissed } = { ...usual, ...how };
  t.jobs = atOnce;
  // An attempt that hangs has its own time limit.
  t.setTimeout(0);
  let [kills, meant] = [0, 0];
  for (const crash of crashes) {
    t.test(titleOf(crash), { buffered: true }, async (t) => {
      const report = await runCrash(crash).catch((error: Error) => {
        t.comment(`${command} ${crash.seed}`);
        throw error;
      });
      kills += report.kills;
      meant += crash.steps.length;
      t.pass(JSON.stringify(report));
    });
  }
  t.test('nearly all were killed at the intended point', { buffered: false }, async (t) => {
    t.ok(kills >= meant * (1 - mostMissed), `${kills} of ${meant}`);
  });
}
