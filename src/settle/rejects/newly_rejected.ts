/**
 * Which rows that Gainsight has just rejected wait for the next sync: those of which it is sure which row it was, and that
 * no other record of this sync can replace.
 */
import type { Clock } from '../../clock.ts';
import type { Batch, Plan, Reject, RejectedRows, RowBase } from '../../model.ts';
import type { KeptRows } from './kept_rows.ts';
import { PassedRecords } from './passed_records.ts';
import type { RetryCounts } from './retry_lines.ts';
import { keyIn, keyTextOf, lastRowsOf } from './row_keys.ts';
import { SharedKeys } from './shared_keys.ts';
import { type Connection, mappingOf, type WaitingJob } from './waiting.ts';

/** What newly rejected rows are judged with, and where they wait. */
export interface NewlyRejectedWorld {
  readonly clock: Pick<Clock, 'now'>;
  /** Removes secrets: no file may contain one. */
  readonly redact: (text: string) => string;
  readonly nullText: string;
  /** This attempt, as it is found in the names of its jobs. */
  readonly writer: string;
  readonly connection: Connection;
  readonly kept: KeptRows;
  readonly counts: RetryCounts;
}

/** The rows that are rejected in this sync, beside all its other records. */
export class NewlyRejected {
  readonly #world: NewlyRejectedWorld;
  /** By batch: the last row of each key that a rejected row has, regardless of its spelling. */
  readonly #lastRows = new WeakMap<Batch, ReadonlyMap<string, number>>();
  readonly #passed = new PassedRecords();
  readonly #shared = new SharedKeys();

  constructor(world: NewlyRejectedWorld) {
    this.#world = world;
  }

  /** A record came that is in no file. */
  passed(plan: Plan, key: string, isDeletion: boolean): void {
    this.#passed.add(plan, key, isDeletion);
  }

  /** A record came whose key is not known. */
  passedUnknown(): void {
    this.#passed.addUnknown();
  }

  /** A batch was closed: one file, or one of several. */
  async closed(batch: Batch): Promise<void> {
    this.#passed.closed(batch);
    if (isRetried(batch.plan)) await this.#shared.closed(batch, this.#world.nullText);
  }

  /**
   * A job has rejected rows of a batch, which are reported next. One whose key comes again later in the file, spelled in
   * another way, is older than that row.
   */
  async rejecting(batch: Batch, rejected: RejectedRows): Promise<void> {
    if (!isRetried(batch.plan) || rejected.length === 0) return;
    this.#lastRows.set(batch, await lastRowsOf(batch, rejected, this.#world.nullText));
  }

  /** A job has rejected a row of a batch. @param numbering of the tenant's rows, as far as it is known */
  rejected(
    batch: Batch,
    { cells, field, jobId, plan: filePlan, reason, row, sure }: Reject,
    numbering: RowBase | undefined,
  ): void {
    const { plan } = batch;
    if (!isRetried(plan) || !cells || jobId === undefined || row === undefined) return;
    // If its number was sure, the numbering is known.
    if (!sure || numbering === undefined) {
      this.#world.counts.unsure += 1;
      return;
    }
    const { clock, redact } = this.#world;
    const about: WaitingJob = {
      stream: { name: plan.stream.name, namespace: plan.stream.namespace ?? null },
      ...{ object: plan.object, operation: plan.operation, keyFields: plan.keyFields },
      columns: mappingOf(plan),
      fields: filePlan.columns.map((column) => column.field),
      ...this.#world.connection,
      ...{ job: jobId, numbering, rejectedAt: clock.now() },
    };
    const key = keyTextOf(about.keyFields, about.fields, cells);
    if (key === undefined || (this.#lastRows.get(batch)?.get(key) ?? -1) > row - 1) return;
    if (this.#shared.has(batch, key)) return;
    // No file may contain the access key, and without it the row would be another.
    const isSecret = cells.some((cell) => cell !== null && redact(cell) !== cell);
    if (isSecret || this.#passed.isFull || !this.#world.kept.hasRoom(cells)) {
      this.#world.counts.left += 1;
      return;
    }
    if (this.#passed.mayBeNewer(batch, keyIn(plan.object, key))) return;
    const why = { field: field === undefined ? null : redact(field), reason: redact(reason) };
    if (this.#world.kept.add(this.#world.writer, about, { row: row - 1, cells, ...why, tries: 0 }))
      this.#world.counts.added += 1;
  }
}

/** Rows of an INSERT could become two, and those of a full refresh all come again. */
export function isRetried({ incremental, keyFields, operation }: Plan): boolean {
  return operation !== 'INSERT' && incremental && keyFields.length > 0;
}
