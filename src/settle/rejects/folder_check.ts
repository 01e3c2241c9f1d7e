/** Checks that rejected rows can be stored, with an empty file, before anything depends on it. */
import { closeSync, constants, openSync, unlinkSync } from 'node:fs';
import { join } from 'node:path';
import { ConnectorError } from '../../errors.ts';

const createExclusively = constants.O_CREAT | constants.O_EXCL | constants.O_WRONLY;

/**
 * Creates a file in the folder and removes it.
 * @param folder `rejected_rows.folder`
 * @param name of a file that no other process writes
 * @throws ConnectorError `rejects_unwritable`
 */
export function checkFolder(folder: string, name: string): void {
  const path = join(folder, name);
  try {
    closeSync(openSync(path, createExclusively, 0o600));
    unlinkSync(path);
  } catch (error) {
    throw unwritable(folder, error);
  }
}

/** A file system error as the connector reports it; any other error unchanged. */
export function unwritable(folder: string, error: unknown): unknown {
  if (!(error instanceof Error && 'syscall' in error)) return error;
  // After the comma comes the path of one file: the problem is the folder's, and the same for all files.
  const [detail = ''] = error.message.split(',');
  return new ConnectorError('rejects_unwritable', { folder: JSON.stringify(folder), detail }, { cause: error });
}
