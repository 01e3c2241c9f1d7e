/** A file as a part of a form, read when it is sent. */
import { createHash } from 'node:crypto';
import { createReadStream } from 'node:fs';
import { stat } from 'node:fs/promises';
import type { ContentProof } from '../model.ts';

/** The bytes of one read. By the 64 kB of node-fetch's own `blobFrom` a sync takes a tenth more time. */
const largePiece = 1 << 18;
/**
 * At the end less is handed over at once: a submission whose last piece is under way when the connection breaks may have
 * been accepted. A small file is all end.
 */
const [smallPiece, endBytes] = [1 << 16, 1 << 20];

/** What a file is not sent for: it is not the one that was to be sent. */
export class FileChanged extends Error {
  constructor(message = 'the file was changed before it was sent', options?: ErrorOptions) {
    super(message, options);
    this.name = 'FileChanged';
  }
}

/**
 * The file at `path` as it is now; to read it fails if it was changed since.
 * @param type its media type
 * @param proof what its bytes must be: the last of them are handed over only if they are
 */
export async function filePart(path: string, type: string, proof?: ContentProof): Promise<Blob> {
  const { size, mtimeMs } = await statOf(path);
  const part = {
    [Symbol.toStringTag]: 'Blob',
    type,
    size,
    async *stream() {
      const now = await statOf(path);
      if (now.mtimeMs !== mtimeMs || now.size !== size) throw new FileChanged();
      const hash = createHash('sha256').update(proof?.prefix ?? '');
      let left = size;
      // A piece behind the reading, so that a file that is not the right one never arrives whole.
      let held: Buffer | undefined;
      for await (const piece of piecesOf(path, size)) {
        if (held) yield held;
        held = piece;
        left -= piece.length;
        if (proof) hash.update(piece);
      }
      // A server would wait for the rest.
      if (left > 0 || (proof && hash.digest('base64url') !== proof.hash)) throw new FileChanged();
      if (held) yield held;
    },
  };
  // All that a form asks of a blob. Of `slice` it has no need, as no part is sent without the others.
  return part as unknown as Blob;
}

async function statOf(path: string): Promise<{ size: number; mtimeMs: number }> {
  try {
    return await stat(path);
  } catch (cause) {
    throw new FileChanged('the file was changed: it is gone', { cause });
  }
}

async function* piecesOf(path: string, size: number): AsyncGenerator<Buffer> {
  const endAt = Math.max(0, size - endBytes);
  for (const [start, upTo, highWaterMark] of [[0, endAt, largePiece], [endAt, size, smallPiece]] as const) {
    if (start === upTo) continue;
    yield* createReadStream(path, { start, end: upTo - 1, highWaterMark });
  } // biome-ignore format: a table
}
