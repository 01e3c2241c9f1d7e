/** The interface between the flow and a route: what a route provides, and what it is made with. */
import type { Clock } from '../clock.ts';
import type { Config } from '../config/config.ts';
import type { TracedError } from '../errors.ts';
import type { Client } from '../gainsight/client.ts';
import type { Answer } from '../gainsight/response.ts';
import type {
  Batch,
  ObjectDescriptions,
  Outcome,
  PicklistOption,
  Plan,
  Route,
  RowBase,
  SliceDigest,
} from '../model.ts';
import type { ReportEvent } from './events.ts';
import type { MadeCall, WindowUse } from './quota.ts';
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
  /**
   * Those of these files, in the order of their batches, that would be taken over from jobs of earlier attempts, as far as
   * is known now: they take no call.
   */
  heldOf(files: readonly Batch[]): readonly Batch[];
}

/** The calls that a route may still make. */
export interface CallQuota {
  /** Each window with its calls remaining now; those in progress count. */
  use(): readonly WindowUse[];
  /** The same for the log: only answered calls count. */
  readonly usedSoFar: readonly WindowUse[];
  /** The calls that were made, by anyone, as far as they are known. */
  readonly made: readonly MadeCall[];
  /** When the last of so many submissions may go, in milliseconds from now. @param calls that each takes */
  forecast(submissions: number, calls: number): number;
}

/** What a tenant shows of a mapping before anything is sent. */
export interface TenantFacts {
  /** Describes objects by their names; costs no call of the quota. */
  describe(objects: readonly string[], signal: AbortSignal): Promise<Answer<ObjectDescriptions>>;
  /** The items of a picklist by its category; costs no call of the quota. */
  dropdown(categoryId: string, signal: AbortSignal): Promise<Answer<readonly PicklistOption[]>>;
  /**
   * Whether the list shows a job of ours that loaded rows of the stream into its object.
   * @param label of the object, by which a list of jobs may name it
   * @throws ConnectorError if the list cannot be read
   */
  hasLoaded(plan: Plan, label?: string): Promise<boolean>;
}

/** Nothing was sent before. */
export const noEarlierJobs: EarlierJobs = {
  ready: async () => undefined,
  canBeKnown: async () => true,
  isBarred: async () => false,
  sentBefore: async () => 0,
  heldOf: () => [],
};

/** Whether Gainsight lets calls of the object API in: asking costs one. */
export interface AccessQuestion {
  /** It is asked no sooner, on the monotonic clock. */
  readonly notBefore: number;
  /**
   * Asks once.
   * @throws ConnectorError if it certainly does not; the signal's reason if it is aborted
   */
  ask(signal: AbortSignal): Promise<void>;
}

/** A route, and what it knows about its tenant. */
export interface TenantRoute {
  readonly route: Route;
  readonly earlierJobs: EarlierJobs;
  /** Those of the Bulk API; without windows if no file is sent. */
  readonly quota: CallQuota;
  /** Calls that one file takes; 0 if no file is sent. */
  readonly callsPerJob: number;
  /** The calls of the object API; absent: no batch is loaded by it. */
  readonly objectQuota?: CallQuota;
  /** Absent: nothing is known of a tenant, and no mapping is compared with it. */
  readonly facts?: TenantFacts;
  /**
   * Asks once for the calls that are left now; undefined if the tenant does not say. Nothing else learns of the answer.
   * Absent: there is nobody to ask, or it would cost a call.
   * @throws ConnectorError if Gainsight refuses or does not answer; the signal's reason if it is aborted
   */
  readonly callsLeft?: ((signal: AbortSignal) => Promise<readonly WindowUse[] | undefined>) | undefined;
  /** Absent: files are sent as well. */
  readonly access?: AccessQuestion;
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

/**
 * The attempts that made jobs of ours on an object since one of them, as `RUN.ATTEMPT`; `?` for one that is not known.
 * Undefined: it is not known whether there are any.
 */
export type WritersSince = (jobId: string, object: string) => readonly string[] | undefined;

/** Rows that Gainsight rejected in earlier syncs and that go at the end of a file. They are in no count of the batch. */
export interface RetriedRows {
  /** How the tenant numbered rows when it rejected these; undefined if there are none. */
  readonly numbering: RowBase | undefined;
  /**
   * The file of a batch that is to be sent now: with rows at its end, if there are any for it.
   * @throws ConnectorError `disk_failed`
   */
  prepare(batch: Batch, writersSince: WritersSince): Promise<Batch>;
  /**
   * A prepared file is sent next, with this part of its name: what must be known after a crash is durable.
   * @returns whether it may be sent as it is; if not, it must be prepared again
   * @throws ConnectorError `rejects_unwritable`
   */
  sending(file: Batch, send: string): Promise<boolean>;
  /** The file of a batch as an earlier attempt sent it; undefined: it is not known which rows were at its end. */
  sentBefore(
    batch: Batch,
    name: { readonly send?: string | undefined; readonly rows?: number | undefined },
  ): Batch | undefined;
  /** An earlier attempt has sent the file. */
  adopted(file: Batch): Promise<void>;
  /**
   * The file was refused as a whole, or its job FAILED: the rows at its end are given up.
   * @returns whether there were any, so that the batch is sent once without them
   */
  refused(file: Batch): Promise<boolean>;
  /**
   * @param numbering that the tenant is known to have
   * @returns the outcome of the batch alone
   */
  settled(file: Batch, outcome: Outcome, numbering: RowBase | undefined): Promise<Outcome>;
}

/** No row is sent again. */
export const noRetriedRows: RetriedRows = {
  numbering: undefined,
  prepare: async (batch) => batch,
  sending: async () => true,
  sentBefore: (batch, { rows }) => (rows === undefined || rows === batch.rows ? batch : undefined),
  adopted: async () => undefined,
  refused: async () => false,
  settled: async (_, outcome) => outcome,
};

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
  readonly retried: RetriedRows;
}

/** Makes a route, and no call. */
export type ConnectTenant = (config: Config, parts: RouteParts) => TenantRoute;
