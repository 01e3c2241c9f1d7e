/** Runs a fixture and collects the evidence for all laws: what the sync did, and what the reference expects. */
import { readdirSync } from 'node:fs';
import type { JobReport } from '../../src/sandbox/job_report.ts';
import type { SandboxOptions } from '../../src/sandbox/options.ts';
import type { Sandbox } from '../../src/sandbox/server.ts';
import { readLogs } from '../support/log_lines.ts';
import { Orchestrator, type ReleasedState } from '../support/orchestrator.ts';
import { type Reference, readInput } from '../support/reference.ts';
import {
  applyFile,
  type ExpectedReject,
  endOf,
  fileBehind,
  fileOf,
  firstOutcomes,
  ownRejects,
  type RecordOutcome,
  type ReferenceFile,
  senderOf,
  settleDeleted,
} from '../support/reference_load.ts';
import type { StreamFixture } from '../support/streams.ts';
import type { Sync, SyncResult } from '../support/sync.ts';

/** How a sync may end under a fault. */
export interface AllowedEnds {
  /** Codes with which a sync may fail. Absent: it must succeed. */
  readonly ends?: readonly string[];
  /** Further codes with which it may fail if it has an INSERT stream. */
  readonly insertEnds?: readonly string[];
  /** As `insertEnds`, but they depend on the machine's timing: none of them needs to occur. */
  readonly insertRaceEnds?: readonly string[];
  /** It may be stopped. */
  readonly mayStop?: boolean;
}

/** A state, and the jobs at the moment when it was released. */
export interface SeenState extends ReleasedState {
  readonly jobs: readonly JobReport[];
}

/** The result of a sync, as the laws need it. */
export interface Evidence<Run extends SyncResult = SyncResult> {
  readonly fixture: StreamFixture;
  readonly allowed: AllowedEnds;
  readonly run: Run;
  readonly reference: Reference;
  readonly objects: SandboxOptions['objects'];
  readonly states: readonly SeenState[];
  /** What the platform finds wrong with the released states. */
  readonly stateFaults: readonly string[];
  /** The file of each accepted job, in the order of acceptance; one that was sent again occurs twice. */
  readonly files: readonly ReferenceFile[];
  /** Why an accepted job, and all after it, does not contain the expected next rows. */
  readonly strangeFile: string | undefined;
  /** Files whose jobs the connector logged as completed, and counted. */
  readonly settled: readonly ReferenceFile[];
  /** Per stream: the outcome of each record, according to these files alone. */
  readonly outcomes: ReadonlyMap<string, readonly RecordOutcome[]>;
  /** Rows that the connector or the jobs of these files reject. */
  readonly rejects: readonly ExpectedReject[];
  /** Names of stored files with rejected rows. */
  readonly kept: readonly string[];
}

/** How a fixture is run. */
export interface FixtureRun<Run extends SyncResult> extends Partial<Pick<Sync, 'config' | 'sandbox' | 'onLine'>> {
  /** Runs a sync to its end. */
  readonly runSync: (sync: Sync) => Promise<Run>;
  readonly allowed?: AllowedEnds;
  /** Awaited between the end of the sync and the reading of the tenant. */
  readonly afterwards?: () => Promise<void>;
}

/** Runs a fixture to its end. The caller closes the sandbox. */
export async function gatherEvidence<Run extends SyncResult>(
  fixture: StreamFixture,
  { runSync, allowed = {}, afterwards, onLine, ...more }: FixtureRun<Run>,
): Promise<Evidence<Run>> {
  const { config = fixture.config, sandbox = fixture.sandbox ?? {} } = more;
  const { catalog } = fixture;
  const orchestrator = new Orchestrator(fixture.lines, fixture.spelled);
  const watch = watchStates(orchestrator);
  const run = await runSync({
    ...{ config, catalog, sandbox, input: Buffer.from(orchestrator.lines.join('\n') + (fixture.unended ? '' : '\n')) },
    onLine(line, tenant) {
      watch.take(line, tenant);
      onLine?.(line, tenant);
    },
  });
  await afterwards?.();
  const reference = readInput(run.config, JSON.stringify(catalog), orchestrator.lines);
  const { folder } = run.config.rejected_rows;
  return {
    ...{ fixture, allowed, run, reference, objects: sandbox.objects },
    ...{ states: watch.states, stateFaults: watch.faults, kept: folder === '' ? [] : readdirSync(folder) },
    ...settle(reference, run, sandbox.objects),
  };
}

function watchStates(orchestrator: Orchestrator) {
  const states: SeenState[] = [];
  const faults: string[] = [];
  const take = (line: string, sandbox: Sandbox): void => {
    if (!line.includes('"type":"STATE"')) return;
    try {
      states.push({ ...orchestrator.take(line), jobs: sandbox.ownJobs });
    } catch (error) {
      faults.push((error as Error).message);
    }
  };
  return { states, faults, take };
}

type Settled = Pick<Evidence, 'files' | 'strangeFile' | 'settled' | 'outcomes' | 'rejects'>;

function settle(reference: Reference, run: SyncResult, objects: SandboxOptions['objects'] = {}): Settled {
  const { files, strangeFile } = filesOf(reference, run.sandbox.ownJobs);
  const completed = readLogs('completed', run.logs).map(({ job }) => job);
  // Logged as completed, and then found to be unprovable.
  const unproven = readLogs('unprovenJob', [...run.logs, ...run.traces]).map(({ job }) => job);
  const settled = files.filter(({ job }) => completed.includes(job.id) && !unproven.includes(job.id));
  const outcomes = new Map(reference.streams.map((stream) => [stream.label, firstOutcomes(stream)]));
  const rejects = reference.streams.flatMap(ownRejects);
  const stored = new Map(reference.streams.map(({ object }) => [object, []]));
  for (const file of files) {
    const { label, object } = file.stream;
    const isSettled = settled.includes(file);
    const of = isSettled ? outcomes.get(label) : firstOutcomes(file.stream);
    // For UPDATE all rows loaded earlier count, settled or not.
    const refused = applyFile(file, stored.get(object) ?? [], objects[object]?.fields ?? {}, of ?? [], doneRows(file));
    if (isSettled) rejects.push(...refused);
  }
  for (const stream of reference.streams) {
    const isIn = (of: readonly ReferenceFile[], at: number) =>
      of.some((file) => file.stream === stream && at >= file.from && at < file.upTo);
    // A file whose answer was lost may have been sent again.
    const isOpen = (at: number) => isIn(files, at) && !isIn(settled, at);
    settleDeleted(stream, outcomes.get(stream.label) ?? [], isOpen);
  }
  return { files, strangeFile, settled, outcomes, rejects };
}

/** Rows of the file that its job has loaded or rejected: the sandbox does so at its end. */
export function doneRows({ job }: ReferenceFile): number {
  return job.fileProblem || job.endedAfter === undefined ? 0 : job.processed;
}

/** Each job contains the next rows of its stream, or again those of the previous job. */
function filesOf({ streams }: Reference, jobs: readonly JobReport[]): Pick<Evidence, 'files' | 'strangeFile'> {
  const files: ReferenceFile[] = [];
  let strangeFile: string | undefined;
  for (const job of jobs) {
    try {
      const stream = senderOf(streams, job);
      const last = files.findLast((file) => file.stream === stream);
      const isAgain = last?.job.sha256 === job.sha256 && last.job.rowCount === job.rowCount;
      if (isAgain) files.push({ ...last, job });
      else files.push(last ? fileBehind(last, job) : fileOf(stream, job, 0));
    } catch (error) {
      strangeFile = (error as Error).message;
      break;
    }
  }
  return { files: files.map((file) => ({ ...file, upTo: upToOf(file, files) })), strangeFile };
}

/** Where the next file of the stream begins; after the last file, the records that no other file can contain. */
function upToOf(file: ReferenceFile, files: readonly ReferenceFile[]): number {
  const later = files.filter(({ stream, from }) => stream === file.stream && from >= file.upTo);
  return later.length > 0 ? Math.min(...later.map(({ from }) => from)) : endOf(file);
}
