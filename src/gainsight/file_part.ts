/** A file as a part of a form, read when it is sent. */
import { createReadStream } from 'node:fs';
import { stat } from 'node:fs/promises';

/** The bytes of one read. By the 64 kB of node-fetch's own `blobFrom` a sync takes a sixteenth more time. */
const pieceBytes = 1 << 18;

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
      if (size === 0) return;
      let left = size;
      for await (const piece of createReadStream(path, { end: size - 1, highWaterMark: pieceBytes })) {
        left -= piece.length;
        yield piece;
      }
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
