/** The folder on disk where rows and states wait: its size, its batches, its end. */

import { mkdirSync, readdirSync, readFileSync, rmSync } from 'node:fs';
import { rm } from 'node:fs/promises';
import { SerialQueue } from '../async.ts';
import type { Plan } from '../model.ts';
import { Compactor } from './compaction.ts';
import { folderFailure } from './disk.ts';
import { FilePool } from './file_pool.ts';
import { OpenBatch, type SpoolContext } from './open_batch.ts';
import { StateTexts } from './state_texts.ts';

/** Where a spool lies, how large it may become, and whose it is. */
export interface SpoolOptions {
  /** An existing folder of this machine or container alone, e.g. the one for temporary files. */
  readonly parent: string;
  readonly limitBytes: number;
  readonly pid: number;
  /** Digits: `processStartTime(pid)`, or where the system does not tell it, anything that another process has not. */
  readonly startTime: string;
  readonly pool?: FilePool;
}

export class Spool {
  readonly folder: string;
  /** What the spool is meant to hold at most. It measures; to keep to it is for whoever fills it. */
  readonly limitBytes: number;
  /** Held state texts. */
  readonly texts: StateTexts;
  readonly #pool: FilePool;
  readonly #context: SpoolContext;

  private constructor(folder: string, limitBytes: number, pool: FilePool) {
    this.folder = folder;
    this.limitBytes = limitBytes;
    this.#pool = pool;
    this.texts = new StateTexts(pool, folder);
    this.#context = contextOf(folder, pool);
  }

  /**
   * Makes the folder, which only this user can read, and removes those of processes that were killed.
   * @throws ConnectorError `disk_failed`, `spool_folder_unusable`
   */
  static async open({ parent, limitBytes, pid, startTime, pool }: SpoolOptions): Promise<Spool> {
    const folder = `${parent}/${folderOf(pid, startTime)}`;
    try {
      removeLeftovers(parent);
      // Not recursive: a folder that is there already is somebody else's.
      mkdirSync(folder, { mode: 0o700 });
    } catch (error) {
      throw folderFailure(error);
    }
    return new Spool(folder, limitBytes, pool ?? new FilePool());
  }

  /** Bytes of all files, those in write buffers included. */
  get usedBytes(): number {
    return this.#pool.usedBytes;
  }

  /** @param header the CSV header, its line feed included */
  openBatch(plan: Plan, header: Buffer): OpenBatch {
    return new OpenBatch(this.#context, plan, header);
  }

  /** Deletes the folder with all that is in it. */
  async remove(): Promise<void> {
    this.#pool.closeAll();
    await rm(this.folder, { recursive: true, force: true });
  }

  /** {@link remove} for a process that exits now. */
  removeSync(): void {
    this.#pool.closeAll();
    rmSync(this.folder, { recursive: true, force: true });
  }
}

function contextOf(folder: string, pool: FilePool): SpoolContext {
  let batches = 0;
  const turns = new SerialQueue();
  return {
    pool,
    compactor: new Compactor(),
    nextPlace() {
      batches += 1;
      return { id: batches, path: `${folder}/${batches}` };
    },
    inTurn: (work) => turns.run(work),
  };
}

const folderName = /^destination-gainsight-(\d+)-(\d+)$/;

/** The folder's name of a process. */
export function folderOf(pid: number, startTime: string): string {
  return `destination-gainsight-${pid}-${startTime}`;
}

/**
 * When a process started, in the system's own count (clock ticks since boot); undefined where no such process can be
 * seen, or the system does not tell: only Linux does.
 */
export function processStartTime(pid: number): string | undefined {
  return look(pid)?.startTime;
}

/**
 * Deletes the folders in `parent` whose process has ended. What cannot be deleted stays: it hinders nobody.
 * Processes are looked up by number, so `parent` must not be shared with containers that count theirs apart.
 */
export function removeLeftovers(parent: string): void {
  for (const name of readdirSync(parent)) {
    const [, pid, startTime] = folderName.exec(name) ?? [];
    if (pid === undefined || startTime === undefined || mayRun(Number(pid), startTime)) continue;
    try {
      rmSync(`${parent}/${name}`, { recursive: true, force: true });
    } catch {
      // Another user's.
    }
  }
}

function mayRun(pid: number, startTime: string): boolean {
  const seen = look(pid);
  return seen === undefined ? exists(pid) : seen.startTime === startTime && !seen.hasEnded;
}

function look(pid: number): { readonly startTime: string | undefined; readonly hasEnded: boolean } | undefined {
  try {
    const stat = readFileSync(`/proc/${pid}/stat`, 'utf8');
    // The second field is the program's name in brackets, which may hold spaces and brackets; what follows is plain.
    const [state, ...fields] = stat.slice(stat.lastIndexOf(')') + 2).split(' ');
    // A process that nobody has waited for yet is still listed.
    return { startTime: fields[18], hasEnded: state === 'Z' || state === 'X' };
  } catch {
    return undefined;
  }
}

/** Asks without /proc. A process of another user, or one that is hidden, exists, too. */
function exists(pid: number): boolean {
  try {
    process.kill(pid, 0);
    return true;
  } catch (error) {
    return !(error instanceof Error && 'code' in error && error.code === 'ESRCH');
  }
}
