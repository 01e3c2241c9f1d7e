/** The place of rejected rows that the settings name: a folder, a bucket, or none. */
import { join } from 'node:path';
import type { Config } from '../../config/config.ts';
import { secretOf } from '../../config/sign_in.ts';
import { BucketStore } from './bucket.ts';
import type { BucketOptions } from './bucket_client.ts';
import { BucketStorage } from './bucket_storage.ts';
import { FolderStore, type FolderStoreOptions } from './folder.ts';
import { FolderStorage } from './folder_storage.ts';
import type { Storage } from './storage.ts';
import type { Nesting, RejectStore } from './store.ts';

/** The settings that choose a store, and what goes into its files. */
type StoreSettings = Pick<Config, 'signIn' | 'bucket' | 'rejected_rows' | 'values'>;

/** How the bucket of the settings is reached. */
export type BucketAccess = Omit<BucketOptions, 'bucket'>;

/**
 * The store that the settings name; undefined if they name none.
 * @param storage that of the settings, see {@link openStorage}
 * @param of a file belongs to one attempt of a run, and is full at `maxBytes`; files for a bucket are first written below
 * `spoolFolder`
 */
export function openStore(
  { signIn, bucket, rejected_rows: { folder }, values }: StoreSettings,
  storage: Storage | undefined,
  { spoolFolder, ...of }: Pick<FolderStoreOptions, 'run' | 'attempt' | 'maxBytes' | 'clock'> & { spoolFolder: string },
): RejectStore | undefined {
  const options = { nullText: values.null_text, ...of, secrets: secretsOf({ signIn, bucket }) };
  if (bucket && storage) return new BucketStore({ ...options, storage, folder: join(spoolFolder, 'rejects') });
  return folder === '' ? undefined : new FolderStore({ ...options, folder });
}

/** What no file may contain. */
export function secretsOf({ signIn, bucket }: Pick<Config, 'signIn' | 'bucket'>): string[] {
  return [secretOf(signIn), ...(bucket ? [bucket.secretAccessKey.reveal()] : [])];
}

/** The place that the settings name for what outlives a sync; undefined if they name none. */
export function openStorage(
  { bucket, rejected_rows: { folder } }: Pick<Config, 'bucket' | 'rejected_rows'>,
  access: BucketAccess,
): Storage | undefined {
  if (bucket) return new BucketStorage({ ...access, bucket });
  return folder === '' ? undefined : new FolderStorage(folder);
}

/** Where in the place of the settings the files of a run lie. */
export function nestingOf({ bucket }: Pick<Config, 'bucket'>): Nesting {
  return bucket ? 'by run' : 'flat';
}
