/** A record -> a CSV row, or the reason why there is none. How single values are encoded: `values.ts`. */

import { hash } from 'node:crypto';
import { equalBytes } from '../airbyte/json_cursor.ts';
import type { FieldChange } from '../airbyte/messages.ts';
import type { Values } from '../config/types.ts';
import { ConnectorError } from '../errors.ts';
import { type CursorColumn, type Plan, type ScannedRecord, unreadMark } from '../model.ts';
import { ChangedColumns } from './changed_columns.ts';
import { ColumnFinder } from './column_finder.ts';
import { headerLine, textNeedsQuotes } from './csv.ts';
import { type Kernel, rowFull } from './kernel/kernel.ts';
import { noVersion, versionOf } from './row_version.ts';
import { unreadReason } from './unread.ts';
import { faults, type KernelPlan, writePlan } from './value_formats.ts';

/** Why a row is not sent. Holds no value of the row. */
export interface RowFault {
  /** The Gainsight field; absent where the row as a whole is meant. */
  readonly field?: string;
  readonly reason: string;
}

/** What a {@link RowEncoder} works with, and what it tells. */
export interface RowEncoderOptions {
  /** Whose latest record is encoded. Encoders share it: a row is valid until the next is encoded. */
  readonly kernel: Kernel;
  /** A record has a column that no column of the plan reads; told of the first 1,000 names, and once a name unless it is very long. */
  onUnknownColumn(name: string): void;
  /** A record has a cursor that is neither null nor what the schema says of it. */
  onUnreadableCursor?(): void;
  /** Of each column of the plan, takes 1 as soon as a record has it, though it be null. */
  readonly seen?: Uint8Array | undefined;
}

const [space, quote] = [0x20, 0x22];
/** White space, and characters that nobody sees, such as the zero width space. */
const blank = /^[\s\p{Z}\p{Cf}]*$/u;
const nothing = Buffer.alloc(0);
const noFields: readonly string[] = [];

/** Encodes the records of one plan. Each row depends on its record alone. */
export class RowEncoder {
  /** The CSV header, with its line feed. */
  readonly header: Buffer;
  /** Of a `row` of a plan with key fields: 128 bits that two rows share only if their key cells are the same; valid until the next row. */
  keyDigest: Buffer = nothing;
  /** Of a `row` of a plan with `latestBy`: four numbers by which rows of one key are ordered; valid until the next row. */
  version: Uint32Array | undefined;
  /** A key field has no value. */
  lacksKey = false;
  /** Of a `reject`: why; the first of several reasons. */
  fault: RowFault | undefined;
  /** The record is a deleted row of a change feed, whether or not that column is sent. */
  isDeleted = false;
  /** Fields whose values the source says it cut short. */
  truncated: readonly string[] = noFields;

  /** The row's bytes, its line feed included. 0: it is a `reject` that is longer than any file. */
  length = 0;

  readonly #plan: Plan;
  readonly #kernel: Kernel;
  readonly #kernelPlan: KernelPlan;
  readonly #finder: ColumnFinder;
  readonly #onUnreadableCursor: () => void;
  /** Made with the first change: there may be thousands of streams, and few have any. */
  #changedColumns: ChangedColumns | undefined;
  readonly #null: Buffer;
  readonly #separator: string;
  readonly #digest = Buffer.alloc(16);

  /** @throws config_invalid if `null_text` would have to be quoted */
  constructor(plan: Plan, values: Values, options: RowEncoderOptions) {
    if (values.null_text !== '' && textNeedsQuotes(values.null_text)) {
      const detail = '"Null Text" holds a comma, a quote, a line break or a space at an end';
      throw new ConnectorError('config_invalid', { detail });
    }
    const { kernel } = options;
    this.#plan = plan;
    this.#kernel = kernel;
    this.#null = Buffer.from(values.null_text);
    this.#kernelPlan = writePlan(kernel, plan, values);
    this.#separator = values.list_separator;
    const { fields } = this.#kernelPlan;
    this.#onUnreadableCursor = () => options.onUnreadableCursor?.();
    this.#finder = new ColumnFinder({
      ...{ kernel, columns: plan.columns, fields, seen: options.seen, cursor: plan.latestBy?.path },
      onUnknownColumn: (name) => options.onUnknownColumn(name),
    });
    this.header = headerLine(plan.columns.map(({ field }) => field));
  }

  /** The row is the first {@link length} of these bytes, valid until the next row. */
  get bytes(): Buffer {
    return this.#kernel.row;
  }

  /** Encodes one record. A rejected row is whole all the same: what cannot be encoded stands there as it came. */
  encode(record: ScannedRecord): 'row' | 'reject' {
    this.#reset();
    this.#finder.select(record);
    this.isDeleted = this.#finder.isDeleted;
    if (record.changes.length > 0) this.#applyChanges(record.changes);
    const { tooLong } = this.#finder;
    if (tooLong !== undefined) this.#fail(tooLong, 'the value inside of a text of JSON is longer than a megabyte');
    this.length = this.#encode();
    return this.#judge();
  }

  /** Where the kernel has the plan; undefined: records of the latest one's shape need more than the kernel does. */
  get usualPlan(): number | undefined {
    return this.#finder.isPlain ? this.#kernelPlan.place : undefined;
  }

  /** Takes a row of so many bytes that the kernel has encoded of a record of the latest one's shape, without changes. */
  accept(length: number): 'row' | 'reject' {
    this.#reset();
    this.isDeleted = this.#finder.isDeleted;
    this.length = length;
    return this.#judge();
  }

  #reset(): void {
    this.fault = undefined;
    this.truncated = noFields;
    this.keyDigest = nothing;
    this.lacksKey = false;
  }

  #judge(): 'row' | 'reject' {
    const { fault } = this.#kernel;
    if (fault[0] !== 0) this.#fail(fault[1] as number, faults[fault[0] as number] as string);
    const unread = fault[2] === 0 ? undefined : this.#checkUnread();
    if (this.length === 1) this.fault ??= { reason: 'no column has a value, and an empty line is no row' };
    if (this.#plan.keyColumns.length > 0 && this.length > 0) this.#checkKeys();
    if (this.fault !== undefined) return 'reject';
    if (unread !== undefined) this.#markUnread(unread);
    if (this.#plan.keyColumns.length > 0) this.findKey();
    return 'row';
  }

  /** Sets key and version of a record of which nothing else matters. @returns false: there is no key */
  findKey(): boolean {
    if (this.#plan.keyColumns.length === 0 || this.length === 0 || this.lacksKey) return false;
    this.keyDigest = this.#digestKeys();
    if (this.#plan.latestBy !== undefined) this.version = this.#versionOf(this.#plan.latestBy);
    return true;
  }

  #encode(): number {
    for (;;) {
      try {
        return this.#kernel.run.encode(this.#kernelPlan.place);
      } catch (error) {
        if (error !== rowFull) throw error;
        if (this.#kernel.growRow()) continue;
        this.fault ??= { reason: 'the row alone is larger than a file may be' };
        return 0;
      }
    }
  }

  #fail(column: number, reason: string): void {
    this.fault ??= { field: this.#plan.columns[column]?.field as string, reason };
  }

  /** What the source could not read must not blank what Gainsight holds, and a key cut short finds another row. */
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

  /** Gainsight matches rows by their keys, so a row without one would only cost a call. */
  #checkKeys(): void {
    for (const column of this.#plan.keyColumns) {
      const start = this.#cellStart(column);
      const stop = this.#cellStop(column) - 1;
      if (!equalBytes(this.bytes, start, stop, this.#null) && !this.#isBlank(start, stop)) continue;
      this.lacksKey = true;
      this.#fail(column, 'the key field has no value');
    }
  }

  /** Whether a cell has nothing that can be seen: it is empty, or of white space alone. */
  #isBlank(start: number, stop: number): boolean {
    const { bytes } = this;
    const isQuoted = bytes[start] === quote;
    const first = bytes[isQuoted ? start + 1 : start] as number;
    // Nearly always.
    if (first > space && first < 0x7f && first !== quote) return false;
    return blank.test(bytes.toString('utf8', isQuoted ? start + 1 : start, isQuoted ? stop - 1 : stop));
  }

  /**
   * A value that the source did not read must not overwrite the one that Gainsight holds.
   * @returns the columns with such values, where their rows go in files without these columns
   */
  #checkUnread(): ReadonlySet<number> | undefined {
    const { columns, keyColumns, unreadableValues } = this.#plan;
    const unread = new Set<number>();
    for (const column of columns.keys()) {
      const isKey = keyColumns.includes(column);
      if (unreadableValues === 'send' && !isKey) continue;
      const reason = unreadReason(this.#cellText(column), this.#separator);
      if (reason === undefined) continue;
      if (unreadableValues === 'separate_file' && keyColumns.length > 0 && !isKey) unread.add(column);
      else this.#fail(column, reason);
    }
    return unread.size > 0 ? unread : undefined;
  }

  /** In place of their cells there is a mark, which is no longer than any of them. */
  #markUnread(unread: ReadonlySet<number>): void {
    const { bytes } = this;
    const { numbers } = this.#kernel;
    const { cellStart } = this.#kernelPlan;
    let end = 0;
    for (const column of this.#plan.columns.keys()) {
      const [start, stop] = [this.#cellStart(column), this.#cellStop(column)];
      numbers[cellStart + column] = end;
      if (unread.has(column)) bytes[end] = unreadMark;
      const from = unread.has(column) ? stop - 1 : start;
      const to = unread.has(column) ? end + 1 : end;
      bytes.copyWithin(to, from, stop);
      end = to + stop - from;
    }
    numbers[cellStart + this.#plan.columns.length] = end;
    this.length = end;
  }

  #cellText(column: number): string {
    const cell = this.bytes.toString('utf8', this.#cellStart(column), this.#cellStop(column) - 1);
    return cell.startsWith('"') ? cell.slice(1, -1).replaceAll('""', '"') : cell;
  }

  #versionOf({ kind }: CursorColumn): Uint32Array {
    const version = versionOf(this.#finder.cursorText, kind);
    if (version === undefined) this.#onUnreadableCursor();
    return version ?? noVersion;
  }

  /**
   * Short keys are their own digest, with their length behind them; longer ones are hashed. The quoting keeps the cells
   * of a key apart, and the highest bit of the last byte the two kinds.
   */
  #digestKeys(): Buffer {
    const digest = this.#digest;
    let length = 0;
    for (const column of this.#plan.keyColumns) length += this.#cellStop(column) - this.#cellStart(column);
    if (length < digest.length) {
      this.#copyKeys(digest);
      for (let i = length; i < 15; i++) digest[i] = 0;
      digest[15] = 0x80 | length;
    } else {
      const keys = Buffer.allocUnsafe(length);
      this.#copyKeys(keys);
      // By way of a string, which takes a fifth of the time that a buffer of the answer does.
      digest.write(hash('sha256', keys, 'binary'), 'latin1');
      digest[15] = (digest[15] as number) & 0x7f;
    }
    return digest;
  }

  /** Copies the key cells, each with the separator behind it. */
  #copyKeys(target: Buffer): void {
    const { bytes } = this;
    let length = 0;
    for (const column of this.#plan.keyColumns) {
      const stop = this.#cellStop(column);
      for (let i = this.#cellStart(column); i < stop; i++) target[length++] = bytes[i] as number;
    }
  }

  #cellStart(column: number): number {
    return this.#kernel.numbers[this.#kernelPlan.cellStart + column] as number;
  }

  /** Behind the separator of a cell. */
  #cellStop(column: number): number {
    return this.#cellStart(column + 1);
  }
}
