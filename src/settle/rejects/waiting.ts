/**
 * Rejected rows that wait to be sent again: what is known of them, as values.
 *
 * Several syncs may know different things at the same time, and none of them locks anything. So everything here only
 * grows: rows are added, rows end (accepted, replaced, or given up), writers compare their files with them, rows are
 * tried once more. Merging what two writers know is then a union, in any order and any number of times, and a file of
 * the storage may be removed as soon as another contains all that it says. `docs/decisions/rejected_rows_again.md`
 * shows what is in the storage at which moment.
 */
import { day } from '../../clock.ts';
import type { Values } from '../../config/types.ts';
import type { Plan, RowBase } from '../../model.ts';
import { type EndedRange, EndedRows } from './ended_rows.ts';

/** How long a row waits, in milliseconds: as far back as the list of jobs is read. */
export const longestWaitMs = 7 * day;
/** How often a row is sent again. */
export const mostTries = 5;
/** How long an end is remembered, in milliseconds: a file of another writer may still contain the row. */
const longestMemoryMs = 2 * longestWaitMs;

/** What the waiting rows of one job have in common. */
export interface WaitingJob {
  readonly stream: { readonly name: string; readonly namespace: string | null };
  readonly object: string;
  readonly operation: Plan['operation'];
  readonly keyFields: readonly string[];
  /** {@link mappingOf} the stream. */
  readonly columns: readonly string[];
  /** The fields of the cells: those of the file. */
  readonly fields: readonly string[];
  /** TOKEN of the catalog: the streams of the connection. */
  readonly token: string;
  /** {@link formatsOf} the values. */
  readonly formats: string;
  /** The job that rejected the rows. */
  readonly job: string;
  /** How the tenant numbered the rows of that job. */
  readonly numbering: RowBase;
  /** In milliseconds since 1970. */
  readonly rejectedAt: number;
}

/** A rejected row. */
export interface WaitingRow {
  /** Its number in the file of its job, 0 the first. */
  readonly row: number;
  /** As sent; null for no value. */
  readonly cells: readonly (string | null)[];
  readonly field: string | null;
  readonly reason: string;
  /** How often it was sent again. */
  readonly tries: number;
}

/** A row with what it shares with others, and its id. */
export interface Waiting {
  readonly id: string;
  readonly about: WaitingJob;
  readonly row: WaitingRow;
}

/** A file that was sent with rows of earlier syncs at its end. */
export interface SentFile {
  readonly digest: string;
  /** Rows of the file, with them. */
  readonly rows: number;
  /** The ids of the rows at its end, in their order; undefined for one that no longer waits. */
  readonly ids: readonly (string | undefined)[];
  /** In milliseconds since 1970. */
  readonly at: number;
}

/** A row as several processes know it. */
export interface Twins {
  /** Its ids that wait no longer. */
  readonly ended: readonly string[];
  /** The attempts that have compared their files with it. */
  readonly comparedBy: readonly string[];
}

interface Group {
  readonly about: WaitingJob;
  /** The attempts that compare their files with these rows: no row is sent after a job of any other. */
  readonly comparedBy: Set<string>;
  readonly rows: Map<number, WaitingRow>;
}

/** What a file of waiting rows contains. */
export interface WaitingContent {
  readonly version: 1;
  readonly jobs: readonly (WaitingJob & {
    readonly id: string;
    readonly comparedBy: readonly string[];
    readonly rows: readonly WaitingRow[];
  })[];
  /** Rows that no longer wait, and since when, by job. */
  readonly ended: Readonly<Record<string, readonly EndedRange[]>>;
  /**
   * By the part of the file name that is unique to a submission. Of the rows at its end only those that may wait are
   * listed, five times at most each: by job, the place of each at the end and its number.
   */
  readonly sent: Readonly<Record<string, WaitingSent>>;
}

/** A {@link SentFile} in a file of waiting rows. */
export type WaitingSent = Pick<SentFile, 'digest' | 'rows' | 'at'> & {
  readonly count: number;
  readonly ids: Readonly<Record<string, readonly (readonly [place: number, row: number])[]>>;
};

/** What a writer knows of waiting rows. */
export class WaitingRows implements Iterable<Waiting> {
  readonly #groups = new Map<string, Group>();
  readonly #ended = new EndedRows();
  readonly #sent = new Map<string, SentFile>();

  /** The rows that wait. */
  *[Symbol.iterator](): Generator<Waiting> {
    for (const [group, { about, rows }] of this.#groups)
      for (const row of rows.values()) yield { id: idOf(group, row.row), about, row };
  }

  /** A row by its id; undefined if it does not wait, or no longer. */
  byId(id: string): Waiting | undefined {
    const group = this.#groups.get(groupOf(id));
    const row = group?.rows.get(numberOf(id));
    return group && row ? { id, about: group.about, row } : undefined;
  }

  /**
   * A job has rejected a row.
   * @param process that settled the job, once: a name that no other has
   * @param writer its attempt: it compares its later files with the row
   */
  add(process: string, writer: string, about: WaitingJob, row: WaitingRow): Waiting {
    const id = `${process}.${about.job}`;
    const group = this.#groups.get(id) ?? { about, comparedBy: new Set([writer]), rows: new Map() };
    this.#groups.set(id, group);
    group.rows.set(row.row, row);
    return { id: idOf(id, row.row), about: group.about, row };
  }

  /**
   * What other processes knew of the same row of the same job: an attempt that takes over a job learns its rejected rows
   * once more.
   */
  twinsOf({ job, object }: Pick<WaitingJob, 'job' | 'object'>, row: number): Twins {
    const groups = [...this.#groups].filter(([, { about }]) => about.job === job && isSameObject(about.object, object));
    const ended = [...this.#ended.groups()].flatMap((group) =>
      group.endsWith(`.${job}`) && this.#ended.has(group, row) ? [idOf(group, row)] : [],
    );
    return { ended, comparedBy: groups.flatMap(([, { comparedBy }]) => [...comparedBy]) };
  }

  /** Further attempts have compared their files with a row. */
  comparedToo(id: string, writers: readonly string[]): void {
    const group = this.#groups.get(groupOf(id));
    for (const writer of writers) group?.comparedBy.add(writer);
  }

  /** The number of rows that wait. */
  get size(): number {
    let size = 0;
    for (const { rows } of this.#groups.values()) size += rows.size;
    return size;
  }

  /** Whether a row is known to wait no longer. */
  hasEnded(id: string): boolean {
    return this.#ended.has(groupOf(id), numberOf(id));
  }

  /** A row no longer waits. */
  end(id: string, now: number): void {
    const row = numberOf(id);
    this.#end(groupOf(id), [row, row, now]);
  }

  /** The row is sent once more. */
  tried(id: string): void {
    this.#change(id, ({ row }) => ({ ...row, tries: row.tries + 1 }));
  }

  /** The row was rejected once more, for this reason. */
  rejected(id: string, field: string | null, reason: string): void {
    this.#change(id, ({ row }) => ({ ...row, field, reason }));
  }

  /** The attempts that compare their files with the row. */
  comparedBy(id: string): ReadonlySet<string> {
    return this.#groups.get(groupOf(id))?.comparedBy ?? new Set();
  }

  /**
   * From now on the attempt compares its files with all rows of the object.
   * @returns whether this is new
   */
  compare(writer: string, isOn: (object: string) => boolean): boolean {
    let isNew = false;
    for (const { about, comparedBy } of this.#groups.values()) {
      if (!isOn(about.object) || comparedBy.has(writer)) continue;
      comparedBy.add(writer);
      isNew = true;
    }
    return isNew;
  }

  /** A file is about to be sent with rows at its end. */
  send(send: string, file: SentFile): void {
    this.#sent.set(send, file);
  }

  /** A file that was sent with rows at its end, by this attempt or another. */
  sentAs(send: string): SentFile | undefined {
    return this.#sent.get(send);
  }

  /** Whether a file of this digest was sent with rows at its end. */
  wasSent(digest: string): boolean {
    return [...this.#sent.values()].some((file) => file.digest === digest);
  }

  /** Adds what another writer knows. */
  merge(other: WaitingRows): void {
    for (const [id, { about, comparedBy, rows }] of other.#groups) {
      const group = this.#groups.get(id) ?? { about, comparedBy: new Set(), rows: new Map() };
      for (const writer of comparedBy) group.comparedBy.add(writer);
      for (const row of rows.values()) {
        const known = group.rows.get(row.row);
        if (!this.#ended.has(id, row.row) && isNewer(row, known)) group.rows.set(row.row, row);
      }
      this.#groups.set(id, group);
    }
    // Only now is it known which rows wait, so that no range covers one of them.
    for (const [group, ranges] of other.#ended.recent(() => true)) for (const range of ranges) this.#end(group, range);
    for (const [send, file] of other.#sent) {
      const ids = this.#sent.get(send)?.ids;
      this.#sent.set(send, { ...file, ids: file.ids.map((id, place) => id ?? ids?.[place]) });
    }
  }

  /** As a file's content, without what is too old to matter. @param now in milliseconds since 1970 */
  toContent(now: number): WaitingContent {
    const isRecent = (at: number) => now - at <= longestMemoryMs;
    const jobs = [...this.#groups]
      .filter(([, { rows }]) => rows.size > 0)
      .map(([id, { about, comparedBy, rows }]) => ({
        ...{ id, ...about, comparedBy: [...comparedBy] },
        rows: [...rows.values()],
      }));
    return {
      ...{ version: 1, jobs },
      ended: Object.fromEntries(this.#ended.recent(isRecent)),
      sent: Object.fromEntries(
        [...this.#sent].flatMap(([send, file]) => (isRecent(file.at) ? [[send, this.#contentOf(file)]] : [])),
      ),
    };
  }

  /** From a file's content. */
  static of(content: WaitingContent): WaitingRows {
    const rows = new WaitingRows();
    for (const { id, comparedBy, rows: listed, ...about } of content.jobs) {
      if (listed.length === 0) continue;
      const byNumber = new Map(listed.map((row) => [row.row, row]));
      rows.#groups.set(id, { about, comparedBy: new Set(comparedBy), rows: byNumber });
    }
    for (const [group, ranges] of Object.entries(content.ended)) for (const range of ranges) rows.#end(group, range);
    for (const [send, { count, ids: byGroup, ...file }] of Object.entries(content.sent)) {
      const ids = new Array<string | undefined>(count).fill(undefined);
      for (const [group, places] of Object.entries(byGroup))
        for (const [place, row] of places) ids[place] = idOf(group, row);
      rows.#sent.set(send, { ...file, ids });
    }
    return rows;
  }

  #contentOf({ ids, ...file }: SentFile): WaitingSent {
    const byGroup = new Map<string, [place: number, row: number][]>();
    for (const [place, id] of ids.entries()) {
      if (id === undefined || this.hasEnded(id)) continue;
      const places = byGroup.get(groupOf(id)) ?? [];
      places.push([place, numberOf(id)]);
      byGroup.set(groupOf(id), places);
    }
    return { ...file, count: ids.length, ids: Object.fromEntries(byGroup) };
  }

  #end(group: string, range: EndedRange): void {
    const rows = this.#groups.get(group)?.rows ?? new Map<number, WaitingRow>();
    const waitsBetween = (one: number, other: number) => {
      if (rows.size < other - one) return [...rows.keys()].some((row) => row > one && row < other);
      for (let row = one + 1; row < other; row += 1) if (rows.has(row)) return true;
      return false;
    };
    const [first, last] = range;
    if (first === last) rows.delete(first);
    else for (const row of [...rows.keys()]) if (row >= first && row <= last) rows.delete(row);
    this.#ended.add(group, range, waitsBetween);
  }

  #change(id: string, changed: (waiting: Waiting) => WaitingRow): void {
    const waiting = this.byId(id);
    if (!waiting) return;
    this.#groups.get(groupOf(id))?.rows.set(waiting.row.row, changed(waiting));
  }
}

/** What happens to a row in a sync of its tenant. */
export type Prospect = { readonly is: 'waiting' } | { readonly is: 'given up'; readonly why: string };

/** The connection of a sync, as far as its rows depend on it. */
export type Connection = Pick<WaitingJob, 'token' | 'formats'>;

/**
 * Whether a row may still be sent again.
 * @param plan of its stream in this sync; undefined if it has none
 */
export function prospectOf(
  { about, row }: Waiting,
  plan: Plan | undefined,
  { token, formats }: Connection,
  now: number,
): Prospect {
  if (now - about.rejectedAt > longestWaitMs) return { is: 'given up', why: 'waited for seven days' };
  if (row.tries >= mostTries) return { is: 'given up', why: `tried ${mostTries} times` };
  // The rows of another connection may have the same stream and other fields.
  const isOurs = plan !== undefined && about.token === token && isSameObject(about.object, plan.object);
  if (isOurs && !isOfPlan(about, plan)) return { is: 'given up', why: 'the mapping of the stream has changed' };
  if (isOurs && about.formats !== formats) return { is: 'given up', why: 'the formats of values have changed' };
  return { is: 'waiting' };
}

/** Whether rows have the stream of a plan, and go into the same fields of the same object in the same way. */
export function isOfPlan(about: WaitingJob, plan: Plan): boolean {
  const { stream, object, operation, keyFields, columns } = plan;
  const isSameStream = about.stream.name === stream.name && about.stream.namespace === (stream.namespace ?? null);
  const isSameTarget = about.object === object && about.operation === operation && plan.incremental;
  const isSameMapping = isSameList(about.keyFields, keyFields) && isSameList(about.columns, mappingOf({ columns }));
  return isSameStream && isSameTarget && isSameMapping;
}

/** Each field that a stream sends, with the column that its values come from. */
export function mappingOf({ columns }: Pick<Plan, 'columns'>): string[] {
  return columns.map(({ field, path, isDateTime }) =>
    JSON.stringify([field, path, ...(isDateTime ? ['date-time'] : [])]),
  );
}

/** The settings by which values become cells. */
export function formatsOf(values: Values): string {
  return JSON.stringify(Object.entries(values).sort());
}

/** Names of objects are compared regardless of case. */
export function isSameObject(one: string, other: string): boolean {
  return one.toLowerCase() === other.toLowerCase();
}

/**
 * The cells of a row in the order of a file's fields; undefined if it cannot go into that file: it has no cell for one
 * of its fields, or a value for a field that the file lacks.
 */
export function cellsFor(fields: readonly string[], { about, row }: Waiting): (string | null)[] | undefined {
  const cellOf = new Map(about.fields.map((field, at) => [field, row.cells[at] ?? null]));
  const cells = fields.map((field) => cellOf.get(field));
  const isValueLost = about.fields.some((field) => !fields.includes(field) && cellOf.get(field) !== null);
  return isValueLost || cells.includes(undefined) ? undefined : (cells as (string | null)[]);
}

/** Whether two lists have the same texts in the same order. */
export function isSameList(one: readonly string[], other: readonly string[]): boolean {
  return one.length === other.length && one.every((each, at) => each === other[at]);
}

function isNewer(row: WaitingRow, known: WaitingRow | undefined): boolean {
  if (known === undefined || row.tries !== known.tries) return known === undefined || row.tries > known.tries;
  // Any order will do, as long as all writers have the same one.
  return `${row.field} ${row.reason}` > `${known.field} ${known.reason}`;
}

function idOf(group: string, row: number): string {
  return `${group}:${row}`;
}

function groupOf(id: string): string {
  return id.slice(0, id.lastIndexOf(':'));
}

function numberOf(id: string): number {
  return Number(id.slice(id.lastIndexOf(':') + 1));
}
