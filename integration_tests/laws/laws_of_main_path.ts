/** Laws of a sync without faults: the fewest jobs, no unexpected warning, every reject as the reference has it. */
import { isDeepStrictEqual } from 'node:util';
import { isAboutRejects, isAboutValues, readLogs } from '../support/log_lines.ts';
import { withoutStats } from '../support/orchestrator.ts';
import { type ExpectedReject, headerOf } from '../support/reference_load.ts';
import { codesOf } from '../support/sync.ts';
import type { Evidence } from './evidence.ts';
import type { Law, Laws } from './law.ts';
import { isDue } from './laws_of_states.ts';
import { jobsAllowed } from './least_jobs.ts';

/** The code is the fixture's, or there is none. */
const endsAsTheFixture: Law = ({ fixture: { fails }, run }) => {
  const [end, codes] = fails === undefined ? ['done', []] : ['failed', [fails]];
  const found = codesOf(run);
  return run.end === end && `${found}` === `${codes}`
    ? []
    : [`${run.end} with ${found} instead of ${end} with ${codes}`];
};

/** The warnings are the fixture's, besides those about rejected rows and about values that will be rejected. */
const warnsAsTheFixture: Law = ({ fixture: { warns = [], mayWarn = false }, run }) => {
  const isOther = (text: string) => !isAboutRejects(text) && !isAboutValues(text);
  const found = run.logs.filter((text) => text.startsWith('WARN ') && isOther(text));
  const missing = warns.filter((start) => !found.some((text) => text.startsWith(`WARN ${start}`)));
  return [
    ...missing.map((start) => `no warning ${start}`),
    ...(mayWarn || found.length === warns.length
      ? []
      : [`${found.length} warnings for ${warns.length}: ${found.join(' ')}`]),
  ];
};

/** Every file has the header of its stream. */
const everyFileHasItsHeader: Law = ({ files }) =>
  files
    .filter((file) => `${file.job.header}` !== `${headerOf(file.stream, files, file)}`)
    .map(({ job }) => `header of ${job.id}`);

/** The states that come back are those that are due, except of failed streams. */
const dueStatesComeBack: Law = (evidence) => {
  const { fixture, reference, states, run } = evidence;
  const { withheld = [] } = fixture;
  const isWanted = (state: (typeof reference.states)[number]) =>
    isDue(evidence, state) &&
    !reference.streams.some(({ label }) => [label, '*'].includes(state.scope ?? '') && withheld.includes(label));
  const wanted = reference.states.filter(isWanted).map(({ text }) => withoutStats(text));
  const found = states.map(({ sent }) => sent);
  return [
    ...wanted.filter((text) => !found.includes(text)).map((text) => `${text} never came back`),
    ...found.filter((text) => !wanted.includes(text)).map((text) => `${text} came back`),
    ...(run.states.length === wanted.length ? [] : [`${run.states.length} states for ${wanted.length}`]),
  ];
};

/** Each rejected row is logged once, with its key, field, reasons, and the number of its records. */
const rejectsAreLogged: Law = ({ fixture: { sure }, run, rejects }) => {
  const order = ({ stream, job, row, key, field }: Pick<ExpectedReject, 'stream' | 'job' | 'row' | 'key' | 'field'>) =>
    JSON.stringify([stream, job, row, Object.entries(key), field]);
  const byOrder = (a: Parameters<typeof order>[0], b: typeof a) => (order(a) < order(b) ? -1 : 1);
  const wanted = rejects.toSorted(byOrder);
  const found = readLogs('rejectedRow', run.logs).toSorted(byOrder);
  if (found.length !== wanted.length) return [`${found.length} rows are logged for ${wanted.length}`];
  return wanted.flatMap(({ reasons, ...reject }, at) => {
    const { reason = '', row_sure, ...logged } = found[at] ?? {};
    return [
      ...(isDeepStrictEqual(logged, reject) ? [] : [`${JSON.stringify(logged)} for ${JSON.stringify(reject)}`]),
      ...(sure === undefined || sure === row_sure ? [] : [`row_sure is ${row_sure}: ${JSON.stringify(logged)}`]),
      ...reasons.filter((text) => !reason.includes(text)).map((text) => `${reason} is not ${text}`),
    ];
  });
};

/** Each line about a job ends with the name of its file and a request id of Gainsight. */
const jobLinesHaveTheirReference: Law = ({ run }) => {
  const kinds = ['submitted', 'progress', 'takenOver', 'completed'] as const;
  const names = new Map(run.sandbox.jobs.map(({ id, fileName }) => [id, fileName]));
  return kinds.flatMap((kind) =>
    readLogs(kind, run.logs)
      .filter(({ job, fileName, requestId }) => fileName !== names.get(job) || requestId === undefined)
      .map(({ job, fileName, requestId }) => `${kind} ${job}: file ${fileName}, request ${requestId}`),
  );
};

/** As few files as the rows allow, each sent once. */
const fewestJobs: Law = ({ fixture: { jobs }, reference, files }) =>
  reference.streams.flatMap((stream) => {
    const { label } = stream;
    const own = files.filter((file) => file.stream === stream);
    const again = own.filter(({ from }, at) => own.findIndex((each) => each.from === from) < at);
    const { least, most } = jobs?.[label] === undefined ? jobsAllowed(reference, stream) : only(jobs[label]);
    return [
      ...again.map(({ job }) => `${job.id} was sent before`),
      ...(own.length >= least && own.length <= most
        ? []
        : [`${own.length} jobs of ${label}, ${least} to ${most} allowed`]),
    ];
  });

function only(jobs: number): ReturnType<typeof jobsAllowed> {
  return { least: jobs, most: jobs };
}

/**
 * The only calls are those for jobs; errors are requested once, and only if there are any; nothing to load means one
 * read, of the list, and a Clear none.
 */
const noNeedlessCall: Law = ({ run: { sandbox }, reference }) => {
  const { calls, jobs } = sandbox;
  const idle = calls.map(({ kind }) => kind).join(', ');
  const atMost = reference.streams.length > 0 ? 'list' : '';
  const counted = calls.filter((call) => call.counted).length;
  const asked = calls.filter(({ kind }) => kind === 'errors').length;
  const withErrors = jobs.filter(({ refused, status }) => refused.length > 0 || status === 'FAILED').length;
  return [
    ...(counted === jobs.length ? [] : [`${counted} calls of the quota for ${jobs.length} jobs`]),
    ...(asked === withErrors ? [] : [`errors are asked for ${asked} times, and ${withErrors} jobs have some`]),
    ...(jobs.length > 0 || idle === '' || idle === atMost ? [] : [`calls for nothing: ${idle}`]),
  ];
};

/** The tenant's own windows, whatever the configuration says. */
const tenantsQuotaHolds: Law = ({ run: { sandbox } }) => {
  const [inHour, inDay] = [sandbox.busiestHour().calls, sandbox.busiestDay().calls];
  return inHour <= 10 && inDay <= 100 ? [] : [`${inHour} calls in an hour, ${inDay} in a day`];
};

/** The last line counts every record once, the states, and what Gainsight accepted. */
const totalIsTrue: Law = ({ run, reference, outcomes }: Evidence) => {
  if (reference.streams.length === 0) return [];
  const total = readLogs('total', run.logs).at(-1);
  if (total === undefined) return ['no line counts all streams'];
  const all = [...outcomes.values()].flat();
  const wanted = {
    states: run.states.length,
    records: all.length,
    accepted: run.sandbox.jobs.reduce((sum, job) => sum + job.succeeded, 0),
  };
  const results = ['accepted', 'superseded', 'skipped', 'rejected', 'unsettled'] as const;
  const counts = results.map((result) => [result, all.filter((each) => each === result).length] as const);
  return [...Object.entries(wanted), ...counts]
    .filter(([name, count]) => total[name as keyof typeof total] !== count)
    .map(([name, count]) => `${name}: ${total[name as keyof typeof total]} for ${count}`);
};

/** By their statement. */
export const lawsOfMainPath: Laws = {
  'it ends as the fixture says': endsAsTheFixture,
  'it logs the warnings of the fixture, and no others': warnsAsTheFixture,
  'every file has the header of its stream': everyFileHasItsHeader,
  'the states that are due come back, and no others': dueStatesComeBack,
  'every rejected row is logged with its key and reason': rejectsAreLogged,
  'every line about a job names its file and a request': jobLinesHaveTheirReference,
  'a stream comes in the fewest jobs': fewestJobs,
  'no call is needless': noNeedlessCall,
  'the quota of the tenant holds': tenantsQuotaHolds,
  'the total is true': totalIsTrue,
};
