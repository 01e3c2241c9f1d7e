/** A full spool: the measures taken step by step, and giving up in time. */
import t from 'tap';
import { minute } from '../../src/clock.ts';
import { closeReasons } from '../../src/load/events.ts';
import { readLogs } from '../support/log_lines.ts';
import { checkDone, checkWindows, recordOf, refused, runLong, startLongTenant, stateOf } from './long_sync.ts';

const large = { files: { max_megabytes: 1 } };

t.test('rows that later ones replace are removed first, which costs no call', async (t) => {
  const streams = [{ name: 'company', rows: 10 }];
  const lines = Array.from({ length: 400 }, (_, i) => recordOf('company', i % 10, 100));
  const input = Buffer.from([...lines, stateOf('company', 1)].join(''));
  const run = await runLong(t, streams, { input, spoolBytes: 10_000, config: large });
  checkDone(t, run, streams);
  t.equal(run.sandbox.ownJobs.length, 1);
  t.equal(readLogs('spoolFull', run.logs).length, 1, 'logged once');
});

t.test('then the largest file is closed, and reading continues when its job has made room', async (t) => {
  const streams = [
    { name: 'company', rows: 40 },
    { name: 'person', rows: 5 },
  ];
  const rows = Array.from({ length: 40 }, (_, id) => [
    recordOf('company', id),
    ...(id < 5 ? [recordOf('person', id, 20)] : []),
  ]);
  const lines = [...rows.flat(), stateOf('company', 40), stateOf('person', 5)];
  const input = Buffer.from(lines.join(''));
  const run = await runLong(t, streams, { input, spoolBytes: 8000, config: large });
  checkDone(t, run, streams);
  checkWindows(t, run);
  const cut = readLogs('submitted', run.logs).filter(({ reason }) => reason === closeReasons.spool);
  t.ok(cut.length > 2 && cut.every(({ stream }) => stream === 'company'), JSON.stringify(cut));
  t.equal(
    run.sandbox.ownJobs.filter(({ object }) => object === 'person').length,
    1,
    'the small one waits to the end of the input',
  );
});

t.test('then load_after is lifted, with a warning', async (t) => {
  const streams = [
    { name: 'company', rows: 2 },
    { name: 'usage', rows: 30, loadAfter: ['company'] },
  ];
  const usage = Array.from({ length: 30 }, (_, id) => recordOf('usage', id));
  const companies = [recordOf('company', 0), recordOf('company', 1)];
  const input = Buffer.from([...usage, stateOf('usage', 30), ...companies, stateOf('company', 2)].join(''));
  for (const files of [large.files, { max_megabytes: 0.002 }]) {
    const run = await runLong(t, streams, { input, spoolBytes: 8000, config: { files } });
    checkDone(t, run, streams);
    t.equal(readLogs('orderLifted', run.logs).length, 1);
    t.equal(run.sandbox.ownJobs[0]?.object, 'usage');
  }
});

t.test('a spool that stays full for 90 minutes ends the sync, with all that is proven released', async (t) => {
  const streams = [{ name: 'company', rows: 60 }];
  const lines = Array.from({ length: 60 }, (_, id) => [recordOf('company', id), stateOf('company', id)]).flat();
  const tenant = await startLongTenant(t);
  tenant.sandbox.addForeignJob({ count: 98, age: 2 * 60 * 60 });
  const run = await runLong(t, streams, {
    tenant,
    input: Buffer.from(lines.join('')),
    spoolBytes: 8000,
    config: large,
  });
  t.equal(run.end, 'failed');
  t.equal(run.traces.length, 1);
  t.match(run.traces[0], /^transient_error .*full for 1 h 30 min/);
  t.equal(Math.round(run.clock.elapsed() / minute), 90);
  const rows = run.sandbox.ownJobs.reduce((sum, { rowCount }) => sum + rowCount, 0);
  t.equal(run.sandbox.ownJobs.length, 2, 'the two calls that were left');
  t.equal(run.states.length, rows, 'a state for each loaded row');
  t.same(refused(run.sandbox), []);
  t.same(run.leftovers, []);
});
