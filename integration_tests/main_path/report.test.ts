/** The report that each sync leaves beside its rejected rows: whatever its end, and never at its cost. */
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import t, { type Test } from 'tap';
import { Stopped } from '../../src/errors.ts';
import type { SyncReport } from '../../src/report/sync_report.ts';
import { numberIn, readPage } from '../pages/read_page.ts';
import { runInProcess } from '../support/run_in_process.ts';
import { holdsAlways, holdsFailure, logsAt, records, setUpProgram, state } from '../support/small_sync.ts';
import { fixtureStream } from '../support/streams.ts';
import { codesOf } from '../support/sync.ts';
import { checkFixture } from './check_fixture.ts';

const root = fileURLToPath(new URL('../../../', import.meta.url));
const paper = readFileSync(join(root, 'docs/report.md'), 'utf8');
const fixture = fixtureStream('rejects_by_gainsight');

function withFolder(t: Test, more: object = {}) {
  const folder = mkdtempSync(join(t.testdir(), 'rejects-'));
  return { folder, config: { ...fixture.config, ...more, rejected_rows: { fail_above_percent: 100, folder } } };
}

const pageIn = (folder: string) => readPage(readFileSync(join(folder, '7.0.report.html'), 'utf8'));
const reportIn = (folder: string) => JSON.parse(readFileSync(join(folder, '7.0.report.json'), 'utf8')) as SyncReport;

/** Names of all members, except those of the settings, which are the user's. */
function membersOf(value: unknown): string[] {
  if (Array.isArray(value)) return value.flatMap(membersOf);
  if (typeof value !== 'object' || value === null) return [];
  return Object.entries(value).flatMap(([name, member]) => [name, ...(name === 'settings' ? [] : membersOf(member))]);
}

t.test('it names the reject file, the command that loads it, and the settings that differ', async (t) => {
  const { folder, config } = withFolder(t);
  const { run } = await checkFixture(t, fixture, { config });
  const report = reportIn(folder);
  const file = join(folder, '7.0.1.accounts.rejects.csv');
  t.match(report, {
    verdict: { result: 'loaded_with_rejects', next: [`destination-gainsight load ${file} --config FILE`] },
    rejected_files: [{ file, stream: 'accounts', object: 'company', rows: 6 }],
    settings: { domain: 'acme', rejected_rows: { fail_above_percent: 100, folder } },
  });
  t.equal(report.settings['access_key'], undefined);
  t.match(logsAt(run, 'INFO').at(-1), `The report of this sync is kept in ${join(folder, '7.0.report.html')}.`);
});

t.test('the page beside it has the same numbers', async (t) => {
  const { folder, config } = withFolder(t);
  await checkFixture(t, fixture, { config });
  const { calls, jobs, records, streams, verdict } = reportIn(folder);
  const { tables, terms, texts } = pageIn(folder);
  t.ok(texts('p').includes(verdict.text));
  t.strictSame(
    ['Received', 'Accepted', 'Superseded', 'Skipped', 'Rejected', 'Not loaded'].map((term) =>
      numberIn(terms.get(term)),
    ),
    [records.received, records.accepted, records.superseded, records.skipped, records.rejected, records.not_loaded],
  );
  t.match(
    tables.get('Jobs'),
    jobs.map(({ job, file, request, accepted, rejected }) => ({
      ...{ Job: job, File: file, Request: request, Accepted: `${accepted}`, Rejected: `${rejected}` },
    })),
  );
  t.equal(tables.get('Streams')?.length, streams.length);
  t.match(
    tables.get('Calls at the end of the sync'),
    calls.windows.map(({ ours, others, left }) => ({ Ours: `${ours}`, Others: `${others}`, Left: `${left}` })),
  );
});

t.test('a Clear and a sync without records say so', async (t) => {
  const { folder, config } = withFolder(t);
  const streams = (fixture.catalog as { streams: object[] }).streams.map((stream) => ({
    ...stream,
    destination_sync_mode: 'overwrite',
  }));
  const cleared = await runInProcess({ config, catalog: { streams }, input: Buffer.from('') });
  await cleared.sandbox.close();
  t.match(pageIn(folder).texts('p'), [/^Report/, /^This was a Clear: Gainsight is left as it is/]);
  const empty = await runInProcess({ config, catalog: fixture.catalog, input: Buffer.from('') });
  await empty.sandbox.close();
  t.match(pageIn(folder).texts('p'), [/^Report/, 'There was nothing to load.']);
  t.strictSame([...pageIn(folder).tables.keys()], ['Streams']);
});

t.test('a person names a file for it, without a folder in the settings', { buffered: true }, async (t) => {
  const program = await setUpProgram(t, { streams: ['accounts'] });
  const write = (file: string) =>
    program.run('write', records('accounts', 'A1') + state('accounts'), {}, [
      ...program.flags,
      '--report',
      join(program.folder, file),
    ]);
  for (const [file, begin] of [
    ['r.html', '<!doctype html>'],
    ['r.json', '{\n  "format": 1,'],
  ] as const) {
    const result = await write(file);
    holdsAlways(t, result, program);
    t.equal(result.code, 0);
    t.ok(readFileSync(join(program.folder, file), 'utf8').startsWith(begin));
    t.match(logsAt(result, 'INFO').at(-1), `The report of this sync is kept in ${join(program.folder, file)}.`);
  }
  const calls = program.sandbox.calls.length;
  holdsFailure(t, await write('nowhere/r.html'), program, {
    ...{ code: 'arguments_invalid', type: 'config_error', says: ['--report cannot be written to', 'ENOENT'] },
  });
  t.equal(program.sandbox.calls.length, calls, 'nothing is sent');
});

t.test('its paper explains every member, and shows no other', async (t) => {
  const { folder, config } = withFolder(t, { values: { trim: true } });
  const rejected_rows = { ...config.rejected_rows, retry: 'next_sync' };
  const run = await runInProcess({
    ...{ config: { ...config, rejected_rows }, catalog: fixture.catalog, input: Buffer.from(fixture.lines.join('\n')) },
    sandbox: fixture.sandbox ?? {},
  });
  await run.sandbox.close();
  const [, example = ''] = /```json\n([\s\S]*?)```/.exec(paper) ?? [];
  const found = new Set(membersOf(reportIn(folder)));
  const shown = new Set(membersOf(JSON.parse(example)));
  const values = ['value'];
  t.strictSame([...shown].filter((name) => !values.includes(name)).sort(), [...found].sort());
  const table = paper.slice(paper.indexOf('| member |'));
  t.strictSame(
    [...shown, 'code', 'type', 'message'].filter((name) => !new RegExp(`\`(?:\\w+\\.)?${name}\``).test(table)),
    ['verdict'],
    'it only groups others',
  );
});

t.test('a sync that fails, or can load nothing at all, leaves one too', async (t) => {
  const { folder, config } = withFolder(t);
  const input = Buffer.from(fixture.lines.join('\n'));
  const failing = await runInProcess({
    ...{ config, catalog: fixture.catalog, input },
    sandbox: { ...fixture.sandbox, script: [{ on: 'submit', nth: 1, do: { kind: 'fail' } }] },
  });
  await failing.sandbox.close();
  t.match(reportIn(folder), {
    verdict: { result: 'failed', next: ['destination-gainsight errors J000001 --config FILE'] },
    failures: [{ code: 'job_failed', stream: 'accounts' }],
    jobs: [{ job: 'J000001', result: 'failed', code: 'job_failed' }],
  });
  const broken = withFolder(t, { streams: [{ stream: 'accounts', object: 'company', key_fields: ['nowhere'] }] });
  const refused = await runInProcess({ config: broken.config, catalog: fixture.catalog, input });
  await refused.sandbox.close();
  t.same(codesOf(refused), ['key_not_sent']);
  t.match(reportIn(broken.folder), {
    verdict: { result: 'failed' },
    failures: [{ code: 'key_not_sent' }],
    calls: { submitted: 0, windows: [] },
  });
});

t.test('a sync that is stopped leaves one with what is open', async (t) => {
  const { folder, config } = withFolder(t);
  const stop = new AbortController();
  const run = await runInProcess({
    ...{ config, catalog: fixture.catalog, input: Buffer.from(fixture.lines.join('\n')), stop: stop.signal },
    sandbox: { ...fixture.sandbox, script: [{ on: 'submit', do: { kind: 'stay_in_progress', seconds: 500 } }] },
    onLine: (line) => void (line.includes('Job J000001 submitted') && stop.abort(new Stopped())),
  });
  await run.sandbox.close();
  t.equal(run.end, 'stopped');
  t.match(reportIn(folder), { verdict: { result: 'stopped' }, jobs: [{ job: 'J000001', result: 'open' }] });
});

t.test('a report that cannot be written is a warning and no failure', async (t) => {
  const clean = fixtureStream('key_fields_chosen');
  const { folder, config } = withFolder(t, clean.config);
  const run = await runInProcess({
    ...{ config, catalog: clean.catalog, input: Buffer.from(clean.lines.join('\n')), sandbox: clean.sandbox ?? {} },
    onLine: (line) => void (line.includes(' submitted: ') && rmSync(folder, { recursive: true })),
  });
  await run.sandbox.close();
  t.equal(run.end, 'done');
  t.match(logsAt(run, 'WARN').at(-1), /^The report of this sync is not kept: Rejected rows cannot be written to /);
});
