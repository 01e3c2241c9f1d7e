/** Keeps what is known of waiting rows in the storage: each file is written once, by one writer. */
import type { RowBase } from '../../model.ts';
import type { Storage } from './storage.ts';
import { type WaitingContent, type WaitingRow, WaitingRows, type WaitingSent } from './waiting.ts';

/** More rows are at the end of no file. */
const mostAtEnd = 1_000_000;
/** Milliseconds since 1970 that a date may have. */
const latestTime = 8.64e15;

/** How often the files are listed again because one was removed while they were read. */
const mostReadings = 5;

/** What the storage knows of the waiting rows of one tenant. */
export interface KnownRows {
  readonly rows: WaitingRows;
  /** Names of the files that it comes from. */
  readonly files: readonly string[];
  /** Names of files that contain something else. */
  readonly foreign: readonly string[];
  /** Names that were listed last, and of which the storage had no file when they were read. */
  readonly gone: readonly string[];
  /** Those of them that were so the time before too: no other process has just removed them. */
  readonly missing: readonly string[];
}

/**
 * Reads all that any writer has written.
 * @param prefix of the tenant's files
 * @throws ConnectorError `rejects_unwritable`
 */
export async function readWaiting(storage: Storage, prefix: string): Promise<KnownRows> {
  let before: readonly string[] = [];
  for (let reading = 1; ; reading += 1) {
    const known = await readOnce(storage, prefix);
    const { gone } = known;
    // A file that is gone was replaced by one that may not have been listed. What is then still unknown is not sent.
    if (gone.length === 0 || reading === mostReadings)
      return { ...known, missing: gone.filter((name) => before.includes(name)) };
    before = gone;
  }
}

async function readOnce(storage: Storage, prefix: string): Promise<Omit<KnownRows, 'missing'>> {
  const rows = new WaitingRows();
  const files: string[] = [];
  const foreign: string[] = [];
  const gone: string[] = [];
  for (const { name } of await storage.list(prefix)) {
    const content = await storage.read(name);
    const found = content && parseWaiting(content.toString());
    if (content === undefined) gone.push(name);
    else if (found === undefined) foreign.push(name);
    else {
      rows.merge(found);
      files.push(name);
    }
  }
  return { rows, files, foreign, gone };
}

/** The files of one attempt. */
export class WaitingWriter {
  readonly #storage: Storage;
  readonly #beginning: string;
  /** Files that contain nothing but what the next one contains. */
  #outdated: readonly string[];
  #parts = 0;

  /**
   * @param beginning of the names of its files: no other process writes such names
   * @param read the files whose content it has
   */
  constructor(storage: Storage, beginning: string, read: readonly string[]) {
    this.#storage = storage;
    this.#beginning = beginning;
    this.#outdated = read;
  }

  /**
   * Writes all that this attempt knows, and only then removes what that replaces.
   * @throws ConnectorError `rejects_unwritable`
   */
  async write(rows: WaitingRows, now: number): Promise<void> {
    const name = this.#nextName();
    await this.#storage.write(name, Buffer.from(textOf(rows, now)));
    const outdated = this.#outdated;
    this.#outdated = [name];
    for (const each of outdated) await this.#storage.remove(each);
  }

  #nextName(): string {
    for (;;) {
      this.#parts += 1;
      const name = `${this.#beginning}.${this.#parts}.json`;
      if (!this.#outdated.includes(name)) return name;
    }
  }
}

/** The text of a file. @param now in milliseconds since 1970 */
export function textOf(rows: WaitingRows, now: number): string {
  return `${JSON.stringify(rows.toContent(now))}\n`;
}

/** What the text of a file says; undefined if it is none of this format. */
export function parseWaiting(text: string): WaitingRows | undefined {
  try {
    const content = JSON.parse(text) as WaitingContent;
    const { version, jobs, ended, sent } = content;
    const isComplete = version === 1 && isObject(ended) && isObject(sent) && Array.isArray(jobs);
    return isComplete && jobs.every(isJob) && Object.values(ended).every(areRanges) && Object.values(sent).every(isSent)
      ? WaitingRows.of(content)
      : undefined;
  } catch {
    return undefined;
  }
}

function isJob(value: WaitingContent['jobs'][number]): boolean {
  if (!isObject(value) || !isObject(value.stream) || !Array.isArray(value.rows)) return false;
  const { id, object, operation, token, formats, job, stream, rejectedAt, fields } = value;
  const texts = [id, object, operation, token, formats, job, stream.name, stream.namespace ?? ''];
  const lists = [value.comparedBy, value.keyFields, value.columns, fields];
  if (!texts.every(isText) || !isRowBase(value.numbering)) return false;
  if (!isTime(rejectedAt) || !lists.every(isTextList)) return false;
  return value.rows.every((row) => isRow(row, fields.length));
}

function isRow(row: WaitingRow, cells: number): boolean {
  if (!isObject(row) || !Array.isArray(row.cells) || row.cells.length !== cells) return false;
  const isCounted = Number.isSafeInteger(row.row) && row.row >= 0 && Number.isSafeInteger(row.tries) && row.tries >= 0;
  return isCounted && isText(row.reason) && isText(row.field ?? '') && row.cells.every((cell) => isText(cell ?? ''));
}

function isSent(file: WaitingSent): boolean {
  if (!isObject(file) || !isText(file.digest) || !isObject(file.ids)) return false;
  const { rows, count, at } = file;
  const isPlace = (pair: unknown) => areNumbers(pair, 2) && pair[0] >= 0 && pair[0] < count;
  const arePlaces = (pairs: unknown) => Array.isArray(pairs) && pairs.every(isPlace);
  return (
    [rows, count].every(isNumber) &&
    isTime(at) &&
    count >= 0 &&
    count <= mostAtEnd &&
    Object.values(file.ids).every(arePlaces)
  );
}

function areRanges(value: unknown): boolean {
  return (
    Array.isArray(value) && value.every((range) => areNumbers(range, 3) && (range[0] as number) <= (range[1] as number))
  );
}

function isObject(value: unknown): value is object {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

function isRowBase(value: unknown): value is RowBase {
  return value === 0 || value === 1 || value === 2 || value === 'physical';
}

function isText(value: unknown): value is string {
  return typeof value === 'string';
}

function isTextList(value: unknown): value is string[] {
  return Array.isArray(value) && value.every(isText);
}

function areNumbers(value: unknown, count: number): value is [number, number, ...number[]] {
  return Array.isArray(value) && value.length === count && value.every(isNumber);
}

function isTime(value: number): boolean {
  return Number.isFinite(value) && Math.abs(value) <= latestTime;
}

function isNumber(value: unknown): boolean {
  return Number.isSafeInteger(value);
}
