/**
 * Writes up to 50 records by calls that are all or nothing, and finds those that Gainsight refuses: by the errors that
 * name them, else one by one.
 */
import { type Clock, minute } from '../../clock.ts';
import { ConnectorError } from '../../errors.ts';
import { isFaultOfGainsight } from '../../gainsight/error_codes.ts';
import { type RecordError, recordErrorsOf } from '../../gainsight/object_api.ts';
import type { Answer, Refused } from '../../gainsight/response.ts';
import { decideRead, maxRefusedMs } from '../retry.ts';

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
  readonly requestId: string | undefined;
}

/** One call. Resolves once it was answered or lost; writing the same records again does no harm. */
export type WriteCall = (records: readonly string[]) => Promise<Answer<unknown>>;

/** What the calls need. */
export interface CallParts {
  readonly clock: Clock;
  /** In [0, 1). */
  readonly random: () => number;
  readonly signal: AbortSignal;
  /** For messages. */
  readonly host: string;
  readonly path: string;
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
    const refusal = await tryUntilAnswered(left, write, parts);
    if (!refusal) break;
    const [only] = left;
    const named = left.length === 1 && only ? new Map([[only, refusal.errors]]) : namedBy(refusal.errors, left);
    if (named.size === 0) {
      refused.push(...(await writeOneByOne(left, write, parts)));
      break;
    }
    for (const [{ row }, errors] of named)
      refused.push({ row, errors: reasonsOf(errors), requestId: refusal.requestId });
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

interface Refusal {
  readonly errors: readonly RecordError[];
  readonly requestId: string | undefined;
}

/** @returns undefined: the records are written */
async function tryUntilAnswered(
  records: readonly OutgoingRecord[],
  write: WriteCall,
  { clock, random, signal, host, path }: CallParts,
): Promise<Refusal | undefined> {
  const since = clock.elapsed();
  for (let tries = 0; ; tries++) {
    const answer = await write(records.map(({ text }) => text));
    const errors = answer.kind === 'refused' ? refusedRecordsOf(answer) : undefined;
    if (errors) return { errors, requestId: answer.requestId };
    const at = { host, path, tries, spentMs: clock.elapsed() - since, retryMs: maxRefusedMs, random: random() };
    const decision = decideRead(ofOwnFault(answer), at);
    if (decision.do === 'done') return undefined;
    if (decision.do === 'absent') {
      const { words, requestId, final } = decision;
      throw new ConnectorError(final ? 'object_api_missing' : 'write_refused', { host, path, words }, { requestId });
    }
    if (decision.do === 'fail') throw ofWrite(decision.error, answer, path);
    await clock.sleep(Math.min(decision.waitMs, 2 * minute), signal);
  }
}

/** What is said of a read is said of the call instead. */
function ofWrite(error: ConnectorError, answer: Answer<unknown>, path: string): ConnectorError {
  if (error.code !== 'read_refused' || answer.kind !== 'refused') return error;
  return new ConnectorError('write_refused', { path, words: answer.words }, { requestId: answer.requestId });
}

/** The errors of single records; undefined: the refusal is about the call, or is a failure of Gainsight itself. */
function refusedRecordsOf(answer: Refused): readonly RecordError[] | undefined {
  if (answer.status === 429 || isFaultOfGainsight(answer.errorCode)) return undefined;
  return recordErrorsOf(answer);
}

/** A refusal that names a failure of Gainsight itself shows nothing of the records: they are sent again. */
function ofOwnFault(answer: Answer<unknown>): Answer<unknown> {
  if (answer.kind !== 'refused' || !isFaultOfGainsight(answer.errorCode)) return answer;
  const { words, requestId, sent } = answer;
  return { kind: 'lost', sent, reason: `HTTP ${answer.status}`, words, requestId };
}

/**
 * The records that errors name: the only ones whose field has the value. An error that fits several records, or none,
 * names nobody.
 */
function namedBy(
  errors: readonly RecordError[],
  records: readonly OutgoingRecord[],
): Map<OutgoingRecord, readonly RecordError[]> {
  const named = new Map<OutgoingRecord, RecordError[]>();
  const parsed = records.map((record) => ({ record, values: JSON.parse(record.text) as Record<string, unknown> }));
  for (const error of errors) {
    const { field, values: invalid } = error;
    if (field === undefined || invalid.length === 0) continue;
    const fitting = parsed.filter(({ values }) => invalid.some((value) => hasValue(values[field], value)));
    const [only] = fitting;
    if (fitting.length !== 1 || !only) continue;
    named.set(only.record, [...(named.get(only.record) ?? []), error]);
  }
  return named;
}

/** Whether a field has a value, or a list of several has it. */
function hasValue(sent: unknown, invalid: unknown): boolean {
  return [sent].flat().some((value) => value === invalid);
}

function reasonsOf(errors: readonly RecordError[]): RefusedRecord['errors'] {
  if (errors.length === 0) return [{ field: undefined, message: 'Gainsight gives no reason' }];
  return errors.map(({ field, message }) => ({ field, message }));
}
