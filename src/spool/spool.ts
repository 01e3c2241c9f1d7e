/** The folder on disk where rows and states wait: its size, its batches, its end. */
import { mkdirSync, rmSync } from 'node:fs';
import { rm } from 'node:fs/promises';
import type { Plan } from '../model.ts';
import { Compactor } from './compaction.ts';
import { diskFailure } from './disk.ts';
import { FilePool } from './file_pool.ts';
import { folderOf, removeLeftovers } from './leftovers.ts';
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
   * @throws ConnectorError `disk_failed`
   */
  static async open({ parent, limitBytes, pid, startTime, pool }: SpoolOptions): Promise<Spool> {
    const folder = `${parent}/${folderOf(pid, startTime)}`;
    try {
      removeLeftovers(parent);
      // Not recursive: a folder that is there already is somebody else's.
      mkdirSync(folder, { mode: 0o700 });
    } catch (error) {
      throw diskFailure(error);
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
  let last: Promise<unknown> = Promise.resolve();
  return {
    pool,
    compactor: new Compactor(),
    nextPlace() {
      batches += 1;
      return { id: batches, path: `${folder}/${batches}` };
    },
    inTurn<T>(work: () => Promise<T>): Promise<T> {
      const done = last.then(work);
      // One work's failure is told to who asked for it, and not to the next.
      last = done.catch(() => undefined);
      return done;
    },
  };
}
