/**
 * A small sync of the built program: its usual settings, catalog and lines, and the checks that apply to every ending.
 */
import type { Test } from 'tap';
import { openProgram, type Program, type ProgramOptions, type ProgramResult } from './program.ts';
import { codesOf } from './sync.ts';
import { holdsAccessKey } from './tenant.ts';

/** Part of every value that is not a key. */
const rowValue = 'canary-row';
/** A state's cursor that JSON.parse would round. */
const cursor = '900719925474099312345678901234';

/** Members of a JSON object; undefined ones are left out. */
type Json = Readonly<Record<string, unknown>>;

/** Differences from the usual setup. */
export interface SetUpOptions extends Partial<Pick<ProgramOptions, 'sandbox' | 'catalog'>> {
  /** Merged into the usual configuration; a text is written unchanged. */
  readonly config?: Json | string;
  /** Streams of the usual catalog and configuration, by name. */
  readonly streams?: readonly string[];
}

/** Prepares the program in a folder of the test; its sandbox is closed with the test. */
export async function setUpProgram(t: Test, options: SetUpOptions = {}): Promise<Program> {
  const streams = options.streams ?? ['accounts', 'contacts'];
  const config = typeof options.config === 'string' ? options.config : { ...configOf(streams), ...options.config };
  const catalog = options.catalog ?? catalogOf(streams);
  const program = await openProgram({ sandbox: options.sandbox, folder: t.testdir(), config, catalog });
  t.teardown(() => program.sandbox.close());
  return program;
}

/** The usual configuration without address and access key. */
export function configOf(streams: readonly string[]): Json {
  return {
    streams: streams.map((stream) => entryOf(stream)),
    polling: { list_lag_seconds: 0 },
  };
}

/** A stream's entry: UPSERT into the object with its capitalised name, by `Id`. */
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

/**
 * Which states were released, in order: `accounts 1, contacts 2`.
 * @throws Error if a text was changed
 */
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

/** The messages of log lines of a level. */
export function logsAt({ logs }: Pick<ProgramResult, 'logs'>, level: string): string[] {
  return logs.filter((text) => text.startsWith(`${level} `)).map((text) => text.slice(level.length + 1));
}

/**
 * Checks that apply however the connector ends: no secret or value is printed, nothing is left on disk. Its lines were
 * checked against the protocol before.
 */
export function holdsAlways(t: Test, result: ProgramResult, program: Program): void {
  t.equal(result.stderr, '', 'nothing on stderr');
  t.same(result.lines.filter(holdsAccessKey), [], 'the access key is in no output');
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
  /** The stream, if only one is concerned. */
  readonly stream?: string | undefined;
}

/** {@link holdsAlways}, exit code 1, and exactly one TRACE with this content. */
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
