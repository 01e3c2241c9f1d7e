/** A RECORD line's bytes -> which stream, and where each field's JSON text lies. */
import type { FieldChange, ScannedRecord, StreamName } from '../model.ts';
import { decodeText, NameTable, withLineFeed } from './bytes.ts';
import { noChanges, readChanges } from './changes.ts';
import { FieldScanner } from './fields.ts';
import { LineHeads } from './heads.ts';
import { hasEscape, notJson } from './json.ts';
import { Progress } from './progress.ts';
import { KeyShape } from './shape.ts';
import { Utf8Check } from './utf8.ts';

const [lineFeed, quote, openBrace] = [0x0a, 0x22, 0x7b];
const [typeKey, recordKey] = [Buffer.from('type'), Buffer.from('record')];
const [streamKey, namespaceKey] = [Buffer.from('stream'), Buffer.from('namespace')];
const [dataKey, metaKey] = [Buffer.from('data'), Buffer.from('meta')];

/** Bounds on what is remembered from line to line, against input with endless names. */
const [maxNames, maxNameBytes, maxShapeBytes] = [4096, 256, 1 << 24];

/** A RECORD that can be used; a valid line of another type; or neither, with the scanner's `problem` set. */
export type LineKind = 'record' | 'other' | 'broken';

/**
 * Takes RECORD lines apart in one pass over their bytes; the {@link ScannedRecord} is the scanner itself.
 *
 * Keys may come in any order; of repeated ones the last wins, as in JSON.parse. Every line, also of another type, is
 * checked to be valid JSON and UTF-8 as a whole, so an `other` line can go to JSON.parse.
 */
export class RecordScanner extends FieldScanner implements ScannedRecord {
  stream = '';
  namespace: string | undefined;
  changes: readonly FieldChange[] = noChanges;
  /** What is wrong with a `broken` line, with none of its content. */
  problem = '';

  readonly #names = new NameTable();
  readonly #shapes = new Map<string, KeyShape>();
  #shapeBytes = 0;
  readonly #sharedShape = new KeyShape();
  readonly #progress = new Progress(this.#sharedShape);
  readonly #heads = new LineHeads(this.#sharedShape);
  /** What led to the first member behind `data`, where it was none that means something. */
  readonly #tail = new KeyShape();
  #lineStart = 0;
  /** Where the stream's name lies, inside its quotes; -1: nowhere, or with escapes. */
  #nameStart = -1;
  #nameEnd = -1;
  /** Where this line's `data` ended; -1: not yet. */
  #dataEnd = -1;
  #hasData = false;
  readonly #utf8 = new Utf8Check();

  /**
   * Scans the line `[start, stop)`; what it finds is valid until the next call. Bytes that it has seen must not change
   * as long as lines of the same Buffer object come.
   */
  scan(buffer: Buffer, start: number, stop: number): LineKind {
    // The scan ends at a line feed. Only the input's last line may lack it.
    if (buffer[stop] !== lineFeed) return this.scan(withLineFeed(buffer, start, stop), start, stop);
    const { json } = this;
    json.open(buffer, stop);
    this.buffer = buffer;
    this.#lineStart = start;
    this.#hasData = false;
    this.#nameStart = this.#dataEnd = -1;
    try {
      const end = this.#message(start);
      if (json.space(end) < stop) throw notJson;
    } catch (error) {
      if (error !== notJson) throw error;
      return this.#broken('it is not valid JSON');
    }
    if (json.beyondAscii !== 0 && !this.#utf8.holds(buffer, start, stop)) return this.#broken('it is not valid UTF-8');
    return this.#progress.isRecord ? this.#record() : 'other';
  }

  /**
   * What can be told from the first bytes of a line that is too long to be held: the stream of a RECORD, or undefined
   * if it is none or does not name its stream so early. Its namespace may come too late to be seen.
   */
  scanHead(buffer: Buffer, start: number, stop: number): { isRecord: boolean; stream: StreamName | undefined } {
    this.scan(buffer, start, stop);
    const { isRecord, hasRecord, stream, namespace } = this.#progress;
    if (!(isRecord ?? hasRecord)) return { isRecord: false, stream: undefined };
    return { isRecord: true, stream: stream === undefined ? undefined : { name: stream, namespace } };
  }

  #broken(problem: string): 'broken' {
    this.problem = problem;
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
    this.changes = metaOffset < 0 ? noChanges : readChanges(this.json, this.#lineStart + metaOffset);
    return 'record';
  }

  /** message = { …, "type": "RECORD", …, "record": record, … } */
  #message(start: number): number {
    const head = this.#heads.find(this.buffer, this.json.words, start, this.json.stop);
    if (head !== undefined) {
      this.#progress.copyFrom(head.progress);
      this.json.beyondAscii |= head.beyondAscii;
      this.#hasData = true;
      const dataEnd = this.#expectedFields(start + head.length - 1);
      return this.#messageMembers(this.#recordMembers(this.#expectedMember(dataEnd), false), false);
    }
    this.#progress.isRecord = undefined;
    this.#forgetRecord(false);
    const i = this.json.space(start);
    return this.buffer[i] === openBrace ? this.#messageMembers(i + 1, true) : this.json.value(i);
  }

  /** Passes over the member behind `data` if it is the one that meant nothing before, most often `emitted_at`. */
  #expectedMember(start: number): number {
    const { json } = this;
    const value = this.#tail.match(0, json.words, start, json.stop);
    if (value < 0) return start;
    json.beyondAscii |= this.#tail.beyondAscii;
    return json.value(value);
  }

  #messageMembers(start: number, first: boolean): number {
    const { json } = this;
    let end = start;
    for (let value = json.member(end, first); value >= 0; value = json.member(end, false)) {
      if (json.keyIs(recordKey)) {
        end = this.#recordValue(value);
      } else if (json.keyIs(typeKey)) {
        end = json.value(value);
        this.#progress.isRecord = this.#text(value, end) === 'RECORD';
      } else {
        end = json.value(value);
      }
    }
    return json.objectEnd;
  }

  #recordValue(start: number): number {
    const isObject = this.buffer[start] === openBrace;
    this.#forgetRecord(isObject);
    return isObject ? this.#recordMembers(start + 1, true) : this.json.value(start);
  }

  #forgetRecord(hasRecord: boolean): void {
    const progress = this.#progress;
    progress.hasRecord = hasRecord;
    progress.stream = progress.namespace = undefined;
    progress.namespaceIsWrong = false;
    progress.shape = this.#sharedShape;
    progress.metaOffset = -1;
    this.#nameStart = -1;
    this.#hasData = false;
  }

  /** record = { …, "stream": string, …, "namespace": string / null, …, "data": fields, …, "meta": value, … } */
  #recordMembers(start: number, first: boolean): number {
    const { json } = this;
    const progress = this.#progress;
    let end = start;
    for (let value = json.member(end, first); value >= 0; value = json.member(end, false)) {
      if (json.keyIs(dataKey)) {
        end = this.#data(value);
      } else if (json.keyIs(streamKey)) {
        end = json.value(value);
        progress.stream = this.#text(value, end);
        this.#nameStart = progress.stream === undefined || (json.traits & hasEscape) !== 0 ? -1 : value + 1;
        this.#nameEnd = end - 1;
        progress.shape = this.#shapeOf(progress.stream);
      } else if (json.keyIs(namespaceKey)) {
        end = json.value(value);
        progress.namespace = this.#text(value, end);
        progress.namespaceIsWrong = progress.namespace === undefined && this.buffer[value] !== 0x6e;
      } else {
        if (json.keyIs(metaKey)) progress.metaOffset = value - this.#lineStart;
        else if (end === this.#dataEnd) this.#tail.learnOne(this.buffer, end, value);
        end = json.value(value);
      }
    }
    return json.objectEnd;
  }

  #data(start: number): number {
    this.#hasData = this.buffer[start] === openBrace;
    if (!this.#hasData) return this.json.value(start);
    this.#learnHead(start + 1);
    return this.#expectedFields(start);
  }

  #expectedFields(start: number): number {
    const { shape } = this.#progress;
    const end = this.fields(start, shape);
    this.#dataEnd = end;
    if (shape.isWorthLearning(this.isExpected)) this.#learnShape(shape);
    return end;
  }

  #learnShape(shape: KeyShape): void {
    this.#shapeBytes += shape.learn(this);
    this.shape = shape.isWhole ? shape.id : 0;
    if (this.#shapeBytes < maxShapeBytes) return;
    this.#shapes.clear();
    this.#heads.clear();
    this.#shapeBytes = 0;
  }

  #shapeOf(stream: string | undefined): KeyShape {
    if (stream === undefined || stream.length > maxNameBytes) return this.#sharedShape;
    let shape = this.#shapes.get(stream);
    if (shape === undefined) {
      if (this.#shapes.size === maxNames) return this.#sharedShape;
      shape = new KeyShape();
      this.#shapes.set(stream, shape);
    }
    return shape;
  }

  #learnHead(stop: number): void {
    const head = this.#heads.learn(this.buffer, this.#lineStart, stop, this.#nameStart, this.#nameEnd);
    if (head === undefined) return;
    head.beyondAscii = this.json.beyondAscii;
    head.progress.copyFrom(this.#progress);
  }

  /** The text of the value read last, if it is a string. Names are few and come often: each is made a string once. */
  #text(start: number, end: number): string | undefined {
    const { buffer } = this;
    if (buffer[start] !== quote) return undefined;
    if ((this.json.traits & hasEscape) !== 0) return decodeText(buffer, start + 1, end - 1);
    const number = this.#names.find(buffer, start + 1, end - 1);
    if (number >= 0) return this.#names.names[number];
    const text = buffer.toString('utf8', start + 1, end - 1);
    if (end - start <= maxNameBytes && this.#names.names.length < maxNames) this.#names.add(text);
    return text;
  }
}
