/** The connector's configuration and catalog in a crash: small files, the tenant's lag, rejected rows kept. */
import { join } from 'node:path';
import type { SandboxOptions } from '../../src/sandbox/options.ts';
import type { SourceStream } from './source.ts';

/** Settings that a restart may change. */
export interface Settings {
  /** Maximum file size. */
  megabytes: number;
  /** For UPSERTs. */
  keyFields: readonly string[];
  /** Seconds. */
  readonly listLag: number;
  /** `polling.submission_answer_minutes`, in seconds. */
  readonly answerSeconds: number;
  /** The user's answers about uncertain jobs, for INSERT streams. */
  readonly checkedJobs: { readonly job: string; readonly loaded: 'all' | 'none' }[];
}

/** The tenant's objects, which reject rows of one tier. */
export const objects: NonNullable<SandboxOptions['objects']> = Object.fromEntries(
  ['accounts', 'events'].map((name) => [
    name,
    { fields: { Id: {}, Seq: {}, Text: {}, Score: {}, Tier: { picklist: ['Gold'] } } },
  ]),
);

/**
 * The configuration without address and access key.
 * @param folder contains the folder of rejected rows
 */
export function configFor(folder: string, streams: readonly SourceStream[], settings: Settings): object {
  return {
    streams: streams.map((stream) => entryOf(stream, settings)),
    files: { max_megabytes: settings.megabytes },
    // So many that later attempts need not spread their calls.
    quota: { calls_per_hour: 100_000, calls_per_day: 100_000 },
    polling: {
      max_interval_seconds: 1,
      list_lag_seconds: settings.listLag,
      submission_answer_minutes: settings.answerSeconds / 60,
    },
    rejected_rows: { fail_above_percent: 100, folder: join(folder, 'rejects') },
  };
}

/** The catalog of these streams. */
export function catalogFor(streams: readonly SourceStream[]): object {
  return { streams: streams.map(configured) };
}

function entryOf({ name, object, operation, parent, after }: SourceStream, { keyFields, checkedJobs }: Settings) {
  const checked_jobs = operation === 'INSERT' ? checkedJobs : [];
  const key_fields = { INSERT: [], UPDATE: ['Id'], UPSERT: keyFields }[operation];
  const load_after = [parent, after].filter((each) => each !== undefined);
  return { stream: name, object, operation, key_fields, load_after, checked_jobs };
}

function configured({ name, operation, incremental, parent }: SourceStream) {
  const columns = parent === undefined ? ['Id', 'Seq', 'Text', 'Tier'] : ['Id', 'Score'];
  const properties = Object.fromEntries(columns.map((column) => [column, { type: 'string' }]));
  return {
    stream: { name, json_schema: { type: 'object', properties } },
    sync_mode: incremental ? 'incremental' : 'full_refresh',
    destination_sync_mode: operation === 'INSERT' ? 'append' : 'append_dedup',
  };
}
