/** Gainsight's object API, as far as the connector uses it. Never retries; uses nothing of the bulk quota. */
import { Readable } from 'node:stream';
import type { Request } from '../http/sending.ts';
import { queryPath, updatePath } from './contract.ts';
import { type Call, jsonBody } from './metadata.ts';
import { type Answer, isObject, type Refused, validated } from './response.ts';

/** Which records are asked for, and what of them. */
export interface Question {
  /** Names of fields. */
  readonly select: readonly string[];
  /** At most so many records. */
  readonly limit: number;
  /** So many records are passed over. */
  readonly offset: number;
}

/** A record by the names of its fields. */
export type FoundRecord = Readonly<Record<string, unknown>>;

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

  /**
   * Changes the records that have the values of the key fields: all of these, or none.
   * @param records each a JSON text, sent as it is
   */
  async update(
    object: string,
    keys: readonly string[],
    records: readonly string[],
    signal?: AbortSignal,
  ): Promise<Answer<{ readonly count: number | undefined }>> {
    const body = textBody(`{"records":[${records.join(',')}]}`);
    const answer = await this.#call(updatePath(object, keys), signal, { method: 'PUT', body });
    return validated(answer, (data) => {
      if (!isObject(data) || (data['errors'] ?? undefined) !== undefined) return;
      return { count: typeof data['count'] === 'number' ? data['count'] : undefined };
    });
  }

  /** Reads records of an object; changes nothing. */
  async query(object: string, question: Question, signal?: AbortSignal): Promise<Answer<readonly FoundRecord[]>> {
    return validated(
      await this.#call(queryPath(object), signal, { body: jsonBody(question), isRead: true }),
      (data) => {
        // Live clients were answered with the list itself, and one with an object around it.
        const records = isObject(data) ? data['records'] : data;
        return Array.isArray(records) && records.every(isObject) ? records : undefined;
      },
    );
  }
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
