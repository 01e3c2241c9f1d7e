/** The waiting rows as one attempt knows them: read from the storage at its start, found by key, and written when they change. */
import { SerialQueue } from '../../async.ts';
import { slug } from '../../names.ts';
import { giveUp } from './given_up.ts';
import { keyIn, keyTextOf } from './row_keys.ts';
import type { Storage } from './storage.ts';
import { isSameObject, type Waiting, type WaitingJob, type WaitingRow, WaitingRows } from './waiting.ts';
import { readWaiting, WaitingWriter } from './waiting_files.ts';

/** Maximum number of rows that wait, and of characters in their cells: all are held in memory. */
const mostWaiting = 10_000;
const mostCharacters = 10_000_000;

/** Where rows are kept, and by whom. */
export interface KeptRowsOptions {
  readonly storage: Storage;
  /** The tenant's host. */
  readonly host: string;
  /** A name that no other process has. */
  readonly process: string;
  readonly clock: { now(): number };
  /** `values.null_text`. */
  readonly nullText: string;
}

/** Waiting rows in memory and in the storage. */
export class KeptRows {
  /** Call {@link changed} after a change. */
  readonly rows = new WaitingRows();
  readonly #options: KeptRowsOptions;
  /** Of the tenant's files. */
  readonly #folder: string;
  /** Ids of rows by object and key, ended ones included. */
  readonly #byKey = new Map<string, string[]>();
  /** Ids of rows that this process has ended. */
  readonly #endedHere = new Set<string>();
  #characters = 0;
  #files: WaitingWriter | undefined;
  readonly #writes = new SerialQueue();
  /** Something is not in the storage yet. */
  #isDirty = false;
  #given = 0;

  constructor(options: KeptRowsOptions) {
    this.#options = options;
    this.#folder = `waiting/${slug(options.host, 100)}/`;
  }

  /**
   * Reads what the storage has.
   * @returns where files are that say something else, and those that are listed but missing
   * @throws ConnectorError `rejects_unwritable`
   */
  async open(): Promise<{ readonly foreign: readonly string[]; readonly missing: readonly string[] }> {
    const { process, storage } = this.#options;
    const { rows, files, foreign, missing } = await readWaiting(storage, this.#folder);
    this.#files = new WaitingWriter(storage, `${this.#folder}${process}`, files);
    this.rows.merge(rows);
    for (const waiting of this.rows) this.#index(waiting);
    return { foreign: this.#addressesOf(foreign), missing: this.#addressesOf(missing) };
  }

  /** Whether any row waits for an object. */
  hasAnyOn(object: string): boolean {
    for (const { about } of this.rows) if (isSameObject(about.object, object)) return true;
    return false;
  }

  /** The rows that wait for an object. */
  on(object: string): Waiting[] {
    return [...this.rows].filter(({ about }) => isSameObject(about.object, object));
  }

  /** Ids of rows with a key, of which some may wait no longer. @param key of {@link keyIn} */
  withKey(key: string): readonly string[] {
    return this.#byKey.get(key) ?? [];
  }

  /** Whether there is room for a row of these cells. */
  hasRoom(cells: readonly (string | null)[]): boolean {
    return this.rows.size < mostWaiting && this.#characters + charactersOf(cells) <= mostCharacters;
  }

  /**
   * A job has rejected a row. An earlier attempt may have learnt so before it was killed: what ended the row then counts,
   * unless it was the row's own record, which this attempt has read again.
   * @returns whether it waits
   */
  add(writer: string, about: WaitingJob, row: WaitingRow): boolean {
    const { ended, comparedBy } = this.rows.twinsOf(about, row.row);
    if (ended.some((id) => !this.#endedHere.has(id))) return false;
    const added = this.rows.add(this.#options.process, writer, about, row);
    this.rows.comparedToo(added.id, comparedBy);
    this.#index(added);
    this.#isDirty = true;
    return true;
  }

  /** What is known has changed. */
  changed(): void {
    this.#isDirty = true;
  }

  /**
   * A row no longer waits.
   * @returns whether it did
   */
  end(id: string): boolean {
    const waiting = this.rows.byId(id);
    if (!waiting) return false;
    this.rows.end(id, this.#options.clock.now());
    this.#endedHere.add(id);
    this.#characters -= charactersOf(waiting.row.cells);
    this.#isDirty = true;
    return true;
  }

  /**
   * The rows that a sync at the same time has ended. It writes so before each of its files, and it has written before that
   * it compares its files with these rows.
   * @returns not whole if files could not be read, of which `missing` are those that are listed again and again
   * @throws ConnectorError `rejects_unwritable`
   */
  async endedByOthers(): Promise<{ ids: string[]; isWhole: boolean; missing: readonly string[] }> {
    const { rows, gone, missing } = await readWaiting(this.#options.storage, this.#folder);
    const ids = [...this.rows].flatMap(({ id }) => (rows.hasEnded(id) ? [id] : []));
    return { ids, isWhole: gone.length === 0, missing: this.#addressesOf(missing) };
  }

  /**
   * Keeps rows for a person; only then they no longer wait.
   * @returns where they are
   * @throws ConnectorError `rejects_unwritable`
   */
  async giveUp(rows: readonly Waiting[], why: string): Promise<string[]> {
    const { nullText, process, storage } = this.#options;
    const beginning = `given_up/${process}.${this.#given}`;
    this.#given += 1;
    const addresses = await giveUp(storage, { rows, why, nullText, beginning });
    for (const { id } of rows) this.end(id);
    return addresses;
  }

  /**
   * Makes everything durable.
   * @throws ConnectorError `rejects_unwritable`
   */
  async flush(): Promise<void> {
    // Behind a write that runs: it may hold what this caller needs to be durable.
    await this.#writes.run(async () => {
      if (!this.#isDirty) return;
      // Before the call: what changes while it runs needs another one.
      this.#isDirty = false;
      await this.#files?.write(this.rows, this.#options.clock.now()).catch((error) => {
        this.#isDirty = true;
        throw error;
      });
    });
  }

  #addressesOf(names: readonly string[]): string[] {
    return names.map((name) => this.#options.storage.addressOf(name));
  }

  #index({ id, about, row }: Waiting): void {
    this.#characters += charactersOf(row.cells);
    const text = keyTextOf(about.keyFields, about.fields, row.cells);
    if (text === undefined) return;
    const key = keyIn(about.object, text);
    const known = this.#byKey.get(key);
    if (known) known.push(id);
    else this.#byKey.set(key, [id]);
  }
}

function charactersOf(cells: readonly (string | null)[]): number {
  return cells.reduce((sum, cell) => sum + (cell?.length ?? 0), 0);
}
