/** Failures of a folder for rejected rows, as the connector reports them. */
import { accessSync, constants } from 'node:fs';
import type { JsonObject } from '../../airbyte/protocol.ts';
import { ConnectorError } from '../../errors.ts';

/** A file system error as the connector reports it; any other error unchanged. */
export function unwritable(folder: string, error: unknown): unknown {
  if (!(error instanceof Error && 'syscall' in error)) return error;
  // After the comma comes the path of one file: the problem is the folder's, and the same for all files.
  const [detail = ''] = error.message.split(',');
  return new ConnectorError('rejects_unwritable', { folder: JSON.stringify(folder), detail }, { cause: error });
}

/**
 * What is wrong with the folder that a configuration names, as far as it shows without writing to it.
 * @param settings as they are written, whatever is wrong with them
 */
export function folderFault({ rejected_rows }: JsonObject): ConnectorError | undefined {
  const { folder } = (rejected_rows ?? {}) as { folder?: unknown };
  if (typeof folder !== 'string' || folder.trim() === '') return undefined;
  try {
    // With the dot a file does not pass for a folder.
    accessSync(`${folder}/.`, constants.W_OK | constants.X_OK);
    return undefined;
  } catch (error) {
    const fault = unwritable(folder, error);
    return fault instanceof ConnectorError ? fault : undefined;
  }
}
