/** Parses the bytes of a RECORD line: its stream, and the position of each field's JSON text. */

import { isUtf8 } from 'node:buffer';
import { decodeText, equalBytes, keyIs } from '../airbyte/json_cursor.ts';
import { type FieldChange, noChanges, readChanges } from '../airbyte/messages.ts';
import type { StreamDescriptor } from '../airbyte/protocol.ts';
import type { ScannedRecord } from '../model.ts';
import { fieldsFull, Kernel, notJson } from './kernel/kernel.ts';
import { foundMembers, hasEscape } from './kernel/positions.ts';
import { Names } from './name_table.ts';

const [quote, openBrace, letterN] = [0x22, 0x7b, 0x6e];
const [typeKey, recordKey, streamKey] = [Buffer.from('type'), Buffer.from('record'), Buffer.from('stream')];
const [namespaceKey, dataKey, metaKey] = [Buffer.from('namespace'), Buffer.from('data'), Buffer.from('meta')];

/** A usable RECORD; a valid line of another type; or neither, with the scanner's `problem` set. */
export type LineKind = 'record' | 'other' | 'broken';

/**
 * Parses RECORD lines in one pass over their bytes; the {@link ScannedRecord} is the scanner itself. Keys may come in
 * any order; of repeated ones the last wins, as in JSON.parse. Every line of any type is checked completely for valid
 * JSON and UTF-8, so an `other` line can be passed to JSON.parse.
 */
export class RecordScanner implements ScannedRecord {
  stream = '';
  namespace: string | undefined;
  changes: readonly FieldChange[] = noChanges;
  fieldCount = 0;
  /** What is wrong with a `broken` line, without any of its content. */
  problem = '';
  /** The stream of a `broken` line that is a RECORD, if it was read before the fault. */
  brokenStream: string | undefined;
  /** Where the latest line starts, and where its line feed is. */
  lineStart = 0;
  lineEnd = 0;
  /** Where a value after `data` starts that nothing depends on, such as that of `emitted_at`; 0: there is none. */
  freeValue = 0;
  readonly kernel: Kernel;
  readonly utf8 = new Utf8Check();
  readonly #names = new Names();
  /** The last `type` of the message is RECORD; undefined before one came. */
  #isRecord: boolean | undefined;
  /** The last `record` is an object. */
  #hasRecord = false;
  /** Undefined: absent, or not a string. */
  #stream: string | undefined;
  /** The stream was named before the fields. */
  #isNamed = false;
  #namespace: string | undefined;
  /** The last `namespace` is neither a string nor null. */
  #namespaceIsWrong = false;
  #hasData = false;
  /** Where the last `meta` starts; -1: absent. */
  #meta = -1;

  /** @param kernel the kernel in whose memory the lines are, or are copied to */
  constructor(kernel: Kernel = new Kernel()) {
    this.kernel = kernel;
  }

  /**
   * Scans the line `[start, stop)`, which contains no line feed and is followed by one. Results are valid until the
   * next call. Bytes already scanned must not change as long as lines of the same Buffer object come.
   * @param buffer a view from the kernel's first byte; a line in any other buffer is copied into the kernel's memory
   */
  scan(buffer: Buffer, start: number, stop: number): LineKind {
    const { kernel } = this;
    const { length } = buffer;
    if (!kernel.holds(buffer)) {
      const end = kernel.putLine(buffer, start, stop);
      return this.scan(kernel.bytes.subarray(0, end + 1), kernel.inputAt, end);
    }
    kernel.run.open(stop);
    this.lineStart = start;
    this.lineEnd = stop;
    try {
      const end = this.#message(start);
      if (end < stop && kernel.run.space(end) < stop) throw notJson;
    } catch (error) {
      if (error === notJson) return this.#broken('it is not valid JSON');
      if (error !== fieldsFull) throw error;
      kernel.growFields();
      return this.scan(kernel.bytes.subarray(0, length), start, stop);
    }
    if (!this.utf8.holds(buffer, start, stop)) return this.#broken('it is not valid UTF-8');
    return this.#isRecord ? this.#record() : 'other';
  }

  /**
   * Reads the beginning of a line that is too long to be held: whether it is a RECORD, and its stream if it is named
   * early enough. Its namespace may come too late.
   */
  scanHead(buffer: Buffer, start: number, stop: number): { isRecord: boolean; stream: StreamDescriptor | undefined } {
    this.scan(buffer, start, stop);
    if (!(this.#isRecord ?? this.#hasRecord)) return { isRecord: false, stream: undefined };
    const stream = this.#stream;
    return { isRecord: true, stream: stream === undefined ? undefined : { name: stream, namespace: this.#namespace } };
  }

  #broken(problem: string): 'broken' {
    this.problem = problem;
    // The stream may be named before or after the fields.
    this.brokenStream = this.#hasData || this.#isNamed ? this.#stream : undefined;
    return 'broken';
  }

  #record(): LineKind {
    const stream = this.#stream;
    if (!this.#hasRecord) return this.#broken('it is a RECORD without an object "record"');
    if (stream === undefined) return this.#broken('it is a RECORD without a stream');
    if (this.#namespaceIsWrong) return this.#broken('it is a RECORD whose namespace is not text');
    if (!this.#hasData) return this.#broken('it is a RECORD without an object "data"');
    this.stream = stream;
    this.namespace = this.#namespace;
    this.changes = this.#meta < 0 ? noChanges : readChanges(this.kernel.bytes, this.#meta);
    return 'record';
  }

  /** message = { …, "type": "RECORD", …, "record": record, … } */
  #message(start: number): number {
    const { kernel } = this;
    this.#isRecord = undefined;
    this.#forgetRecord(false);
    const i = kernel.run.space(start);
    return kernel.bytes[i] === openBrace ? this.#messageMembers(i + 1) : kernel.run.value(i);
  }

  #messageMembers(start: number): number {
    const { run } = this.kernel;
    for (let value = run.member(start, true); value !== 0; ) {
      let end: number;
      if (this.#keyIs(recordKey)) {
        end = this.#recordValue(value);
      } else {
        const isType = this.#keyIs(typeKey);
        end = run.value(value);
        if (isType) this.#isRecord = this.#text(value, end) === 'RECORD';
      }
      value = run.member(end, false);
    }
    return run.objectEnd();
  }

  #recordValue(start: number): number {
    const isObject = this.kernel.bytes[start] === openBrace;
    this.#forgetRecord(isObject);
    return isObject ? this.#recordMembers(start + 1) : this.kernel.run.value(start);
  }

  #forgetRecord(hasRecord: boolean): void {
    this.#hasRecord = hasRecord;
    this.#stream = this.#namespace = undefined;
    this.#namespaceIsWrong = false;
    this.#meta = -1;
    this.#isNamed = this.#hasData = false;
  }

  /** record = { …, "stream": string, …, "namespace": string / null, …, "data": fields, …, "meta": value, … } */
  #recordMembers(start: number): number {
    const { run } = this.kernel;
    for (let value = run.member(start, true); value !== 0; ) {
      const end = this.#recordMember(value);
      value = run.member(end, false);
    }
    return run.objectEnd();
  }

  /** Reads the member whose value is at `start`, and returns the position after it. */
  #recordMember(start: number): number {
    const { bytes, run } = this.kernel;
    if (this.#keyIs(dataKey)) return this.#data(start);
    const isStream = this.#keyIs(streamKey);
    const isNamespace = !isStream && this.#keyIs(namespaceKey);
    if (this.#keyIs(metaKey)) this.#meta = start;
    else if (!isStream && !isNamespace && this.#hasData) this.freeValue ||= start;
    const end = run.value(start);
    if (isStream) {
      this.#stream = this.#text(start, end);
      this.#isNamed = this.#stream !== undefined && (run.traits() & hasEscape) === 0;
    } else if (isNamespace) {
      this.#namespace = this.#text(start, end);
      this.#namespaceIsWrong = this.#namespace === undefined && bytes[start] !== letterN;
    }
    return end;
  }

  #data(start: number): number {
    const { kernel } = this;
    this.#hasData = kernel.bytes[start] === openBrace;
    if (!this.#hasData) return kernel.run.value(start);
    this.freeValue = 0;
    const end = kernel.run.fields(start);
    this.fieldCount = kernel.found[foundMembers] as number;
    return end;
  }

  #keyIs(name: Buffer): boolean {
    const { bytes, run } = this.kernel;
    const isName = run.keyEscaped() === 0 ? equalBytes : keyIs;
    return isName(bytes, run.keyStart(), run.keyEnd(), name);
  }

  /** The text of the value read last, if it is a string. */
  #text(start: number, end: number): string | undefined {
    const { bytes } = this.kernel;
    if (bytes[start] !== quote) return undefined;
    const isEscaped = (this.kernel.run.traits() & hasEscape) !== 0;
    return isEscaped ? decodeText(bytes, start + 1, end - 1) : this.#names.text(bytes, start + 1, end - 1);
  }
}

const lineFeed = 0x0a;

/** Remembers which part of the latest buffer was checked. */
export class Utf8Check {
  #buffer: Buffer | undefined;
  #start = 0;
  #stop = 0;

  /**
   * Whether `[start, stop)`, one or more lines that a line feed follows, is valid UTF-8. Bytes once checked must not
   * change in the same Buffer object.
   */
  holds(buffer: Buffer, start: number, stop: number): boolean {
    if (buffer === this.#buffer && start >= this.#start && stop <= this.#stop) return true;
    // Checks all complete lines of the buffer together: nearly always they are valid.
    const end = buffer.lastIndexOf(lineFeed);
    if (!isUtf8(buffer.subarray(start, end))) return isUtf8(buffer.subarray(start, stop));
    this.#buffer = buffer;
    this.#start = start;
    this.#stop = end;
    return true;
  }
}
