/** Whole syncs of streams whose rejected rows are sent again in the next one, and their expected results. */
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import type { Test } from 'tap';
import { day } from '../../src/clock.ts';
import type { FaultScript } from '../../src/sandbox/faults.ts';
import type { SandboxOptions } from '../../src/sandbox/options.ts';
import { type Waiting, WaitingRows } from '../../src/settle/rejects/waiting.ts';
import { parseWaiting } from '../../src/settle/rejects/waiting_files.ts';
import type { BucketServer } from './bucket_server.ts';
import { FakeClock } from './fake_clock.ts';
import { type InProcessResult, runInProcess } from './run_in_process.ts';
import { startTenant, type Tenant } from './tenant.ts';

/**
 * A step of the source: a record's key and its values, with the names of the columns of {@link Settings.columns}; a
 * deletion, which has none; or a state. Gainsight rejects a `name` that begins with `bad`, unless {@link RetryTenant.accept} names it.
 */
export type Step = readonly [id: string, ...values: (string | number | null)[]] | 'state' | 'global state';

/** A tenant, and the folder of its rejected rows, or the bucket. */
export interface RetryTenant extends Tenant<FakeClock> {
  readonly folder: string;
  /** In place of the folder. */
  readonly bucket?: BucketServer;
  /** From now on Gainsight accepts these names. */
  accept(...names: readonly string[]): void;
}

/** How a sync is run. */
export interface RetrySettings {
  readonly run?: string;
  readonly attempt?: number;
  /** Default: `next_sync`. */
  readonly retry?: 'off' | 'next_sync';
  readonly stream?: string;
  readonly columns?: readonly string[];
  /** Merged into the stream's entry. */
  readonly entry?: object;
  /** Merged into the configuration. */
  readonly config?: object;
  /** Merged into `rejected_rows`. */
  readonly rejected?: object;
  readonly syncMode?: 'incremental' | 'full_refresh';
  readonly onLine?: (line: string) => void;
  readonly stop?: AbortSignal;
}

/** Starts a tenant with an empty folder. */
export async function openTenant(
  t: Test,
  faults: FaultScript = [],
  options: Partial<SandboxOptions> = {},
): Promise<RetryTenant> {
  const names = ['Ada', 'Bob', 'Cy', 'Dee', 'Eve', 'new', 'two\nlines'];
  const fields = { id: {}, name: { picklist: names }, note: {}, more: {}, seq: {} };
  const clock = new FakeClock({ patience: 5000, longest: 30 * day, start: Date.UTC(2026, 2, 4, 10, 0) });
  const objects = { company: { fields } };
  const tenant = await startTenant(clock, {
    objects,
    script: faults,
    callsPerHour: 1000,
    callsPerDay: 1000,
    ...options,
  });
  t.teardown(() => tenant.sandbox.close());
  return { ...tenant, folder: t.testdir({}), accept: (...more) => void names.push(...more) };
}

/** Runs a sync of these steps. */
export function retrySync(
  tenant: RetryTenant,
  steps: readonly Step[],
  settings: RetrySettings = {},
): Promise<InProcessResult> {
  const { run = '7', attempt = 0, retry = 'next_sync', stream = 'accounts', syncMode = 'incremental' } = settings;
  const columns = settings.columns ?? ['id', 'name', 'note'];
  const json_schema = {
    type: 'object',
    properties: Object.fromEntries(columns.map((name) => [name, name === 'seq' ? { type: 'number' } : {}])),
  };
  const rejected_rows = {
    ...{ fail_above_percent: 100, first_row_number: '2', retry, folder: tenant.bucket ? '' : tenant.folder },
    ...settings.rejected,
  };
  const entry = { stream, object: 'company', operation: 'UPSERT', key_fields: ['id'], ...settings.entry };
  const catalogStream = {
    stream: { name: stream, json_schema, supported_sync_modes: [syncMode] },
    ...{ sync_mode: syncMode, destination_sync_mode: 'append_dedup', primary_key: [['id']] },
    cursor_field: ['seq'],
  };
  return runInProcess({
    config: {
      streams: [entry],
      quota: { calls_per_hour: 1000, calls_per_day: 1000 },
      ...settings.config,
      ...tenant.bucket?.settings(),
      rejected_rows,
    },
    catalog: { streams: [catalogStream] },
    input: inputOf(steps, stream, columns),
    identity: { run, attempt },
    tenant,
    bucket: tenant.bucket,
    ...(settings.onLine && { onLine: settings.onLine }),
    ...(settings.stop && { stop: settings.stop }),
  });
}

function inputOf(steps: readonly Step[], stream: string, columns: readonly string[]): Buffer {
  const lines = steps.map((step, seq) => {
    if (step === 'state') return { type: 'STATE', state: { type: 'STREAM', stream: stateOf(stream, seq) } };
    if (step === 'global state')
      return { type: 'STATE', state: { type: 'GLOBAL', global: { stream_states: [stateOf(stream, seq)] } } };
    const [id, ...values] = step;
    const deleted = values.length === 0 ? { _ab_cdc_deleted_at: '2026-01-05' } : {};
    const cells = values.map((value, at) => [columns[at + 1], value]);
    return {
      type: 'RECORD',
      record: { stream, data: { id, ...Object.fromEntries(cells), ...deleted }, emitted_at: 1 },
    };
  });
  return Buffer.from(lines.map((line) => `${JSON.stringify(line)}\n`).join(''));
}

function stateOf(stream: string, seq: number): object {
  return { stream_descriptor: { name: stream }, stream_state: { seq } };
}

/** The records of Gainsight as `id name note`. */
export function recordsOf({ sandbox }: RetryTenant, fields: readonly string[] = ['id', 'name', 'note']): string[] {
  const rows = sandbox.rows('company').map((row) => fields.map((field) => row[field] ?? '-').join(' '));
  return rows.sort();
}

/** The rows that wait, as `id name (tries)`. */
export function waitingIn(tenant: RetryTenant): string[] {
  return waitingRows(tenant)
    .map(({ row: { cells, tries } }) => `${cells[0]} ${cells[1]} (${tries})`)
    .sort();
}

/** The rows that wait, as the storage has them. */
export function waitingRows(tenant: RetryTenant): Waiting[] {
  const all = new WaitingRows();
  for (const text of textsIn(tenant, 'waiting')) all.merge(parseWaiting(text) ?? new WaitingRows());
  return [...all];
}

/** The CSV files of rows that were given up. */
export function givenUpIn(tenant: RetryTenant): string[] {
  return textsIn(tenant, 'given_up', '.csv');
}

function textsIn({ bucket, folder }: RetryTenant, below: string, end = ''): string[] {
  if (!bucket)
    return filesIn(folder, below)
      .filter((name) => name.endsWith(end))
      .map((name) => readFileSync(join(folder, below, name), 'utf8'));
  return [...bucket.objects].flatMap(([name, content]) =>
    name.includes(`/${below}/`) && name.endsWith(end) ? [content.toString()] : [],
  );
}

function filesIn(folder: string, below: string): string[] {
  return readdirSync(folder).includes(below)
    ? readdirSync(join(folder, below), { recursive: true, withFileTypes: true }).flatMap((entry) =>
        entry.isFile() ? [join(entry.parentPath, entry.name).slice(join(folder, below).length + 1)] : [],
      )
    : [];
}

/** Lines of the log about rows that are sent again. */
export function retryLines({ logs }: Pick<InProcessResult, 'logs'>): string[] {
  return logs.filter((line) => /of earlier syncs|sent again|will not be sent/.test(line));
}

/** Number of files that each sync so far has sent, and their rows. */
export function sentTo({ sandbox }: RetryTenant): number[] {
  return sandbox.ownJobs.map(({ rowCount }) => rowCount);
}

/** Each released state's counts. */
export function countsOf({ states }: Pick<InProcessResult, 'states'>): string[] {
  return states.map((line) => {
    const { destinationStats } = JSON.parse(line).state;
    return `${destinationStats.recordCount} + ${destinationStats.rejectedRecordCount}`;
  });
}
