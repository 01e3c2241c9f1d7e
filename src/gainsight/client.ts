/** Gainsight's Bulk API and metadata: one call in, one typed result out. Never retries and never waits for quota. */
import { Readable } from 'node:stream';
import { formDataToBlob } from 'formdata-polyfill/esm.min.js';
import { FormData } from 'node-fetch';
import type { Clock } from '../clock.ts';
import { ConnectorError } from '../errors.ts';
import { FileChanged, filePart } from '../http/file_part.ts';
import { type Request, Sender } from '../http/sending.ts';
import type { NetworkRoute } from '../http/transport.ts';
import type { ContentProof, Operation } from '../model.ts';
import { type BulkJob, type JobPage, paths } from './contract.ts';
import { JsonArray } from './json_array.ts';
import { Metadata } from './metadata.ts';
import { PlainWords } from './plain_words.ts';
import { type Answer, jobOf, jobPageOf, readAnswer, validated } from './response.ts';
import { RowErrors } from './row_errors.ts';

/** One file to submit. */
export interface Submission {
  readonly object: string;
  readonly operation: Operation;
  readonly keyFields: readonly string[];
  readonly fileName: string;
  /** The path of the file. */
  readonly path: string;
  /** What its bytes must match; absent: they are sent unchecked. */
  readonly proof?: ContentProof;
}

/** The calls of the Bulk API. */
export interface Client {
  /** The host, for messages. */
  readonly host: string;
  /** Filters Gainsight's texts for the log; those of refused and lost calls are already filtered. */
  readonly words: PlainWords;
  readonly metadata: Pick<Metadata, 'objects' | 'describe' | 'dropdown'>;
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
  /** Default: directly. */
  readonly route?: NetworkRoute;
  /** Time limit for the answer to a submission, in milliseconds after its last byte. Default: ten minutes. */
  readonly submissionAnswerMs?: number;
  /** Default: without any names. */
  readonly words?: PlainWords;
}

/** Creates a client of one tenant. */
export function createClient(options: Options): Client {
  const { baseUrl, accessKey, clock, userAgent, route = {}, words = new PlainWords(), submissionAnswerMs } = options;
  const sender = new Sender({ clock, route, submissionAnswerMs });
  const headers = { accessKey, accept: 'application/json', 'user-agent': userAgent };
  const call = async (
    path: string,
    signal: AbortSignal | undefined,
    parts: Pick<Request, 'body' | 'isRead' | 'sink' | 'maxHeldBytes'> = {},
  ): Promise<Answer<unknown>> => {
    const reply = await sender.send({ url: `${baseUrl}${path}`, headers, ...parts }, signal);
    return reply.kind === 'lost' ? reply : readAnswer(reply, words);
  };
  return {
    host: new URL(baseUrl).host,
    words,
    metadata: new Metadata(call),
    submit: async (submission, signal) => {
      try {
        return validated(await call(paths.jobs, signal, { body: await bodyOf(submission) }), jobOf);
      } catch (error) {
        throw error instanceof FileChanged ? changed(submission, error) : error;
      }
    },
    list: async ({ limit, offset }, signal) =>
      validated(await call(`${paths.jobs}?limit=${limit}&offset=${offset}`, signal), jobPageOf),
    job: async (jobId, signal) =>
      validated(await call(paths.job(jobId), signal), (value) => sameJob(jobOf(value), jobId)),
    errors: async (jobId, signal) => {
      const errors = new RowErrors();
      const sink = new JsonArray((element) => errors.add(element));
      const answer = await call(paths.errors(jobId), signal, { sink });
      return validated(answer, (value) => (Array.isArray(value) ? errors : undefined));
    },
  };
}

function changed({ object }: Submission, cause: FileChanged): ConnectorError {
  return new ConnectorError('spool_changed', { object }, { cause });
}

/** Undefined for an answer about another job. One without an id is accepted. */
function sameJob(job: BulkJob | undefined, jobId: string): BulkJob | undefined {
  return job === undefined || (job.jobId ?? jobId) === jobId ? job : undefined;
}

async function bodyOf(submission: Submission): Promise<NonNullable<Request['body']>> {
  const form = new FormData();
  form.append('objectName', submission.object);
  form.append('operation', submission.operation);
  if (submission.keyFields.length > 0) form.append('keyFields', submission.keyFields.join(','));
  form.append('file', await filePart(submission.path, 'text/csv', submission.proof), submission.fileName);
  const blob = formDataToBlob(form as never);
  const stream = () => Readable.from(blob.stream() as unknown as AsyncIterable<Uint8Array>, { objectMode: false });
  return { stream, type: blob.type, length: blob.size };
}
