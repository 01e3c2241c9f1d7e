/** Every fixture with rejected rows: its files are corrected and loaded, and the tenant holds what they then say. */
import { mkdtempSync, readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { parse } from 'csv-parse/sync';
import t, { type Test } from 'tap';
import { readLoadFile } from '../../src/commands/load_file.ts';
import { loadSync } from '../../src/commands/load_sync.ts';
import { parseConfig } from '../../src/config/config.ts';
import type { FieldRule, SandboxOptions } from '../../src/sandbox/options.ts';
import type { StoredRow } from '../../src/sandbox/store.ts';
import { type PlanFile, parsePlanFile, planFileName } from '../../src/settle/rejects/plan_file.ts';
import { readInput } from '../support/reference.ts';
import { type InProcessResult, runInProcess } from '../support/run_in_process.ts';
import { fixtureStreams, type StreamFixture } from '../support/streams.ts';
import { settingsFor } from '../support/tenant.ts';

type Cells = readonly (string | null)[];

/** A kept file as a person sees it. */
interface Table {
  readonly name: string;
  readonly plan: PlanFile;
  readonly rows: readonly Cells[];
}

function readTable(folder: string, name: string): Table {
  const plan = parsePlanFile(readFileSync(join(folder, planFileName(name)), 'utf8'));
  if (!plan) throw new Error(`${name} has no plan`);
  const cast = (cell: string, { quoting }: { quoting: boolean }) => (cell === plan.null_text && !quoting ? null : cell);
  const rows = parse(readFileSync(join(folder, name)), { cast, from_line: 2, relax_column_count: false }) as Cells[];
  return { name, plan, rows };
}

const isUnread = (cell: string) => /debezium|@[0-9a-f]+|X19kZ|5f5f64/.test(cell);

/** What a person would enter: a value that the field accepts, and a key that no other row has. */
function corrected(
  cell: string | null,
  field: string,
  rule: FieldRule,
  of: { isKey: boolean; row: number },
): string | null {
  if (of.isKey && (cell ?? '').replace(/[\s\p{Z}\p{Cf}]/gu, '') === '') return `90${of.row}`;
  if (rule.picklist && cell && !rule.picklist.includes(cell)) return rule.picklist[0] ?? null;
  if (rule.type === 'number' && cell && !/^-?\d+(\.\d+)?$/.test(cell)) return '17';
  if (rule.required && !cell) return 'new';
  if (rule.maxLength !== undefined && cell && [...cell].length > rule.maxLength)
    return [...cell].slice(0, rule.maxLength).join('');
  if (cell && (cell.length > 400 || isUnread(cell))) return `new ${field}`;
  return cell;
}

function correct(
  { plan, rows }: Table,
  rules: Readonly<Record<string, FieldRule>>,
  isThere: (row: Cells) => boolean,
): Cells[] {
  const fixed = rows.map((row, at) => {
    const cells = plan.fields.map((field, column) =>
      corrected(row[column] ?? null, field, rules[field] ?? {}, { isKey: plan.key_fields.includes(field), row: at }),
    );
    return cells.every((cell) => cell === null) ? ['new', ...cells.slice(1)] : cells;
  });
  // A row that UPDATE does not find cannot be corrected: it is left out.
  return plan.operation === 'UPDATE' ? fixed.filter(isThere) : fixed;
}

function csvText({ fields, null_text }: PlanFile, rows: readonly Cells[]): string {
  const quoted = (text: string) => `"${text.replaceAll('"', '""')}"`;
  const lines = rows.map((row) => row.map((cell) => (cell === null ? null_text : quoted(cell))).join(','));
  return [fields.map(quoted).join(','), ...lines].map((line) => `${line}\n`).join('');
}

/** What Gainsight holds once a table is loaded, by a simple model. */
function apply(stored: StoredRow[], { plan }: Table, rows: readonly Cells[]): void {
  const keyOf = (row: StoredRow) => JSON.stringify(plan.key_fields.map((field) => row[field] ?? null));
  for (const cells of rows) {
    // The sandbox takes the text for no value as it is.
    const values = Object.fromEntries(plan.fields.map((field, at) => [field, cells[at] ?? (plan.null_text || null)]));
    const same = plan.operation === 'INSERT' ? [] : stored.filter((row) => keyOf(row) === keyOf(values));
    for (const row of same) Object.assign(row, values);
    if (same.length === 0 && plan.operation !== 'UPDATE') stored.push(values);
  }
}

const sorted = (rows: readonly StoredRow[]) =>
  rows.map((row) => JSON.stringify(Object.entries(row).sort(([one], [other]) => (one < other ? -1 : 1)))).sort();

interface Loading {
  readonly run: InProcessResult;
  readonly config: object;
  readonly name: string;
  readonly plan: PlanFile;
  readonly text: string;
}

/** Loads a file as the command does, with a clock that skips waits. */
async function loadText({ run, config, name, plan, text }: Loading): Promise<InProcessResult> {
  const sync = loadSync(readLoadFile(name, Buffer.from(text), plan), config as never);
  const { settings, catalog, identity, input } = sync;
  return runInProcess({ config: settings, catalog, identity, input, tenant: run });
}

const submissionsOf = ({ exchanges }: InProcessResult) => exchanges.filter(({ method }) => method === 'POST').length;

/** @returns the number of files that were kept */
async function checkLoad(t: Test, fixture: StreamFixture): Promise<number> {
  const folder = mkdtempSync(join(t.testdir(), 'rejects-'));
  const given = fixture.config as { rejected_rows?: object };
  const config = { ...given, rejected_rows: { fail_above_percent: 100, ...given.rejected_rows, folder } };
  const first = {
    config,
    catalog: fixture.catalog,
    input: Buffer.from(fixture.lines.map((line) => `${line}\n`).join('')),
  };
  const run = await runInProcess({ ...first, sandbox: { ...fixture.sandbox, callsPerHour: null, callsPerDay: null } });
  t.teardown(() => run.sandbox.close());
  const names = readdirSync(folder).filter((name) => name.endsWith('.rejects.csv'));
  for (const name of names.sort()) {
    const table = readTable(folder, name);
    const { object } = table.plan;
    const stored = run.sandbox.rows(object).map((row) => ({ ...row }));
    const rules = fixture.sandbox?.objects?.[object]?.fields ?? {};
    const keyText = (cells: (field: string) => string | null | undefined) =>
      JSON.stringify(table.plan.key_fields.map((field) => cells(field) ?? null));
    const keys = new Set(stored.map((row) => keyText((field) => row[field])));
    const rows = correct(table, rules, (row) => keys.has(keyText((field) => row[table.plan.fields.indexOf(field)])));
    if (rows.length === 0) continue;
    apply(stored, table, rows);
    const text = csvText(table.plan, rows);
    const loading = { run, config, name, plan: table.plan, text };
    const submissions = () => submissionsOf(run);
    const before = submissions();
    const loaded = await loadText(loading);
    t.same([loaded.end, loaded.traces], ['done', []], `${name} is loaded`);
    t.same(sorted(run.sandbox.rows(object)), sorted(stored), `${object} equals the model, cell for cell`);
    const after = submissions();
    t.ok(after > before, 'with a call');
    const again = await loadText(loading);
    t.same([again.end, submissions()], ['done', after], 'a second load is recognised and sends nothing');
    t.same(sorted(run.sandbox.rows(object)), sorted(stored), 'and changes nothing');
  }
  return names.length;
}

/** Whether rows of a fixture may be rejected: the tenant has rules, or the connector refuses some itself. */
function mayReject({ sandbox, config, catalog, lines }: StreamFixture): boolean {
  if (sandbox?.objects !== undefined) return true;
  const settings = parseConfig(JSON.stringify(settingsFor(config, 'https://tenant')));
  const { streams } = readInput(settings, JSON.stringify(catalog), lines);
  return streams.some(({ records }) => records.some(({ result }) => result === 'rejected'));
}

t.jobs = 8;
let loaded = 0;

for (const fixture of fixtureStreams().filter(mayReject)) {
  t.test(`${fixture.name}: its corrected rows are loaded`, { buffered: true }, async (t) => {
    const kept = await checkLoad(t, fixture);
    loaded += kept;
  });
}

t.teardown(() => {
  if (loaded < 25) throw new Error(`only ${loaded} files of rejected rows were kept`);
});

const fields = ['Id', 'Name'];
const plan: PlanFile = {
  version: 1,
  stream: { name: 'accounts', namespace: 'crm' },
  ...{ object: 'Accounts', operation: 'UPSERT', key_fields: ['Id'], fields, null_text: '' },
};
const rowsOf = (count: number, value = 'x') => Array.from({ length: count }, (_, at) => [`${at}`, `${value}${at}`]);

/** A tenant on which nothing was loaded yet. */
async function emptyTenant(t: Test, sandbox: Partial<SandboxOptions> = {}): Promise<InProcessResult> {
  const catalog = { streams: [] };
  const run = await runInProcess({ config: { streams: [] }, catalog, input: Buffer.alloc(0), sandbox });
  t.teardown(() => run.sandbox.close());
  return run;
}

const config = { rejected_rows: { fail_above_percent: 0 } };
const files = { max_megabytes: 0.001 };

t.test('a file that is too large for one is split, and recognised as a whole', { buffered: true }, async (t) => {
  for (const of of [plan, { ...plan, operation: 'INSERT' as const, key_fields: [] }]) {
    const run = await emptyTenant(t);
    const loading = {
      run,
      config: { ...config, files },
      name: 'a.rejects.csv',
      plan: of,
      text: csvText(of, rowsOf(400)),
    };
    const loaded = await loadText(loading);
    t.same([loaded.end, loaded.traces, run.sandbox.rows('Accounts').length], ['done', [], 400], of.operation);
    const sent = submissionsOf(run);
    t.ok(sent > 2);
    const again = await loadText(loading);
    t.same([again.end, submissionsOf(run), run.sandbox.rows('Accounts').length], ['done', sent, 400]);
  }
});

t.test('on a day without calls it waits for the next, then loads', { buffered: true }, async (t) => {
  const run = await emptyTenant(t);
  run.sandbox.addForeignJob({ count: 100, age: 3600 * 5 });
  const at = run.clock.elapsed();
  const text = csvText(plan, rowsOf(3));
  const { end, logs } = await loadText({ run, config, name: 'a.rejects.csv', plan, text });
  t.equal(end, 'done');
  t.ok(logs.some((line) => line.includes('all calls of this day are used, 100 of them by others')));
  t.ok((run.clock.elapsed() - at) / 3_600_000 > 18);
  t.equal(run.sandbox.rows('Accounts').length, 3);
});

t.test('a field without a column keeps what it holds', { buffered: true }, async (t) => {
  const run = await emptyTenant(t);
  const wider = { ...plan, fields: [...fields, 'Tier'] };
  const load = (text: string, name: string) => loadText({ run, config, name, plan: wider, text });
  await load(
    csvText(wider, [
      ['1', 'Ann', 'Gold'],
      ['2', 'Bob', 'Lead'],
    ]),
    'a.rejects.csv',
  );
  t.equal((await load('Id,Tier\n1,Tin\n3,Tin\n', 'b.rejects.csv')).end, 'done');
  t.same(
    run.sandbox.rows('Accounts').map(({ Id, Name = 'none', Tier }) => [Id, Name, Tier]),
    [
      ['1', 'Ann', 'Tin'],
      ['2', 'Bob', 'Lead'],
      ['3', 'none', 'Tin'],
    ],
  );
});

t.test('a whole batch that was kept can be loaded, as its rows have keys', { buffered: true }, async (t) => {
  const folder = t.testdir();
  const entry = { stream: 'accounts', object: 'Accounts', key_fields: ['Id'] };
  const stream = {
    name: 'accounts',
    json_schema: { properties: { Id: { type: 'string' }, Name: { type: 'string' } } },
  };
  const line = ([Id, Name]: Cells) =>
    JSON.stringify({ type: 'RECORD', record: { stream: 'accounts', data: { Id, Name }, emitted_at: 1 } });
  const settings = { streams: [entry], rejected_rows: { fail_above_percent: 100, folder } };
  const rules = { Accounts: { fields: { Id: {}, Name: { maxLength: 3 } } } };
  const run = await runInProcess({
    config: settings,
    catalog: { streams: [{ stream, sync_mode: 'incremental', destination_sync_mode: 'append' }] },
    input: Buffer.from(`${[...rowsOf(4), ['9', 'too long']].map(line).join('\n')}\n`),
    sandbox: { objects: rules, script: [{ on: 'submit', times: 1, do: { kind: 'fewer_errors' } }] },
  });
  t.teardown(() => run.sandbox.close());
  const [name = ''] = readdirSync(folder).filter((each) => each.endsWith('.batch.csv'));
  const text = readFileSync(join(folder, name), 'utf8').replace('too long', 'ok');
  const table = readTable(folder, name);
  t.equal((await loadText({ run, config: settings, name, plan: table.plan, text })).end, 'done');
  t.same(
    run.sandbox.rows('Accounts').map(({ Name }) => Name),
    ['x0', 'x1', 'x2', 'x3', 'ok'],
  );
});
