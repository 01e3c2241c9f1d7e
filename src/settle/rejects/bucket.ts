/** Rejected rows in a bucket: files of the spool that are copied there before a state is released. */
import { mkdirSync } from 'node:fs';
import { readdir, rm, stat } from 'node:fs/promises';
import { basename, join } from 'node:path';
import { SerialQueue } from '../../async.ts';
import { ConnectorError } from '../../errors.ts';
import type { Batch, Reject } from '../../model.ts';
import { slug } from '../../names.ts';
import { FolderStore, type FolderStoreOptions } from './folder.ts';
import type { Storage } from './storage.ts';
import type { KeptFile, RejectStore } from './store.ts';

/** What a store in a bucket works with; its local `folder` is created when it is needed. */
export interface BucketStoreOptions extends FolderStoreOptions {
  readonly storage: Storage;
}

/**
 * Keeps rejected rows in files of a local folder, and copies those that have grown to `RUN/` in the bucket. A file is
 * replaced there as a whole until it is full: loading a corrected file costs a call of the quota, so few large ones are
 * better than many small ones.
 */
export class BucketStore implements RejectStore {
  readonly #options: BucketStoreOptions;
  readonly #local: FolderStore;
  readonly #turns = new SerialQueue();
  /** Bytes in the bucket, by the name of the local file. */
  readonly #copied = new Map<string, number>();
  /** Names in the bucket, by those of the local files. */
  readonly #names = new Map<string, string>();
  /** The greatest number of a file of the same attempt that another process has left in the bucket. */
  #takenNumber: number | undefined;
  #hasFolder = false;

  constructor(options: BucketStoreOptions) {
    this.#options = options;
    this.#local = new FolderStore(options);
  }

  get prefix(): string {
    return `${slug(this.#options.run, 40)}/`;
  }

  /** Those that are in the bucket. */
  get kept(): readonly KeptFile[] {
    return this.#local.kept.flatMap(({ address, ...file }) => {
      const name = this.#names.get(basename(address));
      return name === undefined ? [] : [{ ...file, address: this.#options.storage.addressOf(name) }];
    });
  }

  /** @throws ConnectorError `disk_failed` */
  add(reject: Reject): void {
    try {
      this.#makeFolder();
      this.#local.add(reject);
    } catch (error) {
      throw diskFailure(error);
    }
  }

  /** @throws ConnectorError `disk_failed`, `bucket_unusable`, `bucket_unavailable` */
  flush(): Promise<void> {
    return this.#turns.run(async () => {
      if (!this.#hasFolder) return;
      await this.#writing(() => this.#local.flush());
      await this.#copyAll();
    });
  }

  /** @throws ConnectorError `disk_failed`, `bucket_unusable`, `bucket_unavailable` */
  keepBatch(batch: Batch): Promise<string> {
    return this.#turns.run(async () => {
      const file = basename(await this.#writing(() => this.#local.keepBatch(batch)));
      await this.#copyAll();
      return this.#options.storage.addressOf(await this.#nameOf(file));
    });
  }

  async #copyAll(): Promise<void> {
    for (const file of (await readdir(this.#options.folder)).sort()) await this.#copy(file);
  }

  async #copy(file: string): Promise<void> {
    const { folder, maxBytes, storage } = this.#options;
    const path = join(folder, file);
    // Rows that are added meanwhile may be copied or not: the size from before makes the next flush copy them.
    const { size } = await stat(path);
    if (size === this.#copied.get(file)) return;
    const name = await this.#nameOf(file);
    await storage.write(name, { path });
    this.#copied.set(file, size);
    this.#names.set(file, name);
    const isFull = size >= maxBytes || file.endsWith('.batch.csv');
    if (isFull) await rm(path);
  }

  /** The name in the bucket. Numbers go on where an earlier process of the same attempt has ended. */
  async #nameOf(file: string): Promise<string> {
    const { run, attempt, storage } = this.#options;
    const folder = this.prefix;
    const start = `${slug(run, 40)}.${attempt}.`;
    const numberOf = (name: string) => Number.parseInt(name.slice(start.length), 10);
    if (this.#takenNumber === undefined) {
      const names = (await storage.list(folder)).map(({ name }) => name.slice(folder.length));
      const numbers = names.filter((name) => name.startsWith(start)).map(numberOf);
      this.#takenNumber = Math.max(0, ...numbers.filter(Number.isSafeInteger));
    }
    const number = numberOf(file);
    const rest = file.slice(start.length + String(number).length);
    return `${folder}${start}${number + this.#takenNumber}${rest}`;
  }

  async #writing<T>(write: () => Promise<T>): Promise<T> {
    try {
      this.#makeFolder();
      return await write();
    } catch (error) {
      throw diskFailure(error);
    }
  }

  #makeFolder(): void {
    if (this.#hasFolder) return;
    mkdirSync(this.#options.folder, { recursive: true, mode: 0o700 });
    this.#hasFolder = true;
  }
}

/** The local folder is not one of the settings, so that its failures are those of the disk. */
function diskFailure(error: unknown): unknown {
  const cause = error instanceof ConnectorError ? error.cause : error;
  if (!(cause instanceof Error && 'syscall' in cause)) return error;
  return new ConnectorError('disk_failed', { detail: cause.message }, { cause });
}
