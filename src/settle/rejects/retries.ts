/**
 * Sends rejected rows again: `rejected_rows.retry`. A row that Gainsight rejected by name is kept in the storage and goes
 * at the end of the last file of its stream in a later sync, so that it costs no call. By then every record of the stream
 * is known: one with the key of a waiting row replaces it, whatever becomes of that record. `waiting.ts` has the rules,
 * `newly_rejected.ts` says which rows of this sync will wait, and `docs/decisions/rejected_rows_again.md` what is in the
 * storage at which moment.
 */
import type { Output } from '../../airbyte/output.ts';
import { streamKey } from '../../airbyte/streams.ts';
import type { Clock } from '../../clock.ts';
import type { Values } from '../../config/types.ts';
import { formatCounted } from '../../format.ts';
import { catalogToken } from '../../load/bulk/file_name.ts';
import type { Identity, RetriedRows, WritersSince } from '../../load/route.ts';
import type { Batch, Outcome, Plan, Reject, RejectedRow, RejectedRows, RowBase } from '../../model.ts';
import { base32, slug } from '../../names.ts';
import { rowLine } from '../../records/csv.ts';
import { FirstRows } from './first_rows.ts';
import { KeptRows } from './kept_rows.ts';
import { isRetried, NewlyRejected } from './newly_rejected.ts';
import { loadHint } from './rejected_row_lines.ts';
import { goesWithLine, isWarning, missingLine, type RetryCounts, retriesLine, waitingLine } from './retry_lines.ts';
import { eachRowOf, hasSameKeyFields, keyIn, keyTextOf } from './row_keys.ts';
import type { Storage } from './storage.ts';
import {
  type Connection,
  cellsFor,
  formatsOf,
  isOfPlan,
  isSameObject,
  prospectOf,
  type Waiting,
  type WaitingJob,
  type WaitingRows,
} from './waiting.ts';

/** What sending rows again needs. */
export interface RetriesOptions {
  readonly storage: Storage;
  readonly plans: readonly Plan[];
  readonly identity: Identity;
  /** The tenant's host. */
  readonly host: string;
  readonly clock: Pick<Clock, 'now'>;
  /** In [0, 1). */
  readonly random: () => number;
  readonly output: Pick<Output, 'log'>;
  /** How values become cells. */
  readonly values: Values;
  /** Limits of a file. */
  readonly caps: { readonly maxBytes: number; readonly maxRows: number };
  /** Removes secrets: no file may contain one. */
  readonly redact: (text: string) => string;
  readonly files: {
    /** Writes rows to the end of a batch's file. */
    withRows(batch: Batch, rows: readonly Buffer[]): Promise<Batch>;
    /** The file as another process made it. */
    asSent(batch: Batch, rows: readonly Buffer[]): Batch;
  };
}

/** A file with rows at its end. */
interface Carrier {
  readonly batch: Batch;
  /** The ids of the rows, in their order; empty for one that no longer waits. */
  readonly ids: readonly string[];
}

/** A row of an earlier sync that was rejected again. */
interface RejectedAgain {
  readonly rejected: RejectedRow;
  /** In the order of the fields of the file. */
  readonly cells: readonly (string | null)[];
}

/** A row as it is sent. */
interface Line {
  readonly id: string;
  readonly bytes: Buffer;
}

/** The rejected rows that are sent again in one sync, and those that wait for the next one. */
export class Retries implements RetriedRows {
  /** What became of the rows so far. */
  readonly counts: RetryCounts = {
    ...{ waited: 0, sent: 0, accepted: 0, rejected: 0, replaced: 0 },
    ...{ overtaken: 0, givenUp: 0, added: 0, left: 0, unsure: 0 },
  };
  readonly #options: RetriesOptions;
  /** This attempt, as it is found in the names of its jobs. */
  readonly #writer: string;
  readonly #connection: Connection;
  readonly #kept: KeptRows;
  /** Rows that were counted as sent again. */
  readonly #tried = new Set<string>();
  readonly #carriers = new WeakMap<Batch, Carrier>();
  /** Batches that are sent without rows of earlier syncs. */
  readonly #alone = new WeakSet<Batch>();
  /** Batches whose keys are not compared with those of rows any more: they were, or no row is older that will wait. */
  readonly #compared = new WeakSet<Batch>();
  /** The files of batches that became several. */
  readonly #parts = new Map<number, Batch[]>();
  /** By batch. */
  readonly #again = new WeakMap<Batch, readonly RejectedAgain[]>();
  readonly #newlyRejected: NewlyRejected;
  /** Addresses of files that were warned of. */
  readonly #missing = new Set<string>();
  #numbering: RowBase | undefined;

  constructor(options: RetriesOptions) {
    const { identity, plans, random } = options;
    const nonce = base32(
      Uint8Array.from({ length: 5 }, () => Math.floor(random() * 256)),
      8,
    );
    this.#options = options;
    this.#writer = `${identity.run}.${identity.attempt}`;
    this.#kept = new KeptRows({ ...options, nullText: this.#nullText, process: `${slug(this.#writer, 60)}.${nonce}` });
    this.#connection = { token: catalogToken(plans), formats: formatsOf(options.values) };
    this.#newlyRejected = new NewlyRejected({
      ...{ clock: options.clock, redact: options.redact, nullText: this.#nullText, writer: this.#writer },
      ...{ connection: this.#connection, kept: this.#kept, counts: this.counts },
    });
  }

  get #nullText(): string {
    return this.#options.values.null_text;
  }

  get #rows(): WaitingRows {
    return this.#kept.rows;
  }

  /** How many rows wait for the next sync now. */
  get waiting(): number {
    return this.#rows.size;
  }

  get numbering(): RowBase | undefined {
    return this.#numbering;
  }

  /**
   * Reads which rows wait, gives up those that are not sent again, and logs both.
   * @throws ConnectorError `rejects_unwritable`
   */
  async open(): Promise<void> {
    const { output } = this.#options;
    const { foreign, missing } = await this.#kept.open();
    for (const address of foreign)
      output.log('WARN', `${address} is skipped: this version cannot read it as a file of waiting rows.`);
    this.#warnOf(missing);
    const all = [...this.#rows];
    this.counts.waited = all.length;
    // Where several were proven, which none should be, the last one counts.
    const [latest] = all.map(({ about }) => about).sort((one, other) => other.rejectedAt - one.rejectedAt);
    this.#numbering = latest?.numbering;
    await this.#giveUpOutdated(all);
    await this.flush();
    if (all.length > 0) output.log('INFO', waitingLine(this.counts));
  }

  /** A record came that is in no file: the connector rejected it, or skipped it as deleted. */
  passed(plan: Plan, cells: readonly (string | null)[], isDeletion = false): void {
    const fields = plan.columns.map(({ field }) => field);
    const text = plan.keyFields.length === 0 ? undefined : keyTextOf(plan.keyFields, fields, cells);
    if (text === undefined) return;
    const key = keyIn(plan.object, text);
    this.#endAll(this.#kept.withKey(key), 'replaced');
    this.#newlyRejected.passed(plan, key, isDeletion);
  }

  /** A batch was closed: one file, or one of several. */
  async closed(batch: Batch): Promise<void> {
    const { partOf, filePlan, rows, unsent } = batch;
    await this.#newlyRejected.closed(batch);
    if (partOf) this.#parts.set(partOf.batchId, [...(this.#parts.get(partOf.batchId) ?? []), batch]);
    if (unsent && rows > 0) await eachRowOf(batch, this.#nullText, (cells) => this.passed(filePlan, cells));
  }

  /** A record came whose key is not known: it may be newer than any row that waits, or will, for its object. */
  passedUnknown({ object }: Plan): void {
    this.#endAll(
      this.#kept.on(object).map(({ id }) => id),
      'replaced',
    );
    this.#newlyRejected.passedUnknown();
  }

  /**
   * A job has rejected rows of a batch, which are reported next. One whose key comes again later in the file, spelled in
   * another way, is older than that row.
   */
  rejecting(batch: Batch, rejected: RejectedRows): Promise<void> {
    return this.#newlyRejected.rejecting(batch, rejected);
  }

  /** A job has rejected a row of a batch. */
  rejected(batch: Batch, reject: Reject): void {
    this.#newlyRejected.rejected(batch, reject, this.#numbering);
  }

  /** The rows of earlier syncs at the end of a batch's file that its job has rejected again. */
  rejectedAgain(batch: Batch): readonly RejectedAgain[] {
    return this.#again.get(batch) ?? [];
  }

  async prepare(batch: Batch, writersSince: WritersSince): Promise<Batch> {
    const { object } = batch.plan;
    if (!this.#kept.hasAnyOn(object)) return batch;
    const parts = this.#parts.get(batch.partOf?.batchId ?? batch.id) ?? [batch];
    for (const part of parts) if (!part.unsent) await this.#compare(part);
    const unknown = this.#endOvertaken(object, writersSince);
    const lines = this.#isLast(batch, parts) ? this.#linesFor(batch, unknown) : [];
    const texts = lines.map(({ bytes }) => bytes);
    const file = await this.#options.files.withRows(batch, texts);
    if (file !== batch) this.#carriers.set(file, { batch, ids: lines.map(({ id }) => id) });
    return file;
  }

  async sending(file: Batch, send: string): Promise<boolean> {
    const { digest, plan, rows } = file;
    const carrier = this.#carriers.get(file);
    if (carrier && !(await this.#mayStillSend(carrier))) return false;
    if (this.#rows.compare(this.#writer, (object) => isSameObject(object, plan.object))) this.#kept.changed();
    if (carrier) {
      this.#try(plan, carrier.ids);
      this.#rows.send(send, { digest: digest.current, rows, ids: carrier.ids, at: this.#options.clock.now() });
      this.#kept.changed();
    }
    await this.flush();
    return true;
  }

  sentBefore(
    batch: Batch,
    { send, rows }: { readonly send?: string | undefined; readonly rows?: number | undefined },
  ): Batch | undefined {
    if (rows === batch.rows) return batch;
    const sent = send === undefined ? undefined : this.#rows.sentAs(send);
    if (!sent) return rows === undefined && !this.#rows.wasSent(batch.digest.current) ? batch : undefined;
    if (sent.rows !== batch.rows + sent.ids.length) return undefined;
    const fields = batch.filePlan.columns.map(({ field }) => field);
    const ids = sent.ids.map((id) => id ?? '');
    const lines = ids.map((id) => {
      const waiting = this.#rows.byId(id);
      const cells = waiting && cellsFor(fields, waiting);
      // The outcome of a row that no longer waits does not matter.
      return cells ? rowLine(cells, this.#nullText) : Buffer.from('\n');
    });
    const file = this.#options.files.asSent(batch, lines);
    this.#carriers.set(file, { batch, ids });
    return file;
  }

  async adopted(file: Batch): Promise<void> {
    const carrier = this.#carriers.get(file);
    for (const id of carrier?.ids ?? []) this.#tried.add(id);
    if (this.#kept.hasAnyOn(file.plan.object)) await this.#compare(carrier?.batch ?? file);
  }

  async refused(file: Batch): Promise<boolean> {
    const carrier = this.#carriers.get(file);
    if (!carrier) return false;
    this.#alone.add(carrier.batch);
    const rows = carrier.ids.flatMap((id) => this.#rows.byId(id) ?? []);
    await this.#giveUp(rows, 'the file that they were sent with was refused as a whole');
    await this.#options.files.withRows(carrier.batch, []);
    return true;
  }

  async settled(file: Batch, outcome: Outcome, numbering: RowBase | undefined): Promise<Outcome> {
    this.#numbering = numbering ?? this.#numbering;
    const carrier = this.#carriers.get(file);
    // Its file is removed, while others of the same batch may still be sent.
    this.#compared.add(carrier?.batch ?? file);
    if (!carrier) return outcome;
    const { batch, ids } = carrier;
    const rejected = new FirstRows(outcome.rejected, batch.rows);
    const unidentified = Math.min(outcome.unidentified, batch.rows - rejected.length);
    const again = new Map<string, RejectedRow>();
    let isCertain = outcome.unidentified === 0;
    for (const each of outcome.rejected) {
      if (!each.sure) isCertain = false;
      const id = ids[each.row - batch.rows];
      if (id !== undefined) again.set(id, each);
    }
    this.counts.sent += ids.length;
    // Otherwise the rows are sent once more: the same row twice does no harm.
    if (isCertain) await this.#settle(batch, ids, again);
    const certain = Math.max(0, outcome.unidentified - (ids.length - again.size));
    return { ...outcome, rejected, unidentified, doubtful: Math.max(0, unidentified - certain) };
  }

  /**
   * Makes everything durable: before a file is sent, and before a state is released.
   * @throws ConnectorError `rejects_unwritable`
   */
  flush(): Promise<void> {
    return this.#kept.flush();
  }

  /**
   * At the end of the sync: makes everything durable, and logs what became of the rows.
   * @throws ConnectorError `rejects_unwritable`
   */
  async finish(): Promise<void> {
    await this.flush();
    const line = retriesLine(this.counts, this.#rows.size);
    if (line !== undefined) this.#options.output.log(isWarning(this.counts) ? 'WARN' : 'INFO', line);
  }

  /** The rows at the end of a file have their outcome. */
  async #settle(batch: Batch, ids: readonly string[], again: ReadonlyMap<string, RejectedRow>): Promise<void> {
    this.#kept.changed();
    this.#again.set(batch, this.#rejectedAgainIn(batch, again));
    for (const id of ids) {
      const rejected = again.get(id);
      this.counts[rejected ? 'rejected' : 'accepted'] += 1;
      if (rejected) {
        const [{ field, message } = { field: undefined, message: '' }] = rejected.errors;
        this.#rows.rejected(id, field ?? null, this.#options.redact(message));
      } else this.#kept.end(id);
    }
    await this.#giveUpOutdated([...again.keys()].flatMap((id) => this.#rows.byId(id) ?? []));
  }

  #rejectedAgainIn({ filePlan }: Batch, again: ReadonlyMap<string, RejectedRow>): RejectedAgain[] {
    const fields = filePlan.columns.map(({ field }) => field);
    return [...again].flatMap(([id, rejected]) => {
      const waiting = this.#rows.byId(id);
      const cells = waiting && cellsFor(fields, waiting);
      return cells ? [{ rejected, cells }] : [];
    });
  }

  /** Ends the rows whose key is in a file, and those whose keys cannot be compared with it. */
  async #compare(batch: Batch): Promise<void> {
    if (this.#compared.has(batch)) return;
    this.#compared.add(batch);
    const { plan } = batch;
    const isOther = ({ about }: Waiting) => !hasSameKeyFields(about.keyFields, plan.keyFields);
    const others = this.#kept.on(plan.object).filter(isOther);
    this.#endAll(
      others.map(({ id }) => id),
      'overtaken',
    );
    if (!this.#kept.hasAnyOn(plan.object)) return;
    await eachRowOf(batch, this.#nullText, (_, key) => {
      if (key !== undefined) this.#endAll(this.#kept.withKey(keyIn(plan.object, key)), 'replaced');
    });
  }

  /**
   * Ends the rows of an object into which an attempt has loaded rows since that did not compare them.
   * @returns ids of rows of which this is not known
   */
  #endOvertaken(object: string, writersSince: WritersSince): ReadonlySet<string> {
    const unknown = new Set<string>();
    const known = new Map<string, readonly string[] | undefined>();
    for (const { id, about } of this.#kept.on(object)) {
      if (!known.has(about.job)) known.set(about.job, writersSince(about.job, object));
      const writers = known.get(about.job);
      const comparedBy = this.#rows.comparedBy(id);
      const isCompared = (writer: string) => writer === this.#writer || comparedBy.has(writer);
      if (writers === undefined) unknown.add(id);
      else if (!writers.every(isCompared)) this.#endAll([id], 'overtaken');
    }
    return unknown;
  }

  /**
   * Whether the file ends its stream, so that all its records are known. Of several files of a batch it is the one with
   * all columns.
   */
  #isLast({ id, partOf, reason }: Batch, parts: readonly Batch[]): boolean {
    if (reason !== 'end' && reason !== 'complete') return false;
    return partOf === undefined || (partOf.batchId === id && parts.length === partOf.files);
  }

  /** Whether the rows behind a batch still wait, by all that others have written meanwhile. */
  async #mayStillSend({ batch, ids }: Carrier): Promise<boolean> {
    const { ids: ended, isWhole, missing } = await this.#kept.endedByOthers();
    this.#endAll(ended, 'replaced');
    this.#warnOf(missing);
    // A file that cannot be read may say that something newer was sent.
    if (!isWhole) this.#alone.add(batch);
    return isWhole && ids.every((id) => this.#rows.byId(id));
  }

  /** Names each file once that is listed but missing. */
  #warnOf(missing: readonly string[]): void {
    for (const address of missing) {
      if (this.#missing.has(address)) continue;
      this.#missing.add(address);
      this.#options.output.log('WARN', missingLine(address));
    }
  }

  /** The waiting rows of the stream for which the file has room and all columns, as they are sent. */
  #linesFor(batch: Batch, unknown: ReadonlySet<string>): Line[] {
    if (this.#alone.has(batch) || !isRetried(batch.plan)) return [];
    const { caps } = this.#options;
    const fields = batch.filePlan.columns.map(({ field }) => field);
    const isOurs = (about: WaitingJob) => about.formats === this.#connection.formats && isOfPlan(about, batch.plan);
    const rows = [...this.#rows].filter(({ id, about }) => !unknown.has(id) && isOurs(about));
    let [roomBytes, roomRows] = [caps.maxBytes - batch.bytes, caps.maxRows - batch.rows];
    const lines: Line[] = [];
    for (const waiting of this.#latestOf(rows)) {
      const cells = cellsFor(fields, waiting);
      const bytes = cells && rowLine(cells, this.#nullText);
      if (!bytes || bytes.length > roomBytes || roomRows < 1) continue;
      lines.push({ id: waiting.id, bytes });
      roomBytes -= bytes.length;
      roomRows -= 1;
    }
    return lines;
  }

  /** Of several rows of one key, which syncs at the same time may leave, the one that was rejected last. */
  #latestOf(rows: readonly Waiting[]): Iterable<Waiting> {
    const byAge = [...rows].sort(
      (one, other) => one.about.rejectedAt - other.about.rejectedAt || one.row.row - other.row.row,
    );
    const latest = new Map<string, Waiting>();
    for (const waiting of byAge) {
      const { about, row } = waiting;
      const key = JSON.stringify(about.keyFields.map((field) => row.cells[about.fields.indexOf(field)]));
      const earlier = latest.get(key);
      if (earlier) this.#endAll([earlier.id], 'replaced');
      latest.set(key, waiting);
    }
    return latest.values();
  }

  #try(plan: Plan, ids: readonly string[]): void {
    const fresh = ids.filter((id) => !this.#tried.has(id));
    if (fresh.length > 0) this.#options.output.log('INFO', goesWithLine(plan, ids.length));
    for (const id of fresh) {
      this.#tried.add(id);
      this.#rows.tried(id);
    }
  }

  #endAll(ids: readonly string[], how: 'replaced' | 'overtaken'): void {
    for (const id of ids) if (this.#kept.end(id)) this.counts[how] += 1;
  }

  /** Gives up the rows that are not sent any more. */
  async #giveUpOutdated(rows: readonly Waiting[]): Promise<void> {
    const { clock, plans } = this.#options;
    const planOf = new Map(plans.map((plan) => [streamKey(plan.stream), plan]));
    const byReason = new Map<string, Waiting[]>();
    for (const waiting of rows) {
      const { name, namespace } = waiting.about.stream;
      const plan = planOf.get(streamKey(namespace === null ? { name } : { name, namespace }));
      const prospect = prospectOf(waiting, plan, this.#connection, clock.now());
      if (prospect.is === 'given up') byReason.set(prospect.why, [...(byReason.get(prospect.why) ?? []), waiting]);
    }
    for (const [why, given] of byReason) await this.#giveUp(given, why);
  }

  async #giveUp(rows: readonly Waiting[], why: string): Promise<void> {
    if (rows.length === 0) return;
    const kept = await this.#kept.giveUp(rows, why);
    this.counts.givenUp += rows.length;
    const counted = formatCounted(rows.length, 'row');
    const text = `${counted} that Gainsight rejected will not be sent again: ${why}. Kept as ${kept.join(', ')}. ${loadHint(kept)}`;
    this.#options.output.log('WARN', text);
  }
}
