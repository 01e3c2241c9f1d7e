/** Computes the ages of listed jobs, in whatever form the tenant writes dates. Pure, except for the learnt zone. */
import { day, hour, minute } from '../../clock.ts';

/** A date as the tenant wrote it. */
export type JobDate =
  /** Milliseconds since 1970. */
  | { readonly kind: 'moment'; readonly at: number }
  /** Without a zone: milliseconds since 1970 as if it were UTC. */
  | { readonly kind: 'local'; readonly at: number }
  /** None, or one without a time of day. */
  | { readonly kind: 'none' };

/** Offsets of all time zones are within this range, positive or negative. */
const maxOffset = 14 * hour;
/** Offsets of time zones are multiples of this. */
const offsetStep = 15 * minute;

const withTime = /^(\d{4}-\d\d-\d\d)[Tt ](\d\d:\d\d(?::\d\d(?:\.\d+)?)?) ?(?:([Zz]|UTC|GMT)|([+-]\d\d):?(\d\d)?)?$/;
/** As in an HTTP header: `Sun, 29 Nov 2026 10:00:00 GMT`. */
const inWords = /^\w{3}, \d{1,2} \w{3} \d{4} \d\d:\d\d(:\d\d)? (GMT|UTC|[+-]\d{4})$/;

/** Parses a date. Digits alone are milliseconds since 1970, or seconds if there are at most eleven. */
export function readJobDate(text: string | undefined): JobDate {
  const written = text?.trim() ?? '';
  if (/^\d{9,14}$/.test(written)) {
    return { kind: 'moment', at: Number(written) * (written.length <= 11 ? 1000 : 1) };
  }
  const [, date, time, zone, hours, minutes = '00'] = withTime.exec(written) ?? [];
  if (date === undefined) return dated('moment', inWords.test(written) ? Date.parse(written) : Number.NaN);
  if (zone !== undefined) return dated('moment', Date.parse(`${date}T${time}Z`));
  if (hours !== undefined) return dated('moment', Date.parse(`${date}T${time}${hours}:${minutes}`));
  return dated('local', Date.parse(`${date}T${time}Z`));
}

function dated(kind: 'moment' | 'local', at: number): JobDate {
  return Number.isNaN(at) ? { kind: 'none' } : { kind, at };
}

/** What is known of the time zone of dates without one. */
export class JobDates {
  /** Server time minus such a date read as UTC, at the same moment; undefined until learnt. */
  #offset: number | undefined;
  /** The latest such date seen. */
  #latest = Number.NEGATIVE_INFINITY;

  /** Whether ages of dates without a zone are known. */
  get isLearnt(): boolean {
    return this.#offset !== undefined;
  }

  /** Takes a date of the list. */
  see(date: JobDate): void {
    if (date.kind === 'local') this.#latest = Math.max(this.#latest, date.at);
  }

  /**
   * Learns the zone from a job of our own with this date and a known age.
   * @returns whether this changes ages
   */
  learn(date: JobDate, ageMs: number, serverNow: number): boolean {
    if (date.kind !== 'local') return false;
    const offset = Math.round((serverNow - date.at - ageMs) / offsetStep) * offsetStep;
    if (Math.abs(offset) > maxOffset || offset === this.#offset) return false;
    this.#offset = offset;
    return true;
  }

  /**
   * The age of a job in milliseconds; undefined if its date is unusable. Until the zone is learnt, the latest listed
   * job counts as just made, as far as any zone allows: so no call of the last hour is missed.
   */
  ageOf(date: JobDate, serverNow: number): number | undefined {
    if (date.kind === 'none') return undefined;
    if (date.kind === 'moment') return Math.max(0, serverNow - date.at);
    const assumed = Math.max(-maxOffset, Math.min(serverNow - this.#latest, maxOffset));
    return Math.max(0, serverNow - date.at - (this.#offset ?? assumed));
  }
}

/**
 * Ages of the jobs of one page, with unreadable dates filled in: such a job counts as young as the previous one, if a
 * later one on the page was made within a day; undefined: it does not count.
 * @param ages newest first, undefined if the date is unreadable
 */
export function fillAges(ages: readonly (number | undefined)[]): (number | undefined)[] {
  const filled = [...ages];
  let behind: number | undefined;
  for (let at = filled.length - 1; at >= 0; at--) {
    const age = ages[at];
    if (age !== undefined) behind = age;
    else if (behind !== undefined && behind < day) filled[at] = lastBefore(ages, at) ?? 0;
  }
  return filled;
}

function lastBefore(ages: readonly (number | undefined)[], at: number): number | undefined {
  return ages.slice(0, at).findLast((age) => age !== undefined);
}
