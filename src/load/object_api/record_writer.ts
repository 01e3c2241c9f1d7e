/** Writes records of one batch, and keeps what became of each. */
import type { Clock } from '../../clock.ts';
import type { Client } from '../../gainsight/client.ts';
import { insertPath, mostKeys, queryPath, updatePath } from '../../gainsight/contract.ts';
import type { Question, SentLookup } from '../../gainsight/object_api.ts';
import type { Answer, Done } from '../../gainsight/response.ts';
import type { Plan, RejectedRow } from '../../model.ts';
import type { ReportEvent } from '../events.ts';
import type { BatchCalls } from './batch_calls.ts';
import type { KeyValue } from './key_forms.ts';
import type { LostUpdates } from './lost_updates.ts';
import {
  type CallParts,
  mayBeDone,
  namedBy,
  type RefusedRecord,
  refusedRecordsOf,
  untilAnswered,
  writeRecords,
} from './record_calls.ts';
import { keyJson, type RowRecord } from './record_text.ts';
import type { KeyedRecord } from './row_waves.ts';

/** What the calls of a route need. */
export interface WriteContext {
  readonly client: Pick<Client, 'objects' | 'host'>;
  readonly clock: Clock;
  /** In [0, 1). */
  readonly random: () => number;
  readonly report: ReportEvent;
  /** Ends a call in progress as well. */
  readonly uploadSignal: AbortSignal;
}

/** What became of an insert of several records. */
export type Inserted =
  | { readonly kind: 'done' }
  /** Nothing was made; these are refused, and the others are to be sent without them. If there are none, each alone. */
  | { readonly kind: 'refused'; readonly rejected: ReadonlySet<RowRecord> }
  | { readonly kind: 'failed'; readonly answer: Exclude<Answer<unknown>, Done<unknown>> }
  /** Not all of them were made, or it is not known how many. */
  | { readonly kind: 'in part' };

/** Writes by the calls of one batch. */
export class RecordWriter {
  readonly #context: WriteContext;
  readonly #plan: Plan;
  readonly #calls: BatchCalls;
  readonly #lost: LostUpdates;
  readonly #rejected = new Map<number, RejectedRow>();
  #updated = 0;
  #added = 0;

  /** @throws Error if the plan has more key fields than a call takes */
  constructor(
    context: WriteContext,
    { plan, calls, lost }: { readonly plan: Plan; readonly calls: BatchCalls; readonly lost: LostUpdates },
  ) {
    const { length } = plan.keyFields;
    if (length === 0 || length > mostKeys) throw new Error(`the object API takes one to ${mostKeys} key fields`);
    this.#context = context;
    this.#plan = plan;
    this.#calls = calls;
    this.#lost = lost;
  }

  /** Rows whose records were changed. */
  get updated(): number {
    return this.#updated;
  }

  /** Rows whose records were made. */
  get added(): number {
    return this.#added;
  }

  /** Ascending by row. */
  get rejected(): readonly RejectedRow[] {
    return [...this.#rejected.values()].sort((one, other) => one.row - other.row);
  }

  /** An insert that was lost had been done. */
  foundAdded(): void {
    this.#added += 1;
  }

  reject(row: number, errors: RefusedRecord['errors']): void {
    this.#rejected.set(row, { row, sure: true, errors });
  }

  /** A record that was to be changed was not there. */
  missedUpdate(): void {
    this.#updated -= 1;
  }

  /**
   * Changes the records that have the keys.
   * @returns those of calls by which fewer records were changed: some do not exist, or had the values already
   */
  async update<R extends RowRecord>(records: readonly R[]): Promise<R[]> {
    const { object, keyFields } = this.#plan;
    const { client, uploadSignal } = this.#context;
    const doubtful = new Set<string>();
    for (const { records: same, lookups } of byLookups(records)) {
      const write = async (texts: readonly string[]) => {
        const body = { records: texts, lookups };
        const answer = await this.#calls.make(() => client.objects.update(object, keyFields, body, uploadSignal));
        if (answer.kind !== 'done' && mayBeDone(answer)) this.#lost.add(same.flatMap(({ key }) => key ?? []));
        const count = answer.kind === 'done' ? (answer.value.count ?? texts.length) : texts.length;
        if (!(count >= texts.length)) for (const text of texts) doubtful.add(text);
        return answer;
      };
      const refused = await writeRecords(same, write, this.partsOf(`PUT ${updatePath(object, keyFields)}`));
      for (const { row, errors } of refused) this.reject(row, namedByField(errors, lookups));
      this.#updated += same.length - refused.length;
    }
    return records.filter(({ text }) => doubtful.has(text));
  }

  /**
   * Whether a record has the key, whatever questions show: an update of the key fields alone changes nothing.
   * @returns undefined: the answer does not say
   */
  async exists({ key }: KeyedRecord): Promise<boolean | undefined> {
    const { object, keyFields } = this.#plan;
    const { client, uploadSignal } = this.#context;
    const members = keyFields.map((field, at) => `${JSON.stringify(field)}:${keyJson(key.values[at] as KeyValue)}`);
    const body = { records: [`{${members.join(',')}}`], lookups: [] };
    const answer = await untilAnswered(
      () => this.#calls.make(() => client.objects.update(object, keyFields, body, uploadSignal)),
      this.partsOf(`PUT ${updatePath(object, keyFields)}`),
      (failed) => (failed.kind === 'refused' ? refusedRecordsOf(failed) : undefined),
    );
    if (answer.kind === 'refusal') return false;
    const { count } = answer.value;
    return count === undefined ? undefined : count > 0;
  }

  /** Makes one try to add records that have the same lookups; those that it names are rejected. */
  async insert(records: readonly RowRecord[]): Promise<Inserted> {
    const { client, uploadSignal } = this.#context;
    const lookups = records[0]?.lookups ?? [];
    const body = { records: records.map(({ text }) => text), lookups };
    const answer = await this.#calls.make(() => client.objects.insert(this.#plan.object, body, uploadSignal));
    if (answer.kind === 'done') {
      const { count = records.length } = answer.value;
      if (count !== records.length) return { kind: 'in part' };
      this.#added += records.length;
      return { kind: 'done' };
    }
    const errors = answer.kind === 'refused' ? refusedRecordsOf(answer) : undefined;
    if (!errors) return { kind: 'failed', answer };
    const named = namedBy(errors, records);
    for (const [{ row }, of] of named) this.reject(row, namedByField(of, lookups));
    return { kind: 'refused', rejected: new Set(named.keys()) };
  }

  /** Reads records of the object. */
  readonly ask = (question: Question) => {
    const { client } = this.#context;
    return this.#calls.make(() => client.objects.query(this.#plan.object, question, this.#calls.signal));
  };

  /** What the calls of a kind need, by default those of questions. */
  partsOf(call = `POST ${queryPath(this.#plan.object)}`): CallParts {
    const { client, clock, random, report } = this.#context;
    const { signal } = this.#calls;
    return { clock, random, report, signal, host: client.host, call, stream: this.#plan.stream };
  }

  /** What a call of {@link insert} needs. */
  get insertParts(): CallParts {
    return this.partsOf(`POST ${insertPath(this.#plan.object)}`);
  }
}

/** The records in groups of the same lookups. */
export function byLookups(
  records: readonly RowRecord[],
): { readonly records: readonly RowRecord[]; readonly lookups: readonly SentLookup[] }[] {
  const groups = new Map<string, { records: RowRecord[]; lookups: readonly SentLookup[] }>();
  for (const record of records) {
    const { lookups } = record;
    const name = lookups.map(({ field }) => field).join('\n');
    const group = groups.get(name);
    if (group) group.records.push(record);
    else groups.set(name, { records: [record], lookups });
  }
  return [...groups.values()];
}

/** An error may name a field by the name under which its value was sent. */
function namedByField(errors: RefusedRecord['errors'], lookups: readonly SentLookup[]): RefusedRecord['errors'] {
  const fields = new Map(lookups.map(({ local, field }) => [local, field]));
  return errors.map(({ field, message }) => ({ field: fields.get(field ?? '') ?? field, message }));
}
