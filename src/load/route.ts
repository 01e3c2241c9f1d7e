/** The interface between the flow and a route: what a route provides, and what it is made with. */
import type { Clock } from '../clock.ts';
import type { Config } from '../config/config.ts';
import type { TracedError } from '../errors.ts';
import type { Client } from '../gainsight/client.ts';
import type { Answer } from '../gainsight/response.ts';
import type { Batch, ObjectDescriptions, Plan, Route, SliceDigest } from '../model.ts';
import type { ReportEvent } from './events.ts';
import type { WindowUse } from './quota.ts';
import type { Schedule } from './schedule.ts';

/** An open batch, to which rows are still added. */
export type FillingBatch = Pick<Batch, 'plan' | 'rows' | 'prefixDigests' | 'stateAt'> & {
  /** The first-row part of the digests of its file. */
  firstRowDigest(): SliceDigest;
};

/** What jobs of earlier attempts and syncs say about a batch before it is closed. If they cannot be known, the stream is stopped. */
export interface EarlierJobs {
  /** Resolves when they are known, or the stream is stopped. */
  ready(plan: Plan): Promise<void>;
  /** Whether they can be known; waits until this is decided, but stops no stream. */
  canBeKnown(plan: Plan): Promise<boolean>;
  /** Whether the batch must not be closed early, because an earlier, larger job may begin with its rows. */
  isBarred(batch: FillingBatch): Promise<boolean>;
  /**
   * How many of its first rows an earlier job holds: 0 for none, Infinity if it may hold more than the batch has yet.
   */
  sentBefore(batch: FillingBatch): Promise<number>;
}

/** The calls that a route may still make. */
export interface CallQuota {
  /** Each window with its calls remaining now; those in progress count. */
  use(): readonly WindowUse[];
  /** The same for the log: only answered calls count. */
  readonly usedSoFar: readonly WindowUse[];
  /** When the last of so many submissions may go, in milliseconds from now. @param calls that each takes */
  forecast(submissions: number, calls: number): number;
}

/** What a tenant shows of a mapping before anything is sent. */
export interface TenantFacts {
  /** Describes objects by their names; costs no call of the quota. */
  describe(objects: readonly string[], signal: AbortSignal): Promise<Answer<ObjectDescriptions>>;
  /**
   * Whether the list shows a job of ours that loaded rows of the stream into its object.
   * @throws ConnectorError if the list cannot be read
   */
  hasLoaded(plan: Plan): Promise<boolean>;
}

/** A route, and what it knows about its tenant. */
export interface TenantRoute {
  readonly route: Route;
  readonly earlierJobs: EarlierJobs;
  readonly quota: CallQuota;
  /** Calls that one file takes. */
  readonly callsPerJob: number;
  /** Absent: nothing is known of a tenant, and no mapping is compared with it. */
  readonly facts?: TenantFacts;
}

/** Receives the failure of one stream. */
export interface Faults {
  /** The stream and all that load after it send nothing more. */
  stop(plan: Plan, error: TracedError): void;
}

/** Is notified of batches that a route splits. */
export interface Splits {
  /** The batch was shortened to the rows that an earlier job holds; `rest` has the others, and is loaded next. */
  split(first: Batch, rest: Batch): void;
}

/** Who submits: `WORKER_JOB_ID` and `WORKER_JOB_ATTEMPT`, or replacements. */
export interface Identity {
  readonly run: string;
  readonly attempt: number;
}

/** What a route needs besides the configuration. */
export interface RouteParts {
  readonly client: Client;
  readonly clock: Clock;
  readonly identity: Identity;
  /** In [0, 1). */
  readonly random: () => number;
  readonly report: ReportEvent;
  /** Ends all waiting at once, but not an upload in progress. */
  readonly signal: AbortSignal;
  /** Ends an upload in progress as well. */
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
