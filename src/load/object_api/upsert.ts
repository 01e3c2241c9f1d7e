/**
 * Records that are changed if their keys exist, and added if not: in rounds, each of which asks about its rows first.
 * Whatever was not done is asked about again before it is repeated.
 */
import { type Clock, second } from '../../clock.ts';
import { ConnectorError } from '../../errors.ts';
import { mostRecords } from '../../gainsight/contract.ts';
import type { Batch } from '../../model.ts';
import type { ReportEvent } from '../events.ts';
import { inParallel } from './in_parallel.ts';
import type { Key } from './key_forms.ts';
import type { KeyCount, KeyQuestions } from './key_question.ts';
import { mayBeDone, pauseAfter } from './record_calls.ts';
import { byLookups, type Inserted, type RecordWriter } from './record_writer.ts';
import { type KeyedRecord, type ReadRow, RowWave } from './row_waves.ts';

/** What the rounds need. */
export interface UpsertParts {
  readonly batch: Pick<Batch, 'id' | 'plan'>;
  readonly writer: RecordWriter;
  readonly questions: KeyQuestions;
  readonly read: ReadRow;
  readonly clock: Clock;
  readonly report: ReportEvent;
  /** Ends waits. */
  readonly signal: AbortSignal;
  /** How long an insert that was lost may still be done, in milliseconds: `polling.submission_answer_minutes`. */
  readonly answerMs: number;
  /** Groups of rows in progress at once. */
  readonly mostAtOnce: number;
  readonly fail: (error: unknown) => void;
}

/** A row that is not done. Times on the monotonic clock. */
interface Pending {
  /** When it is asked about. */
  readonly askAt: number;
  /** It may not be added before. */
  readonly addAt: number;
  /** Inserts of it that were lost, and questions since. */
  readonly lost: number;
  readonly asked: number;
  /** It is sent in a call of its own: nobody knows which record of a call was refused. */
  readonly isAlone: boolean;
  /** A call changed it, or did not find it any more. */
  readonly isChanged: boolean;
  /** A call with it was refused, and a question may not show yet whether it was added nevertheless. */
  readonly doubt: Doubt | undefined;
}

/** A call that was refused and may have been done. */
interface Doubt {
  /** When it was refused, on the monotonic clock. */
  readonly since: number;
  /** Not in part: one of its records shows what became of all. */
  readonly isWhole: boolean;
  /** Whether the record exists that was asked for. */
  exists?: Promise<boolean | undefined>;
}

const nothingKnown: Pending = {
  ...{ askAt: 0, addAt: 0, lost: 0, asked: 0 },
  ...{ isAlone: false, isChanged: false, doubt: undefined },
};

/** How often an insert of a row may be lost. */
const mostLost = 3;
/** The first pause between questions about a lost insert; then they double. */
const firstPauseMs = 5 * second;

/** Writes the rows of a batch. */
export class Upsert {
  readonly #parts: UpsertParts;
  /** What is known of rows that are not done; absent: nothing happened to the row yet. */
  readonly #pending = new Map<number, Pending>();
  readonly #updates: KeyedRecord[] = [];
  readonly #additions: KeyedRecord[] = [];
  /** Keys that were added and not seen since. */
  #unverified: Key[] = [];
  #kept = 0;
  #several = 0;
  /** Since when no insert was done, and how many were tried: on the monotonic clock. */
  #trouble: { readonly since: number; readonly tries: number } | undefined;

  constructor(parts: UpsertParts) {
    this.#parts = parts;
  }

  /** Rows that stay as they are in Gainsight. */
  get kept(): number {
    return this.#kept;
  }

  /** Keys of which Gainsight has several records. */
  get several(): number {
    return this.#several;
  }

  /**
   * Writes rows with all that this takes.
   * @returns rows with keys that are similar to those of others: they are to be written next
   */
  async write(rows: Iterable<number>): Promise<number[]> {
    const { questions, writer } = this.#parts;
    if (!questions.hasControl) await questions.look(writer.ask, writer.partsOf());
    const wave = new RowWave(rows, this.#parts.read, (row) => this.#reject(row, keyless));
    await this.#round(wave);
    while (this.#pending.size > 0) {
      const due = await this.#due();
      await this.#round(new RowWave(due, this.#parts.read, (row) => this.#reject(row, keyless)));
    }
    return wave.later;
  }

  /** Asks about keys that were added last: somebody else may have added them at the same time. */
  async verify(): Promise<void> {
    const { mostAtOnce, fail, questions, writer } = this.#parts;
    const keys = this.#unverified;
    this.#unverified = [];
    if (!questions.hasControl) return;
    const work = async (group: Key[]) => {
      const counts = await questions.count(group, [], writer.ask, writer.partsOf());
      for (const count of counts.values()) this.#countSeveral(count);
    };
    await inParallel(mostAtOnce, groupsOf(keys), work, fail);
  }

  async #round(wave: RowWave): Promise<void> {
    const { mostAtOnce, fail } = this.#parts;
    await inParallel(mostAtOnce, wave.groups(), (group) => this.#group(group), fail);
    // Both may have several groups left: work that ended meanwhile has added to them.
    await Promise.all([this.#flush('updates', 1), this.#flush('additions', 1)]);
  }

  async #group(group: KeyedRecord[]): Promise<void> {
    const records = this.#parts.questions.hasControl ? group : await this.#withControl(group);
    if (records.length > 0) await this.#sort(records);
    await this.#flush('updates', mostRecords);
    await this.#flush('additions', mostRecords);
  }

  /** Asks about records, and decides what is done with each. */
  async #sort(records: readonly KeyedRecord[]): Promise<void> {
    const { batch, clock, questions, writer } = this.#parts;
    const besides = this.#takeUnverified(records);
    const keys = records.map(({ key }) => key);
    const askedAt = clock.elapsed();
    const counts = await questions.count(keys, besides, writer.ask, writer.partsOf());
    for (const { normal } of besides) this.#countSeveral(counts.get(normal));
    const now = clock.elapsed();
    for (const record of records) {
      const count = counts.get(record.key.normal) ?? { same: 0, similar: 0 };
      const { lost, isChanged } = this.#of(record.row);
      const isLost = lost > 0;
      if (count.same > 0) {
        this.#pending.delete(record.row);
        if (isChanged) continue;
        this.#countSeveral(count);
        if (!batch.plan.addsOnly) this.#updates.push(record);
        else if (isLost) writer.foundAdded();
        else this.#kept += 1;
        continue;
      }
      if (isChanged) {
        writer.missedUpdate();
        this.#pending.set(record.row, { ...this.#of(record.row), isChanged: false });
      }
      if (count.similar > 0) this.#reject(record.row, similar);
      else this.#absent(record, { askedAt, now });
    }
  }

  #absent(record: KeyedRecord, { askedAt, now }: { readonly askedAt: number; readonly now: number }): void {
    const { doubt } = this.#of(record.row);
    // The question would have shown it.
    const isSure = doubt && askedAt - doubt.since >= (this.#parts.questions.shownAfterMs ?? Number.POSITIVE_INFINITY);
    if (isSure) this.#pending.set(record.row, { ...this.#of(record.row), doubt: undefined });
    const known = this.#of(record.row);
    if (known.addAt <= now) {
      this.#additions.push(record);
      return;
    }
    const pauseMs = known.lost > 0 ? firstPauseMs * 2 ** known.asked : Number.POSITIVE_INFINITY;
    const askAt = Math.min(known.addAt, now + pauseMs);
    this.#pending.set(record.row, { ...known, askAt, asked: known.asked + 1 });
  }

  /** Sends full groups; with `least` 1 also what is left. */
  async #flush(what: 'updates' | 'additions', least: number): Promise<void> {
    const waiting = () => (what === 'updates' ? this.#updates : this.#additions);
    while (waiting().length >= least) {
      const records = waiting().splice(0, mostRecords);
      if (what === 'updates') await this.#update(records);
      else await this.#add(records);
    }
  }

  /** Records that were deleted after the question are asked about once more, and added. */
  async #update(records: readonly KeyedRecord[]): Promise<void> {
    const doubtful = await this.#parts.writer.update(records);
    for (const { row } of doubtful) this.#pending.set(row, { ...this.#of(row), askAt: 0, isChanged: true });
  }

  async #add(records: readonly KeyedRecord[]): Promise<void> {
    const isAlone = ({ row }: KeyedRecord) => this.#of(row).isAlone;
    const together = byLookups(records.filter((record) => !isAlone(record)));
    const groups = [...together.map((group) => group.records), ...records.filter(isAlone).map((record) => [record])];
    for (const group of groups) await this.#insert(group as KeyedRecord[]);
  }

  /** @returns what became of them; whatever was not done is pending */
  async #insert(records: readonly KeyedRecord[]): Promise<Inserted> {
    if (await this.#isAdded(records)) {
      this.#lost(records, 'records of a call that was refused were added');
      return { kind: 'in part' };
    }
    const inserted = await this.#parts.writer.insert(records);
    switch (inserted.kind) {
      case 'done':
        this.#trouble = undefined;
        this.#wasAdded(records);
        break;
      case 'refused':
        this.#again(records, inserted.rejected as ReadonlySet<KeyedRecord>);
        break;
      case 'in part':
        this.#lost(records, 'not all records of a call were added');
        break;
      case 'failed':
        this.#failed(records, inserted.answer);
    }
    return inserted;
  }

  /** Whether a call that was refused has added records. */
  async #isAdded(records: readonly KeyedRecord[]): Promise<boolean> {
    const asked = new Set<Doubt>();
    for (const record of records) {
      const { doubt } = this.#of(record.row);
      if (!doubt || asked.has(doubt)) continue;
      asked.add(doubt);
      doubt.exists = (doubt.isWhole && doubt.exists) || this.#parts.writer.exists(record);
      if (await doubt.exists) return true;
    }
    return false;
  }

  #wasAdded(records: readonly KeyedRecord[]): void {
    const { answerMs, clock, questions } = this.#parts;
    const keys = records.map(({ key }) => key);
    const now = clock.elapsed();
    questions.added(keys, now + answerMs, now);
    this.#unverified.push(...keys);
    for (const { row } of records) this.#pending.delete(row);
  }

  /**
   * Those that were not named are asked about once more. A call is documented to be all or nothing; where it is not, and
   * it is not known how soon a question shows what was added, an update of a key does before it is added again.
   */
  #again(records: readonly KeyedRecord[], rejected: ReadonlySet<KeyedRecord>): void {
    const { clock, questions } = this.#parts;
    const { shownAfterMs } = questions;
    const since = clock.elapsed();
    const askAt = since + (shownAfterMs ?? 0);
    const doubt = shownAfterMs === undefined ? { since, isWhole: false } : undefined;
    for (const record of records) {
      const { row } = record;
      if (rejected.has(record)) this.#pending.delete(row);
      else this.#pending.set(row, { ...this.#of(row), askAt, isAlone: rejected.size === 0, doubt });
    }
  }

  #failed(records: readonly KeyedRecord[], answer: Extract<Inserted, { kind: 'failed' }>['answer']): void {
    const { clock, questions, report, writer } = this.#parts;
    const now = clock.elapsed();
    const trouble = this.#trouble ?? { since: now, tries: 0 };
    this.#trouble = { ...trouble, tries: trouble.tries + 1 };
    const { waitMs, words } = pauseAfter(answer, writer.insertParts, trouble);
    if (mayBeDone(answer)) {
      this.#lost(records, words);
      return;
    }
    const until = clock.now() + waitMs;
    report({ kind: 'unanswered', words, tries: trouble.tries + 1, forMs: now - trouble.since, until });
    // One of too many calls is not done, unless something behind the gateway says so too late.
    const mayBeHidden = answer.kind === 'refused' && (questions.shownAfterMs ?? Number.POSITIVE_INFINITY) > waitMs;
    const doubt = mayBeHidden ? { since: now, isWhole: true } : undefined;
    for (const { row } of records) {
      const addAt = Math.max(this.#of(row).addAt, now + waitMs);
      this.#pending.set(row, { ...this.#of(row), addAt, askAt: addAt, doubt });
    }
  }

  /** They may have been added, or may be later. */
  #lost(records: readonly KeyedRecord[], words: string): void {
    const { answerMs, batch, clock, report } = this.#parts;
    const [now, addAt] = [clock.elapsed(), clock.elapsed() + answerMs];
    const { object, stream } = batch.plan;
    for (const { row } of records) {
      const { lost, isAlone } = this.#of(row);
      if (lost + 1 >= mostLost)
        throw new ConnectorError('records_lost', { object, times: mostLost, words }, { stream });
      this.#pending.set(row, { ...nothingKnown, askAt: now + firstPauseMs, addAt, lost: lost + 1, asked: 1, isAlone });
    }
    report({
      kind: 'additions wait',
      object,
      records: records.length,
      why: 'lost',
      words,
      until: clock.now() + answerMs,
    });
  }

  /** Waits until some of the pending rows are to be asked about, and returns them, ascending. */
  async #due(): Promise<number[]> {
    const { clock, signal } = this.#parts;
    const now = clock.elapsed();
    const next = Math.min(...[...this.#pending.values()].map(({ askAt }) => askAt));
    if (next > now) await clock.sleep(next - now, signal);
    const due = [...this.#pending].filter(([, { askAt }]) => askAt <= Math.max(next, clock.elapsed()));
    return due.map(([row]) => row).sort((one, other) => one - other);
  }

  /**
   * The object has no record with a key: one of these is added, and the others are asked about once a question shows it.
   * @returns the others
   */
  async #withControl(group: readonly KeyedRecord[]): Promise<KeyedRecord[]> {
    const { clock } = this.#parts;
    // Groups in progress at once wait for the same record.
    this.#seeding ??= this.#seed(group).finally(() => {
      this.#seeding = undefined;
    });
    const done = await this.#seeding;
    const left = group.filter(({ row }) => !done.has(row));
    if (this.#parts.questions.hasControl) return left;
    const { tries = 0 } = this.#trouble ?? {};
    const next = clock.elapsed() + (tries === 0 ? 0 : Math.min(this.#parts.answerMs, firstPauseMs * 2 ** tries));
    for (const { row } of left) {
      const known = this.#of(row);
      this.#pending.set(row, { ...known, askAt: Math.max(known.addAt, next) });
    }
    return [];
  }

  #seeding: Promise<ReadonlySet<number>> | undefined;

  /** @returns rows that are done, or whose insert was lost */
  async #seed(group: readonly KeyedRecord[]): Promise<ReadonlySet<number>> {
    const { clock, questions, writer } = this.#parts;
    const done = new Set<number>();
    if (this.#pending.size > 0) await questions.look(writer.ask, writer.partsOf());
    for (const record of group) {
      if (questions.hasControl || this.#of(record.row).addAt > clock.elapsed()) break;
      if (await writer.exists(record)) {
        // The object is not empty: a query has not shown its records, and must before any is added.
        await this.#awaitControl();
        break;
      }
      const known = this.#pending.get(record.row);
      if (known) this.#pending.set(record.row, { ...known, doubt: undefined });
      const inserted = await this.#insert([record]);
      done.add(record.row);
      if (inserted.kind === 'done') await this.#awaitControl();
      if (inserted.kind === 'failed' || inserted.kind === 'in part') break;
    }
    return done;
  }

  /** A record was added: a query must show it in the end. */
  async #awaitControl(): Promise<void> {
    const { answerMs, batch, clock, questions, signal, writer } = this.#parts;
    const since = clock.elapsed();
    for (let pauseMs = second; ; pauseMs *= 2) {
      await questions.look(writer.ask, writer.partsOf());
      if (questions.hasControl) return;
      const leftMs = since + answerMs - clock.elapsed();
      if (leftMs <= 0) {
        const { object, stream } = batch.plan;
        const detail = 'a query does not show a record that was added';
        throw new ConnectorError('keys_unanswered', { object, detail }, { stream });
      }
      await clock.sleep(Math.min(pauseMs, leftMs), signal);
    }
  }

  /** Some of the keys that were added, as far as none is similar to one of these. */
  #takeUnverified(records: readonly KeyedRecord[]): Key[] {
    const asked = new Set(records.map(({ key }) => key.normal));
    const taken: Key[] = [];
    const left: Key[] = [];
    for (const key of this.#unverified) {
      const fits = taken.length < this.#parts.questions.mostBesides && !asked.has(key.normal);
      (fits ? taken : left).push(key);
      if (fits) asked.add(key.normal);
    }
    this.#unverified = left;
    return taken;
  }

  #countSeveral(count: KeyCount | undefined): void {
    if (count && count.same > 1) this.#several += 1;
  }

  #of(row: number): Pending {
    return this.#pending.get(row) ?? nothingKnown;
  }

  #reject(row: number, message: string): void {
    const { batch, writer } = this.#parts;
    this.#pending.delete(row);
    const [field, ...others] = batch.plan.keyFields;
    writer.reject(row, [{ field: others.length === 0 ? field : undefined, message }]);
  }
}

/** Why the connector rejects a row; without values, which the log may not show. */
export const keyless = 'the key has no value';
const similar =
  'the key of a record in Gainsight is the same but for case, accents, spaces or the form of a number: it is not certain whether this is that record';

async function* groupsOf<T>(items: readonly T[]): AsyncGenerator<T[], void, void> {
  for (let at = 0; at < items.length; at += mostRecords) yield items.slice(at, at + mostRecords);
}
