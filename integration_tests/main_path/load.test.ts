/** Every fixture with rejected rows: its files are corrected and loaded, and the tenant holds what they then say. */
import { mkdtempSync, readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { parse } from 'csv-parse/sync';
import t, { type Test } from 'tap';
import { readLoadFile } from '../../src/commands/load_file.ts';
import { loadSync } from '../../src/commands/load_sync.ts';
import type { FieldRule } from '../../src/sandbox/options.ts';
import type { StoredRow } from '../../src/sandbox/store.ts';
import { type PlanFile, parsePlanFile, planFileName } from '../../src/settle/rejects/plan_file.ts';
import { type InProcessResult, runInProcess } from '../support/run_in_process.ts';
import { fixtureStreams, type StreamFixture } from '../support/streams.ts';

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
function mended(
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

function mend(
  { plan, rows }: Table,
  rules: Readonly<Record<string, FieldRule>>,
  isThere: (row: Cells) => boolean,
): Cells[] {
  const fixed = rows.map((row, at) => {
    const cells = plan.fields.map((field, column) =>
      mended(row[column] ?? null, field, rules[field] ?? {}, { isKey: plan.key_fields.includes(field), row: at }),
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

/** Whether the kept file can be loaded: the header is all that an error of the object leaves. */
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
    const rows = mend(table, rules, (row) => keys.has(keyText((field) => row[table.plan.fields.indexOf(field)])));
    if (rows.length === 0) continue;
    apply(stored, table, rows);
    const text = csvText(table.plan, rows);
    const loading = { run, config, name, plan: table.plan, text };
    const submissions = () => run.sandbox.calls.filter(({ kind }) => kind === 'submit').length;
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

t.jobs = 8;
let files = 0;

for (const fixture of fixtureStreams()) {
  t.test(`${fixture.name}: its corrected rows are loaded`, { buffered: true }, async (t) => {
    files += await checkLoad(t, fixture);
  });
}

t.teardown(() => {
  if (files < 10) throw new Error(`only ${files} files of rejected rows were kept`);
});
