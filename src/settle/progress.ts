/** How far a sync has come, for a person who watches it. */

import { formatCounted } from '../format.ts';
import type { GainsightEvent } from '../load/events.ts';
import type { Accounts, FileKind } from './accounts.ts';
import { waitReason } from './wait_lines.ts';

/** A sync at one moment. */
export interface SyncProgress {
  /** Records received. */
  readonly records: number;
  /** Bytes of the input. */
  readonly bytes: number;
  /** The input has not ended. */
  readonly isReading: boolean;
  /** Files that are closed, those of them that a job has or had, and those that have their outcome. */
  readonly files: { readonly closed: number; readonly sent: number; readonly done: number };
  readonly kind: FileKind;
  /** Jobs that run. */
  readonly jobs: number;
  readonly wait: Wait | undefined;
}

/** What a sync waits for. */
export interface Wait {
  readonly why: string;
  /** Wall time, in milliseconds since 1970; undefined if it is not known. */
  readonly until: number | undefined;
}

/** Milliseconds for which Gainsight counts as silent after a request without an answer: longer than any pause between two. */
const silentMs = 90_000;

/** Collects what happens in a sync; what shows it asks for {@link now}. */
export class ProgressOfSync {
  readonly #accounts: Accounts;
  readonly #wall: () => number;
  readonly #reading: AbortSignal;
  /** Bytes of the input so far. */
  bytes = 0;
  #wait: (Wait & { readonly endsAt: number }) | undefined;

  /**
   * @param wall milliseconds since 1970
   * @param reading aborted when the input has ended
   */
  constructor(accounts: Accounts, wall: () => number, reading: AbortSignal) {
    this.#accounts = accounts;
    this.#wall = wall;
    this.#reading = reading;
  }

  /** Something happened on the way to an outcome. */
  event(event: GainsightEvent): void {
    const wait = waitOf(event);
    // A wait whose end is known may be that of another file than the one that was sent.
    const mayBeOver = event.kind === 'submitted' || event.kind === 'adopted';
    if (wait) this.#wait = { ...wait, endsAt: wait.until ?? this.#wall() + (wait.lastsMs ?? Number.POSITIVE_INFINITY) };
    else if (mayBeOver && this.#wait?.until === undefined) this.#wait = undefined;
  }

  /** At this moment. */
  get now(): SyncProgress {
    const { closed, sent, done, running } = this.#accounts.filesNow;
    const records = [...this.#accounts].reduce((sum, { received }) => sum + received, 0);
    const { why, until, endsAt = 0 } = this.#wait ?? {};
    return {
      ...{ records, bytes: this.bytes, isReading: !this.#reading.aborted },
      ...{ files: { closed, sent, done }, kind: this.#accounts.fileKind, jobs: running },
      wait: why !== undefined && endsAt > this.#wall() ? { why, until } : undefined,
    };
  }
}

/** @returns `lastsMs`: how long it counts, if its end is not known */
function waitOf(event: GainsightEvent): (Wait & { readonly lastsMs?: number }) | undefined {
  switch (event.kind) {
    case 'quota wait':
      return { why: waitReason(event.hold, event.route), until: event.until };
    case 'unanswered': {
      const why = `Gainsight does not answer, tried ${formatCounted(event.tries, 'time')}`;
      return { why, until: undefined, lastsMs: silentMs };
    }
    case 'waiting for job':
      return { why: `job ${event.jobId} of an earlier attempt runs`, until: undefined };
    case 'late jobs wait':
      return { why: 'a file of an earlier attempt may still arrive', until: event.until };
    default:
      return undefined;
  }
}
