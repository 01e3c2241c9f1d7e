/** The matrix of crashes: what is loaded, where it is killed, what changes at the restart, how the tenant behaves. */
import { hour, minute } from '../../src/clock.ts';
import type { FaultRule } from '../../src/sandbox/faults.ts';
import type { SandboxOptions } from '../../src/sandbox/options.ts';
import { pick, type Random, randomFrom } from '../support/random.ts';
import type { SourceStream } from './source.ts';
import { ghostStep, halfDoneStep, steps } from './steps.ts';

const stream = (
  name: string,
  operation: SourceStream['operation'],
  more: Partial<SourceStream> = {},
): SourceStream => ({
  ...{ name, operation, object: name, incremental: true, ...more },
});

/** What is loaded. */
export const layouts: Readonly<Record<string, readonly SourceStream[]>> = {
  UPSERT: [stream('accounts', 'UPSERT')],
  INSERT: [stream('events', 'INSERT')],
  'UPSERT and INSERT': [stream('accounts', 'UPSERT'), stream('events', 'INSERT')],
  'INSERT of a full refresh': [stream('events', 'INSERT', { incremental: false })],
  'UPSERT, then UPDATE of its records': [
    stream('accounts', 'UPSERT'),
    stream('scores', 'UPDATE', { object: 'accounts', parent: 'accounts' }),
  ],
  'UPSERT of a full refresh, with an INSERT': [
    stream('accounts', 'UPSERT', { incremental: false }),
    stream('events', 'INSERT'),
  ],
  'two INSERTs into one object': [stream('events', 'INSERT'), stream('visits', 'INSERT', { object: 'events' })],
  // The UPSERT waits for that of another object, so the INSERT is sent before it. At a restart from the other's last state
  // it waits for nothing, and is decided before the INSERT.
  'an INSERT, and an UPSERT into its object that waits': [
    stream('accounts', 'UPSERT'),
    stream('visits', 'UPSERT', { object: 'events', after: 'accounts' }),
    stream('events', 'INSERT'),
  ],
  'two UPSERTs of one object': [stream('accounts', 'UPSERT'), stream('prospects', 'UPSERT', { object: 'accounts' })],
};

/** What differs at a restart. */
export interface Change {
  readonly rows?: 'appended' | 'changed' | 'rolled back' | 'in another order';
  /** The largest file size. */
  readonly files?: 'larger' | 'smaller';
  /** States come after other rows than before. */
  readonly states?: true;
  /** Which of the states that came back it starts from; default: the last. */
  readonly from?: 'any' | number;
  readonly run?: 'next';
  readonly keys?: true;
  /** The source dies once before it is finished. */
  readonly source?: 'dies';
  /** The old process is not killed: it is suspended during the restart, and continues when that is finished. */
  readonly process?: 'ghost';
  /** The first attempt was version 0.1.0's, whose file names this one reads. */
  readonly firstAttemptOf?: '0.1.0';
}

export const changes: Readonly<Record<string, Change>> = {
  nothing: {},
  'rows appended': { rows: 'appended' },
  'any of the states': { from: 'any' },
  'rows changed': { rows: 'changed' },
  'rows rolled back': { rows: 'rolled back' },
  'rows in another order': { rows: 'in another order' },
  'larger files': { files: 'larger', from: 'any' },
  'states after other rows': { states: true },
  'the next WORKER_JOB_ID': { run: 'next' },
  'smaller files': { files: 'smaller' },
  'other key fields': { keys: true },
  'a source that dies once': { source: 'dies' },
  'the old process lives': { process: 'ghost' },
  'rows appended, any of the states, larger files': { rows: 'appended', files: 'larger', from: 'any' },
  'rows changed, the next WORKER_JOB_ID': { rows: 'changed', run: 'next' },
  'a newer version': { firstAttemptOf: '0.1.0' },
  'a newer version, from any of the states': { firstAttemptOf: '0.1.0', from: 'any' },
};

/** How the tenant behaves. */
export interface Habit {
  readonly sandbox: Partial<SandboxOptions>;
  /** `polling.list_lag_seconds` */
  readonly listLag: number;
  /** Seconds after which the first files become jobs; after a kill the next attempt starts before that. */
  readonly takesInAfter?: number;
}

export const habits: Readonly<Record<string, Habit>> = {
  plain: { sandbox: {}, listLag: 0 },
  'lists jobs late': { sandbox: { listLag: 3000 }, listLag: 3 },
  'lists the oldest first, two a page': { sandbox: { listOrder: 'oldest', listPageMax: 2 }, listLag: 0 },
  'ten minutes ahead of us': { sandbox: { clockOffset: 10 * minute }, listLag: 0 },
  'lists in no order, a job a page': { sandbox: { listOrder: 'none', listPageMax: 1 }, listLag: 0 },
  'takes a file in when its process is dead': { sandbox: {}, listLag: 0, takesInAfter: 1.5 },
  'returns file names in capitals, and objects by their labels': {
    sandbox: { names: 'upper', objectNames: 'label' },
    listLag: 0,
  },
  'returns file names after a path, and dates without a zone': {
    sandbox: { names: 'path', dates: 'local', zoneOffset: -8 * hour },
    listLag: 0,
  },
  'cuts file names to 32 characters': { sandbox: { names: 'cut_32' }, listLag: 0 },
  'ten minutes behind us': { sandbox: { clockOffset: -10 * minute }, listLag: 0 },
};

/** One crash and what follows, all derived from a number. */
export interface Crash {
  readonly seed: number;
  readonly layout: string;
  /** One for each crash in a row. */
  readonly steps: readonly string[];
  readonly change: string;
  readonly habit: string;
  readonly states: 'STREAM' | 'GLOBAL';
  /** Streams end with COMPLETE. */
  readonly complete: boolean;
  /** stdout is not read for half a second after the restart. */
  readonly slowReader: boolean;
  /** Rows of each stream at the beginning. */
  readonly rows: number;
  readonly statesEvery: number;
  /** Additional faults. */
  readonly faults?: readonly FaultRule[];
  /** Number of states that the platform stored before the restart; 0: none. Default: as the change says. */
  readonly restartFrom?: number;
}

/**
 * The crash with this number. Consecutive numbers go through all steps, changes and layouts, so that each is combined
 * with each other and with every behaviour of a tenant.
 */
export function crashOf(seed: number): Crash {
  const random = randomFrom(seed);
  const [allSteps, allChanges] = [Object.keys(steps), Object.keys(changes)];
  const round = Math.floor(seed / allSteps.length);
  const change = allChanges[(seed + round) % allChanges.length] as string;
  const step = stepFor(allSteps[seed % allSteps.length] as string, changes[change]);
  return {
    ...{ seed, change, layout: layoutFor(seed + 3 * round, changes[change]) },
    steps: step === ghostStep ? [step] : [step, ...more(random)],
    states: pick(random, ['STREAM', 'STREAM', 'GLOBAL']),
    complete: random(2) === 0,
    slowReader: random(4) === 0,
    rows: 24 + random(27),
    statesEvery: 3 + random(9),
    habit: pick(random, habitsFor(changes[change])),
  };
}

/**
 * If file names are cut, the connector cannot see that a later attempt is running, and cannot recognise names of version
 * 0.1.0 at all. A file that is accepted late has a current name.
 */
function habitsFor(change: Change | undefined): string[] {
  const isFormer = change?.firstAttemptOf !== undefined;
  const needsNames = change?.process === 'ghost' || isFormer;
  return Object.keys(habits).filter(
    (name) =>
      !(needsNames && habits[name]?.sandbox.names === 'cut_32') &&
      !(isFormer && habits[name]?.takesInAfter !== undefined),
  );
}

/** The next run assumes that the user knows of a partly loaded file; a killed run reports nothing. */
function stepFor(step: string, change: Change | undefined): string {
  if (change?.process === 'ghost') return ghostStep;
  return step === halfDoneStep && change?.run === 'next' ? 'accepted, and the job FAILs' : step;
}

/** Further crashes: one in three crashes has a second, one in nine a third. */
function more(random: Random): string[] {
  const any = Object.keys(steps).filter((name) => stepNeedsNoScript.has(name));
  const second = random(3) === 0 ? [pick(random, any)] : [];
  return second.length > 0 && random(3) === 0 ? [...second, pick(random, any)] : second;
}

const stepNeedsNoScript = new Set([
  ...['a row spooled', 'before the errors call', 'after the errors call', 'reject file written'],
  ...['a state read', 'after an exchange', 'any moment'],
]);

/** A change of rows or keys has no meaning for an INSERT: choose a layout to which it applies. */
function layoutFor(seed: number, change: Change | undefined): string {
  const needsKeys = change?.rows === 'changed' || change?.rows === 'rolled back' || change?.keys;
  // Another run loads a full refresh again: an INSERT of it duplicates by design.
  const fits = Object.entries(layouts).filter(([, streams]) => {
    const hasKeys = streams.some(({ operation }) => operation !== 'INSERT');
    const doubles = streams.some(({ operation, incremental }) => operation === 'INSERT' && !incremental);
    // Another order is not allowed for an incremental stream, and has no effect with keys.
    const needsRefresh = change?.rows === 'in another order';
    // With several objects the old process may be suspended while it sends, which no list can show.
    const mayBeSending = change?.process === 'ghost' && new Set(streams.map(({ object }) => object)).size > 1;
    return (
      (!needsKeys || hasKeys) && (!needsRefresh || doubles) && !(change?.run === 'next' && doubles) && !mayBeSending
    );
  });
  return fits[seed % fits.length]?.[0] as string;
}

/** A crash as one line. */
export function titleOf(crash: Crash): string {
  const { seed, layout, steps: at, change, habit, states } = crash;
  return `crash ${seed}: ${layout} · killed at ${at.join(', then ')} · restarted with ${change} · tenant ${habit} · ${states} states`;
}
