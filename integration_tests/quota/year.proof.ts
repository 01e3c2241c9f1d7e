/** The table of schedules in `docs/quota.md`, from a simulated year of each, and what must hold in any year. */
import { readFileSync, writeFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import t from 'tap';
import { day, hour, minute } from '../../src/clock.ts';
import { quotaWindows } from '../../src/config/quota_windows.ts';
import { randomFrom } from '../support/random.ts';
import { usualQuota } from '../support/usual_settings.ts';
import {
  type Burst,
  type Call,
  type Connection,
  type StreamYear,
  simulateYear,
  type Year,
  type YearResult,
} from './year.ts';

const page = fileURLToPath(new URL('../../../docs/quota.md', import.meta.url));
const from = Date.UTC(2026, 0, 1);
const until = Date.UTC(2027, 0, 1);
const outage = { from: Date.UTC(2026, 8, 16, 7, 20), until: Date.UTC(2026, 8, 18, 7, 20) };
/** Two days of an outage leave a backlog: for this long the age of data is not that of the schedule. */
const recoveryMs = 2 * day;
const night = { at: '02:30', timeZone: 'America/New_York' };

const days = (until - from) / day;
const heading = '## Planning schedules';

/** A row of the table. */
interface Row {
  readonly connections: readonly Connection[];
  /** Calls that another client makes in a burst; 0: there is none. */
  readonly burst?: number;
  readonly reserved?: number;
}

function connection(name: string, streams: number, schedule: Connection['schedule'], megabytesPerHour = 1): Connection {
  return { name, streams, schedule, megabytesPerHour };
}

const rows: Readonly<Record<string, Row>> = {
  '4 streams, hourly': { connections: [connection('hourly', 4, hour)] },
  '5 streams, hourly': { connections: [connection('hourly', 5, hour)] },
  '12 streams, every 3 hours': { connections: [connection('3 hours', 12, 3 * hour)] },
  '20 streams, every 3 hours': { connections: [connection('3 hours', 20, 3 * hour)] },
  '60 streams, nightly': { connections: [connection('nightly', 60, night)] },
  '95 streams, nightly': { connections: [connection('nightly', 95, night)] },
  '120 streams, nightly': { connections: [connection('nightly', 120, night)] },
  '1 stream of 7 GB a day, nightly': { connections: [connection('nightly', 1, night, 7000 / 24)] },
  '2 streams, hourly, and 40, nightly': {
    connections: [connection('hourly', 2, hour), connection('nightly', 40, night)],
  },
  '3 streams, hourly, and 60, nightly': {
    connections: [connection('hourly', 3, hour), connection('nightly', 60, night)],
  },
  '2 streams, hourly; another client: 30 at once, 3 times a week': {
    connections: [connection('hourly', 2, hour)],
    burst: 30,
  },
  '4 streams, hourly; another client: 30 at once, 3 times a week': {
    connections: [connection('hourly', 4, hour)],
    burst: 30,
  },
  'the same, with `quota.reserved_per_day` 30': {
    connections: [connection('hourly', 4, hour)],
    burst: 30,
    reserved: 30,
  },
};

function yearOf({ connections, burst = 0, reserved = 0 }: Row, seed: number): Year {
  const whole = randomFrom(seed);
  const random = () => whole(2 ** 32) / 2 ** 32;
  const bursts: Burst[] = [];
  for (let at = from; burst > 0 && at < until; at += (7 * day) / 3)
    bursts.push({ at: at + Math.floor(random() * day), calls: burst });
  const windows = quotaWindows({ ...usualQuota, reserved_per_day: reserved });
  const usual = { windows, jobMs: 2 * minute, maxWaitMs: usualQuota.max_wait_ms, megabytesPerFile: 75 };
  return { from, until, connections, bursts, outage, random, ...usual };
}

/** Calls that a day of the schedule needs: one for each stream and start, or for each file. */
function neededPerDay({ connections }: Row, { planned }: YearResult): number {
  return connections.reduce((sum, { name, streams, megabytesPerHour }) => {
    const starts = (planned.get(name) ?? 0) / days;
    return sum + streams * starts * Math.ceil(((24 / starts) * megabytesPerHour) / 75);
  }, 0);
}

/** How old the data of a stream are in Gainsight: the median over time, and the greatest, in milliseconds. */
function ages(streams: readonly StreamYear[], isCounted: (at: number) => boolean): { median: number; most: number } {
  const step = 10 * minute;
  const seen: number[] = [];
  for (const { loads } of streams) {
    let at = from + day;
    for (const [index, { cut, at: loadedAt }] of loads.entries()) {
      const replacedAt = Math.min(loads[index + 1]?.at ?? until, until);
      for (at = Math.max(at, loadedAt); at < replacedAt; at += step) if (isCounted(at)) seen.push(at - cut);
    }
  }
  const sorted = Float64Array.from(seen).sort();
  return { median: sorted[sorted.length >> 1] ?? Number.NaN, most: sorted.at(-1) ?? Number.NaN };
}

const isUsual = (at: number) => at < outage.from || at > outage.until + recoveryMs;

function hours(ms: number): string {
  const text = (ms / hour).toFixed(ms < 10 * hour ? 1 : 0);
  return `${text.replace(/\.0$/, '')} h`;
}

/** A row as in the table. */
function rowText(name: string, row: Row, result: YearResult): string {
  const { planned, started, streams, calls } = result;
  const sumOf = (counts: ReadonlyMap<string, number>) => [...counts.values()].reduce((sum, count) => sum + count, 0);
  const { median, most } = ages(streams, isUsual);
  const made = calls.filter(({ isOwn, answer }) => isOwn && answer === 'accepted').length / days;
  const onTime = `${Math.floor((100 * sumOf(started)) / sumOf(planned))} %`;
  const needed = Math.round(neededPerDay(row, result));
  return `| ${[name, needed, Math.round(made), onTime, hours(median), hours(most)].join(' | ')} |`;
}

/**
 * Own calls that Gainsight refused although the connector could know: no call of another process was counted after the
 * list was read, and none of the last day is missing from the list as it was answered in the outage.
 */
function refusedByOurDoing({ calls }: YearResult): number {
  return calls.filter((call, index) => {
    if (!call.isOwn || call.answer !== 'refused') return false;
    for (let before = index - 1; before >= 0; before -= 1) {
      const { at, by, answer } = calls[before] as Call;
      if (at <= call.at - day) return true;
      if (answer === 'unavailable') return false;
      if (answer === 'accepted' && at >= call.listedAt && by.split(' ')[0] !== call.by.split(' ')[0]) return false;
    }
    return true;
  }).length;
}

/** The most calls of our own in any window of this length. */
function mostIn(result: YearResult, lengthMs: number): number {
  const moments = result.calls.filter(({ isOwn, answer }) => isOwn && answer !== 'refused').map(({ at }) => at);
  let [first, most] = [0, 0];
  for (const [last, at] of moments.entries()) {
    while ((moments[first] as number) <= at - lengthMs) first += 1;
    most = Math.max(most, last - first + 1);
  }
  return most;
}

const results = Object.entries(rows).map(([name, row], index) => {
  return { name, row, result: simulateYear(yearOf(row, index + 1)) };
});

t.test('the table of schedules in docs/quota.md is that of a simulated year', async (t) => {
  const text = readFileSync(page, 'utf8');
  const start = text.indexOf('\n| --- |', text.indexOf(heading)) + 1;
  const end = text.indexOf('\n\n', start);
  const [rule = '', ...written] = text.slice(start, end).split('\n');
  const simulated = results.map(({ name, row, result }) => rowText(name, row, result));
  if (process.env['UPDATE_DOCS'])
    writeFileSync(page, `${text.slice(0, start)}${[rule, ...simulated].join('\n')}${text.slice(end)}`);
  else t.same(written, simulated);
});

for (const { name, row, result } of results)
  t.test(name, async (t) => {
    t.equal(refusedByOurDoing(result), 0, 'no call is refused that the list of jobs had room for');
    // Calls of two processes at one moment do not see each other.
    for (const { name: window, lengthMs, limit, ownLimit } of yearOf(row, 1).windows)
      t.ok(mostIn(result, lengthMs) <= (row.connections.length > 1 ? limit : ownLimit), `calls of a ${window}`);
    for (const { connection, stream, loads } of result.streams) {
      const last = loads.at(-1)?.at ?? 0;
      if (until - last > 15 * day)
        t.fail(`stream ${stream} of ${connection} was last loaded ${hours(until - last)} ago`);
      const isOrdered = loads.every(({ cut, at }, index) => cut < at && cut > (loads[index - 1]?.cut ?? 0));
      if (!isOrdered) t.fail(`stream ${stream} of ${connection} loads older rows over newer ones`);
    }
    const missing =
      1 -
      result.calls.filter(({ isOwn, answer }) => isOwn && answer === 'accepted').length /
        days /
        neededPerDay(row, result);
    if (neededPerDay(row, result) <= usualQuota.calls_per_day && !row.burst)
      t.ok(missing < 0.04, 'a schedule that fits makes its calls, but for the two days of the outage');
  });
