/** What all parts of the bulk route work with: whose tenant, by which clock, who we are, how long things may take. */
import type { Clock } from '../../clock.ts';
import type { Config } from '../../config/config.ts';
import type { Client } from '../../gainsight/client.ts';
import type { ReportEvent } from '../events.ts';

/** Who submits: `WORKER_JOB_ID` and `WORKER_JOB_ATTEMPT`, or what stands for them. */
export interface Identity {
  readonly run: string;
  readonly attempt: number;
}

/** What they share. */
export interface BulkContext {
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
  readonly polling: Config['polling'];
  /** Calls that a job takes: 1, or where every call counts those that are set aside for its reads as well. */
  readonly callsPerJob: number;
  /** TOKEN of the catalog, for file names. */
  readonly token: string;
}
