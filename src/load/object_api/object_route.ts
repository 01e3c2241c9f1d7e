/** The object route: loads one batch by calls of 50 records, and returns its outcome. */
import { minute } from '../../clock.ts';
import type { Batch, ObjectDescription, Outcome, Plan, Route } from '../../model.ts';
import { BatchCalls, type CallContext } from './batch_calls.ts';
import { inParallel } from './in_parallel.ts';
import { KeyQuestions } from './key_question.ts';
import { LostUpdates } from './lost_updates.ts';
import { RecordText } from './record_text.ts';
import { RecordWriter, type WriteContext } from './record_writer.ts';
import { type ReadRow, RowWave } from './row_waves.ts';
import { keyless, Upsert } from './upsert.ts';

/** What the route needs. */
export interface ObjectContext extends WriteContext, CallContext {
  /** What is known of the tenant's objects, by the name asked for. */
  readonly describe: () => ReadonlyMap<string, ObjectDescription>;
  /** `values.list_separator`. */
  readonly listSeparator: string;
  /** How long a call that was lost may still be done, in milliseconds. */
  readonly answerMs: number;
}

/** Calls of a batch in progress at once. */
export const mostAtOnce = 8;

/** Loads batches whose rows have types. */
export class ObjectRoute implements Route {
  readonly #context: ObjectContext;
  /** By object and key fields. */
  readonly #questions = new Map<string, KeyQuestions>();
  /** The same. */
  readonly #lost = new Map<string, LostUpdates>();

  #hasReportedWait = false;

  constructor(context: ObjectContext) {
    this.#context = context;
  }

  async load(batch: Batch, signal: AbortSignal): Promise<Outcome> {
    this.#reportWait(batch);
    const calls = new BatchCalls(this.#context, signal);
    try {
      return await this.#load(batch, calls);
    } finally {
      calls.end(new Error('the batch has ended'));
    }
  }

  /** When no lost update of the object can be done any more, on the monotonic clock. */
  lostUntil({ object }: Plan): number {
    const isOfObject = (name: string) => (JSON.parse(name) as string[])[0] === object.toLowerCase();
    const lost = [...this.#lost].filter(([name]) => isOfObject(name));
    return Math.max(Number.NEGATIVE_INFINITY, ...lost.map(([, { overAt }]) => overAt));
  }

  #reportWait({ plan, rows: records }: Batch): void {
    const { clock, firstCallAt, report } = this.#context;
    const waitMs = firstCallAt - clock.elapsed();
    if (waitMs <= 0 || this.#hasReportedWait) return;
    this.#hasReportedWait = true;
    report({ kind: 'additions wait', object: plan.object, records, why: 'restarted', until: clock.now() + waitMs });
  }

  async #load(batch: Batch, calls: BatchCalls): Promise<Outcome> {
    const { clock, describe, listSeparator, report } = this.#context;
    const { filePlan: plan } = batch;
    const text = new RecordText(plan, describe().get(plan.object), listSeparator);
    const read: ReadRow = async (row) => text.of(row, await batch.readRow(row));
    const lost = this.#lostOf(plan);
    const writer = new RecordWriter(this.#context, { plan, calls, lost });
    const upsert = new Upsert({
      ...{ batch, writer, read, clock, report, mostAtOnce },
      ...{ answerMs: this.#context.answerMs },
      questions: this.#questionsOf(plan),
      signal: calls.signal,
      fail: (error) => calls.end(error),
    });
    const isUpdate = plan.operation === 'UPDATE';
    const write = async (rows: readonly number[]): Promise<void> => {
      for (let left = rows; left.length > 0; )
        left = isUpdate ? await this.#update(left, writer, read, calls) : await upsert.write(left);
    };
    const rows = Array.from({ length: batch.rows }, (_, row) => row);
    const { free, held, until } = await lost.divide(rows, read);
    await write(free);
    const waitMs = until - clock.elapsed();
    if (held.length > 0 && waitMs > 0) {
      report({ kind: 'updates wait', object: plan.object, records: held.length, until: clock.now() + waitMs });
      await clock.sleep(waitMs, calls.signal);
    }
    await write(held);
    await upsert.verify();
    const { made, requestId } = calls;
    const { added, rejected, updated } = writer;
    const { kept, several } = upsert;
    if (several > 0) report({ kind: 'several records', batch, keys: several, requestId });
    report({ kind: 'calls done', batch, calls: made, updated, added, kept, requestId });
    return { calls: made, requestId, rejected, unidentified: 0 };
  }

  /** @returns rows with keys that are similar to those of others: they are to be written next */
  async #update(
    rows: readonly number[],
    writer: RecordWriter,
    read: ReadRow,
    calls: BatchCalls,
  ): Promise<readonly number[]> {
    const wave = new RowWave(rows, read, (row) => writer.reject(row, [{ field: undefined, message: keyless }]));
    await inParallel(
      mostAtOnce,
      wave.groups(),
      async (group) => {
        await writer.update(group);
      },
      (error) => calls.end(error),
    );
    return wave.later;
  }

  #questionsOf(plan: Plan): KeyQuestions {
    const name = nameOf(plan);
    const questions = this.#questions.get(name) ?? new KeyQuestions(plan);
    this.#questions.set(name, questions);
    return questions;
  }

  #lostOf(plan: Plan): LostUpdates {
    const { answerMs, clock } = this.#context;
    const lost = this.#lost.get(nameOf(plan)) ?? new LostUpdates(clock, answerMs);
    this.#lost.set(nameOf(plan), lost);
    return lost;
  }
}

/** The keys of an object by some fields. */
function nameOf({ object, keyFields }: Plan): string {
  return JSON.stringify([object.toLowerCase(), ...keyFields]);
}

/** How long a process that was started again makes no call, in milliseconds. */
export const idleMs = minute;
