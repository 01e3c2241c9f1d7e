/** Gainsight's object API, as far as the connector uses it. Never retries; uses nothing of the bulk quota. */
import { Readable } from 'node:stream';
import type { Request } from '../http/exchange.ts';
import type { Lookup } from '../model.ts';
import { insertPath, queryPath, updatePath } from './contract.ts';
import type { Call } from './metadata.ts';
import { type Answer, isObject, type Refused, validated } from './response.ts';

/** Which records are asked for, and what of them. */
export interface Question {
  /** Names of fields. */
  readonly select: readonly string[];
  /** Absent: all records. */
  readonly where?: Where | undefined;
  /** At most so many records. */
  readonly limit: number;
  /** So many records are passed over. */
  readonly offset: number;
}

/** A filter. */
export interface Where {
  readonly conditions: readonly Condition[];
  /** The aliases of the conditions, joined by AND, OR and parentheses. */
  readonly expression: string;
}

/** A condition of a filter. */
export interface Condition {
  readonly field: string;
  readonly alias: string;
  readonly operator: 'EQ' | 'IN';
  /** JSON texts, sent as they are: a number may have more digits than a double. */
  readonly values: readonly string[];
}

/** A record by the names of its fields. */
export type FoundRecord = Readonly<Record<string, unknown>>;

/** What is written with one call. */
export interface RecordBody {
  /** Each a JSON text, sent as it is. */
  readonly records: readonly string[];
  /** Every record has the values of each. */
  readonly lookups?: readonly SentLookup[];
}

/** A lookup, and the name under which the records have the value to look for. */
export interface SentLookup extends Lookup {
  readonly local: string;
}

/** A write that was done. */
export interface Written {
  /** Records that it changed or made, if the answer says; NaN if that cannot be read. */
  readonly count: number | undefined;
}

/** Why a record was refused, as far as the answer shows it. */
export interface RecordError {
  readonly field: string | undefined;
  readonly message: string;
  /** The values that the field refuses; empty if none is named. */
  readonly values: readonly unknown[];
}

/** The calls of the object API. Each rejects with the signal's reason if `signal` is aborted. */
export class ObjectApi {
  readonly #call: Call;

  constructor(call: Call) {
    this.#call = call;
  }

  /** Makes records: all of these, or none. Not to be repeated before it is known whether it was done. */
  async insert(object: string, body: RecordBody, signal?: AbortSignal): Promise<Answer<Written>> {
    const answer = await this.#call(insertPath(object), signal, { method: 'POST', body: textBody(textOf(body)) });
    return validated(answer, writtenOf);
  }

  /** Changes the records that have the values of the key fields: all of these, or none. */
  async update(
    object: string,
    keys: readonly string[],
    body: RecordBody,
    signal?: AbortSignal,
  ): Promise<Answer<Written>> {
    const answer = await this.#call(updatePath(object, keys), signal, { method: 'PUT', body: textBody(textOf(body)) });
    return validated(answer, writtenOf);
  }

  /** Reads records of an object; changes nothing. */
  async query(object: string, question: Question, signal?: AbortSignal): Promise<Answer<readonly FoundRecord[]>> {
    return validated(
      await this.#call(queryPath(object), signal, { body: textBody(questionText(question)), isRead: true }),
      (data) => {
        // Live clients were answered with the list itself, and one with an object around it.
        const records = isObject(data) ? data['records'] : data;
        return Array.isArray(records) && records.every(isObject) ? records : undefined;
      },
    );
  }
}

function writtenOf(data: unknown): Written | undefined {
  if (!isObject(data) || (data['errors'] ?? undefined) !== undefined) return undefined;
  const { count, records } = data;
  if (count === undefined || count === null) return { count: Array.isArray(records) ? records.length : undefined };
  // A count that cannot be read must not look like an absent one.
  return {
    count:
      typeof count === 'string' && /^\d+$/.test(count)
        ? Number(count)
        : Number(typeof count === 'number' ? count : Number.NaN),
  };
}

function textOf({ records, lookups = [] }: RecordBody): string {
  const found = lookups.length === 0 ? '' : `,"lookups":${JSON.stringify(Object.fromEntries(lookups.map(lookupOf)))}`;
  return `{"records":[${records.join(',')}]${found}}`;
}

/**
 * The names and values of these members are those of Gainsight's documentation. That the value may come under a name that
 * is no field of the object is not known: see docs/first-hour.md.
 */
function lookupOf({ field, object, matchField, onNone, onSeveral, local }: SentLookup): [string, object] {
  return [
    field,
    {
      fields: { [local]: matchField },
      lookupField: 'Gsid',
      objectName: object,
      multiMatchOption: onSeveral === 'reject' ? 'MARKASERROR' : 'FIRSTMATCH',
      onNoMatch: onNone === 'reject' ? 'ERROR' : 'NULLABLE',
    },
  ];
}

function questionText({ select, where, limit, offset }: Question): string {
  const text = JSON.stringify({ select, limit, offset });
  if (!where) return text;
  const conditions = where.conditions.map(({ field, alias, operator, values }) => {
    const names = JSON.stringify({ name: field, alias, operator });
    return `${names.slice(0, -1)},"value":[${values.join(',')}]}`;
  });
  const expression = JSON.stringify(where.expression);
  return `${text.slice(0, -1)},"where":{"conditions":[${conditions.join(',')}],"expression":${expression}}}`;
}

function textBody(text: string): NonNullable<Request['body']> {
  const bytes = Buffer.from(text);
  return {
    stream: () => Readable.from([bytes], { objectMode: false }),
    type: 'application/json',
    length: bytes.length,
  };
}

/** The errors of single records in a refusal; undefined: it is about the call. */
export function recordErrorsOf({ data, errorCode }: Refused): readonly RecordError[] | undefined {
  const lists = isObject(data) ? data['errors'] : undefined;
  const isOfRecords = errorCode?.startsWith('GSOBJ_') && errorCode !== 'GSOBJ_1024';
  if (!Array.isArray(lists)) return isOfRecords ? [] : undefined;
  return lists.flat().flatMap((record) => {
    const errors = isObject(record) ? record['errors'] : undefined;
    return Array.isArray(errors) ? errors.filter(isObject).map(errorOf) : [];
  });
}

function errorOf({ errorCode, errorMessage, fieldName, invalidValue }: Record<string, unknown>): RecordError {
  const parts = [errorCode, errorMessage].filter((part) => typeof part === 'string' && part !== '');
  return {
    field: typeof fieldName === 'string' && fieldName !== '' ? fieldName : undefined,
    message: parts.length > 0 ? parts.join(': ') : 'Gainsight gives no reason',
    values: invalidValue === undefined || invalidValue === null ? [] : [invalidValue].flat(),
  };
}
