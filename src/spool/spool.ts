/** The folder on disk where rows and states wait: its size, its batches, its removal. */

import { mkdirSync, readdirSync, readFileSync, rmSync } from 'node:fs';
import { SerialQueue } from '../async.ts';
import type { Plan } from '../model.ts';
import { Compactor } from './compaction.ts';
import { folderFailure } from './disk.ts';
import { FilePool } from './file_pool.ts';
import { OpenBatch, type SpoolContext } from './open_batch.ts';
import { RowFile } from './row_file.ts';
import { StateMarks } from './state_marks.ts';
import { StateTexts } from './state_texts.ts';

/** Where a spool is, how large it may become, and which process owns it. */
export interface SpoolOptions {
  /** An existing folder of this machine or container alone, such as the one for temporary files. */
  readonly parent: string;
  readonly limitBytes: number;
  readonly pid: number;
  /** Digits: `processStartTime(pid)`, or any unique number if the system does not provide one. */
  readonly startTime: string;
  readonly pool?: FilePool;
  /** Batches of plans with the route `auto` that have at most so many rows are for the object API; default 500. */
  readonly autoRows?: number | undefined;
}

const usualAutoRows = 500;

export class Spool {
  readonly folder: string;
  /** Maximum size. The spool only measures; the code that fills it must keep to it. */
  readonly limitBytes: number;
  /** Texts of held states. */
  readonly texts: StateTexts;
  readonly #pool: FilePool;
  readonly #context: SpoolContext;

  private constructor(folder: string, limitBytes: number, pool: FilePool, autoRows: number) {
    this.folder = folder;
    this.limitBytes = limitBytes;
    this.#pool = pool;
    this.texts = new StateTexts(pool, folder);
    this.#context = contextOf(folder, pool, autoRows);
  }

  /**
   * Creates the folder, readable only by this user, and removes those of processes that were killed.
   * @throws ConnectorError `disk_failed`, `spool_folder_unusable`
   */
  static async open({ parent, limitBytes, pid, startTime, pool, autoRows }: SpoolOptions): Promise<Spool> {
    const folder = `${parent}/${folderOf(pid, startTime)}`;
    try {
      removeLeftovers(parent);
      // Not recursive: an existing folder belongs to another process.
      mkdirSync(folder, { mode: 0o700 });
    } catch (error) {
      throw folderFailure(error);
    }
    return new Spool(folder, limitBytes, pool ?? new FilePool(), autoRows ?? usualAutoRows);
  }

  /** Bytes of all files, those in write buffers included. */
  get usedBytes(): number {
    return this.#pool.usedBytes;
  }

  /** @param header the CSV header, its line feed included */
  openBatch(plan: Plan, header: Buffer): OpenBatch {
    return new OpenBatch(this.#context, plan, header);
  }

  /**
   * Deletes the folder and its contents. One after the other: an asynchronous removal asks for all at once, which takes
   * a kilobyte for each of thousands of files.
   */
  async remove(): Promise<void> {
    this.removeSync();
  }

  /** {@link remove} for a process that exits now. */
  removeSync(): void {
    this.#pool.closeAll();
    rmSync(this.folder, { recursive: true, force: true });
  }
}

function contextOf(folder: string, pool: FilePool, autoRows: number): SpoolContext {
  let batches = 0;
  const turns = new SerialQueue();
  const nextPlace = () => {
    batches += 1;
    return { id: batches, path: `${folder}/${batches}` };
  };
  return {
    pool,
    compactor: new Compactor(),
    autoRows,
    nextPlace,
    another({ header }) {
      const { id, path } = nextPlace();
      return { id, file: new RowFile(pool, path, header, 'none'), states: new StateMarks(pool, path) };
    },
    inTurn: (work) => turns.run(work),
  };
}

const folderName = /^destination-gainsight-(\d+)-(\d+)$/;

/** The folder's name for a process. */
export function folderOf(pid: number, startTime: string): string {
  return `destination-gainsight-${pid}-${startTime}`;
}

/**
 * When a process started, as the system counts it (clock ticks since boot); undefined if the process is not visible or
 * the system is not Linux.
 */
export function processStartTime(pid: number): string | undefined {
  return look(pid)?.startTime;
}

/**
 * Deletes the folders in `parent` whose process has ended. What cannot be deleted stays and does no harm. Processes are
 * identified by number, so `parent` must not be shared with containers that number theirs separately.
 */
export function removeLeftovers(parent: string): void {
  for (const name of readdirSync(parent)) {
    const [, pid, startTime] = folderName.exec(name) ?? [];
    if (pid === undefined || startTime === undefined || mayRun(Number(pid), startTime)) continue;
    try {
      rmSync(`${parent}/${name}`, { recursive: true, force: true });
    } catch {
      // It belongs to another user.
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
    // The second field is the program's name in brackets, which may contain spaces and brackets.
    const [state, ...fields] = stat.slice(stat.lastIndexOf(')') + 2).split(' ');
    // A zombie process is still listed.
    return { startTime: fields[18], hasEnded: state === 'Z' || state === 'X' };
  } catch {
    return undefined;
  }
}

/** Whether a process exists, without /proc. One that belongs to another user or is hidden exists too. */
function exists(pid: number): boolean {
  try {
    process.kill(pid, 0);
    return true;
  } catch (error) {
    return !(error instanceof Error && 'code' in error && error.code === 'ESRCH');
  }
}
