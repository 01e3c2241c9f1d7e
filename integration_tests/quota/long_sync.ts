/** Long syncs of many small files under a tenant's quota, with hours and days that pass in seconds. */

import type { Test } from 'tap';
import { day, hour } from '../../src/clock.ts';
import type { SandboxOptions } from '../../src/sandbox/options.ts';
import type { Sandbox } from '../../src/sandbox/server.ts';
import { FakeClock } from '../support/fake_clock.ts';
import { type InProcessResult, type InProcessSync, runInProcess, type Source } from '../support/run_in_process.ts';
import { startTenant, type Tenant } from '../support/tenant.ts';

/** A stream of a long sync. */
export interface LongStream {
  readonly name: string;
  /** Default: its own name. */
  readonly object?: string;
  /** Each fills one file, as no two fit. */
  readonly rows: number;
  readonly operation?: 'UPSERT' | 'INSERT';
  readonly loadAfter?: readonly string[];
}

/**
 * Starts a tenant, and closes it with the test.
 * @param start the clock's first reading, in milliseconds since 1970
 */
export async function startLongTenant(
  t: Test,
  options: Partial<SandboxOptions> = {},
  start = Date.UTC(2026, 0, 5, 9, 0, 0),
): Promise<Tenant<FakeClock>> {
  // A day has hundreds of waits: one quiet round must suffice where three would be safer.
  const clock = new FakeClock({ start, quietRounds: 1, patience: 5000 });
  clock.addBusy(isDiskAtWork);
  const tenant = await startTenant(clock, { pendingSeconds: 0, ...options });
  t.teardown(() => tenant.sandbox.close());
  return tenant;
}

/** Whether files are being read or written: the clock must wait for that. */
function isDiskAtWork(): boolean {
  return process.getActiveResourcesInfo().some((resource) => resource.startsWith('FSReq'));
}

/**
 * A sync of these streams on this tenant.
 * @param more further settings of the configuration
 */
export function syncOf(streams: readonly LongStream[], tenant: Tenant<FakeClock>, more: object = {}) {
  const entries = streams.map(({ name, object = name, operation = 'UPSERT', loadAfter = [] }) => ({
    ...{ stream: name, object, operation, load_after: loadAfter },
  }));
  const files = { max_megabytes: 0.001, ...('files' in more ? (more.files as object) : {}) };
  return {
    config: { streams: entries, ...more, files },
    catalog: { streams: streams.map(catalogEntry) },
    input: Buffer.from(streams.flatMap((stream) => linesOf(stream)).join('')),
    tenant,
  } satisfies InProcessSync;
}

/** Runs it. */
export async function runLong(
  t: Test,
  streams: readonly LongStream[],
  { sandbox = {}, config = {}, ...more }: Partial<Omit<InProcessSync, 'sandbox' | 'config'>> & LongOptions = {},
): Promise<InProcessResult> {
  const tenant = more.tenant ?? (await startLongTenant(t, sandbox));
  return runInProcess({ ...syncOf(streams, tenant, config), ...more, tenant });
}

interface LongOptions {
  readonly sandbox?: Partial<SandboxOptions>;
  readonly config?: object;
}

function catalogEntry({ name }: LongStream) {
  const properties = { id: { type: 'integer' }, text: { type: 'string' } };
  return {
    stream: { name, json_schema: { type: 'object', properties }, supported_sync_modes: ['incremental'] },
    sync_mode: 'incremental',
    destination_sync_mode: 'append_dedup',
    primary_key: [['id']],
  };
}

/** A stream's records, followed by a state. */
function linesOf({ name, rows }: LongStream): string[] {
  const records = Array.from({ length: rows }, (_, id) => recordOf(name, id));
  return rows === 0 ? [] : [...records, stateOf(name, rows)];
}

/** A RECORD line whose row takes slightly more than 600 bytes. */
export function recordOf(name: string, id: number, length = 600): string {
  const record = { stream: name, emitted_at: 1, data: { id, text: 'x'.repeat(length) } };
  return `${JSON.stringify({ type: 'RECORD', record })}\n`;
}

/** A STATE line of a stream. */
export function stateOf(name: string, cursor: number): string {
  const stream = { stream_descriptor: { name }, stream_state: { cursor } };
  return `${JSON.stringify({ type: 'STATE', state: { type: 'STREAM', stream } })}\n`;
}

/** A source that sends these lines one after the other, with a pause before each. */
export function slowly(lines: readonly string[], pause: number): Source {
  return async function* (clock) {
    for (const line of lines) {
      yield Buffer.from(line);
      await clock.sleep(pause);
    }
  };
}

/** Checks that the sync succeeded: every row is there, each state was released, and no call was refused. */
export function checkDone(t: Test, run: InProcessResult, streams: readonly LongStream[]): void {
  t.equal(run.end, 'done', run.traces.join(' '));
  for (const [object, rows] of rowsOf(streams)) t.equal(run.sandbox.rows(object).length, rows, `rows of ${object}`);
  t.equal(run.states.length, streams.filter(({ rows }) => rows > 0).length, 'every state is out');
  t.same(refused(run.sandbox), [], 'no call was refused');
}

function rowsOf(streams: readonly LongStream[]): Map<string, number> {
  const rows = new Map<string, number>();
  // Streams of one object share its keys.
  for (const { name, object = name, rows: count } of streams) rows.set(object, Math.max(rows.get(object) ?? 0, count));
  return rows;
}

/** Calls that were refused for quota. */
export function refused({ calls }: Sandbox) {
  return calls.filter(({ status }) => status === 429);
}

/**
 * Checks that none of our calls made a rolling hour or day exceed these limits, as the sandbox counts; calls of others
 * are not limited.
 */
export function checkWindows(
  t: Test,
  { sandbox }: Pick<InProcessResult, 'sandbox'>,
  most = { hour: 10, day: 100 },
): void {
  const times = sandbox.calls.filter(({ counted }) => counted);
  const own = times.filter(({ foreign }) => !foreign);
  const fullest = (length: number) =>
    Math.max(
      0,
      ...own.map(({ elapsed: at }) => times.filter(({ elapsed }) => elapsed <= at && at - elapsed < length).length),
    );
  const found = { hour: fullest(hour), day: fullest(day) };
  t.ok(found.hour <= most.hour && found.day <= most.day, `the busiest windows: ${JSON.stringify(found)}`);
}
