/** A full spool: holds the input back, and makes room by the steps that `batching.ts` decides. */
import { once } from '../async.ts';
import type { Clock } from '../clock.ts';
import { ConnectorError } from '../errors.ts';
import type { Schedule } from '../load/schedule.ts';
import type { OpenBatch } from '../spool/open_batch.ts';
import type { Spool } from '../spool/spool.ts';
import type { Batcher } from './batcher.ts';
import { whenFull } from './close_policy.ts';

interface Options {
  readonly clock: Clock;
  readonly batcher: Batcher;
  readonly schedule: Pick<Schedule, 'moving' | 'isFull' | 'fill' | 'isLifted' | 'unfinishedParents' | 'isStopped'>;
  readonly spool: Spool;
  /** Ends the waiting. */
  readonly signal: AbortSignal;
  /** An earlier, larger job begins like this INSERT batch. */
  readonly isBarred: (batch: OpenBatch) => Promise<boolean>;
  /** No stream waits for its parents any more: what waited for them begins. */
  readonly lift: () => void;
  /** Resolves when a job has ended. */
  readonly changed: (signal: AbortSignal) => Promise<void>;
  readonly warn: (text: string) => void;
}

/** So long may the spool stay full, in milliseconds: Airbyte ends a destination that blocks its input for two hours. */
const maxFullMs = 90 * 60_000;

/** Left free for what closing a file writes beside it, up to twelve bytes a record: a share of the limit, or so much. */
const closingShare = 1 / 8;
const mostClosingBytes = 32e6;

/** Keeps the spool within its limit. */
export class Backpressure {
  readonly #options: Options;
  readonly #fullBytes: number;

  readonly #report = once(() => {
    const megabytes = Math.round(this.#options.spool.limitBytes / 1e6);
    this.#options.warn(
      `The ${megabytes} MB for waiting rows are full: the input is held back until a job has made room.`,
    );
  });

  constructor(options: Options) {
    this.#options = options;
    const { limitBytes } = options.spool;
    this.#fullBytes = limitBytes - Math.min(limitBytes * closingShare, mostClosingBytes);
  }

  /** Undefined while there is room; else resolves when there is again. @throws ConnectorError `spool_full` */
  room(): undefined | Promise<void> {
    return this.#isFull ? this.#makeRoom() : undefined;
  }

  get #isFull(): boolean {
    return this.#options.spool.usedBytes >= this.#fullBytes;
  }

  async #makeRoom(): Promise<void> {
    const { clock, spool } = this.#options;
    this.#report();
    const since = clock.elapsed();
    while (this.#isFull) {
      const left = since + maxFullMs - clock.elapsed();
      if (left <= 0) {
        const megabytes = Math.round(spool.limitBytes / 1e6);
        throw new ConnectorError('spool_full', { megabytes, minutes: maxFullMs / 60_000 });
      }
      await this.#step(left);
    }
  }

  async #step(left: number): Promise<void> {
    const { batcher, schedule } = this.#options;
    const open = await Promise.all([...batcher.open].map((batch) => this.#spooledBatch(batch)));
    const { onTheWay, awaitingParents } = schedule.moving;
    const step = whenFull({ open, moving: onTheWay, awaitingParents, lifted: schedule.isLifted });
    switch (step.do) {
      case 'compact':
        return batcher.batchOf(step.planId)?.compact();
      case 'close':
        return batcher.close(step.planId, 'spool');
      case 'lift':
        this.#options.warn('The disk for waiting rows is full: streams no longer wait for those that they load after.');
        return this.#options.lift();
      case 'wait':
        if (!schedule.isFull) schedule.fill();
        return this.#wait(left);
    }
  }

  /** A stream that failed while the input was held back needs its room no more. */
  async #spooledBatch(batch: OpenBatch) {
    const { schedule, isBarred, batcher } = this.#options;
    const { id } = batch.plan;
    if (schedule.isStopped(id)) await batcher.drop(id);
    const { bytes, rows, hasKeys, compacted } = batch;
    const barred = schedule.isStopped(id) || (await isBarred(batch));
    return {
      planId: id,
      bytes,
      rows,
      hasKeys,
      compacted,
      barred,
      awaitsParents: schedule.unfinishedParents(id).length > 0,
    };
  }

  async #wait(left: number): Promise<void> {
    const { clock, changed, signal } = this.#options;
    signal.throwIfAborted();
    const over = new AbortController();
    const stop = AbortSignal.any([signal, over.signal]);
    const slept = clock.sleep(left, stop);
    try {
      await Promise.race([slept, changed(stop)]);
    } finally {
      over.abort();
      slept.catch(() => undefined);
    }
  }
}
