/** Keeps the texts of held states on disk: they may wait for hours and must not take memory. */
import type { FilePool } from './file_pool.ts';
import { SpoolFile } from './spool_file.ts';

interface TextFile {
  readonly number: number;
  readonly file: SpoolFile;
  /** Texts in it that are still needed. */
  live: number;
}

/** Reference to a text: number of its file and offset in it, in one number. To be dropped once. */
export type TextRef = number;

const placesPerFile = 2 ** 24;
/** A text is preceded by its length. */
const lengthBytes = 4;

/**
 * Appends to one file until it is large, then to the next. A file is deleted with the last of its texts, so that a sync
 * of days does not fill the disk even if the store is never empty.
 */
export class StateTexts {
  readonly #pool: FilePool;
  readonly #folder: string;
  readonly #segmentBytes: number;
  readonly #segments = new Map<number, TextFile>();
  readonly #length = Buffer.alloc(lengthBytes);
  #made = 0;
  #current: TextFile | undefined;

  /** @param segmentBytes size at which the next text opens another file */
  constructor(pool: FilePool, folder: string, segmentBytes = 8_000_000) {
    this.#pool = pool;
    this.#folder = folder;
    this.#segmentBytes = Math.min(segmentBytes, placesPerFile);
  }

  /** @throws ConnectorError `disk_failed` */
  put(text: string | Buffer): TextRef {
    const bytes = typeof text === 'string' ? Buffer.from(text) : text;
    const segment = this.#segmentWithRoom();
    const { number, file } = segment;
    const position = file.size;
    this.#length.writeUInt32LE(bytes.length);
    file.append(this.#length, lengthBytes);
    file.append(bytes, bytes.length);
    segment.live += 1;
    return number * placesPerFile + position;
  }

  /** The text, byte for byte. */
  get(ref: TextRef): Buffer {
    const { file } = this.#segmentOf(ref);
    const position = ref % placesPerFile;
    return file.readSync(position + lengthBytes, file.readSync(position, lengthBytes).readUInt32LE());
  }

  /** Frees the text; `ref` must not be used again. */
  drop(ref: TextRef): void {
    const segment = this.#segmentOf(ref);
    segment.live -= 1;
    if (segment.live > 0) return;
    if (segment === this.#current) segment.file.resize(0);
    else {
      this.#segments.delete(segment.number);
      segment.file.remove();
    }
  }

  #segmentOf(ref: TextRef): TextFile {
    const segment = this.#segments.get(Math.floor(ref / placesPerFile));
    if (segment === undefined) throw new RangeError('A text of a state was dropped before it was used');
    return segment;
  }

  #segmentWithRoom(): TextFile {
    if (this.#current !== undefined && this.#current.file.size < this.#segmentBytes) return this.#current;
    this.#made += 1;
    const file = new SpoolFile(this.#pool, `${this.#folder}/states-${this.#made}`);
    this.#current = { number: this.#made, file, live: 0 };
    this.#segments.set(this.#made, this.#current);
    return this.#current;
  }
}
