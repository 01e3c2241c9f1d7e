/** The interface between the flow and a route: what a route provides, and what it is made with. */
import type { Clock } from '../clock.ts';
import type { Config } from '../config/config.ts';
import type { TracedError } from '../errors.ts';
import type { Client } from '../gainsight/client.ts';
import type { Batch, Plan, Route, SliceDigest } from '../model.ts';
import type { ReportEvent } from './events.ts';
import type { WindowUse } from './quota.ts';
import type { Schedule } from './schedule.ts';

/** A batch to which rows are still added. */
export type FillingBatch = Pick<Batch, 'plan' | 'rows' | 'prefixDigests' | 'stateAt'> & {
  /** Digest of a file of its first row alone. */
  firstRowDigest(): SliceDigest;
};

/** What jobs of earlier attempts and syncs say about a batch before it is closed. If they cannot be known, the stream is stopped. */
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

/** Who submits: `WORKER_JOB_ID` and `WORKER_JOB_ATTEMPT`, or what stands for them. */
export interface Identity {
  readonly run: string;
  readonly attempt: number;
}

/** What a route is made with beside the configuration. */
export interface RouteParts {
  readonly client: Client;
  readonly clock: Clock;
  readonly identity: Identity;
  /** In [0, 1). */
  readonly random: () => number;
  readonly report: ReportEvent;
  /** Ends all waiting at once, not an upload in flight. */
  readonly signal: AbortSignal;
  /** Ends an upload in flight as well. */
  readonly uploadSignal: AbortSignal;
  /** When this process started, on the monotonic clock. */
  readonly startedAt: number;
  readonly plans: readonly Plan[];
  readonly schedule: Schedule;
  readonly faults: Faults;
  readonly splits: Splits;
}

/** Makes a route, and no call. */
export type ConnectTenant = (config: Config, parts: RouteParts) => TenantRoute;
