/** A file as a part of a form, read when it is sent. */
import { createReadStream } from 'node:fs';
import { stat } from 'node:fs/promises';

/** The bytes of one read. By the 64 kB of node-fetch's own `blobFrom` a sync takes a tenth more time. */
const largePiece = 1 << 18;
/**
 * At the end less is handed over at once: a submission whose last piece is under way when the connection breaks may have
 * been accepted. A small file is all end.
 */
const [smallPiece, endBytes] = [1 << 16, 1 << 20];

/**
 * The file at `path` as it is now; to read it fails if it was changed since.
 * @param type its media type
 */
export async function filePart(path: string, type: string): Promise<Blob> {
  const { size, mtimeMs } = await stat(path);
  const part = {
    [Symbol.toStringTag]: 'Blob',
    type,
    size,
    async *stream() {
      const now = await stat(path);
      if (now.mtimeMs !== mtimeMs || now.size !== size) throw changed();
      let left = size;
      const endAt = Math.max(0, size - endBytes);
      for (const [start, upTo, highWaterMark] of [[0, endAt, largePiece], [endAt, size, smallPiece]] as const) {
        if (start === upTo) continue;
        for await (const piece of createReadStream(path, { start, end: upTo - 1, highWaterMark })) {
          left -= piece.length;
          yield piece;
        }
      } // biome-ignore format: a table
      // A server would wait for the rest.
      if (left > 0) throw changed();
    },
  };
  // All that a form asks of a blob. Of `slice` it has no need, as no part is sent without the others.
  return part as unknown as Blob;
}

function changed(): Error {
  return new Error('the file was changed before it was sent');
}
