/** The report of one sync as a page for a person: the verdict and what to do first, then the numbers. */

import { formatBytes, formatCount, formatCounted, formatDuration } from '../format.ts';
import { truncate } from '../names.ts';
import { documentText } from '../page/document.ts';
import { type Content, type Html, html } from '../page/html.ts';
import { type Column, limited, named, table } from '../page/table.ts';
import type {
  ReportedBatch,
  ReportedFailure,
  ReportedJob,
  ReportedReason,
  ReportedRecords,
  ReportedRetries,
  ReportedStream,
  SyncReport,
} from './sync_report.ts';
import { type DrawnJob, type JobKind, timelineOf } from './timeline.ts';

/** Characters of a message. */
const mostText = 4000;
/** Bytes of HTML that each part of the page may have: together less than 2 MB, whatever a sync brought. */
const most = { failures: 50_000, streams: 80_000, reasons: 100_000, files: 40_000, jobs: 1_520_000, batches: 100_000 };
const rest = (noun: string) => (count: number) =>
  `${formatCounted(count, noun)} more: the report as JSON has all of them.`;

/**
 * The page of a report.
 * @param report without secrets
 */
export function syncPage(report: SyncReport): string {
  const { run, attempt, batches, connector, jobs, streams } = report;
  const { decisive, others } = failuresOf(report);
  const sections: readonly (Section | undefined)[] = [
    others.length > 0
      ? section('failures', decisive ? 'Further failures' : 'What failed', failuresPart(others))
      : undefined,
    section('records', 'Records', recordsPart(report)),
    streams.some(({ reasons }) => reasons.length > 0) || report.rejected_files.length > 0
      ? section('rejected', 'Rejected rows', rejectedPart(report))
      : undefined,
    report.sent_again && section('again', 'Rejected rows of earlier syncs', againPart(report.sent_again)),
    section('time', 'Jobs and calls over time', timePart(report)),
    jobs.length > 0 ? section('jobs', 'Jobs', jobsPart(report)) : undefined,
    batches.length > 0 ? section('batches', 'Batches by calls of the object API', batchesPart(report)) : undefined,
    section('settings', 'Settings', settingsPart(report)),
  ].map((each) => each || undefined);
  const present = sections.filter((each) => each !== undefined);
  return documentText({
    title: `${headlines[report.verdict.result]} – run ${truncate(run, 60)}, attempt ${attempt}`,
    header: headerPart(report, present),
    main: html`${present.map(({ markup }) => markup)}`,
    footer: html`<p>Made by destination-gainsight ${connector}. The report as JSON has the same for a program.</p>`,
  });
}

/** Of a sync that failed the message of the first failure is the verdict. */
function failuresOf({ failures, verdict }: SyncReport): {
  decisive?: ReportedFailure;
  others: readonly ReportedFailure[];
} {
  const [decisive, ...others] = failures;
  return decisive && verdict.result === 'failed' ? { decisive, others } : { others: failures };
}

interface Section {
  readonly id: string;
  readonly title: string;
  readonly markup: Html;
}

function section(id: string, title: string, content: Html): Section {
  return {
    id,
    title,
    markup: html`<section aria-labelledby="${id}"><h2 id="${id}">${title}</h2>\n${content}</section>\n`,
  };
}

const headlines: Readonly<Record<SyncReport['verdict']['result'], string>> = {
  loaded: 'Loaded',
  loaded_with_rejects: 'Loaded, but rows were rejected',
  failed: 'Failed',
  stopped: 'Stopped',
};
const tones: Readonly<Record<SyncReport['verdict']['result'], JobKind>> = {
  ...{ loaded: 'good', loaded_with_rejects: 'warn', failed: 'bad', stopped: 'warn' },
};

function headerPart(report: SyncReport, sections: readonly Section[]): Html {
  const { verdict, run, attempt, host, started_at, ended_at, seconds, states, connector } = report;
  const { next, result, text } = verdict;
  const { decisive } = failuresOf(report);
  const commands = next.map((command) => html`<pre><code>${truncate(command, 500)}</code></pre>`);
  return html`<p class="top">Report of a sync into Gainsight</p>
<div class="verdict ${tones[result]}"><h1>${headlines[result]}</h1><p class="lines">${truncate(text, mostText)}</p>
${decisive && whatFailed(decisive)}
${next.length > 0 && html`<h2>${next.length > 1 ? 'Next commands' : 'Next command'}</h2>${commands}`}</div>
<dl class="facts">
${fact('Run and attempt', html`${named(run)}, ${attempt}`)}
${fact('Tenant', named(host))}
${fact('Started', momentOf(started_at))}
${fact('Ended', momentOf(ended_at))}
${fact('Took', formatDuration(seconds * 1000))}
${fact('States released', formatCount(states))}
${fact('Connector', connector)}
</dl>
<nav aria-label="Parts of this page"><ul>${sections.map(({ id, title }) => html`<li><a href="#${id}">${title}</a></li>`)}</ul></nav>`;
}

function fact(name: string, value: Content): Html {
  return html`<div><dt>${name}</dt><dd>${value}</dd></div>`;
}

/** A moment of the report, to the second. */
function momentOf(at: string): Html {
  return html`<time datetime="${at}">${at.slice(0, 19).replace('T', ' ')} UTC</time>`;
}

function failuresPart(failures: readonly ReportedFailure[]): Html {
  const { shown, left } = limited(
    failures,
    most.failures,
    (failure) =>
      html`<div class="card"><p class="lines">${truncate(failure.message, mostText)}</p>${whatFailed(failure)}</div>`,
  );
  return html`<div class="cards">${shown}</div>${left > 0 && html`<p class="note">${rest('failure')(left)}</p>`}`;
}

function whatFailed({ code, type, stream }: ReportedFailure): Html {
  return html`<p class="note">${stream === null ? 'The whole sync' : html`Stream ${named(stream)}`}: <code>${code}</code>, ${type}</p>`;
}

/** What becomes of records, in the order in which it is shown. */
const ends = [
  ['accepted', 'Accepted', 'good'],
  ['superseded', 'Superseded', 'open'],
  ['skipped', 'Skipped', 'dim'],
  ['rejected', 'Rejected', 'bad'],
  ['not_loaded', 'Not loaded', 'warn'],
] as const;

function recordsPart({ records, streams }: SyncReport): Html {
  const early = records.rejected_before_sending;
  const numbers = ends.map(([name, title, tone]) => {
    const note = name === 'rejected' && early > 0 && html`<dd class="note">${formatCount(early)} before sending</dd>`;
    const kind = records[name] === 0 ? 'zero' : tone;
    return html`<div class="${kind}"><dt>${title}</dt><dd>${formatCount(records[name])}</dd>${note}</div>`;
  });
  const list = table<ReportedStream>({
    name: 'Streams',
    columns: [
      { title: 'Stream', cell: ({ stream, records: own }) => html`${named(stream)}${shareOf(own)}` },
      { title: 'Object', cell: ({ object }) => named(object) },
      { title: 'Operation', cell: ({ operation }) => operation },
      { title: 'Received', kind: 'number', cell: ({ records: { received } }) => formatCount(received) },
      ...ends.map(([name, title]) => ({
        ...{ title, kind: 'number' as const },
        cell: ({ records: own }: ReportedStream) => formatCount(own[name]),
      })),
      {
        ...{ title: 'Rejected before sending', kind: 'number' },
        cell: ({ records: own }) => formatCount(own.rejected_before_sending),
      },
      ...(['closed', 'submitted', 'taken_over', 'not_sent'] as const).map((name) => ({
        ...{ title: `Files ${name.replace('_', ' ')}`, kind: 'number' as const },
        cell: ({ files }: ReportedStream) => formatCount(files[name]),
      })),
      { title: 'Key fields', kind: 'long', cell: ({ key_fields }) => named(key_fields.join(', ')) },
    ],
    rows: streams,
    maxBytes: most.streams,
    rest: rest('stream'),
  });
  return html`<dl class="numbers"><div><dt>Received</dt><dd>${formatCount(records.received)}</dd></div>${numbers}</dl>
${shareOf(records)}<ul class="legend">${ends.map(([, title, tone]) => html`<li class="kind ${tone}">${title}</li>`)}</ul>
${list}`;
}

/** A bar of what became of the records. */
function shareOf(records: ReportedRecords): Html {
  let from = 0;
  const parts = ends.map(([name, , tone]) => {
    const share = (records[name] / (records.received || 1)) * 100;
    const [x, width] = [from, share].map((percent) => Math.round(percent * 100) / 100);
    from += share;
    return share > 0 && html`<rect class="${tone}" x="${x}%" width="${width}%" height="100%"/>`;
  });
  return html`<svg class="share" aria-hidden="true">${parts}</svg>`;
}

/** Of one stream so many are shown at once. */
const unfolded = 5;

/** As the log says it. */
const toDo: Readonly<Record<SyncReport['rejected_files'][number]['comes_again'], string>> = {
  none: 'correct and load',
  some: 'correct and load only rows that a released state covers: the source sends the others again',
  all: 'nothing: the source sends these rows again',
};

function rejectedPart({ streams, rejected_files }: SyncReport): Html {
  const concerned = streams.filter(({ reasons }) => reasons.length > 0);
  const bytes = Math.max(5000, most.reasons / Math.max(1, concerned.length));
  const { shown, left } = limited(concerned, most.reasons, (stream) => reasonsOf(stream, bytes));
  const files = table<SyncReport['rejected_files'][number]>({
    name: 'Files of rejected rows',
    columns: [
      { title: 'File', kind: 'long', cell: ({ file }) => named(file, 500) },
      { title: 'Stream', cell: ({ stream }) => named(stream) },
      { title: 'Object', cell: ({ object }) => named(object) },
      { title: 'Rows', kind: 'number', cell: ({ rows }) => formatCount(rows) },
      { title: 'To do', cell: ({ comes_again }) => toDo[comes_again] },
    ],
    rows: rejected_files,
    maxBytes: most.files,
    rest: rest('file'),
  });
  return html`${shown}${left > 0 && html`<p class="note">${rest('stream')(left)}</p>`}
${rejected_files.length > 0 && html`<h3>Files of rejected rows</h3>`}${files}`;
}

function reasonsOf({ stream, object, reasons }: ReportedStream, maxBytes: number): Html {
  const top = limited(reasons.slice(0, unfolded), maxBytes / 2, reasonCard);
  const others = limited(reasons.slice(unfolded), maxBytes / 2, reasonCard);
  const left = top.left + others.left;
  return html`<h3>${named(stream)} <span class="dim">into ${named(object)}</span></h3>
<div class="cards">${top.shown}</div>${
    reasons.length > unfolded &&
    html`<details><summary>${formatCounted(reasons.length - unfolded, 'further reason')}</summary><div class="cards">${others.shown}</div></details>`
  }${left > 0 && html`<p class="note">${rest('reason')(left)}</p>`}`;
}

function reasonCard(found: ReportedReason): Html {
  const { field, reason, rows, values, rows_of_other_values, keys, to_do } = found;
  const samples = values.map(
    ({ value, rows: count }) => html`<li>${sampleOf(value)}: ${formatCounted(count, 'row')}</li>`,
  );
  if (rows_of_other_values > 0 && values.length > 0)
    samples.push(html`<li>other values: ${formatCounted(rows_of_other_values, 'row')}</li>`);
  return html`<div class="card"><h4>${field !== null && html`${named(field)}: `}${formatCounted(rows, 'row')}</h4>
<p>${named(reason, 600)}</p><p class="todo">${to_do}</p>
${samples.length > 0 && html`<ul class="note">${samples}</ul>`}${
  keys.length > 0 &&
  html`<p class="note">For example ${keys.map((key, at) => html`${at > 0 && ', '}${sampleOf(key)}`)}</p>`
}</div>
`;
}

/** A value or a key of rows, as far as the settings let it be shown. */
function sampleOf(value: unknown): Html {
  return html`<code>${named(typeof value === 'string' ? value : JSON.stringify(value), 200)}</code>`;
}

const retried: readonly (readonly [keyof ReportedRetries, string])[] = [
  ['waited', 'Waited at the start'],
  ['sent', 'Sent again'],
  ['accepted', 'Accepted'],
  ['rejected', 'Rejected again'],
  ['void', 'No longer needed'],
  ['given_up', 'Given up'],
  ['added', 'Added by this sync'],
  ['waiting', 'Wait for the next sync'],
];

function againPart(counts: ReportedRetries): Html {
  const numbers = retried.map(
    ([name, title]) => html`<div><dt>${title}</dt><dd>${formatCount(counts[name])}</dd></div>`,
  );
  return html`<dl class="numbers">${numbers}</dl><p class="note">These rows are in no other number of this page.</p>`;
}

function timePart({ jobs, batches, calls, started_at, ended_at }: SyncReport): Html {
  const { submitted, windows, made, object_api } = calls;
  if (jobs.length === 0 && windows.length === 0 && batches.length === 0)
    return html`<p>No job was made, and no call was used. ${formatCounted(submitted, 'file')} submitted.</p>`;
  const list = table<SyncReport['calls']['windows'][number] & { readonly api: string }>({
    name: 'Calls at the end of the sync',
    columns: [
      { title: 'Calls at the end', cell: ({ window, api }) => `${api}: within one ${window}` },
      { title: 'Ours', kind: 'number', cell: ({ ours }) => formatCount(ours) },
      { title: 'Others', kind: 'number', cell: ({ others }) => formatCount(others) },
      { title: 'Limit', kind: 'number', cell: ({ limit }) => formatCount(limit) },
      { title: 'Reserved for others', kind: 'number', cell: ({ reserved }) => formatCount(reserved) },
      { title: 'Left', kind: 'number', cell: ({ left }) => formatCount(left) },
    ],
    rows: [
      ...windows.map((window) => ({ ...window, api: 'Bulk API' })),
      ...object_api.windows.map((window) => ({ ...window, api: 'Object API' })),
    ],
    maxBytes: most.files,
    rest: rest('window'),
  });
  const drawing = timelineOf({
    ...{ from: Date.parse(started_at), to: Date.parse(ended_at), windows },
    jobs: [...jobs.map(drawnJob), ...batches.map(drawnBatch)],
    calls: made.map(({ at, ours, calls: count }) => ({ at: Date.parse(at), ours, calls: count })),
  });
  return html`${drawing}${list}<p class="note">${formatCounted(submitted, 'file')} submitted by this attempt. Calls of others are known as far as Gainsight lists their jobs.${objectCallsText(object_api)}</p>`;
}

function objectCallsText({ calls, windows }: SyncReport['calls']['object_api']): string {
  if (windows.length === 0) return '';
  return ` ${formatCounted(calls, 'call')} of the object API loaded batches; these are in no list of Gainsight, nor are those of others.`;
}

type Drawable = Pick<ReportedJob, 'job' | 'object' | 'begun_at' | 'ended_at' | 'result' | 'rejected'>;

function drawnJob(job: Drawable): DrawnJob {
  const { job: id, object, begun_at, ended_at } = job;
  return {
    ...{ id, lane: object, kind: kindOf(job), begunAt: Date.parse(begun_at) },
    endedAt: ended_at === null ? undefined : Date.parse(ended_at),
  };
}

function drawnBatch(batch: ReportedBatch, at: number): DrawnJob {
  const { object, rows, calls } = batch;
  const made = calls === null ? 'calls' : formatCounted(calls, 'call');
  return drawnJob({
    ...batch,
    job: `batch ${at + 1}: ${formatCounted(rows, 'row')} by ${made} of the object API`,
    object,
  });
}

function kindOf({ result, rejected }: Pick<ReportedJob, 'result' | 'rejected'>): JobKind {
  if (result === 'loaded') return (rejected ?? 0) > 0 ? 'warn' : 'good';
  return result === 'failed' ? 'bad' : 'open';
}

const orNone = (count: number | null) => (count === null ? '–' : formatCount(count));

/** What became of the rows of a job or a batch. */
const resultColumns: readonly Column<ReportedJob | ReportedBatch>[] = [
  { title: 'Result', cell: resultOf },
  { title: 'Stream', cell: ({ stream }) => truncate(stream, 80) },
  { title: 'Object', cell: ({ object }) => truncate(object, 80) },
  { title: 'Rows', kind: 'number', cell: ({ rows }) => formatCount(rows) },
  { title: 'Accepted', kind: 'number', cell: ({ accepted }) => orNone(accepted) },
  { title: 'Rejected', kind: 'number', cell: ({ rejected }) => orNone(rejected) },
];

/** When a job or a batch was loaded. */
const timeColumns: readonly Column<ReportedJob | ReportedBatch>[] = [
  { title: 'Begun (UTC)', cell: ({ begun_at }) => begun_at.slice(0, 19).replace('T', ' ') },
  { title: 'Took', cell: ({ seconds }) => (seconds === null ? '–' : formatDuration(seconds * 1000)) },
];

function jobsPart({ jobs, jobs_left_out }: SyncReport): Html {
  const isFine = ({ result }: ReportedJob) => result === 'loaded';
  const list = table<ReportedJob>({
    name: 'Jobs',
    columns: [
      { title: 'Job', cell: ({ job }) => truncate(job, 60) },
      ...resultColumns,
      { title: 'Size', kind: 'number', cell: ({ bytes }) => formatBytes(bytes) },
      ...timeColumns,
      { title: 'Closed because', cell: ({ closed_because }) => closed_because },
      { title: 'Request', cell: ({ request }) => truncate(request ?? '–', 80) },
      { title: 'File', cell: ({ file }) => truncate(file ?? '–', 240) },
    ],
    // Those that need a person come first, in the order of their beginning like the others.
    rows: [...jobs.filter((job) => !isFine(job)), ...jobs.filter(isFine)],
    maxBytes: most.jobs,
    rest: rest('job'),
  });
  return html`${list}${jobs_left_out > 0 && html`<p class="note">${formatCounted(jobs_left_out, 'further job')} of this sync are in no list.</p>`}`;
}

function batchesPart({ batches }: SyncReport): Html {
  return table<ReportedBatch>({
    name: 'Batches by calls of the object API',
    columns: [...resultColumns, { title: 'Calls', kind: 'number', cell: ({ calls }) => orNone(calls) }, ...timeColumns],
    rows: batches,
    maxBytes: most.batches,
    rest: rest('batch'),
  });
}

function resultOf({
  result,
  taken_over = false,
  code,
}: Pick<ReportedJob, 'result' | 'code'> & Partial<Pick<ReportedJob, 'taken_over'>>): Content {
  const more = taken_over && ', taken over';
  if (result === 'loaded') return html`loaded${more}`;
  if (result === 'open') return html`<b class="warn">open</b>${more}`;
  return html`<b class="bad">failed</b>${code !== null && html` <code>${code}</code>`}${more}`;
}

/** Characters of the settings. */
const mostSettings = 8000;

function settingsPart({ settings }: SyncReport): Html {
  const text = JSON.stringify(settings, null, 2);
  return html`<details><summary>Those that differ from their defaults, without secrets</summary><pre><code>${truncate(text, mostSettings)}</code></pre></details>`;
}
