/** Points at which a connector is killed: each is reached and observed from outside. */
import type { Exchange } from '../../src/sandbox/exchange.ts';
import type { FaultRule } from '../../src/sandbox/faults.ts';
import { type Random, randomFrom } from '../support/random.ts';
import type { Seen } from './attempt.ts';

/** A point at which it is killed. */
export interface Step {
  /** Faults that hold the first attempt there, or let it get there. */
  readonly script?: readonly FaultRule[];
  readonly reached: (seen: Seen) => boolean;
  /** The source pauses after this share of its lines. */
  readonly pausesAfter?: number;
  /** It ends, and its exit is lost. */
  readonly unseen?: boolean;
  /** stdout is not read, and states are longer than a pipe. */
  readonly unread?: boolean;
}

/** Creates a step; `nth` selects one of several requests of a kind. */
type MakeStep = (nth: number, random: Random) => Step;

const held = 0.4;
const hold = (on: FaultRule['on'], nth: number, when: 'before' | 'after' = 'before'): FaultRule[] => [
  { on, nth, do: { kind: 'delay', seconds: held, when } },
];
const submissions = ({ calls }: Seen) => calls.filter(({ kind }) => kind === 'submit');
const count = ({ calls }: Seen, kind: 'list' | 'errors') => calls.filter((call) => call.kind === kind).length;

export const unseenEndStep = 'the end, which was lost';
/** The only step after which a file is partly loaded. */
export const halfDoneStep = 'accepted, and the job FAILs half way';

const accepted =
  (nth: number) =>
  (seen: Seen): boolean =>
    submissions(seen).filter(({ jobId }) => jobId !== undefined).length >= nth;
const failing = (nth: number, afterRows: number): Step => ({
  script: [...hold('submit', nth, 'after'), { on: 'submit', nth, do: { kind: 'fail', afterRows } }],
  reached: accepted(nth),
});

/** By name. Those without a script can be reached in any attempt. */
export const steps: Readonly<Record<string, MakeStep>> = {
  'a row spooled': (_nth, random) => ({
    pausesAfter: (1 + random(9)) / 10,
    reached: ({ isPaused }) => isPaused,
  }),
  // The list is first read at the start.
  'a batch cut': () => ({ script: hold('list', 2), reached: (seen) => count(seen, 'list') > 1 }),
  'before the submit': () => ({ script: hold('list', 3), reached: (seen) => count(seen, 'list') > 2 }),
  'request sent': (nth) => ({
    script: hold('submit', nth),
    reached: (seen) => submissions(seen).length >= nth && seen.held > 0,
  }),
  'accepted, the answer unread': (nth) => ({
    script: hold('submit', nth, 'after'),
    reached: accepted(nth),
  }),
  'accepted, and the job FAILs': (nth) => failing(nth, 0),
  [halfDoneStep]: (nth) => failing(nth, 4),
  'between polls': (nth) => ({
    script: [{ on: 'submit', nth, do: { kind: 'stay_in_progress', seconds: 4 } }],
    reached: ({ exchanges }) => {
      const submitted = exchanges.filter(({ method }) => method === 'POST')[nth - 1];
      return submitted !== undefined && exchanges.indexOf(submitted) < exchanges.findLastIndex(isPoll);
    },
  }),
  'before the errors call': () => ({ reached: ({ exchanges }) => exchanges.some(hasFailures) }),
  'errors requested': () => ({
    script: hold('errors', 1),
    reached: (seen) => count(seen, 'errors') > 0 && seen.held > 0,
  }),
  'after the errors call': () => ({ reached: ({ exchanges }) => exchanges.some(isErrors) }),
  'reject file written': () => ({ reached: (seen) => seen.rejects().some((size) => size > 0) }),
  'state half written': () => ({
    unread: true,
    // Long enough after the job's end for the pipe to be full.
    reached: ({ exchanges, idle }) => idle > 150 && exchanges.some(isEnd),
  }),
  'a state read': (nth) => ({ reached: ({ states }) => states >= nth }),
  'after an exchange': (_nth, random) => {
    const least = 1 + random(9);
    return { reached: ({ exchanges }) => exchanges.length >= least };
  },
  [unseenEndStep]: () => ({ unseen: true, reached: () => false }),
  'any moment': (_nth, random) => {
    const moment = 200 + random(2800);
    return { reached: ({ age }) => age >= moment };
  },
};

/** Where an old process is suspended: it waits for quota. */
export const ghostStep = 'refused for quota';

const refused: MakeStep = (nth) => ({
  script: [{ on: 'submit', nth, do: { kind: 'status', status: 429, retryAfter: 'seconds', seconds: 6 } }],
  reached: ({ exchanges }) => exchanges.some(({ status }) => status === 429),
});

/** The step with this name; the same for the same seed. */
export function stepOf(name: string, seed: number): Step {
  const random = randomFrom(seed);
  return (name === ghostStep ? refused : (steps[name] as MakeStep))(1 + random(2), random);
}

function isPoll({ method, path, body }: Exchange): boolean {
  const { data } = body as { data?: { status?: string; records?: { status?: string }[] } };
  if (method !== 'GET') return false;
  return path === '/bulk/jobs' ? (data?.records ?? []).some(({ status }) => status === 'IN_PROGRESS') : true;
}

function isErrors({ path }: Exchange): boolean {
  return path.endsWith('/errors');
}

interface Reported {
  readonly status?: string;
  readonly failureCount?: number;
}

function hasFailures(exchange: Exchange): boolean {
  return loggedJobs(exchange).some(({ status, failureCount = 0 }) => status === 'COMPLETED' && failureCount > 0);
}

function isEnd(exchange: Exchange): boolean {
  return loggedJobs(exchange).some(({ status }) => status === 'COMPLETED');
}

function loggedJobs({ method, body }: Exchange): readonly Reported[] {
  if (method !== 'GET') return [];
  const { data } = body as { data?: Reported & { records?: Reported[] } };
  return data?.records ?? (data ? [data] : []);
}
