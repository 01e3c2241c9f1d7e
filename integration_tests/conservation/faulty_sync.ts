/** Runs a fixture under a fault case and collects the evidence for the laws. */
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { hour } from '../../src/clock.ts';
import type { SandboxOptions } from '../../src/sandbox/options.ts';
import { type Evidence, gatherEvidence } from '../laws/evidence.ts';
import { FakeClock } from '../support/fake_clock.ts';
import { readLine } from '../support/log_lines.ts';
import { runInProcess } from '../support/run_in_process.ts';
import type { StreamFixture } from '../support/streams.ts';
import { startTenant } from '../support/tenant.ts';
import type { FaultCase } from './fault_case.ts';

/** Runs a sync to its end, then waits until everything at the tenant has ended too. */
export async function syncUnder(fixture: StreamFixture, faults: FaultCase): Promise<Evidence> {
  const { ends = [], insertEnds = [], insertRaceEnds = [], stopAt } = faults;
  const clock = new FakeClock({ patience: 5000 });
  const sandbox = sandboxUnder(fixture, faults);
  const tenant = await startTenant(clock, sandbox);
  const folder = mkdtempSync(join(tmpdir(), 'rejects-'));
  const watch = watchOutput(faults, clock);
  try {
    return await gatherEvidence(fixture, {
      ...{ sandbox, config: configUnder(fixture, faults, folder), onLine: watch.take },
      allowed: { ends, insertEnds, insertRaceEnds, mayStop: stopAt !== undefined },
      runSync: (sync) => runInProcess({ ...sync, tenant, stop: watch.stop }),
      // Let the tenant finish what is in progress: late acceptances, jobs that the connector stopped waiting for.
      afterwards: () => clock.sleep(24 * hour),
    });
  } finally {
    await tenant.sandbox.close();
    rmSync(folder, { recursive: true });
  }
}

function sandboxUnder({ sandbox, lines }: StreamFixture, faults: FaultCase): Partial<SandboxOptions> {
  const value = /"data":\{.*?"(?:[^"\\]|\\.)*":"([^"\\]{4,})"/.exec(lines.join('\n'))?.[1] ?? 'no value';
  const script = JSON.parse(JSON.stringify(faults.script ?? []).replaceAll('QUOTED', value));
  return { ...sandbox, ...faults.sandbox, script };
}

function configUnder({ config }: StreamFixture, faults: FaultCase, folder: string): object {
  const merged: Record<string, unknown> = { ...config };
  const rejected_rows = faults.keepsRejects ? { folder } : {};
  for (const [name, value] of Object.entries({ rejected_rows, ...faults.config })) {
    merged[name] = { ...(merged[name] as object | undefined), ...value };
  }
  return merged;
}

function watchOutput({ stopAt, ourClockJumps }: FaultCase, clock: FakeClock) {
  const stop = new AbortController();
  let jump = ourClockJumps;
  const take = (line: string): void => {
    if (stopAt?.(line)) stop.abort();
    if (jump === undefined || !readLine('submitted', line)) return;
    // The tenant's clock follows ours, so it must jump the other way.
    clock.jumpWallClock(jump * 60_000);
    jump = undefined;
  };
  return { stop: stop.signal, take };
}
