/** Gainsight's object API, as far as the connector uses it. Never retries; uses nothing of the bulk quota. */
import { queryPath } from './contract.ts';
import { type Call, jsonBody } from './metadata.ts';
import { type Answer, isObject, validated } from './response.ts';

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

/** The calls of the object API. Each rejects with the signal's reason if `signal` is aborted. */
export class ObjectApi {
  readonly #call: Call;

  constructor(call: Call) {
    this.#call = call;
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
