/** How quota is planned: the ledger of calls, the rolling windows, and when the next call may go. Decisions only; nothing waits here. */
import { day, hour } from '../clock.ts';

/** A moment by both clocks, in milliseconds. */
export interface Instant {
  readonly wall: number;
  readonly elapsed: number;
}

/** What the user allows (`quota` of the configuration). */
export interface QuotaLimits {
  readonly callsPerHour: number;
  readonly callsPerDay: number;
  /** Calls of a day that are left to others. */
  readonly reservedPerDay: number;
}

/** A call that was made by anyone, as the tenant's list of jobs shows it. */
export interface ListedCall {
  /** What tells it from other calls: the job's id, or its name and date. */
  readonly identity: string;
  /** The part of its file name that tells submissions apart, where the tenant gives it back. */
  readonly send: string | undefined;
  /** How long ago by the server's own clock, in milliseconds. */
  readonly age: number;
  /** Made by this connector, in this or another process. */
  readonly own: boolean;
  /** Calls that it stands for. */
  readonly calls: number;
}

/** When the next call may go. */
export type Slot =
  | { readonly free: true }
  | {
      readonly free: false;
      /** Milliseconds until it is worth asking again. */
      readonly wait: number;
      readonly why: 'hour' | 'day' | 'reserved' | 'refused' | 'restarted';
    };

/**
 * How far apart submissions are after a restart. Calls of the attempt before that made no job are in no list: if each
 * attempt began with a full hour, a tenant in trouble would get many times the calls that it allows.
 */
export interface Pace {
  /** Milliseconds. */
  readonly gapMs: number;
  /** When it ends, on the monotonic clock. */
  readonly until: number;
}

/** An hour's calls evenly over the first hour. @param startedAt when the process started, on the monotonic clock */
export function paceAfterRestart(callsPerHour: number, callsPerJob: number, startedAt: number): Pace {
  return { gapMs: (hour * callsPerJob) / callsPerHour, until: startedAt + hour };
}

/**
 * When the last of so many submissions may go by their pace alone, in milliseconds from now.
 * @param lastAt when the one before them went; undefined: there was none
 */
export function pacedWait(pace: Pace | undefined, lastAt: number | undefined, now: number, submissions = 1): number {
  if (!pace || submissions === 0) return 0;
  const first = lastAt === undefined ? now : lastAt + pace.gapMs;
  return Math.max(0, Math.min(Math.max(first, now) + (submissions - 1) * pace.gapMs, pace.until) - now);
}

/** An entry of the ledger; opaque to its holders. */
export interface Entry {
  readonly own: boolean;
  calls: number;
  /** When the call's answer was in; undefined while it is under way. */
  answered: Instant | undefined;
  /** Age at `answered`, for calls that were learnt of later. */
  headStart: number;
  /** This process made it. */
  readonly isOurs: boolean;
}

// Between our answer and the server's own count lie the network and two clocks.
const margin = 30_000;
// A second for the Date header, which is cut to whole seconds.
const listMargin = 2000;

/**
 * Which calls were made when. Windows are rolling, so that no fixed window of the server, wherever it is anchored, can
 * hold more calls than allowed (Gainsight: "the time-frame is fixed and starts at a specific time").
 */
export class Ledger {
  readonly #limits: QuotaLimits;
  readonly #entries = new Set<Entry>();
  /** Entries by job id and by the part of a file name that each submission has for itself: a call that we made and later see in the list is one call. */
  readonly #known = new Map<string, Entry>();
  #refusedUntil = Number.NEGATIVE_INFINITY;

  constructor(limits: QuotaLimits) {
    this.#limits = limits;
  }

  /** Enters calls before they are made: they count from now, and start to age only when answered. */
  begin(calls = 1, send?: string): Entry {
    const entry: Entry = { own: true, calls, answered: undefined, headStart: -margin, isOurs: true };
    this.#entries.add(entry);
    if (send !== undefined) this.#known.set(`send ${send}`, entry);
    return entry;
  }

  /** The call's answer is in, whatever it was. */
  answer(entry: Entry, now: Instant, jobId?: string): void {
    entry.answered = now;
    if (jobId !== undefined) this.#known.set(`job ${jobId}`, entry);
  }

  /** How long ago the answer to a call of this process was in, in milliseconds; undefined for any other. */
  ageOfOwn(
    job: { readonly jobId?: string | undefined; readonly send?: string | undefined },
    now: Instant,
  ): number | undefined {
    const entry = this.#known.get(`job ${job.jobId}`) ?? this.#known.get(`send ${job.send}`);
    return entry?.isOurs && entry.answered ? now.elapsed - entry.answered.elapsed : undefined;
  }

  /** The call was certainly never made. */
  cancel(entry: Entry): void {
    this.#entries.delete(entry);
  }

  /**
   * Takes over what the list of jobs shows.
   * @param isCorrected ages that were learnt before may have been wrong
   */
  learn(calls: readonly ListedCall[], now: Instant, isCorrected = false): void {
    for (const call of calls) {
      // Of no window any more, and a list may go back for years.
      if (call.age >= day + listMargin) continue;
      const keys = [call.identity, ...(call.send === undefined ? [] : [`send ${call.send}`])];
      const known = keys.map((key) => this.#known.get(key)).find((entry) => entry !== undefined);
      const entry = known ?? {
        own: call.own,
        calls: call.calls,
        answered: now,
        headStart: call.age - listMargin,
        isOurs: false,
      };
      for (const key of keys) this.#known.set(key, entry);
      if (known === undefined) this.#entries.add(entry);
      else if (isCorrected && !known.isOurs) Object.assign(known, { answered: now, headStart: call.age - listMargin });
    }
  }

  /** Gainsight refused a call for quota although the ledger has room: nothing goes before `until` (monotonic). */
  refuse(until: number): void {
    this.#refusedUntil = Math.max(this.#refusedUntil, until);
  }

  /** Calls in the last hour and day, by anyone and by us. */
  use(now: Instant): { hour: number; day: number; ownDay: number } {
    this.#forget(now);
    const use = { hour: 0, day: 0, ownDay: 0 };
    for (const entry of this.#entries) {
      const age = ageOf(entry, now);
      if (age < hour) use.hour += entry.calls;
      use.day += entry.calls;
      if (entry.own) use.ownDay += entry.calls;
    }
    return use;
  }

  /** Calls of others among those that a limit counts. */
  others(now: Instant, limit: (Slot & { free: false })['why']): number {
    if (limit !== 'hour' && limit !== 'day') return 0;
    const window = limit === 'hour' ? hour : day;
    const counted = [...this.#entries].filter((entry) => !entry.own && ageOf(entry, now) < window);
    return counted.reduce((sum, { calls }) => sum + calls, 0);
  }

  /** Calls that are left this hour and today. */
  left(now: Instant): { hour: number; day: number } {
    const use = this.use(now);
    const ownDay = this.#limits.callsPerDay - this.#limits.reservedPerDay - use.ownDay;
    const dayLeft = Math.max(0, Math.min(this.#limits.callsPerDay - use.day, ownDay));
    return { hour: Math.max(0, Math.min(this.#limits.callsPerHour - use.hour, dayLeft)), day: dayLeft };
  }

  /**
   * Whether `calls` may go now, and if not, when it is worth asking again and which limit holds them.
   * @param besides calls that are entered already and are not to count, as they are the ones in question
   */
  next(now: Instant, calls = 1, besides?: Entry): Slot {
    this.#forget(now);
    const { callsPerHour, callsPerDay, reservedPerDay } = this.#limits;
    const all = [...this.#entries].filter((entry) => entry !== besides);
    const holds = [
      { why: 'refused' as const, wait: this.#refusedUntil - now.elapsed },
      { why: 'hour' as const, wait: waitFor(all, now, hour, callsPerHour - calls) },
      { why: 'day' as const, wait: waitFor(all, now, day, callsPerDay - calls) },
      { why: 'reserved' as const, wait: waitFor(all.filter(isOwn), now, day, callsPerDay - reservedPerDay - calls) },
    ];
    const longest = holds.reduce((most, hold) => (hold.wait > most.wait ? hold : most));
    return longest.wait <= 0 ? { free: true } : { free: false, ...longest };
  }

  /**
   * When the last of so many submissions may go if nobody else makes a call, in milliseconds from now; Infinity where
   * the limits let none go. Calls that are under way are taken for the first of them.
   * @param calls that each submission takes
   */
  forecast(now: Instant, submissions: number, calls = 1): number {
    this.#forget(now);
    const { callsPerHour, callsPerDay, reservedPerDay } = this.#limits;
    const made = [...this.#entries].filter((entry) => entry.answered !== undefined);
    const windows = [
      new ForecastWindow(hour, callsPerHour, made, now),
      new ForecastWindow(day, callsPerDay, made, now),
      new ForecastWindow(day, callsPerDay - reservedPerDay, made.filter(isOwn), now),
    ];
    let at = Math.max(0, this.#refusedUntil - now.elapsed);
    for (let left = submissions; left > 0 && Number.isFinite(at); left--) {
      at = Math.max(at, ...windows.map((window) => window.freeAt(calls)));
      for (const window of windows) window.add(at + margin, calls);
    }
    return at;
  }

  #forget(now: Instant): void {
    for (const entry of this.#entries) if (ageOf(entry, now) >= day) this.#entries.delete(entry);
  }
}

/** A rolling window while the future is played through; moments in milliseconds from now. */
class ForecastWindow {
  readonly #length: number;
  readonly #limit: number;
  /** In the order in which they grow too old to count; those before `#from` are. */
  readonly #calls: { readonly at: number; readonly calls: number }[];
  #from = 0;
  #used: number;
  /** When the last of those before `#from` stopped to count. */
  #freedAt = 0;

  constructor(length: number, limit: number, entries: readonly Entry[], now: Instant) {
    this.#length = length;
    this.#limit = limit;
    this.#calls = entries.map((entry) => ({ at: -ageOf(entry, now), calls: entry.calls })).sort((a, b) => a.at - b.at);
    this.#used = this.#calls.reduce((sum, { calls }) => sum + calls, 0);
  }

  freeAt(calls: number): number {
    while (this.#used + calls > this.#limit) {
      const oldest = this.#calls[this.#from++];
      if (!oldest) return Number.POSITIVE_INFINITY;
      this.#used -= oldest.calls;
      this.#freedAt = oldest.at + this.#length;
    }
    return this.#freedAt;
  }

  add(at: number, calls: number): void {
    this.#calls.push({ at, calls });
    this.#used += calls;
  }
}

const isOwn = (entry: Entry): boolean => entry.own;

/** The smaller of what both clocks say: a clock that jumps ahead frees nothing. */
function ageOf(entry: Entry, now: Instant): number {
  if (entry.answered === undefined) return 0;
  const passed = Math.min(now.wall - entry.answered.wall, now.elapsed - entry.answered.elapsed);
  return passed + entry.headStart;
}

/** Milliseconds until at most `allowed` calls are younger than `window`; Infinity while calls under way hold the place. */
function waitFor(entries: readonly Entry[], now: Instant, window: number, allowed: number): number {
  if (allowed < 0) return Number.POSITIVE_INFINITY;
  const waits = entries
    .map((entry) => ({
      calls: entry.calls,
      wait: entry.answered ? window - ageOf(entry, now) : Number.POSITIVE_INFINITY,
    }))
    .filter(({ wait }) => wait > 0)
    .sort((a, b) => b.wait - a.wait);
  let used = 0;
  for (const { calls, wait } of waits) {
    used += calls;
    if (used > allowed) return wait;
  }
  return 0;
}
