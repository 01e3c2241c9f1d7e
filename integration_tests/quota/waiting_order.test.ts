/** The order of files: parents first, no stream waits for another without need, and none waits for ever. */
import fc from 'fast-check';
import t, { type Test } from 'tap';
import { hour } from '../../src/clock.ts';
import type { JobReport } from '../../src/sandbox/job_report.ts';
import type { Sandbox } from '../../src/sandbox/server.ts';
import { checkDone, type LongStream, runLong, startLongTenant } from './long_sync.ts';

/** The stream of each job, from its file's name. */
function streamOf({ fileName }: JobReport): string {
  return fileName.split('.')[7] ?? '';
}

const endOf = ({ acceptedAt, endedAfter }: JobReport) => acceptedAt + (endedAfter ?? Number.POSITIVE_INFINITY);

/** Parents' jobs end before a child's is submitted, and an object has one job at a time. */
function orderFaults(sandbox: Sandbox, streams: readonly LongStream[]): string[] {
  const jobs = sandbox.ownJobs;
  return jobs.flatMap((job, at) => {
    const { loadAfter = [] } = streams.find(({ name }) => name === streamOf(job)) ?? {};
    const parents = jobs.filter((other) => loadAfter.includes(streamOf(other)));
    const before = jobs.slice(0, at).filter(({ object }) => object === job.object);
    return [...parents, ...before]
      .filter((other) => endOf(other) > job.acceptedAt)
      .map((other) => `${streamOf(job)} was submitted before a job of ${streamOf(other)} had ended`);
  });
}

function checkOrder(t: Test, sandbox: Sandbox, streams: readonly LongStream[]): void {
  t.same(orderFaults(sandbox, streams), []);
}

const noLimit = { quota: { calls_per_hour: 1000, calls_per_day: 1000 } };
const noWindows = { callsPerHour: null, callsPerDay: null };

t.test('parents are done before their children are submitted', async (t) => {
  const streams = [
    { name: 'usage', rows: 3, loadAfter: ['person'] },
    { name: 'company', rows: 3 },
    { name: 'person', rows: 3, loadAfter: ['company', 'nobody'] },
    { name: 'nobody', rows: 0 },
  ];
  const run = await runLong(t, streams, { sandbox: { pendingSeconds: 100 } });
  checkDone(t, run, streams);
  checkOrder(t, run.sandbox, streams);
});

t.test('a waiting stream does not block others, not even on the same object', async (t) => {
  const streams = [
    { name: 'company', rows: 2 },
    { name: 'usage', rows: 2, loadAfter: ['company'] },
    { name: 'events', object: 'usage', rows: 2 },
    { name: 'person', rows: 2 },
  ];
  const script = [
    { on: 'submit', object: 'company', times: 1, do: { kind: 'stay_in_progress', seconds: 7200 } },
  ] as const;
  const run = await runLong(t, streams, { sandbox: { script } });
  checkDone(t, run, streams);
  checkOrder(t, run.sandbox, streams);
  const jobs = run.sandbox.ownJobs;
  const slow = jobs.find(({ object }) => object === 'company');
  const others = jobs.filter((job) => ['events', 'person'].includes(streamOf(job)));
  t.ok(slow && endOf(slow) - slow.acceptedAt > 2 * hour);
  t.equal(others.length, 4);
  t.ok(others.every((job) => slow && endOf(job) < endOf(slow)));
});

t.test('every stream with rows gets one job before any gets a second', async (t) => {
  for (const object of ['shared', undefined]) {
    const streams = ['a', 'b', 'c', 'd'].map((name, i) => ({ name, object: object ?? name, rows: 4 - i }));
    const run = await runLong(t, streams, { config: { quota: { calls_per_hour: 2 } } });
    checkDone(t, run, streams);
    const order = run.sandbox.ownJobs.map(streamOf);
    t.same([...order.slice(0, 4)].sort(), ['a', 'b', 'c', 'd'], order.join(' '));
    t.same([...order.slice(4, 7)].sort(), ['a', 'b', 'c'], order.join(' '));
  }
});

t.test('a failed stream blocks only its children', async (t) => {
  const streams = [
    { name: 'company', rows: 2 },
    { name: 'usage', rows: 2, loadAfter: ['company'] },
    { name: 'person', rows: 2 },
  ];
  const script = [{ on: 'submit', object: 'company', do: { kind: 'fail' } }] as const;
  const run = await runLong(t, streams, { sandbox: { script } });
  t.equal(run.end, 'failed');
  t.same(run.sandbox.ownJobs.map(streamOf).sort(), ['company', 'person', 'person']);
  t.equal(run.states.length, 1);
});

const graphs = fc
  .array(
    fc.record({
      object: fc.integer({ min: 0, max: 2 }),
      rows: fc.integer({ min: 0, max: 3 }),
      parents: fc.array(fc.nat(6), { maxLength: 3 }),
    }),
    { minLength: 2, maxLength: 7 },
  )
  .chain((nodes) => {
    const streams = nodes.map(({ object, rows, parents }, at) => ({
      ...{ name: `s${at}`, object: `o${object}`, rows },
      // Only earlier ones, so that there is no cycle; the order of the streams is independent of that.
      loadAfter: [...new Set(parents)].filter((parent) => parent < at).map((parent) => `s${parent}`),
    }));
    return fc.shuffledSubarray(streams, { minLength: streams.length });
  });

t.test('whatever streams share objects and wait for each other, all is loaded in order', async (t) => {
  const property = fc.asyncProperty(graphs, async (streams) => {
    const tenant = await startLongTenant(t, { ...noWindows, rowsPerSecond: 1 });
    const run = await runLong(t, streams, { tenant, config: noLimit });
    await tenant.sandbox.close();
    const rows = streams.reduce((sum, stream) => sum + stream.rows, 0);
    const faults = orderFaults(run.sandbox, streams);
    if (run.end !== 'done' || faults.length > 0) throw new Error([run.end, ...run.traces, ...faults].join('; '));
    return run.sandbox.ownJobs.length === rows;
  });
  await fc.assert(property, { seed: 5, numRuns: 20 });
  t.pass();
});
