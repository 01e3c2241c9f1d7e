/** A batch's file with rows at its end that do not belong to the batch. */
import { createHash } from 'node:crypto';
import { createReadStream } from 'node:fs';
import { open } from 'node:fs/promises';
import type { Batch } from '../model.ts';
import { diskFailure } from './disk.ts';

const lineFeed = 0x0a;

/**
 * Writes rows to the end of a batch's file, in place of those written there before.
 * @param rows each with its line feed; none: the file is again as it was closed
 * @returns the file, as a batch; its records, its digest and all else are the batch's
 * @throws ConnectorError `disk_failed`
 */
export async function withRows(batch: Batch, rows: readonly Buffer[]): Promise<Batch> {
  try {
    const file = await open(batch.path, 'r+');
    try {
      await file.truncate(batch.bytes);
      await file.write(Buffer.concat(rows), 0, undefined, batch.bytes);
    } finally {
      await file.close();
    }
    if (rows.length === 0) return batch;
    const hash = createHash('sha256').update(batch.proof.prefix);
    for await (const piece of createReadStream(batch.path)) hash.update(piece);
    return { ...asSent(batch, rows), proof: { ...batch.proof, hash: hash.digest('base64url') } };
  } catch (error) {
    throw diskFailure(error);
  }
}

/** The file as {@link withRows} made it in another process; it is not here. */
export function asSent(batch: Batch, rows: readonly Buffer[]): Batch {
  const { id, plan, filePlan, path, records, deletions, route, partOf, unsent, digest, proof, reason } = batch;
  const ends = {
    bytes: batch.bytes + rows.reduce((sum, { length }) => sum + length, 0),
    rows: batch.rows + rows.length,
    ownRows: batch.rows,
  };
  return {
    ...{ id, plan, filePlan, path, records, deletions, route, partOf, unsent, digest, proof, reason, ...ends },
    readRow: async (row) => rows[row - batch.rows]?.subarray(0, -1) ?? batch.readRow(row),
    rowsAtLines: (lines) => rowsAtLines(batch, rows, lines),
    recordsOf: async (row) => (row < batch.rows ? batch.recordsOf(row) : 0),
    countRecords: (found, bounds) => batch.countRecords(found, bounds),
    prefixDigests: (counts) => batch.prefixDigests(counts),
    stateAt: (row) => batch.stateAt(row),
    splitOff: (row) => batch.splitOff(row),
    remove: () => batch.remove(),
  };
}

async function rowsAtLines(
  batch: Batch,
  rows: readonly Buffer[],
  lines: readonly number[],
): Promise<(number | undefined)[]> {
  const own = await batch.rowsAtLines(lines);
  // Lines are in order, so only the last of them can be behind the batch's own rows.
  if (own.at(-1) !== undefined) return own;
  let line = 1;
  for await (const piece of createReadStream(batch.path, { end: batch.bytes - 1 }) as AsyncIterable<Buffer>)
    for (const byte of piece) if (byte === lineFeed) line += 1;
  const rowOfLine = new Map<number, number>();
  for (const [at, row] of rows.entries())
    for (const byte of row) if (byte === lineFeed) rowOfLine.set(line++, batch.rows + at);
  return own.map((row, at) => row ?? rowOfLine.get(lines[at] as number));
}
