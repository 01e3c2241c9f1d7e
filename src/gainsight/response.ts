/** The result of one call: done, refused or lost, read from the HTTP response or from the failure. */

import type { Lost, Received } from '../http/exchange.ts';

export type { Lost };

import { truncate } from '../names.ts';
import type { BulkJob, Envelope, JobPage } from './contract.ts';
import { codeOf, isRateLimit } from './error_codes.ts';
import type { PlainWords } from './plain_words.ts';

/** Gainsight confirmed the call. */
export interface Done<T> {
  readonly kind: 'done';
  readonly value: T;
  /** The server's clock from its `Date` header, in milliseconds since 1970. */
  readonly serverTime: number | undefined;
  /** Gainsight's id of the request. */
  readonly requestId?: string | undefined;
}

/** Gainsight refused the call. */
export interface Refused {
  readonly kind: 'refused';
  readonly status: number;
  /** How much of the request had been sent: a completely sent file may have become a job despite the refusal. */
  readonly sent: Lost['sent'];
  /** Gainsight's error code, such as `GS_APIG_2401`; undefined for anything of another form. */
  readonly errorCode: string | undefined;
  /** Gainsight's message, filtered for the log. */
  readonly words: string;
  /** `Retry-After`, in milliseconds from now. */
  readonly retryAfter: number | undefined;
  /** The host that a redirect points to. */
  readonly redirect: string | undefined;
  readonly requestId: string | undefined;
  /** The server's clock from its `Date` header, in milliseconds since 1970. */
  readonly serverTime: number | undefined;
  /** What the answer has besides, if anything; it may hold values of rows. */
  readonly data?: unknown;
  /** The body is no JSON object: a gateway's page, nothing, or an answer that was cut off. */
  readonly isUnread?: true;
  /** The call was signed in by a token, or was the call for one. */
  readonly byToken?: true;
}

/** The result of one call. */
export type Answer<T> = Done<T> | Refused | Lost;

const redirects: ReadonlySet<number> = new Set([301, 302, 303, 307, 308]);
const longestWords = 500;
/** One year: practically never, and still a valid date. */
const longestRetry = 31_536_000_000;

/** The envelope of an answer, with any type in each field. */
type Sent = { readonly [field in keyof Envelope<unknown>]?: unknown };

/**
 * Interprets an HTTP response.
 * @param plain filters Gainsight's texts for the log
 */
export function readAnswer({ status, statusText, headers, text, sent }: Received, plain: PlainWords): Answer<unknown> {
  const envelope = parse(text);
  const requestId = requestIdOf(envelope?.requestId) ?? requestIdOf(headers.get('x-gs-request-id'));
  const serverTime = time(headers.get('date'));
  if (status >= 200 && status < 300 && envelope?.result !== false) {
    if (envelope?.data !== undefined && envelope.data !== null)
      return { kind: 'done', value: envelope.data, serverTime, requestId };
    return unreadable(requestId);
  }
  const errorCode = codeOf(envelope?.errorCode);
  const words = saying(envelope, plain, `HTTP ${status} ${plain.of(statusText)}`);
  // A rate limit code counts whatever its HTTP status.
  const isLimit = isRateLimit(errorCode);
  // Any other status, such as 304, does not show what became of the request.
  const redirect = redirects.has(status) ? target(headers.get('location')) : undefined;
  const isOdd = status < 400 && (status < 200 || status >= 300) && redirect === undefined;
  if ((status >= 500 && !isLimit) || isOdd) return { kind: 'lost', sent, reason: `HTTP ${status}`, words, requestId };
  return {
    kind: 'refused',
    status: isLimit ? 429 : status,
    sent,
    errorCode,
    words,
    retryAfter: retryAfter(headers.get('retry-after'), serverTime),
    redirect,
    requestId,
    serverTime,
    ...(envelope === undefined && { isUnread: true }),
    ...((envelope?.data ?? undefined) !== undefined && { data: envelope?.data }),
  };
}

/** A response that shows neither success nor refusal. */
export function unreadable(requestId: string | undefined): Lost {
  return { kind: 'lost', sent: 'whole', reason: 'unreadable', words: 'the answer cannot be read', requestId };
}

/** The answer, or `unreadable` if its content does not fit the request. */
export function validated<T>(answer: Answer<unknown>, of: (value: unknown) => T | undefined): Answer<T> {
  if (answer.kind !== 'done') return answer;
  const value = of(answer.value);
  return value === undefined ? unreadable(answer.requestId) : { ...answer, value };
}

function parse(body: string): Sent | undefined {
  try {
    const value: unknown = JSON.parse(body);
    return typeof value === 'object' && value !== null ? (value as Sent) : undefined;
  } catch {
    return undefined; // a gateway's HTML page, or a truncated response
  }
}

function saying(envelope: Sent | undefined, plain: PlainWords, otherwise: string): string {
  const parts = [textOf(envelope?.errorCode), textOf(envelope?.errorDesc) ?? textOf(envelope?.message)];
  const said = parts
    .filter((part) => part !== undefined)
    .join(': ')
    .replace(/\s+/g, ' ');
  // Truncated first, so that no word is long; a word cut in two becomes `…`.
  const printable = plain.of(truncate(said, longestWords));
  return printable === '' || printable === '…' ? otherwise.trim() : printable;
}

/** Request ids have one of these forms; anything else could be the value of a row. */
const requestId = /^(?:[\da-f]{8}(?:-[\da-f]{4}){3}-[\da-f]{12}|(?=.*\d)(?=.*[a-f])[\da-f]{16,64})$/i;

function requestIdOf(value: unknown): string | undefined {
  return typeof value === 'string' && requestId.test(value) ? value : undefined;
}

function textOf(value: unknown): string | undefined {
  return typeof value === 'string' && value !== '' ? value : undefined;
}

function time(header: string | null): number | undefined {
  const parsed = Date.parse(header ?? '');
  return Number.isNaN(parsed) ? undefined : parsed;
}

/** `Retry-After` is seconds or a date; the date is compared with the server's own clock. */
function retryAfter(header: string | null, serverTime: number | undefined): number | undefined {
  if (header === null) return undefined;
  if (/^\s*\d+\s*$/.test(header)) return Math.min(Number(header) * 1000, longestRetry);
  const at = time(header);
  if (at === undefined || serverTime === undefined) return undefined;
  return Math.min(Math.max(0, at - serverTime), longestRetry);
}

function target(location: string | null): string {
  return URL.canParse(location ?? '') ? new URL(location ?? '').host : 'another address';
}

const longestText = 500;
const longestId = 200;

/** Reads a job from an answer; undefined if it is not an object. Fields that are null are left out. */
export function jobOf(value: unknown): BulkJob | undefined {
  if (!isObject(value)) return undefined;
  const { objectName, status, fileName, createdDate, completedDate } = value;
  return {
    ...textField('jobId', jobIdOf(value['jobId'])),
    ...textField('objectName', objectName),
    ...textField('status', status),
    ...textField('fileName', fileName),
    ...textField('createdDate', dateText(createdDate)),
    ...textField('completedDate', dateText(completedDate)),
    ...progressField('totalRecords', value['totalRecords']),
    ...progressField('processedRecords', value['processedRecords']),
    ...countField('successCount', value['successCount']),
    ...countField('failureCount', value['failureCount']),
  };
}

/**
 * Reads a page of the list from an answer; undefined if it is not one. Entries that are no job keep their place.
 * `records` stays absent if the tenant leaves it out: that is not an empty list.
 */
export function jobPageOf(value: unknown): JobPage | undefined {
  if (!isObject(value)) return undefined;
  const { records, totalCount } = value;
  if (!Array.isArray(records ?? [])) return undefined;
  const isTotal = Number.isSafeInteger(totalCount) && (totalCount as number) >= 0;
  return {
    ...(Array.isArray(records) && { records: records.map((record) => jobOf(record) ?? {}) }),
    ...(isTotal && { totalCount: totalCount as number }),
  };
}

/**
 * A job's id if it is safe in a path and in the log: `..` would change the path even when escaped, and a lone surrogate
 * cannot be escaped.
 */
function jobIdOf(value: unknown): string | undefined {
  const id = Number.isSafeInteger(value) ? String(value) : value;
  return typeof id === 'string' && isJobId(id) ? id : undefined;
}

/** Whether a text can be a job's id. */
export function isJobId(text: string): boolean {
  return text.length <= longestId && /^\P{C}+$/u.test(text) && !/^\.{1,2}$/.test(text);
}

function textField<Name extends string>(name: Name, value: unknown): { [_ in Name]?: string } {
  const isText = typeof value === 'string' && value !== '' && value.length <= longestText;
  return (isText ? { [name]: value } : {}) as { [_ in Name]?: string };
}

/** Some tenants may send a date as a number of milliseconds since 1970. */
function dateText(value: unknown): unknown {
  return typeof value === 'number' && Number.isFinite(value) ? String(value) : value;
}

/** A number of rows for progress only; left out if it is not a number. */
function progressField<Name extends string>(name: Name, value: unknown): { [_ in Name]?: number } {
  const isProgress = Number.isSafeInteger(value) && (value as number) >= 0;
  return (isProgress ? { [name]: value } : {}) as { [_ in Name]?: number };
}

/** A count that is present but not a number becomes NaN: it must not look like an absent one. */
function countField<Name extends string>(name: Name, value: unknown): { [_ in Name]?: number } {
  if (value === undefined || value === null) return {};
  return { [name]: typeof value === 'number' ? value : Number.NaN } as { [_ in Name]?: number };
}

/** Whether a value of an answer is an object. */
export function isObject(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}
