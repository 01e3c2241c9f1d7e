/** Pauses the input while the spool is full, and makes room by the steps that `close_policy.ts` decides. */
import { once } from '../async.ts';
import type { Clock } from '../clock.ts';
import { ConnectorError } from '../errors.ts';
import { formatDuration } from '../format.ts';
import type { EarlierJobs } from '../load/route.ts';
import type { Schedule } from '../load/schedule.ts';
import type { OpenBatch } from '../spool/open_batch.ts';
import type { Spool } from '../spool/spool.ts';
import type { Batcher } from './batcher.ts';
import { whenFull } from './close_policy.ts';

interface Parts {
  readonly clock: Clock;
  readonly output: { log(level: 'WARN', text: string): void };
  readonly spool: Spool;
  readonly batcher: Batcher;
  readonly schedule: Pick<
    Schedule,
    'changed' | 'fill' | 'isFull' | 'isLifted' | 'isStopped' | 'lift' | 'moving' | 'unfinishedParents'
  >;
  readonly earlierJobs: Pick<EarlierJobs, 'isBarred'>;
  /** Ends the waiting. */
  readonly signal: AbortSignal;
}

/**
 * Maximum time that the spool may stay full, in milliseconds: Airbyte ends a destination that blocks its input for two
 * hours.
 */
const maxFullMs = 90 * 60_000;

/** Kept free for what closing a file writes temporarily, up to twelve bytes per record: this share of the limit. */
const closingShare = 1 / 8;
const mostClosingBytes = 32e6;

/** Keeps the spool within its limit. */
export class Backpressure {
  readonly #parts: Parts;
  readonly #fullBytes: number;

  readonly #report = once(() => {
    const { output, spool } = this.#parts;
    const megabytes = Math.round(spool.limitBytes / 1e6);
    output.log('WARN', `The ${megabytes} MB for waiting rows are full: the input is paused until a job has made room.`);
  });

  constructor(parts: Parts) {
    this.#parts = parts;
    const { limitBytes } = parts.spool;
    this.#fullBytes = limitBytes - Math.min(limitBytes * closingShare, mostClosingBytes);
  }

  /**
   * Undefined while there is room; otherwise resolves when there is room again.
   * @throws ConnectorError `spool_full`
   */
  room(): undefined | Promise<void> {
    return this.#isFull ? this.#makeRoom() : undefined;
  }

  get #isFull(): boolean {
    return this.#parts.spool.usedBytes >= this.#fullBytes;
  }

  async #makeRoom(): Promise<void> {
    const { clock, spool } = this.#parts;
    this.#report();
    const since = clock.elapsed();
    while (this.#isFull) {
      const left = since + maxFullMs - clock.elapsed();
      if (left <= 0) {
        const megabytes = Math.round(spool.limitBytes / 1e6);
        throw new ConnectorError('spool_full', { megabytes, duration: formatDuration(maxFullMs) });
      }
      await this.#step(left);
    }
  }

  async #step(left: number): Promise<void> {
    const { batcher, output, schedule } = this.#parts;
    const open = await Promise.all([...batcher.open].map((batch) => this.#spooledBatch(batch)));
    const { onTheWay, awaitingParents } = schedule.moving;
    const step = whenFull({ open, moving: onTheWay, awaitingParents, lifted: schedule.isLifted });
    switch (step.do) {
      case 'compact':
        return batcher.batchOf(step.planId)?.compact();
      case 'close':
        return batcher.close(step.planId, 'spool');
      case 'lift':
        output.log('WARN', 'The disk for waiting rows is full: streams no longer wait for those that they load after.');
        return schedule.lift();
      case 'wait':
        if (!schedule.isFull) schedule.fill();
        return this.#wait(left);
    }
  }

  /** A stream that failed while the input was paused no longer needs its room. */
  async #spooledBatch(batch: OpenBatch) {
    const { batcher, earlierJobs, schedule } = this.#parts;
    const { id } = batch.plan;
    if (schedule.isStopped(id)) await batcher.drop(id);
    const { bytes, rows, hasKeys, compacted } = batch;
    const barred = schedule.isStopped(id) || (await earlierJobs.isBarred(batch));
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
    const { clock, schedule, signal } = this.#parts;
    signal.throwIfAborted();
    const over = new AbortController();
    const stop = AbortSignal.any([signal, over.signal]);
    const slept = clock.sleep(left, stop);
    try {
      await Promise.race([slept, schedule.changed(stop)]);
    } finally {
      over.abort();
      slept.catch(() => undefined);
    }
  }
}
