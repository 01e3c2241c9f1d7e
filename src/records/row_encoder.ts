/**
 * Encodes a record as a CSV row, or says why there is none. Single values are encoded by the kernel: `kernel/cells.ts`.
 */

import { equalBytes } from '../airbyte/json_cursor.ts';
import type { FieldChange } from '../airbyte/messages.ts';
import { type CursorColumn, type Plan, type ScannedRecord, unreadMark } from '../model.ts';
import { ChangedColumns } from './changed_columns.ts';
import { ColumnFinder } from './column_finder.ts';
import { type Kernel, rowFull } from './kernel/kernel.ts';
import {
  faultColumn,
  faultMayBeUnread,
  faultReason,
  faultSuspects,
  noFault,
  planIsStopped,
  planSuspects,
  typeUnread,
} from './kernel/positions.ts';
import type { RowShape } from './row_shape.ts';
import { noVersion, versionOf } from './row_version.ts';
import { unreadReason } from './unread.ts';
import { faults, writeChecks, writePlan } from './value_formats.ts';
import type { ValueRule } from './value_rules.ts';

/** Why a row is not sent. Contains no value of the row. */
export interface RowFault {
  /** The Gainsight field; absent if the row as a whole is at fault. */
  readonly field?: string;
  readonly reason: string;
}

/** What a {@link RowEncoder} works with, and its callbacks. */
export interface RowEncoderOptions {
  /**
   * Called for a column that the plan does not read: for the first 1,000 names, and once per name unless it is very
   * long.
   */
  readonly onUnknownColumn: (name: string, plan: Plan) => void;
  /** Called if a record's cursor is neither null nor of the type in the schema. */
  readonly onUnreadableCursor?: ((plan: Plan) => void) | undefined;
  /** What values must be like, by the position of their columns: those that may not be so are {@link RowEncoder.suspects}. */
  readonly rules?: ReadonlyMap<number, ValueRule> | undefined;
  /** One byte per column of the plan, set to 1 as soon as a record has it, even as null. */
  readonly seen?: Uint8Array | undefined;
}

const [space, quote] = [0x20, 0x22];
/** White space and invisible characters, such as the zero width space. */
const blank = /^[\s\p{Z}\p{Cf}]*$/u;
const padded = /^[\s\p{Z}]|[\s\p{Z}]$/u;
const nothing = Buffer.alloc(0);
const noFields: readonly string[] = [];

/** Encodes the records of one plan. Each row depends on its record alone. */
export class RowEncoder {
  /**
   * For a `row` of a plan with key fields: 128 bits that only rows with the same key cells share; valid until the next
   * row.
   */
  keyDigest: Buffer = nothing;
  /** For a `row` of a plan with `latestBy`: four numbers that order the rows of one key; valid until the next row. */
  version: Uint32Array | undefined;
  /** A key field has no value. */
  lacksKey = false;
  /** A key field has white space at an end, which Gainsight may count. */
  hasPaddedKey = false;
  /** For a `reject`: the first reason. */
  fault: RowFault | undefined;
  /** The record is a row deleted at the source, whether or not that column is sent. */
  isDeleted = false;
  /** Fields whose values the source says it truncated. */
  truncated: readonly string[] = noFields;

  /** The row's length in bytes, including its line feed. 0: a `reject` longer than any file may be. */
  length = 0;

  readonly #plan: Plan;
  readonly #shape: RowShape;
  /** Position of the plan in the kernel. */
  readonly place: number;
  readonly #finder: ColumnFinder;
  readonly #onUnreadableCursor: ((plan: Plan) => void) | undefined;
  /** Created with the first change: there may be thousands of streams, and few have changes. */
  #changedColumns: ChangedColumns | undefined;

  /**
   * @param shape of the plan's rows, in the kernel that has read the records. Encoders share it: a row is valid until
   * the next is encoded.
   */
  constructor(plan: Plan, shape: RowShape, { onUnknownColumn, onUnreadableCursor, rules, seen }: RowEncoderOptions) {
    const { kernel, names, written } = shape;
    this.#plan = plan;
    this.#shape = shape;
    this.#finder = new ColumnFinder({ kernel, names, seen, plan, onUnknownColumn });
    this.place = writePlan(kernel, plan, written, this.#finder.nested);
    if (rules) writeChecks(kernel, this.place, plan.columns.length, rules);
    this.#onUnreadableCursor = onUnreadableCursor;
  }

  /** The CSV header, with its line feed. */
  get header(): Buffer {
    return this.#shape.header;
  }

  get #kernel(): Kernel {
    return this.#shape.kernel;
  }

  /** How many cells of the latest row may not fit their rules: a {@link ValueCheck} judges them. */
  get suspects(): number {
    return this.#kernel.fault[faultSuspects] as number;
  }

  /** The column of a suspect, from 0. */
  suspect(at: number): number {
    const { numbers } = this.#kernel;
    return numbers[(numbers[this.place / 4 + planSuspects] as number) / 4 + at] as number;
  }

  /** Where a cell of the latest row starts in {@link bytes}. */
  cellStart(column: number): number {
    return this.#kernel.numbers[this.#shape.written.cellStart + column] as number;
  }

  /** The position after its separator. */
  cellStop(column: number): number {
    return this.cellStart(column + 1);
  }

  /** The row is the first {@link length} of these bytes, valid until the next row. */
  get bytes(): Buffer {
    return this.#kernel.row;
  }

  /** From now on the plan's records are only counted: lines that fit a template become rows without bytes. */
  stop(): undefined {
    this.#kernel.numbers[this.place / 4 + planIsStopped] = 1;
  }

  /** Encodes one record. A rejected row is complete too: it contains values that cannot be encoded as they came. */
  encode(record: ScannedRecord): 'row' | 'reject' {
    this.#reset();
    this.#finder.select(record);
    if (record.changes.length > 0) this.#applyChanges(record.changes);
    return this.#encodeFound();
  }

  /**
   * Takes the only row that the kernel encoded for a line that fits a template.
   * @param length 0: the kernel has only found the values
   */
  accept(length: number): 'row' | 'reject' {
    this.#reset();
    if (length === 0) {
      this.#finder.selectNested();
      return this.#encodeFound();
    }
    this.length = length;
    return this.#judge();
  }

  #encodeFound(): 'row' | 'reject' {
    const { tooLong } = this.#finder;
    if (tooLong !== undefined) this.#fail(tooLong, 'the value inside of a text of JSON is longer than a megabyte');
    this.length = this.#encode();
    return this.#judge();
  }

  #reset(): void {
    this.fault = undefined;
    this.truncated = noFields;
    this.keyDigest = nothing;
    this.lacksKey = false;
    this.hasPaddedKey = false;
  }

  #judge(): 'row' | 'reject' {
    const { fault } = this.#kernel;
    this.isDeleted = this.#finder.isDeleted;
    const reason = fault[faultReason];
    if (reason !== noFault) this.#fail(fault[faultColumn] as number, faults[reason as number] as string);
    const unread = fault[faultMayBeUnread] === 0 ? undefined : this.#checkUnread();
    if (this.#isBlankRow) this.fault ??= { reason: 'no column has a value, and an empty line is no row' };
    if (this.#plan.keyColumns.length > 0 && this.length > 0) this.#checkKeys();
    if (this.fault !== undefined) return 'reject';
    if (unread !== undefined) this.#markUnread(unread);
    if (this.#plan.keyColumns.length > 0) this.findKey();
    return 'row';
  }

  /**
   * Sets key and version for a record that is used for nothing else.
   * @returns false: there is no key
   */
  findKey(): boolean {
    if (this.#plan.keyColumns.length === 0 || this.length === 0 || this.lacksKey) return false;
    this.keyDigest = this.#digestKeys();
    if (this.#plan.latestBy !== undefined) this.version = this.#versionOf(this.#plan.latestBy);
    return true;
  }

  /** The row has only one column, and no value for it. */
  get #isBlankRow(): boolean {
    return this.length > 0 && this.#plan.columns.length === 1 && this.cellStop(0) === 1;
  }

  #encode(): number {
    return this.#withRoom(() => this.#kernel.run.encode(this.place)) ?? 0;
  }

  /** Lets the memory for rows grow as long as it is too small. Undefined: it cannot. */
  #withRoom<T>(work: () => T): T | undefined {
    for (;;) {
      try {
        return work();
      } catch (error) {
        if (error !== rowFull) throw error;
        if (this.#kernel.growRow()) continue;
        this.fault ??= { reason: 'the row alone is larger than a file may be' };
        return undefined;
      }
    }
  }

  #fail(column: number, reason: string): void {
    this.fault ??= { field: this.#plan.columns[column]?.field as string, reason };
  }

  /** A value that the source could not read must not blank Gainsight's, and a truncated key would match another row. */
  #applyChanges(changes: readonly FieldChange[]): void {
    const fieldsOf = (kind: string) => changes.flatMap(({ change, field }) => (change === kind ? field : []));
    const [nulled, shortened] = [fieldsOf('NULLED'), fieldsOf('TRUNCATED')];
    this.#changedColumns ??= new ChangedColumns(this.#plan.columns);
    for (const column of this.#changedColumns.of(nulled)) this.#fail(column, 'the source could not read the value');
    const truncated = this.#changedColumns.of(shortened);
    for (const column of truncated) {
      if (!this.#plan.keyColumns.includes(column)) continue;
      this.lacksKey = true;
      this.#fail(column, 'the source cut the key field short');
    }
    this.truncated = truncated.map((column) => this.#plan.columns[column]?.field as string);
  }

  /** Gainsight matches rows by their keys: a row without one would be rejected there. */
  #checkKeys(): void {
    for (const column of this.#plan.keyColumns) {
      const start = this.cellStart(column);
      const stop = this.cellStop(column) - 1;
      const isAbsent = this.bytes[start] === unreadMark;
      if (!isAbsent && !equalBytes(this.bytes, start, stop, this.#shape.nullText) && !this.#isBlank(start, stop)) {
        this.hasPaddedKey ||= this.#isPadded(start, stop);
        continue;
      }
      this.lacksKey = true;
      this.#fail(column, 'the key field has no value');
    }
  }

  /** Whether a cell has no visible characters: it is empty or white space. */
  #isBlank(start: number, stop: number): boolean {
    const { bytes } = this;
    const isQuoted = bytes[start] === quote;
    const first = bytes[isQuoted ? start + 1 : start] as number;
    // Nearly always the case.
    if (first > space && first < 0x7f && first !== quote) return false;
    return blank.test(bytes.toString('utf8', isQuoted ? start + 1 : start, isQuoted ? stop - 1 : stop));
  }

  #isPadded(start: number, stop: number): boolean {
    const { bytes } = this;
    const inset = bytes[start] === quote ? 1 : 0;
    const [first, last] = [bytes[start + inset] as number, bytes[stop - inset - 1] as number];
    // Nearly always the case.
    if (first > space && first < 0x7f && last > space && last < 0x7f) return false;
    return padded.test(bytes.toString('utf8', start + inset, stop - inset));
  }

  /**
   * A value that the source did not read must not overwrite Gainsight's.
   * @returns the columns with such values, if their rows go in files without these columns
   */
  #checkUnread(): ReadonlySet<number> | undefined {
    const { columns, keyColumns, unreadableValues } = this.#plan;
    const unread = new Set<number>();
    for (const column of columns.keys()) {
      const isKey = keyColumns.includes(column);
      if (unreadableValues === 'send' && !isKey) continue;
      const reason = unreadReason(this.#cellText(column), this.#shape.separator);
      if (reason === undefined) continue;
      if (unreadableValues === 'separate_file' && keyColumns.length > 0 && !isKey) unread.add(column);
      else this.#fail(column, reason);
    }
    return unread.size > 0 ? unread : undefined;
  }

  /** Replaces their cells by a mark, which is no longer than any of them. */
  #markUnread(unread: ReadonlySet<number>): void {
    const { bytes } = this;
    const { numbers } = this.#kernel;
    const { cellStart } = this.#shape.written;
    let end = 0;
    for (const column of this.#plan.columns.keys()) {
      const [start, stop] = [this.cellStart(column), this.cellStop(column)];
      numbers[cellStart + column] = end;
      if (unread.has(column)) bytes[end] = unreadMark;
      const from = unread.has(column) ? stop - 1 : start;
      const to = unread.has(column) ? end + 1 : end;
      bytes.copyWithin(to, from, stop);
      end = to + stop - from;
    }
    const { length } = this.#plan.columns;
    const types = this.cellStart(length);
    numbers[cellStart + length] = end;
    if (this.#plan.route !== undefined) {
      for (const column of unread) bytes[types + column] = typeUnread;
      end += bytes.copy(bytes, end, types, this.length);
    }
    this.length = end;
  }

  #cellText(column: number): string {
    const cell = this.bytes.toString('utf8', this.cellStart(column), this.cellStop(column) - 1);
    return cell.startsWith('"') ? cell.slice(1, -1).replaceAll('""', '"') : cell;
  }

  #versionOf({ kind }: CursorColumn): Uint32Array {
    const version = versionOf(this.#finder.cursorText, kind);
    if (version === undefined) this.#onUnreadableCursor?.(this.#plan);
    return version ?? noVersion;
  }

  /** Valid until the next row. */
  #digestKeys(): Buffer {
    this.#withRoom(() => this.#kernel.run.digestKeys(this.place));
    return this.#kernel.digest;
  }
}
