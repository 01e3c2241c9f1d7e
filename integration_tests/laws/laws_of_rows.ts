/** Laws of rows and records: where each one is, and that it is counted once. */
import type { StoredRow } from '../../src/sandbox/store.ts';
import { type LoggedCounts, readLogs } from '../support/log_lines.ts';
import type { ReferenceStream } from '../support/reference.ts';
import { applyFile, headerOf, type ReferenceFile } from '../support/reference_load.ts';
import { rowText } from '../support/row_text.ts';
import { doneRows, type Evidence } from './evidence.ts';
import { isInexact, type Law, type Laws } from './law.ts';

/** Each job contains the next rows of its stream, cell by cell, or again those of the previous job. */
const filesAreTheRecords: Law = ({ strangeFile, files, reference }) => [
  ...(strangeFile === undefined ? [] : [strangeFile]),
  ...files
    .filter((file) => file.job.header.length > 0 && `${file.job.header}` !== `${headerOf(file.stream, files, file)}`)
    .map(({ job }) => `header of ${job.id}`),
  ...reference.streams.flatMap((stream) => {
    const own = files.filter((file) => file.stream === stream);
    return own
      .filter(({ from }, at) => at > 0 && from > (own[at - 1]?.upTo ?? 0))
      .map(({ job }) => `a gap before ${job.id}`);
  }),
];

/** The tenant's rows are those of a simple model that loads these files one after the other. */
const rowsAreTheModels: Law = ({ files, reference, objects, run }) => {
  const model = new Map<string, StoredRow[]>(reference.streams.map(({ object }) => [object, []]));
  for (const file of files) {
    const { object } = file.stream;
    applyFile(file, model.get(object) ?? [], objects?.[object]?.fields ?? {}, [], doneRows(file));
  }
  return [...model].flatMap(([object, rows]) => {
    const [found, wanted] = [run.sandbox.rows(object), rows].map((each) => each.map(rowText));
    const at = wanted?.findIndex((row, index) => row !== found?.[index]) ?? -1;
    if (at < 0 && found?.length === wanted?.length) return [];
    return [`${object}: ${found?.length} rows for ${wanted?.length}; row ${at}: ${found?.[at]} for ${wanted?.[at]}`];
  });
};

/** One job at a time per object, except after a lost answer; parents first. */
const oneAtATime: Law = ({ files, run }) => {
  const ends = ({ job }: ReferenceFile) => job.acceptedElapsed + (job.endedAfter ?? Number.POSITIVE_INFINITY);
  const leftAlone = readLogs('jobProblem', [...run.logs, ...run.traces]).map(({ job }) => job);
  return files.flatMap((file, at) => {
    const before = files
      .slice(0, at)
      .filter(
        ({ stream, from }) => stream.object === file.stream.object && (stream !== file.stream || from !== file.from),
      );
    const parents = files.filter(({ stream }) => file.stream.parents.includes(stream.label));
    return [...before, ...parents]
      .filter((other) => ends(other) > file.job.acceptedElapsed && !leftAlone.includes(other.job.id))
      .map((other) => `${file.job.id} before the end of ${other.job.id}`);
  });
};

/** What is logged as completed was loaded or rejected by Gainsight, row by row, and is logged once. */
const settledIsTrue: Law = ({ settled, run }) => {
  const completed = readLogs('completed', run.logs);
  const jobs = completed.map(({ job }) => job);
  return [
    ...settled.flatMap(({ job, rows }) => {
      const { id, status, succeeded, refused } = job;
      const isTrue = status === 'COMPLETED' && succeeded + refused.length === rows.length;
      const isLogged = completed.some(
        (line) => line.job === id && line.accepted === succeeded && line.rejected === refused.length,
      );
      return isTrue && isLogged ? [] : [`${id} ${status}: ${succeeded} accepted, ${refused.length} rejected`];
    }),
    ...(new Set(jobs).size === jobs.length ? [] : ['a job is completed twice']),
  ];
};

/** Records in = accepted in distinct settled jobs + logged rejects + superseded + skipped + unsettled. */
const everyRecordCounts: Law = (evidence) =>
  evidence.reference.streams.flatMap((stream) => {
    const { run, settled, outcomes } = evidence;
    const reported = countsOf(run, stream);
    const own = settled.filter((file) => file.stream === stream);
    const accepted = own.reduce((sum, { job }) => sum + job.succeeded, 0);
    const rejected = rejectsLogged(evidence, stream);
    const superseded = (outcomes.get(stream.label) ?? []).filter((outcome) => outcome === 'superseded').length;
    const skipped = stream.records.filter(({ result }) => result === 'skipped').length;
    const rest = reported.records - accepted - rejected - reported.superseded - reported.skipped;
    const faults = {
      'records that never came': reported.records > stream.records.length,
      'records that nobody read': run.end === 'done' && reported.records !== stream.records.length,
      [`Gainsight took ${accepted}`]: reported.accepted !== accepted,
      [`logged as rejected are ${rejected}`]: reported.rejected !== rejected,
      [`superseded are ${superseded}`]: !isInexact(evidence) && reported.superseded !== superseded,
      [`skipped are ${skipped}`]: run.end === 'done' ? reported.skipped !== skipped : reported.skipped > skipped,
      [`not loaded are ${rest}`]: reported.unsettled !== rest || rest < 0 || (run.end === 'done' && rest > 0),
    };
    const wrong = Object.entries(faults).filter(([, isSo]) => isSo);
    return wrong.map(([what]) => `${stream.label}: ${what}, ${JSON.stringify(reported)}`);
  });

/** Records logged as rejected: by the connector itself, by jobs that name them, by jobs that only count them. */
function rejectsLogged({ run, settled }: Evidence, stream: ReferenceStream): number {
  const unnamed = new Map(readLogs('unnamedRows', run.logs).map(({ job, rows }) => [job, rows]));
  const jobs = settled.filter((file) => file.stream === stream).map(({ job }) => unnamed.get(job.id) ?? 0);
  const reported = readLogs('rejectedRow', run.logs).filter(({ stream: name }) => name === stream.label);
  return reported.reduce((sum, { records }) => sum + records, 0) + jobs.reduce((sum, count) => sum + count, 0);
}

/** No row is logged as rejected twice, and none that was not rejected. */
const rejectsAreTrue: Law = (evidence) => {
  const { run, files, settled } = evidence;
  const reported = readLogs('rejectedRow', run.logs).filter(({ job }) => job !== null);
  const names = reported.map(({ job, row }) => `row ${row} of ${job}`);
  const twice = names.filter((name, at) => names.indexOf(name) !== at);
  const strange = reported
    .filter(({ job }) => !settled.some((file) => file.job.id === job))
    .map(({ job }) => `of ${job}`);
  if (isInexact(evidence)) return [...twice, ...strange];
  const wrong = reported.filter(
    ({ job, row }) => !files.some((file) => file.job.id === job && file.job.refused.includes(row - 1)),
  );
  return [...twice, ...strange, ...wrong.map(({ job, row }) => `row ${row} of ${job} was accepted`)];
};

/** Every file is within the limits of the configuration. */
const filesKeepTheirCaps: Law = ({ files }) =>
  files
    .filter(({ stream, job }) => job.bytes > stream.maxBytes || job.rowCount > stream.maxRows)
    .map(({ job }) => `${job.id}: ${job.bytes} bytes, ${job.rowCount} rows`);

/** The summary line of one stream; zeros if it has none. */
function countsOf({ logs }: Evidence['run'], { label, object, operation }: ReferenceStream): LoggedCounts {
  const none = { records: 0, accepted: 0, superseded: 0, skipped: 0, rejected: 0, unsettled: 0 };
  const lines = readLogs('summary', logs).filter(
    (line) => line.stream === label && line.object === object && line.operation === operation,
  );
  return lines.at(-1) ?? none;
}

/** By their statement. */
export const lawsOfRows: Laws = {
  'files contain the next records': filesAreTheRecords,
  'the rows are those of a simple model': rowsAreTheModels,
  'one job at a time, parents first': oneAtATime,
  'what is logged as completed is completed': settledIsTrue,
  'every record counts once': everyRecordCounts,
  'rejects are logged once, and are true': rejectsAreTrue,
  'no file exceeds its limits': filesKeepTheirCaps,
};
