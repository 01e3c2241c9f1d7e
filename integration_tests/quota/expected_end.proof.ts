/** The expected end of a sync: its plan and its waits name the same one, as long as nothing unforeseen happens. */
import t from 'tap';
import type { SandboxOptions } from '../../src/sandbox/options.ts';
import { readLine } from '../support/log_lines.ts';
import { runLong, startLongTenant } from './long_sync.ts';

interface Case {
  readonly name: string;
  readonly sandbox?: Partial<SandboxOptions>;
  readonly config: object;
  /** By how many minutes the expected ends may differ. */
  readonly within: number;
}

const allCalls = { counted_calls: 'all_calls', calls_per_hour: 40, calls_per_day: 400 };
const cases: readonly Case[] = [
  { name: 'submissions count', config: {}, within: 3 },
  { name: 'and some are reserved', config: { quota: { reserved_per_hour: 3, reserved_per_day: 20 } }, within: 3 },
  {
    name: 'all calls count',
    sandbox: { countedCalls: 'all_calls', callsPerHour: 40, callsPerDay: 400 },
    config: { quota: allCalls },
    // Each file takes as many calls as its job is asked about: fewer than are set aside for it.
    within: 60,
  },
];

/** Three objects, so that files of one are sent while others wait. */
const streams = ['company', 'person', 'usage'].map((name) => ({ name, rows: 10 }));

for (const { name, sandbox, config, within } of cases) {
  t.test(name, async (t) => {
    const tenant = await startLongTenant(t, sandbox);
    const lines: { readonly at: string; readonly until?: string | undefined; readonly end: number }[] = [];
    const run = await runLong(t, streams, {
      tenant,
      config,
      onLine(line) {
        const { until, expectedEnd } = { until: undefined, ...(readLine('quotaWait', line) ?? readLine('plan', line)) };
        const at = new Date(tenant.clock.now()).toISOString();
        if (expectedEnd !== undefined) lines.push({ at, until, end: Date.parse(`${expectedEnd}Z`) });
      },
    });
    t.equal(run.end, 'done', run.traces.join(' '));
    t.ok(lines.length > 3, `${lines.length} lines`);
    for (const { at, until, end } of lines)
      t.ok(until === undefined || Date.parse(`${until}Z`) <= end, `${at}: no wait ends after the sync does`);
    const ends = lines.map(({ end }) => end);
    const spread = (Math.max(...ends) - Math.min(...ends)) / 60_000;
    t.ok(spread <= within, `they differ by ${spread} minutes`);
    const sent = run.sandbox.calls.filter(({ kind }) => kind === 'submit').at(-1);
    const last = (Date.UTC(2026, 0, 5, 9) + (sent?.elapsed ?? 0) - (ends.at(-1) ?? 0)) / 60_000;
    t.ok(Math.abs(last) <= within, `the last is ${last} minutes off`);
  });
}
