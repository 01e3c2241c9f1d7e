/** Which failure is traced, what is told beside it, and when. */
import t from 'tap';
import { planOf } from '../../integration_tests/support/spool.ts';
import { ConnectorError, type ErrorCode } from '../errors.ts';
import type { Plan } from '../model.ts';
import { Failures } from './failures.ts';

const [parent, child] = [planOf('UPSERT', 0), planOf('UPSERT', 1)];

function setUp() {
  const reported: string[] = [];
  return { reported, failures: new Failures((text) => reported.push(text)) };
}

const fault = (code: ErrorCode, plan?: Plan) => new ConnectorError(code, {}, { stream: plan?.stream });

t.test('without a failure there is none', async (t) => {
  const { failures, reported } = setUp();
  t.equal(failures.end(true), undefined);
  t.same(reported, []);
});

t.test('a stream that fails is told at once, with those that load after it, and only once', async (t) => {
  const { failures, reported } = setUp();
  failures.add(fault('job_failed', parent), [parent, child]);
  failures.add(fault('job_failed', parent), []);
  t.equal(reported.length, 1);
  t.match(reported[0], /Not loaded any further, as they load after it: public\.stream 1\.$/);
  const end = failures.end(true);
  t.same(end?.streams, [parent.stream, child.stream]);
  t.equal(reported.length, 1, 'not told again at the end');
});

t.test('a failure of the whole is left to the trace, and blames no single stream', async (t) => {
  const { failures, reported } = setUp();
  failures.add(fault('job_deadline', parent), [parent]);
  failures.add(fault('access_refused'), []);
  const end = failures.end(true);
  t.equal(end?.error.code, 'access_refused');
  t.same(end?.streams, []);
  t.equal(reported.length, 1, 'the stream alone was told');
});

t.test('of several the one that Airbyte must not try again is traced, and the rest is told', async (t) => {
  const { failures, reported } = setUp();
  failures.add(fault('gainsight_unavailable'), []);
  failures.add(fault('input_broken'), []);
  t.equal(failures.end(true)?.error.code, 'input_broken');
  t.equal(reported.length, 1);
  t.match(reported[0], /Gainsight cannot be reached/);
  failures.add(fault('rejects_unwritable', child), []);
  t.equal(failures.end(true)?.error.code, 'rejects_unwritable');
});

t.test('where no trace follows all are told', async (t) => {
  const { failures, reported } = setUp();
  failures.add(fault('gainsight_unavailable'), []);
  failures.end(false);
  t.equal(reported.length, 1);
});
