/** A sandbox with a bare client, for the sandbox's own tests: one function per call, returning the response. */
import fetch, { File, FormData, type Response } from 'node-fetch';
import type { Test } from 'tap';
import type { BulkJob, BulkJobError, Envelope, JobPage } from '../../src/gainsight/contract.ts';
import type { Exchange } from '../../src/sandbox/exchange.ts';
import type { SandboxOptions } from '../../src/sandbox/options.ts';
import { type Sandbox, startSandbox } from '../../src/sandbox/server.ts';
import { type CheckedExchange, checkExchange } from './contract.ts';
import { FakeClock } from './fake_clock.ts';

/** A parsed response. */
export interface Read<T> {
  readonly status: number;
  readonly headers: Response['headers'];
  readonly text: string;
  /** Empty if the text is not JSON. */
  readonly json: Envelope<T>;
}

/** What a write of the object API did. */
export interface Written {
  readonly count: number;
  readonly errors: readonly (readonly RefusedRecord[])[] | null;
  readonly records: readonly { readonly Gsid: string }[] | null;
}

interface RefusedRecord {
  readonly parsedValue: object;
  readonly errors: readonly { readonly errorCode: string; readonly fieldName: string | null }[];
}

/** What is submitted; undefined parts are left out. */
export interface Parts {
  readonly objectName?: string | undefined;
  readonly operation?: string | undefined;
  readonly keyFields?: string | undefined;
  readonly file?: string | Buffer | undefined;
  readonly fileName?: string;
}

/** A sandbox with its own clock and the calls of its API. */
export interface SandboxSetup {
  readonly sandbox: Sandbox;
  readonly clock: FakeClock;
  readonly exchanges: readonly Exchange[];
  submit(parts?: Parts): Promise<Read<BulkJob>>;
  list(query?: string): Promise<Read<JobPage>>;
  job(id: string): Promise<Read<BulkJob>>;
  errors(id: string): Promise<Read<BulkJobError[]>>;
  get(path: string, headers?: Record<string, string>): Promise<Read<unknown>>;
  /** Asks the metadata API for the objects of these names. */
  describe(...names: string[]): Promise<Read<unknown>>;
  /** Calls the object API with records, or with a text as it stands; `keys` of an update are part of the path. */
  objects(method: 'POST' | 'PUT', path: string, body: object | string): Promise<Read<Written>>;
  /** Submits, waits for the end in the sandbox's time, and returns the job and its errors. */
  load(parts?: Parts): Promise<{ job: BulkJob; errors: BulkJobError[] }>;
}

/** Starts a sandbox for a test; every exchange is checked against the contract when the test ends. */
export async function setUpSandbox(t: Test, options: Partial<SandboxOptions> = {}): Promise<SandboxSetup> {
  const clock = new FakeClock({ start: Date.UTC(2026, 2, 4, 10, 30) });
  const exchanges: Exchange[] = [];
  const sandbox = await startSandbox({ clock, onExchange: (exchange) => void exchanges.push(exchange), ...options });
  t.teardown(async () => {
    await sandbox.close();
    for (const exchange of exchanges) checkExchange(exchange as CheckedExchange);
  });
  const get = async <T>(path: string, headers: Record<string, string> = { accessKey: 'key' }) =>
    read<T>(await fetch(`${sandbox.url}${path}`, { headers, redirect: 'manual' }));
  const submit = async (parts: Parts = {}) => {
    const init = { method: 'POST', headers: { accessKey: 'key' }, body: form(parts), redirect: 'manual' as const };
    return read<BulkJob>(await fetch(`${sandbox.url}/bulk/jobs`, init));
  };
  const describe = async (...objectNames: string[]) => {
    const headers = { accessKey: 'key', 'content-type': 'application/json' };
    const body = JSON.stringify({ objectNames, removeHidden: 'false', includeChilds: 'false' });
    return read(await fetch(`${sandbox.url}/meta/services/objects/describe`, { method: 'POST', headers, body }));
  };
  const job = (id: string) => get<BulkJob>(`/bulk/jobs/${id}`);
  const errors = (id: string) => get<BulkJobError[]>(`/bulk/jobs/${id}/errors`);
  const list = (query = '') => get<JobPage>(`/bulk/jobs${query}`);
  const load = async (parts: Parts = {}) => {
    const id = (await submit(parts)).json.data?.jobId ?? '';
    clock.advance(60_000);
    return { job: (await job(id)).json.data ?? {}, errors: (await errors(id)).json.data ?? [] };
  };
  const objects = async (method: 'POST' | 'PUT', path: string, given: object | string) => {
    const headers = { accessKey: 'key', 'content-type': 'application/json' };
    const body = typeof given === 'string' ? given : JSON.stringify(given);
    return read<Written>(await fetch(`${sandbox.url}/data/objects/${path}`, { method, headers, body }));
  };
  return { sandbox, clock, exchanges, submit, list, job, errors, get, describe, objects, load };
}

function form(given: Parts): FormData {
  const usual = { objectName: 'company', operation: 'UPSERT', keyFields: 'Id', file: 'Id,Name\n1,Ada\n' };
  const { objectName, operation, keyFields, file, fileName = 'a.csv' } = { ...usual, ...given };
  const data = new FormData();
  for (const [name, value] of Object.entries({ objectName, operation, keyFields })) {
    if (value !== undefined) data.append(name, value);
  }
  if (file !== undefined) data.append('file', new File([file], fileName, { type: 'text/csv' }));
  return data;
}

async function read<T>(response: Response): Promise<Read<T>> {
  const text = await response.text();
  let json: Envelope<T> = {};
  try {
    json = JSON.parse(text) as Envelope<T>;
  } catch {
    // An HTML page, or truncated JSON.
  }
  return { status: response.status, headers: response.headers, text, json };
}
