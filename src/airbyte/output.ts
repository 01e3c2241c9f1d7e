/** The only writer of standard output: one message per line, without secrets, never faster than it is read. */
import type { Writable } from 'node:stream';
import { spliceStats } from './messages.ts';
import type {
  AirbyteErrorTraceMessage,
  AirbyteLogLevel,
  AirbyteMessage,
  StateText,
  StreamDescriptor,
} from './protocol.ts';
import { redactor } from './redaction.ts';
import { label } from './streams.ts';
import type { TracedError } from './traced_error.ts';

/** Options of an {@link Output}. */
export interface OutputOptions {
  /** Texts that must appear in no log, trace or status; more can be added with {@link Output.hide}. */
  readonly secrets: readonly string[];
  /** The lowest level that is written; default INFO. Warnings are always written: they report rejected rows. */
  readonly logLevel?: AirbyteLogLevel | undefined;
  /** Milliseconds since 1970. */
  readonly clock: { now(): number };
}

/** The outcomes of the records before a state: whole numbers. */
export interface DestinationStats {
  /** Records that are in the target. */
  readonly recordCount: number;
  /** Records that the target rejected, and that will not be sent again; default 0. */
  readonly rejectedRecordCount?: number;
}

const levels: readonly AirbyteLogLevel[] = ['FATAL', 'ERROR', 'WARN', 'INFO', 'DEBUG', 'TRACE'];
// Airbyte truncates a failure's message at this length and its stack trace at twice as much; log lines have no
// documented limit.
const longestMessage = 50_000;
const longestStack = 100_000;
const longestLog = 1_000_000;
/** Longer states, in bytes, are not converted to a string. */
const longestString = 65_536;
/** Characters that may wait for the reader before INFO and DEBUG lines are left out. */
const longestQueue = 1_000_000;
const mostStreamsNamed = 20;
/**
 * Characters that make a terminal or a log viewer show something other than the text: control characters including line
 * feeds, and characters that change the writing direction. Names and messages of others may contain them.
 */
const control = /[\p{Cc}\u2028\u2029\u202a-\u202e\u2066-\u2069]/gu;

/** Writes messages in order. */
export class Output {
  /** Aborted once the output is no longer read: from then on nothing is written and nothing waits. */
  readonly closed: AbortSignal;
  readonly #closing = new AbortController();
  readonly #stream: Writable;
  readonly #clock: OutputOptions['clock'];
  #secrets: readonly string[];
  #redact: (text: string) => string;
  #hasTraced = false;
  readonly #leastWeighty: number;
  #leftOut = 0;
  #unwritten = 0;
  /** Waiters for a condition, checked whenever a line was written. */
  #waiting: { readonly until: () => boolean; readonly resolve: () => void }[] = [];

  constructor(stream: Writable, options: OutputOptions) {
    this.#stream = stream;
    this.#clock = options.clock;
    this.#secrets = options.secrets;
    this.#redact = redactor(this.#secrets);
    const level = levels.indexOf(options.logLevel && levels.includes(options.logLevel) ? options.logLevel : 'INFO');
    this.#leastWeighty = Math.max(level, levels.indexOf('WARN'));
    this.closed = this.#closing.signal;
    // A closed reader is not our failure: the flow sees `closed` and ends.
    const close = () => this.#close();
    stream
      .on('error', close)
      .on('close', close)
      .on('drain', () => this.#wake());
  }

  /** Adds texts that must not appear in logs, traces and statuses. */
  hide(secrets: readonly string[]): void {
    this.#secrets = [...new Set([...this.#secrets, ...secrets])];
    this.#redact = redactor(this.#secrets);
  }

  /** Whether a TRACE ERROR was written: a failed command has exactly one. */
  get hasTraced(): boolean {
    return this.#hasTraced;
  }

  /** A text without the secrets, for output other than standard output. */
  redacted(text: string): string {
    return this.#redact(text);
  }

  /**
   * Writes a log line. While too much waits for the reader, INFO and lower levels are left out, and a later line gives
   * their number; code that logs much at WARN or above should await {@link drained} between lines.
   */
  log(level: AirbyteLogLevel, message: string): void {
    const weight = levels.indexOf(level);
    if (weight > this.#leastWeighty) return;
    if (weight > levels.indexOf('WARN') && this.#stream.writableLength > longestQueue) {
      this.#leftOut += 1;
      return;
    }
    this.message({ type: 'LOG', log: { level, message: this.#clean(message, longestLog) } });
  }

  /**
   * Returns a STATE, byte for byte and never redacted, with these counts added.
   * @param text the message as it came
   * @param stats the outcomes of the records since the previous returned state of the same scope
   * @returns resolves once it was passed to the reader, or the output is no longer read (see {@link closed})
   */
  state(text: StateText, { recordCount, rejectedRecordCount = 0 }: DestinationStats): Promise<void> {
    this.#reportLeftOut();
    // Doubles with a decimal point, as the protocol requires.
    const stats = `{"recordCount":${recordCount}.0,"rejectedRecordCount":${rejectedRecordCount}.0}`;
    let written = false;
    this.#write(spliceStats(text, stats), () => {
      written = true;
    });
    // Not the callback of the write: a destroyed stream never calls it for the current line.
    return this.#when(() => written);
  }

  /** Writes a message unchanged; use `log`, `trace` and `status` for texts that may contain a secret. */
  message(message: AirbyteMessage): void {
    this.#reportLeftOut();
    this.#write(JSON.stringify(message));
  }

  /**
   * Writes a TRACE ERROR.
   * @param streams the failed streams; one is named by its descriptor, several in the text
   * @param dependent streams that did not fail, but were not loaded because of it; named in the text
   */
  trace(
    error: TracedError,
    streams: readonly StreamDescriptor[] = error.stream ? [error.stream] : [],
    dependent: readonly StreamDescriptor[] = [],
  ): void {
    this.#hasTraced = true;
    const [first] = streams;
    const named = [
      ...(streams.length > 1 ? [`Failed streams: ${namesOf(streams)}.`] : []),
      ...(dependent.length > 0 ? [`Not loaded because of that: ${namesOf(dependent)}.`] : []),
    ];
    const payload: AirbyteErrorTraceMessage = {
      message: this.#clean([error.message, ...named].join(' '), longestMessage),
      internal_message: this.#clean(`${error.code}: ${error.internal ?? error.message}`, longestMessage),
      stack_trace: this.#cleanStack(error),
      failure_type: error.failureType,
      ...(streams.length === 1 && first ? { stream_descriptor: descriptorOf(first) } : {}),
    };
    this.message({ type: 'TRACE', trace: { type: 'ERROR', emitted_at: this.#clock.now(), error: payload } });
  }

  /** Writes a CONNECTION_STATUS. */
  status(status: 'SUCCEEDED' | 'FAILED', message: string): void {
    const text = this.#clean(message, longestMessage);
    this.message({ type: 'CONNECTION_STATUS', connectionStatus: { status, message: text } });
  }

  /** Resolves once more can be written without buffering, or the output is no longer read. */
  drained(): Promise<void> {
    return this.#when(() => !this.#stream.writableNeedDrain);
  }

  /** Resolves once everything was passed to the reader, or the output is no longer read. */
  flush(): Promise<void> {
    this.#reportLeftOut();
    return this.#when(() => this.#unwritten === 0);
  }

  #clean(text: string, longest: number): string {
    // Redacted before it is truncated, so that no half of a secret is left.
    const clean = this.#redact(text).replace(control, ' ');
    return clean.length <= longest ? clean : `${clean.slice(0, longest - 1)}…`;
  }

  /** The stack frames, one per line. */
  #cleanStack(error: TracedError): string {
    const lines = stackOf(error).split('\n');
    return lines
      .map((line) => this.#clean(line, longestStack))
      .join('\n')
      .slice(0, longestStack);
  }

  #reportLeftOut(): void {
    if (this.#leftOut === 0) return;
    const message = `${this.#leftOut} log lines were left out, because the log was not read in time.`;
    this.#leftOut = 0;
    this.#write(JSON.stringify({ type: 'LOG', log: { level: 'INFO', message } } satisfies AirbyteMessage));
  }

  #write(line: StateText, written?: () => void): void {
    if (this.closed.aborted) return;
    this.#unwritten += 1;
    const isLong = line.length > longestString;
    this.#stream.cork();
    if (isLong) this.#stream.write(line);
    this.#stream.write(isLong ? '\n' : `${line}\n`, (error) => {
      this.#unwritten -= 1;
      if (error) this.#close();
      written?.();
      this.#wake();
    });
    this.#stream.uncork();
  }

  #when(until: () => boolean): Promise<void> {
    if (this.closed.aborted || until()) return Promise.resolve();
    return new Promise((resolve) => this.#waiting.push({ until, resolve }));
  }

  #wake(): void {
    const all = this.#waiting;
    this.#waiting = [];
    for (const one of all) {
      if (this.closed.aborted || one.until()) one.resolve();
      else this.#waiting.push(one);
    }
  }

  #close(): void {
    this.#closing.abort();
    this.#wake();
  }
}

function descriptorOf(stream: StreamDescriptor): StreamDescriptor {
  return stream.namespace === undefined ? { name: stream.name } : { name: stream.name, namespace: stream.namespace };
}

function namesOf(streams: readonly StreamDescriptor[]): string {
  const named = streams.slice(0, mostStreamsNamed).map(label);
  const more = streams.length - named.length;
  return `${named.join(', ')}${more > 0 ? ` and ${more} more` : ''}`;
}

/** Stack frames of the error and its causes, without messages: that of a foreign error may contain a row's value. */
function stackOf(error: TracedError): string {
  const frames: string[] = [];
  for (let each: unknown = error; each instanceof Error && frames.length < 5; each = each.cause) {
    const lines = (each.stack ?? '').split('\n').filter((line) => /^\s+at /.test(line));
    frames.push([each.name, ...lines].join('\n'));
  }
  return frames.join('\ncaused by ');
}
