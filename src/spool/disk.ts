/** Reads and writes whole pieces of files, and turns errors of the disk into the connector's. */
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

/** A file system error as the connector reports it; any other error unchanged. */
export function diskFailure(error: unknown): unknown {
  if (!(error instanceof Error && 'syscall' in error)) return error;
  const { code, message: detail } = error as NodeJS.ErrnoException;
  return new ConnectorError(
    code === 'EMFILE' || code === 'ENFILE' ? 'open_files_limit' : 'disk_failed',
    { detail },
    { cause: error },
  );
}

/** The same for the folder itself: if it is missing or not writable, the setting is wrong and the disk is not full. */
export function folderFailure(error: unknown): unknown {
  const { code, message: detail } = error as NodeJS.ErrnoException;
  if (!unusable.has(code)) return diskFailure(error);
  return new ConnectorError('spool_folder_unusable', { detail }, { cause: error });
}

/**
 * The bytes `[from, upTo)` in pieces as long as `buffer`, the last one shorter. A piece is valid until the next one is
 * read, and may be overwritten.
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

/** Fills `target` with the bytes from `position`. */
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

/** The bytes of a typed array, without a copy. In native byte order: no other machine reads them. */
export function bytesOf(words: Uint32Array): Buffer {
  return Buffer.from(words.buffer, words.byteOffset, words.byteLength);
}

/** The whole 32-bit words in bytes, without a copy; the buffer must be aligned. */
export function uint32sOf(bytes: Buffer): Uint32Array {
  return new Uint32Array(bytes.buffer, bytes.byteOffset, bytes.length / 4);
}

/** The first four bytes as a 32-bit number. */
export function uint32Of(bytes: Buffer): number {
  return new Uint32Array(Uint8Array.from(bytes.subarray(0, 4)).buffer)[0] as number;
}
