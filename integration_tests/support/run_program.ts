/** Runs a sync as Airbyte does: the built program as a separate process, against a sandbox in real time. */
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { parseConfig } from '../../src/config/config.ts';
import { environmentOf, openProgram } from './program.ts';
import { firstAttempt, type Sync, type SyncResult } from './sync.ts';
import { settingsFor } from './tenant.ts';

/** The ends by exit code. */
const ends = new Map<number | null, SyncResult['end']>([
  [0, 'done'],
  [1, 'failed'],
  [143, 'stopped'],
]);

/** Runs a sync to its end, with as little waiting as the connector allows. The caller closes the sandbox. */
export async function runProgram({ identity = firstAttempt, ...sync }: Sync): Promise<SyncResult> {
  const folder = mkdtempSync(join(tmpdir(), 'sync-'));
  const config = { ...sync.config, polling: { list_lag_seconds: 0 } };
  const program = await openProgram({ ...sync, folder, config });
  const { sandbox, exchanges } = program;
  const faults: unknown[] = [];
  try {
    const result = await program.run('write', sync.input, {
      env: environmentOf(identity),
      onLine(line) {
        try {
          sync.onLine?.(line, sandbox);
        } catch (error) {
          // It would not be caught where the line is read.
          faults.push(error);
        }
      },
    });
    if (faults.length > 0) throw faults[0];
    if (result.stderr !== '') throw new Error(`stderr holds ${result.stderr.slice(0, 1000)}`);
    const end = ends.get(result.code);
    if (end === undefined) throw new Error(`the connector ended with ${result.code ?? result.signal}`);
    const parsed = parseConfig(JSON.stringify(settingsFor(config, sandbox.url)));
    return { ...result, end, config: parsed, exchanges, sandbox, leftovers: program.left() };
  } catch (error) {
    await sandbox.close();
    throw error;
  } finally {
    rmSync(folder, { recursive: true });
  }
}
