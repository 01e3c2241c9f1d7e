/** Texts that must wait for hours without taking memory: held states, kept on disk. */
import type { FilePool } from './file_pool.ts';
import { SpoolFile } from './spool_file.ts';

interface TextFile {
  readonly file: SpoolFile;
  /** Texts in it that are still wanted. */
  live: number;
}

/** Where a text lies. To be dropped once. */
export interface TextRef {
  readonly segment: TextFile;
  readonly position: number;
  readonly length: number;
}

/**
 * Appends to one file until that is large, then to the next. A file goes with the last of its texts, so a sync of
 * days, whose states come and go without the store ever being empty, does not fill the disk.
 */
export class StateTexts {
  readonly #pool: FilePool;
  readonly #folder: string;
  readonly #segmentBytes: number;
  #segments = 0;
  #current: TextFile | undefined;

  /** @param segmentBytes size from which on the next text opens another file */
  constructor(pool: FilePool, folder: string, segmentBytes = 8_000_000) {
    this.#pool = pool;
    this.#folder = folder;
    this.#segmentBytes = segmentBytes;
  }

  /** @throws ConnectorError `disk_failed` */
  put(text: string | Buffer): TextRef {
    const bytes = typeof text === 'string' ? Buffer.from(text) : text;
    const segment = this.#segmentWithRoom();
    const position = segment.file.size;
    segment.file.append(bytes, bytes.length);
    segment.live += 1;
    return { segment, position, length: bytes.length };
  }

  /** The text, byte for byte as it was put. */
  get(ref: TextRef): Buffer {
    return ref.segment.file.readSync(ref.position, ref.length);
  }

  /** Frees the text; `ref` must not be used again. */
  drop(ref: TextRef): void {
    const segment = ref.segment;
    segment.live -= 1;
    if (segment.live > 0) return;
    if (segment === this.#current) segment.file.resize(0);
    else segment.file.remove();
  }

  #segmentWithRoom(): TextFile {
    if (this.#current !== undefined && this.#current.file.size < this.#segmentBytes) return this.#current;
    this.#segments += 1;
    this.#current = { file: new SpoolFile(this.#pool, `${this.#folder}/states-${this.#segments}`), live: 0 };
    return this.#current;
  }
}
