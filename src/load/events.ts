/** Events of the load module, as values; the log decides how they are worded. */
import type { Batch, CloseReason, Reference } from '../model.ts';
import type { Hold, WindowUse } from './quota.ts';

/** An event on the way to an outcome; about a job, with its file and the answer that shows it. */
export type GainsightEvent = Happening & Reference;

type Happening =
  /** Everything is ready to be sent, and nothing has been. */
  | { readonly kind: 'first submission'; readonly quota: readonly Pick<WindowUse, 'current' | 'left'>[] }
  | {
      readonly kind: 'submitted';
      readonly batch: Batch;
      readonly jobId: string;
      /** Each window of the quota, with the remaining calls. */
      readonly quota: readonly Pick<WindowUse, 'current' | 'left'>[];
    }
  | { readonly kind: 'adopted'; readonly batch: Batch; readonly jobId: string }
  | {
      readonly kind: 'progress';
      readonly batch: Batch;
      readonly jobId: string;
      readonly status: string;
      readonly processed: number | undefined;
      /** Milliseconds since the job was created. */
      readonly ageMs: number;
      /** Milliseconds until it is polled again. */
      readonly nextPollMs: number;
    }
  | {
      readonly kind: 'quota wait';
      readonly hold: Hold;
      /** Wall time, milliseconds since 1970; undefined while calls in progress fill the window. */
      readonly until: number | undefined;
      /** Calls of others among those that fill the window. */
      readonly others: number;
      /** The calls are those of the object API; absent: of the Bulk API. */
      readonly route?: 'object_api';
    }
  /** Gainsight gives no usable answer, or refuses for load, and is asked again. */
  | {
      readonly kind: 'unanswered';
      /** What it answered, or why there was no answer. */
      readonly words: string;
      readonly tries: number;
      /** Milliseconds since the first try. */
      readonly forMs: number;
      /** When the connector stops trying: wall time, milliseconds since 1970. */
      readonly until: number;
    }
  | { readonly kind: 'waiting for job'; readonly jobId: string; readonly object: string }
  /**
   * A file of an earlier attempt may still become a job: until then rows of an INSERT wait, or otherwise the states.
   */
  | {
      readonly kind: 'late jobs wait';
      readonly object: string;
      readonly held: 'rows' | 'states';
      /** Wall time, milliseconds since 1970. */
      readonly until: number;
    }
  /** A batch was loaded by calls of the object API. */
  | {
      readonly kind: 'calls done';
      readonly batch: Batch;
      readonly calls: number;
      /** Rows whose records were changed. */
      readonly updated: number;
      /** Rows whose records were made. */
      readonly added: number;
      /** Rows whose records existed and were left as they are (`addsOnly`). */
      readonly kept: number;
    }
  /**
   * Records are not added before a time, as calls that were lost may still add them; or not sent at all, as calls of an
   * earlier attempt may still be done.
   */
  | {
      readonly kind: 'additions wait';
      readonly object: string;
      readonly records: number;
      readonly why: 'lost' | 'restarted';
      /** What Gainsight answered, or why there was no answer. */
      readonly words?: string;
      /** Wall time, milliseconds since 1970. */
      readonly until: number;
    }
  /**
   * Rows of a batch are not written before a time: an update of an earlier batch was lost, and may still replace them by
   * older values.
   */
  | {
      readonly kind: 'updates wait';
      readonly object: string;
      readonly records: number;
      /** Wall time, milliseconds since 1970. */
      readonly until: number;
    }
  /**
   * Gainsight has several records of some keys of a batch, perhaps because somebody else added one at the same time:
   * they are to be merged there.
   */
  | { readonly kind: 'several records'; readonly batch: Batch; readonly keys: number }
  | { readonly kind: 'warning'; readonly text: string };

/** Receives events as they happen. */
export type ReportEvent = (event: GainsightEvent) => void;

/** Why a batch was closed, as text. */
export const closeReasons: Record<CloseReason, string> = {
  bytes: 'the file is full',
  rows: 'the file has all the rows it may have',
  age: 'a state waited too long',
  end: 'end of input',
  complete: 'end of input',
  spool: 'the disk for waiting rows is full',
  companion: 'closed with another stream at one state',
  adopted: 'an earlier attempt sent these rows',
};
