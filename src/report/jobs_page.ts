/** The jobs of a tenant as a page for a person: what the command `jobs` prints, and how it went over time. */

import { formatCount, formatCounted, formatDuration, formatTime } from '../format.ts';
import { truncate } from '../names.ts';
import { documentText } from '../page/document.ts';
import { type Html, html } from '../page/html.ts';
import { named, table } from '../page/table.ts';
import type { Calls } from './call_curve.ts';
import { type DrawnJob, type JobKind, timelineOf } from './timeline.ts';

/** One job of the tenant: a member of the list in `jobs --json`. Null is what nobody shows. */
export interface ListedJob {
  readonly job: string | null;
  /** Whether this connector submitted it. */
  readonly own: boolean | null;
  readonly run: string | null;
  readonly attempt: number | null;
  readonly connection: string | null;
  readonly stream: string | null;
  readonly object: string | null;
  readonly status: string | null;
  readonly rows: number | null;
  readonly processed: number | null;
  readonly accepted: number | null;
  readonly rejected: number | null;
  /** ISO 8601; null if its time zone is not known, or it is no date. */
  readonly created: string | null;
  readonly created_as_written: string | null;
  /** From its creation to its end; null also while it runs. */
  readonly seconds: number | null;
  readonly file: string | null;
}

/** A sum, of which some parts may be missing. */
export interface ListedSum {
  readonly count: number;
  readonly at_least: boolean;
}

/** The calls of one window of the quota. */
export interface ListedWindow {
  readonly window: string;
  readonly used: number;
  readonly own: number;
  readonly others: number;
  readonly at_least: boolean;
  readonly limit: number;
  readonly reserved: number;
  readonly left: number;
  /** The most in any one window, as far as the list goes. */
  readonly most: number;
}

/** What `jobs --json` prints. */
export interface JobsOverview {
  readonly since: string;
  readonly list_is_complete: boolean;
  /** The newest first. */
  readonly jobs: readonly ListedJob[];
  readonly sums: {
    readonly jobs: ListedSum & { readonly own: number; readonly others: number; readonly unknown: number };
    readonly rows: ListedSum;
    readonly accepted: ListedSum;
    readonly rejected: ListedSum;
  };
  readonly calls: readonly ListedWindow[];
}

/** What the page shows besides. */
export interface JobsPageFacts {
  readonly version: string;
  readonly host: string;
  /** By the server's clock, in milliseconds since 1970. */
  readonly now: number;
  /** Of all that was read. */
  readonly calls: Calls;
  /** Hours of each window of {@link JobsOverview.calls}, in its order. */
  readonly hours: readonly number[];
  /** The sums as a sentence. */
  readonly summary: string;
  /** The quota, and what is uncertain, as sentences. */
  readonly notes: readonly string[];
  /** The command that shows why rows of a job were rejected; undefined if there is nothing to ask. */
  readonly next: { readonly job: string; readonly command: string } | undefined;
}

/** Bytes of HTML that the jobs may have: the page has less than 2 MB. */
const mostJobBytes = 1_600_000;

/**
 * The page.
 * @param overview without secrets, like the facts
 */
export function jobsPage(overview: JobsOverview, facts: JobsPageFacts): string {
  const { version, host, now } = facts;
  return documentText({
    title: `Bulk jobs of ${truncate(host, 100)}`,
    header: headerPart(overview, facts),
    main: html`<section aria-labelledby="sums"><h2 id="sums">Sums</h2>
${sumsPart(overview)}</section>
<section aria-labelledby="time"><h2 id="time">Jobs and calls over time</h2>
${timePart(overview, facts)}</section>
<section aria-labelledby="jobs"><h2 id="jobs">Jobs, the newest first</h2>
${jobsPart(overview)}</section>`,
    footer: html`<p>Made by destination-gainsight ${version}, command jobs, on ${formatTime(now)}. ? stands for what the tenant does not show, – for what there is not.</p>`,
  });
}

const isFailed = ({ status }: ListedJob) => status === 'FAILED';
const hasRejects = ({ rejected }: ListedJob) => (rejected ?? 0) > 0;

function headerPart({ jobs, since }: JobsOverview, { host, summary, notes, next, now }: JobsPageFacts): Html {
  const failed = jobs.filter(isFailed).length;
  const withRejects = jobs.filter((job) => !isFailed(job) && hasRejects(job)).length;
  const [headline, tone] = headlineOf(failed, withRejects, jobs.length);
  return html`<p class="top">Bulk jobs of ${named(host)} from ${formatTime(Date.parse(since))} to ${formatTime(now)}</p>
<div class="verdict ${tone}"><h1>${headline}</h1><p>${summary}</p>
${next && html`<h2>Next command</h2><pre><code>${truncate(next.command, 500)}</code></pre>`}</div>
${notes.map((note) => html`<p>${note}</p>`)}`;
}

function headlineOf(failed: number, withRejects: number, jobs: number): [headline: string, tone: JobKind | ''] {
  if (failed > 0) return [`${formatCounted(failed, 'job')} failed`, 'bad'];
  if (withRejects > 0) return [`${formatCounted(withRejects, 'job')} rejected rows`, 'warn'];
  return jobs === 0 ? ['No jobs', ''] : ['No job failed or rejected rows, as far as the list shows', 'good'];
}

function sumsPart({ sums }: JobsOverview): Html {
  const { own, others, unknown } = sums.jobs;
  const plain = (count: number): ListedSum => ({ count, at_least: sums.jobs.at_least });
  const numbers: readonly (readonly [string, ListedSum])[] = [
    ['Jobs', sums.jobs],
    ['Of the connector', plain(own)],
    ['Of other clients', plain(others)],
    ...(unknown > 0 ? [['Without a file name', plain(unknown)] as const] : []),
    ['Rows', sums.rows],
    ['Accepted', sums.accepted],
    ['Rejected', sums.rejected],
  ];
  return html`<dl class="numbers">${numbers.map(([name, { count, at_least }]) => {
    const tone = name === 'Rejected' && count > 0 ? 'bad' : count === 0 && 'zero';
    return html`<div class="${tone}"><dt>${name}${at_least && ', at least'}</dt><dd>${formatCount(count)}</dd></div>`;
  })}</dl>`;
}

/** Whose jobs each lane of the drawing has, from the top. */
const lanes = [true, false, null] as const;

function timePart(overview: JobsOverview, { calls, hours, now }: JobsPageFacts): Html {
  const windows = overview.calls.map(({ window, limit, reserved }, at) => ({
    ...{ window, limit, reserved, hours: hours[at] ?? 0 },
  }));
  const list = table<ListedWindow>({
    name: 'Calls now',
    columns: [
      { title: 'Calls now', cell: ({ window, at_least }) => `Within one ${window}${at_least ? ', at least' : ''}` },
      { title: 'Used', kind: 'number', cell: ({ used }) => formatCount(used) },
      { title: 'Ours', kind: 'number', cell: ({ own }) => formatCount(own) },
      { title: 'Others', kind: 'number', cell: ({ others }) => formatCount(others) },
      { title: 'Limit', kind: 'number', cell: ({ limit }) => formatCount(limit) },
      { title: 'Reserved for others', kind: 'number', cell: ({ reserved }) => formatCount(reserved) },
      { title: 'Left', kind: 'number', cell: ({ left }) => formatCount(left) },
      { title: 'Most in this list', kind: 'number', cell: ({ most }) => formatCount(most) },
    ],
    rows: overview.calls,
    maxBytes: 10_000,
    rest: (count) => `${formatCounted(count, 'window')} more.`,
  });
  const jobs = lanes.flatMap((own) => overview.jobs.filter((job) => job.own === own).flatMap(drawnJob));
  const from = Date.parse(overview.since);
  return html`${timelineOf({ from, to: now, jobs, calls, windows, labels: { good: 'completed' } })}${list}`;
}

/** Nothing if nobody knows when it was created. */
function drawnJob(job: ListedJob): DrawnJob[] {
  const begunAt = job.created === null ? Number.NaN : Date.parse(job.created);
  if (Number.isNaN(begunAt)) return [];
  const endedAt = job.seconds === null ? undefined : begunAt + job.seconds * 1000;
  return [{ id: job.job ?? '?', lane: laneOf(job), kind: kindOf(job), begunAt, endedAt: endOf(job, begunAt, endedAt) }];
}

/** A job that has ended at an unknown time is drawn as a moment. */
function endOf({ status }: ListedJob, begunAt: number, endedAt: number | undefined): number | undefined {
  return endedAt ?? (status === 'COMPLETED' || status === 'FAILED' ? begunAt : undefined);
}

function laneOf({ own }: ListedJob): string {
  if (own === null) return 'Without a file name';
  return own ? 'This connector' : 'Other clients';
}

function kindOf(job: ListedJob): JobKind {
  if (isFailed(job)) return 'bad';
  if (hasRejects(job)) return 'warn';
  return job.status === 'COMPLETED' ? 'good' : 'open';
}

function jobsPart({ jobs }: JobsOverview): Html {
  // Null is unknown, but for what a job of another client cannot have.
  const own = (job: ListedJob, text: string | number | null) => (job.own === false ? '–' : (text ?? '?'));
  const count = (value: number | null) => (value === null ? '?' : formatCount(value));
  const list = table<ListedJob>({
    name: 'Jobs',
    columns: [
      { title: 'Job', cell: ({ job }) => truncate(job ?? '?', 60) },
      { title: 'Created', cell: createdText },
      { title: 'By', cell: ownerText },
      { title: 'Run', cell: (job) => truncate(`${own(job, job.run)}`, 60) },
      { title: 'Attempt', kind: 'number', cell: (job) => own(job, job.attempt) },
      { title: 'Stream', cell: (job) => truncate(`${own(job, job.stream)}`, 80) },
      { title: 'Object', cell: ({ object }) => truncate(object ?? '?', 80) },
      { title: 'Status', cell: statusOf },
      { title: 'Rows', kind: 'number', cell: ({ rows }) => count(rows) },
      { title: 'Accepted', kind: 'number', cell: ({ accepted }) => count(accepted) },
      { title: 'Rejected', kind: 'number', cell: ({ rejected }) => count(rejected) },
      { title: 'Took', cell: ({ seconds }) => (seconds === null ? '?' : formatDuration(seconds * 1000)) },
      { title: 'File', cell: ({ file }) => truncate(file ?? '?', 240) },
    ],
    rows: jobs,
    maxBytes: mostJobBytes,
    rest: (left) => `${formatCounted(left, 'job')} more: jobs --json has all of them.`,
  });
  return jobs.length > 0 ? list : html`<p>There are none.</p>`;
}

function createdText({ created, created_as_written }: ListedJob): string {
  return created === null ? truncate(created_as_written ?? '?', 60) : formatTime(Date.parse(created));
}

function ownerText({ own }: ListedJob): string {
  if (own === null) return '?';
  return own ? 'connector' : 'other';
}

function statusOf(job: ListedJob): Html {
  const status = truncate(job.status ?? '?', 60);
  const kind = kindOf(job);
  return kind === 'good' ? html`${status}` : html`<b class="${kind}">${status}</b>`;
}
