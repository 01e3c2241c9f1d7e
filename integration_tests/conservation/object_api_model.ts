/**
 * A simple model of what the records of one key do to Gainsight, whichever way they are divided into batches: whether
 * what is there, and what is logged as rejected, can have come from them.
 */
import type { StoredRow } from '../../src/sandbox/store.ts';
import { columns, isRefused, type ObjectStream, type SourceRecord } from './object_api_source.ts';

/** How a tenant behaves where that is not known. */
export interface Habits {
  /** Keys that differ by case, space or the form of a number are the same. */
  readonly isLoose?: boolean;
  /** An UPDATE without a match counts as done. */
  readonly countsUnmatched?: boolean;
}

/** The records of one key, by their place in the stream. */
export type History = readonly { readonly at: number; readonly record: SourceRecord }[];

/** What is seen of a key at one moment. */
export interface Seen {
  /** Its records before the sync, and now. */
  readonly before: readonly StoredRow[];
  readonly now: readonly StoredRow[];
  /** For each of its rows logged as rejected, in order, the number of records; undefined: they are not known. */
  readonly rejected: readonly number[] | undefined;
  /** Records of the stream that must have had their effect; those behind them may have had it. */
  readonly proven: number;
}

/** Numbers of accepted records that explain what is seen; empty: nothing explains it. */
export function acceptedBy(stream: ObjectStream, history: History, seen: Seen, habits: Habits): Set<number> {
  const explained = new Set<number>();
  const search = (progress: Progress): void => {
    const { from, rows, rejects, accepted } = progress;
    const isProven = history.slice(from).every(({ at }) => at >= seen.proven);
    const areLogged = rejects === (seen.rejected?.length ?? rejects);
    if (isProven && areLogged && areSame(rows, seen.now)) explained.add(accepted);
    // A batch ends behind any record.
    for (let end = from + 1; end <= history.length; end += 1) {
      const batch = history.slice(from, end);
      const live = batch.slice(batch.findLastIndex(({ record }) => record.isDeletion) + 1);
      const results = live.length === 0 ? [undefined] : resultsOf(stream, rows, live, habits);
      for (const result of results)
        for (const next of nextOf({ ...progress, from: end }, { result, batch, live, seen })) search(next);
    }
  };
  search({ from: 0, rows: seen.before, rejects: 0, accepted: 0 });
  return explained;
}

/** How far a history is divided into batches, and what came of these. */
interface Progress {
  readonly from: number;
  readonly rows: readonly StoredRow[];
  readonly rejects: number;
  readonly accepted: number;
}

/** A batch, its records behind the last deletion, and what became of their row; undefined: there is none. */
interface Loaded {
  readonly result: Result | undefined;
  readonly batch: History;
  readonly live: History;
  readonly seen: Seen;
}

/** The progress behind a batch; none if its result is not what is seen. */
function nextOf(progress: Progress, { result, batch, live, seen }: Loaded): Progress[] {
  const { rejects, accepted } = progress;
  if (result === undefined) return [progress];
  if (result !== 'rejected') return [{ ...progress, rows: result, accepted: accepted + 1 }];
  if (!seen.rejected) return [progress];
  if (seen.rejected[rejects] === live.length) return [{ ...progress, rejects: rejects + 1 }];
  const isNotYetLogged = rejects === seen.rejected.length && (batch[0]?.at ?? 0) >= seen.proven;
  return isNotYetLogged ? [progress] : [];
}

/**
 * Fields of a key whose proven values are missing: they have neither the latest value nor one of a later record. For
 * records that are sent again from an earlier state, when a row may have older values beside newer ones.
 */
export function missingOf(stream: ObjectStream, history: History, seen: Omit<Seen, 'rejected'>): string[] {
  const { before, now, proven } = seen;
  if (stream.operation === 'INSERT')
    return before.length > 0 || now.length > 0 || areBad(history) ? [] : ['the record'];
  if (areBad(history) || (stream.operation === 'UPDATE' && before.length === 0)) return [];
  if (now.length === 0) return ['the record'];
  const read = history.map(({ at, record }) => ({ at, cells: rowOf(stream, [{ at, record }]) }));
  return Object.keys(columns).filter((field) => {
    const setting = read.filter(({ cells }) => field in cells);
    const last = setting.findLastIndex(({ at }) => at < proven);
    const allowed = setting.slice(Math.max(0, last)).map(({ cells }) => cells[field] ?? null);
    if (last < 0) allowed.push(before[0]?.[field] ?? null);
    return !now.some((row) => allowed.includes(row[field] ?? null));
  });
}

function areBad(history: History): boolean {
  return history.some(({ record }) => isRefused(rowOf({ route: 'auto' } as ObjectStream, [{ at: 0, record }])));
}

type Result = 'rejected' | readonly StoredRow[];

/** What may become of a row that stands for these records. */
function resultsOf(stream: ObjectStream, rows: readonly StoredRow[], live: History, habits: Habits): Result[] {
  const cells = rowOf(stream, live);
  const isBad = isRefused(cells);
  const changed = rows.map((row) => ({ ...row, ...cells }));
  // Which of several is meant is not known.
  const doubt: Result[] = rows.length > 1 ? ['rejected'] : [];
  if (stream.operation === 'INSERT' && rows.length > 0) return [rows, ...doubt];
  if (isBad) return ['rejected'];
  if (rows.length > 0) return [changed, ...doubt];
  if (stream.operation === 'UPDATE') return habits.countsUnmatched ? [rows, 'rejected'] : ['rejected'];
  return [[cells]];
}

/** The cells of the row: by the object API what a record lacks stays as an earlier one said, else it is emptied. */
function rowOf({ route }: ObjectStream, live: History): StoredRow {
  const cells: StoredRow = {};
  const read = route === 'object_api' ? live : live.slice(-1);
  if (route !== 'object_api') for (const field of Object.keys(columns)) cells[field] = null;
  for (const { record } of read) for (const [field, { cell }] of record.values) cells[field] = cell;
  return cells;
}

/** A field without a value may be empty or missing. */
function areSame(found: readonly StoredRow[], wanted: readonly StoredRow[]): boolean {
  const textOf = (row: StoredRow) => JSON.stringify(Object.keys(columns).map((field) => row[field] ?? null));
  const [one, other] = [found, wanted].map((rows) => rows.map(textOf).sort());
  return JSON.stringify(one) === JSON.stringify(other);
}

/** The form of a key by which a tenant finds it. */
export function formOf(key: string, { isLoose = false }: Habits): string {
  if (!isLoose) return key;
  const cells = JSON.parse(key) as string[];
  const forms = cells.map((cell) => {
    const bare = cell.trim().toLowerCase();
    return /^[+-]?\d+(\.\d+)?$/.test(bare) ? `${Number(bare)}` : bare;
  });
  return JSON.stringify(forms);
}

/** The key of a record of Gainsight. */
export function keyOfRow({ keyFields }: ObjectStream, row: StoredRow): string {
  return JSON.stringify(keyFields.map((field) => row[field] ?? null));
}
