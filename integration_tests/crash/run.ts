/**
 * Runs one crash of the matrix: attempts of the built connector on one tenant until a sync succeeds, and checks them.
 */
import assert from 'node:assert/strict';
import { mkdirSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { FaultRule } from '../../src/sandbox/faults.ts';
import { type CheckedExchange, checkExchange } from '../support/contract.ts';
import { openProgram, type Program } from '../support/program.ts';
import { type Random, randomFrom } from '../support/random.ts';
import { type AttemptEnd, type AttemptOptions, runAttempt } from './attempt.ts';
import { giveFormerNames } from './former_names.ts';
import { judgeAdoptions, judgeDoubles, judgeGhost, judgeOtherKeys, judgeRows, type Past } from './judgement.ts';
import { type Change, type Crash, changes, type Habit, habits, layouts } from './matrix.ts';
import { endsUnderFaults } from './mixed.ts';
import { Restarts, type Start } from './restarts.ts';
import { catalogFor, configFor, objects, type Settings } from './settings.ts';
import { endsBetweenStates, type Reading, Source } from './source.ts';
import { missingBefore } from './source_end.ts';
import { halfDoneStep, type Step, stepOf } from './steps.ts';

/** The result of a crash. */
export interface CrashReport {
  readonly attempts: number;
  /** Kills at the intended point; the others came too late, as the attempt had ended. */
  readonly kills: number;
  readonly jobs: number;
  /** States that came back from the first attempt. */
  readonly states: number;
  readonly adopted: number;
  /** A state was truncated in the output. */
  readonly halfState: boolean;
  /** Codes of attempts that stopped rather than risk a duplicate. */
  readonly stopped: readonly string[];
}

/** Time limit of an attempt in milliseconds; an old process is suspended for as long as others work. */
const maxRunMs = 600_000;
/** Maximum number of attempts without a kill until a sync must succeed. */
const mostAttempts = 4;

/** @throws Error if any check fails */
export async function runCrash(crash: Crash): Promise<CrashReport> {
  const folder = mkdtempSync(join(tmpdir(), 'crash-'));
  mkdirSync(join(folder, 'rejects'));
  const [first] = crash.steps.map((name, at) => stepOf(name, crash.seed + at));
  const sandbox = {
    ...{ objects, callsPerHour: null, callsPerDay: null, pendingSeconds: 0.01 },
    script: [...(first?.script ?? []), ...scriptOf(habits[crash.habit]), ...(crash.faults ?? [])],
    ...habits[crash.habit]?.sandbox,
  };
  const program = await openProgram({ folder, sandbox, maxRunMs, config: {}, catalog: {} });
  const run = new CrashRun(crash, program);
  try {
    return await run.run();
  } finally {
    run.killAll();
    await program.sandbox.close();
    rmSync(folder, { recursive: true, maxRetries: 5 });
  }
}

function isTrace(line: string): boolean {
  return line.includes('"TRACE"');
}

/** The first files are read at once but become jobs later, whether the client still waits or not. */
function scriptOf({ takesInAfter }: Partial<Habit> = {}): readonly FaultRule[] {
  if (takesInAfter === undefined) return [];
  return [{ on: 'submit', nth: 1, times: 2, do: { kind: 'delay', seconds: takesInAfter, when: 'before' } }];
}

class CrashRun {
  readonly #crash: Crash;
  readonly #change: Change;
  readonly #program: Program;
  readonly #source: Source;
  readonly #restarts: Restarts;
  readonly #past: Past[] = [];
  readonly #stopped: string[] = [];
  readonly #settings: Settings;
  readonly #random: Random;
  #kills = 0;

  constructor(crash: Crash, program: Program) {
    this.#crash = crash;
    this.#change = changes[crash.change] ?? {};
    this.#program = program;
    this.#random = randomFrom(crash.seed + 1);
    this.#source = new Source(layouts[crash.layout] ?? [], crash.rows, crash.seed);
    this.#restarts = new Restarts(this.#source.streams, this.#random);
    const { listLag = 0, takesInAfter = 0 } = habits[crash.habit] ?? {};
    const megabytes = this.#change.files === 'smaller' ? 0.002 : 0.001;
    const answerSeconds = 2 + takesInAfter;
    this.#settings = { megabytes, keyFields: ['Id'], listLag, answerSeconds, checkedJobs: [] };
  }

  async run(): Promise<CrashReport> {
    const { seed, steps } = this.#crash;
    let isThrough = false;
    for (const [at, name] of steps.entries()) {
      isThrough = await this.#attempt(stepOf(name, seed + at));
      // It ended before the point at which it is killed.
      if (isThrough) break;
    }
    for (let left = mostAttempts; !isThrough && left > 0; left--) isThrough = await this.#attempt(undefined);
    assert.ok(isThrough, `not through after ${this.#past.length} attempts`);
    await this.#wakeGhost();
    this.#judge();
    return this.#report();
  }

  killAll(): void {
    for (const { end } of this.#past) end.running.kill();
  }

  /**
   * Runs one attempt and prepares the next.
   * @returns whether none is needed
   */
  async #attempt(step: Step | undefined): Promise<boolean> {
    const { start } = this.#restarts;
    const { folder, sandbox } = this.#program;
    const { streams } = this.#source;
    const reading = this.#reading(step);
    this.#program.configure(configFor(folder, streams, this.#settings), catalogFor(streams));
    const jobsBefore = sandbox.jobs.length;
    const isFirst = this.#past.length === 0;
    const lines = this.#source.read(start.cursors, reading);
    const end = await runAttempt({
      ...{ program: this.#program, lines, identity: { run: `${start.run}`, attempt: start.attempt } },
      pausesAfter: step?.pausesAfter,
      until: step?.reached,
      signal: isFirst && this.#change.process === 'ghost' ? 'SIGSTOP' : 'SIGKILL',
      readsWhen: this.#readerOf(step),
      onState: (line) => this.#stateCame(line, start),
    });
    this.#past.push({ start, end, jobsBefore });
    if (end.reached || step?.unseen) this.#kills += 1;
    if (end.code === 1) return this.#failed(end, reading);
    if (end.code === 0 && reading.diesAfter !== undefined)
      assert.ok(!endsBetweenStates(this.#source.streams, lines), 'rows that are repeated make a sync fail');
    if (end.code === 0 && reading.diesAfter === undefined && !step?.unseen) {
      assert.deepEqual(end.missing, [], 'every state came back, or a later one covered it');
      return true;
    }
    const from = this.#crash.restartFrom ?? this.#change.from;
    await this.#restart({ from, run: isFirst ? this.#change.run : undefined });
    return false;
  }

  #reading(step: Step | undefined): Reading {
    const { complete, states, statesEvery } = this.#crash;
    const restarts = this.#past.length;
    const dies = this.#change.source === 'dies' && restarts === 1;
    return {
      ...{ states, complete, every: statesEvery, phase: this.#change.states ? 2 * restarts : 0 },
      ...(step?.unread && { statePadding: 300_000 }),
      ...(dies && { diesAfter: (2 + this.#random(8)) / 10 }),
    };
  }

  #readerOf(step: Step | undefined): AttemptOptions['readsWhen'] {
    if (step?.unread) return () => false;
    return this.#crash.slowReader ? ({ age }) => age > 800 : undefined;
  }

  #stateCame(line: string, start: Start): void {
    const upTo = this.#restarts.came(line);
    const { sandbox } = this.#program;
    const missing = missingBefore(this.#source, { from: start.cursors, upTo }, (object) => sandbox.rows(object));
    assert.deepEqual(missing, [], 'rows before a state that are missing');
  }

  /**
   * Handles an attempt that stopped rather than risk a duplicate.
   * @returns whether that is the end
   */
  async #failed(end: AttemptEnd, reading: Reading): Promise<boolean> {
    if (this.#crash.faults) return this.#failedUnderFaults(end);
    const { traces, lines } = end;
    const [code = 'no code'] = traces;
    const inserts = this.#source.streams.filter(({ operation }) => operation === 'INSERT');
    const isHalfDone = this.#crash.steps.includes(halfDoneStep);
    const isOtherState = this.#isOtherState;
    const isDue = inserts.length > 0 && this.#isDue(code, reading);
    const isLate = code === 'job_came_late' && this.#isLateTenant;
    if (!(isDue || isLate) || traces.length !== 1) throw new Error(`an attempt failed: ${lines.filter(isTrace)}`);
    this.#stopped.push(code);
    judgeDoubles(this.#source, this.#program.sandbox);
    if (code === 'source_ended_early' || isLate) await this.#restart({ from: this.#change.from });
    // As the error asks: the same or larger files, and the sync started again.
    else if ((isOtherState || this.#cutsNames) && !isHalfDone && inserts.every(({ incremental }) => incremental)) {
      this.#answer(lines);
      if (this.#change.files === 'smaller') this.#settings.megabytes = 1;
      await this.#restart({ run: 'next' });
    } else if (!isHalfDone && inserts.every(({ incremental }) => incremental)) {
      this.#settings.megabytes = 1;
      await this.#restart({ run: 'next' });
    } else return true;
    return false;
  }

  /** A state of all streams changes if the streams take other turns: across runs rows are then uncertain. */
  get #isOtherState(): boolean {
    const isOtherRun = this.#past.some(({ start }) => start.run !== this.#past[0]?.start.run);
    return (this.#change.run === 'next' || isOtherRun) && this.#crash.states === 'GLOBAL';
  }

  /** Whether an INSERT may stop with this code. */
  #isDue(code: string, reading: Reading): boolean {
    const { files, rows } = this.#change;
    const isHalfDone = this.#crash.steps.includes(halfDoneStep);
    const isInDoubt = isHalfDone || this.#isOtherState || files === 'smaller' || rows === 'in another order';
    // If names are cut, it is unknown how many rows a running job's file has: more may be on their way.
    if (code === 'source_ended_early') return reading.diesAfter !== undefined || this.#cutsNames;
    return code === 'insert_uncertain' && (isInDoubt || this.#cutsNames);
  }

  /**
   * Airbyte retries transient errors; an error for the user is the end.
   * @returns whether it is
   */
  async #failedUnderFaults({ traces, lines }: AttemptEnd): Promise<boolean> {
    const [code = 'no code'] = traces;
    assert.ok(traces.length === 1 && endsUnderFaults.has(code), `an attempt failed: ${lines.filter(isTrace)}`);
    this.#stopped.push(code);
    judgeDoubles(this.#source, this.#program.sandbox);
    if (!lines.some((line) => isTrace(line) && line.includes('"transient_error"'))) return true;
    await this.#restart({ from: this.#change.from });
    return false;
  }

  /**
   * Does what the error asks of the user: checks whether the rows of the named job are there, and answers in the
   * settings.
   */
  #answer(lines: readonly string[]): void {
    const [, id] = /"checked_jobs\\+": \[{\\+"job\\+":\\+"(\w+)/.exec(lines.find(isTrace) ?? '') ?? [];
    const job = this.#program.sandbox.jobs.find((each) => each.id === id);
    assert.ok(job, 'the error names a job of the tenant in the lines to paste');
    assert.ok([0, job.rowCount].includes(job.processed), 'all of its rows are there, or none');
    this.#settings.checkedJobs.push({ job: job.id, loaded: job.processed > 0 ? 'all' : 'none' });
  }

  /** Applies the change at the first restart. */
  async #restart(how: Parameters<Restarts['next']>[0]): Promise<void> {
    const { sandbox } = this.#program;
    // Requests on their way arrive now, or never: from here the list may be late, but not later than configured. Except
    // for a tenant that accepts files late, which only the next run cannot know.
    while (sandbox.open > 0 && !(this.#isLateTenant && how.run === undefined))
      await new Promise((resolve) => setTimeout(resolve, 10));
    const { files, keys, rows } = this.#change;
    if (this.#past.length === 1 && files) this.#settings.megabytes = files === 'larger' ? 0.0025 : 0.001;
    if (this.#past.length === 1 && this.#change.firstAttemptOf) giveFormerNames(sandbox, this.#source.streams);
    if (keys) this.#settings.keyFields = ['Id', 'Tier'];
    const { cursors } = this.#restarts.next(how);
    const some = 3 + this.#random(9);
    if (rows === 'appended') this.#source.append(some);
    if (rows === 'changed') this.#source.change(some);
    if (rows === 'in another order') this.#source.reorder();
    if (rows === 'rolled back') this.#source.rollBack(some, cursors);
  }

  get #isLateTenant(): boolean {
    return habits[this.#crash.habit]?.takesInAfter !== undefined;
  }

  /** If names are cut, a file is recognised by its rows alone, whatever run it is of. */
  get #cutsNames(): boolean {
    return habits[this.#crash.habit]?.sandbox.names === 'cut_32';
  }

  async #wakeGhost(): Promise<void> {
    const [ghost] = this.#past;
    if (this.#change.process !== 'ghost' || !ghost?.end.reached) return;
    // It sees what the list shows: by then all that the later attempt has sent.
    await new Promise((resolve) => setTimeout(resolve, 1000 * this.#settings.listLag));
    ghost.end.running.kill('SIGCONT');
    judgeGhost(this.#program.sandbox, ghost.start, await ghost.end.running.ended);
  }

  #judge(): void {
    const { exchanges, sandbox } = this.#program;
    const isStopped = this.#past.at(-1)?.end.code === 1;
    const isUncertain = this.#stopped.at(-1) === 'insert_uncertain' && isStopped;
    if (!isUncertain && !(this.#crash.faults && isStopped)) judgeRows(this.#source, sandbox);
    judgeDoubles(this.#source, sandbox);
    const restarted = this.#past.slice(1);
    // A failed file is sent again, and one with a lost answer may be.
    if (!this.#cutsNames && !this.#crash.faults)
      for (const past of restarted) judgeAdoptions(this.#source, sandbox, past);
    if (this.#change.keys) for (const { end } of restarted) judgeOtherKeys(this.#source, sandbox, end, restarted[0]);
    assert.deepEqual(this.#program.left(), [], 'the spool is empty');
    for (const exchange of exchanges) checkExchange(exchange as CheckedExchange);
  }

  #report(): CrashReport {
    const ends = this.#past.map(({ end }) => end);
    return {
      attempts: ends.length,
      kills: this.#kills,
      jobs: this.#program.sandbox.jobs.length,
      states: ends[0]?.lines.filter((line) => line.includes('"type":"STATE"')).length ?? 0,
      adopted: ends.reduce((sum, { adopted }) => sum + adopted.length, 0),
      halfState: ends.some(({ rest }) => rest.startsWith('{"type":"STATE"')),
      stopped: this.#stopped,
    };
  }
}
