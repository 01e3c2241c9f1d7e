/** `load --dry-run`: all that a load would do and meet, without a submission. */
import { Output } from '../airbyte/output.ts';
import { systemClock as clock } from '../clock.ts';
import type { Config } from '../config/config.ts';
import { form } from '../config/config_faults.ts';
import { callsOfJob } from '../config/quota_windows.ts';
import { ConnectorError, Stopped, spokenToLoader } from '../errors.ts';
import { connect } from '../load/connect.ts';
import type { ConnectTenant } from '../load/route.ts';
import type { Route } from '../model.ts';
import { random, runFlow } from '../run_flow.ts';
import { checkName, checkStorage } from '../settle/rejects/check_storage.ts';
import { notKeptLine } from '../settle/rejects/rejected_row_lines.ts';
import { clientOf, storageOf } from '../tenant_client.ts';
import { readLoadList } from './load_list.ts';
import { flowOf, type LoadSync } from './load_sync.ts';
import { type ChosenFile, type PlannedFile, type PlannedLoad, rejectedBefore } from './load_texts.ts';
import { plainLog } from './plain_log.ts';
import { retryMs } from './tenant_access.ts';

/** What a dry run has found. */
export interface DryRun {
  /** Undefined if the mapping does not fit, so that no file would be made. */
  readonly planned: PlannedLoad | undefined;
  /** For which a load would fail, as sentences. */
  readonly faults: readonly string[];
  readonly redacted: (text: string) => string;
}

/**
 * Runs the flow as a load does, with a route that sends nothing, and reads the list of jobs.
 * @throws {TracedError} `config_invalid`
 * @throws Stopped
 */
export async function dryRun(chosen: ChosenFile, sync: LoadSync, stop: AbortSignal): Promise<DryRun> {
  const faults: string[] = [];
  const lines: string[] = [];
  const log = plainLog(
    { write: (line) => lines.push(line.trimEnd()) },
    { write: (line) => faults.push(line.trimEnd()) },
  );
  const output = new Output(log, { secrets: form.secretsIn(sync.settings), clock });
  const redacted = (text: string) => output.redacted(text);
  const given = flowOf(sync);
  const { config } = given;
  await collecting(faults, () => checkPlace(config, output, stop));
  const files: PlannedFile[] = [];
  const flow = { ...given, config: withoutPlace(config), connect: countFiles(files) };
  const ended = await collecting(faults, () => runFlow(flow, { output, stop }));
  await output.flush();
  if (stop.aborted) throw new Stopped();
  if (ended?.end !== 'done') return { planned: undefined, faults, redacted };
  const digests = files.map(({ digest }) => digest);
  const asked = { file: chosen.file, digests, rejectedAt: chosen.rejected.at };
  const isByCalls = chosen.file.plan.route === 'object_api';
  const list = isByCalls ? callsUnlisted : await readLoadList(config, clientOf(config, output), asked);
  if ('unread' in list && list.isFault) faults.push(list.unread);
  const found = { ...chosen, files, callsPerFile: callsOfJob(config.quota), list, hasFaults: faults.length > 0 };
  const warnings = warningsIn(lines, rejectedBefore(found));
  return { planned: { ...found, warnings }, faults, redacted };
}

/** The tenant may have no list, and it would not show calls. */
const callsUnlisted = {
  unread: 'No list of Gainsight shows calls of the object API, and so neither whether these rows were loaded before.',
  isFault: false,
};

/** Adds what the user must correct to the faults, in place of throwing it. */
async function collecting<T>(faults: string[], act: () => Promise<T>): Promise<T | undefined> {
  try {
    return await act();
  } catch (error) {
    if (!(error instanceof ConnectorError)) throw error;
    faults.push(spokenToLoader(error.ofCheck().message));
    return undefined;
  }
}

/** Writes a test file to the place for rejected rows and removes it, as a load does at its start. */
async function checkPlace(config: Config, output: Output, signal: AbortSignal): Promise<void> {
  await checkStorage(storageOf(config, output, { random, signal, retryMs }), checkName(random));
}

/** A dry run keeps nothing of what would be rejected. */
function withoutPlace(config: Config): Config {
  return { ...config, bucket: undefined, rejected_rows: { ...config.rejected_rows, folder: '' } };
}

/** The warnings of the flow, but for the one that its rejected rows are kept nowhere. */
function warningsIn(lines: readonly string[], rejected: number): string[] {
  const warnings = lines.flatMap((line) => (line.startsWith('WARN ') ? [line.slice('WARN '.length)] : []));
  return warnings
    .filter((text) => text !== notKeptLine(rejected))
    .map((text) => text.replace('. Sent as it is. ', '. A load sends it as it is. '));
}

/** Makes a route that sends nothing: the flow makes the same files for it, and asks the same of the tenant. */
function countFiles(files: PlannedFile[]): ConnectTenant {
  const route: Route = {
    async load({ rows, bytes, digest }) {
      files.push({ rows, bytes, digest });
      return { rejected: [], unidentified: 0 };
    },
  };
  const earlierJobs = {
    ready: async () => undefined,
    canBeKnown: async () => false,
    heldOf: () => [],
    isBarred: async () => false,
    sentBefore: async () => 0,
  };
  const quota = { use: () => [], usedSoFar: [], made: [], forecast: () => 0 };
  // A refused key is one fault among others here, which the reading of the earlier jobs names.
  return (config, parts) => ({ ...connect(config, parts), route, earlierJobs, quota, callsLeft: undefined });
}
