/** A closed batch on disk: the file that its job sends, and what is needed to interpret the outcome. */
import type {
  Batch,
  CloseReason,
  Column,
  ContentProof,
  Outcome,
  PartOf,
  Plan,
  RouteName,
  SliceDigest,
} from '../model.ts';
import { type ClosedDigest, closedDigest, prefixDigests, prefixOf } from './digest.ts';
import { leaveOut } from './leave_out.ts';
import { type RowFile, rowsAtLines } from './row_file.ts';
import type { StateMarks } from './state_marks.ts';
import { RecordRows, type RowRecords } from './superseded.ts';

/** The parts of a closed batch. */
export interface ClosedParts {
  readonly id: number;
  readonly plan: Plan;
  /** The plan with the columns that the file is to have. */
  readonly filePlan: Plan;
  readonly reason: CloseReason;
  readonly file: RowFile;
  /** For plans without keys. */
  readonly states: StateMarks | undefined;
  readonly recordRows: RowRecords;
  readonly records: number;
  readonly deletions: number;
  readonly route?: RouteName | undefined;
  readonly partOf?: PartOf;
  /** Set if nothing is to be sent. */
  readonly unsent?: Outcome;
  /** A new empty file for rows without keys, and a number for it: for {@link Batch.splitOff}. */
  readonly another: (like: RowFile) => { readonly id: number; readonly file: RowFile; readonly states: StateMarks };
}

/** The outcome of a batch in which deletions have left no row. */
const emptied: Outcome = { rejected: [], unidentified: 0 };

export class ClosedBatch implements Batch {
  #parts: ClosedParts;
  #digest: ClosedDigest;

  private constructor(parts: ClosedParts, digest: ClosedDigest) {
    this.#parts = parts;
    this.#digest = digest;
  }

  /**
   * Computes the digest over all columns and then makes the file ready for upload, without the columns left out.
   * @param scratch returns an array of at least this length
   */
  static async of(parts: ClosedParts, scratch?: (length: number) => Uint32Array): Promise<ClosedBatch> {
    return new ClosedBatch(parts, await sealed(parts, scratch));
  }

  get digest(): SliceDigest {
    return this.#digest.digest;
  }

  get proof(): ContentProof {
    return { prefix: prefixOf(this.plan), hash: this.#digest.hash };
  }

  get bytes(): number {
    return this.#parts.file.bytes;
  }

  get rows(): number {
    return this.#parts.file.rows;
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

  get route(): RouteName | undefined {
    return this.#parts.route;
  }

  get partOf(): PartOf | undefined {
    return this.#parts.partOf;
  }

  get unsent(): Outcome | undefined {
    return this.#parts.unsent ?? (this.rows === 0 ? emptied : undefined);
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

  async countRecords(rows: Uint32Array, bounds: Float64Array): Promise<Float64Array> {
    return this.#parts.recordRows.countRecords(rows, bounds);
  }

  async prefixDigests(rows: readonly number[]): Promise<SliceDigest[]> {
    return prefixDigests(this.plan, this.#parts.file, rows);
  }

  stateAt(rows: number): string | undefined {
    return this.#parts.states?.at(rows);
  }

  async splitOff(rows: number): Promise<Batch> {
    const { plan, file, states, another } = this.#parts;
    if (plan.keyFields.length > 0 || !states)
      throw new TypeError('Rows with keys are never split: records are bound to them');
    if (rows < 1 || rows >= this.rows) throw new RangeError(`A batch of ${this.rows} rows cannot be split at ${rows}`);
    const next = another(file);
    await file.moveTail(rows, next.file);
    states.moveTail(rows, next.states);
    this.#parts = keyless(this.#parts, { id: this.id, file, states });
    this.#digest = await sealed(this.#parts);
    return ClosedBatch.of(keyless(this.#parts, next));
  }

  async remove(): Promise<void> {
    this.#parts.file.remove();
    this.#parts.states?.remove();
    this.#parts.recordRows.remove();
  }
}

/** A part of a batch without keys: each row stands for one record, and all columns are kept. */
function keyless(whole: ClosedParts, part: Pick<ClosedParts, 'id' | 'file' | 'states'>): ClosedParts {
  const { file } = part;
  const recordRows = new RecordRows(undefined, file.rows, file.rows);
  return { ...whole, ...part, recordRows, filePlan: whole.plan, records: file.rows, deletions: 0 };
}

/**
 * Makes the file ready for upload, without the columns left out.
 * @returns the digest of the complete rows
 */
async function sealed(
  { plan, filePlan, file, states }: ClosedParts,
  scratch?: (length: number) => Uint32Array,
): Promise<ClosedDigest> {
  let { digest, hash } = await closedDigest(plan, file);
  if (filePlan !== plan) {
    const kept = new Set(filePlan.columns);
    const columns = [...plan.columns.keys()].filter((column) => !kept.has(plan.columns[column] as Column));
    const starts = scratch?.(file.rows + 1) ?? new Uint32Array(file.rows + 1);
    await leaveOut(file, columns, starts);
    // The bytes that are sent differ from those of the digest.
    ({ hash } = await closedDigest(plan, file));
  }
  file.seal();
  states?.seal();
  return { digest, hash };
}
