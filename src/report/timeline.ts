/**
 * The drawing of a period: the jobs by lane, and below them the calls of each window of the quota at any moment. Plain SVG;
 * its width is that of the page, so that texts are beside it and not in it.
 */

import { formatCount, formatCounted } from '../format.ts';
import { type Html, html } from '../page/html.ts';
import { limited, named, table } from '../page/table.ts';
import { type Calls, type HourOfCalls, hoursOf, mostIn, type Step, stepsOf } from './call_curve.ts';

/** A job as it is drawn. Times are wall time in milliseconds since 1970. */
export interface DrawnJob {
  readonly id: string;
  /** Jobs of one lane lie on one line. */
  readonly lane: string;
  readonly begunAt: number;
  /** Undefined: it is not known to have ended. */
  readonly endedAt: number | undefined;
  readonly kind: JobKind;
}

/** How a job is drawn: loaded; with rejected rows; failed; its end is not known. */
export type JobKind = 'good' | 'warn' | 'bad' | 'open';

/** A window of the quota. */
export interface DrawnWindow {
  readonly window: string;
  readonly hours: number;
  readonly limit: number;
  /** Calls that are left to others. */
  readonly reserved: number;
}

/** What is drawn. */
export interface Timeline {
  readonly from: number;
  readonly to: number;
  readonly jobs: readonly DrawnJob[];
  /** In the order in which they were made; those of a day before `from` count too. */
  readonly calls: Calls;
  readonly windows: readonly DrawnWindow[];
  /** What is said of a kind, if not the usual. */
  readonly labels?: Partial<Readonly<Record<JobKind, string>>>;
}

/** Units of the drawing from left to right. */
const width = 1000;
const laneHeight = 14;
const curveHeight = 56;
/** Further lanes are drawn as one. */
const mostLanes = 12;
const mostTableBytes = 50_000;
const mostLaneBytes = 100_000;

const usualLabels: Readonly<Record<JobKind, string>> = {
  good: 'loaded',
  warn: 'with rejected rows',
  bad: 'failed',
  open: 'without a known end',
};

/** The drawing, what its colours mean, and its numbers as a table. */
export function timelineOf(timeline: Timeline): Html {
  const period = { ...timeline, to: Math.max(timeline.to, timeline.from + 1000) };
  const { calls, windows } = period;
  return html`<div class="chart">${lanesOf(period)}${windows.map((window) => curveOf(window, period))}${axisOf(period)}</div>
${legendOf(period)}${windows.length > 0 && callTable(hoursOf(calls, windows, period), windows)}`;
}

function lanesOf(period: Timeline): Html[] {
  const lanes = new Map<string, DrawnJob[]>();
  for (const job of period.jobs) {
    const lane = lanes.get(job.lane) ?? [];
    lanes.set(job.lane, lane);
    lane.push(job);
  }
  const rest = [...lanes].slice(mostLanes);
  const drawn: [string, DrawnJob[]][] = [...lanes].slice(0, mostLanes);
  if (rest.length > 0) drawn.push([`${formatCount(rest.length)} more`, rest.flatMap(([, jobs]) => jobs)]);
  return drawn.map(([lane, jobs]) => {
    const { shown } = limited(barsOf(jobs, period), mostLaneBytes / drawn.length, (bar) => barMarkup(bar, period));
    const count = formatCounted(jobs.length, 'job');
    return html`<div class="name"><b>${named(lane, 60)}</b><span class="dim">${count}</span></div>
<svg viewBox="0 0 ${width} ${laneHeight}" height="${laneHeight}" preserveAspectRatio="none" role="img" aria-label="${count}">${groundOf(period, laneHeight)}${shown}</svg>`;
  });
}

/** A bar of one job, or of several that lie too close to be distinguished. */
interface Bar {
  readonly kind: JobKind;
  readonly from: number;
  to: number;
  readonly id: string;
  jobs: number;
}

/** What is seen best is drawn last. */
const order: readonly JobKind[] = ['good', 'open', 'warn', 'bad'];

function barsOf(jobs: readonly DrawnJob[], period: Timeline): Bar[] {
  const bars: Bar[] = [];
  const sorted = [...jobs].sort((a, b) => order.indexOf(a.kind) - order.indexOf(b.kind) || a.begunAt - b.begunAt);
  for (const { id, kind, begunAt, endedAt } of sorted) {
    const [from, end] = [xOf(begunAt, period), xOf(endedAt ?? period.to, period)];
    const to = Math.max(end, from + 2);
    const last = bars.at(-1);
    // Units of the drawing: a gap that nobody would see joins two jobs.
    if (last?.kind === kind && from <= last.to + 1 && to - from < 5) {
      last.to = Math.max(last.to, to);
      last.jobs += 1;
    } else bars.push({ kind, from, to, id, jobs: 1 });
  }
  return bars;
}

function barMarkup({ kind, from, to, id, jobs }: Bar, period: Timeline): Html {
  const gap = to - from > 4 ? 1 : 0;
  const title = jobs > 1 ? formatCounted(jobs, 'job') : named(id, 60);
  return html`<rect class="${kind}" x="${from}" width="${to - from - gap}" height="${laneHeight}"><title>${title}, ${labelOf(kind, period)}</title></rect>`;
}

/** The calls that count at each moment, below the limit: ours, of which the reserved ones are none, and upon them those of others. */
function curveOf(window: DrawnWindow, period: Timeline): Html {
  const { limit, reserved } = window;
  const steps = stepsOf(period.calls, window.hours, period);
  const most = mostIn(steps);
  const top = Math.max(limit, most) || 1;
  const y = (calls: number) => Math.round(curveHeight * 100 * (1 - calls / top)) / 100;
  const text = `at most ${formatCount(most)} of ${formatCount(limit)}`;
  const corners = cornersOf(steps, period);
  const path = (count: (step: Step) => number) =>
    `M0 ${curveHeight}${corners.map(([x, step]) => `H${x}V${y(count(step))}`).join('')}H${width}V${curveHeight}Z`;
  return html`<div class="name"><span>Calls within any ${window.window}</span><span class="dim">${text}</span></div>
<svg viewBox="0 0 ${width} ${curveHeight}" height="${curveHeight}" preserveAspectRatio="none" role="img" aria-label="Calls within any ${window.window}: ${text}">${groundOf(period, curveHeight)}${
    reserved > 0 &&
    html`<rect class="reserved" y="${y(limit)}" width="${width}" height="${y(limit - reserved) - y(limit)}"/>`
  }<path class="others" d="${path(({ ours, others }) => ours + others)}"/><path class="ours" d="${path(({ ours }) => ours)}"/><path class="limit" vector-effect="non-scaling-stroke" d="M0 ${y(limit)}H${width}"/></svg>`;
}

/** Where the curve changes, from left to right: of the steps in one unit of the drawing the highest is seen. */
function cornersOf(steps: readonly Step[], period: Timeline): [x: number, step: Step][] {
  const total = ({ ours, others }: Step) => ours + others;
  const corners: [number, Step][] = [];
  for (const [at, step] of steps.entries()) {
    const x = xOf(step.at, period);
    const last = corners.at(-1);
    if (last?.[0] !== x) corners.push([x, step]);
    else if (total(step) >= total(last[1])) corners[corners.length - 1] = [x, step];
    else if (at + 1 === steps.length || xOf((steps[at + 1] as Step).at, period) > x + 1) corners.push([x + 1, step]);
  }
  return corners;
}

function groundOf(period: Timeline, height: number): Html {
  const lines = ticksOf(period).map((at) => `M${xOf(at, period)} 0V${height}`);
  return html`<rect class="ground" width="${width}" height="${height}"/><path class="grid" vector-effect="non-scaling-stroke" d="${lines.join('')}"/>`;
}

function axisOf(period: Timeline): Html {
  const span = period.to - period.from;
  const marks = ticksOf(period).map((at) => {
    const part = (at - period.from) / span;
    let anchor = part < 0.06 ? 'start' : 'middle';
    if (part > 0.94) anchor = 'end';
    return html`<text x="${Math.round(part * 1000) / 10}%" y="14" text-anchor="${anchor}">${tickText(at, span)}</text>`;
  });
  return html`<svg class="axis" height="20" aria-hidden="true">${marks}</svg>`;
}

const [second, minute, hour, day] = [1000, 60_000, 3_600_000, 86_400_000];
const distances = [
  ...[1, 2, 5, 10, 15, 30].map((count) => count * second),
  ...[1, 2, 5, 10, 15, 30].map((count) => count * minute),
  ...[1, 2, 3, 6, 12].map((count) => count * hour),
  ...[1, 2, 7, 14, 28].map((count) => count * day),
];

/** Round moments, at most five, so that their texts fit on a phone. */
function ticksOf({ from, to }: Pick<Timeline, 'from' | 'to'>): number[] {
  const distance = distances.find((each) => (to - from) / each <= 4) ?? Math.ceil((to - from) / day / 4) * day;
  const first = Math.ceil(from / distance) * distance;
  return Array.from({ length: Math.floor((to - first) / distance) + 1 }, (_, at) => first + at * distance);
}

/** `14:05:30`, `14:05`, `08-21 14:00` or `08-21`, in UTC. */
function tickText(at: number, span: number): string {
  const text = new Date(at).toISOString();
  if (span < 5 * minute) return text.slice(11, 19);
  if (span < day) return text.slice(11, 16);
  return span < 4 * day ? text.slice(5, 16).replace('T', ' ') : text.slice(5, 10);
}

function xOf(at: number, { from, to }: Pick<Timeline, 'from' | 'to'>): number {
  return Math.round(Math.min(1, Math.max(0, (at - from) / (to - from))) * width);
}

function labelOf(kind: JobKind, { labels }: Timeline): string {
  return labels?.[kind] ?? usualLabels[kind];
}

function legendOf(period: Timeline): Html {
  const { jobs, windows } = period;
  const kinds = order.filter((kind) => jobs.some((job) => job.kind === kind));
  const items = kinds.map((kind) => html`<li class="kind ${kind}">${labelOf(kind, period)}</li>`);
  if (windows.length > 0)
    items.push(html`<li class="kind ours">calls of this connector</li><li class="kind others">calls of others</li>`);
  if (windows.some(({ reserved }) => reserved > 0))
    items.push(html`<li class="kind reserved">reserved for others</li>`);
  return html`<ul class="legend">${items}<li>times are UTC</li></ul>`;
}

function callTable(hours: readonly HourOfCalls[], windows: readonly DrawnWindow[]): Html {
  if (hours.length === 0) return html`<p class="note">No calls are known in this period.</p>`;
  const rows = table({
    name: 'Calls by hour',
    columns: [
      { title: 'Hour (UTC)', cell: ({ from }) => new Date(from).toISOString().slice(0, 16).replace('T', ' ') },
      { title: 'Ours', kind: 'number', cell: ({ ours }) => formatCount(ours) },
      { title: 'Others', kind: 'number', cell: ({ others }) => formatCount(others) },
      ...windows.map(({ window, limit }, at) => ({
        title: `Most within any ${window}, of ${formatCount(limit)}`,
        kind: 'number' as const,
        cell: ({ most }: HourOfCalls) => formatCount(most[at] ?? 0),
      })),
    ],
    rows: hours,
    maxBytes: mostTableBytes,
    rest: (count) => `${formatCounted(count, 'hour')} more.`,
  });
  return html`<details><summary>The calls as a table</summary>${rows}</details>`;
}
