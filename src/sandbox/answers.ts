/** Responses in Gainsight's envelope, and how faults change them. */
import type { Envelope } from '../gainsight/contract.ts';
import type { AnswerFault, StatusFault } from './faults.ts';

/** A response that is not sent yet. */
export interface Answer {
  readonly status: number;
  /** An envelope, or a text that is sent unchanged. */
  readonly body: Omit<Envelope<unknown>, 'requestId'> | string;
  readonly headers: Readonly<Record<string, string>>;
  /** `cut_off`: only half of the body is sent, as if it were all; `dropped`: nothing is sent. */
  readonly delivery: 'whole' | 'cut_off' | 'dropped';
  readonly breaksContract: boolean;
}

/** The call succeeded. */
export function success(data: unknown, breaksContract = false): Answer {
  const body = { result: true, errorCode: null, errorDesc: null, data, message: null };
  return { status: 200, body, headers: {}, delivery: 'whole', breaksContract };
}

/** The call is refused. */
export function failure(status: number, errorCode: string, errorDesc: string, breaksContract = false): Answer {
  const body = { result: false, errorCode, errorDesc, data: null, message: null };
  return { status, body, headers: {}, delivery: 'whole', breaksContract };
}

/** The connection is cut instead of a response. */
export const dropped: Answer = { ...failure(0, '', '', true), delivery: 'dropped' };

/** A `Retry-After` header for `milliseconds` after `now` by the server's clock. */
export function retryAfter(form: 'none' | 'seconds' | 'date', milliseconds: number, now: number): Answer['headers'] {
  if (form === 'none') return {};
  const seconds = Math.ceil(milliseconds / 1000);
  // A date has whole seconds, so round up: it must not point before the end of a window.
  const date = new Date(Math.ceil((now + milliseconds) / 1000) * 1000);
  return { 'retry-after': form === 'seconds' ? String(seconds) : date.toUTCString() };
}

/**
 * The response of a fault that prevents the work; undefined if there is none.
 * @param empty what an empty list is
 */
export function insteadOfWork(faults: readonly AnswerFault[], now: number, empty: unknown): Answer | undefined {
  for (const fault of faults) {
    if (fault.kind === 'status') return statusAnswer(fault, now);
    if (fault.kind === 'result_false') return resultFalse(fault);
    if (fault.kind === 'redirect') return redirectAnswer(fault);
    if (fault.kind === 'empty') return success(empty);
    if (fault.kind === 'other_shape') return success({ objects: { count: 1 } }, true);
  }
  return undefined;
}

/** Applies faults to the response to work that was done. */
export function afterWork(answer: Answer, faults: readonly AnswerFault[], now: number): Answer {
  for (const fault of faults) {
    if (fault.kind === 'accept_then_drop') return dropped;
    if (fault.kind === 'accept_then_status') return statusAnswer(fault, now);
    if (fault.kind === 'accept_then_result_false') return resultFalse(fault);
    if (fault.kind === 'accept_then_redirect') return redirectAnswer(fault);
    if (fault.kind === 'accept_then_truncate_json') return { ...answer, delivery: 'cut_off', breaksContract: true };
  }
  return answer;
}

function statusAnswer(fault: StatusFault, now: number): Answer {
  const { status, html, empty, seconds = 60 } = fault;
  const headers = retryAfter(fault.retryAfter ?? 'none', seconds * 1000, now);
  const { errorCode = `GU_${status}`, errorDesc = `Answered with ${status} by the fault script` } = fault;
  const answer = { ...failure(status, errorCode, errorDesc, true), headers };
  if (empty) return { ...answer, body: '' };
  return html ? { ...answer, body: `<html><body><h1>${status} Bad Gateway</h1></body></html>` } : answer;
}

function resultFalse({ errorCode = 'GU_1101', errorDesc = 'Refused by the fault script' }: ResultFalse): Answer {
  return failure(200, errorCode, errorDesc, true);
}

function redirectAnswer({ to, status = 302 }: Redirect): Answer {
  return { ...dropped, status, body: '', headers: { location: to }, delivery: 'whole' };
}

type ResultFalse = Pick<StatusFault, 'errorCode' | 'errorDesc'>;
type Redirect = Pick<Extract<AnswerFault, { to: string }>, 'to' | 'status'>;
