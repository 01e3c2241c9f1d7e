/** Files kept in a folder. */
import { copyFile, mkdir, open, readdir, readFile, rename, rm, stat } from 'node:fs/promises';
import { dirname, join, relative, sep } from 'node:path';
import { unwritable } from './folder_check.ts';
import type { Storage, StoredFile } from './storage.ts';

const mode = 0o600;
/** The end of the name of a file that is being written: {@link FolderStorage.list} does not show it. */
const unfinished = '.unfinished';

/** A folder as a {@link Storage}. Names with `/` are files in folders below it, which are created as needed. */
export class FolderStorage implements Storage {
  readonly #folder: string;

  /** @param folder it must exist */
  constructor(folder: string) {
    this.#folder = folder;
  }

  get place(): string {
    return this.#folder;
  }

  addressOf(name: string): string {
    return join(this.#folder, name);
  }

  write(name: string, content: Uint8Array | { readonly path: string }): Promise<void> {
    return this.#trying(async () => {
      const path = this.addressOf(name);
      await this.#makeFolders(name);
      // Another name first: a reader must never see half of a file.
      const part = `${path}${unfinished}`;
      try {
        await this.#writeDurably(part, content);
        await rename(part, path);
      } catch (error) {
        await rm(part, { force: true }).catch(() => undefined);
        throw error;
      }
      await syncFolder(dirname(path));
    });
  }

  read(name: string): Promise<Buffer | undefined> {
    return this.#trying(() => unlessAbsent(readFile(this.addressOf(name))));
  }

  list(prefix: string): Promise<StoredFile[]> {
    return this.#trying(async () => {
      const top = this.addressOf(prefix);
      const entries = (await unlessAbsent(readdir(top, { withFileTypes: true, recursive: true }))) ?? [];
      const files: StoredFile[] = [];
      for (const entry of entries) {
        if (!entry.isFile() || entry.name.endsWith(unfinished)) continue;
        const path = join(entry.parentPath, entry.name);
        // Another process may have removed it since.
        const found = await unlessAbsent(stat(path));
        const name = relative(this.#folder, path).split(sep).join('/');
        if (found) files.push({ name, bytes: found.size, modifiedMs: found.mtimeMs });
      }
      return files.sort((one, other) => (one.name < other.name ? -1 : 1));
    });
  }

  remove(name: string): Promise<void> {
    return this.#trying(() => rm(this.addressOf(name), { force: true }));
  }

  async #writeDurably(path: string, content: Uint8Array | { readonly path: string }): Promise<void> {
    if ('path' in content) await copyFile(content.path, path);
    const file = await open(path, 'path' in content ? 'r+' : 'w', mode);
    try {
      if ('path' in content) await file.chmod(mode);
      else await file.writeFile(content);
      await file.sync();
    } finally {
      await file.close();
    }
  }

  /** Folders below the storage's own, which must exist: a volume that is not mounted must not become a folder. */
  async #makeFolders(name: string): Promise<void> {
    const parts = name.split('/').slice(0, -1);
    for (const at of parts.keys()) {
      const path = this.addressOf(parts.slice(0, at + 1).join('/'));
      if (await unlessTaken(mkdir(path))) await syncFolder(dirname(path));
    }
  }

  async #trying<T>(act: () => Promise<T>): Promise<T> {
    try {
      return await act();
    } catch (error) {
      throw unwritable(this.#folder, error);
    }
  }
}

async function syncFolder(path: string): Promise<void> {
  const folder = await open(path, 'r');
  try {
    await folder.sync();
  } finally {
    await folder.close();
  }
}

/** @returns whether the folder is new */
async function unlessTaken(making: Promise<unknown>): Promise<boolean> {
  try {
    await making;
    return true;
  } catch (error) {
    if (error instanceof Error && 'code' in error && error.code === 'EEXIST') return false;
    throw error;
  }
}

async function unlessAbsent<T>(reading: Promise<T>): Promise<T | undefined> {
  try {
    return await reading;
  } catch (error) {
    if (error instanceof Error && 'code' in error && error.code === 'ENOENT') return undefined;
    throw error;
  }
}
