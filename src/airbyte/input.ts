/** The input of `write`: the bytes of standard input, or its messages, without losing a digit. */
import { isUtf8 } from 'node:buffer';
import { JsonCursor } from './json_cursor.ts';
import { type FieldChange, noChanges, readChanges, readMessage } from './messages.ts';
import type { StreamDescriptor } from './protocol.ts';
import { streamKey } from './streams.ts';
import { sharedError } from './traced_error.ts';

/** A message of the source. `text` is its line as it came, `line` the number of that line, from 1. */
export type InputMessage = RecordInput | StateInput | CompleteInput;

/** A record. */
export interface RecordInput {
  readonly type: 'RECORD';
  readonly stream: StreamDescriptor;
  /** The JSON text of the row, digit for digit: JSON.parse would round long numbers. */
  readonly data: Buffer;
  /** Fields that the source or the platform changed: the null of a NULLED one says nothing about its value. */
  readonly changes: readonly FieldChange[];
  readonly text: Buffer;
  readonly line: number;
}

/**
 * A state, to be returned with {@link Output.state} once all records before it are safe; those of one stream in order.
 */
export interface StateInput {
  readonly type: 'STATE';
  readonly scope: 'STREAM' | 'GLOBAL' | 'LEGACY';
  /** Of scope STREAM. */
  readonly stream?: StreamDescriptor | undefined;
  /**
   * Records since the previous state of this scope: of the stream, or of all. Airbyte compares this with its own count.
   */
  readonly records: number;
  readonly text: Buffer;
  readonly line: number;
}

/** The source has sent all of a stream. Not every platform sends this; only the end of the input is certain. */
export interface CompleteInput {
  readonly type: 'COMPLETE';
  readonly stream: StreamDescriptor;
  readonly text: Buffer;
  readonly line: number;
}

const lineFeed = 0x0a;
const messageNames = ['type', 'record'].map((name) => Buffer.from(name));
const recordNames = ['stream', 'namespace', 'data', 'meta'].map((name) => Buffer.from(name));

/** The input of one sync, to be read once: as {@link chunks}, or as {@link messages}. Ends early after a stop. */
export class Input {
  /** The bytes. A chunk is valid until the next one is requested. */
  readonly chunks: AsyncIterable<Buffer>;
  readonly #stop: AbortSignal;

  /** @param stop ends the messages */
  constructor(chunks: AsyncIterable<Buffer>, stop: AbortSignal) {
    this.chunks = chunks;
    this.#stop = stop;
  }

  /**
   * The messages that matter to a destination, in order; others are skipped. Simple rather than fast: each line is held
   * in memory and checked with JSON.parse.
   * @throws {TracedError} `input_broken` for an invalid line, `input_lost` if reading fails
   */
  async *messages(): AsyncGenerator<InputMessage, void, void> {
    const counts = new RecordCounts();
    let line = 0;
    for await (const text of this.#lines()) {
      line += 1;
      const message = isBlank(text) ? undefined : readLine(text, line, counts);
      if (message) yield message;
    }
  }

  /** Without their line feeds; not split by Node, which may treat other characters as line ends. */
  async *#lines(): AsyncGenerator<Buffer, void, void> {
    let pieces: Buffer[] = [];
    for await (const chunk of this.chunks) {
      let start = 0;
      for (let end = chunk.indexOf(lineFeed); end >= 0; end = chunk.indexOf(lineFeed, start)) {
        if (this.#stop.aborted) return;
        yield Buffer.concat([...pieces, chunk.subarray(start, end)]);
        pieces = [];
        start = end + 1;
      }
      if (start < chunk.length) pieces.push(Buffer.from(chunk.subarray(start)));
    }
    // An incomplete line at a stop is dropped.
    if (pieces.length > 0 && !this.#stop.aborted) yield Buffer.concat(pieces);
  }
}

/** Records since the last state, by stream. */
class RecordCounts {
  readonly #byStream = new Map<string, number>();

  add(stream: StreamDescriptor): void {
    const key = streamKey(stream);
    this.#byStream.set(key, (this.#byStream.get(key) ?? 0) + 1);
  }

  /** Returns the count and starts again at 0, for one stream or for all. */
  take(stream: StreamDescriptor | undefined): number {
    const keys = stream ? [streamKey(stream)] : [...this.#byStream.keys()];
    const sum = keys.reduce((total, key) => total + (this.#byStream.get(key) ?? 0), 0);
    for (const key of keys) this.#byStream.delete(key);
    return sum;
  }
}

function isBlank(text: Buffer): boolean {
  return text.every((byte) => byte === 0x20 || byte === 0x0d || byte === 0x09);
}

function readLine(text: Buffer, line: number, counts: RecordCounts): InputMessage | undefined {
  const problem = problemOf(text);
  if (problem !== undefined) throw broken(line, problem);
  const json = new JsonCursor(text);
  const [type, record] = json.find(json.space(0), messageNames);
  if (json.text(type) === 'RECORD') {
    const read = readRecord(json, record);
    if (typeof read === 'string') throw broken(line, read);
    counts.add(read.stream);
    return { type: 'RECORD', ...read, text, line };
  }
  const message = readMessage(text);
  switch (message.kind) {
    case 'state': {
      const { stream, type: scope } = message;
      return { type: 'STATE', scope, stream, records: counts.take(stream), text, line };
    }
    case 'complete':
      return { type: 'COMPLETE', stream: message.stream, text, line };
    case 'broken':
      throw broken(line, message.problem);
    case 'passing':
    case 'ignored':
      return undefined;
  }
}

/** A RECORD, or what is wrong with it. */
function readRecord(
  json: JsonCursor,
  record: number | undefined,
): Pick<RecordInput, 'stream' | 'data' | 'changes'> | string {
  if (!json.isObject(record)) return 'it is a RECORD without an object "record"';
  const [stream, space, data, meta] = json.find(record, recordNames);
  const name = json.text(stream);
  const namespace = json.text(space);
  if (name === undefined) return 'it is a RECORD without a stream';
  if (namespace === undefined && !json.isNull(space)) return 'it is a RECORD whose namespace is not text';
  if (!json.isObject(data)) return 'it is a RECORD without an object "data"';
  return {
    stream: namespace === undefined ? { name } : { name, namespace },
    data: json.buffer.subarray(data, json.value(data)),
    changes: meta === undefined ? noChanges : readChanges(json.buffer, meta),
  };
}

/** Why a line is not JSON, without any of its content. */
function problemOf(text: Buffer): string | undefined {
  if (!isUtf8(text)) return 'it is not valid UTF-8';
  try {
    JSON.parse(text.toString());
    return undefined;
  } catch {
    return 'it is not valid JSON';
  }
}

function broken(line: number, detail: string) {
  return sharedError('input_broken', { line, detail });
}
