/** Plays Airbyte: its configuration and catalog, the lines that it pipes in, and its checks of states. */
import type { Message } from '../support/connector.ts';
import type { DemoTable } from './table.ts';

/** The destination's settings, as a user would save them for these tables. */
export function configuration(tables: readonly DemoTable[], url: string, accessKey: string): unknown {
  return {
    domain: 'demo',
    access_key: accessKey,
    api_base_url: url,
    streams: tables.map((table) => ({
      stream: table.stream,
      object: table.object,
      operation: table.operation,
      key_fields: table.keyFields,
      load_after: table.loadAfter,
      fields: table.columns.map(({ column, field }) => ({ column, field })),
    })),
    // Small files, so that the flights need several; the sandbox lists a new job at once.
    files: { max_megabytes: 2 },
    polling: { list_lag_seconds: 1 },
  };
}

/** The configured catalog of the connection. */
export function catalog(tables: readonly DemoTable[]): unknown {
  return {
    streams: tables.map((table) => ({
      stream: {
        name: table.stream,
        namespace: 'warehouse',
        json_schema: { type: 'object', properties: properties(table) },
        supported_sync_modes: ['full_refresh', 'incremental'],
      },
      sync_mode: table.operation === 'INSERT' ? 'full_refresh' : 'incremental',
      destination_sync_mode: table.operation === 'INSERT' ? 'append' : 'append_dedup',
      primary_key: table.primaryKey.map((column) => [column]),
    })),
  };
}

interface Schema {
  type: string[];
  properties?: Record<string, Schema>;
}

const anyType = ['null', 'string', 'number', 'boolean', 'array'];

/** A schema with every column of the source, sent or not; a dotted path becomes nested objects. */
function properties(table: DemoTable): Record<string, Schema> {
  const names = Object.keys(JSON.parse(table.records[0]?.json ?? '{}')).filter((name) => !name.startsWith('_'));
  const found: Record<string, Schema> = Object.fromEntries(names.map((name) => [name, { type: anyType }]));
  for (const { column } of table.columns) {
    let level = found;
    const path = column.split('.');
    for (const name of path.slice(0, -1)) {
      const below: Record<string, Schema> = level[name]?.properties ?? {};
      level[name] = { type: ['null', 'object'], properties: below };
      level = below;
    }
    level[path.at(-1) as string] = { type: anyType };
  }
  return found;
}

/** The states of one stream, in the order in which they were piped in. */
export type SentStates = Map<string, string[]>;

/** The lines for stdin: the streams take turns, from state to state. Adds every state to `sent`. */
export function* inputLines(tables: readonly DemoTable[], sent: SentStates): Generator<string> {
  let stateId = 0;
  const longest = Math.max(...tables.map(({ records, stateEvery }) => Math.ceil(records.length / stateEvery)));
  for (let turn = 0; turn < longest; turn++) {
    for (const table of tables) {
      const from = turn * table.stateEvery;
      const records = table.records.slice(from, from + table.stateEvery);
      if (records.length === 0) continue;
      stateId++;
      const state = stateLine(table.stream, stateId, from + records.length, records.length);
      sent.set(table.stream, [...(sent.get(table.stream) ?? []), state]);
      yield `${records.map(({ json }) => recordLine(table.stream, json)).join('\n')}\n${state}\n`;
    }
  }
}

function recordLine(stream: string, json: string): string {
  return `{"type":"RECORD","record":{"namespace":"warehouse","stream":"${stream}","data":${json},"emitted_at":1767603600000}}`;
}

function stateLine(stream: string, id: number, cursor: number, records: number): string {
  const descriptor = `{"name":"${stream}","namespace":"warehouse"}`;
  const state = `{"stream_descriptor":${descriptor},"stream_state":{"cursor":${cursor},"version":10000000000000000000001.50}}`;
  return `{"type":"STATE","state":{"type":"STREAM","stream":${state},"sourceStats":{"recordCount":${records}.0},"id":${id}}}`;
}

/** The result of checking the states of one stream. */
export interface StateJudgement {
  readonly released: number;
  /** Records that the states confirm. */
  readonly records: number;
  readonly rejected: number;
  readonly faults: readonly string[];
}

/** Compares the released states of a stream with those sent: same text, same order, up to the last. */
export function judgeStates(table: DemoTable, sent: readonly string[], lines: readonly string[]): StateJudgement {
  const released = lines.filter((line) => line.includes('"type":"STATE"') && line.includes(`"name":"${table.stream}"`));
  const texts = released.map(withoutStats);
  const places = texts.map((text) => sent.indexOf(text));
  const stats = released.map((line) => (JSON.parse(line) as Message)['state'].destinationStats);
  const sum = (name: string): number => stats.reduce((total, each) => total + (each?.[name] ?? Number.NaN), 0);
  const faults: string[] = [];
  if (places.includes(-1)) faults.push(`a state of ${table.stream} came back changed`);
  if (places.some((place, at) => at > 0 && place <= (places[at - 1] as number))) {
    faults.push(`states of ${table.stream} came out of order`);
  }
  if (places.at(-1) !== sent.length - 1) faults.push(`the last state of ${table.stream} was not released`);
  const records = sum('recordCount');
  const rejected = sum('rejectedRecordCount');
  if (records + rejected !== table.records.length) {
    faults.push(`the states of ${table.stream} count ${records} + ${rejected} of ${table.records.length} records`);
  }
  return { released: released.length, records, rejected, faults };
}

function withoutStats(line: string): string {
  return line.replace(/,"destinationStats":\{[^}]*\}|"destinationStats":\{[^}]*\},/, '');
}
