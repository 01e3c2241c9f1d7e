/** The command `jobs`: what ran on the tenant, by whom, and what is left of the quota. The list of jobs is the memory. */
import { writeFile } from 'node:fs/promises';
import { day, hour } from '../clock.ts';
import { formatCount, formatCounted, formatTime } from '../format.ts';
import { readJobDate } from '../load/bulk/job_dates.ts';
import { pageSize } from '../load/bulk/paging.ts';
import type { ListedCall, WindowUse } from '../load/quota.ts';
import { nameList } from '../names.ts';
import { type JobsOverview, type JobsPageFacts, jobsPage } from '../report/jobs_page.ts';
import { redactedTexts } from '../report/report_file.ts';
import { version } from '../version.ts';
import { describeUse, formatList, ledgerOf } from './calls_used.ts';
import type { Command, TextOutput } from './command.ts';
import {
  countText,
  createdText,
  errorsCommand,
  factValues,
  type JobFacts,
  originTexts,
  ownerText,
  tookText,
  unknown,
} from './job_facts.ts';
import { type List, readList } from './read_jobs.ts';
import { openTenant, redactedOutput, type TenantAccess, withReads } from './tenant_access.ts';
import { writeTable } from './text_table.ts';
import { writeJson } from './write_json.ts';

const unitsMs: Readonly<Record<string, number>> = { h: hour, d: day, w: 7 * day };

export const jobs: Command = {
  description:
    "Prints the bulk jobs of the tenant, the newest first, as Gainsight's list shows them: of every sync of this connector " +
    'run, attempt and stream, which the name of a file contains, and the jobs of other clients, which use the same quota. ' +
    'Then the sums, and the calls used and left. Calls of the object API are in no list. ? stands for what the tenant does not show, - for what there is not. ' +
    'Elsewhere than on a terminal, tabs separate the columns, and nothing is cut.',
  options: [
    {
      term: '--config <file>',
      meaning:
        'The configuration, as JSON: of it domain, access_key and quota are read. GAINSIGHT_ACCESS_KEY replaces the key.',
      isRequired: true,
    },
    { term: '--since <age>', meaning: 'How far back: hours, days or weeks, such as 24h, 7d (the default) or 4w.' },
    { term: '--json', meaning: 'As one JSON document. null stands for what the tenant does not show.' },
    {
      term: '--html <file>',
      meaning:
        'Also writes a page to this file: the same, with the jobs and the calls over time. It is one file that needs no ' +
        'network and no script.',
    },
  ],
  examples: [
    ['What ran in the last seven days', 'destination-gainsight jobs --config config.json'],
    [
      'The jobs that rejected rows, for a script',
      "destination-gainsight jobs --config config.json --since 24h --json | jq '.jobs[] | select(.rejected > 0) | .job'",
    ],
    [
      'The last four weeks as a page for a browser',
      'destination-gainsight jobs --config config.json --since 4w --html jobs.html',
    ],
    [
      'Who uses the quota besides the connector',
      "destination-gainsight jobs --config config.json --json | jq -r '.jobs[] | select(.own == false) | .file'",
    ],
  ],
  exitCodes: [
    ['0', 'Listed, as far as the tenant lists its jobs.'],
    ['1', 'Gainsight could not be asked, or the file not be written: a sentence on standard error says why.'],
    ['2', 'The command line is wrong.'],
  ],
  calls:
    `None. It reads the list of jobs, ${pageSize} jobs at a time, which counts only where Gainsight counts all calls ` +
    '(the setting quota.counted_calls).',
  async run({ options }, context) {
    const { since = '7d', config = '' } = options;
    const sinceMs = readAge(String(since));
    if (sinceMs === undefined) {
      context.stderr.write(`error: option '--since <age>' needs hours, days or weeks, such as 24h, 7d or 4w\n`);
      return 2;
    }
    const tenant = await openTenant(String(config), context, ['quota']);
    const list = await withReads(tenant, context, (reads) => readList(reads, tenant, sinceMs, day));
    const use = ledgerOf(tenant.config.quota, list).use(list.now);
    const stdout = redactedOutput(context.stdout, tenant);
    const overview = overviewOf(list, use);
    const texts: Texts = {
      summary: sumLine(list),
      notes: [
        describeUse(use, tenant.config.quota, list.isWhole),
        ...callLines(list, use),
        ...doubtLines(list),
        ...unlistedLines(tenant.settings),
      ],
      next: nextCommand(list, String(config)),
    };
    const path = options['html'];
    if (typeof path === 'string') {
      const page = pageOf(list, use, { overview, texts, tenant });
      if (!(await isWritten(path, page))) {
        context.stderr.write(`The file ${nameList([path])} cannot be written.\n`);
        return 1;
      }
    }
    if (options['json'] === true) writeJson(stdout, overview);
    else writeText(stdout, list, texts, typeof path === 'string' ? path : undefined);
    return 0;
  },
};

/** What streams load without a job. @param settings as they are written */
function unlistedLines({ streams }: TenantAccess['settings']): string[] {
  const entries = Array.isArray(streams) ? (streams as readonly unknown[]) : [];
  const routes = entries.map((entry) => (entry as { route?: unknown } | null)?.route ?? 'bulk_api');
  if (routes.every((route) => route === 'bulk_api')) return [];
  return [
    'Calls of the object API, which streams of this configuration use, are in no list: the log of a sync has them.',
  ];
}

/** The sentences below the table, which the page has too. */
type Texts = Pick<JobsPageFacts, 'summary' | 'notes' | 'next'>;

/** @param pagePath where the page was written, if it was */
function writeText(
  stdout: TextOutput,
  list: List,
  { summary, notes, next }: Texts,
  pagePath: string | undefined,
): void {
  if (list.facts.length > 0) writeTable(stdout, header, list.facts.map(rowOf), { whole: ['Created'] });
  const lines = [summary, ...notes];
  if (next !== undefined) lines.push(`To see why rows of job ${next.job} were rejected: ${next.command}`);
  if (pagePath !== undefined) lines.push(`The page is in ${nameList([pagePath])}.`);
  stdout.write(`${list.facts.length > 0 ? '\n' : ''}${lines.join('\n')}\n`);
}

/** In milliseconds; undefined for what is no age. */
function readAge(text: string): number | undefined {
  const [, count, unit = ''] = /^(\d{1,5})([hdw])$/.exec(text) ?? [];
  return count === undefined || Number(count) === 0 ? undefined : Number(count) * (unitsMs[unit] ?? 0);
}

const header = ['Job', 'Created', 'By', 'Run', 'Attempt', 'Stream', 'Object', 'Status', 'Rows', 'Accepted', 'Rejected'];
header.push('Took', 'File');

function rowOf(facts: JobFacts): string[] {
  const { job, rows, accepted, rejected } = facts;
  const { jobId = unknown, objectName = unknown, status = unknown, fileName = unknown } = job;
  const counts = [rows, accepted, rejected].map(countText);
  const by = [ownerText(facts), ...originTexts(facts)];
  return [jobId, createdText(job), ...by, objectName, status, ...counts, tookText(facts), fileName];
}

/** A sum of counts, of which some may be missing. */
interface Sum {
  readonly count: number;
  readonly isWhole: boolean;
}

function sumOf({ facts, isWhole }: List, of: (facts: JobFacts) => number | undefined): Sum {
  const counts = facts.map(of);
  return {
    count: counts.reduce<number>((sum, count) => sum + (count ?? 0), 0),
    isWhole: isWhole && !counts.includes(undefined),
  };
}

const sumsOf = (list: List) => ({
  rows: sumOf(list, ({ rows }) => rows),
  accepted: sumOf(list, ({ accepted }) => accepted),
  rejected: sumOf(list, ({ rejected }) => rejected),
});

/** How many of the jobs are whose. */
function ownersOf({ facts }: List): { own: number; others: number; unknown: number } {
  const own = facts.filter(({ isOwn }) => isOwn === true).length;
  const others = facts.filter(({ isOwn }) => isOwn === false).length;
  return { own, others, unknown: facts.length - own - others };
}

function sumLine(list: List): string {
  const { facts, isWhole, since } = list;
  const least = (count: string, isAll: boolean) => (isAll ? count : `at least ${count}`);
  const from = `since ${formatTime(since)}`;
  if (facts.length === 0)
    return isWhole ? `No jobs ${from}.` : `No jobs ${from} in the part of the list that was read.`;
  const { own, others, unknown: whose } = ownersOf(list);
  const owners = [`${formatCount(own)} of the connector`, `${formatCount(others)} of other clients`];
  if (whose > 0) owners.push(`${formatCount(whose)} without a file name`);
  const { rows, accepted, rejected } = sumsOf(list);
  const counts = [
    `${least(formatCounted(rows.count, 'row'), rows.isWhole)}`,
    `${least(formatCount(accepted.count), accepted.isWhole)} accepted`,
    `${least(formatCount(rejected.count), rejected.isWhole)} rejected`,
  ];
  const jobs = `${isWhole ? '' : 'At least '}${formatCounted(facts.length, 'job')}`;
  return `${jobs} ${from}: ${formatList(owners)} · ${counts.join(', ')}`;
}

/** Calls of others now, and the most that any window had. */
function callLines({ calls }: List, use: readonly WindowUse[]): string[] {
  const others = use.map(({ used, ownUsed, current }) => `${used - ownUsed} ${current}`);
  const most = use.map(({ name, lengthMs }) => `${busiest(calls, lengthMs)} in one ${name}`);
  return [`Of these calls by other clients: ${formatList(others)}. The most in this list: ${formatList(most)}.`];
}

/** The most calls in any window of this length. */
function busiest(calls: readonly ListedCall[], lengthMs: number): number {
  const sorted = [...calls].sort((a, b) => a.ageMs - b.ageMs);
  let [most, inside, from] = [0, 0, 0];
  for (const call of sorted) {
    inside += call.calls;
    for (; call.ageMs - (sorted[from]?.ageMs ?? 0) >= lengthMs; from++) inside -= sorted[from]?.calls ?? 0;
    most = Math.max(most, inside);
  }
  return most;
}

/** What is uncertain about the list. */
function doubtLines({ facts, isWhole }: List): string[] {
  const dates = facts.map(({ job }) => readJobDate(job.createdDate).kind);
  const undated = dates.filter((kind) => kind === 'none').length;
  const lines: string[] = [];
  if (!isWhole) lines.push('The list of jobs is visibly not complete: there may be more jobs, and more calls used.');
  if (undated > 0)
    lines.push(`${formatCounted(undated, 'job')} with a date that cannot be read: listed last, whenever made.`);
  if (dates.includes('local'))
    lines.push(
      'This tenant writes times without a time zone: they are shown as written, and the period is approximate.',
    );
  return lines;
}

/** What to do about the newest job that did not load all its rows. */
function nextCommand({ facts }: List, configPath: string): Texts['next'] {
  const failed = facts.find(({ job, rejected }) => job.status === 'FAILED' || (rejected ?? 0) > 0);
  const job = failed?.job.jobId;
  return job === undefined ? undefined : { job, command: errorsCommand(job, configPath) };
}

function overviewOf(list: List, use: readonly WindowUse[]): JobsOverview {
  const { facts, calls, isWhole, since } = list;
  const value = ({ count, isWhole: isAll }: Sum) => ({ count, at_least: !isAll });
  const { rows, accepted, rejected } = sumsOf(list);
  const { own, others, unknown: whose } = ownersOf(list);
  return {
    since: new Date(since).toISOString(),
    list_is_complete: isWhole,
    jobs: facts.map(factValues),
    sums: {
      jobs: { ...value({ count: facts.length, isWhole }), own, others, unknown: whose },
      ...{ rows: value(rows), accepted: value(accepted), rejected: value(rejected) },
    },
    calls: use.map(({ name, lengthMs, limit, ownLimit, used, ownUsed, left }) => ({
      ...{ window: name, used, own: ownUsed, others: used - ownUsed, at_least: !isWhole },
      ...{ limit, reserved: limit - ownLimit, left, most: busiest(calls, lengthMs) },
    })),
  };
}

/** What the page is made of besides the list. */
interface Shown {
  readonly overview: JobsOverview;
  readonly texts: Texts;
  readonly tenant: TenantAccess;
}

function pageOf({ calls, serverNow }: List, use: readonly WindowUse[], { overview, texts, tenant }: Shown): string {
  const facts: JobsPageFacts = {
    ...{ ...texts, version, host: tenant.host, now: serverNow, hours: use.map(({ lengthMs }) => lengthMs / hour) },
    calls: calls
      .map(({ ageMs, own, calls: count }) => ({ at: serverNow - ageMs, ours: own, calls: count }))
      .sort((one, other) => one.at - other.at),
  };
  return jobsPage(redactedTexts(overview, tenant.redacted), redactedTexts(facts, tenant.redacted));
}

async function isWritten(path: string, text: string): Promise<boolean> {
  return writeFile(path, text).then(
    () => true,
    () => false,
  );
}
