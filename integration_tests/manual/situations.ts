/** The situations of docs/operating.md: for each a sync that gets into it, so that the log lines quoted there are real. */
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { hour } from '../../src/clock.ts';
import type { FaultScript } from '../../src/sandbox/faults.ts';
import type { ObjectRules } from '../../src/sandbox/options.ts';
import { catalog, inputLines } from '../demo/airbyte.ts';
import { exampleConfiguration, exampleTables } from '../image/example.ts';
import { FakeClock } from '../support/fake_clock.ts';
import { type InProcessResult, type InProcessSync, runInProcess } from '../support/run_in_process.ts';
import { startTenant, type Tenant } from '../support/tenant.ts';

/** What differs from the usual sync of two tables. */
interface Situation extends Partial<Pick<InProcessSync, 'sandbox' | 'identity' | 'tenant'>> {
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
function configOf({ config = {}, entry = {} }: Situation): object {
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
  return { streams: [companies, usage], ...config };
}

function streamOf(name: string, columns: readonly string[]): object {
  const properties = Object.fromEntries(columns.map((column) => [column, { type: ['null', 'string'] }]));
  const stream = { name, json_schema: { type: 'object', properties } };
  return { stream, sync_mode: 'incremental', destination_sync_mode: 'append_dedup' };
}

function recordLine(stream: string, data: object): string {
  return JSON.stringify({ type: 'RECORD', record: { stream, data, emitted_at: 1 } });
}

function stateLine(name: string): string {
  const state = { stream_descriptor: { name }, stream_state: { cursor: '2026-01-05' } };
  return JSON.stringify({ type: 'STATE', state: { type: 'STREAM', stream: state } });
}

/** Every company once, each with one row of usage, as the source sends them. */
function inputOf({ companies = 20, badEvery = 0, columns = ['id', 'name', 'stage'], absent = [] }: Situation): Buffer {
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
  const lines = [...companyLines, stateLine('companies'), ...usageLines, stateLine('product_usage')];
  return Buffer.from(`${lines.join('\n')}\n`);
}

function open(sandbox: Situation['sandbox'] = {}): Promise<Tenant<FakeClock>> {
  // Hours of waiting have many rounds: one quiet one must suffice where three would be safer.
  return startTenant(new FakeClock({ quietRounds: 1, patience: 5000 }), { objects, ...sandbox });
}

async function run(situation: Situation): Promise<InProcessResult> {
  const { sandbox, identity, tenant, columns = ['id', 'name', 'stage'] } = situation;
  const streams = [streamOf('companies', columns), streamOf('product_usage', ['company_id', 'month', 'active_users'])];
  return runInProcess({
    ...{ config: configOf(situation), catalog: { streams }, input: inputOf(situation) },
    ...{ tenant: tenant ?? (await open(sandbox)), ...(identity && { identity }) },
  });
}

/** A file for every row or two, so that a small sync needs many calls. */
const smallFiles = { files: { max_rows: 2 } };
const byOthers: FaultScript = [{ on: 'list', times: 1, do: { kind: 'foreign_jobs', count: 6, age: 600 } }];
const failing = (message: string): FaultScript => [
  { on: 'submit', object: 'Company', times: 1, do: { kind: 'fail', message } },
];

const situations: Readonly<Record<string, Situation>> = {
  'a usual sync': {},
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
  return [...shown, ...(await shownBy(takenOver())), ...(await sentAgain()), ...(await shownBy(example()))];
}
