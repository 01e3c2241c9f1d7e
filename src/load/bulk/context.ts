/** What all parts of the bulk route share: tenant, clock, identity, and time limits. */
import type { Config } from '../../config/config.ts';
import type { RouteParts } from '../route.ts';

/** Shared by all parts of the bulk route. */
export interface BulkContext
  extends Pick<
    RouteParts,
    'client' | 'clock' | 'identity' | 'random' | 'report' | 'retried' | 'signal' | 'uploadSignal' | 'startedAt'
  > {
  readonly polling: Config['polling'];
  /** Calls that a job takes: 1, or if every call counts also those set aside for its reads. */
  readonly callsPerJob: number;
  /** TOKEN of the catalog, for file names. */
  readonly token: string;
}
