/** The situations of docs/operating.md: for each a sync that gets into it, so that the log lines quoted there are real. */
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { hour } from '../../src/clock.ts';
import { Stopped } from '../../src/errors.ts';
import type { FaultScript } from '../../src/sandbox/faults.ts';
import type { ObjectRules } from '../../src/sandbox/options.ts';
import { catalog, inputLines } from '../demo/airbyte.ts';
import { exampleConfiguration, exampleTables } from '../image/example.ts';
import { startBucket } from '../support/bucket_server.ts';
import { FakeClock } from '../support/fake_clock.ts';
import { type InProcessResult, type InProcessSync, runInProcess } from '../support/run_in_process.ts';
import { startTenant, type Tenant } from '../support/tenant.ts';

/** What differs from the usual sync of two tables. */
interface Situation extends Partial<Pick<InProcessSync, 'sandbox' | 'identity' | 'tenant' | 'spoolBytes' | 'stop'>> {
  readonly config?: object;
  /** Merged into the entry of companies. */
  readonly entry?: object;
  /** Number of companies; 20. */
  readonly companies?: number;
  /** Every how many companies one has a stage that Gainsight does not know; 0: none. */
  readonly badEvery?: number;
  /** Columns in the schema of companies. */
  readonly columns?: readonly string[];
  /** Those of them that no record has. */
  readonly absent?: readonly string[];
  /** Entries of the configuration besides. */
  readonly others?: readonly object[];
  /** Merged into the configured stream of companies. */
  readonly configured?: object;
  /** How both streams are to be written. */
  readonly mode?: 'overwrite';
  /** Sent before all else. */
  readonly first?: readonly string[];
}

const picklist: ObjectRules = {
  fields: { External_ID__gc: {}, Name: {}, Stage: { picklist: ['Customer', 'Churned'] } },
};
const objects: Readonly<Record<string, ObjectRules>> = {
  Company: picklist,
  Product_Usage__gc: { fields: { Company_External_ID__gc: {}, Month__gc: {}, Active_Users__gc: { type: 'number' } } },
};

const fields = [
  { column: 'id', field: 'External_ID__gc' },
  { column: 'name', field: 'Name' },
  { column: 'stage', field: 'Stage' },
];

/** Both streams as README has them. */
function configOf({ config = {}, entry = {}, others = [] }: Situation): object {
  const companies = { stream: 'companies', object: 'Company', key_fields: ['External_ID__gc'], fields, ...entry };
  const usage = {
    ...{ stream: 'product_usage', object: 'Product_Usage__gc', load_after: ['companies'] },
    key_fields: ['Company_External_ID__gc', 'Month__gc'],
    fields: [
      { column: 'company_id', field: 'Company_External_ID__gc' },
      { column: 'month', field: 'Month__gc' },
      { column: 'active_users', field: 'Active_Users__gc' },
    ],
  };
  return { streams: [companies, usage, ...others], ...config };
}

function streamOf(name: string, columns: readonly string[], configured: object = {}): object {
  const properties = Object.fromEntries(columns.map((column) => [column, { type: ['null', 'string'] }]));
  const stream = { name, json_schema: { type: 'object', properties } };
  return { stream, sync_mode: 'incremental', destination_sync_mode: 'append_dedup', ...configured };
}

function recordLine(stream: string, data: object, more: object = {}): string {
  return JSON.stringify({ type: 'RECORD', record: { stream, data, emitted_at: 1, ...more } });
}

function stateLine(name: string): string {
  const state = { stream_descriptor: { name }, stream_state: { cursor: '2026-01-05' } };
  return JSON.stringify({ type: 'STATE', state: { type: 'STREAM', stream: state } });
}

/** Every company once, each with one row of usage, as the source sends them. */
function inputOf(situation: Situation): Buffer {
  const { companies = 20, badEvery = 0, columns = ['id', 'name', 'stage'], absent = [], first = [] } = situation;
  const sent = columns.filter((column) => !absent.includes(column));
  const numbers = Array.from({ length: companies }, (_, number) => number);
  const companyLines = numbers.map((number) => {
    const stage = badEvery > 0 && number % badEvery === 0 ? 'Custommer' : 'Customer';
    const all: Readonly<Record<string, string>> = { id: `C-${number}`, name: `Company ${number}`, stage };
    return recordLine('companies', Object.fromEntries(sent.map((column) => [column, all[column]])));
  });
  const usageLines = numbers.map((number) => {
    return recordLine('product_usage', { company_id: `C-${number}`, month: '2026-01-01', active_users: '7' });
  });
  const lines = [...first, ...companyLines, stateLine('companies'), ...usageLines, stateLine('product_usage')];
  return Buffer.from(`${lines.join('\n')}\n`);
}

function open(sandbox: Situation['sandbox'] = {}): Promise<Tenant<FakeClock>> {
  // Hours of waiting have many rounds: one quiet one must suffice where three would be safer.
  return startTenant(new FakeClock({ quietRounds: 1, patience: 5000 }), { objects, ...sandbox });
}

async function run(situation: Situation): Promise<InProcessResult> {
  const { sandbox, tenant, columns = ['id', 'name', 'stage'], configured, mode } = situation;
  const written = mode && { destination_sync_mode: mode };
  const usage = streamOf('product_usage', ['company_id', 'month', 'active_users'], written);
  return runInProcess({
    ...situation,
    config: configOf(situation),
    catalog: { streams: [streamOf('companies', columns, { ...configured, ...written }), usage] },
    input: inputOf(situation),
    tenant: tenant ?? (await open(sandbox)),
  });
}

/** A file for every row or two, so that a small sync needs many calls. */
const smallFiles = { files: { max_rows: 2 } };
const byOthers: FaultScript = [{ on: 'list', times: 1, do: { kind: 'foreign_jobs', count: 6, age: 600 } }];
const failing = (message: string): FaultScript => [
  { on: 'submit', object: 'Company', times: 1, do: { kind: 'fail', message } },
];

const byCalls = { route: 'object_api' };

const situations: Readonly<Record<string, Situation>> = {
  'a usual sync': {},
  'calls of the object API': { entry: byCalls },
  'a call of the object API is lost': {
    entry: byCalls,
    sandbox: { script: [{ on: 'insert', nth: 2, do: { kind: 'accept_then_drop' } }] },
  },
  'calls of the object API after a restart': { entry: byCalls, identity: { run: '7', attempt: 1 } },
  'somebody else adds the same record': {
    entry: byCalls,
    sandbox: {
      script: [
        {
          on: 'insert',
          nth: 2,
          do: { kind: 'foreign_records', object: 'Company', records: [{ External_ID__gc: 'C-7', Name: 'Company 7' }] },
        },
      ],
    },
  },
  'the calls of the object API of a day are used up': {
    companies: 300,
    entry: byCalls,
    config: { quota: { object_api: { per_day: 4 }, max_wait_minutes: 10 } },
  },
  'the quota of an hour is used up': { config: smallFiles, sandbox: { script: byOthers } },
  'the rest of the day is reserved': {
    config: { files: { max_rows: 10 }, quota: { reserved_per_day: 98 } },
  },
  'the wait is longer than allowed': { config: { ...smallFiles, quota: { max_wait_minutes: 10 } } },
  'a job fails': { sandbox: { script: failing('Field Name has an unknown setting') } },
  'a job fails because of Gainsight': { sandbox: { script: failing('GSOBJ_1003: Database failure') } },
  'one row in twenty is rejected': { companies: 200, badEvery: 20 },
  'too many rows are rejected': { companies: 4400, badEvery: 4 },
  'a column is gone from the schema': { columns: ['id', 'name'] },
  'a column is gone from the records': { absent: ['stage'] },
  'the key is refused': { sandbox: { script: [{ on: 'any', do: { kind: 'status', status: 401 } }] } },
  'the Bulk API is missing': {
    sandbox: { script: [{ on: 'any', do: { kind: 'status', status: 404, errorCode: 'GS_APIG_1000' } }] },
  },
  'Gainsight is down': { sandbox: { script: [{ on: 'any', do: { kind: 'status', status: 503 } }] } },
  'others refuse the call': {
    sandbox: { script: [{ on: 'submit', times: 1, do: { kind: 'status', status: 429 } }] },
  },
  'a field that the tenant does not have': {
    config: { preflight: { mapping: 'warn' } },
    entry: { fields: [...fields, { column: 'id', field: 'Idd' }] },
  },
  'metadata cannot be read': { sandbox: { metadata: 'off' } },
  'the sync is stopped': { stop: AbortSignal.abort(new Stopped('SIGTERM')) },
  'nothing has changed': { companies: 0 },
  'a Clear': { companies: 0, mode: 'overwrite' },
  'a setting that does not exist': { config: { quotas: {} } },
  'a new column': { first: [recordLine('companies', { id: 'C-0', name: 'A', stage: null, region: 'EMEA' })] },
  'a stream that is not in the catalog': { first: [recordLine('visits', { id: 'V-1' })] },
  'a stream in another case': { first: [recordLine('Companies', { id: 'C-0', name: 'A', stage: null })] },
  'keys with white space': { first: [recordLine('companies', { id: 'C-0 ', name: 'A', stage: null })] },
  'a key that is not the primary key': {
    entry: { key_fields: ['Name'] },
    configured: { primary_key: [['id']] },
    first: [recordLine('companies', { id: 'C-99', name: 'Company 1', stage: null })],
  },
  'a deletion without its key': {
    first: [recordLine('companies', { name: 'A', _ab_cdc_deleted_at: '2026-01-05' })],
  },
  'all rows are deleted': {
    companies: 0,
    first: ['C-1', 'C-2'].map((id) => recordLine('companies', { id, _ab_cdc_deleted_at: '' })),
  },
  'a value that was cut': {
    first: [
      recordLine(
        'companies',
        { id: 'C-0', name: 'A', stage: null },
        { meta: { changes: [{ field: 'name', change: 'TRUNCATED', reason: 'DESTINATION_FIELD_SIZE_LIMITATION' }] } },
      ),
    ],
  },
  'an entry without a stream': { others: [{ stream: 'visits', object: 'Visit__gc' }] },
  'a column in another case': { entry: { fields: [...fields.slice(0, 2), { column: 'STAGE', field: 'Stage' }] } },
  'the tenant lists no jobs': { sandbox: { script: [{ on: 'list', do: { kind: 'status', status: 404 } }] } },
  'the disk is full': { companies: 4000, spoolBytes: 50_000 },
};

/** An attempt that comes after one whose states got lost: it takes over the jobs. */
async function takenOver(): Promise<InProcessResult> {
  const tenant = await open();
  await run({ tenant });
  return run({ tenant, identity: { run: '7', attempt: 1 } });
}

/** Syncs with a place for rejected rows: those of the first are sent again by the others, until they are given up. */
async function sentAgain(): Promise<string[]> {
  const tenant = await open();
  const folder = mkdtempSync(join(tmpdir(), 'situations-'));
  const config = { rejected_rows: { folder, retry: 'next_sync', first_row_number: '2' } };
  const shown: string[] = [];
  for (let sync = 1; sync <= 7; sync++) {
    const size = sync === 1 ? { companies: 200, badEvery: 20 } : { companies: 3 };
    const { logs } = await run({ tenant, config, ...size, identity: { run: `${sync}`, attempt: 0 } });
    shown.push(...logs.map((line) => line.replaceAll(folder, '/rejected')));
    tenant.clock.advance(hour);
  }
  rmSync(folder, { recursive: true });
  await tenant.sandbox.close();
  return shown;
}

/** The bucket lists a file of waiting rows that it does not have. */
async function missingFile(): Promise<InProcessResult> {
  const tenant = await open();
  let isMissing = false;
  const bucket = await startBucket({
    clock: tenant.clock,
    act: ({ method, key }) =>
      isMissing && method === 'GET' && key.includes('/waiting/') ? { status: 404, code: 'NoSuchKey' } : undefined,
  });
  const config = { ...bucket.settings(), rejected_rows: { retry: 'next_sync', first_row_number: '2' } };
  await run({ tenant, config, companies: 200, badEvery: 20 });
  isMissing = true;
  const result = await run({ tenant, config, identity: { run: '8', attempt: 0 } });
  await bucket.close();
  return result;
}

/** A sync that keeps its rejected rows, and fails as they are too many. */
async function keptOfFailed(): Promise<string[]> {
  const folder = mkdtempSync(join(tmpdir(), 'situations-'));
  const shown = await shownBy(run({ companies: 4400, badEvery: 4, config: { rejected_rows: { folder } } }));
  rmSync(folder, { recursive: true });
  return shown.map((line) => line.replaceAll(folder, '/rejected'));
}

/** The example of README. */
function example(): Promise<InProcessResult> {
  const tables = exampleTables();
  const input = Buffer.from([...inputLines(tables, new Map())].join(''));
  const { streams } = exampleConfiguration();
  return runInProcess({ config: { streams }, catalog: catalog(tables) as object, input });
}

async function shownBy(running: Promise<InProcessResult>): Promise<string[]> {
  const { sandbox, logs, traces } = await running;
  await sandbox.close();
  return [...logs, ...traces.map((text) => text.replace(/^\w+ /, ''))];
}

/** What Airbyte shows in every situation: the log lines with their levels, and the messages of failures. */
export async function allShown(): Promise<string[]> {
  const shown: string[] = [];
  for (const situation of Object.values(situations)) shown.push(...(await shownBy(run(situation))));
  return [
    ...shown,
    ...(await shownBy(takenOver())),
    ...(await sentAgain()),
    ...(await shownBy(missingFile())),
    ...(await keptOfFailed()),
    ...(await shownBy(example())),
  ];
}
