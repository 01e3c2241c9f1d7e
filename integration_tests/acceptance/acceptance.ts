/**
 * Runs syncs of the built program one after another on one tenant, as Airbyte's acceptance suites do, and checks each.
 */
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import type { Test } from 'tap';
import type { StoredRow } from '../../src/sandbox/store.ts';
import { isAboutRejects, readLogs } from '../support/log_lines.ts';
import { Orchestrator } from '../support/orchestrator.ts';
import type { Program } from '../support/program.ts';
import { holdsAlways, holdsFailure, logsAt, setUpProgram } from '../support/small_sync.ts';

type Json = Readonly<Record<string, unknown>>;

/** A stream of a configured catalog. */
export type ConfiguredStream = Json & {
  readonly stream: Json & { readonly name: string; readonly namespace?: string };
};

/** One sync. */
export interface AcceptanceSync {
  readonly streams: readonly ConfiguredStream[];
  /** What the source writes. */
  readonly lines: readonly string[];
  /** Whether its last lines say that every stream is COMPLETE; platforms without refreshes omit that. */
  readonly isComplete?: boolean;
  /** The code of the `config_error` with which it fails before anything is sent. */
  readonly refused?: string;
  /** What the message of that error says, among others. */
  readonly says?: readonly string[];
  /** Number of rejected rows that are logged one by one; default none. */
  readonly rejectedRows?: number;
  /** The beginnings of all other warnings, in any order. */
  readonly warns?: readonly string[];
  /** Number of states that do not come back. */
  readonly withheld?: number;
}

/** One of Airbyte's tests of a destination, as far as it applies to this one. */
export interface AcceptanceCase {
  /** The names of Airbyte's own tests. */
  readonly of: string;
  readonly what: string;
  /** Besides the address. */
  readonly config: Json;
  readonly syncs: readonly AcceptanceSync[];
  /** The expected rows of each object, in order of arrival. */
  readonly rows: Readonly<Record<string, readonly StoredRow[]>>;
}

/** Runs a case and checks it: every state comes back with its counts, and the tenant holds these rows. */
export async function holdsCase(t: Test, { config, syncs, rows }: AcceptanceCase): Promise<void> {
  const program = await setUpProgram(t, {
    sandbox: { callsPerHour: null, rowsPerSecond: 50_000 },
    config: { quota: { calls_per_hour: 1000, calls_per_day: 1000 }, ...config },
  });
  for (const [at, sync] of syncs.entries()) await holdsSync(t, program, sync, at);
  for (const [object, wanted] of Object.entries(rows)) t.same(program.sandbox.rows(object), wanted, object);
}

async function holdsSync(t: Test, program: Program, sync: AcceptanceSync, at: number): Promise<void> {
  const { streams, isComplete = true, rejectedRows = 0, warns = [], withheld = 0 } = sync;
  const ends = isComplete ? streams.map(({ stream }) => complete(stream.name, stream.namespace)) : [];
  const orchestrator = new Orchestrator([...sync.lines, ...ends]);
  const result = await program.run(
    'write',
    orchestrator.lines.map((line) => `${line}\n`).join(''),
    {
      env: { WORKER_JOB_ID: `${at + 1}`, WORKER_JOB_ATTEMPT: '0' },
    },
    flagsOf(program, streams, at),
  );
  if (sync.refused === undefined) {
    holdsAlways(t, result, program);
    t.equal(result.code, 0, `sync ${at + 1}: ${result.lines.at(-1)}`);
  } else {
    const { says = ['.'] } = sync;
    holdsFailure(t, result, program, {
      code: sync.refused,
      type: 'config_error',
      says,
      stream: streams[0]?.stream.name,
    });
    t.same(program.sandbox.calls, [], 'nothing is sent');
  }
  for (const line of result.states) orchestrator.take(line);
  t.equal(orchestrator.missing.length, withheld, 'states that did not come back');
  t.equal(readLogs('rejectedRow', result.logs).length, rejectedRows, 'rejected rows are logged');
  const others = result.logs.filter((text) => !isAboutRejects(text));
  const reported = logsAt({ logs: others }, 'WARN');
  t.equal(reported.length, warns.length, reported.join(' · '));
  for (const start of warns)
    t.ok(
      reported.some((text) => text.startsWith(start)),
      `warns: ${start}`,
    );
}

/** The flags of `write` for a catalog of these streams. */
export function flagsOf(program: Program, streams: readonly ConfiguredStream[], at = 0): string[] {
  const catalog = join(program.folder, `catalog_${at}.json`);
  writeFileSync(catalog, JSON.stringify({ streams }));
  return ['--config', join(program.folder, 'config.json'), '--catalog', catalog];
}

const namespaced = (name: string, namespace: string | undefined) => ({
  name,
  ...(namespace !== undefined && { namespace }),
});

/** A stream as Airbyte's suites declare it. */
export function streamOf(
  name: string,
  properties: Json,
  more: Json & { readonly namespace?: string } = {},
): ConfiguredStream {
  const { namespace, ...configured } = more;
  return {
    stream: { ...namespaced(name, namespace), json_schema: { type: 'object', properties } },
    ...{ sync_mode: 'full_refresh', destination_sync_mode: 'append' },
    ...{ generation_id: 0, minimum_generation_id: 0, sync_id: 42 },
    ...configured,
  };
}

/** A stream with the mode "Append + Deduped". */
export function dedupOf(name: string, properties: Json, ...primaryKey: readonly string[]): ConfiguredStream {
  const mode = { sync_mode: 'incremental', destination_sync_mode: 'append_dedup' };
  return streamOf(name, properties, { ...mode, primary_key: primaryKey.map((column) => [column]) });
}

/** A RECORD line. @param data the JSON text of the row */
export function recordOf(
  name: string,
  data: string,
  more: { namespace?: string; changes?: readonly Json[] } = {},
): string {
  const head = JSON.stringify({ stream: name, emitted_at: 1234, ...namespaced(name, more.namespace), name: undefined });
  const meta = more.changes === undefined ? '' : `,"meta":${JSON.stringify({ changes: more.changes })}`;
  return `{"type":"RECORD","record":${head.slice(0, -1)},"data":${data.replace(/\s*\n\s*/g, '')}${meta}}}`;
}

/** A STATE line of one stream. */
export function stateOf(name: string, blob: Json = { foo: 'bar' }, namespace?: string): string {
  const stream = { stream_descriptor: namespaced(name, namespace), stream_state: blob };
  return JSON.stringify({ type: 'STATE', state: { type: 'STREAM', stream } });
}

/** A STATE line of the whole source. */
export function globalState(checkpoint: number): string {
  const global = { shared_state: { checkpoint }, stream_states: [] };
  return JSON.stringify({ type: 'STATE', state: { type: 'GLOBAL', global } });
}

function complete(name: string, namespace: string | undefined): string {
  const stream_status = { stream_descriptor: namespaced(name, namespace), status: 'COMPLETE' };
  return JSON.stringify({ type: 'TRACE', trace: { type: 'STREAM_STATUS', emitted_at: 1234, stream_status } });
}
