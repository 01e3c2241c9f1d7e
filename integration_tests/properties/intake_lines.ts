/** Lines that mostly fit the template of an earlier one, with all kinds of exceptions. */

import type { StreamDescriptor } from '../../src/airbyte/protocol.ts';
import type { Values } from '../../src/config/types.ts';
import type { Plan } from '../../src/model.ts';
import { pick, type Random } from '../support/random.ts';
import { planOf } from '../support/spool.ts';

/** The input of an intake. */
export interface Feed {
  readonly lines: readonly Buffer[];
  /** Maximum size of a chunk. */
  readonly chunkBytes: number;
  readonly values: Values;
  readonly skipsDeleted: boolean;
  /** Numbers of plans that are stopped after this many arrivals. */
  readonly stops: ReadonlySet<number>;
  readonly stopsAt: number;
  /** Maximum size of a file. */
  readonly maxBytes: number;
}

type Columns = readonly (readonly [field: string, path?: readonly string[], isDateTime?: boolean])[];

function plan(
  id: number,
  stream: StreamDescriptor,
  key: number | undefined,
  columns: Columns,
  keyColumns: readonly number[] = key === undefined ? [] : [key],
): Plan {
  return {
    ...planOf(key === undefined ? 'INSERT' : 'UPSERT', id),
    ...{ stream, label: `${stream.namespace ?? ''}.${stream.name}` },
    columns: columns.map(([field, path = [field], isDateTime = false]) => ({ field, path, isDateTime })),
    ...{ keyColumns, keyFields: keyColumns.map((column) => columns[column]?.[0] as string) },
  };
}

/** Names of one length, one name in several namespaces, columns nested in objects and lists, change data capture, one column. */
export const plans: readonly Plan[] = [
  plan(0, { name: 'accounts' }, 0, [['Key'], ['Name']]),
  plan(1, { name: 'contacts' }, undefined, [['Key'], ['Name']]),
  plan(2, { name: 'accounts', namespace: 'n1' }, 1, [['Name'], ['Key'], ['When', ['When'], true]]),
  plan(3, { name: 'accounts', namespace: 'n2' }, 0, [['When', ['When'], true], ['Key']]),
  plan(4, { name: 'nested' }, 0, [['Key'], ['Inner', ['Name', 'x']], ['Deeper', ['When', 'y', 'z'], true], ['Name']]),
  plan(5, { name: 'feed' }, 0, [['Key'], ['Deleted', ['_ab_cdc_deleted_at']], ['Name'], ['Again', ['Name']]]),
  plan(6, { name: 'é御' }, undefined, [['Key']]),
  plan(7, { name: 'pairs' }, 0, [
    ['Key', ['Name', 'x']],
    ['Name', ['Name', 'y', 'z']],
  ]),
  plan(8, { name: 'two keys' }, 0, [['Key'], ['Name'], ['When', ['When'], true]], [0, 1]),
  plan(9, { name: 'lists' }, undefined, [
    ['Key', ['Name', '0']],
    ['Name', ['Name', '1', 'z']],
    ['Last', ['When', '2']],
    ['When'],
  ]),
];

const strings = [
  '"plain"',
  '"a, \\"b\\""',
  '"é御😀"',
  '"\\u0041\\n"',
  '""',
  '" "',
  '"}}"',
  '"\\ud83d\\ude00\\\\"',
  '"NULL"',
];
const others = ['1', '-2.50', '1E3', '1e401', 'true', 'null', '[]', '["a","b"]', '["a;b"]', '["a", "é"]', '[1,2]'];
const inner = [
  '{"x":[1]}',
  '{"x":"é","y":{"z":"2024-01-01T00:00:00Z"}}',
  '{"y":{"z":1},"x":"b"}',
  '{"x":1,"x":"a, \\"b\\"","y":{"z":"\\u0041, b"}}',
  '{"\\u0078":"e"}',
  '[0,{"z":" "}]',
  '[ "\\n" , {"z":[1,{}]} , 2 ]',
  '"{\\"x\\":[2]}"',
  '" [1,{\\"z\\":\\"é\\"}]"',
  '"\\u007b\\"x\\":3}"',
  '{"y":"{\\"z\\":3}"}',
  '"2024-02-30T00:00:00Z"',
];
const dates = ['"2024-01-01T00:00:00Z"', '"2024-01-01 00:00:00.123456+05:30"', '"2024-01-01"'];
const valuesOf = [strings, strings, others, inner, dates];
const badUtf8 = ['\xff', '\xc0\x80', '\xed\xa0\x80', '\xe2\x82', '\x80'];
const keys = ['Name', 'When', 'Extra', 'N\\u0061me', '_ab_cdc_deleted_at', 'An_unknown_é'];

function value(random: Random, key: string): string {
  if (key === 'Key')
    return pick(random, [
      ...others,
      ...strings,
      ...new Array(30).fill(`"key ${random(200)}"`),
      `"${'a long key '.repeat(3)}${random(9)}"`,
    ]);
  if (key === '_ab_cdc_deleted_at') return random(2) === 0 ? 'null' : '"2024-01-01"';
  if (random(150) === 0) return `"${'x'.repeat(random(20_000))}"`;
  return pick(random, pick(random, valuesOf));
}

/** A form of line: stream, namespace and other members; data; what is new in each line. */
type Envelope = (stream: string, data: string, emitted: string) => string;

const envelopes: readonly Envelope[] = [
  (s, data, at) => `{"type":"RECORD","record":{${s},"data":${data},"emitted_at":${at}}}`,
  (s, data, at) => `{"type": "RECORD", "record": {${s}, "é": 1, "data": ${data}, "emitted_at": ${at}}}`,
  (s, data, at) => `{"type":"RECORD","record":{${s},"data":${data},"emitted_at":${at},"meta":{"changes":[]}}}`,
  (s, data, at) => `{"type":"RECORD","record":{${s},"data":${data},"meta":{"changes":[]},"emitted_at":${at}}}`,
  (s, data, at) => `{"type":"RECORD","record":{"data":{},"emitted_at":${at},"data":${data},${s}},"é":${at}}`,
  (s, data) => `{"type":"RECORD","record":{"meta":${nulled},${s},"data":${data},"emitted_at":1}}`,
  (s, data) => `{"type":"RECORD","record":{${s},"data":${data},"meta":${nulled}}}`,
  (s, data) => `{"type":"RECORD","record":{${s},"data":${data},"another tail":1}} `,
  (s, data) => `{"type":"RECORD","record":{"data":${data},${s}}}`,
  (s, data) => `{"record":{${s},"data":${data},"emitted_at":1},"type":"RECORD"}`,
  (s, data) => `{"type":"RECORD","record":{${s},"data":{"Key":0,"Name":"no"},"data":${data},"emitted_at":1}}`,
  (s, data) => `{"type":"RECORD","record":{"stream":"nobody","data":{"Key":0},${s},"data":${data},"emitted_at":1}}`,
  (s, data) => `{"type":"LOG","type":"RECORD","record":{${s},"data":${data},"emitted_at":1,${s}}}`,
  (s, data) => `{"pad":"${'p'.repeat(1000)}","type":"RECORD","record":{${s},"data":${data},"emitted_at":1}}`,
];
const nulled = '{"changes":[{"field":"Name","change":"NULLED","reason":"x"}]}';

const betweenRecords = [
  '  ',
  '{"type":"LOG","log":{"level":"INFO","message":"x"}}',
  '{"type":"STATE","state":{"type":"GLOBAL","global":{"shared_state":{"é":1}}}}',
  '{"type":"STATE","state":{"type":"STREAM","stream":{"stream_descriptor":{"name":"contacts"}}}}',
  '{"type":"STATE","state":{"type":"STREAM","stream":{"stream_descriptor":{"name":"unknown"}}}}',
];

/** Random lines, and how they arrive. */
export function feedOf(random: Random): Feed {
  return {
    lines: linesOf(random, 300),
    chunkBytes: pick(random, [1, 50, 3000, 1e6]),
    values: {
      null_text: pick(random, ['', 'NULL']),
      boolean_format: 'true_false',
      datetime_format: pick(random, ['as_is', 'iso_utc_milliseconds']),
      list_separator: pick(random, [';', ', ']),
      trim: random(3) === 0,
    },
    skipsDeleted: random(2) === 0,
    stops: new Set(random(3) === 0 ? [0, 1] : []),
    maxBytes: pick(random, [1e9, 60_000]),
    stopsAt: random(4),
  };
}

function linesOf(random: Random, count: number): Buffer[] {
  const streams = Array.from({ length: 1 + random(4) }, () => streamMembers(random));
  const changes = pick(random, [6, 20, 60]);
  const streamChanges = random(3) === 0 ? 1 : changes;
  const membersOf = memberOrder(random);
  const lineEnd = random(4) === 0 ? '\r' : '';
  const brokenFrom = random(2) === 0 ? random(count) : count;
  let stream = pick(random, streams);
  let [shape, envelope] = [shapeOf(random), envelopes[0] as Envelope];
  return Array.from({ length: count }, (_, at) => {
    if (random(40) === 0) return Buffer.from(pick(random, betweenRecords));
    if (random(streamChanges) === 0) stream = pick(random, streams);
    if (random(2 * changes) === 0) shape = shapeOf(random);
    if (random(changes) === 0) envelope = random(2) === 0 ? pick(random, envelopes) : (envelopes[0] as Envelope);
    const isOther = random(60) === 0;
    const members = membersOf(isOther ? shapeOf(random) : shape).map((key) => `"${key}":${value(random, key)}`);
    const line = envelope(stream, `{${members.join(',')}}`, random(30) === 0 ? '"é"' : `${at}`) + lineEnd;
    return at < brokenFrom || random(4) > 0 ? Buffer.from(line) : broken(random, line);
  });
}

/** Keys as they are; in any order; or some of them. */
function memberOrder(random: Random): (keys: string[]) => string[] {
  return pick(random, [
    (keys: string[]) => keys,
    (keys: string[]) => keys.toSorted(() => random(3) - 1),
    (keys: string[]) => keys.filter(() => random(4) > 0),
  ]);
}

function streamMembers(random: Random): string {
  const { name, namespace } = random(9) === 0 ? { name: 'unknown' } : pick(random, plans).stream;
  if (namespace !== undefined) return `"stream":"${name}","namespace":"${namespace}"`;
  return pick(random, [
    `"stream":"${name}"`,
    `"namespace":null,"stream":"${name}"`,
    `"stream":"${name}","namespace":""`,
  ]);
}

function shapeOf(random: Random): string[] {
  const shape = Array.from({ length: random(4) }, () => pick(random, keys));
  if (random(20) > 0) shape.splice(random(shape.length + 1), 0, 'Key');
  if (random(30) === 0) shape.push(...Array.from({ length: random(300) }, (_, at) => `c${at}`));
  return shape;
}

function broken(random: Random, line: string): Buffer {
  const bytes = Buffer.from(line);
  const at = random(bytes.length);
  const text = bytes.indexOf(':"', at) + 2;
  if (random(4) > 0 && text > 1)
    return Buffer.concat([bytes.subarray(0, text), Buffer.from(pick(random, badUtf8), 'latin1'), bytes.subarray(text)]);
  return Buffer.concat([bytes.subarray(0, at), bytes.subarray(at + random(2), random(4) === 0 ? at : bytes.length)]);
}
