/**
 * Calls that are made until they are answered. Writes up to 50 records by calls that are all or nothing, and finds those
 * that Gainsight refuses: by the errors that name them, else one by one.
 */
import { type Clock, minute } from '../../clock.ts';
import { ConnectorError } from '../../errors.ts';
import { isFaultOfGainsight } from '../../gainsight/error_codes.ts';
import { type RecordError, recordErrorsOf } from '../../gainsight/object_api.ts';
import type { Answer, Done, Refused } from '../../gainsight/response.ts';
import type { Plan } from '../../model.ts';
import type { ReportEvent } from '../events.ts';
import { decideRead, maxRefusedMs, type ReadDecision } from '../retry.ts';
import { normalForm } from './key_forms.ts';

/** A record to be written. */
export interface OutgoingRecord {
  /** Its row in the file of the batch, from 0. */
  readonly row: number;
  /** A JSON text, sent as it is. */
  readonly text: string;
}

/** A record that Gainsight refuses. */
export interface RefusedRecord {
  readonly row: number;
  readonly errors: readonly { readonly field: string | undefined; readonly message: string }[];
}

/** One call. Resolves once it was answered or lost; writing the same records again does no harm. */
export type WriteCall = (records: readonly string[]) => Promise<Answer<unknown>>;

/** What the calls need. */
export interface CallParts {
  readonly clock: Clock;
  /** In [0, 1). */
  readonly random: () => number;
  readonly signal: AbortSignal;
  readonly report: ReportEvent;
  /** For messages. */
  readonly host: string;
  /** `PUT /data/objects/Company`. */
  readonly call: string;
  /** The stream that fails with the call. */
  readonly stream: Plan['stream'];
}

/**
 * Writes the records.
 * @param write waits for the quota, and makes the call
 * @returns those that Gainsight refuses, ascending by row: the others are written
 * @throws ConnectorError if a call cannot succeed, or not within half an hour; the signal's reason
 */
export async function writeRecords(
  records: readonly OutgoingRecord[],
  write: WriteCall,
  parts: CallParts,
): Promise<RefusedRecord[]> {
  const refused: RefusedRecord[] = [];
  let left = records;
  while (left.length > 0) {
    const answer = await untilAnswered(
      () => write(left.map(({ text }) => text)),
      parts,
      (failed) => (failed.kind === 'refused' ? refusedRecordsOf(failed) : undefined),
    );
    if (answer.kind === 'done') break;
    const named = namedBy(answer.refusal, left);
    if (named.size === 0) {
      refused.push(...(await writeOneByOne(left, write, parts)));
      break;
    }
    for (const [{ row }, errors] of named) refused.push({ row, errors });
    left = left.filter((record) => !named.has(record));
  }
  return refused.sort((one, other) => one.row - other.row);
}

async function writeOneByOne(
  records: readonly OutgoingRecord[],
  write: WriteCall,
  parts: CallParts,
): Promise<RefusedRecord[]> {
  const refused: RefusedRecord[] = [];
  for (const record of records) refused.push(...(await writeRecords([record], write, parts)));
  return refused;
}

/**
 * Makes a call until it is answered; it must do no harm if it is done several times.
 * @param interpret what a refusal or a failure says, if it is an answer; undefined: it is none, or the call cannot succeed
 * @throws ConnectorError if it cannot succeed, or not within half an hour; the signal's reason
 */
export async function untilAnswered<T, R>(
  make: () => Promise<Answer<T>>,
  parts: CallParts,
  interpret: (failed: Exclude<Answer<T>, Done<T>>) => R | undefined,
): Promise<Done<T> | { readonly kind: 'refusal'; readonly refusal: R }> {
  const { clock, report, signal } = parts;
  const since = clock.elapsed();
  for (let tries = 0; ; tries++) {
    const answer = await make();
    if (answer.kind === 'done') return answer;
    const refusal = interpret(answer);
    if (refusal !== undefined) return { kind: 'refusal', refusal };
    const { waitMs, words } = pauseAfter(answer, parts, { tries, since });
    const forMs = clock.elapsed() - since;
    report({ kind: 'unanswered', words, tries: tries + 1, forMs, until: clock.now() + maxRefusedMs - forMs });
    await clock.sleep(waitMs, signal);
  }
}

/**
 * When to make a call again that was not done.
 * @param since the first failure, on the monotonic clock
 * @throws ConnectorError if it cannot succeed, or not within half an hour
 */
export function pauseAfter(
  answer: Exclude<Answer<unknown>, Done<unknown>>,
  { clock, random, host, call, stream }: CallParts,
  { tries, since }: { readonly tries: number; readonly since: number },
): { readonly waitMs: number; readonly words: string } {
  const at = { host, path: call, tries, spentMs: clock.elapsed() - since, retryMs: maxRefusedMs, random: random() };
  const decision = decideRead(withoutMute(answer), at);
  if (decision.do === 'wait') return { waitMs: Math.min(decision.waitMs, 2 * minute), words: decision.words };
  if (decision.do === 'done') throw new Error('a call that was done needs no pause');
  throw callError(decision, answer, { host, call, stream });
}

/** What ends the tries of a call: what is said of a read of the Bulk API is said of the call instead. */
export function callError(
  decision: Extract<ReadDecision<unknown>, { do: 'fail' | 'absent' }>,
  { words, requestId }: Exclude<Answer<unknown>, Done<unknown>>,
  { host, call, stream }: Pick<CallParts, 'host' | 'call'> & { readonly stream?: Plan['stream'] },
): ConnectorError {
  const code = decision.do === 'fail' ? decision.error.code : undefined;
  if (decision.do === 'fail' && code !== 'read_refused' && code !== 'bulk_api_missing') return decision.error;
  const isMissing = decision.do === 'absent' ? decision.final : code === 'bulk_api_missing';
  const details = { requestId, ...(stream && { stream }) };
  return new ConnectorError(isMissing ? 'object_api_missing' : 'call_refused', { host, call, words }, details);
}

/** The HTTP status of a call that has too many bytes: fewer records may fit. */
const tooLarge = 413;

/** The errors of single records; undefined: the refusal is about the call, or is a failure of Gainsight itself. */
export function refusedRecordsOf(answer: Refused): readonly RecordError[] | undefined {
  if (answer.status === tooLarge)
    return [{ field: undefined, message: 'the call is too large for Gainsight', values: [] }];
  if (answer.status === 429 || isMute(answer)) return undefined;
  return recordErrorsOf(answer);
}

/** Statuses that say why a call is refused, whatever the body. */
const plainStatuses: ReadonlySet<number> = new Set([401, 403, 404, 405, 408, tooLarge, 429]);

/**
 * A refusal that shows nothing of the call or its records, so that they are sent again: it names a failure of Gainsight
 * itself, or cannot be read, as an answer that was cut off or comes from a proxy.
 */
export function isMute(answer: Refused): boolean {
  const { errorCode, isUnread, redirect, status } = answer;
  if (isFaultOfGainsight(errorCode)) return true;
  return isUnread === true && redirect === undefined && !plainStatuses.has(status);
}

function withoutMute(answer: Answer<unknown>): Answer<unknown> {
  if (answer.kind !== 'refused' || !isMute(answer)) return answer;
  const { words, requestId, sent } = answer;
  return { kind: 'lost', sent, reason: `HTTP ${answer.status}`, words, requestId };
}

/** Whether a call that was not done may have been done nevertheless, in part, or later. */
export function mayBeDone(answer: Exclude<Answer<unknown>, Done<unknown>>): boolean {
  if (answer.kind === 'lost') return answer.sent === 'whole';
  return answer.status === 408 || isMute(answer);
}

/**
 * The records that errors name: the only ones whose field has the value, in whatever form. An error that fits several records, or none,
 * names nobody; of a call of one record, all are about it.
 */
export function namedBy<R extends OutgoingRecord>(
  errors: readonly RecordError[],
  records: readonly R[],
): Map<R, RefusedRecord['errors']> {
  const [first] = records;
  if (first && records.length === 1) return new Map([[first, reasonsOf(errors)]]);
  const named = new Map<R, RecordError[]>();
  const parsed = records.map((record) => ({ record, values: JSON.parse(record.text) as Record<string, unknown> }));
  for (const error of errors) {
    const { field, values: invalid } = error;
    if (field === undefined || invalid.length === 0) continue;
    const fitting = parsed.filter(({ values }) => invalid.some((value) => hasSimilar(values[field], value)));
    const [only] = fitting;
    // The tenant may show a value in another form than it was sent, which is the value of another record.
    if (fitting.length !== 1 || !only || !invalid.some((value) => hasValue(only.values[field], value))) continue;
    named.set(only.record, [...(named.get(only.record) ?? []), error]);
  }
  return new Map([...named].map(([record, of]) => [record, reasonsOf(of)]));
}

/** Whether a field has a value, or a list of several has it. */
function hasValue(sent: unknown, invalid: unknown): boolean {
  return [sent].flat().some((value) => value === invalid);
}

function hasSimilar(sent: unknown, invalid: unknown): boolean {
  return [sent].flat().some((value) => similarForm(value) === similarForm(invalid));
}

function similarForm(value: unknown): string {
  return normalForm(typeof value === 'object' ? JSON.stringify(value) : String(value));
}

function reasonsOf(errors: readonly RecordError[]): RefusedRecord['errors'] {
  if (errors.length === 0) return [{ field: undefined, message: 'Gainsight gives no reason' }];
  return errors.map(({ field, message }) => ({ field, message }));
}
