import t from 'tap';
import type { BulkJob } from '../../gainsight/contract.ts';
import type { SliceDigest } from '../../model.ts';
import {
  type AdoptDecision,
  adoptInOrder,
  isUnfinished,
  isUseless,
  type OwnJob,
  orderOfRun,
  ownJobs,
} from './adopt.ts';

/** A job of this run with this many rows; COMPLETED by default. */
function job(digest: string, rows = 10, of: BulkJob = {}, run = '41'): OwnJob {
  const name = { digest, state: '0', rows, send: 'abcdefgh12', run, attempt: 0, token: 'abcdefgh', stream: 's' };
  const done = {
    status: 'COMPLETED',
    successCount: rows,
    failureCount: 0,
    processedRecords: rows,
    objectName: 'Company',
  };
  return {
    jobId: `J ${digest}`,
    name,
    job: { ...done, ...of },
    created: 0,
    date: { kind: 'none' },
    isDated: true,
    seenAt: 0,
  };
}
/** Digests of a slice; short ones, so that a job's digest is of the former kind. */
const slice = (digest: string): SliceDigest => ({ current: `${digest} `, former: digest });
const failed: BulkJob = { status: 'FAILED', successCount: 0, failureCount: 0, processedRecords: 0 };
const short: BulkJob = { successCount: 3 };

t.test('a job is unfinished until it reports its end', async (t) => {
  const cases: readonly [BulkJob, boolean, boolean][] = [
    [{ status: 'PENDING', successCount: 0 }, true, false],
    [{ status: 'IN_PROGRESS', successCount: 3 }, true, false],
    [{ status: 'INIT' }, true, false],
    [{}, true, false],
    [{ status: 'ABORTED', completedDate: '2026-01-05T00:00:00Z' }, false, true],
    [failed, false, true],
    [short, false, true],
    [{ successCount: 4, failureCount: 6 }, false, false],
    [{ successCount: undefined as never, failureCount: undefined as never }, false, false],
  ];
  for (const [of, unfinished, useless] of cases) {
    const name = JSON.stringify(of);
    const whole = of.status === undefined && Object.keys(of).length > 0 ? { status: 'COMPLETED', ...of } : of;
    t.equal(isUnfinished(whole), unfinished, name);
    t.equal(isUseless({ ...job('a'), job: whole }), useless, name);
  }
});

t.test('UPSERT: a job is taken over only if it and all later ones are the batches at hand, in order', async (t) => {
  const unfinished = { status: 'IN_PROGRESS', successCount: 0 };
  const cases: Record<string, [string | OwnJob[], string, boolean, string]> = {
    'nothing was sent': ['', 'a', true, 'submit'],
    'the same batch': ['a', 'a', true, 'adopt a'],
    'the same batches': ['ab', 'ab', false, 'adopt a'],
    'the later of two': ['ab', 'b', true, 'adopt b'],
    'another batch': ['a', 'x', true, 'submit'],
    'the first was sent again, and an old one is newer': ['ab', 'a', true, 'submit'],
    'more may come': ['ab', 'a', false, 'wait'],
    'more may come, and the first already differ': ['abc', 'ax', false, 'submit'],
    'more batches than jobs': ['a', 'ab', false, 'adopt a'],
    'the same twice, once at hand': ['aa', 'a', true, 'adopt a'],
    'the same twice, more may come': ['aa', 'a', false, 'adopt a'],
    'a job in the way': ['axb', 'ab', true, 'submit'],
    'still running': [[job('a', 10, unfinished)], 'a', true, 'adopt a'],
    'it FAILED': [[job('a', 10, failed)], 'a', true, 'submit'],
    'it lacks rows': [[job('a', 10, short)], 'a', true, 'submit'],
    'the later one FAILED': [[job('a'), job('b', 10, failed)], 'ab', true, 'adopt a'],
  };
  for (const [name, [jobs, batches, complete, expected]] of Object.entries(cases)) {
    const list = typeof jobs === 'string' ? [...jobs].map((digest) => job(digest)) : jobs;
    t.equal(words(adoptInOrder(list, [...batches].map(slice), complete)), expected, name);
  }
});

t.test('of two equal jobs the last is taken, as an older one could be followed by newer rows', async (t) => {
  const [first, second] = [job('a'), job('a')];
  const decision = adoptInOrder([first, second], [slice('a')], true);
  t.ok(decision.do === 'adopt' && decision.job === second);
});

t.test('runs are ordered if their names are numbers', async (t) => {
  for (const [run, ours, expected] of [
    ['41', '41', 'ours'],
    ['42', '41', 'later'],
    ['100', '99', 'later'],
    ['99', '100', 'earlier'],
    ['900719925474099300000002', '900719925474099300000001', 'later'],
    ['4f', '41', 'unknown'],
    ['42', '4f', 'unknown'],
    ['x', 'x', 'ours'],
  ] as const) {
    t.equal(orderOfRun(run, ours), expected, `${run}, ${ours}`);
  }
});

t.test('only jobs of ours on the object are ours', async (t) => {
  const mine = job('a');
  const theirs = { ...job('b'), name: undefined };
  const elsewhere = job('c', 10, { objectName: 'Person' });
  t.same(
    ownJobs([mine, theirs, elsewhere], ({ job: { objectName } }) => objectName === 'Company'),
    [mine],
  );
});

function words(decision: AdoptDecision): string {
  return `${decision.do}${'job' in decision ? ` ${decision.job.name.digest}` : ''}`;
}
