/** Checks the memory and disk that a sync takes. */
import { spawnSync } from 'node:child_process';
import type { Test } from 'tap';
import { memoryCases } from './cases.ts';
import { type Measured, measure } from './measure.ts';

/** Maximum resident memory in bytes; a megabyte is 1,000,000. */
export const mostMemory = 150_000_000;
/** Maximum data segment of a sync's process, in bytes. */
const mostData = 256_000_000;

/** Runs a case, which must stay within all limits. */
export async function holdsBounds(t: Test, name: string): Promise<Measured> {
  const test = memoryCases.find((each) => each.name === name);
  if (!test) throw new Error(`no case ${name}`);
  const result = await measure(test, startsWithin(mostData) ? mostData : undefined);
  t.same(result.faults, []);
  t.ok(result.memory < mostMemory, `${result.memory} bytes of memory`);
  t.ok(result.disk <= (test.spoolMegabytes ?? 10_240) * 1_000_000, `${result.disk} bytes of disk`);
  return result;
}

/**
 * Newer versions of Node reserve more than that for code alone and do not start; then only the measured limit applies.
 */
export function startsWithin(bytes: number): boolean {
  const script = `ulimit -d ${Math.floor(bytes / 1024)} && exec "$0" -e 0`;
  return spawnSync('sh', ['-c', script, process.execPath]).status === 0;
}
