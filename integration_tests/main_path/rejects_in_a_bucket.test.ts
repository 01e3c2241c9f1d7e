/** Rejected rows in a bucket on the main path: there before their state is released. */
import { mkdtempSync } from 'node:fs';
import { join } from 'node:path';
import t from 'tap';
import { systemClock } from '../../src/clock.ts';
import { bucketKeys, startBucket } from '../support/bucket_server.ts';
import { openProgram } from '../support/program.ts';
import { runInProcess } from '../support/run_in_process.ts';
import { fixtureStream } from '../support/streams.ts';
import { holdsAccessKey } from '../support/tenant.ts';
import { catalog, input, type Kept, kept, openBoth, sandbox } from './bucket_sync.ts';
import { checkFixtureBy } from './check_fixture.ts';

t.test('the rows are in the bucket before their state is released, and every law holds', async (t) => {
  const fixture = fixtureStream('rejects_by_gainsight');
  const { tenant, bucket } = await openBoth(t, fixture.sandbox ?? {});
  const seen: Kept[][] = [];
  const { rejects, states } = await checkFixtureBy((sync) => runInProcess({ ...sync, tenant, bucket }), t, fixture, {
    config: { ...fixture.config, ...bucket.settings() },
    onLine: (line) => line.includes('"type":"STATE"') && void seen.push(kept(bucket)),
  });
  t.equal(states.length, 2);
  const keys = rejects.map(({ key }) => key['id']).sort();
  for (const rows of seen) t.same(rows.map(({ id }) => id).sort(), keys, 'all of its job');
  t.same([...bucket.objects.keys()].sort(), [
    'gainsight/7/7.0.1.accounts.rejects.csv',
    'gainsight/7/7.0.1.accounts.rejects.plan.json',
    'gainsight/7/7.0.report.html',
    'gainsight/7/7.0.report.json',
  ]);
});

t.test('the built program keeps both secrets to itself, and says what is wrong before anything is sent', async (t) => {
  const bucket = await startBucket({ clock: systemClock });
  t.teardown(() => bucket.close());
  const folder = mkdtempSync(join(t.testdir(), 'program-'));
  const usual = { streams: [{ stream: 'accounts', object: 'company' }], polling: { list_lag_seconds: 0 } };
  const config = { ...usual, ...bucket.settings() };
  const program = await openProgram({ folder, config, catalog, sandbox });
  t.teardown(() => program.sandbox.close());
  const configFlags = program.flags.slice(0, 2);

  const checked = await program.run('check', '', {}, configFlags);
  t.match(checked.lines, [/"status":"SUCCEEDED"/]);
  t.same(
    bucket.requests.map(({ method }) => method),
    ['PUT', 'GET', 'DELETE'],
  );
  t.equal(bucket.objects.size, 0);

  const written = await program.run('write', input());
  t.equal(written.code, 0, written.traces.join());
  t.equal(kept(bucket).length, 17);

  const wrong = { ...config, ...bucket.settings({ secret_access_key: `${bucketKeys.secretAccessKey}x` }) };
  program.configure(wrong, catalog);
  const refused = await program.run('check', '', {}, configFlags);
  t.match(refused.lines, [/"status":"FAILED".*SignatureDoesNotMatch/]);
  const jobs = program.sandbox.ownJobs.length;
  const failed = await program.run('write', input());
  t.match(failed.traces, [/^config_error .*SignatureDoesNotMatch/]);
  t.equal(program.sandbox.ownJobs.length, jobs, 'no file was sent');

  const texts = [checked, written, refused, failed].flatMap(({ lines, stderr }) => [...lines, stderr]);
  for (const text of [...texts, ...[...bucket.objects.values()].map(String)]) {
    t.notMatch(text, /bucket-canary/);
    t.notOk(holdsAccessKey(text));
  }
});
