/**
 * Lines that are too long, too deep or too wide are accepted or end in one TRACE, with memory that does not grow with
 * them.
 */
import t from 'tap';
import { allOrQuarter } from '../conservation/quarter.ts';
import type { RunResult } from '../support/connector.ts';
import { catalogOf, holdsAlways, recordLine, setUpProgram, state } from '../support/small_sync.ts';

const million = 1_000_000;
const many = 50_000;
const deep = `${'['.repeat(100_000)}${']'.repeat(100_000)}`;
const columns = Array.from({ length: many }, (_, at) => `column ${at}`);
const streams = Array.from({ length: 10_000 }, (_, at) => `s${at}`);

/** Pieces of input, generated while they are read. */
type Input = () => Iterable<string>;

interface Case {
  readonly name: string;
  readonly input: Input;
  /** Replaces the usual one; a text is written unchanged. */
  readonly catalog?: object | string;
  readonly config?: object;
  /** The expected code of the TRACE; absent: the sync succeeds. */
  readonly fails?: string;
  /** Megabytes of resident memory that it must not exceed. */
  readonly memory: number;
  /** Rows that reach the object. */
  readonly rows?: number;
}

const row = (id: string, more = '') => `${recordLine('accounts', `{"Id":"${id}"${more}}`)}\n`;
const stateOf = (blob: string) => state('accounts').replace('"stream_state":{', `"stream_state":{"blob":${blob},`);

function* long(head: string, megabytes: number, piece: string, tail: string): Iterable<string> {
  yield head;
  for (let at = 0; at < megabytes; at++) yield piece.repeat(million / piece.length);
  yield `${tail}\n${row('last')}${state('accounts')}`;
}

const lines: readonly Case[] = [
  {
    ...{ name: 'JSON 100,000 deep in data, changes, states and what is ignored', memory: 130, rows: 2 },
    input: () => [
      row('1', `,"Name":${deep}`),
      row('2').replace(
        '"emitted_at"',
        `"meta":{"changes":[{"field":"Name","change":"X","reason":${deep}},${deep}]},"emitted_at"`,
      ),
      `{"type":"LOG","log":${deep}}\n{"type":"TRACE","trace":${deep}}\n`,
      stateOf(deep),
    ],
  },
  {
    ...{ name: 'a RECORD of 200 MB', memory: 200, rows: 1 },
    input: () => long('{"type":"RECORD","record":{"stream":"accounts","data":{"Id":"1","Name":"', 200, 'x', '"}}}'),
  },
  {
    ...{ name: 'a STATE of 200 MB', memory: 200, fails: 'input_broken', rows: 0 },
    input: () => long('{"type":"STATE","state":{"type":"STREAM","blob":"', 200, 'x', '"}}'),
  },
  {
    ...{ name: 'garbage of 200 MB', memory: 200, fails: 'input_broken', rows: 0 },
    input: () => long('', 200, '[{"', ''),
  },
  {
    ...{ name: 'a STATE of 12 MB that is all small values', memory: 200, rows: 2 },
    input: () => [
      row('1'),
      ...long(
        '{"type":"STATE","state":{"type":"STREAM","stream":{"stream_descriptor":{"name":"accounts"},"stream_state":{"x":[',
        12,
        '{},{},{},5,',
        '0]}}}}',
      ),
    ],
  },
  {
    ...{ name: 'a hundred unknown columns and types each with names of 1 MB', memory: 220, rows: 1 },
    *input() {
      const name = 'x'.repeat(million);
      for (let at = 0; at < 100; at++) {
        yield row(`${at % 2}`, `,"${at}${name}":1`).replace('"0"', '"1"');
        yield `{"type":"${at}${name}"}\n`;
      }
      yield state('accounts');
    },
  },
];

const wide = { properties: Object.fromEntries(['Id', ...columns].map((name) => [name, { type: 'string' }])) };
const tables: readonly Case[] = [
  {
    ...{ name: '50,000 columns, and 50,000 changes', memory: 250 },
    catalog: { streams: [{ ...catalogOf(['accounts']).streams[0], stream: { name: 'accounts', json_schema: wide } }] },
    *input() {
      const values = columns.map((name) => `,"${name}":"v"`).join('');
      const changes = columns.map((field) => `{"field":"${field}","change":"TRUNCATED"}`);
      for (const id of ['1', '2']) yield row(id, values);
      yield row('3').replace('"emitted_at"', `"meta":{"changes":[${changes}]},"emitted_at"`) + state('accounts');
    },
  },
  {
    ...{ name: 'a column with a name of 1 MB', memory: 200, rows: 1 },
    catalog: {
      streams: [
        {
          ...catalogOf(['accounts']).streams[0],
          stream: { name: 'accounts', json_schema: { properties: { Id: {}, ['c'.repeat(million)]: {} } } },
        },
      ],
    },
    input: () => [row('1', `,"${'c'.repeat(million)}":"v"`), state('accounts')],
  },
  {
    ...{ name: 'a schema 100,000 deep, and a union of 300,000', memory: 250, rows: 1 },
    catalog: JSON.stringify(catalogOf(['accounts'])).replace(
      '"properties":{',
      `"properties":{"deep":${'{"anyOf":['.repeat(100_000)}{}${']}'.repeat(100_000)},"wide":{"anyOf":[${'{},'.repeat(300_000)}{}]},`,
    ),
    input: () => [row('1'), state('accounts')],
  },
  {
    ...{ name: '10,000 streams with a row each, and calls for one', memory: 350, fails: 'quota_spent' },
    catalog: catalogOf(streams),
    config: {
      load_unlisted_streams: true,
      streams: streams.map((stream) => ({ stream, object: 'Accounts', key_fields: ['Id'] })),
      quota: { calls_per_hour: 1, max_wait_minutes: 1 },
    },
    *input() {
      for (const stream of streams) yield `${recordLine(stream, '{"Id":"1"}')}\n${state(stream)}`;
    },
  },
];

for (const { name, input, catalog, config, fails, memory, rows } of allOrQuarter([...lines, ...tables], 'lines')) {
  t.test(name, { timeout: 120_000 }, async (t) => {
    const program = await setUpProgram(t, {
      streams: ['accounts'],
      // The sandbox is slow with rules for 50,000 columns.
      sandbox: { keepRows: rows !== undefined },
      ...(catalog && { catalog }),
      ...(config && { config: { ...config } }),
    });
    const running = program.start('write', { signal: AbortSignal.timeout(100_000) });
    for (const piece of input()) await running.write(Buffer.from(piece));
    running.end();
    const result = await running.ended;
    holdsAlways(t, result, program);
    t.same(tracesOf(result), fails === undefined ? [] : [fails], 'one TRACE, or none');
    t.equal(result.code, fails === undefined ? 0 : 1);
    if (rows !== undefined) t.equal(program.sandbox.rows('Accounts').length, rows, 'rows');
    const peak = Math.round((result.peakMemory ?? 0) / million);
    t.comment(`${name}: ${peak} MB`);
    t.ok(peak < memory, `${peak} MB of memory`);
  });
}

function tracesOf({ messages }: RunResult): string[] {
  const traces = messages.filter(({ type }) => type === 'TRACE');
  return traces.map(({ trace }) => `${trace.error.internal_message}`.split(':')[0] ?? '');
}
