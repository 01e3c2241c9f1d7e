/** A sync with a bucket of which any request may fail, and whether a state was released too early. */
import { parse } from 'csv-parse/sync';
import type { Test } from 'tap';
import { type BucketAct, type BucketServer, type BucketServerOptions, startBucket } from '../support/bucket_server.ts';
import { FakeClock } from '../support/fake_clock.ts';
import { type InProcessResult, runInProcess } from '../support/run_in_process.ts';
import { fixtureStream } from '../support/streams.ts';
import { startTenant } from '../support/tenant.ts';

export type Kept = Record<string, string>;

/** Every row of every file in the bucket. */
export function kept({ objects }: BucketServer): Kept[] {
  return [...objects]
    .filter(([name]) => name.endsWith('.csv'))
    .flatMap(([, content]) => parse(content, { columns: true }) as Kept[]);
}

/** A tenant and a bucket with one clock. */
export async function openBoth(t: Test, sandbox: object, options: Omit<BucketServerOptions, 'clock'> = {}) {
  const clock = new FakeClock({ patience: 5000 });
  const tenant = await startTenant(clock, sandbox);
  const bucket = await startBucket({ clock, ...options });
  t.teardown(() => Promise.all([tenant.sandbox.close(), bucket.close()]));
  return { tenant, bucket };
}

export const total = 40;
const perFile = 10;

/** Rows of which every third is rejected by Gainsight and every seventh by the connector; a state after each file. */
export function input(): Buffer {
  const lines = Array.from({ length: total }, (_, at) => {
    const [name, tier] = [`row ${at + 1}`, at % 3 === 0 ? 'Lead' : 'Gold'];
    const data = { id: at % 7 === 6 ? null : at + 1, Tier: tier, Name: name };
    return { type: 'RECORD', record: { stream: 'accounts', data, emitted_at: 1 } };
  });
  const stateAt = (records: number) => ({
    type: 'STATE',
    state: { type: 'STREAM', stream: { stream_descriptor: { name: 'accounts' }, stream_state: { records } } },
  });
  const messages = lines.flatMap((line, at) => ((at + 1) % perFile === 0 ? [line, stateAt(at + 1)] : [line]));
  return Buffer.from(`${messages.map((message) => JSON.stringify(message)).join('\n')}\n`);
}

export const { catalog } = fixtureStream('rejects_by_gainsight');
export const sandbox = {
  objects: { company: { fields: { id: {}, Tier: { picklist: ['Gold'] }, Name: {}, Seats: {} } } },
};

export interface Judged {
  readonly run: InProcessResult;
  readonly bucket: BucketServer;
  /** Records before the last state that was released. */
  readonly released: number;
  /** Rows before a released state that were neither in Gainsight nor in the bucket at that moment. */
  readonly lost: readonly string[];
}

/** Runs the sync, and looks for every row before each state at the moment of its release. */
export async function judge(t: Test, act?: BucketServerOptions['act']): Promise<Judged> {
  const { tenant, bucket } = await openBoth(t, sandbox, act ? { act } : {});
  const lost: string[] = [];
  let released = 0;
  const run = await runInProcess({
    config: {
      streams: [{ stream: 'accounts', object: 'company' }],
      files: { max_rows: perFile },
      rejected_rows: { fail_above_percent: 100 },
      ...bucket.settings(),
    },
    ...{ catalog, input: input(), tenant, bucket },
    onLine(line) {
      const { type, state } = JSON.parse(line);
      if (type !== 'STATE') return;
      released = state.stream.stream_state.records;
      const names = new Set([...tenant.sandbox.rows('company'), ...kept(bucket)].map((row) => row['Name']));
      for (let at = 1; at <= released; at++) if (!names.has(`row ${at}`)) lost.push(`row ${at} of ${released}`);
    },
  });
  return { run, bucket, released, lost };
}

/** What happens to a request: once, or from then on; and the code with which the sync may then fail. */
export interface BucketCase {
  readonly name: string;
  readonly act: BucketAct;
  readonly isOnce: boolean;
  readonly code?: keyof typeof failures;
}

const failures = {
  bucket_unusable: /^config_error The bucket "s3:\/\/acme\/gainsight" for rejected rows cannot be used: AccessDenied/,
  bucket_unavailable:
    /^transient_error The bucket "s3:\/\/acme\/gainsight" at \S+ for rejected rows cannot be reached: Slow/,
};

/** Lets each request in turn fail: no state is released whose rejected rows are not in the bucket. */
export async function judgeEach(t: Test, { act, isOnce, code }: BucketCase): Promise<void> {
  const whole = await judge(t);
  t.match(whole, { run: { end: 'done' }, released: total, lost: [] });
  const requests = whole.bucket.requests.length;
  t.ok(requests > 8, `${requests} requests`);
  for (let failing = 1; failing <= requests; failing++) {
    const { run, released, lost } = await judge(t, (_, number) =>
      number === failing || (!isOnce && number > failing) ? act : undefined,
    );
    const what = `request ${failing} of ${requests}`;
    t.same(lost, [], what);
    if (code === undefined) t.match({ end: run.end, released }, { end: 'done', released: total }, what);
    else if (run.end === 'failed') t.match(run.traces, [failures[code]], what);
    else t.equal(released, total, `${what}: made good by a later flush`);
    // The last one stores the report of the sync, which is worth a warning.
    if (!isOnce && failing < requests - 1) t.equal(run.end, 'failed', what);
  }
}
