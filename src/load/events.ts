/** What the Gainsight room has to tell, as values; how it is worded is decided where it is told. */
import type { Batch, CloseReason, Reference } from '../model.ts';
import type { Hold, WindowUse } from './quota.ts';

/** Something that happened on the way to an outcome; of a job, with its file and the answer that shows it. */
export type GainsightEvent = Happening & Reference;

type Happening =
  | {
      readonly kind: 'submitted';
      readonly batch: Batch;
      readonly jobId: string;
      /** Each window of the quota, with the calls that are left. */
      readonly quota: readonly Pick<WindowUse, 'current' | 'left'>[];
    }
  | { readonly kind: 'adopted'; readonly batch: Batch; readonly jobId: string }
  | {
      readonly kind: 'progress';
      readonly batch: Batch;
      readonly jobId: string;
      readonly status: string;
      readonly processed: number | undefined;
      /** Milliseconds since the job was made. */
      readonly ageMs: number;
      /** Milliseconds until it is asked for again. */
      readonly nextPollMs: number;
    }
  | {
      readonly kind: 'quota wait';
      readonly hold: Hold;
      /** Wall time, milliseconds since 1970; undefined while calls under way hold the place. */
      readonly until: number | undefined;
      /** Calls of others among those that hold the place. */
      readonly others: number;
    }
  | { readonly kind: 'waiting for job'; readonly jobId: string; readonly object: string }
  /** A file of an earlier attempt may still become a job: until then rows of an INSERT wait, or else the states. */
  | {
      readonly kind: 'late jobs wait';
      readonly object: string;
      readonly held: 'rows' | 'states';
      /** Wall time, milliseconds since 1970. */
      readonly until: number;
    }
  | { readonly kind: 'warning'; readonly text: string };

/** Takes events as they happen. */
export type ReportEvent = (event: GainsightEvent) => void;

/** Why a batch was cut, for people. */
export const closeReasons: Record<CloseReason, string> = {
  bytes: 'the file is full',
  rows: 'the file has all the rows it may have',
  age: 'a state waited for long',
  end: 'end of input',
  complete: 'end of input',
  spool: 'the disk for waiting rows is full',
  companion: 'cut with another stream at one state',
  adopted: 'an earlier attempt sent these rows',
};
