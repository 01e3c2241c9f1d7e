/** The whole connector as Airbyte runs it, `dist/main.js write`, against a sandbox. */
import { writeFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import type { Operation } from '../src/model.ts';
import { catalogOf, completeLine, settingsOf, stateLine } from './airbyte.ts';
import type { DataSet } from './data/data_set.ts';
import { measure, type Program } from './measure.ts';
import type { SandboxOrder, SandboxReport } from './sandbox_process.ts';
import { withSandbox } from './sandbox_process.ts';
import type { Usage } from './usage.ts';

/** The program as a user runs it. */
export const connector = fileURLToPath(new URL('../../dist/main.js', import.meta.url));

/** One sync. */
export interface Sync {
  /** Its streams. */
  readonly sets: readonly DataSet[];
  readonly operation: Operation;
  /** Files of its records, one after the other; a state and a COMPLETE of each stream are added. */
  readonly input: readonly string[];
  readonly sandbox: SandboxOrder;
  onOutput?(text: string): void;
}

export interface SyncResult extends Usage, SandboxReport {}

/**
 * Runs the sync in `folder`.
 * @throws Error if it does not succeed
 */
export async function wholeWrite(
  { sets, operation, input, sandbox, onOutput }: Sync,
  folder: string,
): Promise<SyncResult> {
  const [config, catalog, tail] = [`${folder}/config.json`, `${folder}/catalog.json`, `${folder}/tail.jsonl`];
  writeFileSync(catalog, JSON.stringify(catalogOf(sets, operation)));
  writeFileSync(tail, sets.map(({ name }) => stateLine(name, 1_000_000) + completeLine(name)).join(''));
  return withSandbox(sandbox, async (url, report) => {
    writeFileSync(config, JSON.stringify(settingsOf(sets, operation, url)));
    const program: Program = {
      command: ['node', connector, 'write', '--config', config, '--catalog', catalog],
      pipe: [...input, tail],
      env: { TMPDIR: folder, WORKER_JOB_ID: '1', WORKER_JOB_ATTEMPT: '0' },
      ...(onOutput && { onOutput }),
    };
    const usage = await measure(program, folder);
    return { ...usage, ...(await report()) };
  });
}
