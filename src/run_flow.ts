/** Runs the flow with the disk, the clock and the network of this process. */
import { randomBytes } from 'node:crypto';
import { isatty } from 'node:tty';
import type { ConfiguredCatalog } from './airbyte/catalog.ts';
import type { Context } from './airbyte/destination.ts';
import type { Output } from './airbyte/output.ts';
import { systemClock as clock, minute } from './clock.ts';
import type { Config } from './config/config.ts';
import { Stopped } from './errors.ts';
import type { ConnectTenant, Identity } from './load/route.ts';
import { openSpool } from './open_spool.ts';
import { clientOf, storageOf } from './tenant_client.ts';
import { type EndedSync, write } from './write.ts';

/** How long an upload in progress may take after a stop, in milliseconds. */
const uploadGrace = 5000;
/** How long a request to a bucket is sent again after temporary failures, in milliseconds. */
const bucketRetryMs = 2 * minute;

const startedAt = clock.elapsed();
const env = process.env;
/** In [0, 1). */
export const random = (): number => randomBytes(4).readUInt32LE() / 2 ** 32;

/** One run of the flow. */
export interface FlowRun {
  readonly config: Config;
  readonly catalog: ConfiguredCatalog;
  readonly identity: Identity;
  /** Airbyte messages, a line each. */
  readonly input: () => AsyncIterable<Buffer>;
  /** Makes the route of the batches; default: the bulk route. */
  readonly connect?: ConnectTenant;
  /** Where its report goes besides; `.json` as JSON, any other file as a page. */
  readonly reportPath?: string | undefined;
  /** The rows are those of a file, which no source sends again. */
  readonly isOfFile?: boolean;
}

/**
 * Runs the flow with the disk, the clock and the network of this process.
 * @throws ConnectorError as {@link write}, and if waiting rows have no place on disk
 */
export async function runFlow(
  run: FlowRun,
  { output, stop }: Pick<Context, 'output' | 'stop'>,
): Promise<Pick<EndedSync, 'end' | 'summary'>> {
  const { config, catalog, identity, input, connect, isOfFile, reportPath } = run;
  const spool = await openSpool(config, { env, clock });
  process.once('exit', () => withWarning(output, () => spool.removeSync()));
  const uploadStop = uploadStopOf(stop);
  const watched = await watchedOnTerminal();
  const world = {
    ...{ clock, identity, isOfFile, output, random, reportPath, spool },
    ...{ startedAt, stop, uploadStop, watch: watched?.watch },
    client: clientOf(config, output),
    storage: storageOf(config, output, { random, signal: uploadStop, retryMs: bucketRetryMs }),
  };
  const { end, summary } = await write(config, catalog, input(), world, connect).finally(() => watched?.end());
  await withWarning(output, () => spool.remove());
  return { end, summary };
}

/** Whether a person watches standard error. */
export function isWatched(): boolean {
  return isatty(2) && env['TERM'] !== 'dumb';
}

/** Shows the progress of a sync to a person; undefined if standard error is no terminal. */
async function watchedOnTerminal() {
  if (!isWatched()) return;
  const { watchOnTerminal } = await import('./commands/watch.ts');
  const { stderr: terminal, stdout } = process;
  const watched = watchOnTerminal({ terminal, others: [stdout], clock, isTyped: isatty(0) });
  process.once('exit', watched.end);
  return watched;
}

/** Once `stop` is aborted there are no new jobs and no polling; an upload in progress gets a few seconds. */
function uploadStopOf(stop: AbortSignal): AbortSignal {
  const uploadStop = new AbortController();
  const end = () => void clock.sleep(uploadGrace).then(() => uploadStop.abort(new Stopped()));
  stop.addEventListener('abort', end, { once: true });
  if (stop.aborted) end();
  return uploadStop.signal;
}

/** A folder that is left only takes disk space: no reason for a sync to fail. */
async function withWarning(output: Output, remove: () => void | Promise<void>): Promise<void> {
  try {
    await remove();
  } catch (error) {
    const detail = error instanceof Error ? error.message : String(error);
    output.log('WARN', `The folder of waiting rows cannot be removed; remove it by hand: ${detail}`);
  }
}
