/**
 * What Airbyte's platform keeps between attempts: the states that came back, and the one from which the next attempt
 * starts.
 */
import type { Random } from '../support/random.ts';
import { type Cursors, cursorsOf, type SourceStream } from './source.ts';

/** Job and attempt of one start, and where each stream is read from. */
export interface Start {
  readonly run: number;
  readonly attempt: number;
  readonly cursors: Cursors;
}

export class Restarts {
  readonly #streams: readonly SourceStream[];
  readonly #random: Random;
  #start: Start = { run: 7, attempt: 0, cursors: new Map() };
  /** States that came back since the last start, by their scope, in order. */
  #states = new Map<string, Cursors[]>();

  constructor(streams: readonly SourceStream[], random: Random) {
    this.#streams = streams;
    this.#random = random;
  }

  get start(): Start {
    return this.#start;
  }

  /**
   * Stores a state that came back.
   * @returns how far its streams were read
   */
  came(line: string): Cursors {
    const cursors = cursorsOf(line);
    const scope = [...cursors.keys()].join();
    this.#states.set(scope, [...(this.#states.get(scope) ?? []), cursors]);
    return cursors;
  }

  /**
   * The next start. A stream continues after its last stored state. The platform stores states every ten seconds, so
   * that may be any of those that came back, or none. A full refresh begins again.
   * @param from `any`, or how many of the states that came back were stored; default: all
   */
  next({ from, run }: { from?: 'any' | number | undefined; run?: 'next' | undefined }): Start {
    const cursors = new Map(this.#start.cursors);
    for (const states of this.#states.values()) {
      const stored = from === 'any' ? this.#random(states.length + 1) : (from ?? states.length);
      for (const [stream, cursor] of states[stored - 1] ?? []) cursors.set(stream, cursor);
    }
    for (const { name, incremental } of this.#streams) if (!incremental) cursors.delete(name);
    this.#states = new Map();
    const { run: last, attempt } = this.#start;
    this.#start =
      run === 'next' ? { run: last + 1, attempt: 0, cursors } : { run: last, attempt: attempt + 1, cursors };
    return this.#start;
  }
}
