/** The store of rejected rows that the settings name. */
import type { Config } from '../../config/config.ts';
import { FolderStore } from './folder.ts';
import { checkFolder } from './folder_check.ts';
import { FolderStorage } from './folder_storage.ts';
import type { Storage } from './storage.ts';
import type { RejectStore } from './store.ts';

/** The settings that choose a store, and what goes into its files. */
type StoreSettings = Pick<Config, 'accessKey' | 'rejected_rows' | 'values'>;

/**
 * The store that the settings name; undefined if they name none.
 * @param of a file belongs to one attempt of a run, and is full at `maxBytes`
 */
export function openStore(
  { accessKey, rejected_rows: { folder }, values }: StoreSettings,
  of: { readonly run: string; readonly attempt: number; readonly maxBytes: number },
): RejectStore | undefined {
  if (folder === '') return undefined;
  return new FolderStore({ folder, nullText: values.null_text, ...of, secrets: [accessKey.reveal()] });
}

/** The place that the settings name for what outlives a sync; undefined if they name none. */
export function openStorage({ rejected_rows: { folder } }: Pick<Config, 'rejected_rows'>): Storage | undefined {
  return folder === '' ? undefined : new FolderStorage(folder);
}

/**
 * Checks that the store can be written to, before anything depends on it. Leaves nothing there.
 * @param name of a file that no other process writes
 * @throws ConnectorError `rejects_unwritable`
 */
export function checkStore({ folder }: Pick<Config['rejected_rows'], 'folder'>, name: string): void {
  if (folder !== '') checkFolder(folder, name);
}
