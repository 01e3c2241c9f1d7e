/** The page of the sandbox at `/`: what it holds, what it was asked, and which faults are in force. Looking changes nothing. */
import type { IncomingMessage, ServerResponse } from 'node:http';
import { day, hour, minute } from '../clock.ts';
import { documentText } from '../page/document.ts';
import { type Content, type Html, html } from '../page/html.ts';
import { type Column, limited, named, table } from '../page/table.ts';
import type { Api } from './api.ts';
import type { Call } from './exchange.ts';
import type { RuleNow } from './fault_book.ts';
import { type JobReport, report } from './job_report.ts';
import type { Settings } from './options.ts';
import type { CallBook, WindowNow } from './quota_windows.ts';
import type { Sample, StoredRow } from './store.ts';
import { keepsRows } from './tenant.ts';
import type { UnmatchedRequest } from './unmatched.ts';

/** How many of each kind are shown. */
const most = { rows: 5, columns: 12, jobs: 100, calls: 50 };
/** Bytes of HTML for each table. */
const maxBytes = 200_000;

/** Answers a request of a browser; the API has no such paths, and does not learn of it. */
export function answersWithPage(
  api: Api,
  settings: Settings,
  { method = '', url = '', socket }: IncomingMessage,
  response: ServerResponse,
): boolean {
  const [path, query = ''] = url.split('?');
  if (method !== 'GET' && method !== 'HEAD') return false;
  // A browser asks for this one by itself.
  if (path === '/favicon.ico') response.writeHead(204).end();
  else if (path === '/') {
    const address = `http://127.0.0.1:${socket.localPort}/v1`;
    const text = sandboxPage(api, settings, { address, refreshes: query === 'refresh' });
    const headers = { 'content-type': 'text/html; charset=utf-8', 'cache-control': 'no-store' };
    response.writeHead(200, { ...headers, 'content-length': Buffer.byteLength(text) });
    response.end(method === 'HEAD' ? undefined : text);
  } else return false;
  return true;
}

interface Request {
  /** Of the API. */
  readonly address: string;
  /** The page loads itself again every few seconds. */
  readonly refreshes: boolean;
}

function sandboxPage(api: Api, settings: Settings, { address, refreshes }: Request): string {
  const { at, elapsed } = api.now();
  const samples = api.tenant.samples(most.rows, elapsed);
  const jobs = api.tenant.jobs.map((job) => report(job, elapsed)).reverse();
  const next = refreshes
    ? html`<a href="/">Stop refreshing</a>`
    : html`<a href="/?refresh">Refresh every 5 seconds</a>`;
  return documentText({
    title: 'Gainsight sandbox',
    ...(refreshes && { refreshSeconds: 5 }),
    header: html`<p class="top">An emulator on this machine, not Gainsight</p>
<div class="verdict"><h1>Gainsight sandbox</h1>
<p>Its clock says ${timeText(at)}. ${next}</p>
<h2>In the configuration of the connector</h2>
<pre><code>"api_base_url": "${address}"</code></pre>
<p class="note">${settings.accessKey === undefined ? 'Any access key is let in' : 'Only the access key that it was started with is let in'}${settings.oauth && html`, and the OAuth client ${named(settings.oauth.id)}`}. This page needs none.</p></div>`,
    main: html`${section('objects', 'Objects and their rows', objectsPart(samples, settings))}
${section('calls', 'Calls', callsPart(api, at))}
${section('unmatched', 'Requests that matched nothing', unmatchedPart(api))}
${section('jobs', 'Jobs, the newest first', jobsPart(jobs))}
${section('faults', 'Faults', faultsPart(api.faults.rules))}`,
    footer: html`<p>Looking at this page changes nothing and is no call.</p>`,
  });
}

function section(id: string, title: string, content: Html): Html {
  return html`<section aria-labelledby="${id}"><h2 id="${id}">${title}</h2>\n${content}</section>`;
}

function objectsPart(samples: readonly Sample[], settings: Settings): Html {
  const loaded = new Set(samples.map(({ object }) => object.toLowerCase()));
  const empty = Object.keys(settings.objects ?? {}).filter((object) => !loaded.has(object.toLowerCase()));
  const all = [...samples, ...empty.map((object) => ({ object, count: 0, latest: [] }))];
  const { shown, left } = limited(all, maxBytes, (sample) => objectPart(sample, settings));
  return html`${all.length === 0 && html`<p>No job has loaded a row yet.</p>`}${shown}${moreText(left, 'object')}`;
}

function objectPart({ object, count, latest }: Sample, settings: Settings): Html {
  const rows = `${countText(count)} ${count === 1 ? 'row' : 'rows'}`;
  const text = keepsRows(object, settings) ? rows : 'its rows are not kept';
  const fields = [...new Set(latest.flatMap((row) => Object.keys(row)))];
  const columns = fields
    .slice(0, most.columns)
    .map((field): Column<StoredRow> => ({ title: field, cell: (row) => cellText(row[field]) }));
  const list =
    columns.length > 0 &&
    table({
      name: `Latest rows of ${object}`,
      ...{ columns, rows: latest, maxBytes: 20_000, rest: (left) => `${left} more.` },
    });
  return html`<h3>${named(object)} <span class="dim">${text}${count > latest.length && latest.length > 0 && `, the latest ${latest.length}:`}</span></h3>
${list}${moreText(fields.length - columns.length, 'field')}`;
}

/** A cell: empty is not the same as an empty text. */
function cellText(cell: string | null | undefined): Content {
  if (cell === undefined) return '';
  if (cell === null) return html`<span class="dim">empty</span>`;
  return cell === '' ? '""' : named(cell, 80);
}

const windowNames: Readonly<Record<number, string>> = { [minute]: 'this minute', [hour]: 'this hour', [day]: 'today' };

function callsPart({ calls, metadataCalls, objectCalls, tokenCalls }: Api, at: number): Html {
  const windowsOf = (of: string, book: CallBook) =>
    book.windows(at).map((window) => ({ ...window, of: `${of}, ${windowNames[window.length]}` }));
  const windows = [
    ...windowsOf('Bulk API', calls),
    ...windowsOf('Metadata', metadataCalls),
    ...windowsOf('Object API', objectCalls),
  ];
  const list = table<WindowNow & { of: string }>({
    name: 'Calls used',
    columns: [
      { title: 'Calls', cell: ({ of }) => of },
      { title: 'Used', kind: 'number', cell: ({ used }) => countText(used) },
      { title: 'Limit', kind: 'number', cell: ({ limit }) => (limit === null ? 'none' : countText(limit)) },
      { title: 'Until', cell: ({ endsAt }) => timeText(endsAt) },
    ],
    ...{ rows: windows, maxBytes, rest: (left) => `${left} more.` },
  });
  const books = [calls, metadataCalls, objectCalls, tokenCalls].map((book) => book.calls);
  const made = books
    .flatMap((each) => each.slice(-most.calls))
    .sort((one, other) => other.at - one.at)
    .slice(0, most.calls);
  const total = books.reduce((sum, { length }) => sum + length, 0);
  const latest = table<Call>({
    name: 'Latest calls',
    columns: [
      { title: 'When', cell: (call) => timeText(call.at) },
      { title: 'Call', cell: ({ kind, foreign }) => (foreign ? `${kind}, by another client` : kind) },
      { title: 'Answer', kind: 'number', cell: statusText },
      { title: 'Counts', cell: ({ counted }) => (counted ? 'yes' : 'no') },
      { title: 'Job', cell: ({ jobId }) => jobId },
      { title: 'File', cell: ({ fileName }) => named(fileName ?? '') },
    ],
    ...{ rows: made, maxBytes, rest: (left) => `${left} more.` },
  });
  return html`${list}
${total > 0 ? html`<h3>Latest calls <span class="dim">${countText(total)} in all</span></h3>${latest}` : html`<p>There were none.</p>`}`;
}

function statusText({ status }: Call): Content {
  if (status === 0) return html`<b class="bad">dropped</b>`;
  return status >= 400 ? html`<b class="bad">${status}</b>` : status;
}

function unmatchedPart({ unmatched }: Api): Html {
  if (unmatched.count === 0) return html`<p>There were none.</p>`;
  const list = table<UnmatchedRequest>({
    name: 'Requests that matched nothing',
    columns: [
      { title: 'When', cell: ({ at }) => timeText(at) },
      { title: 'Request', kind: 'long', cell: ({ method, path }) => html`${method} ${named(path)}` },
      { title: 'Nearest call', kind: 'long', cell: ({ near }) => (near === undefined ? 'none' : named(near)) },
    ],
    ...{ rows: unmatched.latest, maxBytes, rest: (left) => `${left} more.` },
  });
  return html`${list}${moreText(unmatched.count - unmatched.latest.length, 'earlier one')}`;
}

function jobsPart(jobs: readonly JobReport[]): Html {
  if (jobs.length === 0) return html`<p>There are none.</p>`;
  const list = table<JobReport>({
    name: 'Jobs',
    columns: [
      { title: 'Job', cell: ({ id }) => id },
      { title: 'Status', cell: ({ status }) => (status === 'FAILED' ? html`<b class="bad">${status}</b>` : status) },
      { title: 'Object', cell: ({ object }) => named(object) },
      { title: 'Operation', cell: ({ foreign, operation }) => (foreign ? 'by another client' : operation) },
      { title: 'Rows', kind: 'number', cell: ({ rowCount }) => countText(rowCount) },
      { title: 'Processed', kind: 'number', cell: ({ processed }) => countText(processed) },
      { title: 'Accepted', kind: 'number', cell: ({ succeeded }) => countText(succeeded) },
      { title: 'Rejected', kind: 'number', cell: ({ refused }) => countText(refused.length) },
      { title: 'Created', cell: ({ acceptedAt }) => timeText(acceptedAt) },
      { title: 'Why', kind: 'long', cell: problemText },
      { title: 'File', cell: ({ fileName }) => named(fileName) },
    ],
    ...{ rows: jobs.slice(0, most.jobs), maxBytes, rest: (left) => `${left} more.` },
  });
  return html`${list}${moreText(jobs.length - most.jobs, 'earlier job')}`;
}

function problemText({ fileProblem, problems }: JobReport): Content {
  const [first] = problems;
  return (fileProblem ?? first) && named((fileProblem ?? first)?.message ?? '', 200);
}

function faultsPart(rules: readonly RuleNow[]): Html {
  if (rules.length === 0) return html`<p>None: it was started without a script.</p>`;
  return table<RuleNow>({
    name: 'Faults',
    columns: [
      { title: 'Fault', cell: ({ rule }) => rule.do.kind },
      { title: 'Now', cell: ({ state }) => (state === 'in force' ? html`<b class="warn">${state}</b>` : state) },
      {
        title: 'On',
        cell: ({ rule: { on, job, object } }) =>
          html`${on}${job !== undefined && `, job ${job}`}${object !== undefined && html`, ${named(object)}`}`,
      },
      { title: 'Matching calls so far', kind: 'number', cell: ({ seen }) => countText(seen) },
      { title: 'Rule', kind: 'long', cell: ({ rule }) => html`<code>${named(JSON.stringify(rule), 300)}</code>` },
    ],
    ...{ rows: rules, maxBytes, rest: (left) => `${left} more.` },
  });
}

function moreText(count: number, noun: string): Html {
  return count > 0 ? html`<p class="note">And ${countText(count)} ${noun}${count > 1 && 's'} more.</p>` : html``;
}

function countText(count: number): string {
  return count.toLocaleString('en-US');
}

/** `2026-08-21 14:05:30 UTC` */
function timeText(at: number): string {
  return `${new Date(at).toISOString().slice(0, 19).replace('T', ' ')} UTC`;
}
