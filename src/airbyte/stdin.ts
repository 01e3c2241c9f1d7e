/**
 * Reads standard input as chunks: a pipe is read into the same buffer again and again, at a third of the cost of new
 * ones.
 */
import { fstatSync } from 'node:fs';
import { Socket } from 'node:net';
import { addAbortSignal, type Readable } from 'node:stream';
import { sharedErrors, TracedError } from './traced_error.ts';

/** A pipe usually holds 64 KiB; the writer may have enlarged it. */
const bufferBytes = 256 * 1024;

/**
 * The bytes of standard input, until it ends or `stop` is aborted. A chunk is valid until the next one is requested,
 * which must be after it came.
 * @param input returns the stream of descriptor 0; called only if that is not a pipe, as the stream is created on first
 * access
 */
export function standardInput(input: () => Readable, stop: AbortSignal): AsyncIterable<Buffer> {
  const kind = fstatSync(0);
  if (!kind.isFIFO() && !kind.isSocket()) return unbroken(input(), stop);
  const chunks = new PipeChunks(0, stop);
  return { [Symbol.asyncIterator]: () => chunks };
}

/** A file or a terminal. */
async function* unbroken(input: Readable, stop: AbortSignal): AsyncGenerator<Buffer> {
  try {
    yield* addAbortSignal(stop, input);
  } catch (error) {
    if (!stop.aborted) throw lost(error);
  }
}

function lost(error: unknown): unknown {
  if (!(error instanceof Error && 'syscall' in error)) return error;
  return new TracedError('input_lost', sharedErrors.input_lost, { detail: error.message }, { cause: error });
}

class PipeChunks implements AsyncIterator<Buffer> {
  readonly #socket: Socket;
  /** A chunk that came before it was requested. */
  #early: Buffer | undefined;
  #end: { readonly error?: Error } | undefined;
  #settle: (() => void) | undefined;

  constructor(fd: number, stop: AbortSignal) {
    const buffer = Buffer.allocUnsafeSlow(bufferBytes);
    const callback = (length: number): boolean => {
      this.#early = buffer.subarray(0, length);
      this.#settle?.();
      // Pauses until the next chunk is requested.
      return false;
    };
    // The types declare `onread` for `connect` only.
    const options = { fd, readable: true, writable: false, onread: { buffer, callback } };
    this.#socket = new Socket(options);
    this.#socket.once('end', () => this.#finish({})).once('error', (error) => this.#finish({ error }));
    stop.addEventListener('abort', () => this.#finish({}), { once: true });
    if (stop.aborted) this.#finish({});
    // The first bytes come while the destination prepares for them.
    else this.#socket.resume();
  }

  next(): Promise<IteratorResult<Buffer, undefined>> {
    return new Promise((resolve, reject) => {
      this.#settle = () => {
        const value = this.#early;
        this.#early = undefined;
        this.#settle = undefined;
        if (value) resolve({ done: false, value });
        else if (this.#end?.error) reject(lost(this.#end.error));
        else resolve({ done: true, value: undefined });
      };
      if (this.#early || this.#end) this.#settle();
      else this.#socket.resume();
    });
  }

  #finish(end: { readonly error?: Error }): void {
    this.#end ??= end;
    this.#settle?.();
  }
}
