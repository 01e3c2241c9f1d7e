/**
 * Crashes of a sync over the object API: the built program is killed while the tenant holds one of its requests, and
 * started again with something changed. In the end Gainsight has what the source has, and no key twice.
 */
import assert from 'node:assert/strict';
import { mkdirSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { CallKind } from '../../src/sandbox/exchange.ts';
import { acceptedBy, type History, keyOfRow, missingOf } from '../conservation/object_api_model.ts';
import {
  autoRows,
  catalogOf,
  coveredBy,
  entriesOf,
  linesOf,
  type ObjectSource,
  type ObjectStream,
  objects,
  type Step,
  sourceOf,
} from '../conservation/object_api_source.ts';
import { type CheckedExchange, checkExchange } from '../support/contract.ts';
import { openProgram, type Program } from '../support/program.ts';
import { type Random, randomFrom } from '../support/random.ts';
import { type AttemptEnd, runAttempt } from './attempt.ts';

/** Where it is killed: while a request is held before or after it is done. */
export interface Kill {
  readonly on: CallKind;
  readonly nth: number;
  readonly when: 'before' | 'after';
  /** How long it is held, in seconds; default: until the process is dead, and not longer than needed. */
  readonly held?: number;
}

/** What differs after the first crash. */
export interface ObjectChange {
  /** The first attempt reads only this share of the records. */
  readonly appends?: number;
  readonly maxRows?: number;
  readonly autoRows?: number;
  /** States come behind other records. */
  readonly states?: true;
  /** It starts from any of the states that came back; default: from the last. */
  readonly from?: 'any';
}

/** One crash, and what follows. */
export interface ObjectCrash {
  readonly seed: number;
  readonly streams: readonly string[];
  readonly kill: Kill;
  /** The second attempt is killed with this call. */
  readonly killedAgainAt?: number | undefined;
  readonly change: ObjectChange;
  /** For how long a call that was killed may still be done, in seconds; default: 2. */
  readonly answerSeconds?: number;
  readonly autoRows?: number;
}

/** What became of it. */
export interface ObjectCrashReport {
  readonly attempts: number;
  readonly kills: number;
  readonly calls: number;
  readonly jobs: number;
}

/** How long a request is held, in seconds: longer than a kill takes. */
const held = 0.5;
const mostAttempts = 4;
const maxRunMs = 900_000;

/** @throws Error if any check fails */
export async function runObjectCrash(crash: ObjectCrash): Promise<ObjectCrashReport> {
  const folder = mkdtempSync(join(tmpdir(), 'crash-'));
  mkdirSync(join(folder, 'rejects'));
  const { on, nth, when, held: seconds = held } = crash.kill;
  const script = [{ on, nth, times: 1, do: { kind: 'delay', seconds, when } }] as const;
  const limits = { callsPerHour: null, callsPerDay: null, objectApi: { callsPerMinute: null, callsPerDay: null } };
  const sandbox = { objects, script, pendingSeconds: 0.01, ...limits };
  const program = await openProgram({ folder, sandbox, maxRunMs, config: {}, catalog: {} });
  const run = new ObjectCrashRun(crash, program);
  try {
    return await run.run();
  } finally {
    await program.sandbox.close();
    rmSync(folder, { recursive: true, maxRetries: 5 });
  }
}

class ObjectCrashRun {
  readonly #crash: ObjectCrash;
  readonly #program: Program;
  readonly #source: ObjectSource;
  readonly #random: Random;
  /** Records of each stream that the latest stored state covers. */
  #covered = new Map<string, number>();
  #attempts = 0;
  #kills = 0;

  constructor(crash: ObjectCrash, program: Program) {
    this.#crash = crash;
    this.#program = program;
    this.#random = randomFrom(crash.seed);
    this.#source = sourceOf(crash.seed, { isSteady: true, length: 130, streams: crash.streams });
    for (const { object, stored } of this.#source.streams) program.sandbox.addRecords(object, stored);
  }

  async run(): Promise<ObjectCrashReport> {
    const { sandbox } = this.#program;
    const isHeld = () => sandbox.parked > 0;
    let isThrough = await this.#attempt(isHeld);
    const again = this.#crash.killedAgainAt;
    if (again !== undefined && !isThrough) {
      const before = sandbox.objectCalls.length;
      isThrough = await this.#attempt(() => sandbox.objectCalls.length >= before + again);
    }
    while (!isThrough && this.#attempts < mostAttempts) isThrough = await this.#attempt(undefined);
    assert.ok(isThrough, `not through after ${this.#attempts} attempts`);
    this.#judge();
    return {
      ...{ attempts: this.#attempts, kills: this.#kills },
      ...{ calls: sandbox.objectCalls.length, jobs: sandbox.jobs.length },
    };
  }

  /** @returns whether none is needed after it */
  async #attempt(until: (() => boolean) | undefined): Promise<boolean> {
    const { folder } = this.#program;
    const { streams } = this.#source;
    const attempt = this.#attempts;
    this.#attempts += 1;
    this.#program.configure(this.#config(folder), catalogOf(streams));
    const from = this.#covered;
    const came: Map<string, number>[] = [];
    const source = this.#read(attempt);
    const end = await runAttempt({
      ...{ program: this.#program, identity: { run: '7', attempt }, until },
      lines: linesOf(source, from),
      onState: (line) => {
        came.push(coveredBy(line));
        this.#checkState(coveredBy(line));
      },
    });
    if (end.reached) this.#kills += 1;
    const stored = this.#crash.change.from === 'any' ? came.slice(0, this.#random(came.length + 1)) : came;
    this.#covered = new Map([...from, ...stored.flatMap((each) => [...each])]);
    if (end.reached) return false;
    assert.deepEqual([end.code, ...tracesOf(end)], [0], 'it ends well');
    assert.deepEqual(end.missing, [], 'every state came back, or a later one covered it');
    // The first attempt may have read a part of the records alone.
    return source.steps.length === this.#read(1).steps.length || attempt > 0;
  }

  #config(folder: string): object {
    const { change, answerSeconds = 2, autoRows: usual = autoRows } = this.#crash;
    const isChanged = this.#attempts > 1;
    const auto_rows = (isChanged ? change.autoRows : undefined) ?? usual;
    const object_api = { per_minute: 100_000, per_day: 100_000_000, reserved: 0, auto_rows };
    return {
      streams: entriesOf(this.#source.streams),
      files: { max_rows: (isChanged ? change.maxRows : undefined) ?? 60 },
      quota: { calls_per_hour: 100_000, calls_per_day: 100_000, object_api },
      polling: { max_interval_seconds: 1, list_lag_seconds: 0, submission_answer_minutes: answerSeconds / 60 },
      rejected_rows: { fail_above_percent: 100, folder: join(folder, 'rejects') },
    };
  }

  /** What the source sends in this attempt. */
  #read(attempt: number): ObjectSource {
    const { appends, states } = this.#crash.change;
    const records = this.#source.steps.filter(({ is }) => is === 'record');
    const share = attempt === 0 ? (appends ?? 1) : 1;
    const read = records.slice(0, Math.ceil(share * records.length));
    const every = attempt > 0 && states ? 23 : 17;
    const steps = read.flatMap((step, at): Step[] =>
      at % every === every - 1 ? [step, { ...step, is: 'state' }] : [step],
    );
    const last = read.at(-1);
    const ends = last ? this.#source.streams.map((stream): Step => ({ ...last, stream, is: 'state' })) : [];
    return { ...this.#source, steps: [...steps, ...ends] };
  }

  #checkState(proven: ReadonlyMap<string, number>): void {
    const missing = this.#histories().flatMap(({ stream, key, history }) => {
      const upTo = proven.get(stream.name) ?? 0;
      if (!history.some(({ at }) => at < upTo)) return [];
      const seen = { ...this.#rows(stream, key), proven: upTo };
      return missingOf(stream, history, seen).map((what) => `${stream.name} ${key}: ${what}, ${JSON.stringify(seen)}`);
    });
    assert.deepEqual(missing, [], 'what is missing before a state');
  }

  #judge(): void {
    const { exchanges } = this.#program;
    const wrong = this.#histories().flatMap(({ stream, key, history }) => {
      const seen = { ...this.#rows(stream, key), rejected: undefined, proven: history.length > 0 ? 1e9 : 0 };
      return acceptedBy(stream, history, seen, {}).size > 0 ? [] : [`${stream.name} ${key}: ${JSON.stringify(seen)}`];
    });
    assert.deepEqual(wrong, [], 'rows that are not those of the source');
    for (const stream of this.#source.streams) {
      const keys = this.#program.sandbox.rows(stream.object).map((row) => keyOfRow(stream, row));
      assert.deepEqual(keys.length, new Set(keys).size, `keys of ${stream.object} that are there twice`);
    }
    assert.deepEqual(this.#program.left(), [], 'the spool is empty');
    for (const exchange of exchanges) checkExchange(exchange as CheckedExchange);
  }

  #histories(): { stream: ObjectStream; key: string; history: History }[] {
    return this.#source.streams.flatMap((stream) => {
      const histories = new Map<string, History[number][]>();
      for (const [at, record] of stream.records.entries())
        histories.set(record.key ?? '', [...(histories.get(record.key ?? '') ?? []), { at, record }]);
      return [...histories].map(([key, history]) => ({ stream, key, history }));
    });
  }

  #rows(stream: ObjectStream, key: string) {
    const isIt = (row: ObjectStream['stored'][number]) => keyOfRow(stream, row) === key;
    return { before: stream.stored.filter(isIt), now: this.#program.sandbox.rows(stream.object).filter(isIt) };
  }
}

function tracesOf({ lines }: AttemptEnd): string[] {
  return lines.filter((line) => line.includes('"type":"TRACE"'));
}
