/** A file as part of a form, read while it is sent. */
import { createHash } from 'node:crypto';
import { open, stat } from 'node:fs/promises';
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

/** A file that can be sent. */
export interface FilePart {
  /** Its media type. */
  readonly type: string;
  /** In bytes. */
  readonly size: number;
  /** @throws FileChanged */
  pieces(): AsyncGenerator<Buffer>;
}

/**
 * The file at `path` as it is now; reading fails if it has changed since.
 * @param type its media type
 * @param proof what its bytes must match: otherwise the last of them are not passed on
 */
export async function filePart(path: string, type: string, proof?: ContentProof): Promise<FilePart> {
  const { size, mtimeMs } = await statOf(path);
  async function* pieces() {
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
  }
  return { type, size, pieces };
}

async function statOf(path: string): Promise<{ size: number; mtimeMs: number }> {
  try {
    return await stat(path);
  } catch (cause) {
    throw new FileChanged('the file was changed: it is gone', { cause });
  }
}

/** The first `size` bytes of the file, or fewer if it has no more. */
async function* piecesOf(path: string, size: number): AsyncGenerator<Buffer> {
  const endAt = Math.max(0, size - endBytes);
  const file = await open(path);
  try {
    for (let at = 0; at < size; ) {
      const length = at < endAt ? Math.min(largePiece, endAt - at) : Math.min(smallPiece, size - at);
      const { bytesRead, buffer } = await file.read(Buffer.allocUnsafeSlow(length), 0, length, at);
      if (bytesRead === 0) return;
      yield buffer.subarray(0, bytesRead);
      at += bytesRead;
    }
  } finally {
    await file.close();
  }
}
