/**
 * Loaded before a program (`node --import`): writes the resources that the process took to the file named by
 * `BENCH_USAGE`.
 */
import { writeFileSync } from 'node:fs';
import { isMainThread } from 'node:worker_threads';

/** The resources of one run of one program. */
export interface Usage {
  /** Seconds of CPU, of all threads, in user and system mode. */
  readonly cpu: number;
  /** Seconds from the start of the process. */
  readonly wall: number;
  /** Highest resident memory, in bytes. */
  readonly memory: number;
}

let isReported = false;

/** Measures now instead of at the end of the process. */
export function reportUsage(): void {
  const path = process.env['BENCH_USAGE'];
  if (path === undefined || isReported) return;
  isReported = true;
  const { userCPUTime, systemCPUTime, maxRSS } = process.resourceUsage();
  const usage: Usage = {
    cpu: (userCPUTime + systemCPUTime) / 1e6,
    wall: performance.now() / 1000,
    memory: maxRSS * 1024,
  };
  writeFileSync(path, JSON.stringify(usage));
}

if (isMainThread) process.once('exit', reportUsage);
