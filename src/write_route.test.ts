/** The flow works with any route: only the outcomes of a route decide about batches, states and files. */
import t, { type Test } from 'tap';
import { runInProcess } from '../integration_tests/support/run_in_process.ts';
import { catalogOf, configOf, records, released, state } from '../integration_tests/support/small_sync.ts';
import { ConnectorError } from './errors.ts';
import type { ConnectTenant } from './load/route.ts';
import type { Route } from './model.ts';

const streams = ['accounts', 'contacts'];
const input = streams.map((stream) => `${records(stream, 'A1', 'A2', 'A3')}${state(stream)}`).join('');

/** A route that sends nothing: it finds no earlier job, and its calls use no quota. */
function connectTo(load: Route['load']): ConnectTenant {
  return () => ({
    route: { load },
    earlierJobs: {
      ready: async () => undefined,
      canBeKnown: async () => true,
      heldOf: () => [],
      isBarred: async () => false,
      sentBefore: async () => 0,
    },
    quota: { use: () => [], usedSoFar: [], made: [], forecast: () => 0 },
    callsPerJob: 1,
  });
}

async function run(t: Test, load: Route['load']) {
  const result = await runInProcess({
    config: configOf(streams),
    catalog: catalogOf(streams),
    input: Buffer.from(input),
    connect: connectTo(load),
  });
  t.teardown(() => result.sandbox.close());
  t.same(result.exchanges, [], 'nothing goes to Gainsight');
  t.same(result.unsent, [], 'no file is left');
  return result;
}

t.test('each batch is loaded by its route, and its outcome releases its states', async (t) => {
  const taken: string[] = [];
  const result = await run(t, async ({ plan, rows }) => {
    taken.push(`${plan.label} ${rows}`);
    return { rejected: [], unidentified: 0 };
  });
  t.same(taken, ['accounts 3', 'contacts 3']);
  t.equal(released(result), 'accounts 1, contacts 1');
  t.equal(result.end, 'done');
});

t.test('a route that fails with the error of a stream stops that stream alone', async (t) => {
  const result = await run(t, async ({ plan: { stream, object } }) => {
    if (stream.name === 'accounts') throw new ConnectorError('job_failed', { job: 'J', object, words: '' }, { stream });
    return { rejected: [], unidentified: 0 };
  });
  t.equal(released(result), 'contacts 1');
  t.equal(result.end, 'failed');
});
