/** A stream with Route auto in later attempts: calls come after every file of an earlier attempt, running or late. */
import t from 'tap';
import type { FaultScript } from '../../src/sandbox/faults.ts';
import { type InProcessResult, runInProcess } from '../support/run_in_process.ts';

const object = 'Visit__gc';
const minute = 60_000;
/** `polling.submission_answer_minutes` and `polling.list_lag_seconds`. */
const lateMs = 10 * minute + 15_000;

interface Attempt {
  readonly attempt: number;
  readonly records: readonly string[];
  readonly tenant?: InProcessResult;
  readonly script?: FaultScript;
  readonly stop?: AbortController;
}

/** Up to two rows go by calls, more as a file. */
function sync({ attempt, records, tenant, script, stop }: Attempt): Promise<InProcessResult> {
  const columns = { Id__gc: { type: 'string' }, Name__gc: { type: 'string' } };
  const stream = { name: 'visits', json_schema: { type: 'object', properties: columns } };
  const state = { type: 'STREAM', stream: { stream_descriptor: { name: 'visits' }, stream_state: { seq: attempt } } };
  const lines = [
    ...records.map((text) => {
      const [Id__gc, Name__gc] = text.split(' ');
      return { type: 'RECORD', record: { stream: 'visits', data: { Id__gc, Name__gc }, emitted_at: 1 } };
    }),
    { type: 'STATE', state },
  ];
  return runInProcess({
    config: {
      streams: [{ stream: 'visits', object, operation: 'UPSERT', key_fields: ['Id__gc'], route: 'auto' }],
      quota: { object_api: { auto_rows: 2 } },
    },
    catalog: { streams: [{ stream, sync_mode: 'incremental', destination_sync_mode: 'append_dedup' }] },
    input: Buffer.from(lines.map((line) => `${JSON.stringify(line)}\n`).join('')),
    identity: { run: '7', attempt },
    ...(tenant ? { tenant } : { sandbox: { script: script ?? [] } }),
    ...(stop && { stop: stop.signal, onLine: (line: string) => line.includes(' submitted: ') && stop.abort() }),
  });
}

const rowsOf = ({ sandbox }: InProcessResult) =>
  sandbox.rows(object).map(({ Id__gc, Name__gc }) => `${Id__gc} ${Name__gc}`);

interface Case {
  readonly script: FaultScript;
  /** The job of the first attempt ends so long after it was submitted, as the second one sees it. */
  readonly jobMs: number;
}

const cases: Record<string, Case> = {
  'a job that has ended': { script: [], jobMs: 0 },
  'a job that runs on': {
    script: [{ on: 'submit', do: { kind: 'stay_in_progress', seconds: 1800 } }],
    jobMs: 1_800_000,
  },
  'a file that is listed late': { script: [{ on: 'submit', do: { kind: 'hide', seconds: 300 } }], jobMs: 0 },
};

for (const [name, { script, jobMs }] of Object.entries(cases)) {
  t.test(`calls wait for ${name}`, async (t) => {
    const first = await sync({ attempt: 0, records: ['1 old', '2 old', '3 old'], script, stop: new AbortController() });
    t.teardown(() => first.sandbox.close());
    t.equal(first.end, 'stopped');
    const startedAt = first.clock.elapsed();
    const again = await sync({ attempt: 1, records: ['1 new', '4 new'], tenant: first });
    t.equal(again.end, 'done', again.logs.join('\n'));
    const { sandbox } = again;
    t.equal(sandbox.ownJobs.length, 1, 'no further file');
    const firstCall = sandbox.objectCalls[0]?.elapsed ?? 0;
    t.ok(firstCall >= startedAt + lateMs, 'until then a file of the first attempt may come');
    t.ok(firstCall >= (sandbox.ownJobs[0]?.acceptedElapsed ?? 0) + jobMs, 'the job has ended');
    t.same(rowsOf(again).toSorted(), ['1 new', '2 old', '3 old', '4 new'], 'the rows of the calls are the last');
    t.equal(again.states.length, 1);
  });
}
