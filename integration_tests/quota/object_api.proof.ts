/** The table of calls in `docs/quota.md`, from syncs against the sandbox in simulated time, and the speed of UPDATE. */
import { readFileSync, writeFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import t from 'tap';
import { minute } from '../../src/clock.ts';
import { quarterSeed } from '../conservation/quarter.ts';
import { FakeClock } from '../support/fake_clock.ts';
import { runInProcess } from '../support/run_in_process.ts';
import { startTenant } from '../support/tenant.ts';

const page = fileURLToPath(new URL('../../../docs/quota.md', import.meta.url));
const heading = '## Calls of the object API';
const perCall = 50;
const perMinute = 100;

/** What is loaded. */
interface Load {
  readonly rows: number;
  /** Gainsight refuses this percentage of them. */
  readonly bad: number;
  readonly operation: 'UPDATE' | 'UPSERT';
  /** Gainsight has the records of the rows. */
  readonly isStored: boolean;
}

const kinds = [
  { operation: 'UPDATE', isStored: true },
  { operation: 'UPSERT', isStored: false },
  { operation: 'UPSERT', isStored: true },
] as const;
// The largest take a minute each.
const sizes = [1, 50, 51, 5000, 100_000].filter((rows) => quarterSeed === undefined || rows <= 5000);
const shares = [0, 1, 10];

const objects = { Visit__gc: { fields: { Id__gc: {}, Stage__gc: { picklist: ['Open'] } } } };
const columns = { Id__gc: 'id', Stage__gc: 'stage' };

/** Whether a row is one of the bad ones, which are spread evenly; with one row it is the first. */
function isBad(row: number, { bad }: Load): boolean {
  return bad > 0 && row % (100 / bad) === 0;
}

/** The lines, in pieces. */
function* linesOf(load: Load): Generator<Buffer> {
  let piece = '';
  for (let row = 0; row < load.rows; row += 1) {
    const stage = isBad(row, load) ? `none ${row}` : 'Open';
    piece += `{"type":"RECORD","record":{"stream":"visits","data":{"id":"v${row}","stage":"${stage}"},"emitted_at":1}}\n`;
    if (piece.length < 100_000) continue;
    yield Buffer.from(piece);
    piece = '';
  }
  yield Buffer.from(piece);
}

/** Loads, and counts: calls, and rows a minute while the windows are full. */
async function measure(load: Load): Promise<{ calls: number; accepted: number; rowsPerMinute: number }> {
  const { rows, operation, isStored } = load;
  const tenant = await startTenant(new FakeClock(), { objects });
  const { sandbox } = tenant;
  const stored = Array.from({ length: isStored ? rows : 0 }, (_, row) => ({ Id__gc: `v${row}` }));
  // A small object takes a few questions more.
  const others = Array.from({ length: 100 }, (_, row) => ({ Id__gc: `of others ${row}` }));
  sandbox.addRecords('Visit__gc', [...stored, ...others]);
  try {
    const run = await runInProcess({
      ...{ tenant, config: configOf(operation), catalog },
      input: async function* () {
        yield* linesOf(load);
      },
    });
    if (run.end === 'stopped') throw new Error('it was stopped');
    const made = sandbox.objectCalls;
    const [first, last] = [made[0]?.elapsed ?? 0, made.at(-1)?.elapsed ?? 0];
    const accepted = sandbox.rows('Visit__gc').filter((row) => row['Stage__gc'] === 'Open').length;
    // Those of the last window may be few.
    const full = made.length - perMinute;
    return { calls: made.length, accepted, rowsPerMinute: (full * perCall * minute) / (last - first) };
  } finally {
    await sandbox.close();
  }
}

function configOf(operation: Load['operation']): object {
  const fields = Object.entries(columns).map(([field, column]) => ({ column, field }));
  return {
    streams: [
      { stream: 'visits', object: 'Visit__gc', operation, key_fields: ['Id__gc'], fields, route: 'object_api' },
    ],
    quota: { object_api: { per_minute: perMinute, per_day: 50_000, reserved: 0 } },
    rejected_rows: { fail_above_percent: 100 },
  };
}

const properties = { id: { type: 'string' }, stage: { type: 'string' } };
const catalog = {
  streams: [
    {
      stream: { name: 'visits', json_schema: { type: 'object', properties }, supported_sync_modes: ['incremental'] },
      ...{ sync_mode: 'incremental', destination_sync_mode: 'append_dedup', primary_key: [['id']] },
    },
  ],
};

/** Calls that are needed at least: each row written and for UPSERT asked about, and each call with a bad row refused. */
function leastCalls(load: Load): number {
  const calls = Math.ceil(load.rows / perCall);
  let refused = 0;
  for (let call = 0; call < calls; call += 1) {
    const rows = Array.from({ length: Math.min(perCall, load.rows - call * perCall) }, (_, at) => call * perCall + at);
    const bad = rows.filter((row) => isBad(row, load)).length;
    // One whose rows are all bad is not repeated.
    if (bad > 0 && bad < rows.length) refused += 1;
  }
  return calls + refused + (load.operation === 'UPSERT' ? calls : 0);
}

const number = new Intl.NumberFormat('en');
const measured = new Map<Load, Awaited<ReturnType<typeof measure>>>();
const loads = sizes.flatMap((rows) => shares.flatMap((bad) => kinds.map((kind): Load => ({ rows, bad, ...kind }))));

t.setTimeout(0);

for (const load of loads) {
  const { rows, bad, operation, isStored } = load;
  t.test(`${operation} of ${rows} ${isStored ? 'existing' : 'new'} rows, ${bad} % of them bad`, async (t) => {
    const found = await measure(load);
    measured.set(load, found);
    const good = Array.from({ length: rows }, (_, row) => row).filter((row) => !isBad(row, load)).length;
    t.equal(found.accepted, good, 'every good row is there');
    t.comment(`${found.calls} calls, at least ${leastCalls(load)}`);
    if (operation === 'UPDATE' && rows === 100_000 && bad === 0)
      t.ok(found.rowsPerMinute >= 0.95 * perMinute * perCall, `${Math.round(found.rowsPerMinute)} rows a minute`);
  });
}

t.test('the table of calls in docs/quota.md is that of syncs', async (t) => {
  const text = readFileSync(page, 'utf8');
  const start = text.indexOf('\n| --- |', text.indexOf(heading)) + 1;
  const end = text.indexOf('\n\n', start);
  const [rule = '', ...written] = text.slice(start, end).split('\n');
  const rowsOfTable = sizes.flatMap((rows) => shares.map((bad) => rowText(rows, bad)));
  if (process.env['UPDATE_DOCS'])
    writeFileSync(page, `${text.slice(0, start)}${[rule, ...rowsOfTable].join('\n')}${text.slice(end)}`);
  else for (const [at, row] of rowsOfTable.entries()) t.ok(isClose(written[at] ?? '', row), `${row} ≈ ${written[at]}`);
});

/** Whether two lines of the table differ by little: calls in progress at once are answered in an order that varies. */
function isClose(one: string, other: string): boolean {
  const [numbers, others] = [one, other].map((line) => [...line.replaceAll(',', '').matchAll(/\d+/g)].map(Number));
  const near = (calls: number, at: number) => Math.abs(calls - (others?.[at] ?? Number.NaN)) <= Math.max(2, calls / 50);
  return numbers?.length === others?.length && (numbers?.every(near) ?? false);
}

function rowText(rows: number, bad: number): string {
  const cells = kinds.map((kind) => {
    const load = loads.find((each) => each.rows === rows && each.bad === bad && isOf(each, kind)) as Load;
    return `${number.format(measured.get(load)?.calls ?? 0)} (${number.format(leastCalls(load))})`;
  });
  return `| ${[number.format(rows), `${bad} %`, ...cells].join(' | ')} |`;
}

function isOf(load: Load, kind: (typeof kinds)[number]): boolean {
  return load.operation === kind.operation && load.isStored === kind.isStored;
}
