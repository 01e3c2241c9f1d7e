/**
 * A year of scheduled syncs on one tenant, in simulated time: connections on schedules, another client of the Bulk
 * API, and an outage. The connector's part is its own ledger, pacing and retry rules; tenant and Airbyte are models.
 */
import { day, hour, minute, second } from '../../src/clock.ts';
import type { QuotaWindow } from '../../src/config/quota_windows.ts';
import { type Instant, Ledger, type ListedCall, type Pace, paceAfterRestart, pacedWait } from '../../src/load/quota.ts';
import { toleranceMs } from '../../src/load/quota_gate.ts';
import { backOff, maxRefusedMs } from '../../src/load/retry.ts';
import { usualQuota } from '../support/usual_settings.ts';

/** A connection of Airbyte. */
export interface Connection {
  readonly name: string;
  /** Each with an object of its own. */
  readonly streams: number;
  /** CSV that a stream gains in an hour, in megabytes; a sync sends what came since the last one that was loaded. */
  readonly megabytesPerHour: number;
  /** A gap between starts in milliseconds, or a time of day somewhere. */
  readonly schedule: number | { readonly at: string; readonly timeZone: string };
}

/** Another client: how many calls it makes at once, and when. */
export interface Burst {
  readonly at: number;
  readonly calls: number;
}

/** Moments are milliseconds since the epoch. */
export interface Year {
  readonly from: number;
  readonly until: number;
  readonly connections: readonly Connection[];
  readonly bursts: readonly Burst[];
  /** Gainsight answers nothing. */
  readonly outage: { readonly from: number; readonly until: number };
  readonly windows: readonly QuotaWindow[];
  readonly jobMs: number;
  readonly maxWaitMs: number;
  readonly megabytesPerFile: number;
  readonly random: () => number;
}

/** What was seen of one stream of a connection. */
export interface StreamYear {
  readonly connection: string;
  readonly stream: number;
  calls: number;
  /** Each load: when the rows were read from the source, and when Gainsight had them. */
  readonly loads: { readonly cut: number; readonly at: number }[];
}

/** A call as the tenant sees it. */
export interface Call {
  readonly at: number;
  /** `stream` or `other`. */
  readonly by: string;
  readonly isOwn: boolean;
  readonly answer: 'accepted' | 'refused' | 'unavailable';
  /** When the list was read on whose strength it was made. */
  readonly listedAt: number;
}

export interface YearResult {
  readonly streams: readonly StreamYear[];
  readonly calls: readonly Call[];
  /** Scheduled starts, and those at which a sync began. */
  readonly planned: ReadonlyMap<string, number>;
  readonly started: ReadonlyMap<string, number>;
  /** Attempts by their end. */
  readonly ends: ReadonlyMap<AttemptEnd, number>;
}

type AttemptEnd = 'done' | 'quota_spent' | 'unavailable';

/** An actor yields the moment at which it goes on. */
type Actor<T = void> = Generator<number, T, void>;

const uploadMs = 10 * second;

/** Gainsight: rolling windows, which allow least of all ways to count. */
class Tenant {
  readonly calls: Call[] = [];
  now: number;
  readonly #year: Year;
  /** Accepted calls and those that fail in the outage, which count as well. */
  #counted: Call[] = [];

  constructor(year: Year) {
    this.#year = year;
    this.now = year.from;
  }

  get isDown(): boolean {
    const { from, until } = this.#year.outage;
    return this.now >= from && this.now < until;
  }

  submit(by: string, isOwn: boolean, listedAt: number): Call['answer'] {
    this.#counted = this.#counted.filter(({ at }) => at > this.now - day);
    const isFull = this.#year.windows.some(
      ({ lengthMs, limit }) => this.#counted.filter(({ at }) => at > this.now - lengthMs).length >= limit,
    );
    const room = isFull ? 'refused' : 'accepted';
    const answer = this.isDown ? 'unavailable' : room;
    const call: Call = { at: this.now, by, isOwn, answer, listedAt };
    this.calls.push(call);
    if (answer !== 'refused') this.#counted.push(call);
    return answer;
  }

  /** The list of jobs since a moment: accepted calls alone. */
  list(since: number): ListedCall[] {
    return this.#counted
      .filter(({ at, answer }) => at >= since && answer === 'accepted')
      .map((call) => {
        const identity = `job ${call.by} ${call.at}`;
        return { identity, send: undefined, ageMs: this.now - call.at, own: call.isOwn, calls: 1 };
      });
  }
}

/** Simulates it. */
export function simulateYear(year: Year): YearResult {
  const tenant = new Tenant(year);
  const runs = year.connections.map((connection) => new ConnectionYear(connection, year, tenant));
  const actors: Actor[] = [...runs.map((run) => run.live()), others(year, tenant)];
  const next = actors.map((actor) => ({ actor, at: wakeOf(actor) }));
  for (;;) {
    const first = next.reduce((earliest, each) => (each.at < earliest.at ? each : earliest));
    if (first.at >= year.until) break;
    tenant.now = first.at;
    first.at = wakeOf(first.actor);
  }
  const ends = new Map<AttemptEnd, number>();
  for (const run of runs) for (const end of run.ends) ends.set(end, (ends.get(end) ?? 0) + 1);
  return {
    streams: runs.flatMap(({ streams }) => streams),
    calls: tenant.calls,
    planned: new Map(runs.map(({ name, starts }) => [name, starts.length])),
    started: new Map(runs.map(({ name, started }) => [name, started])),
    ends,
  };
}

function wakeOf(actor: Actor): number {
  const { done, value } = actor.next();
  return done ? Number.POSITIVE_INFINITY : (value as number);
}

/** Another client: it reads nothing, and tries again each minute until its calls are accepted. */
function* others({ bursts }: Year, tenant: Tenant): Actor {
  for (const { at, calls } of bursts) {
    yield Math.max(at, tenant.now);
    for (let left = calls; left > 0; ) {
      if (tenant.submit('other', false, tenant.now) === 'accepted') left -= 1;
      yield tenant.now + minute;
    }
  }
}

/** One connection through the year, as Airbyte runs it: no sync beside another, failed ones again after a pause. */
class ConnectionYear {
  readonly name: string;
  readonly streams: StreamYear[];
  readonly starts: readonly number[];
  started = 0;
  readonly ends: AttemptEnd[] = [];
  readonly #connection: Connection;
  readonly #year: Year;
  readonly #tenant: Tenant;

  constructor(connection: Connection, year: Year, tenant: Tenant) {
    this.name = connection.name;
    this.#connection = connection;
    this.#year = year;
    this.#tenant = tenant;
    this.starts = startsOf(connection, year);
    this.streams = Array.from({ length: connection.streams }, (_, stream) => {
      return { connection: this.name, stream, calls: 0, loads: [] };
    });
  }

  *live(): Actor {
    const tenant = this.#tenant;
    for (const [turn, start] of this.starts.entries()) {
      // A start that passed while a sync ran is made up for once: by the last one that passed.
      if ((this.starts[turn + 1] ?? Number.POSITIVE_INFINITY) <= tenant.now) continue;
      yield Math.max(start, tenant.now);
      this.started += 1;
      yield* this.#job();
    }
  }

  /** One sync of Airbyte with its attempts: up to five without progress, after pauses from 10 s to 30 min. */
  *#job(): Actor {
    for (let attempt = 0, failed = 0; failed < 5; attempt += 1) {
      const before = this.#loads;
      const end = yield* this.#attempt(attempt);
      this.ends.push(end);
      if (end === 'done') return;
      failed = this.#loads > before ? 1 : failed + 1;
      yield this.#tenant.now + Math.min(10 * second * 3 ** (failed - 1), 30 * minute);
    }
  }

  get #loads(): number {
    return this.streams.reduce((sum, { loads }) => sum + loads.length, 0);
  }

  *#attempt(number: number): Actor<AttemptEnd> {
    const tenant = this.#tenant;
    const startedAt = tenant.now;
    const due = this.streams.map((stream): Due => {
      const hours = (startedAt - (stream.loads.at(-1)?.cut ?? this.#year.from)) / hour;
      const files = Math.ceil((hours * this.#connection.megabytesPerHour) / this.#year.megabytesPerFile);
      return { stream, files, sent: 0, freeAt: startedAt };
    });
    const sending = new Sending(this.#year, tenant, number > 0);
    for (;;) {
      const open = due.filter(({ files, sent }) => sent < files);
      if (open.length === 0) break;
      // Every stream gets its first file before any gets a second.
      const [first] = open.filter(({ freeAt }) => freeAt <= tenant.now).sort((a, b) => a.sent - b.sent);
      if (!first) {
        yield Math.min(...open.map(({ freeAt }) => freeAt));
        continue;
      }
      const end = yield* this.#send(first, sending, startedAt);
      if (end !== 'sent') return end;
    }
    yield Math.max(tenant.now, ...due.map(({ freeAt }) => freeAt));
    return 'done';
  }

  *#send(due: Due, sending: Sending, startedAt: number): Actor<'sent' | Exclude<AttemptEnd, 'done'>> {
    const by = `${this.name} ${due.stream.stream} ${due.sent}`;
    for (;;) {
      if (!(yield* this.#answers())) return 'unavailable';
      const waitMs = sending.waitMs();
      if (waitMs === undefined) return 'quota_spent';
      if (waitMs > 0) {
        yield this.#tenant.now + Math.ceil(waitMs);
        continue;
      }
      const submitted = sending.begin();
      yield this.#tenant.now + uploadMs;
      due.stream.calls += 1;
      if (submitted(by) !== 'accepted') continue;
      due.sent += 1;
      due.freeAt = this.#tenant.now + this.#year.jobMs;
      if (due.sent === due.files) due.stream.loads.push({ cut: startedAt, at: due.freeAt });
      return 'sent';
    }
  }

  /** Waits for Gainsight as long as a read is repeated. */
  *#answers(): Actor<boolean> {
    const since = this.#tenant.now;
    for (let tries = 0; this.#tenant.isDown; tries += 1) {
      if (this.#tenant.now - since > maxRefusedMs) return false;
      yield this.#tenant.now + Math.max(1, backOff(tries, this.#year.random()));
    }
    return true;
  }
}

/** The files of a stream in one attempt. */
interface Due {
  readonly stream: StreamYear;
  readonly files: number;
  sent: number;
  /** When its last job ends: an object has one at a time. */
  freeAt: number;
}

/** When one process may submit: the connector's own ledger and pacing. */
class Sending {
  readonly #year: Year;
  readonly #tenant: Tenant;
  readonly #ledger: Ledger;
  readonly #pace: Pace | undefined;
  #listedAt: number;
  #sentAt: number | undefined;
  #heldSince: number | undefined;

  constructor(year: Year, tenant: Tenant, isRepeated: boolean) {
    this.#year = year;
    this.#tenant = tenant;
    this.#ledger = new Ledger(year.windows);
    this.#pace = isRepeated ? paceAfterRestart(usualQuota, 1, tenant.now) : undefined;
    this.#listedAt = tenant.now - day;
  }

  /** Reads the list of jobs. Undefined: the wait would be longer than allowed. */
  waitMs(): number | undefined {
    const { now } = this.#tenant;
    this.#ledger.learn(this.#tenant.list(this.#listedAt), this.#instant);
    this.#listedAt = now;
    const slot = this.#ledger.next(this.#instant);
    const pacedMs = pacedWait(this.#pace, this.#sentAt, now);
    const waitMs = Math.max(slot.free ? 0 : slot.waitMs, pacedMs);
    if (waitMs === 0) this.#heldSince = undefined;
    else this.#heldSince ??= now;
    const isTooLong = now + waitMs - (this.#heldSince ?? now) > this.#year.maxWaitMs + toleranceMs;
    return isTooLong && waitMs > pacedMs ? undefined : waitMs;
  }

  /** Begins a submission; what it returns is called when the file has arrived. */
  begin(): (by: string) => Call['answer'] {
    const entry = this.#ledger.begin();
    const listedAt = this.#tenant.now;
    this.#sentAt = listedAt;
    return (by) => {
      const { now } = this.#tenant;
      const answer = this.#tenant.submit(by, true, listedAt);
      this.#ledger.answer(entry, this.#instant, `${by} ${now}`);
      // Without a time to wait the next full hour is waited for.
      if (answer === 'refused') this.#ledger.refuse(now + hour - (now % hour));
      return answer;
    };
  }

  get #instant(): Instant {
    return { wall: this.#tenant.now, elapsed: this.#tenant.now };
  }
}

/** The scheduled starts in a year. A time of day that a change of clocks skips has none; one that comes twice, one. */
function startsOf({ schedule }: Connection, { from, until }: Year): number[] {
  const starts: number[] = [];
  if (typeof schedule === 'number') {
    for (let at = from; at < until; at += schedule) starts.push(at);
    return starts;
  }
  const { at: time, timeZone } = schedule;
  const format = new Intl.DateTimeFormat('en-GB', {
    ...{ timeZone, hourCycle: 'h23' },
    ...{ month: 'numeric', day: 'numeric', hour: '2-digit', minute: '2-digit' },
  });
  let last = '';
  for (let at = from; at < until; at += 30 * minute) {
    const [date = '', clock = ''] = format.format(at).split(', ');
    if (clock !== time || date === last) continue;
    last = date;
    starts.push(at);
  }
  return starts;
}
