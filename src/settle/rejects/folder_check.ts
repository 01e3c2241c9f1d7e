/** Whether rejected rows can be kept: found out with a file of no content, before anything depends on it. */
import { closeSync, constants, openSync, unlinkSync } from 'node:fs';
import { join } from 'node:path';
import { ConnectorError } from '../../errors.ts';

const createExclusively = constants.O_CREAT | constants.O_EXCL | constants.O_WRONLY;

/**
 * Writes a file into the folder and removes it.
 * @param folder `rejected_rows.folder`; empty: there is none, and nothing to find out
 * @param name of a file that nobody else writes
 * @throws ConnectorError `rejects_unwritable`
 */
export function checkFolder(folder: string, name: string): void {
  if (folder === '') return;
  const path = join(folder, name);
  try {
    closeSync(openSync(path, createExclusively, 0o600));
    unlinkSync(path);
  } catch (error) {
    throw unwritable(folder, error);
  }
}

/** A fault of the file system as the user is to know it; anything else stays what it is. */
export function unwritable(folder: string, error: unknown): unknown {
  if (!(error instanceof Error && 'syscall' in error)) return error;
  // Behind the comma comes the path of one file: the fault is that of the folder, and one for all of them.
  const [detail = ''] = error.message.split(',');
  return new ConnectorError('rejects_unwritable', { folder: JSON.stringify(folder), detail }, { cause: error });
}
