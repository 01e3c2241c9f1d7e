/** Random inputs of several streams, with states, keys, rejects and small files, against the reference. */
import assert from 'node:assert/strict';
import fc from 'fast-check';
import t from 'tap';
import type { Operation } from '../../src/model.ts';
import type { StreamFixture } from '../support/streams.ts';
import { checkFixture, type Verdict } from './check_fixture.ts';

const values = [
  ...[
    'null',
    '""',
    '"plain"',
    '"a,b"',
    '"say \\"no\\""',
    '"line\\nbreak\\r"',
    '" spaces "',
    '"😀"',
    '"\\ud83d\\ude00"',
  ],
  ...['0', '-1.10', '123456789012345678901234567890', '1.5e3', '2E-2', 'true', 'false', '"\\ud83d"', '"\\u00e9\\/"'],
  ...['[]', '["a",null,"b"]', '["a;b"]', '{"x":1.10}', '[{"y":[]}]', '"2026-01-05T09:00:00Z"', '1e500', '"null"'],
];

interface Event {
  readonly stream: number;
  readonly kind: 'record' | 'state' | 'deleted' | 'nulled';
  readonly id: number;
  readonly value: string;
  readonly tier: string;
  readonly version: number | null;
  readonly hasNote: boolean;
}

interface Sync {
  readonly operations: readonly Operation[];
  readonly stateType: 'STREAM' | 'GLOBAL' | 'LEGACY' | 'none';
  readonly events: readonly Event[];
  readonly isSmall: boolean;
  readonly sendsDeleted: boolean;
  readonly rowNumberBase: 0 | 1 | 2;
  readonly isComplete: boolean;
  readonly latestBy: 'arrival' | 'cursor';
  readonly absentColumns: 'blank' | 'leave_out';
}

const event = fc.record<Event>({
  stream: fc.nat(2),
  kind: fc.constantFrom<Event['kind'][]>(
    'record',
    'record',
    'record',
    'record',
    'record',
    'state',
    'deleted',
    'nulled',
  ),
  id: fc.integer({ min: -1, max: 9 }),
  value: fc.constantFrom(...values),
  tier: fc.constantFrom('gold', 'gold', 'gold', 'lead'),
  version: fc.option(fc.nat(4)),
  // In most files no record has it.
  hasNote: fc.nat(20).map((nth) => nth === 0),
});

const sync = fc.record<Sync>({
  operations: fc
    .tuple(
      // An UPDATE of rows that do not exist would reject every row.
      fc.constantFrom<Operation[]>('UPSERT', 'INSERT'),
      fc.array(fc.constantFrom<Operation[]>('UPSERT', 'INSERT', 'UPDATE'), { maxLength: 2 }),
    )
    .map(([first, others]) => [first, ...others]),
  stateType: fc.constantFrom<Sync['stateType'][]>('STREAM', 'STREAM', 'GLOBAL', 'LEGACY', 'none'),
  events: fc.array(event, { maxLength: 120, size: 'max' }),
  isSmall: fc.boolean(),
  sendsDeleted: fc.boolean(),
  rowNumberBase: fc.constantFrom(0, 1, 2),
  isComplete: fc.boolean(),
  latestBy: fc.constantFrom('arrival', 'cursor'),
  absentColumns: fc.constantFrom('blank', 'leave_out'),
});

const nameOf = (stream: number) => `stream_${stream}`;

function fixtureOf({ operations, stateType, events, ...settings }: Sync): StreamFixture {
  const names = operations.map((_, stream) => nameOf(stream));
  const state = (stream: number, seq: number) => (stateType === 'none' ? [] : [stateOf(stateType, names, stream, seq)]);
  // Otherwise a stream with no accepted row would fail.
  const first: Event = {
    ...{ stream: 0, kind: 'record', id: 10, value: '"first"', tier: 'gold' },
    ...{ version: 0, hasNote: false },
  };
  const begin = names.map((name, stream) => recordOf(first, name, 1000 + stream));
  const lines = events.flatMap((each, seq) => {
    const stream = each.stream % operations.length;
    return each.kind === 'state' ? state(stream, seq) : [recordOf(each, names[stream] ?? '', seq)];
  });
  const last = names.flatMap((name, stream) =>
    settings.isComplete ? [completeOf(name)] : state(stream, events.length + stream),
  );
  return {
    ...{ name: 'random', about: 'random', lines: [...begin, ...lines, ...last], mayWarn: true },
    config: {
      streams: operations.map((operation, stream) => entryOf(operation, stream, settings)),
      files: { max_megabytes: settings.isSmall ? 0.001 : 75 },
      deleted_rows: settings.sendsDeleted ? 'send' : 'skip',
      rejected_rows: { fail_above_percent: 100, max_logged: 1000, first_row_number: String(settings.rowNumberBase) },
    },
    catalog: { streams: operations.map((operation, stream) => configured(operation, nameOf(stream))) },
    sandbox: { rowNumberBase: settings.rowNumberBase, objects: objectsOf(operations.length) },
  };
}

/** UPDATE finds the rows of the first stream. */
function entryOf(
  operation: Operation,
  stream: number,
  { latestBy, absentColumns }: Pick<Sync, 'latestBy' | 'absentColumns'>,
) {
  const updates = operation === 'UPDATE';
  return {
    ...{ stream: nameOf(stream), operation, object: `object_${updates ? 0 : stream}` },
    key_fields: stream === 1 && !updates ? ['id', 'tier'] : ['id'],
    load_after: updates && stream > 0 ? [nameOf(0)] : [],
    latest_by: operation === 'INSERT' ? 'arrival' : latestBy,
    absent_columns: absentColumns,
  };
}

function configured(operation: Operation, name: string) {
  const properties = { id: {}, seq: {}, value: {}, tier: {}, version: { type: ['null', 'integer'] }, note: {} };
  return {
    stream: { name, json_schema: { type: 'object', properties } },
    sync_mode: 'incremental',
    cursor_field: ['version'],
    destination_sync_mode: operation === 'INSERT' ? 'append' : 'append_dedup',
  };
}

function objectsOf(count: number) {
  const tier = { picklist: ['gold'] };
  const fields = { id: {}, seq: {}, value: { maxLength: 20 }, tier, version: {}, note: {} };
  return Object.fromEntries(Array.from({ length: count }, (_, stream) => [`object_${stream}`, { fields }]));
}

function recordOf({ kind, id, value, tier, version, hasNote }: Event, stream: string, seq: number): string {
  const deleted = kind === 'deleted' ? ',"_ab_cdc_deleted_at":"2026-01-05"' : '';
  const more = `,"version":${version}${hasNote ? ',"note":"a, \\"b\\""' : ''}${deleted}`;
  const data = `{"seq":${seq},"id":${id < 0 ? null : id},"value":${value},"tier":"${tier}"${more}}`;
  const meta = kind === 'nulled' ? ',"meta":{"changes":[{"field":"value","change":"NULLED"}]}' : '';
  return `{"type":"RECORD","record":{"stream":"${stream}","data":${data},"emitted_at":1${meta}}}`;
}

function stateOf(type: Exclude<Sync['stateType'], 'none'>, names: readonly string[], stream: number, seq: number) {
  const one = (name: string | undefined) => ({ stream_descriptor: { name }, stream_state: { seq } });
  const content = {
    STREAM: { stream: one(names[stream]) },
    GLOBAL: { global: { stream_states: names.map(one) } },
    LEGACY: { data: { seq } },
  };
  return JSON.stringify({ type: 'STATE', state: { type, ...content[type] } });
}

function completeOf(name: string): string {
  const stream_status = { stream_descriptor: { name }, status: 'COMPLETE' };
  return JSON.stringify({ type: 'TRACE', trace: { type: 'STREAM_STATUS', emitted_at: 1, stream_status } });
}

/**
 * Runs one sync.
 * @throws if a check fails, so that fast-check finds the smallest input
 */
async function check(each: Sync): Promise<void> {
  const closing: (() => Promise<void>)[] = [];
  const strict: Verdict = {
    same: assert.deepEqual,
    teardown: (close) => void closing.push(close),
  };
  try {
    await checkFixture(strict, fixtureOf(each));
  } finally {
    for (const close of closing) await close();
  }
}

t.jobs = 4;

for (const seed of [20_260_201, 20_260_202, 20_260_203, 20_260_204]) {
  t.test(`any input, from seed ${seed}`, { buffered: true }, async () => {
    await fc.assert(fc.asyncProperty(sync, check), { seed, numRuns: 4, interruptAfterTimeLimit: 60_000 });
  });
}
