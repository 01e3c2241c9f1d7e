/** A small sync for tests: its settings, catalog and lines, a sandbox, a folder for temporary files, and what holds of every ending. */
import { mkdirSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import type { Test } from 'tap';
import { systemClock } from '../../src/clock.ts';
import type { SandboxOptions } from '../../src/sandbox/options.ts';
import { type Sandbox, startSandbox } from '../../src/sandbox/server.ts';
import { type Message, type RunningConnector, type RunOptions, type RunResult, startConnector } from './connector.ts';
import { checkMessage } from './protocol.ts';

/** Holds what JSON, URLs and Java write in several ways; whichever it is, `canary-key` stays. */
export const accessKey = 'canary-key/+&="9f\'<';
/** In every value that is no key. */
const rowValue = 'canary-row';
/** A state's cursor: JSON.parse would ruin it. */
const cursor = '900719925474099312345678901234';

/** Milliseconds after which a connector that does not end by itself is killed. */
const longestRun = 45_000;

/** Members of a JSON object; undefined ones are left out. */
type Json = Readonly<Record<string, unknown>>;

export interface SceneOptions {
  readonly sandbox?: Partial<SandboxOptions>;
  /** Laid over the usual configuration; a text is written as it is. */
  readonly config?: Json | string;
  /** Instead of the usual catalog; a text is written as it is. */
  readonly catalog?: unknown;
  /** Streams of the usual catalog and configuration, by name. */
  readonly streams?: readonly string[];
}

/** A place to run the connector in. */
export interface Scene {
  readonly sandbox: Sandbox;
  readonly folder: string;
  /** Flags of `write`. */
  readonly flags: readonly string[];
  /** Starts a command; its flags are those of `write` unless given. */
  start(command: string, options?: RunOptions, flags?: readonly string[]): RunningConnector;
  /** Runs a command to its end, with this text for its input. */
  run(command: string, input?: string | Buffer, options?: RunOptions, flags?: readonly string[]): Promise<RunResult>;
  /** Names of what lies in the folder for temporary files at this moment. */
  left(): string[];
  /** The text of every file in it. */
  spool(): string[];
}

/** Opens a scene; it is closed with the test. */
export async function openScene(t: Test, options: SceneOptions = {}): Promise<Scene> {
  const sandbox = await startSandbox({ clock: systemClock, accessKey, pendingSeconds: 0, ...options.sandbox });
  t.teardown(() => sandbox.close());
  const folder = t.testdir();
  const spoolFolder = join(folder, 'temporary');
  mkdirSync(spoolFolder);
  const names = options.streams ?? ['accounts', 'contacts'];
  const config =
    typeof options.config === 'string' ? options.config : { ...configOf(names, sandbox.url), ...options.config };
  const flags = ['--config', write(folder, 'config.json', config)];
  flags.push('--catalog', write(folder, 'catalog.json', options.catalog ?? catalogOf(names)));
  const start: Scene['start'] = (command, given = {}, ownFlags = flags) =>
    startConnector([command, ...ownFlags], {
      signal: AbortSignal.timeout(longestRun),
      ...given,
      env: { TMPDIR: spoolFolder, ...given.env },
    });
  return {
    ...{ sandbox, folder, flags, start },
    async run(command, input, given, ownFlags) {
      const running = start(command, given, ownFlags);
      await running.write(input ?? '');
      running.end();
      return running.ended;
    },
    left: () => readdirSync(spoolFolder),
    spool: () => filesIn(spoolFolder).map((path) => readFileSync(path, 'latin1')),
  };
}

/** The usual configuration. */
export function configOf(streams: readonly string[], url: string): Json {
  return {
    domain: 'acme',
    access_key: accessKey,
    api_base_url: url,
    streams: streams.map((stream) => entryOf(stream)),
    polling: { list_lag_seconds: 0 },
  };
}

/** A stream's entry: UPSERT into the object of its name with a capital, by `Id`. */
export function entryOf(stream: string, more: Json = {}): Json {
  return { stream, object: objectOf(stream), key_fields: ['Id'], ...more };
}

/** `accounts` → `Accounts`. */
export function objectOf(stream: string): string {
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
export function released({ lines }: Pick<RunResult, 'lines'>): string {
  const states = lines.filter((line) => line.includes('"STATE"'));
  const names = states.map((line) => {
    const { stream, id } = (JSON.parse(line) as Message)['state'];
    const { name } = stream.stream_descriptor;
    const text = line.replace(/,"destinationStats":\{[^}]*\}/, '');
    if (`${text}\n` !== state(name, id)) throw new Error(`the state came back changed: ${line}`);
    return `${name} ${id}`;
  });
  return names.join(', ');
}

/** What one kind of log line says. */
export function logs({ messages }: Pick<RunResult, 'messages'>, level: string): string[] {
  return messages.flatMap(({ type, log }) => (type === 'LOG' && log.level === level ? [log.message as string] : []));
}

/** What must hold however the connector ends: its lines are the protocol's, nothing leaks, nothing is left behind. */
export function holdsAlways(t: Test, result: RunResult, scene: Scene): void {
  for (const line of result.lines) {
    // Airbyte's own Clear sends null, which the protocol's schema has no place for; it goes back as it came.
    const lawful = line.replace('"stream_state":null', '"stream_state":{}');
    t.doesNotThrow(() => checkMessage(lawful), 'a line of the protocol');
  }
  t.equal(result.stderr, '', 'nothing on stderr');
  const leaks = result.lines.filter((line) => /canary.key/i.test(line));
  t.same(leaks, [], 'the access key is nowhere');
  const values = result.lines.filter((line) => line.includes(rowValue));
  t.same(values, [], 'no value of a row is told');
  t.same(scene.left(), [], 'nothing is left on disk');
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
export function holdsFailure(t: Test, result: RunResult, scene: Scene, expected: ExpectedFailure): void {
  holdsAlways(t, result, scene);
  t.equal(result.code, 1, 'exit 1');
  const traces = result.messages.filter(({ type }) => type === 'TRACE');
  t.equal(traces.length, 1, 'one TRACE');
  const error = traces[0]?.['trace'].error ?? {};
  t.equal(error.failure_type, expected.type);
  t.equal(`${error.internal_message}`.split(':')[0], expected.code);
  for (const part of expected.says) t.match(error.message, part);
  t.same(error.stream_descriptor, expected.stream === undefined ? undefined : { name: expected.stream });
}

function write(folder: string, name: string, content: unknown): string {
  const path = join(folder, name);
  writeFileSync(path, typeof content === 'string' ? content : JSON.stringify(content));
  return path;
}

function filesIn(folder: string): string[] {
  return readdirSync(folder, { withFileTypes: true }).flatMap((entry) => {
    const path = join(folder, entry.name);
    return entry.isDirectory() ? filesIn(path) : [path];
  });
}
