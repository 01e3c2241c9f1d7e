/** The calls of the object API: their paths, and the values of their records. */
import type { IncomingMessage } from 'node:http';

/** What a call of the object API asks for. */
export interface ObjectRoute {
  readonly what: 'insert' | 'update' | 'query';
  readonly object: string;
}

/** A number as it was written: a double would lose digits. */
export interface ExactNumber {
  readonly digits: string;
}

/** A value of a record; anything else is refused. */
export type RecordValue = string | boolean | null | ExactNumber | readonly RecordValue[];

/** A record of a call, its fields in the order in which they came. */
export type SentRecord = Readonly<Record<string, RecordValue>>;

const writes: Partial<Record<string, ObjectRoute['what']>> = { POST: 'insert', PUT: 'update' };

/** The call behind a path; undefined if there is none. */
export function objectRouteOf(method: string, path: string): ObjectRoute | undefined {
  const [, queried, written] = /^\/v1\/data\/objects\/(?:query\/([^/]+)|([^/]+))$/.exec(path) ?? [];
  if (queried !== undefined) {
    return method === 'POST' ? { what: 'query', object: decodeURIComponent(queried) } : undefined;
  }
  const what = writes[method];
  return written === undefined || what === undefined ? undefined : { what, object: decodeURIComponent(written) };
}

/** Strings and numbers of a valid JSON text. */
const tokens = /"(?:[^"\\]|\\.)*"|-?\d[\d.eE+-]*/g;

/** The body of a request as JSON: as usual, and with its numbers as {@link ExactNumber}; undefined if there is none. */
export async function readBothJson(request: IncomingMessage): Promise<{ plain: unknown; exact: unknown }> {
  const chunks: Buffer[] = [];
  for await (const chunk of request as AsyncIterable<Buffer>) chunks.push(chunk);
  const text = Buffer.concat(chunks).toString('utf8');
  try {
    const exact = text.replace(tokens, (token) => (token.startsWith('"') ? token : `{"digits":"${token}"}`));
    return { plain: JSON.parse(text), exact: JSON.parse(exact) };
  } catch {
    return { plain: undefined, exact: undefined };
  }
}

/** The records of a body; undefined if it has no list of them. */
export function recordsOf(json: unknown): SentRecord[] | undefined {
  const records = (json as { records?: unknown } | undefined)?.records;
  const isRecord = (each: unknown) => typeof each === 'object' && each !== null && !Array.isArray(each);
  return Array.isArray(records) && records.every(isRecord) ? (records as SentRecord[]) : undefined;
}

/** How a field gets the GSID of a record of another object. */
export interface SentLookup {
  readonly target: string;
  readonly object: string;
  /** By the name under which a record has a value: the field of the other object that has it. */
  readonly fields: Readonly<Record<string, string>>;
  readonly onSeveral: string;
  readonly onNone: string;
}

/** The lookups of a body; undefined if they cannot be read. */
export function lookupsOf(lookups: unknown): SentLookup[] | undefined {
  const read = Object.entries(lookups ?? {}).map(([target, lookup]) => lookupOf(target, lookup));
  return read.every((each) => each !== undefined) ? (read as SentLookup[]) : undefined;
}

function lookupOf(target: string, lookup: unknown): SentLookup | undefined {
  const { fields, lookupField, objectName, multiMatchOption, onNoMatch } = lookup as Record<string, unknown>;
  const isKnown = lookupField === 'Gsid' && typeof objectName === 'string' && typeof fields === 'object';
  const options = [/^(FIRSTMATCH|MARKASERROR)$/.test(`${multiMatchOption}`), /^(NULLABLE|ERROR)$/.test(`${onNoMatch}`)];
  if (!isKnown || fields === null || options.includes(false)) return undefined;
  const of = fields as Record<string, string>;
  return { target, object: objectName, fields: of, onSeveral: `${multiMatchOption}`, onNone: `${onNoMatch}` };
}

/** Whether a value is a number. */
export function isNumber(value: RecordValue | undefined): value is ExactNumber {
  return typeof value === 'object' && value !== null && 'digits' in value;
}

/** A value as the text of a cell, several joined as a tenant shows them; undefined if no field takes such a value. */
export function cellOf(value: RecordValue): string | null | undefined {
  if (value === null || typeof value === 'string') return value;
  if (typeof value === 'boolean') return String(value);
  if (isNumber(value)) return value.digits;
  if (!Array.isArray(value)) return undefined;
  const cells = value.map(cellOf);
  return cells.every((cell) => typeof cell === 'string') ? cells.join(';') : undefined;
}
