/** Keys that come in several files of one batch: which of their rows is the newest cannot be seen from one file. */
import { createHash } from 'node:crypto';
import type { Batch } from '../../model.ts';
import { eachRowOf } from './row_keys.ts';

/** The keys of one file, as far as the files of its batch are compared. */
interface Files {
  /** Of all files so far, each sorted. */
  readonly hashes: Float64Array[];
  /** Hashes that are in more than one of them. */
  shared: ReadonlySet<number>;
}

/**
 * Compares the files of batches that became several, when the last of them is closed: later, one may be gone. Keys are
 * compared as `keyTextOf` does; of each only a hash is held, eight bytes a row, and after the comparison only of those that
 * are shared. Two keys with the same hash, one pair in a thousand million million, count as one key: their rows then do not
 * wait.
 */
export class SharedKeys {
  readonly #byBatch = new Map<number, Files>();

  /** One of several files was closed. @throws ConnectorError `disk_failed` */
  async closed(batch: Batch, nullText: string): Promise<void> {
    const { partOf, rows } = batch;
    if (!partOf) return;
    const files = this.#byBatch.get(partOf.batchId) ?? { hashes: [], shared: new Set() };
    this.#byBatch.set(partOf.batchId, files);
    const hashes = new Float64Array(rows);
    let row = 0;
    await eachRowOf(batch, nullText, (_, key) => {
      hashes[row++] = key === undefined ? Number.NaN : hashOf(key);
    });
    files.hashes.push(hashes.sort());
    if (files.hashes.length < partOf.files) return;
    files.shared = new Set(sharedIn(files.hashes));
    files.hashes.length = 0;
  }

  /** Whether a key is also in another file of the batch. @param key of `keyTextOf` */
  has({ partOf }: Pick<Batch, 'partOf'>, key: string): boolean {
    return partOf !== undefined && (this.#byBatch.get(partOf.batchId)?.shared.has(hashOf(key)) ?? false);
  }
}

/** 53 bits. */
function hashOf(key: string): number {
  const digest = createHash('sha256').update(key).digest();
  return digest.readUInt32LE(0) * 0x20_00_00 + (digest.readUInt32LE(4) >>> 11);
}

function* sharedIn(files: readonly Float64Array[]): Generator<number> {
  const places = files.map(() => 0);
  for (;;) {
    const heads = files.map((hashes, at) => hashes[places[at] as number] ?? Number.NaN);
    // NaN stands for the end of a file, and for rows without a key, which are sorted to its end.
    const smallest = heads.reduce((least, head) => (head < least ? head : least), Number.POSITIVE_INFINITY);
    if (smallest === Number.POSITIVE_INFINITY) return;
    if (heads.filter((head) => head === smallest).length > 1) yield smallest;
    for (const [at, hashes] of files.entries())
      while (hashes[places[at] as number] === smallest) places[at] = (places[at] as number) + 1;
  }
}
