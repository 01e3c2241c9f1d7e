/** Failures of a folder for rejected rows, as the connector reports them. */
import { ConnectorError } from '../../errors.ts';

/** A file system error as the connector reports it; any other error unchanged. */
export function unwritable(folder: string, error: unknown): unknown {
  if (!(error instanceof Error && 'syscall' in error)) return error;
  // After the comma comes the path of one file: the problem is the folder's, and the same for all files.
  const [detail = ''] = error.message.split(',');
  return new ConnectorError('rejects_unwritable', { folder: JSON.stringify(folder), detail }, { cause: error });
}
