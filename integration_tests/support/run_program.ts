/** Runs a sync as Airbyte does: the built program as a process of its own, against a sandbox in real time. */
import { mkdtempSync, readdirSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { systemClock } from '../../src/clock.ts';
import type { Exchange } from '../../src/sandbox/exchange.ts';
import { startSandbox } from '../../src/sandbox/server.ts';
import { runConnector } from './connector.ts';
import { accessKey, type BufferedInput, configOf, type SyncRun, sorted } from './run_write.ts';

/** Runs a sync to its end, with as little waiting as the connector allows. Whoever calls closes the sandbox. */
export async function runProgram(options: BufferedInput): Promise<SyncRun> {
  const exchanges: Exchange[] = [];
  const onExchange = (exchange: Exchange) => void exchanges.push(exchange);
  const sandbox = await startSandbox({
    ...{ clock: systemClock, accessKey, onExchange, pendingSeconds: 0.01 },
    ...options.sandbox,
  });
  const folder = mkdtempSync(join(tmpdir(), 'main-path-'));
  const paths = { config: join(folder, 'config.json'), catalog: join(folder, 'catalog.json') };
  const faults: unknown[] = [];
  try {
    const settings = { ...options.config, polling: { list_lag_seconds: 0 } };
    const address = { domain: 'acme', access_key: accessKey, api_base_url: sandbox.url };
    writeFileSync(paths.config, JSON.stringify({ ...settings, ...address }));
    writeFileSync(paths.catalog, options.catalog);
    const result = await runConnector(['write', '--config', paths.config, '--catalog', paths.catalog], {
      stdin: options.input,
      env: { WORKER_JOB_ID: '7', WORKER_JOB_ATTEMPT: '0', TMPDIR: folder },
      onLine(line) {
        try {
          options.onLine?.(line, sandbox);
        } catch (error) {
          faults.push(error);
        }
      },
    });
    if (faults.length > 0) throw faults[0];
    if (result.stderr !== '') throw new Error(`stderr holds ${result.stderr.slice(0, 1000)}`);
    const end = { 0: 'done', 1: 'failed', 143: 'stopped' } as const;
    const leftovers = readdirSync(folder).filter((name) => !Object.values(paths).includes(join(folder, name)));
    return {
      ...{ end: end[result.code as keyof typeof end], config: configOf(settings, sandbox.url), lines: result.lines },
      ...{ ...sorted(result.lines), exchanges, sandbox, leftovers },
    };
  } catch (error) {
    await sandbox.close();
    throw error;
  } finally {
    rmSync(folder, { recursive: true });
  }
}
