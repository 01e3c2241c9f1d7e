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

for (const operation of ['UPSERT', 'INSERT'] as const) {
  t.test(
    `after a restart files that an earlier attempt has sent count neither as calls nor as time: ${operation}`,
    async (t) => {
      const tenant = await startLongTenant(t);
      const long = [{ name: 'company', rows: 25, operation }];
      const stop = new AbortController();
      let submissions = 0;
      const onLine = (line: string) => {
        if (readLine('submitted', line)) submissions += 1;
        if (submissions === 18) stop.abort();
      };
      const killed = await runLong(t, long, { tenant, stop: stop.signal, onLine });
      t.equal(killed.end, 'stopped');
      tenant.clock.advance(20 * 60_000);
      const ends: number[] = [];
      const run = await runLong(t, long, {
        tenant,
        identity: { run: '7', attempt: 1 },
        onLine(line) {
          const [, expectedEnd] = / expected end (\S+ \S+) UTC/.exec(line) ?? [];
          if (expectedEnd !== undefined) ends.push(Date.parse(`${expectedEnd}Z`));
        },
      });
      t.equal(run.end, 'done', run.traces.join(' '));
      t.match(
        run.logs.find((line) => line.startsWith('INFO Plan: ')),
        / · 7 calls, as an earlier attempt has sent 18 files[ ,]/,
      );
      const sent = run.sandbox.calls.filter(({ kind }) => kind === 'submit').at(-1);
      const last = Date.UTC(2026, 0, 5, 9) + (sent?.elapsed ?? 0);
      t.ok(ends.length > 0);
      // The calls of the first hour are spread, which pushes those of the next hours a little further than is foreseen.
      for (const end of ends) t.ok(Math.abs(end - last) <= 25 * 60_000, `${(end - last) / 60_000} minutes off`);
    },
  );
}
