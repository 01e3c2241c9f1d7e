/** A closed batch on disk: what its job sends, and what its outcome is told by. */
import type { Batch, CloseReason, Column, Plan } from '../model.ts';
import { prefixDigests } from './digest.ts';
import { leaveOut } from './leave_out.ts';
import { type RowFile, rowsAtLines } from './row_file.ts';
import { RecordRows } from './superseded.ts';

/** What a closed batch is made of. */
export interface ClosedParts {
  readonly id: number;
  readonly plan: Plan;
  /** Its columns are those that the file is to have. */
  readonly filePlan: Plan;
  readonly reason: CloseReason;
  readonly file: RowFile;
  readonly recordRows: RecordRows;
  readonly records: number;
  readonly deletions: number;
  /** An empty file of the same kind and a number for it: for {@link Batch.splitOff}. */
  readonly another: () => { readonly id: number; readonly file: RowFile };
}

export class ClosedBatch implements Batch {
  readonly digest: string;
  readonly bytes: number;
  readonly rows: number;
  readonly #parts: ClosedParts;

  private constructor(parts: ClosedParts, digest: string) {
    this.#parts = parts;
    this.digest = digest;
    this.bytes = parts.file.bytes;
    this.rows = parts.file.rows;
  }

  /**
   * Computes the digest, which does not depend on the columns that are left out, and leaves the files to the upload.
   * @param scratch gives an array of at least so many numbers
   */
  static async of(parts: ClosedParts, scratch?: (length: number) => Uint32Array): Promise<ClosedBatch> {
    const { file, plan, filePlan } = parts;
    const [digest = ''] = await prefixDigests(plan, file, [file.rows]);
    if (filePlan !== plan) {
      const kept = new Set(filePlan.columns);
      const columns = [...plan.columns.keys()].filter((column) => !kept.has(plan.columns[column] as Column));
      const starts = scratch?.(file.rows + 1) ?? new Uint32Array(file.rows + 1);
      await leaveOut(file, columns, starts);
    }
    file.seal();
    return new ClosedBatch(parts, digest);
  }

  get id(): number {
    return this.#parts.id;
  }

  get plan(): Plan {
    return this.#parts.plan;
  }

  get filePlan(): Plan {
    return this.#parts.filePlan;
  }

  get reason(): CloseReason {
    return this.#parts.reason;
  }

  get records(): number {
    return this.#parts.records;
  }

  get deletions(): number {
    return this.#parts.deletions;
  }

  get path(): string {
    return this.#parts.file.csv.path;
  }

  async readRow(row: number): Promise<Buffer> {
    return this.#parts.file.readRow(row);
  }

  async rowsAtLines(lines: readonly number[]): Promise<(number | undefined)[]> {
    return rowsAtLines(this.#parts.file, lines);
  }

  async recordsOf(row: number): Promise<number> {
    return this.#parts.recordRows.recordsOf(row);
  }

  async countRecords(rows: Uint32Array, bounds: readonly number[]): Promise<number[]> {
    return this.#parts.recordRows.countRecords(rows, bounds);
  }

  async prefixDigests(rows: readonly number[]): Promise<string[]> {
    return prefixDigests(this.plan, this.#parts.file, rows);
  }

  /** The batch itself must not be used any more: `head` has taken over its files and its id. */
  async splitOff(rows: number): Promise<{ first: Batch; rest: Batch }> {
    const { plan, reason, file, another } = this.#parts;
    if (plan.keyFields.length > 0) throw new TypeError('Rows with keys are never split: records are bound to them');
    if (rows < 1 || rows >= this.rows) throw new RangeError(`A batch of ${this.rows} rows cannot be split at ${rows}`);
    const next = another();
    await file.moveTail(rows, next.file);
    const part = (id: number, own: RowFile): Promise<ClosedBatch> => {
      const recordRows = new RecordRows(undefined, own.rows, own.rows);
      return ClosedBatch.of({
        id,
        plan,
        filePlan: plan,
        reason,
        file: own,
        recordRows,
        records: own.rows,
        deletions: 0,
        another,
      });
    };
    return { first: await part(this.id, file), rest: await part(next.id, next.file) };
  }

  async remove(): Promise<void> {
    this.#parts.file.remove();
    this.#parts.recordRows.remove();
  }
}
