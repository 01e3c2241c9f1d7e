/** A file as part of a form, read while it is sent. */
import { createHash } from 'node:crypto';
import { createReadStream } from 'node:fs';
import { stat } from 'node:fs/promises';
import type { ContentProof } from '../model.ts';

/** Bytes per read. With the 64 kB of node-fetch's own `blobFrom` a sync takes a tenth more time. */
const largePiece = 1 << 18;
/**
 * Near the end pieces are smaller: if the connection breaks during the last piece, the submission may have been
 * accepted, so that piece should be short. A small file consists of such pieces only.
 */
const [smallPiece, endBytes] = [1 << 16, 1 << 20];

/** The file must not be sent: its content is not the expected one. */
export class FileChanged extends Error {
  constructor(message = 'the file was changed before it was sent', options?: ErrorOptions) {
    super(message, options);
    this.name = 'FileChanged';
  }
}

/**
 * The file at `path` as it is now; reading fails if it has changed since.
 * @param type its media type
 * @param proof what its bytes must match: otherwise the last of them are not passed on
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
      // Passes on each piece one step late, so that a wrong file never arrives completely.
      let held: Buffer | undefined;
      for await (const piece of piecesOf(path, size)) {
        if (held) yield held;
        held = piece;
        left -= piece.length;
        if (proof) hash.update(piece);
      }
      // The server would wait for the rest.
      if (left > 0 || (proof && hash.digest('base64url') !== proof.hash)) throw new FileChanged();
      if (held) yield held;
    },
  };
  // All of a Blob that a form uses. `slice` is not needed, as parts are only sent whole.
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
