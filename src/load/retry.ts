/** Decides what follows an answer or a failure, as a value; the caller does the waiting. */
import { hour, minute, second } from '../clock.ts';
import { ConnectorError } from '../errors.ts';
import { isMissingPath } from '../gainsight/error_codes.ts';
import type { Answer, Lost, Refused } from '../gainsight/response.ts';
import type { Batch, SliceDigest } from '../model.ts';

/** What to do after a read. */
export type ReadDecision<T> =
  | {
      readonly do: 'done';
      readonly value: T;
      readonly serverTime: number | undefined;
      readonly requestId: string | undefined;
    }
  /** The server has no such thing: for the caller to interpret. `final`: it has no such path at all. */
  | {
      readonly do: 'absent';
      readonly words: string;
      readonly requestId: string | undefined;
      readonly final: boolean;
    }
  | { readonly do: 'wait'; readonly waitMs: number; readonly limited: boolean; readonly words: string }
  | { readonly do: 'fail'; readonly error: ConnectorError };

/** What to do after a submission. */
export type SubmitDecision =
  | { readonly do: 'done'; readonly jobId: string; readonly requestId: string | undefined }
  /** Refused for quota: not before `wait` milliseconds. */
  | { readonly do: 'wait'; readonly waitMs: number; readonly words: string; readonly requestId: string | undefined }
  /** It certainly did not arrive. `counted`: the server may have counted the call. */
  | {
      readonly do: 'resend';
      readonly waitMs: number;
      readonly counted: boolean;
      readonly words: string;
      readonly requestId: string | undefined;
    }
  /** It may have arrived: look in the list of jobs. */
  | {
      readonly do: 'lookup';
      readonly words: string;
      readonly requestId: string | undefined;
      /**
       * Refused for quota: if there is no job it is sent again, even an INSERT, but not before this many milliseconds.
       */
      readonly limitedMs?: number;
    }
  | { readonly do: 'fail'; readonly error: ConnectorError };

/** The result of a submission that created no job. */
export interface SendFailure {
  /** `limited`: refused for quota; `refused`: it did not arrive; `lost`: it may have, but no job appears. */
  readonly result: 'limited' | 'refused' | 'lost';
  readonly words: string;
  /** Gainsight's id of it, if it was answered. */
  readonly requestId?: string | undefined;
}

/** A submission of a file that is to be sent again. Times on the monotonic clock. */
export interface FailedSend extends SendFailure {
  /** The part of its file name that identifies its job in the list, should there be one after all. */
  readonly send: string;
  readonly digest: SliceDigest;
  readonly fileName: string;
  readonly sentAt: number;
  /** When everything that had to be waited for was over. */
  readonly endedAt: number;
}

/** Maximum number of submissions of an UPSERT or UPDATE whose answers are lost. */
const mostSends = 3;
/** How long a file that does not arrive is sent again, in milliseconds. */
export const maxRefusedMs = 30 * minute;
/** When a lost answer is looked up, as multiples of the list's lag. */
export const lookUps = [0, 1 / 3, 1, 4];

/** Exponential back-off with full jitter: up to 1 s, 2 s, 4 s … 60 s. @param random in [0, 1) */
export function backOff(tries: number, random: number): number {
  return Math.round(Math.min(minute, second * 2 ** Math.min(tries, 10)) * random);
}

/** What `Retry-After` asks for, in milliseconds; a server that says "now" is not called without a pause. */
function pause(retryAfter: number | undefined): number | undefined {
  return retryAfter === undefined ? undefined : Math.max(second, retryAfter);
}

/** The error for a refusal that no retry can solve. Undefined: the kind of call decides. */
function finalRefusal(answer: Refused, host: string, path: string): ConnectorError | undefined {
  const { status, errorCode, words, redirect, requestId } = answer;
  if (redirect !== undefined) return new ConnectorError('redirect_refused', { host, target: redirect }, { requestId });
  if (errorCode === 'GS_APIG_2402') return new ConnectorError('address_not_listed', { words }, { requestId });
  // GSOBJ_1024 is "invalid authorization headers", sent as a 400.
  if (status === 401 || status === 403 || errorCode === 'GS_APIG_2401' || errorCode === 'GSOBJ_1024') {
    return new ConnectorError(answer.byToken ? 'client_refused' : 'access_refused', { words }, { requestId });
  }
  if (isMissingPath(errorCode) || status === 405) {
    return new ConnectorError('bulk_api_missing', { host, path, words }, { requestId });
  }
  return undefined;
}

/** The error for a failed connection that no retry can solve. */
function obstacle({ stage, reason, words }: Lost, host: string): ConnectorError | undefined {
  if (stage === 'untrusted') return new ConnectorError('certificate_untrusted', { host, words });
  if (stage === 'certificate') return new ConnectorError('certificate_invalid', { host, words });
  if (stage === 'proxy') {
    if (reason === 'ENOTFOUND') return new ConnectorError('proxy_unusable', { detail: words });
    // 408 and 429 are temporary; a 5xx from a proxy usually means that the host does not answer.
    return /^HTTP (?!408|429)[34]/.test(reason) ? new ConnectorError('proxy_refused', { host, words }) : undefined;
  }
  return reason === 'ENOTFOUND' ? new ConnectorError('host_unknown', { host }) : undefined;
}

/**
 * Decides on a GET.
 * @param tries failed tries so far
 * @param spentMs since the first failure
 * @param retryMs how long a read is retried; 0: never
 */
export function decideRead<T>(
  answer: Answer<T>,
  at: { host: string; path: string; tries: number; spentMs: number; retryMs: number; random: number },
): ReadDecision<T> {
  const { requestId } = answer;
  if (answer.kind === 'done') return { do: 'done', value: answer.value, serverTime: answer.serverTime, requestId };
  const { words } = answer;
  // 408: the server did not get the request in time.
  if (answer.kind === 'lost' || answer.status === 408) {
    const error = answer.kind === 'lost' ? obstacle(answer, at.host) : undefined;
    if (error) return { do: 'fail', error };
    const waitMs = backOff(at.tries, at.random);
    if (at.spentMs + waitMs <= at.retryMs) return { do: 'wait', waitMs, limited: false, words };
    return { do: 'fail', error: new ConnectorError('gainsight_unavailable', { words }, { requestId }) };
  }
  if (answer.status === 429) {
    const waitMs = pause(answer.retryAfter) ?? Math.round(minute * (1 + at.random));
    if (at.spentMs + waitMs <= at.retryMs) return { do: 'wait', waitMs, limited: true, words };
    return { do: 'fail', error: new ConnectorError('rate_limited', { words }, { requestId }) };
  }
  // For the list 404 and 405 mean that it does not exist; for a job, that the job is gone.
  if (answer.status === 404 || answer.status === 405) {
    return { do: 'absent', words, requestId, final: answer.status === 405 || isMissingPath(answer.errorCode) };
  }
  const error = finalRefusal(answer, at.host, at.path);
  return {
    do: 'fail',
    error: error ?? new ConnectorError('read_refused', { path: at.path, words }, { requestId }),
  };
}

/**
 * Decides on a submission.
 * @param at `tries`: submissions of this batch so far; `now`: wall time, for a 429 without a time
 */
export function decideSubmit(
  answer: Answer<{ jobId?: string }>,
  batch: Batch,
  at: { host: string; path: string; tries: number; random: number; now: number },
): SubmitDecision {
  const { object, stream } = batch.plan;
  const { requestId } = answer;
  if (answer.kind === 'done') {
    const { jobId } = answer.value;
    return jobId ? { do: 'done', jobId, requestId } : { do: 'lookup', words: 'the answer names no job', requestId };
  }
  const { words } = answer;
  if (answer.kind === 'lost') {
    const error = obstacle(answer, at.host);
    if (error) return { do: 'fail', error };
    if (answer.sent === 'whole') return { do: 'lookup', words, requestId };
    return { do: 'resend', waitMs: backOff(at.tries, at.random), counted: answer.sent === 'partly', words, requestId };
  }
  // Such an answer may come from a gateway that gave up on the server behind it, which may have accepted the file.
  const mayHaveArrived = answer.sent === 'whole';
  if (answer.status === 429) {
    // Without a time the hour counts as full: wait for the next full hour, with jitter so that clients do not meet
    // there.
    const pastHour = (answer.serverTime ?? at.now) % hour;
    const waitMs = pause(answer.retryAfter) ?? hour - pastHour + Math.round(minute * at.random);
    return mayHaveArrived
      ? { do: 'lookup', words, requestId, limitedMs: waitMs }
      : { do: 'wait', waitMs, words, requestId };
  }
  if (answer.status === 408) {
    if (mayHaveArrived) return { do: 'lookup', words, requestId };
    return { do: 'resend', waitMs: backOff(at.tries, at.random), counted: true, words, requestId };
  }
  if (answer.status === 413) {
    const megabytes = (batch.bytes / 1e6).toFixed(1);
    return {
      do: 'fail',
      error: new ConnectorError('file_too_large', { object, megabytes, words }, { stream, requestId }),
    };
  }
  const error = finalRefusal(answer, at.host, at.path);
  return {
    do: 'fail',
    error: error ?? new ConnectorError('submission_refused', { object, words }, { stream, requestId }),
  };
}

/**
 * Decides whether a file that was sent in vain is sent again.
 * @param failed its submissions so far, in order
 * @returns the error that ends it; undefined: it is sent again
 */
export function decideResend(batch: Batch, failed: readonly FailedSend[]): ConnectorError | undefined {
  const last = failed.at(-1);
  if (!last) return undefined;
  const { words, requestId, fileName } = last;
  const lost = failed.filter(({ result }) => result === 'lost').length;
  if (last.result === 'lost' && lost >= mostSends) {
    const { object, stream } = batch.plan;
    return new ConnectorError('submission_lost', { object, times: lost, words }, { stream, requestId }).ofFile(
      fileName,
    );
  }
  const refusedSince = failed.find(({ result }) => result === 'refused')?.endedAt;
  if (last.result === 'refused' && refusedSince !== undefined && last.endedAt - refusedSince > maxRefusedMs)
    return new ConnectorError('gainsight_unavailable', { words }, { requestId }).ofFile(fileName);
  return undefined;
}
