/** HOW BATCHES ARE CUT: by size and rows, at a state, by age, and when the spool is full. Decisions only, as values. */
import type { Config } from '../config/config.ts';
import type { WindowUse } from '../load/quota.ts';

/** What one file may hold at most. */
export interface Caps {
  /** Bytes of the CSV file, header included. */
  readonly maxBytes: number;
  /** Data rows. */
  readonly maxRows: number;
}

/** The caps as configured. */
export function caps({ max_bytes, max_rows }: Pick<Config['files'], 'max_bytes' | 'max_rows'>): Caps {
  return { maxBytes: max_bytes, maxRows: max_rows };
}

/** How full an open batch is; an open batch is one. For a plan without one: an empty file with its header. */
export interface Fill {
  readonly bytes: number;
  readonly rows: number;
  readonly headerBytes: number;
  /** Rows may supersede each other. */
  readonly hasKeys: boolean;
  /** What the last compaction left; before the first the empty file. */
  readonly compacted: { readonly bytes: number; readonly rows: number };
}

/** What to do before a row goes to its batch. After `compact` and `cut` ask again. */
export type BeforeAppend =
  | { readonly do: 'append' }
  | { readonly do: 'compact' }
  | { readonly do: 'close'; readonly reason: 'bytes' | 'rows' }
  | { readonly do: 'reject' };

// One for all rows, of which each would otherwise leave an object behind.
const appends: BeforeAppend = { do: 'append' };

/** A file is worth a call when more than this share of a cap is live. */
const liveShare = 0.9;

/**
 * Promise: no more jobs a stream than its live bytes over the cap, rounded up (or rows over theirs), as far as whole
 * rows and superseded ones allow.
 *
 * A row that would pass a cap first has superseded rows taken out. If at most 90 % is live then, the batch goes on
 * until a cap is reached again: so each compaction is paid for by a tenth of the cap in new rows, and never follows
 * the last one closely. If more is live the batch is filled up, and cut without another compaction but its last.
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
 * After how many records an INSERT batch is cut: at the last state that it holds, so that a restart from there sends
 * exactly what comes after it; a batch that holds no state is cut whole.
 * @param records in the batch
 * @param lastStateAt records of the batch that came before its last state; 0 where it holds none
 */
export function insertEndsAt(records: number, lastStateAt: number): number {
  return lastStateAt > 0 ? Math.min(lastStateAt, records) : records;
}

/** An open batch with rows, as far as an early cut goes. */
export interface Closable {
  readonly id: number;
  readonly planId: number;
  /** No job of its object is running or waiting. */
  readonly objectFree: boolean;
  /** Parents (`load_after`) whose jobs of this sync are not done: plan ids. */
  readonly unfinishedParents: readonly number[];
  /** An INSERT batch whose first row is that of an unclaimed earlier job with more rows: only its twin may be cut. */
  readonly barred: boolean;
  /** Files that it may become; absent: one. */
  readonly files?: number;
}

/** A state that is held, as far as an early cut goes. */
export interface WaitingState {
  readonly ageMs: number;
  /** Plans whose open batch holds records before it: its own stream's, for GLOBAL and LEGACY of all with such rows. */
  readonly needs: readonly number[];
}

/** Calls of a window that the connector may make. What is left to others says nothing by being unused. */
export type CallsLeft = Pick<WindowUse, 'ownLimit' | 'left'>;

export interface AgeInput {
  /** 0: never. */
  readonly maxAgeMs: number;
  readonly open: readonly Closable[];
  /** The oldest of each stream and the oldest of all streams suffice. */
  readonly held: readonly WaitingState[];
  /** Plans with rows that wait, in an open batch or in a closed one that is not submitted yet. */
  readonly waitingPlans: readonly number[];
  readonly quota: { readonly windows: readonly CallsLeft[]; readonly callsPerJob: number };
}

/**
 * The `id`s of the open batches to cut because a state has been held for too long: the fewest that together release
 * one. None, if they could not be loaded at once, or if after them and one job for each other stream with rows waiting
 * less than half of a window of the quota were unused.
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

/** A parent that is cut along is done before its child, so it hinders nobody. */
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

/** What a full spool is relieved by. */
export type ReliefStep =
  | { readonly do: 'compact'; readonly planId: number }
  | { readonly do: 'close'; readonly planId: number }
  | { readonly do: 'lift' }
  | { readonly do: 'wait' };

/** An open batch with rows, as far as a full spool goes. */
export interface SpooledBatch {
  readonly planId: number;
  readonly bytes: number;
  readonly rows: number;
  readonly hasKeys: boolean;
  readonly compacted: { readonly rows: number };
  /** A parent's job (`load_after`) is not done. */
  readonly awaitsParents: boolean;
  /** As in {@link Closable}. */
  readonly barred: boolean;
}

export interface FullSpool {
  readonly open: readonly SpooledBatch[];
  /** Closed batches that run, or wait for their lane or for quota only: they will make room by themselves. */
  readonly moving: number;
  /** Closed batches that wait for a parent's job. */
  readonly awaitingParents: number;
  /** `load_after` was lifted already. */
  readonly lifted: boolean;
}

/**
 * The next step when the spool is full: first what costs no call; then to wait for the files that are on their way;
 * then to cut the largest open batch that can be loaded; then to lift `load_after`, so that others can.
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

/** At least a tenth is new since the last compaction: else a full spool would compact for every row. */
function isWorthCompacting({ hasKeys, rows, compacted }: SpooledBatch): boolean {
  return hasKeys && rows > 1 && rows - compacted.rows >= rows * (1 - liveShare);
}

function largest(batches: readonly SpooledBatch[]): SpooledBatch | undefined {
  return batches.reduce<SpooledBatch | undefined>(
    (most, batch) => (most === undefined || batch.bytes > most.bytes ? batch : most),
    undefined,
  );
}
