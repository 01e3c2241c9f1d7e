/**
 * Plans the quota: the ledger of calls, the rolling windows, and when the next call may be made. Decisions only;
 * nothing waits.
 */
import { hour } from '../clock.ts';
import type { QuotaLimits, QuotaWindow } from '../config/quota_windows.ts';

/** A moment by both clocks, in milliseconds. */
export interface Instant {
  readonly wall: number;
  readonly elapsed: number;
}

/** A call by anyone, as the tenant's list of jobs shows it. */
export interface ListedCall {
  /** Identifies the call: the job's id, or its name and date. */
  readonly identity: string;
  /** The part of its file name that is unique to each submission, if the tenant returns it. */
  readonly send: string | undefined;
  /** Its age by the server's own clock, in milliseconds. */
  readonly ageMs: number;
  /** Made by this connector, in this or another process. */
  readonly own: boolean;
  /** Calls that it stands for. */
  readonly calls: number;
}

/** Calls that were made at one moment. */
export interface MadeCall {
  /** Milliseconds since 1970, by this machine's clock. */
  readonly at: number;
  /** By this connector, in this or another process. */
  readonly own: boolean;
  readonly calls: number;
}

/** A window of the quota, and the calls in it now. */
export interface WindowUse extends Omit<QuotaWindow, 'marginMs'> {
  /** By anyone. */
  readonly used: number;
  /** By this connector, in this or another process. */
  readonly ownUsed: number;
  /** Calls that the connector may still make in it, if the longer windows allow them too. */
  readonly left: number;
}

/**
 * Why there are no calls: those of a window are used, or the others are reserved for other clients; or Gainsight
 * refused one. `window` is the name of a {@link QuotaWindow}.
 */
export type Shortage = { readonly why: 'used' | 'reserved'; readonly window: string } | { readonly why: 'refused' };

/** What delays a call: a shortage, or the minimum gap between submissions after a restart. */
export type Hold = Shortage | { readonly why: 'restarted' };

/** When the next call may be made. */
export type Slot =
  | { readonly free: true }
  | {
      readonly free: false;
      /** Milliseconds until it is worth asking again. */
      readonly waitMs: number;
      /** The cause that takes longest to end. */
      readonly hold: Hold;
    };

/**
 * Minimum gaps between submissions after a restart. Calls of the previous attempt that created no job are not listed:
 * if each attempt began with a full hour's quota, a tenant in trouble would get many times the calls that it allows.
 */
export interface Pace {
  /** Milliseconds. */
  readonly gapMs: number;
  /** When it ends, on the monotonic clock. */
  readonly until: number;
}

/**
 * Spreads an hour's calls evenly over the first hour.
 * @param startedAt when the process started, on the monotonic clock
 */
export function paceAfterRestart(
  { calls_per_hour }: Pick<QuotaLimits, 'calls_per_hour'>,
  callsPerJob: number,
  startedAt: number,
): Pace {
  return { gapMs: (hour * callsPerJob) / calls_per_hour, until: startedAt + hour };
}

/**
 * When the last of this many submissions may be made by these gaps alone, in milliseconds from now.
 * @param lastAt when the previous submission was made; undefined: there was none
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
  /** When the call's answer arrived; undefined while it is in progress. */
  answered: Instant | undefined;
  /** Age at `answered`, for calls that were learnt of later. */
  headStartMs: number;
  /** This process made it. */
  readonly isOurs: boolean;
}

// A second for the Date header, which has whole seconds.
const listMarginMs = 2000;
/** Calls that no longer count and are remembered: those of weeks. */
const mostPast = 10_000;

/**
 * Records which calls were made when. Windows are rolling, so that no fixed window of the server, wherever it starts,
 * can contain more calls than allowed (Gainsight: "the time-frame is fixed and starts at a specific time").
 */
export class Ledger {
  readonly #windows: readonly QuotaWindow[];
  /** How long a call counts in any window, in milliseconds. */
  readonly longestMs: number;
  /** The margin of the longest window. */
  readonly #longestMargin: number;
  readonly #entries = new Set<Entry>();
  /**
   * Entries by job id and by the unique part of a submission's file name: a call that we made and later see in the list
   * counts once.
   */
  readonly #known = new Map<string, Entry>();
  /** Calls that no longer count in any window, in the order in which they ceased to. */
  readonly #past: MadeCall[] = [];
  #refusedUntil = Number.NEGATIVE_INFINITY;

  constructor(windows: readonly QuotaWindow[]) {
    this.#windows = windows;
    this.longestMs = Math.max(...windows.map(({ lengthMs }) => lengthMs));
    this.#longestMargin = Math.max(...windows.map(({ marginMs }) => marginMs));
  }

  /** Adds calls before they are made: they count from now, but age only from their answer. */
  begin(calls = 1, send?: string): Entry {
    const entry: Entry = { own: true, calls, answered: undefined, headStartMs: 0, isOurs: true };
    this.#entries.add(entry);
    if (send !== undefined) this.#known.set(`send ${send}`, entry);
    return entry;
  }

  /** The call was answered, with any result. */
  answer(entry: Entry, now: Instant, jobId?: string): void {
    entry.answered = now;
    if (jobId !== undefined) this.#known.set(`job ${jobId}`, entry);
  }

  /** How long ago a call of this process was answered, in milliseconds; undefined for any other. */
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
   * @param isCorrected ages learnt before may have been wrong
   */
  learn(calls: readonly ListedCall[], now: Instant, isCorrected = false): void {
    for (const call of calls) {
      // Outside every window, and a list may go back for years.
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

  /** Gainsight refused a call for quota although the ledger has room: no call before `until` (monotonic). */
  refuse(until: number): void {
    this.#refusedUntil = Math.max(this.#refusedUntil, until);
  }

  /**
   * Each window with its used and remaining calls.
   * @param answered only calls that were answered count: what a call leaves is then logged alike whatever else is in
   * progress
   */
  use(now: Instant, { answered = false } = {}): readonly WindowUse[] {
    this.#forget(now);
    const entries = [...this.#entries].filter((entry) => !answered || entry.answered !== undefined);
    const uses = this.#windows.map((window) => {
      const counted = entries.filter((entry) => ageOf(entry, now, window.marginMs) < window.lengthMs);
      const [used, ownUsed] = [sumOf(counted), sumOf(counted.filter(isOwn))];
      return { ...window, used, ownUsed, free: Math.min(window.limit - used, window.ownLimit - ownUsed) };
    });
    return uses.map(({ free: _, ...use }) => {
      const free = uses.filter(({ lengthMs }) => lengthMs >= use.lengthMs).map(({ free }) => free);
      return { ...use, left: Math.max(0, Math.min(...free)) };
    });
  }

  /** Calls of others among those that delay a call. */
  others(now: Instant, hold: Hold): number {
    if (hold.why !== 'used') return 0;
    const { lengthMs = 0, marginMs = 0 } = this.#windows.find(({ name }) => name === hold.window) ?? {};
    return sumOf([...this.#entries].filter((entry) => !entry.own && ageOf(entry, now, marginMs) < lengthMs));
  }

  /**
   * Whether `calls` may be made now, and if not, when to ask again and which limit applies.
   * @param besides entered calls that do not count, as they are the ones in question
   */
  next(now: Instant, calls = 1, besides?: Entry): Slot {
    this.#forget(now);
    const all = [...this.#entries].filter((entry) => entry !== besides);
    const own = all.filter(isOwn);
    const waits: { readonly hold: Hold; readonly waitMs: number }[] = [
      { hold: { why: 'refused' }, waitMs: this.#refusedUntil - now.elapsed },
    ];
    for (const each of this.#windows) {
      const window = each.name;
      waits.push({ hold: { why: 'used', window }, waitMs: waitMsFor(all, now, each, each.limit - calls) });
      waits.push({ hold: { why: 'reserved', window }, waitMs: waitMsFor(own, now, each, each.ownLimit - calls) });
    }
    const longest = waits.reduce((most, wait) => (wait.waitMs > most.waitMs ? wait : most));
    return longest.waitMs <= 0 ? { free: true } : { free: false, ...longest };
  }

  /**
   * When the last of this many submissions may be made if no other call is made, in milliseconds from now; Infinity if
   * the limits allow none. Calls in progress count as the first of them.
   * @param calls that each submission takes
   */
  forecast(now: Instant, submissions: number, calls = 1): number {
    this.#forget(now);
    const made = [...this.#entries].filter((entry) => entry.answered !== undefined);
    const own = made.filter(isOwn);
    const windows = this.#windows.flatMap((window) => [
      new ForecastWindow(window, window.limit, made, now),
      new ForecastWindow(window, window.ownLimit, own, now),
    ]);
    let at = Math.max(0, this.#refusedUntil - now.elapsed);
    for (let left = submissions; left > 0 && Number.isFinite(at); left--) {
      at = Math.max(at, ...windows.map((window) => window.freeAt(calls)));
      for (const window of windows) window.add(at, calls);
    }
    return at;
  }

  /**
   * The calls that were answered, in the order in which they were made: of all that count now, and of the latest that did
   * since the start.
   */
  get made(): readonly MadeCall[] {
    return [...this.#past, ...[...this.#entries].flatMap(madeCalls)].sort((one, other) => one.at - other.at);
  }

  #forget(now: Instant): void {
    for (const entry of this.#entries) {
      if (ageOf(entry, now, this.#longestMargin) < this.longestMs) continue;
      this.#entries.delete(entry);
      this.#past.push(...madeCalls(entry));
    }
    this.#past.splice(0, this.#past.length - mostPast);
  }
}

/** A rolling window in a simulation of the future; moments in milliseconds from now. */
class ForecastWindow {
  readonly #lengthMs: number;
  readonly #marginMs: number;
  readonly #limit: number;
  /** In the order in which they become too old to count; those before `#from` already are. */
  readonly #calls: { readonly at: number; readonly calls: number }[];
  #from = 0;
  #used: number;
  /** When the last of those before `#from` stopped counting. */
  #freedAt = 0;

  constructor({ lengthMs, marginMs }: QuotaWindow, limit: number, entries: readonly Entry[], now: Instant) {
    this.#lengthMs = lengthMs;
    this.#marginMs = marginMs;
    this.#limit = limit;
    this.#calls = entries
      .map((entry) => ({ at: -ageOf(entry, now, marginMs), calls: entry.calls }))
      .sort((a, b) => a.at - b.at);
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
    this.#calls.push({ at: at + this.#marginMs, calls });
    this.#used += calls;
  }
}

const isOwn = (entry: Entry): boolean => entry.own;

/** What an entry stands for; nothing while it is in progress, or once its calls are spent by others. */
function madeCalls({ answered, calls, headStartMs, isOurs, own }: Entry): MadeCall[] {
  if (!answered || calls <= 0) return [];
  // Without the margins that the windows allow for.
  return [{ at: isOurs ? answered.wall : answered.wall - headStartMs - listMarginMs, own, calls }];
}

function sumOf(entries: readonly Entry[]): number {
  return entries.reduce((sum, { calls }) => sum + calls, 0);
}

/** The smaller age of both clocks: a clock that jumps ahead frees no call. The margin is for calls of this process alone. */
function ageOf(entry: Entry, now: Instant, marginMs: number): number {
  if (entry.answered === undefined) return 0;
  const passed = Math.min(now.wall - entry.answered.wall, now.elapsed - entry.answered.elapsed);
  return passed + entry.headStartMs - (entry.isOurs ? marginMs : 0);
}

/** Milliseconds until at most `allowed` calls are younger than a window; Infinity while calls in progress fill it. */
function waitMsFor(
  entries: readonly Entry[],
  now: Instant,
  { lengthMs, marginMs }: QuotaWindow,
  allowed: number,
): number {
  if (allowed < 0) return Number.POSITIVE_INFINITY;
  // Of thousands of calls a day: mostly there is room for one more.
  if (sumOf(entries) <= allowed) return 0;
  const waits = entries
    .map((entry) => ({
      calls: entry.calls,
      waitMs: entry.answered ? lengthMs - ageOf(entry, now, marginMs) : Number.POSITIVE_INFINITY,
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
