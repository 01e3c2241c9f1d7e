/** A job's file name: the only text of ours that the list of jobs returns, and so our idempotency key. */
import { createHash } from 'node:crypto';
import type { Plan, SliceDigest } from '../../model.ts';
import { base32, slug } from '../../names.ts';

/**
 * The parts of `DIGEST.STATE.ROWS.SEND.RUN.ATTEMPT.TOKEN.STREAM.csv`. The most important come first, and none depends
 * on case: a tenant may cut names short, or change their case.
 */
export interface JobFileName {
  /** Covers stream, object, operation, keys, generation and bytes: finds a crashed attempt's job. */
  readonly digest: string;
  /** Covers the source's own state that ends the file; {@link noState} if there is none. */
  readonly state: string;
  /** Data rows in the file. */
  readonly rows: number;
  /** Unique for each HTTP submission: finds a job whose answer was lost. */
  readonly send: string;
  /** One Airbyte job: all its attempts share it. */
  readonly run: string;
  /** 0 is the first attempt. */
  readonly attempt: number;
  /** Covers the streams of the catalog: distinguishes connections. */
  readonly token: string;
  /** The stream's name, shortened and with safe characters. */
  readonly stream: string;
}

/** A file name of ours as the tenant returns it: parts that it cut off or left out are undefined. */
export type GivenName = Pick<JobFileName, 'digest'> & {
  readonly [part in keyof JobFileName]?: JobFileName[part] | undefined;
};

/** STATE of a file that no state ends. */
export const noState = '0';

const longest = 120;
const longestRun = 24;
const tokenLength = 8;
const formerDigestLength = 16;
const digest = '[a-z2-7]{20}';
const state = '(?:0|[a-z2-7]{8})';
/** Our part may begin anywhere in a name. */
const beginning = new RegExp(`(?<![a-z0-9])(${digest})\\.(${state})\\.`, 'i');
/** The following parts: one without its final dot may have been cut. */
const parts = [/^(\d{1,10})\./, /^([a-z0-9]{10})\./, /^([a-z0-9_-]{1,24})\./, /^(\d{1,16})\./, /^([a-z2-7]{8})\./];
/** `RUN.ATTEMPT.SEND.ROWS.DIGEST16.STREAM.csv`, as version 0.1.0 wrote it. */
const former =
  /(?<![A-Za-z0-9_-])([A-Za-z0-9_-]{1,40})\.(\d{1,16})\.([a-z0-9]{8,16})\.(\d{1,10})\.([A-Za-z0-9_-]{16})\.([A-Za-z0-9._-]*)\.csv/i;

/** Whether a file with that name has exactly these rows. */
export function holds({ digest }: Pick<GivenName, 'digest'>, { current, former }: SliceDigest): boolean {
  return digest === current || digest === former;
}

/**
 * Whether a file with that name begins with this row.
 * @param firstRow the first-row part of such a file's digests
 */
export function beginsWith({ digest }: Pick<GivenName, 'digest'>, { current, former }: SliceDigest): boolean {
  return digest.startsWith(digest.length > formerDigestLength ? current : former);
}

/** A run's name for file names: `WORKER_JOB_ID`, or its digest if that does not fit. */
export function runName(workerJobId: string): string {
  const fits = /^[a-z0-9_-]+$/.test(workerJobId) && workerJobId.length <= longestRun;
  return fits ? workerJobId : hashed(workerJobId, 20);
}

/** TOKEN of a catalog. Airbyte passes no id of the connection. */
export function catalogToken(plans: readonly Pick<Plan, 'stream'>[]): string {
  const streams = plans.map(({ stream }) => JSON.stringify([stream.namespace || null, stream.name]));
  return hashed(streams.sort().join('\n'), tokenLength);
}

/** Whether a file belongs to the stream, by its name alone; undefined if the name no longer shows it. */
export function isOfStream(name: GivenName, label: string): boolean | undefined {
  const { digest, state, rows, send, run, attempt, token, stream } = name;
  if (stream === undefined) return undefined;
  const prefix =
    [digest, ...(token === undefined ? [] : [state, token]), rows, send, run, attempt].join('.').length + 1;
  return slug(label, longest - prefix - '.csv'.length).toLowerCase() === stream;
}

/** The file name, at most 120 characters of `[A-Za-z0-9._-]`. */
export function formatFileName(name: JobFileName): string {
  const { digest, state, rows, send, run, attempt, token, stream } = name;
  const parts = [digest, state, rows, send, run, attempt, token];
  const prefix = parts.join('.').length + 1;
  return [...parts, slug(stream, longest - prefix - '.csv'.length), 'csv'].join('.');
}

/**
 * Parses a file name of ours, whatever the tenant changed: other case, a path before it, a suffix, its end cut off.
 * Undefined for names of others.
 */
export function parseFileName(fileName: string | undefined): GivenName | undefined {
  const found = beginning.exec(fileName ?? '');
  if (!found) return parseFormer(fileName);
  const [whole, digest = '', state] = found.map((part) => part.toLowerCase());
  let left = (fileName ?? '').slice(found.index + (whole ?? '').length).toLowerCase();
  const given = parts.map((part) => {
    const [taken, value] = part.exec(left) ?? [];
    // What follows an incomplete part is not in its place.
    left = taken === undefined ? '' : left.slice(taken.length);
    return value;
  });
  const [rows, send, run, attempt, token] = given;
  // A tenant may have added a suffix, as in `NAME.csv (1).csv`.
  const stream = token === undefined ? undefined : /^([\w.-]*)\.csv/.exec(left)?.[1];
  return { digest, state, rows: numberOf(rows), send, run, attempt: numberOf(attempt), token, stream };
}

/**
 * The part of a returned name that is ours: the text around it may be anything, and is not printed. Undefined for names
 * of others.
 */
export function ownPartOf(fileName: string | undefined): string | undefined {
  const found = beginning.exec(fileName ?? '');
  if (!found) return former.exec(fileName ?? '')?.[0];
  const [own] = /^[\w.-]+\.csv|^[\w.-]+/i.exec((fileName ?? '').slice(found.index, found.index + longest)) ?? [];
  return own;
}

function parseFormer(fileName: string | undefined): GivenName | undefined {
  const found = former.exec(fileName ?? '');
  if (!found) return undefined;
  const [, run = '', attempt, send = '', rows, digest = '', stream = ''] = found;
  return {
    ...{ digest: digest.toLowerCase(), rows: Number(rows), send: send.toLowerCase(), attempt: Number(attempt) },
    // A run that was cut or changed to fit is not recognised as ours.
    run: runName(run),
    stream: stream.toLowerCase(),
  };
}

function numberOf(digits: string | undefined): number | undefined {
  return digits === undefined ? undefined : Number(digits);
}

function hashed(text: string, length: number): string {
  return base32(createHash('sha256').update(text).digest(), length);
}
