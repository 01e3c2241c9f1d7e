import t, { type Test } from 'tap';
import type { BulkJob } from '../../gainsight/contract.ts';
import type { CloseReason, SliceDigest } from '../../model.ts';
import type { OwnJob } from './adopt.ts';
import {
  decideInsert,
  type InsertDecision,
  type InsertRules,
  type InsertSlice,
  mayGrowInto,
  unmatchedJobs,
} from './adopt_insert.ts';

const failed: BulkJob = { status: 'FAILED', successCount: 0, failureCount: 0, processedRecords: 0 };
const half: BulkJob = { ...failed, processedRecords: 4 };
const short: BulkJob = { successCount: 3 };
const running: BulkJob = { status: 'IN_PROGRESS', successCount: 0 };

interface Made {
  readonly rows?: number | undefined;
  readonly of?: BulkJob;
  readonly run?: string | undefined;
  readonly state?: string | undefined;
  /** Days. */
  readonly age?: number;
}

const now = 100;

/** A job of this run whose file has this digest and as many rows as its number; COMPLETED by default. */
function job(digest: string, made: Made = {}): OwnJob {
  const { rows = Number(digest.slice(1)), of, age = 0 } = made;
  const run = 'run' in made ? made.run : '41';
  const state = 'state' in made ? made.state : '0';
  const done = { status: 'COMPLETED', successCount: rows, failureCount: 0, processedRecords: rows, totalRecords: rows };
  const name = { digest: digest.padEnd(20), state, rows, send: 'a', run, attempt: 0, token: 'b', stream: 's' };
  return {
    jobId: digest,
    name,
    job: { ...done, ...of },
    created: now - age,
    date: { kind: 'none' },
    isDated: true,
    seenAt: 0,
  };
}

const other = (digest: string, made: Made = {}) => job(digest, { run: '40', ...made });
const cut = (digest: string, made: Made = {}) => job(digest, { run: undefined, ...made });

const digests = (text: string): SliceDigest => ({ current: text.padEnd(20), former: '?' });

/** Ten rows: the first four have digest h4 and all have h10, with a state after the fourth and the last. */
const ten: InsertSlice = {
  rows: 10,
  firstRow: { current: 'h', former: '?' },
  prefixes: new Map([4, 10].map((rows) => [rows, digests(`h${rows}`)])),
  states: new Map([4, 10].map((rows) => [rows, `S${rows}`])),
  reason: 'bytes',
};

const rules: InsertRules = {
  ...{ run: '41', attempt: 0, incremental: true, sendsRepeated: false, checked: new Map(), oldest: now - 7 },
};

interface Case {
  readonly jobs: readonly OwnJob[];
  readonly expected: string;
  readonly reason?: CloseReason | undefined;
  readonly states?: ReadonlyMap<number, string>;
  readonly rules?: Partial<InsertRules>;
}

function check(t: Test, cases: Readonly<Record<string, Case>>): void {
  for (const [name, each] of Object.entries(cases)) {
    const { jobs, expected, states = ten.states } = each;
    const slice = { ...ten, states, reason: 'reason' in each ? each.reason : ten.reason };
    t.equal(words(decideInsert(jobs, slice, { ...rules, ...each.rules })), expected, name);
  }
}

t.test('within a run rows alone identify a slice: any job is taken over whose file has the first rows', async (t) => {
  check(t, {
    'nothing was sent': { jobs: [], expected: 'submit' },
    'the same file': { jobs: [job('h10')], expected: 'adopt h10 of 10' },
    'the same file with another state': { jobs: [job('h10', { state: 'X' })], expected: 'adopt h10 of 10' },
    'a file of its first rows': { jobs: [job('h4')], expected: 'adopt h4 of 4' },
    'the oldest of several': { jobs: [job('h4'), job('h10')], expected: 'adopt h4 of 4' },
    'still running': { jobs: [job('h10', { of: running })], expected: 'adopt h10 of 10' },
    'first rows of other content': { jobs: [job('hx', { rows: 4 })], expected: 'submit' },
    'a larger file with the same first row': { jobs: [job('h20')], expected: 'uncertain larger h20' },
    'a larger one, and the input has ended': { jobs: [job('h20')], reason: 'end', expected: 'ended early h20' },
    'a larger one, and COMPLETE came': { jobs: [job('h20')], reason: 'complete', expected: 'ended early h20' },
    'a larger one besides the same': { jobs: [job('h20'), job('h10')], expected: 'adopt h10 of 10' },
    'it FAILED without a row': { jobs: [job('h10', { of: failed })], expected: 'submit' },
    'it FAILED half way': { jobs: [job('h10', { of: half })], expected: 'uncertain half done h10' },
    'its first rows FAILED half way': { jobs: [job('h4', { of: half })], expected: 'uncertain half done h4' },
    'it lacks rows': { jobs: [job('h10', { of: short })], expected: 'uncertain half done h10' },
    'it lacks rows, and was sent again': { jobs: [job('h10', { of: short }), job('h4')], expected: 'adopt h4 of 4' },
    'a larger one FAILED': { jobs: [job('h20', { of: failed })], expected: 'submit' },
    'a larger one FAILED half way': { jobs: [job('h20', { of: half })], expected: 'uncertain larger h20' },
    'of any age': { jobs: [job('h10', { age: 30 })], expected: 'adopt h10 of 10' },
    'of a full refresh': { jobs: [job('h10')], rules: { incremental: false }, expected: 'adopt h10 of 10' },
  });
});

t.test('across runs the same rows with the same state are the same slice, otherwise it is unknown', async (t) => {
  check(t, {
    'the same state': { jobs: [other('h10', { state: 'S10' })], expected: 'adopt h10 of 10' },
    'the same state after the first rows': { jobs: [other('h4', { state: 'S4' })], expected: 'adopt h4 of 4' },
    'another state': { jobs: [other('h10', { state: 'X' })], expected: 'uncertain repeated h10' },
    'the state of other rows': { jobs: [other('h4', { state: 'S10' })], expected: 'uncertain repeated h4' },
    'no state in the name': { jobs: [other('h10')], expected: 'uncertain repeated h10' },
    'no state here': { jobs: [other('h10', { state: 'S10' })], states: new Map(), expected: 'uncertain repeated h10' },
    'no state in either': { jobs: [other('h10')], states: new Map(), expected: 'uncertain repeated h10' },
    'a name of version 0.1.0': { jobs: [other('h10', { state: undefined })], expected: 'uncertain repeated h10' },
    'without its run': { jobs: [cut('h10', { state: 'S10' })], expected: 'adopt h10 of 10' },
    'without its run, another state': { jobs: [cut('h10', { state: 'X' })], expected: 'uncertain repeated h10' },
    'still running': { jobs: [other('h10', { state: 'S10', of: running })], expected: 'adopt h10 of 10' },
    'seven days ago': { jobs: [other('h10', { state: 'S10', age: 7 })], expected: 'adopt h10 of 10' },
    'longer ago': { jobs: [other('h10', { state: 'S10', age: 7.1 })], expected: 'submit' },
    'another state, longer ago': { jobs: [other('h10', { state: 'X', age: 7.1 })], expected: 'submit' },
    'half done, however long ago': { jobs: [other('h10', { of: half, age: 30 })], expected: 'uncertain half done h10' },
    'half done, with the same state': {
      jobs: [other('h10', { of: short, state: 'S10' })],
      expected: 'uncertain half done h10',
    },
    'it FAILED without a row': { jobs: [other('h10', { of: failed })], expected: 'submit' },
    'an uncertain one besides the same': {
      jobs: [other('h4', { state: 'X' }), other('h10', { state: 'S10' })],
      expected: 'adopt h10 of 10',
    },
  });
});

t.test('across runs the beginning of a longer file is new only if COMPLETE follows it', async (t) => {
  const jobs = [other('h20', { state: 'S20' })];
  check(t, {
    'a full file': { jobs, expected: 'uncertain larger h20' },
    COMPLETE: { jobs, reason: 'complete', expected: 'submit' },
    'a state alone': { jobs, reason: 'end', expected: 'ended early h20' },
    'a state alone, on a retry': { jobs, reason: 'end', rules: { attempt: 1 }, expected: 'uncertain larger h20' },
    neither: { jobs, reason: 'end', states: new Map(), expected: 'ended early h20' },
    'neither, on a retry': {
      jobs,
      reason: 'end',
      states: new Map(),
      rules: { attempt: 1 },
      expected: 'ended early h20',
    },
    'it is still open': { jobs, reason: undefined, expected: 'uncertain larger h20' },
    'longer ago than seven days': { jobs: [other('h20', { age: 8 })], expected: 'submit' },
  });
  const unknown = { ...other('h20'), name: { ...other('h20').name, rows: undefined }, job: running };
  check(t, {
    'with a number of rows that the name no longer shows': { jobs: [unknown], expected: 'uncertain larger h20' },
  });
});

t.test('a full refresh is loaded again in each run, unless it is unknown which run a job belongs to', async (t) => {
  const full = { incremental: false };
  check(t, {
    'another run': { jobs: [other('h10', { state: 'S10' })], rules: full, expected: 'submit' },
    'another run, half done': { jobs: [other('h10', { of: half })], rules: full, expected: 'submit' },
    'without its run, in the first attempt': { jobs: [cut('h10')], rules: full, expected: 'submit' },
    'without its run, later': {
      jobs: [cut('h10', { state: 'S10' })],
      rules: { ...full, attempt: 1 },
      expected: 'uncertain repeated h10',
    },
    'without its run, and repeated rows are sent': {
      ...{
        jobs: [cut('h10')],
        rules: { ...full, attempt: 1, sendsRepeated: true },
        expected: 'uncertain repeated h10',
      },
    },
  });
});

t.test('repeated_rows only sends what may be a repetition', async (t) => {
  const sends = { sendsRepeated: true };
  check(t, {
    'another state': { jobs: [other('h10', { state: 'X' })], rules: sends, expected: 'submit, as h10 may be repeated' },
    'the same state': { jobs: [other('h10', { state: 'S10' })], rules: sends, expected: 'adopt h10 of 10' },
    'half done': { jobs: [other('h10', { of: half })], rules: sends, expected: 'uncertain half done h10' },
    'this run': { jobs: [job('h10', { of: half })], rules: sends, expected: 'uncertain half done h10' },
    'a longer file': { jobs: [other('h20')], reason: 'end', rules: sends, expected: 'submit' },
    'a longer file, and it is still open': {
      jobs: [other('h20')],
      reason: undefined,
      rules: sends,
      expected: 'uncertain larger h20',
    },
  });
});

t.test('checked_jobs applies only to the job that it names', async (t) => {
  const says = (loaded: 'all' | 'none', ...ids: string[]) => ({
    checked: new Map(ids.map((id) => [id, loaded] as const)),
  });
  check(t, {
    'all of a job that ended half way': {
      jobs: [other('h10', { of: half })],
      rules: says('all', 'h10'),
      expected: 'leave out h10 of 10',
    },
    'none of it': { jobs: [other('h10', { of: half })], rules: says('none', 'h10'), expected: 'submit, without h10' },
    'all of the first rows': {
      jobs: [other('h4', { of: half })],
      rules: says('all', 'h4'),
      expected: 'leave out h4 of 4',
    },
    'all of repeated rows': {
      jobs: [other('h10', { state: 'X' })],
      rules: says('all', 'h10'),
      expected: 'leave out h10 of 10',
    },
    'none of repeated rows': {
      jobs: [other('h10', { state: 'X' })],
      rules: says('none', 'h10'),
      expected: 'submit, without h10',
    },
    'none of a job that would be taken over': {
      jobs: [other('h10', { state: 'S10' })],
      rules: says('none', 'h10'),
      expected: 'submit, without h10',
    },
    'of another job': {
      jobs: [other('h10', { of: half })],
      rules: says('all', 'h4'),
      expected: 'uncertain half done h10',
    },
    'none of one of two': {
      jobs: [other('h4', { of: half }), other('h10', { of: half })],
      rules: says('none', 'h4'),
      expected: 'uncertain half done h10, without h4',
    },
    'none of both': {
      jobs: [other('h4', { of: half }), other('h10', { of: half })],
      rules: says('none', 'h4', 'h10'),
      expected: 'submit, without h4, h10',
    },
    'all of a longer file': {
      jobs: [other('h20')],
      reason: 'end',
      rules: says('all', 'h20'),
      expected: 'leave out h20 of 10',
    },
    'none of a longer file': {
      jobs: [other('h20')],
      reason: 'end',
      rules: says('none', 'h20'),
      expected: 'submit, without h20',
    },
    'all of a longer file, by a file that is full: the rest of its rows would count as new ones': {
      jobs: [other('h20')],
      reason: 'bytes',
      rules: says('all', 'h20'),
      expected: 'uncertain larger h20',
    },
    'all of a longer file, with COMPLETE': {
      jobs: [other('h20')],
      reason: 'complete',
      rules: says('all', 'h20'),
      expected: 'submit',
    },
    'all of a longer file, while it is open': {
      jobs: [other('h20')],
      reason: undefined,
      rules: says('all', 'h20'),
      expected: 'uncertain larger h20',
    },
  });
});

t.test('an open batch waits for a larger job with the same first row', async (t) => {
  const grows = (...jobs: OwnJob[]) => mayGrowInto(jobs, ten, rules);
  t.ok(grows(job('h20')));
  t.notOk(grows(job('h10')));
  t.notOk(grows(job('x20')));
  t.notOk(grows(job('h20', { of: failed })));
  t.ok(grows(job('h20', { of: half })));
  t.ok(grows(other('h20')));
  t.notOk(grows(other('h20', { age: 8 })));
  t.ok(mayGrowInto([other('h20')], ten, { ...rules, sendsRepeated: true }), 'it may still grow into the same');
  t.notOk(mayGrowInto([other('h20')], ten, { ...rules, checked: new Map([['h20', 'none']]) }));
  t.notOk(grows());
});

t.test('each batch matches one job; jobs that no batch begins with are left', async (t) => {
  const prefixes = (...texts: string[]) => new Map(texts.map((text) => [Number(text.slice(1)), digests(text)]));
  const ids = (jobs: OwnJob[], ...batches: ReadonlyMap<number, SliceDigest>[]) =>
    unmatchedJobs(jobs, batches)
      .map(({ jobId }) => jobId)
      .join();
  t.equal(ids([job('a3'), job('b5')], prefixes('b5')), 'a3');
  t.equal(ids([job('a3'), job('b5')], prefixes('b5'), prefixes('a3')), '');
  t.equal(ids([job('a3'), job('a3')], prefixes('a3')), 'a3');
  t.equal(ids([job('a3', { of: failed }), job('b5', { of: half })]), 'b5');
  t.equal(ids([job('a3', { of: running })], prefixes('x3')), 'a3');
});

function words(decision: InsertDecision): string {
  const { waived } = decision;
  const without = waived.length > 0 ? `, without ${waived.map(({ jobId }) => jobId).join(', ')}` : '';
  switch (decision.do) {
    case 'submit':
      return `submit${decision.repeats ? `, as ${decision.repeats.jobId} may be repeated` : ''}${without}`;
    case 'uncertain':
      return `uncertain ${decision.why} ${decision.job.jobId}${without}`;
    case 'ended early':
      return `ended early ${decision.job.jobId}${without}`;
    default:
      return `${decision.do} ${decision.job.jobId} of ${decision.rows}${without}`;
  }
}
