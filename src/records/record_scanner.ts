/** Parses the bytes of a RECORD line: its stream, and the position of each field's JSON text. */

import { isUtf8 } from 'node:buffer';
import { decodeText, equalBytes, keyIs } from '../airbyte/json_cursor.ts';
import { type FieldChange, noChanges, readChanges } from '../airbyte/messages.ts';
import type { StreamDescriptor } from '../airbyte/protocol.ts';
import type { ScannedRecord } from '../model.ts';
import { type LineHead, LineHeads } from './heads.ts';
import { fieldsFull, Kernel, notJson } from './kernel/kernel.ts';
import { foundCount, foundIsExpected, foundIsWholeLine, foundShape, hasEscape } from './kernel/positions.ts';
import { Names } from './name_table.ts';
import { Progress } from './progress.ts';
import { type KeyShape, KeyShapes } from './shape.ts';

const [quote, openBrace] = [0x22, 0x7b];
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
  shape = 0;
  /** What is wrong with a `broken` line, without any of its content. */
  problem = '';
  /** The stream of a `broken` line that is a RECORD, if it was read before the fault. */
  brokenStream: string | undefined;
  /** The bytes before the fields, if they and the bytes after the fields were as expected. */
  wholeHead: LineHead | undefined;
  readonly kernel: Kernel;
  readonly utf8 = new Utf8Check();
  readonly #names = new Names();
  readonly #shapes = new KeyShapes();
  readonly #progress = new Progress(this.#shapes.shared);
  readonly #heads = new LineHeads(this.#shapes.shared);
  #lineStart = 0;
  #lineEnd = 0;
  /** Position of the stream's name, inside its quotes; -1: none, or with escapes. */
  #nameStart = -1;
  #nameEnd = -1;
  /** Where this line's `data` ended; -1: not yet. */
  #dataEnd = -1;
  #hasData = false;

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
    this.#lineStart = start;
    this.#lineEnd = stop;
    this.#hasData = false;
    this.wholeHead = undefined;
    this.#nameStart = this.#dataEnd = -1;
    try {
      const end = this.#message(start);
      if (end < stop && kernel.run.space(end) < stop) throw notJson;
    } catch (error) {
      if (error === notJson) return this.#broken('it is not valid JSON');
      if (error !== fieldsFull) throw error;
      kernel.growFields();
      return this.scan(kernel.bytes.subarray(0, length), start, stop);
    }
    if (kernel.run.beyondAscii() !== 0 && !this.utf8.holds(buffer, start, stop))
      return this.#broken('it is not valid UTF-8');
    return this.#progress.isRecord ? this.#record() : 'other';
  }

  /**
   * Reads the beginning of a line that is too long to be held: whether it is a RECORD, and its stream if it is named
   * early enough. Its namespace may come too late.
   */
  scanHead(buffer: Buffer, start: number, stop: number): { isRecord: boolean; stream: StreamDescriptor | undefined } {
    this.scan(buffer, start, stop);
    const { isRecord, hasRecord, stream, namespace } = this.#progress;
    if (!(isRecord ?? hasRecord)) return { isRecord: false, stream: undefined };
    return { isRecord: true, stream: stream === undefined ? undefined : { name: stream, namespace } };
  }

  locateKeys(): void {
    this.kernel.run.locateKeys();
  }

  #broken(problem: string): 'broken' {
    this.problem = problem;
    // The stream may be named before or after the fields.
    this.brokenStream = this.#hasData || this.#nameStart >= 0 ? this.#progress.stream : undefined;
    return 'broken';
  }

  #record(): LineKind {
    const { hasRecord, stream, namespace, namespaceIsWrong, metaOffset } = this.#progress;
    if (!hasRecord) return this.#broken('it is a RECORD without an object "record"');
    if (stream === undefined) return this.#broken('it is a RECORD without a stream');
    if (namespaceIsWrong) return this.#broken('it is a RECORD whose namespace is not text');
    if (!this.#hasData) return this.#broken('it is a RECORD without an object "data"');
    this.stream = stream;
    this.namespace = namespace;
    this.changes = metaOffset < 0 ? noChanges : readChanges(this.kernel.bytes, this.#lineStart + metaOffset);
    return 'record';
  }

  /** message = { …, "type": "RECORD", …, "record": record, … } */
  #message(start: number): number {
    const { kernel } = this;
    const head = this.#heads.find(kernel.bytes, kernel.words, start, this.#lineEnd);
    if (head !== undefined) {
      this.#progress.copyFrom(head.progress);
      kernel.run.pass(head.beyondAscii);
      this.#hasData = true;
      const dataEnd = this.#expectedFields(start + head.length - 1);
      if (kernel.found[foundIsWholeLine] !== 1) return this.#messageMembers(this.#recordMembers(dataEnd, false), false);
      this.wholeHead = head;
      return this.#lineEnd;
    }
    this.#progress.isRecord = undefined;
    this.#forgetRecord(false);
    const i = kernel.run.space(start);
    return kernel.bytes[i] === openBrace ? this.#messageMembers(i + 1, true) : kernel.run.value(i);
  }

  #messageMembers(start: number, first: boolean): number {
    const { run } = this.kernel;
    let end = start;
    for (let value = run.member(end, first); value !== 0; value = run.member(end, false)) {
      if (this.#keyIs(recordKey)) {
        end = this.#recordValue(value);
      } else if (this.#keyIs(typeKey)) {
        end = run.value(value);
        this.#progress.isRecord = this.#text(value, end) === 'RECORD';
      } else {
        end = run.value(value);
      }
    }
    return run.objectEnd();
  }

  #recordValue(start: number): number {
    const isObject = this.kernel.bytes[start] === openBrace;
    this.#forgetRecord(isObject);
    return isObject ? this.#recordMembers(start + 1, true) : this.kernel.run.value(start);
  }

  #forgetRecord(hasRecord: boolean): void {
    const progress = this.#progress;
    progress.hasRecord = hasRecord;
    progress.stream = progress.namespace = undefined;
    progress.namespaceIsWrong = false;
    progress.shape = this.#shapes.shared;
    progress.metaOffset = -1;
    this.#nameStart = -1;
    this.#hasData = false;
  }

  /** record = { …, "stream": string, …, "namespace": string / null, …, "data": fields, …, "meta": value, … } */
  #recordMembers(start: number, first: boolean): number {
    const { run } = this.kernel;
    const progress = this.#progress;
    let end = start;
    for (let value = run.member(end, first); value !== 0; value = run.member(end, false)) {
      if (this.#keyIs(dataKey)) {
        end = this.#data(value);
      } else if (this.#keyIs(streamKey)) {
        end = run.value(value);
        progress.stream = this.#text(value, end);
        this.#nameStart = progress.stream === undefined || (run.traits() & hasEscape) !== 0 ? -1 : value + 1;
        this.#nameEnd = end - 1;
        progress.shape = this.#shapes.of(progress.stream);
      } else if (this.#keyIs(namespaceKey)) {
        end = run.value(value);
        progress.namespace = this.#text(value, end);
        progress.namespaceIsWrong = progress.namespace === undefined && this.kernel.bytes[value] !== 0x6e;
      } else {
        if (this.#keyIs(metaKey)) progress.metaOffset = value - this.#lineStart;
        else if (end === this.#dataEnd) run.learnTail(end, value);
        end = run.value(value);
      }
    }
    return run.objectEnd();
  }

  #data(start: number): number {
    this.#hasData = this.kernel.bytes[start] === openBrace;
    if (!this.#hasData) return this.kernel.run.value(start);
    this.#learnHead(start + 1);
    return this.#expectedFields(start);
  }

  #expectedFields(start: number): number {
    const { kernel } = this;
    const { shape } = this.#progress;
    const end = kernel.run.fields(start, shape.place);
    this.fieldCount = kernel.found[foundCount] as number;
    this.shape = kernel.found[foundShape] as number;
    this.#dataEnd = end;
    if (shape.isWorthLearning(kernel.found[foundIsExpected] === 1)) this.#learnShape(shape, start);
    return end;
  }

  #learnShape(shape: KeyShape, start: number): void {
    const { run } = this.kernel;
    run.locateKeys();
    if (shape.learn(this.kernel, start, this.fieldCount)) {
      this.shape = run.wholeId(shape.place);
    } else {
      this.#shapes.forget(this.kernel);
      this.#heads.clear();
    }
  }

  #keyIs(name: Buffer): boolean {
    const { bytes, run } = this.kernel;
    const isName = run.keyEscaped() === 0 ? equalBytes : keyIs;
    return isName(bytes, run.keyStart(), run.keyEnd(), name);
  }

  #learnHead(stop: number): void {
    const head = this.#heads.learn(this.kernel.bytes, this.#lineStart, stop, this.#nameStart, this.#nameEnd);
    head?.store(this.#progress, this.kernel.run.beyondAscii());
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
   * Whether the line `[start, stop)`, which a line feed follows, is valid UTF-8. Bytes once checked must not change in
   * the same Buffer object.
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
