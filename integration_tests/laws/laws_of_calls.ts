/** Laws of calls: the quota as the server counts it, and no file sent without need. */
import { hour } from '../../src/clock.ts';
import type { Call, Exchange } from '../../src/sandbox/exchange.ts';
import type { Evidence } from './evidence.ts';
import type { Law, Laws } from './law.ts';

/**
 * No rolling hour or day contains more calls than allowed, as the server counts them: for each of our calls, all of
 * ours, and those of others that the list had shown by then. Unlisted calls of others are not our doing.
 */
const quotaHolds: Law = ({ run }) => {
  const { calls_per_hour, calls_per_day, reserved_per_day } = run.config.quota;
  const windows = [
    { name: 'hour', length: hour, limit: calls_per_hour, ownLimit: calls_per_hour },
    { name: 'day', length: 24 * hour, limit: calls_per_day, ownLimit: calls_per_day - reserved_per_day },
  ];
  const counted = run.sandbox.calls.filter((call) => call.counted);
  const shownAt = firstShown(run);
  const order = new Map(run.sandbox.calls.map((call, at) => [call, at]));
  return counted.flatMap((call) => {
    if (call.foreign) return [];
    const at = order.get(call) ?? 0;
    const known = counted.filter((other) =>
      other.foreign ? (shownAt.get(other.jobId ?? '') ?? Number.POSITIVE_INFINITY) < at : (order.get(other) ?? 0) <= at,
    );
    return windows.flatMap(({ name, length, limit, ownLimit }) => {
      const inside = known.filter(({ elapsed }) => elapsed > call.elapsed - length);
      const own = inside.filter(({ foreign }) => !foreign);
      const isOver = inside.length > limit || own.length > ownLimit;
      return isOver ? [`call ${at} is number ${inside.length} of its ${name}, ${own.length} of them ours`] : [];
    });
  });
};

/** For each job id, the call with which the list first showed it. */
function firstShown({ sandbox, exchanges }: Evidence['run']): Map<string, number> {
  const shown = new Map<string, number>();
  const order = new Map(sandbox.calls.map((call, at) => [call, at]));
  for (const exchange of exchanges) {
    const at = (exchange.call && order.get(exchange.call)) ?? -1;
    for (const { jobId } of listed(exchange)) if (!shown.has(jobId)) shown.set(jobId, at);
  }
  return shown;
}

function listed({ call, body }: Exchange): { readonly jobId: string; readonly fileName: string }[] {
  if (call?.kind !== 'list') return [];
  return (body as { data?: { records?: [] } | null } | null)?.data?.records ?? [];
}

/** No row of an INSERT exists twice at the tenant. */
const noInsertTwice: Law = ({ files }) => {
  const inserts = files.filter(({ stream }) => stream.operation === 'INSERT');
  return inserts.flatMap((file, at) => {
    const before = inserts.slice(0, at).filter(({ stream, upTo }) => stream === file.stream && upTo > file.from);
    return before.map(({ job }) => `${file.job.id} contains rows of ${job.id}`);
  });
};

/** An INSERT file is never submitted while a job for it exists. */
const noInsertBesideItsJob: Law = ({ run, files }) => {
  const submissions = run.sandbox.calls.filter(({ kind, foreign }) => kind === 'submit' && !foreign);
  return files
    .filter(({ stream }) => stream.operation === 'INSERT')
    .flatMap(({ job }) => {
      const made = submissions.findIndex(({ jobId }) => jobId === job.id);
      const later = submissions
        .slice(made + 1)
        .filter(({ fileName }) => contentOf(fileName) === contentOf(job.fileName));
      return later.map(({ fileName }) => `${fileName} although ${job.id} exists`);
    });
};

/** How often a lost answer is looked up before a file is sent again, and for how long. */
const lookUps = 4;
const longestLookUp = 60_000;

/** An UPSERT or UPDATE with a lost answer is sent again only after the look-ups showed no job for it. */
const againOnlyAfterLookUps: Law = ({ run }) => {
  const { calls } = run.sandbox;
  const sent = calls.filter(({ kind, foreign, fileName }) => kind === 'submit' && !foreign && fileName !== undefined);
  return sent.flatMap((again, at) => {
    const before = sent.slice(0, at).findLast(({ fileName }) => contentOf(fileName) === contentOf(again.fileName));
    if (!before || !isLost(before, run)) return [];
    const between = calls.slice(calls.indexOf(before) + 1, calls.indexOf(again));
    const reads = run.exchanges.filter(
      ({ call, status }) => call?.kind === 'list' && between.includes(call) && status === 200,
    );
    if (reads.some((read) => listed(read).some(({ fileName }) => fileName === before.fileName)))
      return [`${again.fileName} although ${before.jobId} was listed`];
    if (hasNoList(run)) return [];
    const waited = (reads.at(-1)?.call?.elapsed ?? 0) - before.elapsed;
    const isEnough = reads.length >= lookUps && waited >= longestLookUp;
    return isEnough ? [] : [`${again.fileName} after ${reads.length} look-ups in ${waited} ms`];
  });
};

/** Whether it may have arrived, as far as its sender can know. */
function isLost(call: Call, { exchanges }: Evidence['run']): boolean {
  const answer = exchanges.find((exchange) => exchange.call === call);
  return answer === undefined || answer.status >= 500 || typeof answer.body === 'string';
}

function hasNoList({ exchanges }: Evidence['run']): boolean {
  return exchanges.some(({ call, status }) => call?.kind === 'list' && (status === 404 || status === 405));
}

/** The part of a file's name that identifies its rows: their number, their digest, the stream. */
function contentOf(fileName: string | undefined): string | undefined {
  const [digest, , rows, , , , , ...stream] = fileName?.split('.') ?? [];
  return digest && [digest, rows, ...stream].join('.');
}

/** By their statement. */
export const lawsOfCalls: Laws = {
  'the quota holds': quotaHolds,
  'no INSERT is loaded twice': noInsertTwice,
  'no INSERT is sent while its job exists': noInsertBesideItsJob,
  'a file is sent again only after the look-ups': againOnlyAfterLookUps,
};
