/** How quota is planned: the ledger of calls, the rolling windows, and when the next call may go. Decisions only; nothing waits here. */
import { hour } from '../clock.ts';
import type { QuotaLimits, QuotaWindow } from '../config/quota_windows.ts';

/** A moment by both clocks, in milliseconds. */
export interface Instant {
  readonly wall: number;
  readonly elapsed: number;
}

/** A call that was made by anyone, as the tenant's list of jobs shows it. */
export interface ListedCall {
  /** What tells it from other calls: the job's id, or its name and date. */
  readonly identity: string;
  /** The part of its file name that tells submissions apart, where the tenant gives it back. */
  readonly send: string | undefined;
  /** How long ago by the server's own clock, in milliseconds. */
  readonly ageMs: number;
  /** Made by this connector, in this or another process. */
  readonly own: boolean;
  /** Calls that it stands for. */
  readonly calls: number;
}

/** A window of the quota, and the calls in it now. */
export interface WindowUse extends QuotaWindow {
  /** By anyone. */
  readonly used: number;
  /** By this connector, in this or another process. */
  readonly ownUsed: number;
  /** Calls that the connector may still make in it, as far as the longer windows have them too. */
  readonly left: number;
}

/**
 * What calls are short of: those of a window are used, or all but those that are left to others; or Gainsight
 * refused one. `window` is the name of a {@link QuotaWindow}.
 */
export type Shortage = { readonly why: 'used' | 'reserved'; readonly window: string } | { readonly why: 'refused' };

/** What holds a call: a shortage, or the pace of submissions after a restart. */
export type Hold = Shortage | { readonly why: 'restarted' };

/** When the next call may go. */
export type Slot =
  | { readonly free: true }
  | {
      readonly free: false;
      /** Milliseconds until it is worth asking again. */
      readonly waitMs: number;
      /** What takes longest to end. */
      readonly hold: Hold;
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
export function paceAfterRestart(
  { calls_per_hour }: Pick<QuotaLimits, 'calls_per_hour'>,
  callsPerJob: number,
  startedAt: number,
): Pace {
  return { gapMs: (hour * callsPerJob) / calls_per_hour, until: startedAt + hour };
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
  headStartMs: number;
  /** This process made it. */
  readonly isOurs: boolean;
}

// Between our answer and the server's own count lie the network and two clocks.
const marginMs = 30_000;
// A second for the Date header, which is cut to whole seconds.
const listMarginMs = 2000;

/**
 * Which calls were made when. Windows are rolling, so that no fixed window of the server, wherever it is anchored, can
 * hold more calls than allowed (Gainsight: "the time-frame is fixed and starts at a specific time").
 */
export class Ledger {
  readonly #windows: readonly QuotaWindow[];
  /** How long a call counts in any window, in milliseconds. */
  readonly longestMs: number;
  readonly #entries = new Set<Entry>();
  /** Entries by job id and by the part of a file name that each submission has for itself: a call that we made and later see in the list is one call. */
  readonly #known = new Map<string, Entry>();
  #refusedUntil = Number.NEGATIVE_INFINITY;

  constructor(windows: readonly QuotaWindow[]) {
    this.#windows = windows;
    this.longestMs = Math.max(...windows.map(({ lengthMs }) => lengthMs));
  }

  /** Enters calls before they are made: they count from now, and start to age only when answered. */
  begin(calls = 1, send?: string): Entry {
    const entry: Entry = { own: true, calls, answered: undefined, headStartMs: -marginMs, isOurs: true };
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
      if (call.ageMs >= this.longestMs + listMarginMs) continue;
      const keys = [call.identity, ...(call.send === undefined ? [] : [`send ${call.send}`])];
      const known = keys.map((key) => this.#known.get(key)).find((entry) => entry !== undefined);
      const entry = known ?? {
        own: call.own,
        calls: call.calls,
        answered: now,
        headStartMs: call.ageMs - listMarginMs,
        isOurs: false,
      };
      for (const key of keys) this.#known.set(key, entry);
      if (known === undefined) this.#entries.add(entry);
      else if (isCorrected && !known.isOurs)
        Object.assign(known, { answered: now, headStartMs: call.ageMs - listMarginMs });
    }
  }

  /** Gainsight refused a call for quota although the ledger has room: nothing goes before `until` (monotonic). */
  refuse(until: number): void {
    this.#refusedUntil = Math.max(this.#refusedUntil, until);
  }

  /** Each window with the calls that are in it and those that are left. */
  use(now: Instant): readonly WindowUse[] {
    this.#forget(now);
    const uses = this.#windows.map((window) => {
      const counted = [...this.#entries].filter((entry) => ageOf(entry, now) < window.lengthMs);
      const [used, ownUsed] = [sumOf(counted), sumOf(counted.filter(isOwn))];
      return { ...window, used, ownUsed, free: Math.min(window.limit - used, window.ownLimit - ownUsed) };
    });
    return uses.map(({ free: _, ...use }) => {
      const free = uses.filter(({ lengthMs }) => lengthMs >= use.lengthMs).map(({ free }) => free);
      return { ...use, left: Math.max(0, Math.min(...free)) };
    });
  }

  /** Calls of others among those that hold a call. */
  others(now: Instant, hold: Hold): number {
    if (hold.why !== 'used') return 0;
    const lengthMs = this.#windows.find(({ name }) => name === hold.window)?.lengthMs ?? 0;
    return sumOf([...this.#entries].filter((entry) => !entry.own && ageOf(entry, now) < lengthMs));
  }

  /**
   * Whether `calls` may go now, and if not, when it is worth asking again and which limit holds them.
   * @param besides calls that are entered already and are not to count, as they are the ones in question
   */
  next(now: Instant, calls = 1, besides?: Entry): Slot {
    this.#forget(now);
    const all = [...this.#entries].filter((entry) => entry !== besides);
    const own = all.filter(isOwn);
    const waits: { readonly hold: Hold; readonly waitMs: number }[] = [
      { hold: { why: 'refused' }, waitMs: this.#refusedUntil - now.elapsed },
    ];
    for (const { name: window, lengthMs, limit, ownLimit } of this.#windows) {
      waits.push({ hold: { why: 'used', window }, waitMs: waitMsFor(all, now, lengthMs, limit - calls) });
      waits.push({ hold: { why: 'reserved', window }, waitMs: waitMsFor(own, now, lengthMs, ownLimit - calls) });
    }
    const longest = waits.reduce((most, wait) => (wait.waitMs > most.waitMs ? wait : most));
    return longest.waitMs <= 0 ? { free: true } : { free: false, ...longest };
  }

  /**
   * When the last of so many submissions may go if nobody else makes a call, in milliseconds from now; Infinity where
   * the limits let none go. Calls that are under way are taken for the first of them.
   * @param calls that each submission takes
   */
  forecast(now: Instant, submissions: number, calls = 1): number {
    this.#forget(now);
    const made = [...this.#entries].filter((entry) => entry.answered !== undefined);
    const own = made.filter(isOwn);
    const windows = this.#windows.flatMap(({ lengthMs, limit, ownLimit }) => [
      new ForecastWindow(lengthMs, limit, made, now),
      new ForecastWindow(lengthMs, ownLimit, own, now),
    ]);
    let at = Math.max(0, this.#refusedUntil - now.elapsed);
    for (let left = submissions; left > 0 && Number.isFinite(at); left--) {
      at = Math.max(at, ...windows.map((window) => window.freeAt(calls)));
      for (const window of windows) window.add(at + marginMs, calls);
    }
    return at;
  }

  #forget(now: Instant): void {
    for (const entry of this.#entries) if (ageOf(entry, now) >= this.longestMs) this.#entries.delete(entry);
  }
}

/** A rolling window while the future is played through; moments in milliseconds from now. */
class ForecastWindow {
  readonly #lengthMs: number;
  readonly #limit: number;
  /** In the order in which they grow too old to count; those before `#from` are. */
  readonly #calls: { readonly at: number; readonly calls: number }[];
  #from = 0;
  #used: number;
  /** When the last of those before `#from` stopped to count. */
  #freedAt = 0;

  constructor(lengthMs: number, limit: number, entries: readonly Entry[], now: Instant) {
    this.#lengthMs = lengthMs;
    this.#limit = limit;
    this.#calls = entries.map((entry) => ({ at: -ageOf(entry, now), calls: entry.calls })).sort((a, b) => a.at - b.at);
    this.#used = this.#calls.reduce((sum, { calls }) => sum + calls, 0);
  }

  freeAt(calls: number): number {
    while (this.#used + calls > this.#limit) {
      const oldest = this.#calls[this.#from++];
      if (!oldest) return Number.POSITIVE_INFINITY;
      this.#used -= oldest.calls;
      this.#freedAt = oldest.at + this.#lengthMs;
    }
    return this.#freedAt;
  }

  add(at: number, calls: number): void {
    this.#calls.push({ at, calls });
    this.#used += calls;
  }
}

const isOwn = (entry: Entry): boolean => entry.own;

function sumOf(entries: readonly Entry[]): number {
  return entries.reduce((sum, { calls }) => sum + calls, 0);
}

/** The smaller of what both clocks say: a clock that jumps ahead frees nothing. */
function ageOf(entry: Entry, now: Instant): number {
  if (entry.answered === undefined) return 0;
  const passed = Math.min(now.wall - entry.answered.wall, now.elapsed - entry.answered.elapsed);
  return passed + entry.headStartMs;
}

/** Milliseconds until at most `allowed` calls are younger than a window; Infinity while calls under way hold the place. */
function waitMsFor(entries: readonly Entry[], now: Instant, lengthMs: number, allowed: number): number {
  if (allowed < 0) return Number.POSITIVE_INFINITY;
  const waits = entries
    .map((entry) => ({
      calls: entry.calls,
      waitMs: entry.answered ? lengthMs - ageOf(entry, now) : Number.POSITIVE_INFINITY,
    }))
    .filter(({ waitMs }) => waitMs > 0)
    .sort((a, b) => b.waitMs - a.waitMs);
  let used = 0;
  for (const { calls, waitMs } of waits) {
    used += calls;
    if (used > allowed) return waitMs;
  }
  return 0;
}
