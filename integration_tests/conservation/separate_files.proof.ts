/**
 * Every fault in a sync whose batches become several files: no state is ahead of its rows, and later attempts complete
 * it.
 */
import { mkdtempSync } from 'node:fs';
import { join } from 'node:path';
import t, { type Test } from 'tap';
import { hour } from '../../src/clock.ts';
import { FakeClock } from '../support/fake_clock.ts';
import { codesOf } from '../support/sync.ts';
import { startTenant } from '../support/tenant.ts';
import { columns, first, lastRead, later, rowsOf, type Step, statesOf, sync, textsOf } from '../support/unread_sync.ts';
import type { FaultCase } from './fault_case.ts';
import { faultCasesOfCalls } from './fault_cases_of_calls.ts';
import { faultCasesOfJobs } from './fault_cases_of_jobs.ts';
import { allOrQuarter } from './quarter.ts';

/** Two batches: one of one file, one of three. */
const steps: readonly Step[] = [...first, ...later, ['1', '?', 'b9', 'c9', '?'], 'state'];
const maxRows = 3;
const states = steps.flatMap((step, seq) => (step === 'state' ? [seq] : []));

/** Values missing from rows that a state covers: neither the latest before it nor a later one is there. */
function missing(rows: readonly string[], upTo: number): string[] {
  const found = new Map(rows.map((row) => [row.split(' ')[0], row.split(' ').slice(1)]));
  return [...lastRead(steps.slice(0, upTo))].flatMap(([id, values]) =>
    values.flatMap((value, at) => {
      const newer = steps.slice(upTo).flatMap((step) => (step !== 'state' && step[0] === id ? step[at + 1] : []));
      const cell = found.get(id)?.[at];
      return value === '-' || cell === value || newer.includes(cell) ? [] : [`${id} ${columns[at + 1]} is ${cell}`];
    }),
  );
}

async function check(t: Test, faults: FaultCase): Promise<void> {
  const { script = [], sandbox: rules = {}, ends = [], stopAt, keepsRejects } = faults;
  const clock = new FakeClock({ patience: 5000 });
  const tenant = await startTenant(clock, { ...rules, script: JSON.parse(JSON.stringify(script)) });
  const folder = mkdtempSync(join(t.testdir(), 'rejects-'));
  const config = { ...faults.config, ...(keepsRejects && { rejected_rows: { folder } }) };
  try {
    for (let attempt = 0; ; attempt += 1) {
      const stop = new AbortController();
      const run = await sync(steps, {
        ...{ maxRows, tenant, attempt, config, stop: stop.signal },
        onLine(line) {
          if (attempt === 0 && stopAt?.(line)) stop.abort();
          const seq = /"type":"STATE".*"seq":(\d+)/.exec(line)?.[1];
          if (seq !== undefined) t.same(missing(rowsOf(tenant), Number(seq)), [], `state ${seq} of attempt ${attempt}`);
        },
      });
      await clock.sleep(24 * hour);
      if (run.end === 'done') {
        t.same(rowsOf(tenant), textsOf(lastRead(steps)));
        t.same(
          statesOf(run).map((text) => Number.parseInt(text, 10)),
          states,
        );
        return;
      }
      const codes = codesOf(run);
      t.ok(
        run.end === 'stopped' || codes.every((code) => (ends as readonly string[]).includes(code)),
        `ends with ${codes}`,
      );
      // Some faults last for ever.
      if (attempt === 3) return;
    }
  } finally {
    await tenant.sandbox.close();
  }
}

t.jobs = 4;

for (const [name, faults] of allOrQuarter(
  Object.entries({ ...faultCasesOfCalls, ...faultCasesOfJobs }),
  'separate files',
)) {
  t.test(name, { buffered: true }, (t) => check(t, faults));
}
