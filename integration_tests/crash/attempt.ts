/** One attempt of an Airbyte job: the built connector between a source that writes and a platform that reads. */
import { readdirSync, statSync } from 'node:fs';
import { join } from 'node:path';
import type { Identity } from '../../src/load/route.ts';
import type { Call, Exchange } from '../../src/sandbox/exchange.ts';
import { logOf, readLogs } from '../support/log_lines.ts';
import { Orchestrator } from '../support/orchestrator.ts';
import { environmentOf, type Program, type RunningProgram } from '../support/program.ts';
import { codesOf, readOutput } from '../support/sync.ts';

/** What can be observed of an attempt while it runs. */
export interface Seen {
  /** Since it began. */
  readonly calls: readonly Call[];
  readonly exchanges: readonly Exchange[];
  /** Requests that the tenant holds at this moment. */
  readonly held: number;
  /** States that came back. */
  readonly states: number;
  /** The source has paused, and all that it wrote was read. */
  readonly isPaused: boolean;
  /** Milliseconds since it began. */
  readonly age: number;
  /** Milliseconds since its last exchange. */
  readonly idle: number;
  /** Sizes of the files of rejected rows. */
  rejects(): number[];
}

/** How an attempt is run. */
export interface AttemptOptions {
  /** Its folder contains that of the rejected rows. */
  readonly program: Program;
  readonly identity: Identity;
  /** What the source writes. */
  readonly lines: readonly string[];
  /** The source writes nothing more after this share of its lines, but does not end. */
  readonly pausesAfter?: number | undefined;
  /** When it is killed; absent: never. */
  readonly until?: ((seen: Seen) => boolean) | undefined;
  /** Sent instead of the kill: the process stays alive, and the caller awaits its end. */
  readonly signal?: NodeJS.Signals | undefined;
  /** stdout is not read before this is true. */
  readonly readsWhen?: ((seen: Seen) => boolean) | undefined;
  /**
   * Called with every state that comes back.
   * @throws if the state is wrong
   */
  readonly onState: (line: string) => void;
}

/** How an attempt ended. */
export interface AttemptEnd {
  /** Undefined while it stays alive. */
  readonly code: number | null | undefined;
  /** `until` became true. */
  readonly reached: boolean;
  readonly lines: readonly string[];
  /** The codes of its TRACEs. */
  readonly traces: readonly string[];
  /** File names of the jobs that it took over, according to its own log. */
  readonly adopted: readonly string[];
  /** States that neither came back nor were covered by a later one. */
  readonly missing: readonly number[];
  /** Text in stdout after its last line feed. */
  readonly rest: string;
  readonly running: RunningProgram;
}

const lookEvery = 3;
/** Time limit of an attempt, in milliseconds. */
const longest = 180_000;
/** A state of a stream that the catalog lacks comes back at once: it shows that all before it was read. */
const marker =
  '{"type":"STATE","state":{"type":"STREAM","stream":{"stream_descriptor":{"name":"no such stream"},"stream_state":{}}}}';

/**
 * Runs one attempt to its end, or until it is killed.
 * @throws Error if a state comes too early
 */
export function runAttempt(options: AttemptOptions): Promise<AttemptEnd> {
  return new Attempt(options).run();
}

class Attempt {
  readonly #options: AttemptOptions;
  readonly #orchestrator: Orchestrator;
  readonly #running: RunningProgram;
  readonly #first: { readonly call: number; readonly exchange: number; readonly at: number };
  /** Errors thrown while a line is read, where they cannot be caught. */
  readonly #faults: unknown[] = [];
  readonly #last = { exchanges: 0, at: 0 };
  #states = 0;
  #isPaused = false;
  #isClosed = false;

  constructor(options: AttemptOptions) {
    const { identity, lines, program } = options;
    const { exchanges, sandbox } = program;
    this.#options = options;
    this.#orchestrator = new Orchestrator(lines);
    this.#first = { call: sandbox.calls.length, exchange: exchanges.length, at: performance.now() };
    this.#running = program.start('write', {
      env: environmentOf(identity),
      onLine: (line) => this.#take(line),
    });
    this.#running.child.once('close', () => {
      this.#isClosed = true;
    });
  }

  async run(): Promise<AttemptEnd> {
    const { until = never, signal = 'SIGKILL', readsWhen } = this.#options;
    const { child, lines } = this.#running;
    const fed = this.#feed();
    if (readsWhen) {
      child.stdout?.pause();
      void this.#look(() => readsWhen(this.#seen())).then(() => child.stdout?.resume(), never);
    }
    const reached = await this.#look(() => until(this.#seen()));
    if (reached) this.#running.kill(signal);
    const livesOn = reached && signal !== 'SIGKILL';
    // Read what is left: a pipe outlives its writer.
    if (!livesOn) child.stdout?.resume();
    const ended = livesOn ? undefined : await this.#running.ended;
    if (!livesOn) await fed;
    if (this.#faults.length > 0) throw this.#faults[0];
    if (ended && ended.stderr !== '') throw new Error(`stderr holds ${ended.stderr.slice(0, 1000)}`);
    const missing = this.#orchestrator.missing;
    return { code: ended?.code, reached, rest: ended?.rest ?? '', running: this.#running, missing, ...reported(lines) };
  }

  async #feed(): Promise<void> {
    const { pausesAfter } = this.#options;
    const { lines } = this.#orchestrator;
    if (pausesAfter === undefined) {
      await this.#running.write(lines.map((line) => `${line}\n`).join(''));
      return this.#running.end();
    }
    const first = lines.slice(0, Math.ceil(lines.length * pausesAfter));
    await this.#running.write([...first, marker].map((line) => `${line}\n`).join(''));
  }

  #take(line: string): void {
    if (!line.includes('"type":"STATE"')) return;
    if (line.includes('no such stream')) {
      this.#isPaused = true;
      return;
    }
    this.#states += 1;
    try {
      this.#orchestrator.take(line);
      this.#options.onState(line);
    } catch (error) {
      this.#faults.push(error);
    }
  }

  #seen(): Seen {
    const { exchanges, folder, sandbox } = this.#options.program;
    const now = performance.now();
    if (exchanges.length !== this.#last.exchanges) Object.assign(this.#last, { exchanges: exchanges.length, at: now });
    return {
      calls: sandbox.calls.slice(this.#first.call),
      exchanges: exchanges.slice(this.#first.exchange),
      held: sandbox.parked,
      states: this.#states,
      isPaused: this.#isPaused,
      age: now - this.#first.at,
      idle: now - this.#last.at,
      rejects: () => sizesIn(join(folder, 'rejects'), '.rejects.csv'),
    };
  }

  /**
   * Waits until a condition is observed.
   * @returns false if the connector ended before
   */
  async #look(isIt: () => boolean): Promise<boolean> {
    while (!isIt()) {
      if (this.#isClosed) return false;
      if (performance.now() - this.#first.at > longest) {
        this.#running.kill();
        const idle = Math.round(this.#seen().idle / 1000);
        throw new Error(
          `the connector hangs, ${idle} s after its last call: ${this.#running.lines.slice(-3).join(' ')}`,
        );
      }
      await new Promise((resolve) => setTimeout(resolve, lookEvery));
    }
    return true;
  }
}

/** What the output of an attempt says. */
function reported(lines: readonly string[]): Pick<AttemptEnd, 'lines' | 'traces' | 'adopted'> {
  const logs = lines.flatMap((line) => logOf(line) ?? []);
  const traces = codesOf(readOutput(lines.filter((line) => line.includes('"type":"TRACE"'))));
  return { lines, traces, adopted: readLogs('takenOver', logs).flatMap(({ fileName }) => fileName ?? []) };
}

function never(): boolean {
  return false;
}

/** Sizes of all files below a folder whose names end so. */
function sizesIn(folder: string, end = ''): number[] {
  const names = (readdirSync(folder, { recursive: true }) as string[]).filter((name) => name.endsWith(end));
  const found = names.map((name) => statSync(join(folder, name), { throwIfNoEntry: false }));
  return found.flatMap((entry) => (entry?.isFile() ? [entry.size] : []));
}
