/** Chooses the disk where rows wait, and how much of it may be used. */
import { accessSync, constants, statfsSync } from 'node:fs';
import { tmpdir } from 'node:os';
import type { Clock } from './clock.ts';
import type { Config } from './config/config.ts';
import { ConnectorError } from './errors.ts';
import { folderFailure } from './spool/disk.ts';
import { processStartTime, Spool } from './spool/spool.ts';

/**
 * Opens the spool of this process. Airbyte's pods have a volume at `/dest`; elsewhere the folder for temporary files is
 * used.
 * @throws ConnectorError `disk_failed`, `spool_folder_unusable`
 */
export async function openSpool(
  { files, quota }: Pick<Config, 'files' | 'quota'>,
  { env, clock }: { readonly env: Readonly<Record<string, string | undefined>>; readonly clock: Clock },
): Promise<Spool> {
  const parent = isWritable('/dest') ? '/dest' : tmpdir();
  // Room for two files is kept free for what is written while a full spool is emptied.
  const free = roomIn(parent) - 2 * files.max_bytes;
  const granted = Number(env['CONNECTOR_STORAGE_LIMIT_BYTES'] ?? Number.POSITIVE_INFINITY);
  const limitBytes = Math.min(files.max_spool_bytes, free, granted > 0 ? granted : Number.POSITIVE_INFINITY);
  if (limitBytes <= 0) throw new ConnectorError('disk_failed', { detail: `${parent} has too little room` });
  return Spool.open({
    parent,
    limitBytes,
    pid: process.pid,
    startTime: processStartTime(process.pid) ?? String(clock.now()),
    autoRows: quota.object_api.auto_rows,
  });
}

/**
 * Bytes.
 * @throws ConnectorError `disk_failed`, `spool_folder_unusable`
 */
function roomIn(folder: string): number {
  try {
    // If nothing can be written, the cause is not a lack of room.
    accessSync(folder, constants.W_OK);
    const { bavail, bsize } = statfsSync(folder);
    return bavail * bsize;
  } catch (error) {
    throw folderFailure(error);
  }
}

function isWritable(folder: string): boolean {
  try {
    accessSync(folder, constants.W_OK);
    return true;
  } catch {
    return false;
  }
}
