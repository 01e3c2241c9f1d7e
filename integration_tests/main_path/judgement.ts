/** Judges a sync: every cell, every count, every state, every call, against the plain reference. */
import type { JobReport } from '../../src/sandbox/job_report.ts';
import type { Sandbox } from '../../src/sandbox/server.ts';
import type { StoredRow } from '../../src/sandbox/store.ts';
import { type CheckedExchange, checkExchange } from '../support/contract.ts';
import { Orchestrator, type ReleasedState, withoutStats } from '../support/orchestrator.ts';
import { type Reference, type ReferenceStream, readInput } from '../support/reference.ts';
import {
  type ExpectedReject,
  headerOf,
  isDeletedLater,
  type Loaded,
  load,
  type ReferenceFile,
} from '../support/reference_load.ts';
import {
  accessKey,
  type BufferedInput,
  configOf,
  runWrite,
  type SyncRun,
  type WriteInput,
  type WriteRun,
} from '../support/run_write.ts';
import type { StreamFixture } from '../support/streams.ts';
import { jobsAllowed } from './least_jobs.ts';

/** What says whether a sync is as it must be: a tap test, or anything that throws. */
export interface Verdict {
  equal(found: unknown, wanted: unknown, what: string): unknown;
  same(found: unknown, wanted: unknown, what: string): unknown;
  ok(found: unknown, what: string): unknown;
  teardown(act: () => Promise<void>): unknown;
}

/** A sync with its reference. */
export interface JudgedRun<Run extends SyncRun = SyncRun> {
  readonly run: Run;
  readonly reference: Reference;
  readonly loaded: Loaded;
  readonly orchestrator: Orchestrator;
}

type More = Partial<Pick<WriteInput, 'config' | 'sandbox' | 'onLine'>>;

/** Runs a fixture through the flow and judges all that can be judged of any. */
export function judge(t: Verdict, fixture: StreamFixture, more: More = {}): Promise<JudgedRun<WriteRun>> {
  return judgeBy(runWrite, t, fixture, more);
}

/** As {@link judge}, however the sync is run. */
export async function judgeBy<Run extends SyncRun>(
  runSync: (input: BufferedInput) => Promise<Run>,
  t: Verdict,
  fixture: StreamFixture,
  more: More = {},
): Promise<JudgedRun<Run>> {
  const config = more.config ?? fixture.config;
  const catalog = JSON.stringify(fixture.catalog);
  const orchestrator = new Orchestrator(fixture.lines, fixture.spelled);
  const reference = readInput(configOf(config, 'http://127.0.0.1:1/v1'), catalog, orchestrator.lines);
  const sandbox = { ...fixture.sandbox, ...more.sandbox };
  const run = await runSync({
    ...{ config, catalog, sandbox, input: Buffer.from(orchestrator.lines.join('\n') + (fixture.unended ? '' : '\n')) },
    onLine(line, tenant) {
      if (JSON.parse(line).type === 'STATE') {
        const released = orchestrator.take(line);
        t.same(unproven(reference, released, tenant), [], `state ${released.id} lies behind rows that are there`);
      }
      more.onLine?.(line, tenant);
    },
  });
  t.teardown(() => run.sandbox.close());
  const loaded = load(reference, run.sandbox.jobs, sandbox.objects);
  const judged = { run, reference, loaded, orchestrator };
  judgeEnd(t, fixture, run);
  judgeRows(t, judged);
  judgeStates(t, fixture, judged);
  judgeRejects(t, fixture, judged);
  judgeJobs(t, fixture, judged);
  judgeSummary(t, judged);
  return judged;
}

function judgeEnd(t: Verdict, { fails, warns = [], mayWarn = false }: StreamFixture, run: SyncRun): void {
  t.equal(run.end, fails === undefined ? 'done' : 'failed', `the end: ${run.traces.join(' ')}`);
  const codes = run.messages.flatMap((message) =>
    message.type === 'TRACE' ? [message.trace.error.internal_message?.split(':')[0]] : [],
  );
  t.same(codes, fails === undefined ? [] : [fails], 'exactly one trace on failure, none else');
  const reported = run.logs.filter(
    (text) => text.startsWith('WARN ') && !/^WARN (rejected rows? |.* → .*: \d+ rows? re)/.test(text),
  );
  const missing = warns.filter((start) => !reported.some((text) => text.startsWith(`WARN ${start}`)));
  t.same(missing, [], 'what is to be warned of');
  if (!mayWarn) t.equal(reported.length, warns.length, `no other warning: ${reported.join(' ')}`);
  t.same(run.leftovers, [], 'the spool is gone');
  const output = run.lines.join('\n');
  t.ok(!output.includes(accessKey), 'the access key is nowhere');
  t.ok(!output.includes('CANARY'), 'no value of a rejected row is told beyond its key');
  for (const exchange of run.exchanges) checkExchange(exchange as CheckedExchange);
}

/** What the tenant holds is what the reference holds, cell for cell. */
function judgeRows(t: Verdict, { run, loaded, reference }: JudgedRun): void {
  for (const { label } of reference.streams) {
    for (const file of loaded.files.filter(({ stream }) => stream.label === label))
      t.same(file.job.header, headerOf(file.stream, loaded.files, file), `header of ${label}`);
  }
  for (const [object, rows] of loaded.objects) {
    const [found, wanted] = [run.sandbox.rows(object), rows].map((each) => each.map(textOf));
    t.equal(found?.length, wanted?.length, `rows of ${object}`);
    // Files of one object are loaded one after the other, so that even the order is known.
    const at = wanted?.findIndex((row, index) => row !== found?.[index]) ?? -1;
    t.equal(found?.[at]?.slice(0, 2000), wanted?.[at]?.slice(0, 2000), `every cell of ${object}`);
  }
}

function textOf(row: StoredRow): string {
  return JSON.stringify(Object.entries(row).sort(([a], [b]) => (a < b ? -1 : 1)));
}

/** Rows before a state that the tenant does not hold at this moment, neither in this nor in a later version. */
function unproven(reference: Reference, { sent }: ReleasedState, tenant: Sandbox): string[] {
  const state = reference.states.find(({ text }) => withoutStats(text) === sent);
  const ended = tenant.jobs.filter(({ endedAfter }) => endedAfter !== undefined);
  const streams = reference.streams.filter(({ label }) => state?.scope === '*' || state?.scope === label);
  const files = loadedFiles(reference, ended);
  return streams.flatMap((stream) => {
    const own = files.filter((file) => file.stream === stream);
    const before = state?.before.get(stream.label) ?? 0;
    const last = stream.records
      .slice(0, before)
      .findLastIndex(({ result }, at) => result === 'sent' && !isDeletedLater(stream, at));
    return last < (own.at(-1)?.upTo ?? 0) ? [] : [`${stream.label}: record ${last}`];
  });
}

function loadedFiles(reference: Reference, jobs: readonly JobReport[]): readonly ReferenceFile[] {
  return load(reference, jobs).files;
}

/** Which states come back, and what they say of the records since the last one that did. */
function judgeStates(t: Verdict, { withheld = [] }: StreamFixture, judged: JudgedRun): void {
  const { reference, loaded, orchestrator } = judged;
  const marks = new Map<string, ReadonlyMap<string, number>>();
  const wanted = reference.states.flatMap((state) => {
    const { scope, before, text, isLost } = state;
    if (isLost) return [];
    const of = reference.streams.filter(({ label }) => scope === '*' || scope === label);
    if (of.some(({ label }) => withheld.includes(label))) return [];
    if (!of.every((stream) => isReleasable(stream, before.get(stream.label) ?? 0, loaded))) return [];
    const since = marks.get(scope ?? '');
    if (scope !== undefined) marks.set(scope, before);
    const results = of.flatMap(({ label }) =>
      (loaded.results.get(label) ?? []).slice(since?.get(label) ?? 0, before.get(label)),
    );
    const rejected = results.filter((result) => result === 'rejected').length;
    return [{ text, accepted: results.length - rejected, rejected }];
  });
  const released = orchestrator.released.map(({ sent, accepted, rejected }) => ({ text: sent, accepted, rejected }));
  const byText = (a: { text: string }, b: { text: string }) => (a.text < b.text ? -1 : 1);
  const clean = wanted.map((each) => ({ ...each, text: withoutStats(each.text) }));
  t.same(released.sort(byText), clean.sort(byText), 'the states that come back, with their counts');
}

/** All before it is settled, and it does not lie inside a file of an INSERT. */
export function isReleasable(
  stream: ReferenceStream,
  before: number,
  { results, files }: Pick<Loaded, 'results' | 'files'>,
): boolean {
  if ((results.get(stream.label) ?? []).slice(0, before).includes('unsettled')) return false;
  const isSent = (from: number, upTo: number) =>
    stream.records.slice(from, upTo).some(({ result }) => result === 'sent');
  const inside = files.some(
    (file) => file.stream === stream && isSent(file.from, before) && isSent(before, file.upTo) && before > file.from,
  );
  return stream.operation !== 'INSERT' || !inside;
}

/** Each rejected row is told once, with its key and reason, and not with its values. */
function judgeRejects(t: Verdict, { sure }: StreamFixture, { run, loaded }: JudgedRun): void {
  const reported = run.logs
    .filter((text) => text.startsWith('WARN rejected row {'))
    .map((text) => JSON.parse(text.slice('WARN rejected row '.length)));
  const order = (reject: Pick<ExpectedReject, 'stream' | 'job' | 'row' | 'key' | 'field'>) =>
    JSON.stringify([reject.stream, reject.job, reject.row, reject.key, reject.field]);
  const wanted = loaded.rejects.toSorted((a, b) => (order(a) < order(b) ? -1 : 1));
  const found = reported.toSorted((a, b) => (order(a) < order(b) ? -1 : 1));
  t.equal(found.length, wanted.length, 'each rejected row is told once');
  for (const [index, { reasons, records, ...reject }] of wanted.entries()) {
    const { reason = '', row_sure, records: counted = 1, ...rest } = found[index] ?? {};
    if (sure !== undefined) t.equal(row_sure, sure, 'whether its row number is proven');
    t.same({ ...rest, records: counted }, { ...reject, records }, 'what is told of a rejected row');
    for (const text of reasons) t.ok(reason.includes(text), `${reason} is ${text}`);
  }
}

/** As few as possible, one at a time an object, parents first, within quota. */
function judgeJobs(t: Verdict, { jobs }: StreamFixture, { run, reference, loaded }: JudgedRun): void {
  const { files } = loaded;
  for (const stream of reference.streams) {
    const { label } = stream;
    const own = files.filter((file) => file.stream === stream);
    const { least, most } = jobsAllowed(reference, stream);
    const wanted = jobs?.[label];
    if (wanted === undefined)
      t.ok(own.length >= least && own.length <= most, `${own.length} jobs of ${label}, ${least} to ${most} allowed`);
    else t.equal(own.length, wanted, `jobs of ${label}`);
  }
  const end = ({ job }: ReferenceFile) => job.acceptedAt + (job.endedAfter ?? Number.POSITIVE_INFINITY);
  for (const [at, file] of files.entries()) {
    const { stream, job } = file;
    const before = files.slice(0, at).filter((each) => each.stream.object === stream.object);
    t.ok(
      before.every((each) => end(each) <= job.acceptedAt),
      `one job at a time: ${job.id}`,
    );
    const parents = files.filter((each) => stream.parents.includes(each.stream.label));
    t.ok(
      parents.every((each) => end(each) <= job.acceptedAt),
      `parents first: ${job.id}`,
    );
    t.ok(job.bytes <= stream.maxBytes && job.rowCount <= stream.maxRows, `${job.id} is within its caps`);
  }
  const { calls, jobs: made } = run.sandbox;
  t.equal(calls.filter(({ counted }) => counted).length, made.length, 'no call of the quota but for a job');
  t.ok(run.sandbox.busiestHour().calls <= 10 && run.sandbox.busiestDay().calls <= 100, 'quota');
  const asked = calls.filter(({ kind }) => kind === 'errors').length;
  t.equal(
    asked,
    made.filter(({ refused, status }) => refused.length > 0 || status === 'FAILED').length,
    'errors are asked for once',
  );
  if (made.length === 0) t.same(calls, [], 'nothing to load, no call');
}

/** The log's last line: what became of every record. */
function judgeSummary(t: Verdict, { run, reference, loaded }: JudgedRun): void {
  if (reference.streams.length === 0) return;
  const line = run.logs.findLast((text) => text.startsWith('INFO Total of ')) ?? '';
  const count = (noun: string) => Number(new RegExp(`([\\d,]+) ${noun}`).exec(line)?.[1]?.replaceAll(',', '') ?? 0);
  const results = [...loaded.results.values()].flat();
  const of = (result: string) => results.filter((each) => each === result).length;
  const found = ['accepted', 'superseded', 'skipped', 'rejected', 'not loaded'].map(count);
  t.same(found, ['accepted', 'superseded', 'skipped', 'rejected', 'unsettled'].map(of), `the summary: ${line}`);
  t.equal(count('records?'), results.length, 'every record is counted once');
  t.equal(count('states? released'), run.states.length, 'states released');
  const succeeded = run.sandbox.jobs.reduce((sum, job) => sum + job.succeeded, 0);
  t.equal(count('accepted'), succeeded, 'what Gainsight took is what is told');
}
