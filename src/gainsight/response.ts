/** What comes of one call: done, refused, or lost; read from the HTTP response or from the failure. */
import type { Response } from 'node-fetch';
import { isStage, type Stage } from '../http/transport.ts';
import type { Envelope } from './contract.ts';

/** Gainsight did it and said so. */
export interface Done<T> {
  readonly kind: 'done';
  readonly value: T;
  /** The server's clock, by its `Date` header: milliseconds since 1970. */
  readonly serverTime: number | undefined;
}

/** Gainsight answered, and the answer is no. */
export interface Refused {
  readonly kind: 'refused';
  readonly status: number;
  /** Gainsight's own code, such as `GS_APIG_2401`. */
  readonly errorCode: string | undefined;
  /** Gainsight's own words, at most 500 characters. */
  readonly words: string;
  /** `Retry-After`, in milliseconds from now. */
  readonly retryAfter: number | undefined;
  /** The host that a redirect points to. */
  readonly redirect: string | undefined;
  readonly requestId: string | undefined;
  /** The server's clock, by its `Date` header: milliseconds since 1970. */
  readonly serverTime: number | undefined;
}

/** No answer that can be relied on: a submission may or may not have become a job. */
export interface Lost {
  readonly kind: 'lost';
  /** `nothing`: no connection; `partly`: the request was cut off, so it cannot have been accepted; `whole`: anything may have happened. */
  readonly sent: 'nothing' | 'partly' | 'whole';
  /** Node's error code, `TIMEOUT`, or `HTTP 502`. */
  readonly reason: string;
  /** Where the connection failed; undefined once it stood. */
  readonly stage?: Stage | undefined;
  readonly words: string;
  readonly requestId: string | undefined;
}

/** What comes of one call. */
export type Answer<T> = Done<T> | Refused | Lost;

const longestWords = 500;
const longestRequestId = 200;
/** A year: as good as never, and still a date. */
const longestRetry = 31_536_000_000;

/** What an answer is wrapped in, whatever was sent in the place of each field. */
type Sent = { readonly [field in keyof Envelope<unknown>]?: unknown };

/** An HTTP response and its body, as an answer. */
export function readAnswer(response: Response, body: string): Answer<unknown> {
  const { status, headers } = response;
  const envelope = parse(body);
  const requestId = idOf(envelope?.requestId) ?? idOf(headers.get('x-gs-request-id'));
  const serverTime = time(headers.get('date'));
  if (status >= 200 && status < 300 && envelope?.result !== false) {
    if (envelope?.data !== undefined && envelope.data !== null)
      return { kind: 'done', value: envelope.data, serverTime };
    return unreadable(requestId);
  }
  const words = saying(envelope, `HTTP ${status} ${response.statusText}`);
  if (status >= 500) return { kind: 'lost', sent: 'whole', reason: `HTTP ${status}`, words, requestId };
  return {
    kind: 'refused',
    status,
    errorCode: textOf(envelope?.errorCode),
    words,
    retryAfter: retryAfter(headers.get('retry-after'), serverTime),
    redirect: status >= 300 && status < 400 ? target(headers.get('location')) : undefined,
    requestId,
    serverTime,
  };
}

/** An answer that says neither yes nor no. */
export function unreadable(requestId: string | undefined): Lost {
  return { kind: 'lost', sent: 'whole', reason: 'unreadable', words: 'the answer cannot be read', requestId };
}

function parse(body: string): Sent | undefined {
  try {
    const value: unknown = JSON.parse(body);
    return typeof value === 'object' && value !== null ? (value as Sent) : undefined;
  } catch {
    return undefined; // an HTML page of a gateway, or an answer that was cut off
  }
}

function saying(envelope: Sent | undefined, otherwise: string): string {
  const parts = [textOf(envelope?.errorCode), textOf(envelope?.errorDesc) ?? textOf(envelope?.message)];
  const said = parts.filter((part) => part !== undefined).join(': ');
  return cut((said || otherwise.trim()).replace(/\s+/g, ' '), longestWords);
}

function idOf(value: unknown): string | undefined {
  const text = textOf(value);
  return text && cut(text, longestRequestId);
}

function textOf(value: unknown): string | undefined {
  return typeof value === 'string' && value !== '' ? value : undefined;
}

/** The mark at its end tells who redacts that what stands there may be the beginning of something. */
function cut(text: string, longest: number): string {
  return text.length <= longest ? text : `${text.slice(0, longest)}…`;
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

/** What a call is lost by whose answer was read no further. */
export const tooLarge = Object.assign(new Error('the answer is too large'), { code: 'TOO_LARGE' });

/** What a call that was given up is lost by. */
export const timedOut = Object.assign(new Error('no answer in time'), { code: 'TIMEOUT' });

/** A call that ended without a response. @param sent how far the request was handed to the socket */
export function lostCall(error: unknown, sent: Lost['sent']): Lost {
  // node-fetch names the system call of a failure differently from Node.
  const { code, erroredSysCall, message } = error as { code?: string; erroredSysCall?: string; message?: string };
  const stage = isStage(erroredSysCall) ? erroredSysCall : undefined;
  const words = `${code ?? 'network error'}: ${(message ?? '').replace(/^request to \S+ failed, reason: /, '')}`;
  return {
    kind: 'lost',
    // Before the connection stands, and is trusted, nothing leaves, whatever was handed over.
    sent: stage ? 'nothing' : sent,
    reason: code ?? 'network error',
    stage,
    words,
    requestId: undefined,
  };
}
