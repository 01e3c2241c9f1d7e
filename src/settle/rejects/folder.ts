/** Rejected rows in a folder: CSV as it was sent, with three more columns that give the reason. */
import { closeSync, constants, createReadStream, openSync, writeFileSync, writeSync } from 'node:fs';
import { open } from 'node:fs/promises';
import { join } from 'node:path';
import { stringify } from 'csv-stringify/sync';
import { wholeRedactor } from '../../airbyte/redaction.ts';
import type { Clock } from '../../clock.ts';
import type { Batch, Plan, Reject } from '../../model.ts';
import { slug } from '../../names.ts';
import { dialect } from '../../records/csv.ts';
import { unwritable } from './folder_check.ts';
import { planFileName, planFileText, reasonColumns } from './plan_file.ts';
import type { KeptFile, RejectStore } from './store.ts';

/** Where rejected rows are stored, and under which names. */
export interface FolderStoreOptions {
  /** `rejected_rows.folder`; it must exist. */
  readonly folder: string;
  /** `values.null_text`: the text of a cell without a value. */
  readonly nullText: string;
  /** One Airbyte job, as used in file names. */
  readonly run: string;
  readonly attempt: number;
  /** Maximum size of a file in bytes before the next is started: a corrected file must be loadable. */
  readonly maxBytes: number;
  readonly clock: Pick<Clock, 'now'>;
  /** Texts that no file may contain; a part of one may be a value that is loaded again. */
  readonly secrets: readonly string[];
}

interface RejectFile extends KeptFile {
  rows: number;
  bytes: number;
}

/** Rows that wait to be written. */
interface WaitingRows {
  readonly rows: string[];
  /** When the first came, in milliseconds since 1970. */
  readonly since: number;
}

/** Maximum text of all files together that waits to be written, in characters. */
const longestBuffer = 1_000_000;
const mode = 0o600;
const createExclusively = constants.O_CREAT | constants.O_EXCL | constants.O_WRONLY;

/** One file per stream, until it is full. No file is kept open: there may be a thousand streams. */
export class FolderStore implements RejectStore {
  readonly prefix = '';
  readonly #options: FolderStoreOptions;
  readonly #redact: (text: string) => string;
  readonly #current = new Map<Plan, RejectFile>();
  readonly kept: RejectFile[] = [];
  readonly #waiting = new Map<Plan, WaitingRows>();
  #waitingLength = 0;
  readonly #unsynced = new Set<string>();
  #parts = 0;

  constructor(options: FolderStoreOptions) {
    this.#options = options;
    this.#redact = wholeRedactor(options.secrets);
  }

  add(reject: Reject): void {
    const { plan } = reject;
    const cells = reject.cells ?? plan.columns.map(() => null);
    const redacted = [...cells, reject.field ?? null, reject.reason].map((cell) => cell && this.#redact(cell));
    const row = this.#csv([...redacted, String(reject.sure)]);
    const waiting = this.#waiting.get(plan);
    if (waiting) waiting.rows.push(row);
    else this.#waiting.set(plan, { rows: [row], since: this.#options.clock.now() });
    this.#waitingLength += row.length;
    if (this.#waitingLength > longestBuffer) this.#writeAll();
  }

  async flush(): Promise<void> {
    this.#writeAll();
    if (this.#unsynced.size === 0) return;
    for (const path of this.#unsynced) await this.#trying(() => sync(path));
    // The folder's entries must be durable as well.
    await this.#trying(() => sync(this.#options.folder));
    this.#unsynced.clear();
  }

  keepBatch(batch: Batch): Promise<string> {
    return this.#trying(async () => {
      const path = await this.#firstFree(batch.plan, 'batch', (free) =>
        copyWithout(this.#options.secrets, batch.path, free),
      );
      await sync(path);
      await sync(this.#writePlan(path, batch.filePlan, this.#options.clock.now()));
      await sync(this.#options.folder);
      return path;
    });
  }

  #writeAll(): void {
    for (const [plan, waiting] of this.#waiting) this.#writeRows(plan, waiting);
    this.#waiting.clear();
    this.#waitingLength = 0;
  }

  #writeRows(plan: Plan, { rows, since }: WaitingRows): void {
    try {
      const known = this.#current.get(plan);
      const file = known && known.bytes < this.#options.maxBytes ? known : this.#create(plan, since);
      file.bytes += append(file.address, rows.join(''));
      file.rows += rows.length;
      this.#unsynced.add(file.address);
    } catch (error) {
      throw this.#unwritable(error);
    }
  }

  #create(plan: Plan, rejectedAt: number): RejectFile {
    const header = this.#csv([...plan.columns.map(({ field }) => field), ...reasonColumns]);
    for (;;) {
      const path = this.#nextPath(plan, 'rejects');
      try {
        closeSync(openSync(path, createExclusively, mode));
      } catch (error) {
        if (isTaken(error)) continue;
        throw error;
      }
      const file = { address: path, plan, rows: 0, bytes: append(path, header) };
      this.#unsynced.add(this.#writePlan(path, plan, rejectedAt));
      this.#current.set(plan, file);
      this.kept.push(file);
      return file;
    }
  }

  /** Beside the file, so that it can be loaded again whatever the configuration is then. */
  #writePlan(csvPath: string, plan: Plan, rejectedAt: number): string {
    const path = planFileName(csvPath);
    const { nullText } = this.#options;
    writeFileSync(path, this.#redact(planFileText(plan, { nullText, rejectedAt })), { mode });
    return path;
  }

  async #firstFree(plan: Plan, kind: string, create: (path: string) => Promise<void>): Promise<string> {
    for (;;) {
      const path = this.#nextPath(plan, kind);
      try {
        await create(path);
        return path;
      } catch (error) {
        if (!isTaken(error)) throw error;
      }
    }
  }

  #nextPath(plan: Plan, kind: string): string {
    const { folder, run, attempt } = this.#options;
    this.#parts += 1;
    return join(folder, `${slug(run, 40)}.${attempt}.${this.#parts}.${slug(plan.label, 100)}.${kind}.csv`);
  }

  #csv(cells: readonly (string | null)[]): string {
    // The text for no value must not be quoted: quoted, it would be a value.
    const noValue = { value: this.#options.nullText, quoted_match: [] };
    return stringify([[...cells]], { ...dialect, cast: { null: () => noValue } } as Parameters<typeof stringify>[1]);
  }

  async #trying<T>(act: () => Promise<T>): Promise<T> {
    try {
      return await act();
    } catch (error) {
      throw this.#unwritable(error);
    }
  }

  #unwritable(error: unknown): unknown {
    return unwritable(this.#options.folder, error);
  }
}

/** Copies a file without the secrets, as they appear in cells with or without quotes. */
async function copyWithout(secrets: readonly string[], from: string, to: string): Promise<void> {
  const target = await open(to, createExclusively, mode);
  try {
    for await (const piece of withoutSecrets(createReadStream(from), secrets)) await target.writeFile(piece);
  } finally {
    await target.close();
  }
}

/** Text as Latin-1, one character per byte, so that secrets are searched for as bytes. */
async function* withoutSecrets(source: AsyncIterable<Buffer>, secrets: readonly string[]): AsyncGenerator<Buffer> {
  const spelled = secrets.flatMap((secret) => [secret, secret.replaceAll('"', '""')]);
  const all = spelled.filter((secret) => secret !== '').map((secret) => Buffer.from(secret).toString('latin1'));
  const longest = Math.max(1, ...all.map(({ length }) => length));
  let text = '';
  for await (const piece of source) {
    text = all.reduce((left, secret) => left.replaceAll(secret, '***'), text + piece.toString('latin1'));
    // The end may be the beginning of a secret.
    const whole = Math.max(0, text.length - longest + 1);
    yield Buffer.from(text.slice(0, whole), 'latin1');
    text = text.slice(whole);
  }
  yield Buffer.from(text, 'latin1');
}

/** @returns number of bytes written */
function append(path: string, text: string): number {
  const bytes = Buffer.from(text);
  const file = openSync(path, 'a');
  try {
    for (let done = 0; done < bytes.length; ) done += writeSync(file, bytes, done);
  } finally {
    closeSync(file);
  }
  return bytes.length;
}

async function sync(path: string): Promise<void> {
  const file = await open(path, 'r');
  try {
    await file.sync();
  } finally {
    await file.close();
  }
}

function isTaken(error: unknown): boolean {
  return error instanceof Error && 'code' in error && error.code === 'EEXIST';
}
