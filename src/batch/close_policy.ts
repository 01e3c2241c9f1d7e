/**
 * Decides when batches are closed: by size and rows, at a state, by age, and when the spool is full. Values in, values
 * out.
 */
import type { Config } from '../config/config.ts';
import type { WindowUse } from '../load/quota.ts';
import type { Plan } from '../model.ts';

/** Limits of one file. */
export interface Caps {
  /** Bytes of the CSV file, header included. */
  readonly maxBytes: number;
  /** Data rows. */
  readonly maxRows: number;
}

/** The configured limits. */
export function caps({ max_bytes, max_rows }: Pick<Config['files'], 'max_bytes' | 'max_rows'>): Caps {
  return { maxBytes: max_bytes, maxRows: max_rows };
}

/** Of a batch for the object API: about a minute of its calls, so that states come soon. */
const mostRowsByCalls = 5000;

/** The limits of the batches of a plan. */
export function capsOf({ route }: Pick<Plan, 'route'>, caps: Caps): Caps {
  if (route !== 'object_api') return caps;
  return { ...caps, maxRows: Math.min(caps.maxRows, mostRowsByCalls) };
}

/** How full an open batch is; an open batch has these fields. For a plan without one: an empty file with its header. */
export interface Fill {
  readonly bytes: number;
  readonly rows: number;
  readonly headerBytes: number;
  /** Rows may supersede each other. */
  readonly hasKeys: boolean;
  /** Size after the last compaction; of the empty file before the first. */
  readonly compacted: { readonly bytes: number; readonly rows: number };
}

/** What to do before a row is added to its batch. After `compact` and `close` ask again. */
export type BeforeAppend =
  | { readonly do: 'append' }
  | { readonly do: 'compact' }
  | { readonly do: 'close'; readonly reason: 'bytes' | 'rows' }
  | { readonly do: 'reject' };

// One object for all rows: each would otherwise create one.
const appends: BeforeAppend = { do: 'append' };

/** A file is worth a call if more than this share of a limit is live. */
const liveShare = 0.9;

/**
 * Guarantees that a stream needs no more jobs than its live bytes divided by the limit, rounded up (or its rows by
 * theirs), as far as whole rows and superseded ones allow. Before a row would exceed a limit, superseded rows are
 * removed. If at most 90 % is live then, the batch stays open until a limit is reached again: so each compaction is
 * paid for by a tenth of the limit in new rows. If more is live, the batch is filled up and closed without another
 * compaction except the final one.
 */
export function beforeAppend(fill: Fill, rowBytes: number, { maxBytes, maxRows }: Caps): BeforeAppend {
  if (fill.headerBytes + rowBytes > maxBytes) return { do: 'reject' };
  const passesBytes = fill.bytes + rowBytes > maxBytes;
  if (!passesBytes && fill.rows + 1 <= maxRows) return appends;
  const { compacted } = fill;
  const hasRoom = compacted.bytes <= maxBytes * liveShare && compacted.rows <= maxRows * liveShare;
  if (fill.hasKeys && hasRoom && compacted.rows < fill.rows) return { do: 'compact' };
  return { do: 'close', reason: passesBytes ? 'bytes' : 'rows' };
}

/**
 * The number of records after which an INSERT batch is closed: at its last state, so that a restart from there sends
 * exactly what comes after it; a batch without a state is closed as a whole.
 * @param records in the batch
 * @param lastStateAt records of the batch before its last state; 0 if it has none
 */
export function insertEndsAt(records: number, lastStateAt: number): number {
  return lastStateAt > 0 ? Math.min(lastStateAt, records) : records;
}

/** An open batch with rows, as far as closing by age depends on it. */
export interface Closable {
  readonly id: number;
  readonly planId: number;
  /** No job of its object is running or waiting. */
  readonly objectFree: boolean;
  /** Plan ids of parents (`load_after`) whose jobs in this sync have not ended. */
  readonly unfinishedParents: readonly number[];
  /**
   * May still grow into the file of an earlier job (same first row, more rows): do not close it elsewhere, or it is not
   * recognised.
   */
  readonly barred: boolean;
  /** Maximum number of files that it may become; 0: it is sent by the object API; absent: one. */
  readonly files?: number;
}

/** A held state, as far as closing by age depends on it. */
export interface WaitingState {
  readonly ageMs: number;
  /** Plans whose open batch has records before it: its own stream's; for GLOBAL and LEGACY all plans with such rows. */
  readonly needs: readonly number[];
}

/** Calls of a window that the connector may make. Unused calls reserved for others do not count. */
export type CallsLeft = Pick<WindowUse, 'ownLimit' | 'left'>;

export interface AgeInput {
  /** 0: never. */
  readonly maxAgeMs: number;
  readonly open: readonly Closable[];
  /** The oldest of each stream and the oldest of all streams are enough. */
  readonly held: readonly WaitingState[];
  /** Plans with waiting rows, in an open batch or in a closed one that is not submitted yet. */
  readonly waitingPlans: readonly number[];
  readonly quota: { readonly windows: readonly CallsLeft[]; readonly callsPerJob: number };
}

/**
 * The `id`s of the open batches to close because a state has been held for too long: the fewest that together release
 * one. None, if they could not be loaded at once, or if after them and one job for each other stream with waiting rows
 * less than half of a window of the quota would be free.
 */
export function closeByAge({ maxAgeMs, open, held, waitingPlans, quota }: AgeInput): number[] {
  if (maxAgeMs === 0) return [];
  const batches = new Map(open.map((batch) => [batch.planId, batch]));
  let best: { readonly chosen: readonly Closable[]; readonly ageMs: number } | undefined;
  for (const { ageMs, needs } of held) {
    if (ageMs <= maxAgeMs) continue;
    const chosen = [...new Set(needs)].flatMap((planId) => batches.get(planId) ?? []);
    if (chosen.length === 0 || !canGoTogether(chosen) || !isAffordable(chosen, waitingPlans, quota)) continue;
    const fewer = best === undefined || chosen.length < best.chosen.length;
    const older = chosen.length === best?.chosen.length && ageMs > best.ageMs;
    if (fewer || older) best = { chosen, ageMs };
  }
  return best?.chosen.map((batch) => batch.id) ?? [];
}

/** A parent that is closed too is loaded before its child, so it does not block the child. */
function canGoTogether(chosen: readonly Closable[]): boolean {
  const plans = new Set(chosen.map((batch) => batch.planId));
  return chosen.every(
    (batch) => batch.objectFree && !batch.barred && batch.unfinishedParents.every((parent) => plans.has(parent)),
  );
}

function isAffordable(chosen: readonly Closable[], waitingPlans: readonly number[], quota: AgeInput['quota']): boolean {
  const plans = new Set([...chosen.map((batch) => batch.planId), ...waitingPlans]);
  const furtherFiles = chosen.reduce((sum, { files = 1 }) => sum + files - 1, 0);
  const calls = (plans.size + furtherFiles) * quota.callsPerJob;
  return quota.windows.every(({ ownLimit, left }) => left - calls >= ownLimit / 2);
}

/** A step to make room in a full spool. */
export type ReliefStep =
  | { readonly do: 'compact'; readonly planId: number }
  | { readonly do: 'close'; readonly planId: number }
  | { readonly do: 'lift' }
  | { readonly do: 'wait' };

/** An open batch with rows, as far as a full spool depends on it. */
export interface SpooledBatch {
  readonly planId: number;
  readonly bytes: number;
  readonly rows: number;
  readonly hasKeys: boolean;
  readonly compacted: { readonly rows: number };
  /** A parent's job (`load_after`) has not ended. */
  readonly awaitsParents: boolean;
  /** As in {@link Closable}. */
  readonly barred: boolean;
}

export interface FullSpool {
  readonly open: readonly SpooledBatch[];
  /** Closed batches that run, or wait only for their object or for quota: they will make room by themselves. */
  readonly moving: number;
  /** Closed batches that wait for a parent's job. */
  readonly awaitingParents: number;
  /** `load_after` has already been lifted. */
  readonly lifted: boolean;
}

/**
 * The next step when the spool is full: first what costs no call; then wait for files in progress; then close the
 * largest open batch that can be loaded; then lift `load_after`, so that others can be loaded.
 */
export function whenFull({ open, moving, awaitingParents, lifted }: FullSpool): ReliefStep {
  const compactable = largest(open.filter(isWorthCompacting));
  if (compactable !== undefined) return { do: 'compact', planId: compactable.planId };
  if (moving > 0) return { do: 'wait' };
  const loadable = open.filter((batch) => batch.rows > 0 && !batch.barred);
  const next = largest(loadable.filter((batch) => lifted || !batch.awaitsParents));
  if (next !== undefined) return { do: 'close', planId: next.planId };
  const somebodyAwaitsParents = awaitingParents > 0 || loadable.length > 0;
  return !lifted && somebodyAwaitsParents ? { do: 'lift' } : { do: 'wait' };
}

/** At least a tenth is new since the last compaction: otherwise a full spool would be compacted for every row. */
function isWorthCompacting({ hasKeys, rows, compacted }: SpooledBatch): boolean {
  return hasKeys && rows > 1 && rows - compacted.rows >= rows * (1 - liveShare);
}

function largest(batches: readonly SpooledBatch[]): SpooledBatch | undefined {
  return batches.reduce<SpooledBatch | undefined>(
    (most, batch) => (most === undefined || batch.bytes > most.bytes ? batch : most),
    undefined,
  );
}
