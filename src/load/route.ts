/** What a route brings along, and what it needs of those who use it. */
import type { TracedError } from '../errors.ts';
import type { Batch, Plan, Route, SliceDigest } from '../model.ts';
import type { WindowUse } from './quota.ts';

/** A batch to which rows are still added. */
export type FillingBatch = Pick<Batch, 'plan' | 'rows' | 'prefixDigests' | 'stateAt'> & {
  /** Digest of a file of its first row alone. */
  firstRowDigest(): SliceDigest;
};

/** What jobs of earlier attempts and syncs say about a batch before it is closed. Where they cannot be known, that stops the stream. */
export interface EarlierJobs {
  /** Resolves when they are known, or the stream is stopped. */
  ready(plan: Plan): Promise<void>;
  /** Whether they can be known; waits until that is decided, and stops nothing. */
  canBeKnown(plan: Plan): Promise<boolean>;
  /** Whether the batch must not be closed early, as an earlier, larger job may begin with its rows. */
  isBarred(batch: FillingBatch): Promise<boolean>;
  /** How many of its first rows an earlier job holds: 0 none, Infinity perhaps more than there are yet. */
  sentBefore(batch: FillingBatch): Promise<number>;
}

/** Calls that are left to a route. */
export interface CallQuota {
  /** Each window with its calls that are left now. */
  use(): readonly WindowUse[];
  /** When the last of so many submissions may go, in milliseconds from now. @param calls that each takes */
  forecast(submissions: number, calls: number): number;
}

/** A route with what it knows of its tenant. */
export interface TenantRoute {
  readonly route: Route;
  readonly earlierJobs: EarlierJobs;
  readonly quota: CallQuota;
  /** Calls that one file takes. */
  readonly callsPerJob: number;
}

/** Takes the fault of one stream. */
export interface Faults {
  /** The stream and all that load after it send no more. */
  stop(plan: Plan, error: TracedError): void;
}

/** Keeps account of batches that a route divides. */
export interface Splits {
  /** The batch was shortened to rows that an earlier job holds; `rest` holds the others, and waits to be loaded next. */
  split(first: Batch, rest: Batch): void;
}
