/**
 * A batch that still accepts rows. They go to its file through a few blocks of memory; superseded ones are removed on
 * request or when it closes.
 */
import type { Batch, CloseReason, Plan, RouteName, SliceDigest } from '../model.ts';
import { ClosedBatch, type ClosedParts } from './closed_batch.ts';
import type { Compactor } from './compaction.ts';
import { firstRowDigest, prefixDigests } from './digest.ts';
import type { FilePool } from './file_pool.ts';
import { leaveOut } from './leave_out.ts';
import { type EncodedRows, RowFile, type RowIdentity } from './row_file.ts';
import { findSeparateRows, holdsUnread, mostSeparateFiles, type SeparateRows } from './separate_files.ts';
import { SpoolFile } from './spool_file.ts';
import { StateMarks } from './state_marks.ts';
import { PartRecords, RecordRows, RowMoves, type Scratch } from './superseded.ts';

/** What the batches of one spool share. */
export interface SpoolContext {
  readonly pool: FilePool;
  readonly compactor: Compactor;
  /** Maximum number of rows with which a batch of a plan with the route `auto` is for the object API. */
  readonly autoRows: number;
  /** A number unique in this process, and the path of the batch's files without extension. */
  nextPlace(): { readonly id: number; readonly path: string };
  /** {@link ClosedParts.another} */
  readonly another: ClosedParts['another'];
  /** Runs one `work` after the other, so that one batch at a time uses the memory for compaction. */
  inTurn<T>(work: () => Promise<T>): Promise<T>;
}

const nothing = Buffer.alloc(0);

export class OpenBatch {
  readonly id: number;
  readonly plan: Plan;
  readonly #context: SpoolContext;
  readonly #path: string;
  readonly #file: RowFile;
  /** Created with the first compaction that moves rows. */
  #moves: RowMoves | undefined;
  /** For plans without keys. */
  readonly #states: StateMarks | undefined;
  /** Such a row was added. */
  #hasUnread = false;
  #records = 0;
  #deletions = 0;
  #compactedBytes: number;
  #compactedRows = 0;
  /** Records that the last compaction covered. */
  #compactedRecords = 0;
  #firstRow: SliceDigest | undefined;
  /** What the batch is being used for, while it accepts no rows. */
  #closedFor: string | undefined;

  /** @param header the CSV header, its line feed included */
  constructor(context: SpoolContext, plan: Plan, header: Buffer) {
    const { id, path } = context.nextPlace();
    this.id = id;
    this.plan = plan;
    this.#context = context;
    this.#path = path;
    this.#file = new RowFile(context.pool, path, header, identityOf(plan));
    this.#states = this.hasKeys ? undefined : new StateMarks(context.pool, path);
    this.#compactedBytes = this.bytes;
  }

  /** Records ever appended, deletions included. */
  get records(): number {
    return this.#records;
  }

  /** Rows in the file, including superseded ones and deletions that no compaction has removed yet. */
  get rows(): number {
    return this.#file.rows;
  }

  /** The file's size: header and all rows, buffered ones included. */
  get bytes(): number {
    return this.#file.bytes;
  }

  get headerBytes(): number {
    return this.#file.header.length;
  }

  /** Rows may supersede each other. */
  get hasKeys(): boolean {
    return this.plan.keyFields.length > 0;
  }

  /** Rows may contain values that the source did not read, and go in files without them. */
  get #separates(): boolean {
    const { route, unreadableValues } = this.plan;
    return unreadableValues === 'separate_file' && this.hasKeys && route !== 'object_api';
  }

  /** Size after the last compaction; of an empty file before the first. Anything after it may contain duplicates. */
  get compacted(): { readonly bytes: number; readonly rows: number } {
    return { bytes: this.#compactedBytes, rows: this.#compactedRows };
  }

  /**
   * Adds one record's row.
   * @param row contains the row at its beginning; may be reused at once
   * @param length the row's bytes, its line feed included
   * @param keyDigest 16 bytes, for plans with keys and only for those: equal if and only if the keys are
   * @param version of the row, for plans with `latestBy`: {@link RowFile.append}
   * @throws ConnectorError `disk_failed`
   */
  append(row: Buffer, length: number, keyDigest?: Buffer, version?: Uint32Array): void {
    this.#assertOpen();
    this.#file.append(row, length, keyDigest, version);
    this.#records += 1;
    if (this.#separates && !this.#hasUnread) this.#hasUnread = holdsUnread(row, length);
  }

  /**
   * Adds the rows of several records, none of which has a version or values that the source did not read.
   * @throws ConnectorError `disk_failed`
   */
  appendRows(rows: EncodedRows): void {
    this.#assertOpen();
    this.#file.appendRows(rows);
    this.#records += rows.count;
  }

  /** Maximum number of files that the batch may become when it is closed. */
  get mostFiles(): number {
    return this.#hasUnread ? 1 + mostSeparateFiles : 1;
  }

  /**
   * Adds a deletion: the next compaction removes earlier rows of its key; of a plan with `latestBy` only those whose
   * version is not greater.
   * @throws ConnectorError `disk_failed`
   */
  delete(keyDigest: Buffer, version?: Uint32Array): void {
    this.#assertOpen();
    this.#file.append(nothing, 0, keyDigest, version);
    this.#records += 1;
    this.#deletions += 1;
  }

  /** Deletions that the next compaction will remove. */
  get waitingDeletions(): number {
    return this.#file.deletions;
  }

  /**
   * Drops all records after the first `records`, or after the last compaction if that is later.
   * @returns the number of records dropped
   */
  async cutAt(records: number): Promise<number> {
    const kept = Math.max(records, this.#compactedRecords);
    const dropped = this.#records - kept;
    if (dropped <= 0) return 0;
    await this.#undisturbed('cut', async () => {
      this.#deletions -= await this.#file.cutAt(this.#compactedRows + kept - this.#compactedRecords);
      this.#records = kept;
    });
    return dropped;
  }

  /** Marks that a state of the source came after all rows so far. For plans without keys. */
  markState(digest: string): void {
    this.#states?.add(this.rows, digest);
  }

  /** The digest of the state that came directly after the first `rows` rows. */
  stateAt(rows: number): string | undefined {
    return this.#states?.at(rows);
  }

  /** Removes superseded rows from the file. Until it is done the batch accepts no rows. */
  async compact(): Promise<void> {
    if (!this.hasKeys || this.#compactedRows === this.rows) return;
    await this.#undisturbed('compacted', () => this.#compact());
  }

  /** Keeps the first `records` records and returns a new batch with the others. For plans without keys. */
  async splitAt(records: number): Promise<OpenBatch> {
    const states = this.#states;
    if (!states) throw new TypeError('Rows with keys are never split: records are bound to them');
    return this.#undisturbed('split', async () => {
      const rest = new OpenBatch(this.#context, this.plan, this.#file.header);
      await this.#file.moveTail(records, rest.#file);
      states.moveTail(records, rest.#states as StateMarks);
      rest.#records = this.#records - records;
      this.#records = records;
      return rest;
    });
  }

  /** {@link closeFiles} for a batch that becomes one file, or the first of its files. */
  async close(reason: CloseReason, filePlanOf?: (plan: Plan) => Plan): Promise<Batch> {
    return (await this.closeFiles(reason, filePlanOf))[0];
  }

  /**
   * Ends the batch: without superseded rows, with its digest, ready for submission. Rows with values that the source
   * did not read go into further files without these columns, or are rejected in a file that is not sent; a batch for
   * the object API stays one file with all columns and their types.
   * @param filePlanOf returns the plan with the columns that the CSV file is to have; called if there are rows
   */
  async closeFiles(reason: CloseReason, filePlanOf = (plan: Plan) => plan): Promise<[Batch, ...Batch[]]> {
    this.#assertOpen();
    this.#closedFor = 'closed';
    return this.#context.inTurn(async () => {
      if (this.hasKeys && this.#compactedRows !== this.rows) await this.#compact();
      const { id, plan } = this;
      const scratch = (length: number) => this.#context.compactor.scratch(length);
      const recordRows = await this.#recordRows(scratch);
      const counts = { records: this.#records, deletions: this.#deletions };
      const route = this.#route();
      if (plan.route !== undefined && route === 'bulk_api') await this.#leaveOutTypes();
      const isFile = route !== 'object_api';
      const filePlan = isFile && this.rows > 0 ? filePlanOf(plan) : plan;
      const [file, states] = [this.#file, this.#states];
      const { another, compactor } = this.#context;
      const parts = { id, plan, filePlan, reason, file, states, recordRows, ...counts, route, another };
      const separate = isFile && this.#hasUnread ? await findSeparateRows(file, plan, filePlan, compactor) : [];
      if (separate.length > 0) return this.#divide(parts, recordRows, separate);
      return [await ClosedBatch.of(parts, (length) => scratch(length)[1])];
    });
  }

  /** Which row stands for each record. */
  async #recordRows(scratch: Scratch): Promise<RecordRows> {
    if (this.#moves === undefined) return new RecordRows(undefined, this.rows, this.#records);
    const file = new SpoolFile(this.#context.pool, this.#path, '.record_rows');
    return this.#moves.join(file, this.rows, this.#records, scratch);
  }

  /** By the rows of the batch alone, so that it is the same if they come again. */
  #route(): RouteName | undefined {
    const { route } = this.plan;
    if (route !== 'auto') return route;
    return this.rows > this.#context.autoRows ? 'bulk_api' : 'object_api';
  }

  #leaveOutTypes(): Promise<void> {
    const [starts] = this.#context.compactor.scratch(this.rows + 1);
    return leaveOut(this.#file, [this.plan.columns.length], starts);
  }

  /** Moves rows that do not belong in the batch's own file to files of their own. */
  async #divide(
    whole: ClosedParts,
    recordRows: RecordRows,
    separate: readonly SeparateRows[],
  ): Promise<[Batch, ...Batch[]]> {
    const { compactor, pool } = this.#context;
    const { file, plan } = whole;
    const shared = { records: recordRows, users: 0 };
    const partOf = { batchId: whole.id, files: 1 + separate.length, unread: [] };
    const leaves = new Uint32Array(file.rows);
    const all = Float64Array.of(0, whole.records);
    const parts: ClosedParts[] = [];
    for (const { rows, filePlan, unread, rejected } of separate) {
      const { id, path } = this.#context.nextPlace();
      const partFile = new RowFile(pool, path, file.header, 'none');
      await file.visitRows(rows, (bytes, row) => {
        leaves[row] = 1;
        partFile.append(bytes, bytes.length, undefined);
      });
      const partRecords = new PartRecords(shared, new SpoolFile(pool, path, '.rows'), rows);
      const [records = 0] = await recordRows.countRecords(rows, all);
      const own = { id, file: partFile, recordRows: partRecords, records, deletions: 0 };
      const part = { ...whole, ...own, partOf: { ...partOf, unread } };
      parts.push(filePlan ? { ...part, filePlan } : { ...part, filePlan: plan, unsent: { rejected, unidentified: 0 } });
    }
    const kept = Uint32Array.from(leaves.keys()).filter((row) => leaves[row] === 0);
    await compactor.takeOut(file, leaves);
    const keptRecords = new PartRecords(shared, new SpoolFile(pool, this.#path, '.rows'), kept);
    const records = parts.reduce((left, part) => left - part.records, whole.records);
    const closed = async (part: ClosedParts) => ClosedBatch.of(part, (length) => compactor.scratch(length)[1]);
    const first = await closed({ ...whole, recordRows: keptRecords, records, partOf });
    const others: Batch[] = [];
    for (const part of parts) others.push(await closed(part));
    return [first, ...others];
  }

  /** The first-row part of the digests that this batch will have if it is closed with its current first row. */
  firstRowDigest(): SliceDigest {
    this.#firstRow ??= firstRowDigest(this.plan, this.#file.csv.readSync(0, this.#file.startOf(1)));
    return this.#firstRow;
  }

  /** The digests that files of the first `rows` rows would have. For plans without keys. */
  prefixDigests(rows: readonly number[]): Promise<SliceDigest[]> {
    return this.#undisturbed('read', () => prefixDigests(this.plan, this.#file, rows));
  }

  /** Discards the batch. */
  async remove(): Promise<void> {
    this.#closedFor = 'removed';
    this.#file.remove();
    this.#moves?.remove();
    this.#states?.remove();
  }

  async #compact(): Promise<void> {
    const { route } = this.plan;
    const mayFill = this.#hasUnread || route === 'object_api';
    const filled = mayFill ? new SpoolFile(this.#context.pool, this.#path, '.filled') : undefined;
    const moves = await this.#context.compactor.compact(this.#file, filled, route !== undefined);
    if (moves !== undefined) {
      this.#moves ??= new RowMoves(this.#context.pool, this.#path);
      this.#moves.add(moves, this.rows);
      this.#firstRow = undefined;
    }
    this.#compactedBytes = this.bytes;
    this.#compactedRows = this.rows;
    this.#compactedRecords = this.#records;
  }

  async #undisturbed<T>(busyWith: string, work: () => Promise<T>): Promise<T> {
    this.#assertOpen();
    this.#closedFor = busyWith;
    const done = await this.#context.inTurn(work);
    this.#closedFor = undefined;
    return done;
  }

  #assertOpen(): void {
    if (this.#closedFor !== undefined) throw new Error(`Batch ${this.id} is being used while it is ${this.#closedFor}`);
  }
}

function identityOf({ keyFields, latestBy }: Plan): RowIdentity {
  if (keyFields.length === 0) return 'none';
  return latestBy === undefined ? 'key' : 'key and version';
}
