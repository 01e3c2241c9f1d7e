/** What the demo prints while it runs: the connector's own log lines, and the progress of records and jobs. */
import type { Sandbox } from '../../src/sandbox/server.ts';
import { logOf, readLog } from '../support/log_lines.ts';

const everyMilliseconds = 1000;
const widest = 200;
/** Rejected rows of one stream that are shown one by one; the others are counted in the closing table. */
const mostRejectsShown = 2;

const print = (text: string): void => void process.stdout.write(text);

/** A headline. */
export function printStep(text: string): void {
  print(`\n▸ ${text}\n`);
}

/** One indented line. */
export function printLine(text: string): void {
  print(text === '' ? '\n' : `  ${text}\n`);
}

/** Counts the input and prints the output. */
export class Progress {
  readonly #sandbox: Sandbox;
  readonly #timer: NodeJS.Timeout;
  #records = 0;
  #states = 0;
  readonly #rejectsShown = new Map<string, number>();
  #last = '';

  constructor(sandbox: Sandbox) {
    this.#sandbox = sandbox;
    this.#timer = setInterval(() => this.#report(), everyMilliseconds);
  }

  /** Lines that were piped in: all except the last are records. */
  piped(lines: string): void {
    this.#records += lines.split('\n').length - 2;
  }

  /** Prints a line of the connector. */
  show(line: string): void {
    if (line.includes('"type":"STATE"')) {
      this.#states++;
      return;
    }
    const text = logOf(line);
    if (text !== undefined) {
      this.#showLog(text);
      return;
    }
    const message = JSON.parse(line);
    if (message.type === 'TRACE')
      printLine(`TRACE ${message.trace.error?.failure_type}: ${message.trace.error?.message}`);
  }

  end(): void {
    clearInterval(this.#timer);
  }

  #showLog(text: string): void {
    const stream = readLog('rejectedRow', text)?.stream;
    if (stream !== undefined) {
      const shown = this.#rejectsShown.get(stream) ?? 0;
      this.#rejectsShown.set(stream, shown + 1);
      if (shown >= mostRejectsShown) return;
    }
    const [level = '', ...words] = text.replaceAll('\n', ' ').split(' ');
    const line = words.join(' ');
    const isLong = stream === undefined && line.length > widest;
    printLine(`${level.padEnd(5)} ${isLong ? `${line.slice(0, widest)}…` : line}`);
  }

  #report(): void {
    const jobs = this.#sandbox.jobs;
    const running = jobs.filter(({ endedAfter }) => endedAfter === undefined).length;
    const reported =
      `… records piped in: ${this.#records.toLocaleString('en')}, jobs submitted: ${jobs.length}, ` +
      `of them running: ${running}, states released: ${this.#states}`;
    if (reported !== this.#last) printLine(reported);
    this.#last = reported;
  }
}
