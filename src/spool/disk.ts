/** Reads and writes of whole pieces, and what a refusal of the disk is called. */
import type { FileHandle } from 'node:fs/promises';
import { ConnectorError } from '../errors.ts';

const unusable: ReadonlySet<unknown> = new Set([
  'EACCES',
  'ELOOP',
  'ENAMETOOLONG',
  'ENOENT',
  'ENOTDIR',
  'EPERM',
  'EROFS',
]);

/** An error of the file system as the user is told it; anything else as it came. */
export function diskFailure(error: unknown): unknown {
  if (!(error instanceof Error && 'syscall' in error)) return error;
  const { code, message: detail } = error as NodeJS.ErrnoException;
  return new ConnectorError(
    code === 'EMFILE' || code === 'ENFILE' ? 'open_files_limit' : 'disk_failed',
    { detail },
    { cause: error },
  );
}

/** {@link diskFailure} of the folder itself: that it is not there, or may not be written to, is no lack of disk. */
export function folderFailure(error: unknown): unknown {
  const { code, message: detail } = error as NodeJS.ErrnoException;
  if (!unusable.has(code)) return diskFailure(error);
  return new ConnectorError('spool_folder_unusable', { detail }, { cause: error });
}

/**
 * The bytes `[from, upTo)` in pieces as long as `buffer`, the last one shorter. A piece is valid until the next is
 * asked for, and may be written over.
 */
export async function* readPieces(
  handle: FileHandle,
  buffer: Buffer,
  from: number,
  upTo: number,
): AsyncGenerator<Buffer> {
  for (let position = from; position < upTo; position += buffer.length) {
    const piece = buffer.subarray(0, Math.min(buffer.length, upTo - position));
    await readFully(handle, piece, position);
    yield piece;
  }
}

/** Fills `target` from `position` on. */
export async function readFully(handle: FileHandle, target: Uint8Array, position: number): Promise<void> {
  for (let done = 0; done < target.length; ) {
    const { bytesRead } = await handle.read(target, done, target.length - done, position + done);
    if (bytesRead === 0) throw new Error('A file of the spool is shorter than what was written to it');
    done += bytesRead;
  }
}

/** Writes all of `source` at `position`. */
export async function writeFully(handle: FileHandle, source: Uint8Array, position: number): Promise<void> {
  for (let done = 0; done < source.length; ) {
    const { bytesWritten } = await handle.write(source, done, source.length - done, position + done);
    done += bytesWritten;
  }
}

/** The bytes of a typed array, without a copy. Words lie in the machine's own order: no other machine reads them. */
export function bytesOf(words: Uint32Array): Buffer {
  return Buffer.from(words.buffer, words.byteOffset, words.byteLength);
}

/** The whole words that bytes hold, without a copy: for a buffer that begins at a word. */
export function uint32sOf(bytes: Buffer): Uint32Array {
  return new Uint32Array(bytes.buffer, bytes.byteOffset, bytes.length / 4);
}

/** The 32 bit number that the first four bytes are. */
export function uint32Of(bytes: Buffer): number {
  return new Uint32Array(Uint8Array.from(bytes.subarray(0, 4)).buffer)[0] as number;
}
