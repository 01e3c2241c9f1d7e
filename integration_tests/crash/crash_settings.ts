/** The files that the connector is started with in a crash: small files, the tenant's lag, rejected rows kept. */
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import type { SandboxOptions } from '../../src/sandbox/options.ts';
import { accessKey } from '../support/run_write.ts';
import type { SourceStream } from './source.ts';

/** What a restart may change. */
export interface Settings {
  /** The largest file. */
  megabytes: number;
  /** Of UPSERTs. */
  keyFields: readonly string[];
  /** Seconds. */
  readonly listLag: number;
  /** What the user has seen of jobs in doubt, for streams that are inserted. */
  readonly checkedJobs: { readonly job: string; readonly loaded: 'all' | 'none' }[];
}

/** The tenant's objects: rows of one tier are refused. */
export const objects: NonNullable<SandboxOptions['objects']> = Object.fromEntries(
  ['accounts', 'events'].map((name) => [
    name,
    { fields: { Id: {}, Seq: {}, Text: {}, Score: {}, Tier: { picklist: ['Gold'] } } },
  ]),
);

/** Writes `config.json` and `catalog.json`. */
export function writeSettings(folder: string, url: string, streams: readonly SourceStream[], settings: Settings): void {
  const config = {
    ...{ domain: 'acme', access_key: accessKey, api_base_url: url },
    streams: streams.map((stream) => entryOf(stream, settings)),
    files: { max_megabytes: settings.megabytes },
    quota: { calls_per_hour: 1000, calls_per_day: 1000 },
    // No submission of an attempt that was killed is under way any more when the next one starts.
    polling: { max_interval_seconds: 1, list_lag_seconds: settings.listLag, submission_answer_minutes: 0.01 },
    rejected_rows: { fail_above_percent: 100, folder: join(folder, 'rejects') },
  };
  writeFileSync(join(folder, 'config.json'), JSON.stringify(config));
  writeFileSync(join(folder, 'catalog.json'), JSON.stringify({ streams: streams.map(configured) }));
}

function entryOf({ name, object, operation, parent }: SourceStream, { keyFields, checkedJobs }: Settings) {
  const checked_jobs = operation === 'INSERT' ? checkedJobs : [];
  const key_fields = { INSERT: [], UPDATE: ['Id'], UPSERT: keyFields }[operation];
  const load_after = parent === undefined ? [] : [parent];
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
