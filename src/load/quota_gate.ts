/** Priority queue in front of the quota ledger: which call is next, and how long a wait may be. */
import { onAbort } from '../async.ts';
import { type Clock, hour, minute } from '../clock.ts';
import type { Config } from '../config/config.ts';
import { ConnectorError } from '../errors.ts';
import { formatDuration, formatTime } from '../format.ts';
import type { Reference } from '../model.ts';
import type { ReportEvent } from './events.ts';
import {
  type Entry,
  type Hold,
  type Instant,
  type Ledger,
  type MadeCall,
  type Pace,
  pacedWait,
  type Shortage,
  type Slot,
  type WindowUse,
} from './quota.ts';

/** A request for a call. */
export interface Turn {
  readonly calls: number;
  /** Smaller comes first, compared number by number. */
  readonly rank: readonly number[];
  /** The unique part of a submission's file name. */
  readonly send?: string | undefined;
  /** The caller reads the list of jobs before it uses the place, and then calls {@link QuotaGate.confirm}. */
  readonly toConfirm?: boolean;
  /** Removes the request from the queue. */
  readonly signal?: AbortSignal;
}

interface Request extends Turn {
  readonly resolve: (entry: Entry) => void;
  readonly reject: (reason: unknown) => void;
}

interface Options {
  readonly ledger: Ledger;
  readonly clock: Clock;
  readonly report: ReportEvent;
  readonly signal: AbortSignal;
  readonly quota: Pick<Config['quota'], 'max_wait_ms'>;
  /** Has the files that have not come to the gate yet, as their lane is not free. */
  readonly schedule: { readonly waiting: number };
  /** Minimum gaps between submissions; undefined: as close as the quota allows. */
  readonly pace?: Pace | undefined;
  /** Its calls are those of the object API, not of the Bulk API. */
  readonly route?: 'object_api';
}

type Held = Extract<Slot, { free: false }>;

/** Allows a wait for a full window if the limit equals the window's length, despite the ledger's margins. */
export const toleranceMs = minute;
/** How long after the first report of a wait the second follows; later ones come each hour. In milliseconds. */
const secondReportMs = 20 * minute;
const laterReportsMs = hour;

/** Grants one call at a time, the one with the smallest rank first. */
export class QuotaGate {
  readonly #ledger: Ledger;
  readonly #clock: Clock;
  readonly #report: ReportEvent;
  readonly #signal: AbortSignal;
  /** The longest single wait. */
  readonly #maxWaitMs: number;
  readonly #schedule: { readonly waiting: number };
  readonly #pace: Pace | undefined;
  readonly #route: 'object_api' | undefined;
  /** Submissions, and when each was made, on the monotonic clock. */
  #sends: readonly { readonly entry: Entry; readonly at: number }[] = [];
  #waiting: Request[] = [];
  /** A place that was granted but not confirmed: until then no other such place is granted. */
  #unconfirmed: { readonly entry: Entry; readonly turn: Turn } | undefined;
  #pumping = false;
  #wake = new AbortController();
  /** The wait as it was last logged: when, on the monotonic clock, how often, and its end then, by wall time. */
  #reported: { readonly at: number; readonly times: number; readonly until: number | undefined } | undefined;
  /** Since when no call was granted although some wait, on the monotonic clock; undefined otherwise. */
  #heldSince: number | undefined;
  /** When a place was last given back because others had used its calls, on the monotonic clock. */
  #givenBackAt = Number.NEGATIVE_INFINITY;
  /** Since when Gainsight has refused each submission for quota: trying counts as waiting. */
  #refusedSince: number | undefined;
  /** The last submission refused for quota. */
  #refused: Reference = {};

  constructor(options: Options) {
    this.#ledger = options.ledger;
    this.#clock = options.clock;
    this.#report = options.report;
    this.#signal = options.signal;
    this.#maxWaitMs = options.quota.max_wait_ms;
    this.#schedule = options.schedule;
    this.#pace = options.pace;
    this.#route = options.route;
    onAbort(this.#signal, () => this.#wake.abort());
  }

  /** Each window with its remaining calls; those in progress count. */
  use(): readonly WindowUse[] {
    return this.#ledger.use(this.#now());
  }

  /** The calls that were made, see {@link Ledger.made}. */
  get made(): readonly MadeCall[] {
    return this.#ledger.made;
  }

  /** The same for the log: only answered calls count. */
  get usedSoFar(): readonly WindowUse[] {
    return this.#ledger.use(this.#now(), { answered: true });
  }

  /**
   * When the last of this many submissions may be made, in milliseconds from now.
   * @param calls that each takes
   */
  forecast(submissions: number, calls: number): number {
    const paced = pacedWait(this.#pace, this.#lastSentAt, this.#clock.elapsed(), submissions);
    return Math.max(this.#ledger.forecast(this.#now(), submissions, calls), paced);
  }

  /**
   * Waits until the calls may be made and enters them into the ledger. With `toConfirm` the place must be confirmed, or
   * cancelled, before it is used.
   * @throws ConnectorError `quota_spent` if the wait would be longer than allowed
   */
  acquire(turn: Turn): Promise<Entry> {
    return new Promise((resolve, reject) => {
      const { signal } = turn;
      if (signal?.aborted) return reject(signal.reason);
      if (this.#isIdle()) this.#heldSince = undefined;
      // A file that is refused repeatedly comes back with the same signal.
      const leave = onAbort(signal, () => this.#drop(request, signal?.reason));
      const request: Request = {
        ...turn,
        resolve: (entry) => {
          leave();
          resolve(entry);
        },
        reject: (reason) => {
          leave();
          reject(reason);
        },
      };
      this.#waiting.push(request);
      this.#look();
    });
  }

  /**
   * Whether a place may be used after the list of jobs was read: the list may have shown calls of others, and a request
   * with a smaller rank may have come. If not, the place is given back.
   */
  confirm(entry: Entry): boolean {
    const { turn } = this.#unconfirmed?.entry === entry ? this.#unconfirmed : {};
    if (!turn) throw new Error('a place that is not to be confirmed');
    const isFirst = this.#waiting.every(({ rank }) => compareRanks(turn.rank, rank) <= 0);
    if (!isFirst || !this.#ledger.next(this.#now(), entry.calls, entry).free) {
      this.#givenBackAt = this.#clock.elapsed();
      this.cancel(entry);
      return false;
    }
    this.#unconfirmed = undefined;
    if (this.#pace) this.#sends = [...this.#sends, { entry, at: this.#clock.elapsed() }];
    this.#wentThrough();
    this.#look();
    return true;
  }

  /** One read, paid from what a job has set aside or by its own turn; reads come before submissions. */
  async spend(reserved: Entry | undefined, send?: string): Promise<Entry> {
    if (!reserved || reserved.calls <= 0) return this.acquire({ calls: 1, rank: [-1], send });
    reserved.calls -= 1;
    return this.#ledger.begin(1, send);
  }

  /** The call was answered. */
  answered(entry: Entry, jobId?: string): void {
    this.#ledger.answer(entry, this.#now(), jobId);
    if (jobId !== undefined) this.#refusedSince = undefined;
    this.#wake.abort();
  }

  /** The calls were certainly not made. */
  cancel(entry: Entry): void {
    if (this.#unconfirmed?.entry === entry) this.#unconfirmed = undefined;
    this.#sends = this.#sends.filter((send) => send.entry !== entry);
    this.release(entry);
  }

  /** The rest of what was set aside is no longer needed. */
  release(entry: Entry): void {
    this.#ledger.cancel(entry);
    this.#look();
  }

  /**
   * Gainsight refused a call for quota: no call for `waitMs` milliseconds.
   * @param refused the file and the answer
   */
  refuse(waitMs: number, refused: Reference = {}): void {
    this.#refused = refused;
    this.#refusedSince ??= this.#clock.elapsed();
    this.#ledger.refuse(this.#clock.elapsed() + waitMs);
  }

  #now(): Instant {
    return { wall: this.#clock.now(), elapsed: this.#clock.elapsed() };
  }

  /** No request waits. One that has just given a place back comes again, and counts as waiting. */
  #isIdle(): boolean {
    const isEmpty = this.#waiting.length === 0 && !this.#unconfirmed;
    return isEmpty && this.#clock.elapsed() - this.#givenBackAt > toleranceMs;
  }

  /** Something changed for those that wait: the sleeping step, if any, checks again. */
  #look(): void {
    this.#wake.abort();
    void this.#pump();
  }

  async #pump(): Promise<void> {
    if (this.#pumping) return;
    this.#pumping = true;
    try {
      for (let first = this.#first(); first; first = this.#first()) await this.#step(first);
    } catch (error) {
      for (const request of this.#waiting.splice(0)) request.reject(error);
    } finally {
      this.#pumping = false;
    }
  }

  async #step(first: Request): Promise<void> {
    this.#signal.throwIfAborted();
    // A request that comes while this step sleeps shortens the sleep.
    this.#wake = new AbortController();
    const slot = this.#slotFor(first);
    if (!slot.free) return this.#wait(first, slot);
    this.#waiting = this.#waiting.filter((other) => other !== first);
    const entry = this.#ledger.begin(first.calls, first.send);
    if (first.toConfirm) this.#unconfirmed = { entry, turn: first };
    else this.#wentThrough();
    first.resolve(entry);
  }

  #slotFor({ calls, toConfirm }: Turn): Slot {
    const slot = this.#ledger.next(this.#now(), calls);
    const paced = toConfirm ? pacedWait(this.#pace, this.#lastSentAt, this.#clock.elapsed()) : 0;
    return paced > (slot.free ? 0 : slot.waitMs) ? { free: false, waitMs: paced, hold: { why: 'restarted' } } : slot;
  }

  get #lastSentAt(): number | undefined {
    return this.#sends.at(-1)?.at;
  }

  /** A call was granted: the next wait is another one. */
  #wentThrough(): void {
    this.#reported = undefined;
    this.#heldSince = undefined;
  }

  /** The next request among those that need not wait for a confirmation. */
  #first(): Request | undefined {
    const ready = this.#unconfirmed ? this.#waiting.filter(({ toConfirm }) => !toConfirm) : this.#waiting;
    return ready.toSorted((a, b) => compareRanks(a.rank, b.rank))[0];
  }

  #drop(request: Request, reason: unknown): void {
    if (!this.#waiting.includes(request)) return;
    this.#waiting = this.#waiting.filter((other) => other !== request);
    request.reject(reason);
    this.#wake.abort();
  }

  async #wait(request: Request, { hold, waitMs }: Held): Promise<void> {
    const now = this.#clock.elapsed();
    // Calls in progress fill the window: their end is unknown, but they may not take longer than the maximum wait.
    const known = Number.isFinite(waitMs);
    const until = known ? this.#clock.now() + waitMs : undefined;
    // Since the calls ran out: how long a file has queued behind others does not count for this wait.
    this.#heldSince ??= now;
    const since = Math.min(this.#heldSince, this.#refusedSince ?? now);
    // A minimum gap is no lack of calls, and ends by itself.
    if (hold.why !== 'restarted' && now + (known ? waitMs : 0) - since > this.#maxWaitMs + toleranceMs) {
      return this.#drop(request, this.#spent(hold, until));
    }
    const reportAgainAt = this.#reportWait(hold, until);
    // A wait of unknown length must not pass the maximum unnoticed.
    const lookAgainMs = known ? waitMs : 5 * minute;
    await this.#clock
      .sleep(Math.min(lookAgainMs, reportAgainAt - now), this.#wake.signal)
      .catch(() => this.#signal.throwIfAborted());
  }

  /**
   * Reports the wait if that is due.
   * @param until its end by wall time; undefined if it is not known
   * @returns when to report it again, on the monotonic clock
   */
  #reportWait(hold: Hold, until: number | undefined): number {
    const now = this.#clock.elapsed();
    const last = this.#reported;
    // Others may have used the calls that this wait was for; or calls were in progress, and have been answered.
    const isLonger =
      last !== undefined && until !== undefined && until > (last.until ?? this.#clock.now()) + toleranceMs;
    // Sums on both sides: the difference of two moments may be rounded below the waited time, and the wait would never
    // end.
    const dueAt = last ? last.at + (last.times === 1 ? secondReportMs : laterReportsMs) : now;
    if (!isLonger && now < dueAt) return dueAt;
    this.#reported = { at: now, times: (last?.times ?? 0) + 1, until };
    const others = this.#ledger.others(this.#now(), hold);
    this.#report({ kind: 'quota wait', hold, until, others, ...(this.#route && { route: this.#route }) });
    return now + (last ? laterReportsMs : secondReportMs);
  }

  #spent(hold: Shortage, until: number | undefined): ConnectorError {
    const { fileName, requestId } = hold.why === 'refused' ? this.#refused : {};
    const details = {
      until: until === undefined ? 'a time that is not known' : formatTime(until),
      why: spentReason(hold, this.#route),
      longest: formatDuration(this.#maxWaitMs),
      waiting: this.#route
        ? `calls waiting: ${this.#waiting.length}`
        : `files not sent yet: ${this.#waiting.length + this.#schedule.waiting}`,
    };
    return new ConnectorError('quota_spent', details, { requestId }).ofFile(fileName);
  }
}

function spentReason(hold: Shortage, route: 'object_api' | undefined): string {
  const calls = route ? 'calls of the object API' : 'calls';
  switch (hold.why) {
    case 'used':
      return `the ${calls} of this ${hold.window} are used up`;
    case 'reserved':
      return `the ${calls} of this ${hold.window} that are not reserved for others are used up`;
    case 'refused':
      return route
        ? 'Gainsight refused the last call of the object API for quota'
        : 'Gainsight refused the last call for quota';
  }
}

/** Compares two ranks: below 0 if the first comes first. */
export function compareRanks(a: readonly number[], b: readonly number[]): number {
  for (let i = 0; i < Math.max(a.length, b.length); i++) {
    const difference = (a[i] ?? 0) - (b[i] ?? 0);
    if (difference !== 0) return difference;
  }
  return 0;
}
