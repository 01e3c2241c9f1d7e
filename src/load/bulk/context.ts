/** What all parts of the bulk route work with: whose tenant, by which clock, who we are, how long things may take. */
import type { Config } from '../../config/config.ts';
import type { RouteParts } from '../route.ts';

/** What they share. */
export interface BulkContext
  extends Pick<
    RouteParts,
    'client' | 'clock' | 'identity' | 'random' | 'report' | 'signal' | 'uploadSignal' | 'startedAt'
  > {
  readonly polling: Config['polling'];
  /** Calls that a job takes: 1, or where every call counts those that are set aside for its reads as well. */
  readonly callsPerJob: number;
  /** TOKEN of the catalog, for file names. */
  readonly token: string;
}
