/** Limits and counts calls: by windows fixed to the sandbox's clock, and, for tests, by rolling ones. */
import { day, hour } from '../clock.ts';
import type { Call } from './exchange.ts';

/** At most so many counted calls in each window of this length, in milliseconds; null: any number. */
export interface Limit {
  readonly length: number;
  readonly limit: number | null;
}

/** A window fixed to the server's clock, and its calls now. */
export interface WindowNow extends Limit {
  /** By any client. */
  readonly used: number;
  /** When it ends, by the server's clock. */
  readonly endsAt: number;
}

/** The most in any one rolling window. */
export interface Busiest {
  /** Calls that used quota, including those of other clients. */
  readonly calls: number;
  /** Calls that used quota, without those of other clients. */
  readonly ownCalls: number;
  /** Jobs accepted, without those of other clients. */
  readonly submissions: number;
}

/** Every call so far, with the fixed windows. */
export class CallBook {
  readonly calls: Call[] = [];
  readonly #used = new Map<string, number>();
  readonly #limits: readonly Limit[];

  constructor(limits: readonly Limit[]) {
    this.#limits = limits;
  }

  add(call: Call): Call {
    this.calls.push(call);
    for (const { length } of call.counted ? this.#limits : []) {
      const window = name(length, call.at);
      this.#used.set(window, (this.#used.get(window) ?? 0) + 1);
    }
    return call;
  }

  /** Each window at `at`, by the server's clock. */
  windows(at: number): WindowNow[] {
    return this.#limits.map(({ length, limit }) => {
      const endsAt = (Math.floor(at / length) + 1) * length;
      return { length, limit, endsAt, used: this.#used.get(name(length, at)) ?? 0 };
    });
  }

  /** When the last full window ends, if one is full at `at`; both by the server's clock. */
  fullUntil(at: number): number | undefined {
    const full = this.#limits.filter(
      ({ length, limit }) => limit !== null && (this.#used.get(name(length, at)) ?? 0) >= limit,
    );
    const ends = full.map(({ length }) => (Math.floor(at / length) + 1) * length);
    return ends.length > 0 ? Math.max(...ends) : undefined;
  }

  /** The busiest 60 minutes by the monotonic clock, which clock jumps do not affect. */
  busiestHour(): Busiest {
    return this.#busiest(hour);
  }

  /** The busiest 24 hours by the monotonic clock. */
  busiestDay(): Busiest {
    return this.#busiest(day);
  }

  #busiest(length: number): Busiest {
    const count = (fits: (call: Call) => boolean) => busiest(this.calls.filter(fits), length);
    return {
      calls: count((call) => call.counted),
      ownCalls: count((call) => call.counted && !call.foreign),
      submissions: count((call) => call.jobId !== undefined && !call.foreign),
    };
  }
}

function name(length: number, at: number): string {
  return `${length}:${Math.floor(at / length)}`;
}

function busiest(calls: readonly Call[], length: number): number {
  const times = calls.map((call) => call.elapsed).sort((a, b) => a - b);
  let from = 0;
  let most = 0;
  for (const [index, time] of times.entries()) {
    while (time - (times[from] as number) >= length) from += 1;
    most = Math.max(most, index - from + 1);
  }
  return most;
}
