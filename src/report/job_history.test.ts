import t, { type Test } from 'tap';
import { fill, header, openSpool, planOf } from '../../integration_tests/support/spool.ts';
import { ConnectorError, Stopped } from '../errors.ts';
import type { Batch, Outcome, Route } from '../model.ts';
import { JobHistory } from './job_history.ts';

const plan = planOf('UPSERT');

async function setUp(t: Test) {
  const spool = await openSpool(t.testdir());
  t.teardown(() => spool.remove());
  const clock = { time: 1000, now: () => clock.time };
  const history = new JobHistory(clock);
  const close = () => fill(spool.openBatch(plan, header), ['a', 'b', 'c']).close('end');
  const submit = (batch: Batch, jobId: string, requestId?: string) =>
    history.event({ kind: 'submitted', batch, jobId, quota: [], fileName: `${jobId}.csv`, requestId });
  /** Loads a batch by a route that ends so. */
  const load = async (batch: Batch, end: () => Promise<Outcome>) => {
    const route: Route = { load: end };
    return history.watch(route).load(batch, new AbortController().signal);
  };
  return { clock, history, close, submit, load };
}

t.test('a job is kept with its file, its times and its counts', async (t) => {
  const { clock, history, close, submit, load } = await setUp(t);
  const batch = await close();
  submit(batch, 'J1', 'R1');
  t.match(history.jobs, [
    { jobId: 'J1', rows: 3, bytes: batch.bytes, begunAt: 1000, isTakenOver: false, end: undefined },
  ]);
  clock.time = 5000;
  const outcome = { jobId: 'J1', rejected: [{ row: 0, sure: true, errors: [] }], unidentified: 1, requestId: 'R2' };
  t.equal(await load(batch, async () => outcome), outcome);
  t.match(history.jobs, [
    { fileName: 'J1.csv', requestId: 'R2', reason: 'end', end: { kind: 'loaded', at: 5000, accepted: 1, rejected: 2 } },
  ]);
});

t.test('a failure is kept by its code and thrown on; a stop leaves the job open', async (t) => {
  const { history, close, submit, load } = await setUp(t);
  const [failing, stopped] = [await close(), await close()];
  submit(failing, 'J1');
  history.event({ kind: 'adopted', batch: stopped, jobId: 'J0', fileName: undefined });
  const error = new ConnectorError('job_gone', { job: 'J1', object: 'Company' });
  await t.rejects(
    load(failing, () => Promise.reject(error)),
    error,
  );
  await t.rejects(load(stopped, () => Promise.reject(new Stopped())));
  t.match(history.jobs, [
    { jobId: 'J1', end: { kind: 'failed', code: 'job_gone' } },
    { jobId: 'J0', isTakenOver: true, end: undefined },
  ]);
});

t.test('of very many jobs the first are kept, and the others counted', async (t) => {
  const { history, close, submit, load } = await setUp(t);
  const batch = await close();
  for (let job = 0; job < 10_003; job++) {
    submit(batch, `J${job}`);
    await load(batch, async () => ({ jobId: `J${job}`, rejected: [], unidentified: 0 }));
  }
  t.equal(history.jobs.length, 10_000);
  t.equal(history.leftOut, 3);
});
