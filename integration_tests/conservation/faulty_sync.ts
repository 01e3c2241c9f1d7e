/** A sync of a fixture under a fault case, with all that the laws are held against. */

import { mkdtempSync, readdirSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { hour } from '../../src/clock.ts';
import type { Exchange } from '../../src/sandbox/exchange.ts';
import type { JobReport } from '../../src/sandbox/job_report.ts';
import type { SandboxOptions } from '../../src/sandbox/options.ts';
import { type Sandbox, startSandbox } from '../../src/sandbox/server.ts';
import { FakeClock } from '../support/fake_clock.ts';
import { Orchestrator, type ReleasedState } from '../support/orchestrator.ts';
import { type Reference, readInput } from '../support/reference.ts';
import {
  applyFile,
  endOf,
  fileBehind,
  fileOf,
  firstResults,
  type RecordResult,
  type ReferenceFile,
  senderOf,
  settleDeleted,
} from '../support/reference_load.ts';
import { accessKey, configOf, runWrite, type WriteRun } from '../support/run_write.ts';
import type { StreamFixture } from '../support/streams.ts';
import type { FaultCase } from './fault_case.ts';

/** A state, and the jobs as they were when it came out. */
export interface SeenState extends ReleasedState {
  readonly jobs: readonly JobReport[];
}

/** What a sync came to. */
export interface Evidence {
  readonly fixture: StreamFixture;
  readonly faults: FaultCase;
  readonly run: WriteRun;
  readonly reference: Reference;
  readonly objects: SandboxOptions['objects'];
  readonly states: readonly SeenState[];
  /** What the platform has to say against the states that came out. */
  readonly stateFaults: readonly string[];
  /** The file of each accepted job, in the order of acceptance; one that was sent again is there twice. */
  readonly files: readonly ReferenceFile[];
  /** Why an accepted job is made of other rows than come next, and all after it. */
  readonly strangeFile: string | undefined;
  /** Files whose jobs the connector told as done, and counted. */
  readonly settled: readonly ReferenceFile[];
  /** By stream: what became of each record, by these files alone. */
  readonly results: ReadonlyMap<string, readonly RecordResult[]>;
  /** Names of files with rejected rows. */
  readonly kept: readonly string[];
}

/** Runs a sync to its end and lets everything at the tenant come to its own. */
export async function syncUnder(fixture: StreamFixture, faults: FaultCase): Promise<Evidence> {
  const exchanges: Exchange[] = [];
  const clock = new FakeClock({ patience: 5000 });
  const options = sandboxUnder(fixture, faults);
  const onExchange = (exchange: Exchange) => void exchanges.push(exchange);
  const sandbox = await startSandbox({ clock, accessKey, onExchange, ...options });
  const folder = mkdtempSync(join(tmpdir(), 'rejects-'));
  try {
    const orchestrator = new Orchestrator(fixture.lines, fixture.spelled);
    const config = configUnder(fixture, faults, folder);
    const watch = watchOutput(orchestrator, faults, clock);
    const run = await runWrite({
      ...{ config, catalog: JSON.stringify(fixture.catalog), tenant: { clock, sandbox }, stop: watch.stop },
      input: Buffer.from(orchestrator.lines.join('\n') + (fixture.unended ? '' : '\n')),
      onLine: watch.take,
    });
    // What is under way at the tenant ends without us: late acceptances, jobs that were left alone.
    await clock.sleep(24 * hour);
    const reference = readInput(configOf(config, sandbox.url), JSON.stringify(fixture.catalog), orchestrator.lines);
    const evidence = { fixture, faults, run: { ...run, exchanges }, reference, objects: options.objects };
    const { states, stateFaults } = watch;
    return { ...evidence, states, stateFaults, kept: readdirSync(folder), ...settle(reference, run, options.objects) };
  } finally {
    await sandbox.close();
    rmSync(folder, { recursive: true });
  }
}

function sandboxUnder({ sandbox, lines }: StreamFixture, faults: FaultCase): Partial<SandboxOptions> {
  const value = /"data":\{.*?"(?:[^"\\]|\\.)*":"([^"\\]{4,})"/.exec(lines.join('\n'))?.[1] ?? 'no value';
  const script = JSON.parse(JSON.stringify(faults.script ?? []).replaceAll('QUOTED', value));
  return { ...sandbox, ...faults.sandbox, script };
}

function configUnder({ config }: StreamFixture, faults: FaultCase, folder: string): object {
  const merged: Record<string, unknown> = { ...config };
  const rejected_rows = faults.keepsRejects ? { folder } : {};
  for (const [name, value] of Object.entries({ rejected_rows, ...faults.config })) {
    merged[name] = { ...(merged[name] as object | undefined), ...value };
  }
  return merged;
}

function watchOutput(orchestrator: Orchestrator, { stopAt, ourClockJumps }: FaultCase, clock: FakeClock) {
  const states: SeenState[] = [];
  const stateFaults: string[] = [];
  const stop = new AbortController();
  let jump = ourClockJumps;
  const take = (line: string, sandbox: Sandbox) => {
    if (line.includes('"type":"STATE"')) {
      try {
        states.push({ ...orchestrator.take(line), jobs: sandbox.ownJobs });
      } catch (error) {
        stateFaults.push((error as Error).message);
      }
    }
    if (stopAt?.test(line)) stop.abort();
    if (jump === undefined || !/Job \S+ submitted/.test(line)) return;
    // The tenant's clock goes by ours: it is told to jump the other way.
    clock.jumpWallClock(jump * 60_000);
    jump = undefined;
  };
  return { states, stateFaults, stop: stop.signal, take };
}

type Settled = Pick<Evidence, 'files' | 'strangeFile' | 'settled' | 'results'>;

function settle(reference: Reference, run: WriteRun, objects: SandboxOptions['objects'] = {}): Settled {
  const { files, strangeFile } = filesOf(reference, run.sandbox.ownJobs);
  const reported = run.logs.flatMap((text) => /^INFO Job (\S+) \(.*\) done/.exec(text)?.[1] ?? []);
  // Told as done, and then found to be unprovable after all.
  const unproven = [...run.logs, ...run.traces].flatMap(
    (text) => /Job (\S+) on .* of them are not named in its errors/.exec(text)?.[1] ?? [],
  );
  const settled = files.filter(({ job }) => reported.includes(job.id) && !unproven.includes(job.id));
  const results = new Map(reference.streams.map((stream) => [stream.label, firstResults(stream)]));
  const stored = new Map(reference.streams.map(({ object }) => [object, []]));
  for (const file of files) {
    const { label, object } = file.stream;
    const of = settled.includes(file) ? results.get(label) : firstResults(file.stream);
    // For what UPDATEs find, all that was loaded before counts, settled or not.
    applyFile(file, stored.get(object) ?? [], objects[object]?.fields ?? {}, of ?? [], doneRows(file));
  }
  for (const stream of reference.streams) {
    const isIn = (of: readonly ReferenceFile[], at: number) =>
      of.some((file) => file.stream === stream && at >= file.from && at < file.upTo);
    // A file whose answer was lost may have been sent again.
    const isOpen = (at: number) => isIn(files, at) && !isIn(settled, at);
    settleDeleted(stream, results.get(stream.label) ?? [], isOpen);
  }
  return { files, strangeFile, settled, results };
}

/** Rows of the file that its job has loaded or refused: the sandbox does so at its end. */
export function doneRows({ job }: ReferenceFile): number {
  return job.fileProblem || job.endedAfter === undefined ? 0 : job.processed;
}

/** Each job holds the rows that come next in its stream, or once more those of the job before. */
function filesOf({ streams }: Reference, jobs: readonly JobReport[]): Pick<Evidence, 'files' | 'strangeFile'> {
  const files: ReferenceFile[] = [];
  for (const job of jobs) {
    try {
      const stream = senderOf(streams, job);
      const last = files.findLast((file) => file.stream === stream);
      const isAgain = last?.job.sha256 === job.sha256 && last.job.rowCount === job.rowCount;
      if (isAgain) files.push({ ...last, job });
      else files.push(last ? fileBehind(last, job) : fileOf(stream, job, 0));
    } catch (error) {
      return { files, strangeFile: (error as Error).message };
    }
  }
  return { files: files.map((file) => ({ ...file, upTo: upToOf(file, files) })), strangeFile: undefined };
}

/** Up to where the next file of the stream begins; behind the last what can be in no other. */
function upToOf(file: ReferenceFile, files: readonly ReferenceFile[]): number {
  const later = files.filter(({ stream, from }) => stream === file.stream && from >= file.upTo);
  return later.length > 0 ? Math.min(...later.map(({ from }) => from)) : endOf(file);
}
