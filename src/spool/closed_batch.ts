/** A closed batch on disk: what its job sends, and what its outcome is told by. */
import type { Batch, CloseReason, Plan, SliceDigest } from '../model.ts';
import { prefixDigests } from './digest.ts';
import { type RowFile, rowsAtLines } from './row_file.ts';
import type { StateMarks } from './state_marks.ts';
import { RecordRows } from './superseded.ts';

/** What a closed batch is made of. */
export interface ClosedParts {
  readonly id: number;
  readonly plan: Plan;
  readonly reason: CloseReason;
  readonly file: RowFile;
  readonly states: StateMarks;
  readonly recordRows: RecordRows;
  readonly records: number;
  /** An empty file of the same kind and a number for it: for {@link Batch.splitOff}. */
  readonly another: () => { readonly id: number; readonly file: RowFile; readonly states: StateMarks };
}

export class ClosedBatch implements Batch {
  #parts: ClosedParts;
  #digest: SliceDigest;

  private constructor(parts: ClosedParts, digest: SliceDigest) {
    this.#parts = parts;
    this.#digest = digest;
  }

  /** Computes the digest, and leaves the files to the upload. */
  static async of(parts: ClosedParts): Promise<ClosedBatch> {
    return new ClosedBatch(parts, await sealed(parts));
  }

  get digest(): SliceDigest {
    return this.#digest;
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

  get reason(): CloseReason {
    return this.#parts.reason;
  }

  get records(): number {
    return this.#parts.records;
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

  async prefixDigests(rows: readonly number[]): Promise<SliceDigest[]> {
    return prefixDigests(this.plan, this.#parts.file, rows);
  }

  stateAt(rows: number): string | undefined {
    return this.#parts.states.at(rows);
  }

  async splitOff(rows: number): Promise<Batch> {
    const { plan, file, states, another } = this.#parts;
    if (plan.keyFields.length > 0) throw new TypeError('Rows with keys are never split: records are bound to them');
    if (rows < 1 || rows >= this.rows) throw new RangeError(`A batch of ${this.rows} rows cannot be split at ${rows}`);
    const next = another();
    await file.moveTail(rows, next.file);
    states.moveTail(rows, next.states);
    this.#parts = keyless(this.#parts, { id: this.id, file, states });
    this.#digest = await sealed(this.#parts);
    return ClosedBatch.of(keyless(this.#parts, next));
  }

  async remove(): Promise<void> {
    this.#parts.file.remove();
    this.#parts.states.remove();
    this.#parts.recordRows.remove();
  }
}

/** A part of a batch without keys, where each row stands for one record. */
function keyless(whole: ClosedParts, part: Pick<ClosedParts, 'id' | 'file' | 'states'>): ClosedParts {
  const { id, file, states } = part;
  const recordRows = new RecordRows(undefined, file.rows, file.rows);
  return { ...whole, id, file, states, recordRows, records: file.rows };
}

/** The digest of a file, which leaves it to the upload. */
async function sealed({ plan, file, states }: ClosedParts): Promise<SliceDigest> {
  const [digest = { current: '', former: '' }] = await prefixDigests(plan, file, [file.rows]);
  file.seal();
  states.seal();
  return digest;
}
