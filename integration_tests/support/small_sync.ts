/** A small sync of the built program: its usual settings, catalog and lines, and what holds of every ending. */
import type { Test } from 'tap';
import { openProgram, type Program, type ProgramOptions, type ProgramResult } from './program.ts';
import { codesOf } from './sync.ts';
import { holdsAccessKey } from './tenant.ts';

/** In every value that is no key. */
const rowValue = 'canary-row';
/** A state's cursor: JSON.parse would ruin it. */
const cursor = '900719925474099312345678901234';

/** Members of a JSON object; undefined ones are left out. */
type Json = Readonly<Record<string, unknown>>;

/** What differs from the usual. */
export interface SetUpOptions extends Partial<Pick<ProgramOptions, 'sandbox' | 'catalog'>> {
  /** Laid over the usual configuration; a text is written as it is. */
  readonly config?: Json | string;
  /** Streams of the usual catalog and configuration, by name. */
  readonly streams?: readonly string[];
}

/** Makes the program ready to run in a folder of the test; its sandbox is closed with the test. */
export async function setUpProgram(t: Test, options: SetUpOptions = {}): Promise<Program> {
  const streams = options.streams ?? ['accounts', 'contacts'];
  const config = typeof options.config === 'string' ? options.config : { ...configOf(streams), ...options.config };
  const catalog = options.catalog ?? catalogOf(streams);
  const program = await openProgram({ sandbox: options.sandbox, folder: t.testdir(), config, catalog });
  t.teardown(() => program.sandbox.close());
  return program;
}

/** The usual configuration, but for address and access key. */
export function configOf(streams: readonly string[]): Json {
  return {
    streams: streams.map((stream) => entryOf(stream)),
    polling: { list_lag_seconds: 0 },
  };
}

/** A stream's entry: UPSERT into the object of its name with a capital, by `Id`. */
export function entryOf(stream: string, more: Json = {}): Json {
  return { stream, object: objectOf(stream), key_fields: ['Id'], ...more };
}

/** `accounts` → `Accounts`. */
function objectOf(stream: string): string {
  return `${stream.slice(0, 1).toUpperCase()}${stream.slice(1)}`;
}

/** A configured catalog. */
export function catalogOf(streams: readonly string[], mode = 'append'): { streams: Json[] } {
  const columns = { Id: { type: ['string'] }, Name: { type: ['null', 'string'] } };
  return {
    streams: streams.map((name) => ({
      stream: { name, json_schema: { type: 'object', properties: columns } },
      sync_mode: 'incremental',
      destination_sync_mode: mode,
    })),
  };
}

/** Lines of records, one for each key. */
export function records(stream: string, ...keys: readonly string[]): string {
  return keys.map((key) => `${recordLine(stream, `{"Id":"${key}","Name":"${rowValue} ${key}"}`)}\n`).join('');
}

/** One RECORD line without its line feed. */
export function recordLine(stream: string, data: string): string {
  return `{"type":"RECORD","record":{"stream":"${stream}","data":${data},"emitted_at":1}}`;
}

/** A line with a stream's state. */
export function state(stream: string, number = 1): string {
  const held = `{"stream_descriptor":{"name":"${stream}"},"stream_state":{"cursor":${cursor},"number":${number}}}`;
  return `{"type":"STATE","state":{"type":"STREAM","stream":${held},"id":${number}}}\n`;
}

/** `accounts 1, contacts 2`: which states came out, in their order. @throws Error where a text was changed */
export function released({ states }: Pick<ProgramResult, 'states'>): string {
  const names = states.map((line) => {
    const { stream, id } = JSON.parse(line).state;
    const { name } = stream.stream_descriptor;
    const text = line.replace(/,"destinationStats":\{[^}]*\}/, '');
    if (`${text}\n` !== state(name, id)) throw new Error(`the state came back changed: ${line}`);
    return `${name} ${id}`;
  });
  return names.join(', ');
}

/** What the log lines of a level say. */
export function logsAt({ logs }: Pick<ProgramResult, 'logs'>, level: string): string[] {
  return logs.filter((text) => text.startsWith(`${level} `)).map((text) => text.slice(level.length + 1));
}

/** What must hold however the connector ends: nothing leaks, nothing is left behind. Its lines are the protocol's, or it had thrown. */
export function holdsAlways(t: Test, result: ProgramResult, program: Program): void {
  t.equal(result.stderr, '', 'nothing on stderr');
  t.same(result.lines.filter(holdsAccessKey), [], 'the access key is nowhere');
  const values = result.lines.filter((line) => line.includes(rowValue));
  t.same(values, [], 'no value of a row is in the output');
  t.same(program.left(), [], 'nothing is left on disk');
}

/** What a failure must say. */
export interface ExpectedFailure {
  readonly code: string;
  readonly type: 'config_error' | 'transient_error' | 'system_error';
  /** Parts of the message: what happened, and what to do. */
  readonly says: readonly (string | RegExp)[];
  /** The stream that alone is meant. */
  readonly stream?: string | undefined;
}

/** {@link holdsAlways}, exit 1, and exactly one TRACE that says this. */
export function holdsFailure(t: Test, result: ProgramResult, program: Program, expected: ExpectedFailure): void {
  holdsAlways(t, result, program);
  t.equal(result.code, 1, 'exit 1');
  const traces = result.messages.filter(({ type }) => type === 'TRACE');
  t.equal(traces.length, 1, 'one TRACE');
  const error = traces[0]?.['trace'].error ?? {};
  t.equal(error.failure_type, expected.type);
  t.same(codesOf(result), [expected.code]);
  for (const part of expected.says) t.match(error.message, part);
  t.same(error.stream_descriptor, expected.stream === undefined ? undefined : { name: expected.stream });
}
