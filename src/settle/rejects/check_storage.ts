/** Checks that rejected rows can be kept, with a small file, before anything depends on it. */
import { ConnectorError } from '../../errors.ts';
import type { Storage } from './storage.ts';

/**
 * Writes a file, reads it back, compares it, and removes it.
 * @param storage undefined: there is nothing to check
 * @param name of a file that no other process writes
 * @throws ConnectorError what the user must correct; `bucket_unavailable`
 */
export async function checkStorage(storage: Storage | undefined, name: string): Promise<void> {
  if (storage === undefined) return;
  const content = Buffer.from('The connector removes this file at once: it has checked that it can.\n');
  await storage.write(name, content);
  try {
    const found = await storage.read(name);
    if (!found?.equals(content)) throw new ConnectorError('storage_inconsistent', { place: storage.place });
  } catch (error) {
    await storage.remove(name).catch(() => undefined);
    throw error;
  }
  await storage.remove(name);
}

/** A name for {@link checkStorage}. @param random in [0, 1) */
export function checkName(random: () => number): string {
  const digits = () => Math.floor(random() * 36 ** 6).toString(36);
  return `${digits()}${digits()}.check`;
}
