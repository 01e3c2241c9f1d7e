/** Gainsight's Bulk API, metadata and object API: one call in, one typed result out. Never retries and never waits for quota. */
import type { Clock } from '../clock.ts';
import { ConnectorError } from '../errors.ts';
import type { AnswerSink, Request } from '../http/exchange.ts';
import { FileChanged, filePart } from '../http/file_part.ts';
import { Sender } from '../http/sending.ts';
import type { NetworkRoute } from '../http/transport.ts';
import type { ContentProof, Operation } from '../model.ts';
import { type BulkJob, type JobPage, paths } from './contract.ts';
import { JsonArray } from './json_array.ts';
import { Metadata } from './metadata.ts';
import { ObjectApi } from './object_api.ts';
import { PlainWords } from './plain_words.ts';
import { type Answer, jobOf, jobPageOf, type Refused, readAnswer, validated } from './response.ts';
import { RowErrors } from './row_errors.ts';
import { byAccessKey, type Credentials, TokenSignIn } from './sign_in.ts';

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

/** The calls of the Bulk API, and those of the others in groups. */
export interface Client {
  /** The host, for messages. */
  readonly host: string;
  /** Filters Gainsight's texts for the log; those of refused and lost calls are already filtered. */
  readonly words: PlainWords;
  readonly metadata: Pick<Metadata, 'objects' | 'describe' | 'dropdown'>;
  readonly objects: Pick<ObjectApi, 'query' | 'insert' | 'update'>;
  submit(submission: Submission, signal?: AbortSignal): Promise<Answer<BulkJob>>;
  list(page: { limit: number; offset: number }, signal?: AbortSignal): Promise<Answer<JobPage>>;
  job(jobId: string, signal?: AbortSignal): Promise<Answer<BulkJob>>;
  errors(jobId: string, signal?: AbortSignal): Promise<Answer<RowErrors>>;
}

interface ClientOptions {
  /** `https://HOST/v1`, without a slash at the end. */
  readonly baseUrl: string;
  readonly clock: Clock;
  readonly userAgent: string;
  /** Default: directly. */
  readonly route?: NetworkRoute;
  /** Time limit for the answer to a submission, in milliseconds after its last byte. Default: ten minutes. */
  readonly submissionAnswerMs?: number;
  /** Default: without any names. */
  readonly words?: PlainWords;
  /** Takes each secret that is only learnt from a call, before it is used. */
  readonly hide?: (secrets: readonly string[]) => void;
}

interface CallParts extends Pick<Request, 'method' | 'body' | 'isRead' | 'maxHeldBytes'> {
  /** Each try takes the response from its beginning. */
  readonly newSink?: () => AnswerSink;
  /** Maximum number of tokens that the call is tried with; default: as many as the sign-in allows. */
  readonly mostTokens?: number;
}

/** A refused submission may count against ten an hour, and sends its whole file again. */
const mostTokensOfFile = 2;

/** Creates a client of one tenant. */
export function createClient(options: ClientOptions & Credentials): Client {
  const { baseUrl, clock, userAgent, route = {}, words = new PlainWords() } = options;
  const { submissionAnswerMs, hide = () => undefined } = options;
  const sender = new Sender({ clock, route, submissionAnswerMs });
  const byToken = !('accessKey' in options);
  const signIn = byToken ? new TokenSignIn({ ...options, sender, words, hide }) : byAccessKey(options.accessKey);
  const call = async (
    path: string,
    signal: AbortSignal | undefined,
    { newSink, mostTokens = Number.POSITIVE_INFINITY, ...parts }: CallParts = {},
  ): Promise<Answer<unknown>> => {
    // A token may have ended meanwhile.
    for (let times = 0; ; times += 1) {
      const signedIn = await signIn.headers(signal, times);
      if (signedIn.kind !== 'signed_in') return signedIn;
      const headers = { ...signedIn.headers, accept: 'application/json', 'user-agent': userAgent };
      const request = { url: `${baseUrl}${path}`, headers, ...parts, ...(newSink && { sink: newSink() }) };
      const reply = await sender.send(request, signal);
      if (reply.kind === 'lost') return reply;
      const answer = readAnswer({ ...reply, text: signIn.redact(reply.text) }, words);
      if (answer.kind === 'done') signIn.accepted();
      if (answer.kind !== 'refused' || !byToken) return answer;
      const tried = times + 1;
      if (!isSignInRefused(answer) || !signIn.refused(signedIn.headers, tried) || tried >= mostTokens)
        return { ...answer, byToken };
    }
  };
  return {
    host: new URL(baseUrl).host,
    words,
    metadata: new Metadata(call),
    objects: new ObjectApi(call),
    submit: async (submission, signal) => {
      try {
        return validated(await call(paths.jobs, signal, await partsOf(submission)), jobOf);
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
      const newSink = () => new JsonArray((element) => errors.add(element), signIn.redact);
      const answer = await call(paths.errors(jobId), signal, { newSink });
      return validated(answer, (value) => (Array.isArray(value) ? errors : undefined));
    },
  };
}

/** GSOBJ_1024 is "invalid authorization headers", sent as a 400. */
function isSignInRefused({ status, errorCode }: Refused): boolean {
  return status === 401 || errorCode === 'GS_APIG_2401' || errorCode === 'GSOBJ_1024';
}

function changed({ object }: Submission, cause: FileChanged): ConnectorError {
  return new ConnectorError('spool_changed', { object }, { cause });
}

/** Undefined for an answer about another job. One without an id is accepted. */
function sameJob(job: BulkJob | undefined, jobId: string): BulkJob | undefined {
  return job === undefined || (job.jobId ?? jobId) === jobId ? job : undefined;
}

async function partsOf(submission: Submission): Promise<CallParts> {
  const { object: objectName, operation, keyFields, fileName, path, proof } = submission;
  const keys = keyFields.length > 0 ? { keyFields: keyFields.join(',') } : {};
  const part = await filePart(path, 'text/csv', proof);
  // Loaded with the first file, like all that sends.
  const { formBody } = await import('../http/form.ts');
  const body = formBody({ objectName, operation, ...keys }, { part, name: fileName });
  return { body, mostTokens: mostTokensOfFile };
}
