/** What a failure stops, which failure is traced, which are logged, and when. */
import t from 'tap';
import { planOf } from '../../integration_tests/support/spool.ts';
import { ConnectorError, type ErrorCode, Stopped } from '../errors.ts';
import { Schedule } from '../load/schedule.ts';
import type { Plan } from '../model.ts';
import { Failures } from './failures.ts';

const [parent, child] = [planOf('UPSERT', 0), { ...planOf('UPSERT', 1), parents: [0] }];

function setUp() {
  const reported: string[] = [];
  const withheld: number[] = [];
  const schedule = new Schedule([parent, child]);
  const failures = new Failures({
    schedule,
    output: { log: (_level, text) => reported.push(text) },
    checkpoint: { withhold: (planId) => withheld.push(planId) },
  });
  return { reported, withheld, schedule, failures };
}

const fault = (code: ErrorCode, plan?: Plan) => new ConnectorError(code, {}, { stream: plan?.stream });

t.test(
  'the fault of a batch stops its stream and what loads after it, if it names a stream; else everything',
  async (t) => {
    const { failures, withheld, schedule, reported } = setUp();
    failures.fail(child, new Stopped());
    t.ok(failures.isEmpty, 'what was withdrawn is no fault');
    failures.fail(parent, fault('job_failed', parent));
    t.same([schedule.isStopped(1), schedule.halted.aborted, withheld], [true, false, [0, 1]]);
    t.match(reported[0], /Not loaded any further, as they load after it: public\.stream 1\.$/);
    failures.fail(child, fault('job_deadline', child));
    t.same(failures.end(true)?.streams, [parent.stream, child.stream], 'one that was stopped before may fail itself');
    failures.fail(parent, fault('access_refused'));
    t.ok(schedule.halted.aborted);
    const outside = setUp();
    outside.failures.halt(new Stopped());
    t.notOk(outside.schedule.halted.aborted);
    outside.failures.halt(fault('input_broken', parent));
    t.same([outside.schedule.halted.aborted, outside.schedule.isStopped(0)], [true, false], 'from outside of a job');
  },
);

t.test('a failed stream is logged at once, with those that load after it, and only once', async (t) => {
  const { failures, reported } = setUp();
  failures.add(fault('job_failed', parent), [parent, child]);
  failures.add(fault('job_failed', parent), []);
  t.equal(reported.length, 1);
  t.match(reported[0], /Not loaded any further, as they load after it: public\.stream 1\.$/);
  const end = failures.end(true);
  t.match(end, { streams: [parent.stream], dependent: [child.stream] });
  t.equal(reported.length, 1, 'not logged again at the end');
});

t.test('what several calls at a time meet is one failure, and what two files meet are two', async (t) => {
  const { failures, reported } = setUp();
  const refused = (requestId: string) => new ConnectorError('access_refused', {}, { requestId });
  failures.halt(refused('1'));
  failures.halt(refused('2'));
  t.match(failures.end(true)?.error.message, /\(Gainsight request 1\)$/);
  t.same(reported, []);
  failures.add(fault('job_failed', child).ofFile('one.csv'), []);
  failures.add(fault('job_failed', child).ofFile('two.csv'), []);
  t.same(
    reported.map((text) => text.match(/\(file .*/)?.[0]),
    ['(file one.csv)', '(file two.csv)'],
  );
});

t.test('a failure of the whole sync is only traced, and names no stream', async (t) => {
  const { failures, reported } = setUp();
  failures.add(fault('job_deadline', parent), [parent]);
  failures.add(fault('access_refused'), []);
  const end = failures.end(true);
  t.equal(end?.error.code, 'access_refused');
  t.same(end?.streams, []);
  t.equal(reported.length, 1, 'only the stream was logged');
});

t.test('of several failures the one that Airbyte must not retry is traced, and the others are logged', async (t) => {
  const { failures, reported } = setUp();
  failures.add(fault('gainsight_unavailable'), []);
  failures.add(fault('input_broken'), []);
  t.equal(failures.end(true)?.error.code, 'input_broken');
  t.equal(reported.length, 1);
  t.match(reported[0], /Gainsight cannot be reached/);
  failures.add(fault('rejects_unwritable', child), []);
  t.equal(failures.end(true)?.error.code, 'rejects_unwritable');
});

t.test('if no trace follows all are logged', async (t) => {
  const { failures, reported } = setUp();
  failures.add(fault('gainsight_unavailable'), []);
  failures.end(false);
  t.equal(reported.length, 1);
});
