/** Laws of the report of a sync: its numbers are those of the log, and those that the tenant counts. */
import { isDeepStrictEqual } from 'node:util';
import type { ReportedRecords, SyncReport } from '../../src/report/sync_report.ts';
import { type LoggedCounts, readLogs } from '../support/log_lines.ts';
import { codesOf, type SyncResult } from '../support/sync.ts';
import type { Law, Laws } from './law.ts';

/** A law of the report; without a report it holds. */
function ofReport(law: (report: SyncReport, run: SyncResult) => readonly (string | undefined)[]): Law {
  return ({ run }) => {
    if (run.report === undefined) return [];
    return law(JSON.parse(run.report) as SyncReport, run).filter((breach) => breach !== undefined);
  };
}

function differs(what: string, found: unknown, wanted: unknown): string | undefined {
  return isDeepStrictEqual(found, wanted)
    ? undefined
    : `${what}: ${JSON.stringify(found)} for ${JSON.stringify(wanted)}`;
}

const countsOf = ({ records, accepted, superseded, skipped, rejected, unsettled }: LoggedCounts) => [
  ...[records, accepted, superseded, skipped, rejected, unsettled],
];
const reportedCounts = (counts: ReportedRecords) => [
  ...[counts.received, counts.accepted, counts.superseded, counts.skipped, counts.rejected, counts.not_loaded],
];

/** Records, states and reasons are counted as in the summary and the lines of rejected rows. */
const countsAreThoseOfTheLog = ofReport(({ records, states, streams }, { logs }) => {
  const total = readLogs('total', logs).at(-1);
  const summaries = readLogs('summary', logs);
  const groups = readLogs('rejectedGroup', logs);
  return [
    total && differs('total', [...reportedCounts(records), states], [...countsOf(total), total.states]),
    ...streams.flatMap((stream) => {
      const summary = summaries.find(({ stream: label }) => label === stream.stream);
      const rows = groups.filter(({ stream: label }) => label === stream.stream).map((group) => group.rows);
      const reasons = stream.reasons.map((reason) => reason.rows);
      return [
        differs(stream.stream, reportedCounts(stream.records), summary ? countsOf(summary) : [0, 0, 0, 0, 0, 0]),
        differs(`rejected rows of ${stream.stream}`, sumOf(reasons), sumOf(rows)),
      ];
    }),
  ];
});

/** Each job of the log is in it, with the counts that its line has, and with the rows that the tenant got. */
const jobsAreThoseOfTheLog = ofReport(({ jobs, calls }, { logs, sandbox }) => {
  const submitted = readLogs('submitted', logs);
  const begun = [...submitted, ...readLogs('takenOver', logs)].map(({ job }) => job);
  const completed = new Map(readLogs('completed', logs).map((line) => [line.job, line]));
  return [
    differs('jobs', jobs.map(({ job }) => job).sort(), begun.sort()),
    differs('submissions', calls.submitted, submitted.length),
    ...jobs.flatMap(({ job, rows, result, accepted, rejected }) => {
      const line = completed.get(job);
      const isLoaded = result === 'loaded';
      return [
        differs(`whether ${job} is loaded`, isLoaded, line !== undefined),
        line && differs(job, [accepted, rejected], [line.accepted, line.rejected]),
        isLoaded ? differs(`rows of ${job}`, rows, sandbox.jobs.find(({ id }) => id === job)?.rowCount) : undefined,
      ];
    }),
  ];
});

/** It says how the sync ended, and of the failures first the one that Airbyte is given. */
const verdictIsTheEnd = ofReport(({ verdict, failures }, run) => {
  const results = { done: ['loaded', 'loaded_with_rejects'], failed: ['failed'], stopped: ['stopped'] };
  return [
    results[run.end].includes(verdict.result) ? undefined : `${verdict.result} although it ${run.end}`,
    run.end === 'failed' ? differs('failure', failures[0]?.code, codesOf(run)[0]) : undefined,
  ];
});

/** Its counts are those of the tenant: rows by job, and calls by window of the quota. */
const countsAreTheTenants = ofReport(({ jobs, calls }, { sandbox }) => {
  const counted = sandbox.calls.filter((call) => call.counted);
  const wanted = [counted.filter(({ foreign }) => !foreign).length, counted.filter(({ foreign }) => foreign).length];
  return [
    differs(
      'rows of jobs',
      jobs.map(({ job, accepted, rejected }) => [job, accepted ?? 0, rejected ?? 0]).sort(),
      sandbox.ownJobs.map(({ id, succeeded, refused }) => [id, succeeded, refused.length]),
    ),
    // All calls of a short sync are in this window.
    ...calls.windows
      .filter(({ hours }) => hours === 24)
      .map(({ ours, others }) => differs('calls of the day', [ours, others], wanted)),
    ...(calls.windows.length === 0
      ? []
      : [
          differs(
            'calls over time',
            [true, false].map((isOurs) =>
              sumOf(calls.made.map(({ ours, calls: made }) => (ours === isOurs ? made : 0))),
            ),
            wanted,
          ),
        ]),
  ];
});

function sumOf(numbers: readonly number[]): number {
  return numbers.reduce((sum, each) => sum + each, 0);
}

/** By their statement. */
export const lawsOfReport: Laws = {
  'the report counts as the log does': countsAreThoseOfTheLog,
  'the report has every job of the log': jobsAreThoseOfTheLog,
  'the report says how the sync ended': verdictIsTheEnd,
};

/** Of a sync without faults. */
export const lawsOfFaultlessReport: Laws = {
  'the report counts as the tenant does': countsAreTheTenants,
};
