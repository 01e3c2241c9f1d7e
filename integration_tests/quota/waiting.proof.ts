/** Waiting for quota: reading continues, the log reports it, and waits that are too long end the sync. */
import t, { type Test } from 'tap';
import { day, hour, minute } from '../../src/clock.ts';
import type { SandboxOptions } from '../../src/sandbox/options.ts';
import { type LogLines, readLine, readLogs } from '../support/log_lines.ts';
import type { Source } from '../support/run_in_process.ts';
import { checkDone, checkWindows, recordOf, refused, runLong, slowly, startLongTenant, stateOf } from './long_sync.ts';

t.test('the input is read to its end while jobs wait', async (t) => {
  const streams = [{ name: 'company', rows: 30 }];
  let readAfter = 0;
  const input: Source = async function* (clock) {
    for (let id = 0; id < 30; id++) {
      yield Buffer.from(recordOf('company', id));
      await clock.sleep(minute);
    }
    readAfter = clock.elapsed();
    yield Buffer.from(stateOf('company', 30));
  };
  const run = await runLong(t, streams, { input });
  checkDone(t, run, streams);
  checkWindows(t, run);
  t.equal(readAfter, 30 * minute, 'the source was never kept waiting');
  t.ok(run.clock.elapsed() > 2 * hour);
});

/** What was logged of waits, with the time of the sync at which it was. */
async function waitsOf(t: Test, ...args: Parameters<typeof runLong> extends [unknown, ...infer Rest] ? Rest : never) {
  const [streams, options = {}] = args;
  const tenant = options.tenant ?? (await startLongTenant(t, options.sandbox));
  const waits: (LogLines['quotaWait'] & { readonly at: number })[] = [];
  const run = await runLong(t, streams, {
    ...options,
    tenant,
    onLine(line) {
      const wait = readLine('quotaWait', line);
      if (wait) waits.push({ at: tenant.clock.elapsed(), ...wait });
    },
  });
  return { run, waits };
}

t.test('a wait is logged at once and again: what for, until when, how much is done and left', async (t) => {
  const streams = [{ name: 'company', rows: 12 }];
  const { run, waits } = await waitsOf(t, streams);
  checkDone(t, run, streams);
  const submissions = run.sandbox.calls.filter(({ kind }) => kind === 'submit').map(({ elapsed }) => elapsed);
  const [tenth = 0, eleventh = 0, twelfth = 0] = submissions.slice(9);
  t.ok(twelfth - eleventh < minute, 'the second of two calls waits for seconds, of which nothing is logged');
  const first = waits[0]?.at ?? 0;
  t.ok(first - tenth < 5000, 'at once, as soon as the tenth job is done');
  t.same(
    waits.map(({ at }) => at - first),
    [0, 20 * minute],
  );
  const until = new Date(Date.UTC(2026, 0, 5, 9) + eleventh).toISOString().slice(0, 16).replace('T', ' ');
  for (const { at, duration, ...wait } of waits) {
    const files = { done: 10, of: 12, toSend: '2 files, 2 rows, 1.2 kB' };
    t.same(wait, { until, why: 'hour', others: 0, ...files, expectedEnd: until }, String(at));
    t.ok(duration);
  }
});

t.test('a wait that others make longer is logged at once, with how many calls they took', async (t) => {
  const script: SandboxOptions['script'] = [{ on: 'list', nth: 22, do: { kind: 'foreign_jobs', count: 10 } }];
  const tenant = await startLongTenant(t, { script });
  const streams = [{ name: 'company', rows: 11 }];
  const { run, waits } = await waitsOf(t, streams, { tenant });
  checkDone(t, run, streams);
  checkWindows(t, run);
  const [first] = waits;
  const longer = waits.find(({ others }) => others > 0);
  t.match(first, { until: '2026-01-05 10:00', duration: '1 h', why: 'hour', others: 0 });
  t.match(longer, { until: '2026-01-05 11:00', duration: '1 h', why: 'hour', others: 10 });
  t.equal(longer?.at, hour + 45_000, 'as soon as it is known');
});

t.test('each limit is named that is waited for', async (t) => {
  const cases = [
    { quota: { calls_per_hour: 2 }, why: 'hour' },
    { quota: { calls_per_day: 2 }, why: 'day' },
    { quota: { reserved_per_day: 98 }, why: 'reserved' },
  ];
  for (const { quota, why } of cases) {
    const { waits, run } = await waitsOf(t, [{ name: 'company', rows: 3 }], { config: { quota } });
    t.equal(run.end, 'done');
    t.ok(waits.length > 0 && waits.every((wait) => wait.why === why), why);
  }
});

t.test('a refusal that nothing foretold is waited out as it asks', async (t) => {
  const tenant = await startLongTenant(t, { retryAfter: 'seconds', callsPerHour: 4 });
  const streams = [{ name: 'company', rows: 6 }];
  const { waits, run } = await waitsOf(t, streams, { tenant });
  t.equal(run.end, 'done');
  t.equal(refused(run.sandbox).length, 1, 'one call finds out, and no other');
  t.equal(waits[0]?.why, 'refused');
  t.equal(run.sandbox.ownJobs.length, 6);
});

t.test(
  'a Gainsight that does not answer is reported after a minute and then every five, with cause and end',
  async (t) => {
    const refusal = { kind: 'status', status: 503 } as const;
    const cases = [
      { on: 'list', do: refusal, words: /503/, least: 4 },
      { on: 'status', do: refusal, words: /503/, least: 4 },
      // Each try may count as a call: from the tenth on it waits for quota, which is logged as such.
      { on: 'submit', do: { kind: 'drop_before_read' }, words: /socket|reset|connection/i, least: 1 },
    ] as const;
    for (const { words, least, ...fault } of cases) {
      const { on } = fault;
      const tenant = await startLongTenant(t, { script: [fault] });
      const reported: number[] = [];
      const run = await runLong(t, [{ name: 'company', rows: 1 }], {
        tenant,
        onLine: (line) => {
          if (readLine('unanswered', line)) reported.push(tenant.clock.elapsed());
        },
      });
      t.equal(run.end, 'failed', on);
      const lines = readLogs('unanswered', run.logs);
      t.ok(lines.length >= least && lines.length <= 7, `${on}: ${lines.length} lines in half an hour`);
      t.match(lines[0]?.words, words);
      t.ok((lines[0]?.tries ?? 0) > 1);
      t.ok((reported[0] ?? 0) >= minute && (reported[0] ?? 0) < 3 * minute, `${on}: first after ${reported[0]}`);
      const gaps = reported.slice(1).map((at, index) => at - (reported[index] ?? 0));
      t.ok(
        gaps.every((gap) => gap >= 5 * minute && gap < 7 * minute),
        `${on}: ${gaps}`,
      );
      const [until = ''] =
        /tries until \S+ \S+ UTC/.exec(run.logs.find((text) => text.includes('tries until')) ?? '') ?? [];
      t.ok(
        run.logs.filter((text) => text.includes('tries until')).every((text) => text.includes(until)),
        'one end',
      );
    }
  },
);

t.test('the plan says when it will be over, where quota must be waited for', async (t) => {
  for (const { rows, hours } of [
    { rows: 10, hours: undefined },
    { rows: 35, hours: 3 },
  ]) {
    const run = await runLong(t, [{ name: 'company', rows }]);
    const [plan] = readLogs('plan', run.logs);
    t.ok(plan, 'there is a plan');
    const reported = plan?.expectedEnd;
    if (hours === undefined) t.equal(reported, undefined);
    else {
      const last = Math.max(...run.sandbox.calls.filter(({ kind }) => kind === 'submit').map(({ at }) => at));
      t.ok(
        Math.abs(Date.parse(`${reported}Z`) - last) < 2 * minute,
        `${reported}, and it was ${new Date(last).toISOString()}`,
      );
    }
  }
});

t.test('a wait beyond max_wait_minutes ends the sync, with all that is proven released', async (t) => {
  const lines = Array.from({ length: 14 }, (_, id) => [recordOf('company', id), stateOf('company', id)]).flat();
  const input = Buffer.from(lines.join(''));
  const run = await runLong(t, [{ name: 'company', rows: 14 }], { input, config: { quota: { max_wait_minutes: 45 } } });
  t.equal(run.end, 'failed');
  t.equal(run.states.length, 10, 'ten files were loaded');
  t.equal(run.traces.length, 1);
  t.match(run.traces[0], /^transient_error .* 2026-01-05 10:00 UTC: the calls of this hour are used up.*\(45 min\)/);
  t.ok(run.clock.elapsed() < minute, 'as soon as it is known');
  t.same(refused(run.sandbox), []);
  t.match(readLogs('total', run.logs).at(-1), { streams: 1, accepted: 10, unsettled: 4 });
});

t.test('a source that trickles a row a minute gets its states while half of the quota is unused', async (t) => {
  const rows = 24 * 60;
  const released: number[] = [];
  const tenant = await startLongTenant(t);
  const lines = Array.from({ length: rows }, (_, id) => recordOf('company', id, 20) + stateOf('company', id));
  const run = await runLong(t, [{ name: 'company', rows }], {
    tenant,
    input: slowly(lines, minute),
    config: { files: { max_megabytes: 1 }, quota: { calls_per_day: 40 } },
    onLine: (line) => {
      if (line.startsWith('{"type":"STATE"')) released.push(tenant.clock.elapsed());
    },
  });
  t.equal(run.end, 'done', run.traces.join(' '));
  t.equal(run.states.length, rows);
  t.equal(run.sandbox.ownJobs.length, 21, 'half of the day, and one at the end of the input');
  const gaps = released.slice(0, -1).map((at, i) => at - (released[i - 1] ?? 0));
  const early = gaps.filter((gap) => gap > 0).slice(0, 20);
  t.ok(
    early.every((gap) => gap > 30 * minute && gap < 33 * minute),
    `a state waits for half an hour and its job: ${early.map((gap) => gap / minute)}`,
  );
  t.equal(
    released.filter((at) => at > 12 * hour && at < day).length,
    0,
    'then no file is sent for the rest of the day',
  );
});

t.test('once half of the quota is used by others, no file is closed by age', async (t) => {
  for (const [count, age] of [
    [6, 60],
    [51, 5 * 60 * 60],
  ] as const) {
    const tenant = await startLongTenant(t);
    tenant.sandbox.addForeignJob({ count, age });
    const lines = Array.from({ length: 50 }, (_, id) => recordOf('company', id, 20) + stateOf('company', id));
    const run = await runLong(t, [{ name: 'company', rows: 50 }], {
      tenant,
      input: slowly(lines, minute),
      config: { files: { max_megabytes: 1 } },
    });
    t.equal(run.end, 'done');
    t.equal(run.sandbox.ownJobs.length, 1, 'one at the end of the input');
  }
});
