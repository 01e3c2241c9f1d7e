/** Quota: no hour and no day has more calls than allowed, as the sandbox counts them, whatever else happens. */
import t from 'tap';
import { day, hour, minute } from '../../src/clock.ts';
import type { SandboxOptions } from '../../src/sandbox/options.ts';
import { allOrQuarter } from '../conservation/quarter.ts';
import { runInProcess } from '../support/run_in_process.ts';
import { checkDone, checkWindows, recordOf, refused, runLong, startLongTenant, stateOf, syncOf } from './long_sync.ts';

t.test('a sync of 25 files takes its calls ten an hour', async (t) => {
  const streams = [{ name: 'company', rows: 25 }];
  const run = await runLong(t, streams);
  checkDone(t, run, streams);
  checkWindows(t, run);
  t.equal(run.sandbox.ownJobs.length, 25);
  const took = run.clock.elapsed();
  t.ok(took > 2 * hour && took < 2.1 * hour, `no longer than necessary: ${took / hour} hours`);
});

t.test('110 objects with a file each wait for their day as one object with 110 files does', async (t) => {
  const streams = Array.from({ length: 110 }, (_, i) => ({ name: `object_${i}`, rows: 1 }));
  const run = await runLong(t, streams);
  checkDone(t, run, streams);
  checkWindows(t, run);
});

t.test('calls of other clients are counted, also those that appear in the middle', async (t) => {
  const streams = [{ name: 'company', rows: 22 }];
  const script: SandboxOptions['script'] = [
    { on: 'status', nth: 4, do: { kind: 'foreign_jobs', count: 2 } },
    { on: 'status', nth: 9, do: { kind: 'foreign_jobs', count: 3 } },
    { on: 'status', nth: 17, do: { kind: 'foreign_jobs', count: 9 } },
  ];
  const tenant = await startLongTenant(t, { script });
  tenant.sandbox.addForeignJob({ count: 3, age: 20 * 60 });
  tenant.sandbox.addForeignJob({ count: 60, age: 5 * 60 * 60 });
  const run = await runLong(t, streams, { tenant });
  checkDone(t, run, streams);
  checkWindows(t, run);
  t.equal(run.sandbox.jobs.filter(({ foreign }) => foreign).length, 77, 'the calls of others were made');
});

t.test('a burst of other clients delays the connector for as long as it fills the day', async (t) => {
  const streams = [{ name: 'company', rows: 3 }];
  const tenant = await startLongTenant(t, {
    script: [{ on: 'status', nth: 2, do: { kind: 'foreign_jobs', count: 99 } }],
  });
  const run = await runLong(t, streams, { tenant, config: { quota: { max_wait_minutes: 1500 } } });
  checkDone(t, run, streams);
  checkWindows(t, run);
  t.ok(run.clock.elapsed() > day, 'until the burst was a day old');
});

t.test('reserved_per_day is left to others', async (t) => {
  const streams = [{ name: 'company', rows: 14 }];
  const run = await runLong(t, streams, { config: { quota: { reserved_per_day: 92 } } });
  checkDone(t, run, streams);
  t.equal(run.sandbox.busiestDay().ownCalls, 8);
  t.ok(run.clock.elapsed() > day);
});

t.test('others who use their reserve take no calls from the connector', async (t) => {
  const streams = [{ name: 'company', rows: 14 }];
  const tenant = await startLongTenant(t);
  tenant.sandbox.addForeignJob({ count: 80, age: 2 * 60 * 60 });
  const run = await runLong(t, streams, { tenant, config: { quota: { reserved_per_day: 80 } } });
  checkDone(t, run, streams);
  checkWindows(t, run);
  t.ok(run.clock.elapsed() < 1.2 * hour, 'the only wait is for the hour');
});

const clocks: readonly (readonly [string, Partial<SandboxOptions>, number?])[] = [
  ['ten minutes behind', { clockOffset: 10 * minute }],
  ['ten minutes ahead', { clockOffset: -10 * minute }],
  ['jumping with the server’s', { script: jumps([5, 600], [12, -600], [15, 600], [20, -3000]) }],
  ['jumping ahead', {}, 2 * hour],
  ['jumping back', {}, -10 * minute],
];
for (const [what, sandbox, jump = 0] of allOrQuarter(clocks, 'clocks')) {
  t.test(`our clock is ${what}: nothing changes`, async (t) => {
    const streams = [{ name: 'company', rows: 22 }];
    const tenant = await startLongTenant(t, sandbox);
    tenant.sandbox.addForeignJob({ count: 4, age: 30 * 60 });
    let lines = 0;
    const run = await runLong(t, streams, {
      tenant,
      onLine: () => {
        lines += 1;
        if (lines % 9 === 0) tenant.clock.jumpWallClock(jump);
      },
    });
    t.equal(run.end, 'done');
    t.equal(run.sandbox.ownJobs.length, 22);
    checkWindows(t, run);
    // A server whose own clock jumps counts by windows that jump too: a refusal then proves nothing.
    if (!sandbox.script) t.same(refused(run.sandbox), []);
  });
}

function jumps(...at: [nth: number, seconds: number][]): NonNullable<SandboxOptions['script']> {
  return at.map(([nth, seconds]) => ({ on: 'list', nth, do: { kind: 'clock_jump', seconds } }));
}

t.test('if all calls count, a job goes only with five of them', async (t) => {
  const streams = [
    { name: 'company', rows: 3 },
    { name: 'person', rows: 3 },
  ];
  const run = await runLong(t, streams, {
    sandbox: { countedCalls: 'all_calls' },
    config: { quota: { counted_calls: 'all_calls' } },
  });
  checkDone(t, run, streams);
  checkWindows(t, run);
  t.ok(run.sandbox.calls.length <= 6 * 5 + 2, `${run.sandbox.calls.length} calls for 6 jobs`);
});

t.test('if all calls count and jobs take long, polls stay within what was set aside', async (t) => {
  const streams = [{ name: 'company', rows: 4 }];
  const run = await runLong(t, streams, {
    sandbox: { countedCalls: 'all_calls', pendingSeconds: 2500 },
    config: { quota: { counted_calls: 'all_calls' } },
  });
  checkDone(t, run, streams);
  checkWindows(t, run);
});

const files: readonly (readonly [string, readonly number[], number])[] = [
  ['a stream that fits in one file', [300, 300, 300], 1],
  ['rows that fill a file to the byte', [489, 489, 489, 489], 2],
  ['rows of which one more does not fit', [489, 490, 489, 489], 3],
  ['rows of which one fills a file', [985, 985], 2],
  ['two hundred small rows', Array.from({ length: 200 }, () => 40), 10],
];
for (const [what, lengths, least] of allOrQuarter(files, 'files')) {
  t.test(`${what} costs ${least} submissions, though a state follows each row`, async (t) => {
    const tenant = await startLongTenant(t);
    const lines = lengths.flatMap((length, id) => [recordOf('company', 10_000 + id, length), stateOf('company', id)]);
    const input = Buffer.from(lines.join(''));
    const run = await runInProcess({ ...syncOf([{ name: 'company', rows: 0 }], tenant), input });
    t.equal(run.states.length, lengths.length);
    t.equal(run.sandbox.ownJobs.length, least);
    t.equal(
      run.sandbox.calls.filter(({ counted }) => counted).length,
      least,
      'the only calls of the quota are for jobs',
    );
  });
}

t.test('rows that later rows replace cost no call', async (t) => {
  const tenant = await startLongTenant(t);
  const lines = Array.from({ length: 100 }, (_, i) => recordOf('company', i % 3, 40));
  const input = Buffer.from([...lines, stateOf('company', 1)].join(''));
  const run = await runInProcess({ ...syncOf([{ name: 'company', rows: 0 }], tenant), input });
  t.equal(run.sandbox.ownJobs.length, 1);
  t.equal(run.states.length, 1);
});

for (const listOrder of ['newest', 'oldest', 'none'] as const) {
  for (const listPageMax of [200, 25]) {
    t.test(`a list of 5,000 jobs, ${listOrder} first, in pages of ${listPageMax}`, async (t) => {
      const streams = [{ name: 'company', rows: 1 }];
      const tenant = await startLongTenant(t, { listOrder, listPageMax });
      for (let hours = 2000; hours > 40; hours -= 4) {
        tenant.sandbox.addForeignJob({ count: 10, age: hours * 60 * 60 });
      }
      tenant.sandbox.addForeignJob({ count: 90, age: 3 * 24 * 60 * 60 });
      tenant.sandbox.addForeignJob({ count: 10, age: 30 * 60 });
      const run = await runLong(t, streams, { tenant });
      t.equal(run.end, 'done');
      t.equal(run.sandbox.ownJobs.length, 1);
      const isCut = listOrder === 'none' && listPageMax === 25;
      t.equal(run.logs.filter((text) => /lists only a part of its bulk jobs/.test(text)).length, isCut ? 1 : 0);
      if (isCut) return;
      checkDone(t, run, streams);
      checkWindows(t, run);
      t.ok(run.clock.elapsed() > 0.5 * hour, 'the calls of others were seen');
    });
  }
}

t.test(
  'an attempt that comes back within seconds while the hour is used up makes no call that would be refused',
  async (t) => {
    const streams = [{ name: 'company', rows: 13 }];
    const config = { quota: { max_wait_minutes: 10 } };
    const tenant = await startLongTenant(t);
    const first = await runLong(t, streams, { tenant, config });
    t.equal(first.end, 'failed');
    t.match(first.traces, [/^transient_error/]);
    t.equal(first.states.length, 0, 'its only state comes after rows that were not sent');
    for (const attempt of [1, 2]) {
      tenant.clock.advance(5000);
      const again = await runLong(t, streams, { tenant, config, identity: { run: '7', attempt } });
      t.equal(again.end, 'failed');
    }
    t.equal(tenant.sandbox.ownJobs.length, 10, 'nothing was sent again');
    tenant.clock.advance(hour);
    const last = await runLong(t, streams, { tenant, config, identity: { run: '7', attempt: 3 } });
    checkDone(t, last, streams);
    checkWindows(t, last);
    t.equal(tenant.sandbox.ownJobs.length, 13, 'what the first attempt sent was taken over');
  },
);

t.test('the next sync counts what the last one used', async (t) => {
  const tenant = await startLongTenant(t);
  const streams = [{ name: 'company', rows: 8 }];
  checkDone(t, await runLong(t, streams, { tenant }), streams);
  const run = await runLong(t, streams, { tenant, identity: { run: '8', attempt: 0 } });
  checkDone(t, run, streams);
  checkWindows(t, run);
  t.ok(run.clock.elapsed() > hour);
});
