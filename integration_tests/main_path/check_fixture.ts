/** Runs a fixture without faults and checks every law of the main path. */
import { type Evidence, gatherEvidence } from '../laws/evidence.ts';
import { breachesOf } from '../laws/law.ts';
import { mainPathLaws } from '../laws/laws.ts';
import { type InProcessResult, runInProcess } from '../support/run_in_process.ts';
import type { StreamFixture } from '../support/streams.ts';
import type { Sync, SyncResult } from '../support/sync.ts';

/** Receives the result of a check: a tap test, or anything that throws. */
export interface Verdict {
  same(found: unknown, wanted: unknown, what: string): unknown;
  teardown(act: () => Promise<void>): unknown;
}

type More = Partial<Pick<Sync, 'config' | 'sandbox' | 'onLine'>>;

/** Runs a fixture in this process; its sandbox is closed with the test. */
export function checkFixture(t: Verdict, fixture: StreamFixture, more: More = {}): Promise<Evidence<InProcessResult>> {
  return checkFixtureBy(runInProcess, t, fixture, more);
}

/** The same with any way of running the sync. */
export async function checkFixtureBy<Run extends SyncResult>(
  runSync: (sync: Sync) => Promise<Run>,
  t: Verdict,
  fixture: StreamFixture,
  { config = fixture.config, sandbox, ...more }: More = {},
): Promise<Evidence<Run>> {
  const options = { ...fixture.sandbox, ...sandbox };
  const evidence = await gatherEvidence(fixture, { ...more, runSync, config, sandbox: options });
  t.teardown(() => evidence.run.sandbox.close());
  t.same(breachesOf(mainPathLaws, evidence), [], 'no law is broken');
  return evidence;
}
