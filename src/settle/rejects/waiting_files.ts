/** Keeps what is known of waiting rows in the storage: each file is written once, by one writer. */
import type { Storage } from './storage.ts';
import { WaitingRows } from './waiting.ts';

/** How often the files are listed again because one was removed while they were read. */
const mostReadings = 5;

/** What the storage knows of the waiting rows of one tenant. */
export interface KnownRows {
  readonly rows: WaitingRows;
  /** Names of the files that it comes from. */
  readonly files: readonly string[];
  /** Names of files that contain something else. */
  readonly foreign: readonly string[];
}

/**
 * Reads all that any writer has written.
 * @param prefix of the tenant's files
 * @throws ConnectorError `rejects_unwritable`
 */
export async function readWaiting(storage: Storage, prefix: string): Promise<KnownRows> {
  for (let reading = 1; ; reading += 1) {
    const known = await readOnce(storage, prefix);
    // A file that is gone was replaced by one that may not have been listed. What is then still unknown is not sent.
    if (!known.isChanging || reading === mostReadings) return known;
  }
}

async function readOnce(storage: Storage, prefix: string): Promise<KnownRows & { readonly isChanging: boolean }> {
  const rows = new WaitingRows();
  const files: string[] = [];
  const foreign: string[] = [];
  let isChanging = false;
  for (const { name } of await storage.list(prefix)) {
    const content = await storage.read(name);
    const found = content && WaitingRows.parse(content.toString());
    if (content === undefined) isChanging = true;
    else if (found === undefined) foreign.push(name);
    else {
      rows.merge(found);
      files.push(name);
    }
  }
  return { rows, files, foreign, isChanging };
}

/** The files of one attempt. */
export class WaitingWriter {
  readonly #storage: Storage;
  readonly #beginning: string;
  /** Files that contain nothing but what the next one contains. */
  #outdated: readonly string[];
  #parts = 0;

  /**
   * @param beginning of the names of its files: no other process writes such names
   * @param read the files whose content it has
   */
  constructor(storage: Storage, beginning: string, read: readonly string[]) {
    this.#storage = storage;
    this.#beginning = beginning;
    this.#outdated = read;
  }

  /**
   * Writes all that this attempt knows, and only then removes what that replaces.
   * @throws ConnectorError `rejects_unwritable`
   */
  async write(rows: WaitingRows, now: number): Promise<void> {
    const name = this.#nextName();
    await this.#storage.write(name, Buffer.from(rows.toText(now)));
    const outdated = this.#outdated;
    this.#outdated = [name];
    for (const each of outdated) await this.#storage.remove(each);
  }

  #nextName(): string {
    for (;;) {
      this.#parts += 1;
      const name = `${this.#beginning}.${this.#parts}.json`;
      if (!this.#outdated.includes(name)) return name;
    }
  }
}
