/**
 * Rejected rows on the main path: stored before their state is released, logged within limits, corrected and reloaded.
 */
import { mkdtempSync, readdirSync, readFileSync, statSync, utimesSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { parse } from 'csv-parse/sync';
import t, { type Test } from 'tap';
import { readLog, readLogs } from '../support/log_lines.ts';
import { runInProcess } from '../support/run_in_process.ts';
import { fixtureStream, type StreamFixture } from '../support/streams.ts';
import { checkFixture } from './check_fixture.ts';

type Kept = Record<string, string>;

/** Every row of every file in the folder. */
function kept(folder: string): Kept[] {
  return readdirSync(folder)
    .filter((name) => name.endsWith('.csv'))
    .sort()
    .flatMap((name) => parse(readFileSync(join(folder, name)), { columns: true }) as Kept[]);
}

function withFolder(t: Test, fixture: StreamFixture, rules: object = {}) {
  const folder = mkdtempSync(join(t.testdir(), 'rejects-'));
  const config = { ...fixture.config, rejected_rows: { fail_above_percent: 100, folder, ...rules } };
  return { folder, config };
}

t.test('a reject file is complete before the state of its rows is released', async (t) => {
  const fixture = fixtureStream('rejects_by_gainsight');
  const { folder, config } = withFolder(t, fixture);
  const seen: Kept[][] = [];
  const { rejects, states } = await checkFixture(t, fixture, {
    config,
    onLine: (line) => line.includes('"type":"STATE"') && void seen.push(kept(folder)),
  });
  t.equal(states.length, 2);
  const keys = rejects.map(({ key }) => key['id']);
  for (const rows of seen) t.same(rows.map(({ id }) => id).sort(), keys.sort(), 'all of its job');
  for (const name of readdirSync(folder)) {
    t.match(name, /^7\.0\.(\d+\.accounts\.rejects\.(csv|plan\.json)|report\.(html|json))$/);
    t.equal(statSync(join(folder, name)).mode & 0o777, 0o600);
  }
  t.strictSame(
    kept(folder).find(({ id }) => id === '6'),
    {
      ...{ id: '6', Tier: 'CANARY tier', Name: '', Seats: 'CANARY', _reject_sure: 'false' },
      _reject_field: 'Tier, Name, Seats',
      _reject_reason:
        'Tier: GSOBJ_1008: Dropdownlist item not found for field Tier: "CANARY tier"; Name: GSOBJ_1007: Null value "" is not allowed for field Name; Seats: GSOBJ_1002: Invalid value "CANARY" for field Seats of type NUMBER',
    },
    'all columns as sent, and why',
  );
});

t.test('a corrected copy of the reject file can be loaded', async (t) => {
  const fixture = fixtureStream('rejects_by_gainsight');
  const { folder, config } = withFolder(t, fixture);
  const { run, rejects } = await checkFixture(t, fixture, { config });
  const refused = kept(folder);
  t.equal(refused.length, rejects.length);
  const lines = refused.map(({ id }) => {
    const data = { id: Number(id), Tier: 'Gold', Name: 'fine', Seats: 1 };
    return JSON.stringify({ type: 'RECORD', record: { stream: 'accounts', data, emitted_at: 1 } });
  });
  const again = await runInProcess({
    ...{ config, catalog: fixture.catalog, input: Buffer.from(lines.join('\n')), tenant: run },
    identity: { run: '8', attempt: 0 },
  });
  t.equal(again.end, 'done');
  const rows = run.sandbox.rows('company');
  t.same(
    rows.map(({ id }) => Number(id)).sort((a, b) => a - b),
    [1, 2, 3, 4, 5, 6, 7, 8, 9],
    'all rows are there now',
  );
  for (const { id } of refused)
    t.match(
      rows.find((row) => row['id'] === id),
      { Tier: 'Gold', Name: 'fine' },
    );
});

t.test('rows that the connector rejects are stored as well', async (t) => {
  const fixture = fixtureStream('rejects_by_the_connector');
  const { folder, config } = withFolder(t, fixture);
  await checkFixture(t, fixture, { config: { ...config, files: { max_megabytes: 0.001 } } });
  t.same(
    kept(folder).map(({ _reject_field: field, _reject_reason: reason }) => `${field}: ${reason}`),
    [
      ...['id: the key field has no value', 'id: the key field has no value', 'id: the key field has no value'],
      ': the row alone is larger than a file may be',
      ...[
        ': no column has a value, and an empty line is no row',
        ': no column has a value, and an empty line is no row',
      ],
    ],
  );
});

t.test('beyond max_logged only keys are logged, and every row is stored', async (t) => {
  const fixture = fixtureStream('rejects_by_gainsight');
  const { folder, config } = withFolder(t, fixture, { max_logged: 2 });
  const { catalog } = fixture;
  const input = Buffer.from(fixture.lines.join('\n'));
  const run = await runInProcess({ config, catalog, input, sandbox: fixture.sandbox ?? {} });
  t.teardown(() => run.sandbox.close());
  t.equal(readLogs('rejectedRow', run.logs).length, 2);
  t.strictSame(readLogs('rejectedKeys', run.logs), [
    {
      ...{ stream: 'accounts', object: 'company', job: 'J000001', count: 4, key_fields: ['id'] },
      keys: [['4'], ['5'], ['6'], ['8']],
    },
  ]);
  t.equal(kept(folder).length, 6);
  const groups = readLogs('rejectedGroup', run.logs);
  t.equal(
    groups.reduce((sum, { rows }) => sum + rows, 0),
    6,
  );
  t.match(groups[0], {
    ...{ stream: 'accounts', object: 'company', rows: 2, job: 'J000001' },
    what: /^Name: GSOBJ_1001 \(a text is longer than its field takes\): Value … of field Name is longer than … characters · keys "\d", "\d" · to do: shorten the text/,
  });
  const last = run.logs.findLast((text) => text.startsWith('WARN ')) ?? '';
  t.strictSame(readLog('keptRows', last), {
    ...{ stream: 'accounts', rows: 6, address: join(folder, '7.0.1.accounts.rejects.csv') },
  });
});

t.test('however many are rejected, each is logged and stored once', async (t) => {
  const fixture = fixtureStream('rejects_by_gainsight');
  const { folder, config } = withFolder(t, fixture);
  const line = (id: number) => {
    const data = { id, Tier: id % 9 === 0 ? 'Gold' : 'Lead', Name: 'x', Seats: 1 };
    return `${JSON.stringify({ type: 'RECORD', record: { stream: 'accounts', data, emitted_at: 1 } })}\n`;
  };
  const ids = Array.from({ length: 540 }, (_, at) => at + 1);
  const input = Buffer.from(ids.map(line).join(''));
  const run = await runInProcess({
    ...{ config, catalog: fixture.catalog, input, sandbox: fixture.sandbox ?? {} },
  });
  await run.sandbox.close();
  const singly = readLogs('rejectedRow', run.logs).map(({ key }) => key['id']);
  const together = readLogs('rejectedKeys', run.logs).map(({ keys = [] }) => keys.flat());
  t.same([singly.length, ...together.map(({ length }) => length)], [100, 200, 180]);
  const rejected = ids.filter((id) => id % 9 !== 0).map(String);
  t.strictSame([...singly, ...together.flat()], rejected, 'in the order of their rows');
  t.strictSame(
    kept(folder).map(({ id }) => id),
    rejected,
  );
});

t.test('with full_row the row is logged, with none no part of it', async (t) => {
  const fixture = fixtureStream('rejected_winner');
  for (const [detail, data] of [
    ['full_row', { id: '1', Tier: 'CANARY tier', Name: 'd', Seats: '1' }],
    ['none', undefined],
  ] as const) {
    const { config } = withFolder(t, fixture, { log_detail: detail });
    const input = Buffer.from(fixture.lines.join('\n'));
    const run = await runInProcess({
      ...{ config, catalog: fixture.catalog, input, sandbox: fixture.sandbox ?? {} },
    });
    await run.sandbox.close();
    const [reject] = readLogs('rejectedRow', run.logs);
    t.equal(reject !== undefined, detail === 'full_row', 'whether the row is logged');
    t.strictSame(reject?.data, data, detail);
    t.equal(
      run.lines.some((text) => text.includes('CANARY')),
      detail === 'full_row',
    );
    const [group] = readLogs('rejectedGroup', run.logs);
    t.match(group, { rows: 1, job: 'J000001' }, 'it is counted in any case');
    t.equal(group?.what.includes(' · values "CANARY tier" (1) · key "1" · to do: '), detail === 'full_row');
    t.equal(group?.what.includes(' · key '), detail === 'full_row');
  }
});

t.test('keep_days removes old files of ours at the start of a sync, and nothing else', async (t) => {
  const fixture = fixtureStream('rejects_by_gainsight');
  const { folder, config } = withFolder(t, fixture, { keep_days: 30 });
  const write = (name: string, written: string) => {
    writeFileSync(join(folder, name), '');
    utimesSync(join(folder, name), new Date(written), new Date(written));
  };
  write('6.0.1.accounts.rejects.csv', '2025-12-01');
  write('6.0.report.json', '2025-12-01');
  write('6.1.report.json', '2025-12-31');
  write('notes.csv', '2025-12-01');
  const input = Buffer.from(fixture.lines.join('\n'));
  const { catalog, sandbox = {} } = fixture;
  const run = await runInProcess({ config, catalog, input, sandbox });
  await run.sandbox.close();
  t.equal(run.end, 'done');
  t.ok(
    run.logs.includes('INFO Removed 2 old files of rejected rows and reports ("Rejected Rows: Keep for Days").'),
    'one line says so',
  );
  t.strictSame(
    readdirSync(folder).sort(),
    [
      ...['6.1.report.json', '7.0.1.accounts.rejects.csv', '7.0.1.accounts.rejects.plan.json'],
      ...['7.0.report.html', '7.0.report.json'],
      'notes.csv',
    ],
    'the clock of the sync says 2026-01-05',
  );
});
