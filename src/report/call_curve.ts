/** How many calls count in a rolling window at each moment of a period, from the moments at which calls were made. */

/** Calls of one moment, in milliseconds since 1970. */
export interface CallsAt {
  readonly at: number;
  /** Made by this connector. */
  readonly ours: boolean;
  readonly calls: number;
}

/** In the order in which they were made. */
export type Calls = readonly CallsAt[];

/** The calls that count in a window from this moment on. */
export interface Step {
  readonly at: number;
  readonly ours: number;
  readonly others: number;
}

/** A period, in milliseconds since 1970. */
export interface Period {
  readonly from: number;
  readonly to: number;
}

const hour = 3_600_000;

/** The steps of a rolling window in a period, from its begin on. @param hours the length of the window */
export function stepsOf(calls: Calls, hours: number, { from, to }: Period): Step[] {
  const changes = calls
    .flatMap(({ at, ours, calls: count }) => [
      { at, ours, by: count },
      { at: at + hours * hour, ours, by: -count },
    ])
    .filter(({ at }) => at <= to)
    .sort((one, other) => one.at - other.at || one.by - other.by);
  const steps: Step[] = [{ at: from, ours: 0, others: 0 }];
  for (const { at, ours, by } of changes) {
    const last = steps.at(-1) as Step;
    const step = { at: Math.max(at, from), ours: last.ours + (ours ? by : 0), others: last.others + (ours ? 0 : by) };
    if (step.at === last.at) steps[steps.length - 1] = step;
    else steps.push(step);
  }
  return steps;
}

/** The most calls that count at one moment. */
export function mostIn(steps: readonly Step[]): number {
  return steps.reduce((most, { ours, others }) => Math.max(most, ours + others), 0);
}

/** The calls of one hour of the clock. */
export interface HourOfCalls {
  readonly from: number;
  readonly ours: number;
  readonly others: number;
  /** For each window, the most calls that counted in it at one moment of this hour. */
  readonly most: readonly number[];
}

/** The hours of a period in which calls were made, or before it as far as they count in it. */
export function hoursOf(
  calls: Calls,
  windows: readonly { readonly hours: number }[],
  { from, to }: Period,
): HourOfCalls[] {
  const longest = Math.max(...windows.map(({ hours }) => hours));
  const start = from - longest * hour;
  const known = calls.filter(({ at }) => at > start && at <= to);
  const curves = windows.map(({ hours }) => byHour(stepsOf(calls, hours, { from: start, to })));
  const sums = new Map<number, { ours: number; others: number }>();
  for (const { at, ours, calls: count } of known) {
    const begin = Math.floor(at / hour) * hour;
    const sum = sums.get(begin) ?? { ours: 0, others: 0 };
    sum[ours ? 'ours' : 'others'] += count;
    sums.set(begin, sum);
  }
  return [...sums].map(([begin, sum]) => ({
    from: begin,
    ...sum,
    most: curves.map((most) => most.get(begin) ?? 0),
  }));
}

/** The most at one moment of each hour in which there is a step. */
function byHour(steps: readonly Step[]): Map<number, number> {
  const most = new Map<number, number>();
  for (const { at, ours, others } of steps) {
    const begin = Math.floor(at / hour) * hour;
    most.set(begin, Math.max(most.get(begin) ?? 0, ours + others));
  }
  return most;
}
