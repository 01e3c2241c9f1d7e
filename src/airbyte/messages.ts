/** Reads a line that is not a RECORD: which message it is, as far as a destination needs to know. */

import { JsonCursor } from './json_cursor.ts';
import type { StreamDescriptor } from './protocol.ts';
import { sharedError } from './traced_error.ts';

/** The content of an input line, except RECORDs. */
export type OtherMessage =
  | { readonly kind: 'state'; readonly type: 'STREAM'; readonly stream: StreamDescriptor }
  | { readonly kind: 'state'; readonly type: 'GLOBAL' | 'LEGACY'; readonly stream?: undefined }
  /** The source has sent all of a stream. */
  | { readonly kind: 'complete'; readonly stream: StreamDescriptor }
  /** A message of the source that a destination need not know. */
  | { readonly kind: 'passing' }
  /** A message that is not meant for a destination; `type` names it. */
  | { readonly kind: 'ignored'; readonly type: string }
  /** What is wrong, without any of the line's content. */
  | { readonly kind: 'broken'; readonly problem: string };

const [openBrace, closeBrace] = [0x7b, 0x7d];
const messageKeys = ['type', 'state', 'trace'].map((name) => Buffer.from(name));
const stateKeys = ['type', 'stream'].map((name) => Buffer.from(name));
const descriptorKey = [Buffer.from('stream_descriptor')];
const nameKeys = ['name', 'namespace'].map((name) => Buffer.from(name));
const traceKeys = ['type', 'stream_status'].map((name) => Buffer.from(name));
const statusKeys = ['status', 'stream_descriptor'].map((name) => Buffer.from(name));

/**
 * Reads a line that is valid JSON. Only the needed parts are parsed: JSON.parse of a state with millions of small
 * values would take thirty times the memory of its text.
 */
export function readMessage(line: Buffer): OtherMessage {
  const json = new JsonCursor(line);
  const start = json.space(0);
  if (line[start] !== openBrace) return broken('it is not a JSON object');
  const [type, state, trace] = json.find(start, messageKeys);
  const name = json.text(type);
  if (name === undefined) return broken('it has no "type"');
  if (name === 'STATE') return readState(json, state);
  if (name === 'TRACE') return readTrace(json, trace);
  return { kind: 'ignored', type: name };
}

function readState(json: JsonCursor, state: number | undefined): OtherMessage {
  if (!json.isObject(state)) return broken('it is a STATE without an object "state"');
  const [written, stream] = json.find(state, stateKeys);
  // Older platforms omit the type of a LEGACY state.
  const type = json.isNull(written) ? 'LEGACY' : json.text(written);
  if (type === 'GLOBAL' || type === 'LEGACY') return { kind: 'state', type };
  if (type !== 'STREAM') return broken('it is a STATE of an unknown type');
  const [described] = json.find(stream, descriptorKey);
  const named = descriptor(json, described);
  return named ? { kind: 'state', type, stream: named } : broken('it is a STREAM STATE that names no stream');
}

function readTrace(json: JsonCursor, trace: number | undefined): OtherMessage {
  const [type, body] = json.find(trace, traceKeys);
  const [status, described] = json.text(type) === 'STREAM_STATUS' ? json.find(body, statusKeys) : [];
  const stream = json.text(status) === 'COMPLETE' ? descriptor(json, described) : undefined;
  return stream ? { kind: 'complete', stream } : { kind: 'passing' };
}

function descriptor(json: JsonCursor, at: number | undefined): StreamDescriptor | undefined {
  const [first, second] = json.find(at, nameKeys).map((name) => json.text(name));
  if (first === undefined) return undefined;
  return second === undefined ? { name: first } : { name: first, namespace: second };
}

function broken(problem: string): OtherMessage {
  return { kind: 'broken', problem };
}

const [stateKey, statsKey] = [Buffer.from('state'), Buffer.from('destinationStats')];

/**
 * Adds `destinationStats` as the last member of the (last) top-level `state`; an existing one is removed. White space
 * around the message is removed.
 * @param line a STATE message, valid JSON
 * @param stats the JSON text of the statistics
 * @throws bug if `line` has no object `state`
 */
export function spliceStats(line: Buffer | string, stats: string): Buffer {
  const buffer = typeof line === 'string' ? Buffer.from(line) : line;
  const json = new JsonCursor(buffer);
  const state = stateStart(json);
  // Slices of the line, not strings: it may be long.
  const parts: Buffer[] = [];
  let copied = json.space(0);
  let kept = 0;
  let end = state;
  for (let value = json.member(end, true); value >= 0; value = json.member(end, false)) {
    const keyStart = json.keyStart - 1;
    const isStats = json.keyIs(statsKey);
    const before = end;
    end = json.value(value);
    if (isStats) {
      // Remove it with the comma before it; if nothing kept is before it, with the one after it (below).
      if (kept > 0) parts.push(buffer.subarray(copied, before));
      else if (copied < state) parts.push(buffer.subarray(copied, keyStart));
      copied = end;
    } else if (kept++ === 0 && copied > state) {
      copied = keyStart;
    }
  }
  const put = Buffer.from(`${kept === 0 ? '' : ','}"destinationStats":${stats}`);
  parts.push(buffer.subarray(copied, end), put, buffer.subarray(end, buffer.lastIndexOf(closeBrace) + 1));
  return Buffer.concat(parts);
}

/** The position after the `{` of the last top-level `state`. */
function stateStart(json: JsonCursor): number {
  const { buffer } = json;
  let start = -1;
  let end = json.space(0) + 1;
  for (let value = json.member(end, true); value >= 0; value = json.member(end, false)) {
    if (json.keyIs(stateKey)) start = buffer[value] === openBrace ? value + 1 : -1;
    end = json.value(value);
  }
  if (start < 0) throw sharedError('bug', { detail: 'a STATE message has no object "state"' });
  return start;
}

const changesKey = Buffer.from('changes');

/** A change that the source or the platform made to a value: `meta.changes` of a record. */
export interface FieldChange {
  readonly field: string;
  readonly change: string;
  readonly reason?: string | undefined;
}

/** Nearly every record has none. */
export const noChanges: readonly FieldChange[] = [];

/**
 * Reads the changes in a `meta` that is known to be valid JSON. Nearly always there are none.
 * @param meta where its value starts
 */
export function readChanges(buffer: Buffer, meta: number): readonly FieldChange[] {
  const json = new JsonCursor(buffer);
  if (buffer[meta] !== openBrace) return noChanges;
  let text = '[]';
  let end = meta + 1;
  for (let value = json.member(end, true); value >= 0; value = json.member(end, false)) {
    const isChanges = json.keyIs(changesKey);
    end = json.value(value);
    // An empty list, as most sources send, need not be converted to a string.
    if (isChanges) text = end - value === 2 ? '[]' : buffer.toString('utf8', value, end);
  }
  if (text === '[]') return noChanges;
  const changes: unknown = JSON.parse(text);
  return Array.isArray(changes) ? changes.filter(isFieldChange) : noChanges;
}

function isFieldChange(entry: unknown): entry is FieldChange {
  if (typeof entry !== 'object' || entry === null) return false;
  const { field, change } = entry as Partial<FieldChange>;
  return typeof field === 'string' && typeof change === 'string';
}
