/** What Airbyte's commands do, once their settings are known to be valid. */
import { randomBytes } from 'node:crypto';
import type { ConfiguredCatalog } from './airbyte/catalog.ts';
import type { Context, WriteEnd } from './airbyte/destination.ts';
import type { Input } from './airbyte/input.ts';
import type { DestinationCatalog } from './airbyte/protocol.ts';
import { systemClock as clock } from './clock.ts';
import { check } from './commands/check.ts';
import { discover } from './commands/discover.ts';
import type { Config } from './config/config.ts';
import { runName } from './load/bulk/file_name.ts';
import { checkReportPath } from './report/report_file.ts';
import { isWatched, random, runFlow } from './run_flow.ts';
import { clientOf, storageOf } from './tenant_client.ts';

const env = process.env;

/** Airbyte's `check`. */
export function runCheck(config: Config, { output }: Context): Promise<string> {
  return check(config, clientOf(config, output), {
    ...{ clock, random },
    storageOf: (signal) => storageOf(config, output, { random, signal, retryMs: 5000 }),
    notify: (text) => output.log('WARN', text),
  });
}

/** Airbyte's `discover`. */
export function runDiscover(config: Config, context: Context): Promise<DestinationCatalog> {
  return discover(config, clientOf(config, context.output), { ...context, clock });
}

/** Airbyte's `write`, with the flags that a person adds. */
export async function runWrite(
  config: Config,
  catalog: ConfiguredCatalog,
  input: Input,
  context: Context,
): Promise<WriteEnd> {
  const reportPath = context.flags['report'];
  // After hours of loading it would be too late to learn of it.
  if (reportPath !== undefined) await checkReportPath(reportPath);
  const identity = {
    run: runName(env['WORKER_JOB_ID'] || randomBytes(8).toString('hex')),
    attempt: attemptOf(env['WORKER_JOB_ATTEMPT']),
  };
  const flow = { config, catalog, identity, input: () => input.chunks, reportPath };
  const { end, summary } = await runFlow(flow, context);
  if (isWatched()) (await import('./commands/watch.ts')).conclude(process.stderr, summary);
  return end;
}

function attemptOf(text: string | undefined): number {
  const attempt = Number(text ?? 0);
  return Number.isSafeInteger(attempt) && attempt >= 0 ? attempt : 0;
}
