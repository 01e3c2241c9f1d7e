/** A clock whose time moves only when the program does nothing but sleep. */
import { setTimeout as realDelay, setImmediate as turn } from 'node:timers/promises';
import type { Clock } from '../../src/clock.ts';

export interface FakeClockOptions {
  /** The wall clock's first reading, in milliseconds since 1970. */
  readonly start?: number;
  /** Maximum `elapsed()` before sleepers fail because the test hangs; default: a week. */
  readonly longest?: number;
  /** Idle rounds of the event loop, each with a real millisecond in it, before time moves. */
  readonly quietRounds?: number;
  /** Rounds, of a real millisecond or more, for which `busy` may stop time before sleepers fail: 30,000. */
  readonly patience?: number;
}

interface Sleeper {
  readonly wakeAt: number;
  wake(): void;
  fail(reason: unknown): void;
}

/** Work of the process that no clock decides: files, connections being established, name resolution. */
const work = /^(FSReq|CloseReq|TCPConnect|PipeConnect|GetAddrInfo)/;

/** This many sleeps in a row that take no time mean a program that waits in a loop. */
const mostIdleWakes = 2000;
/** Minimum step of a sleep in milliseconds: less than the precision of a sum would not move time. */
const shortestSleep = 0.001;

const week = 7 * 24 * 60 * 60 * 1000;

/**
 * Sleeps end in the order of their time, without real waiting. Time jumps to the earliest sleeper once the process has
 * waited for no file and every `busy` callback has returned false for several turns of the event loop: real sockets and
 * files get the time that they need, even on a loaded machine.
 */
export class FakeClock implements Clock {
  /** Every sleep, in order, in milliseconds: for exact assertions. */
  readonly sleeps: number[] = [];
  readonly #longest: number;
  readonly #quietRounds: number;
  readonly #patience: number;
  readonly #busy = new Set<() => boolean>();
  readonly #sleepers = new Set<Sleeper>();
  #wall: number;
  #elapsed = 0;
  #advancing = false;
  #idleWakes = 0;

  constructor(options: FakeClockOptions = {}) {
    this.#wall = options.start ?? Date.UTC(2026, 0, 5, 9, 0, 0);
    this.#longest = options.longest ?? week;
    this.#quietRounds = options.quietRounds ?? 3;
    this.#patience = options.patience ?? 30_000;
  }

  /** In whole milliseconds, like real wall clocks. */
  now(): number {
    return Math.floor(this.#wall);
  }

  elapsed(): number {
    return this.#elapsed;
  }

  /** Number of sleeps in progress. */
  get sleeping(): number {
    return this.#sleepers.size;
  }

  /**
   * Time stands still while `busy` returns true.
   * @returns a function that removes the callback
   */
  addBusy(busy: () => boolean): () => void {
    this.#busy.add(busy);
    return () => this.#busy.delete(busy);
  }

  /** Sets the wall clock without time passing, as an NTP correction or a resumed machine does. */
  jumpWallClock(milliseconds: number): void {
    this.#wall += milliseconds;
  }

  /** Lets time pass and wakes the sleepers that are due. */
  advance(milliseconds: number): void {
    this.#wall += milliseconds;
    this.#elapsed += milliseconds;
    const due = [...this.#sleepers].filter((sleeper) => sleeper.wakeAt <= this.#elapsed);
    for (const sleeper of due.sort((a, b) => a.wakeAt - b.wakeAt)) sleeper.wake();
  }

  sleep(milliseconds: number, signal?: AbortSignal): Promise<void> {
    return new Promise((resolve, reject) => {
      if (signal?.aborted) {
        reject(signal.reason);
        return;
      }
      this.sleeps.push(milliseconds);
      const done = (): void => {
        this.#sleepers.delete(sleeper);
        signal?.removeEventListener('abort', abort);
      };
      const abort = (): void => sleeper.fail(signal?.reason);
      const sleeper: Sleeper = {
        wakeAt: this.#elapsed + (milliseconds > 0 ? Math.max(shortestSleep, milliseconds) : 0),
        wake: () => {
          done();
          resolve();
        },
        fail: (reason) => {
          done();
          reject(reason);
        },
      };
      signal?.addEventListener('abort', abort, { once: true });
      this.#sleepers.add(sleeper);
      void this.#run();
    });
  }

  /** Moves time while anything sleeps. Only one such loop runs at a time. */
  async #run(): Promise<void> {
    if (this.#advancing) return;
    this.#advancing = true;
    while (this.#sleepers.size > 0) {
      if (await this.#becomesQuiet()) this.#wakeEarliest();
    }
    this.#advancing = false;
  }

  async #becomesQuiet(): Promise<boolean> {
    let quiet = 0;
    for (let round = 0; quiet < this.#quietRounds; round++) {
      if (this.#sleepers.size === 0) return false;
      if (round === this.#patience) {
        this.#failAll(`the fake clock was held still for ${round} rounds: something stays busy for ever`);
        return false;
      }
      await turn();
      await realDelay(1);
      quiet = isAtWork() || [...this.#busy].some((busy) => busy()) ? 0 : quiet + 1;
    }
    return true;
  }

  #wakeEarliest(): void {
    const [earliest] = [...this.#sleepers].sort((a, b) => a.wakeAt - b.wakeAt);
    if (earliest === undefined) return;
    if (earliest.wakeAt > this.#longest) {
      this.#failAll(`the fake clock was asked to pass ${this.#longest} ms: the program waits for ever`);
      return;
    }
    const step = Math.max(0, earliest.wakeAt - this.#elapsed);
    this.#idleWakes = step === 0 ? this.#idleWakes + 1 : 0;
    if (this.#idleWakes > mostIdleWakes) {
      this.#failAll(`${mostIdleWakes} sleeps in a row took no time: the program waits in a loop`);
      return;
    }
    this.#wall += step;
    this.#elapsed += step;
    earliest.wake();
  }

  #failAll(reason: string): void {
    for (const sleeper of [...this.#sleepers]) sleeper.fail(new Error(reason));
  }
}

/** On a loaded machine a file may take longer than any number of rounds. */
function isAtWork(): boolean {
  return process.getActiveResourcesInfo().some((resource) => work.test(resource));
}
