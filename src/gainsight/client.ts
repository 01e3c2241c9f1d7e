/** The only HTTP client: one call in, one typed answer out; it never retries, never waits for quota, never follows a redirect. */

import { Readable } from 'node:stream';
import { formDataToBlob } from 'formdata-polyfill/esm.min.js';
import fetch, { FormData, type Response } from 'node-fetch';
import type { Clock } from '../clock.ts';
import { filePart } from '../http/file_part.ts';
import { type NetworkRoute, Transport } from '../http/transport.ts';
import { stillness, Watchdog } from '../http/watchdog.ts';
import type { Operation } from '../model.ts';
import { type BulkJob, type JobPage, paths } from './contract.ts';
import { JsonArray } from './json_array.ts';
import {
  type Answer,
  jobOf,
  jobPageOf,
  type Lost,
  lostCall,
  readAnswer,
  timedOut,
  tooLarge,
  unreadable,
} from './response.ts';
import { RowErrors } from './row_errors.ts';

/** One file to submit. */
export interface Submission {
  readonly object: string;
  readonly operation: Operation;
  readonly keyFields: readonly string[];
  readonly fileName: string;
  /** Where the file lies. */
  readonly path: string;
}

/** The calls of the Bulk API. */
export interface Client {
  /** The host, for messages. */
  readonly host: string;
  submit(submission: Submission, signal?: AbortSignal): Promise<Answer<BulkJob>>;
  list(page: { limit: number; offset: number }, signal?: AbortSignal): Promise<Answer<JobPage>>;
  job(jobId: string, signal?: AbortSignal): Promise<Answer<BulkJob>>;
  errors(jobId: string, signal?: AbortSignal): Promise<Answer<RowErrors>>;
}

interface Options {
  /** `https://HOST/v1`, without a slash at the end. */
  readonly baseUrl: string;
  /** The access key, revealed. */
  readonly accessKey: string;
  readonly clock: Clock;
  readonly userAgent: string;
  /** Directly, unless told. */
  readonly route?: NetworkRoute;
}

/** What every call needs. */
interface Line extends Options {
  /** Questions follow each other on one connection. */
  readonly kept: Transport;
  /** A submission gets its own: on one that the server is just closing its fate would be unknown. */
  readonly single: Transport;
}

/** A submission's answer may take that long after its last byte: the server may store 80 MB first. */
const submissionAnswer = 600_000;
/**
 * Bytes of an answer that are held at once. A page of 200 jobs has about 100 kB, and JSON.parse may make thirty times
 * the memory of a text; beyond this an answer is no answer.
 */
const largestAnswer = 4_000_000;
/** Row errors are taken out of their answer as it comes; a million have about 150 MB. */
const mostBytes = 1_000_000_000;
/** An answer that is not whole so many milliseconds after it began never will be. */
const longestAnswer = 1_800_000;

/** A client of one tenant. */
export function createClient(options: Options): Client {
  const host = new URL(options.baseUrl).host;
  const { clock, route = {} } = options;
  const line: Line = {
    ...options,
    kept: new Transport({ clock, route, keepAlive: true }),
    single: new Transport({ clock, route, keepAlive: false }),
  };
  return {
    host,
    submit: async (submission, signal) => validated(await call(line, await encode(submission), signal), jobOf),
    list: async ({ limit, offset }, signal) =>
      validated(await call(line, { path: `${paths.jobs}?limit=${limit}&offset=${offset}` }, signal), jobPageOf),
    job: async (jobId, signal) => validated(await call(line, { path: paths.job(jobId) }, signal), jobOf),
    errors: (jobId, signal) => readErrors(line, jobId, signal),
  };
}

/** An answer that was given, if it is one to this question. */
function validated<T>(answer: Answer<unknown>, of: (value: unknown) => T | undefined): Answer<T> {
  if (answer.kind !== 'done') return answer;
  const value = of(answer.value);
  return value === undefined ? unreadable(undefined) : { ...answer, value };
}

async function readErrors(line: Line, jobId: string, signal?: AbortSignal): Promise<Answer<RowErrors>> {
  const errors = new RowErrors();
  const data = new JsonArray((element) => errors.add(element));
  const answer = await call(line, { path: paths.errors(jobId), data }, signal);
  return validated(answer, (value) => (Array.isArray(value) ? errors : undefined));
}

interface Call {
  readonly path: string;
  /** Takes the elements of the answer out of its text. */
  readonly data?: JsonArray;
  readonly body?: { readonly stream: () => Readable; readonly type: string; readonly length: number };
}

async function encode(submission: Submission): Promise<Call> {
  const form = new FormData();
  form.append('objectName', submission.object);
  form.append('operation', submission.operation);
  if (submission.keyFields.length > 0) form.append('keyFields', submission.keyFields.join(','));
  form.append('file', await filePart(submission.path, 'text/csv'), submission.fileName);
  const blob = formDataToBlob(form as never);
  const stream = () => Readable.from(blob.stream() as unknown as AsyncIterable<Uint8Array>, { objectMode: false });
  return { path: paths.jobs, body: { stream, type: blob.type, length: blob.size } };
}

async function call(line: Line, { path, body, data }: Call, signal?: AbortSignal): Promise<Answer<unknown>> {
  const watch = new Watchdog(line.clock, signal);
  const upload = body && count(body.stream(), body.length, watch);
  try {
    const response = await fetch(`${line.baseUrl}${path}`, {
      method: upload ? 'POST' : 'GET',
      agent: upload ? line.single : line.kept,
      redirect: 'manual',
      signal: watch.signal as never,
      headers: {
        accessKey: line.accessKey,
        accept: 'application/json',
        'user-agent': line.userAgent,
        ...(body && { 'content-type': body.type, 'content-length': String(body.length) }),
      },
      ...(upload && { body: upload.stream }),
    });
    watch.moved(stillness);
    watch.limit(longestAnswer);
    return readAnswer(response, await text(response, watch, data));
  } catch (error) {
    signal?.throwIfAborted();
    return lostCall(watch.expired ? timedOut : error, upload?.sent() ?? 'whole');
  } finally {
    watch.end();
    upload?.stream.destroy();
  }
}

/** Counts what is handed to the socket: a request that was never handed over whole cannot have been accepted. */
function count(source: Readable, length: number, watch: Watchdog) {
  let handed = 0;
  async function* counted() {
    for await (const chunk of source as AsyncIterable<Buffer>) {
      yield chunk;
      handed += chunk.length;
      watch.moved(handed >= length ? submissionAnswer : stillness);
    }
  }
  const stream = Readable.from(counted(), { objectMode: false, highWaterMark: 1 });
  // A failure of the upload shows as the failure of the call.
  stream.on('error', () => undefined);
  return { stream, sent: (): Lost['sent'] => (handed >= length ? 'whole' : 'partly') };
}

async function text(response: Response, watch: Watchdog, data: JsonArray | undefined): Promise<string> {
  const chunks: Buffer[] = [];
  let length = 0;
  for await (const chunk of (response.body ?? []) as AsyncIterable<Buffer>) {
    watch.moved(stillness);
    length += chunk.length;
    if (data) data.write(chunk);
    else chunks.push(chunk);
    if ((data?.held ?? length) > largestAnswer || length > mostBytes) throw tooLarge;
  }
  if (data) return data.remainder() ?? '';
  return Buffer.concat(chunks).toString('utf8');
}
