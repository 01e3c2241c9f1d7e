/** What became of each stream's records and files: counted in one place, for settlement, states, rejects and log lines. */

import { ConnectorError } from '../errors.ts';
import { BoundsOfBatches, type CallBounds } from '../load/object_api/call_bounds.ts';
import type { Batch, Outcome, Plan } from '../model.ts';
import { RejectGroups, type RejectSample } from './rejects/reject_groups.ts';
import type { Counts } from './state_queue.ts';

/** One stream's counts; received = accepted + superseded + skipped + rejected + unsettled. */
export interface Account {
  readonly plan: Plan;
  /** Records received. */
  received: number;
  /** Rows that Gainsight accepted. */
  accepted: number;
  /** Records that an accepted row of the same key replaced. */
  superseded: number;
  /** Skipped by a rule of the user. */
  skipped: number;
  /** Records that will not be in Gainsight: rejected rows, and those that they replaced. */
  rejected: number;
  /** Those of `rejected` that may have been accepted: rows of earlier syncs may have been rejected in their place. */
  doubtful: number;
  /** Those of `rejected` that the connector itself rejected. */
  refused: number;
  /** Those of `refused` that lacked a key. */
  keyless: number;
  /** Records whose key has white space at an end, with the keys of the first. */
  paddedKeys: PaddedKeys | undefined;
  /** Records that reached no batch: skipped ones count as accepted. */
  readonly unbatched: Counts;
  /** Rejected rows by reason; undefined while there are none. */
  reasons: RejectGroups | undefined;
  /** Files that were closed, batches for the object API included. */
  files: number;
  /** Their rows and bytes. */
  rows: number;
  bytes: number;
  /** Those of them that are batches for the object API. */
  byCalls: FileCounts;
  /** Calls of the object API that loaded batches. */
  calls: number;
  /** Files submitted by this process. */
  submitted: number;
  /** Files that an earlier attempt had submitted. */
  adopted: number;
}

/** Keys that differ from others by white space alone, or may. */
export interface PaddedKeys {
  records: number;
  /** At most {@link mostPaddedKeys}. */
  readonly first: (readonly (string | null)[])[];
}

/** How many padded keys of a stream are kept. */
const mostPaddedKeys = 3;

/** Files for jobs, batches for the object API, or both. */
export type FileKind = 'file' | 'batch' | 'both';

/** Counts of files. */
export interface FileCounts {
  readonly files: number;
  readonly rows: number;
  readonly bytes: number;
}

/** The counts of no file. */
export const noFiles: FileCounts = { files: 0, rows: 0, bytes: 0 };

/** A closed file that has no outcome yet. */
interface PendingFile {
  readonly batch: Batch;
  /** Records of its stream that were rejected before it was closed: later ones are unrelated to its job. */
  readonly refusedBefore: number;
  /** A job has it. */
  hasJob: boolean;
}

/** Records without a known result so far. */
export function unsettled(
  counts: Pick<Account, 'received' | 'accepted' | 'superseded' | 'skipped' | 'rejected'>,
): number {
  const { received, accepted, superseded, skipped, rejected } = counts;
  return received - accepted - superseded - skipped - rejected;
}

/** The accounts of a sync, one per plan. */
export class Accounts implements Iterable<Account> {
  readonly #accounts: readonly Account[];
  /** By the ids of their plans, which are small: a map would take more memory. */
  readonly #byPlan: Account[] = [];
  readonly #pending = new Map<number, PendingFile>();
  readonly #withFiles = new Set<Account>();
  readonly #withRefused = new Set<Account>();
  readonly #bounds = new BoundsOfBatches();
  #calls: CallBounds = { least: 0, most: 0 };
  /** The `unbatched` counts of all streams. */
  readonly unbatched: Counts = { accepted: 0, rejected: 0 };
  /** Number of released states. */
  states = 0;

  constructor(plans: readonly Plan[]) {
    this.#accounts = plans.map(emptyAccount);
    for (const account of this.#accounts) this.#byPlan[account.plan.id] = account;
  }

  [Symbol.iterator](): Iterator<Account> {
    return this.#accounts[Symbol.iterator]();
  }

  of({ id }: Pick<Plan, 'id'>): Account {
    const account = this.#byPlan[id];
    if (!account) throw new Error(`no plan ${id}`);
    return account;
  }

  /**
   * A record was skipped by a rule of the user.
   * @param isInBatch it is one of the records of a batch, and proven with them
   */
  skipped(account: Account, isInBatch: boolean): void {
    account.skipped += 1;
    if (isInBatch) return;
    account.unbatched.accepted += 1;
    this.unbatched.accepted += 1;
  }

  /**
   * The connector rejected a record before it reached a batch.
   * @param lacksKey a key field had no value
   */
  refused(plan: Plan, lacksKey: boolean): void {
    const account = this.of(plan);
    account.rejected += 1;
    account.refused += 1;
    if (lacksKey) account.keyless += 1;
    this.#withRefused.add(account);
    account.unbatched.rejected += 1;
    this.unbatched.rejected += 1;
  }

  /** The same for records whose file had nothing to send; {@link settled} has counted them as rejected. */
  refusedInBatch({ plan }: Batch, records: number): void {
    if (records === 0) return;
    const account = this.of(plan);
    account.refused += records;
    this.#withRefused.add(account);
  }

  /** Streams with records that the connector rejected, in the order of the first such record. */
  get withRefused(): Iterable<Account> {
    return this.#withRefused;
  }

  /**
   * Rows will not be in Gainsight.
   * @param reason without values: otherwise there could be as many reasons as rows
   */
  rejectedRows(
    plan: Plan,
    { field, reason }: { readonly field?: string | undefined; readonly reason: string },
    rows: number,
    sample?: RejectSample,
  ): void {
    const account = this.of(plan);
    account.reasons ??= new RejectGroups();
    account.reasons.add(field, reason, rows, sample);
  }

  /** A record's key has white space at an end. @param key makes it, if it is one of the first */
  padded(account: Account, key: () => readonly (string | null)[]): void {
    account.paddedKeys ??= { records: 0, first: [] };
    account.paddedKeys.records += 1;
    if (account.paddedKeys.first.length < mostPaddedKeys) account.paddedKeys.first.push(key());
  }

  /** A file was closed. */
  closed(batch: Batch): void {
    const account = this.of(batch.plan);
    account.files += 1;
    account.rows += batch.rows;
    account.bytes += batch.bytes;
    if (isByCalls(batch)) {
      account.byCalls = sumOf([account.byCalls, countsOf(batch)]);
      const { least, most } = this.#bounds.of(batch);
      this.#calls = { least: this.#calls.least + least, most: this.#calls.most + most };
    }
    this.#withFiles.add(account);
    this.#pending.set(batch.id, { batch, refusedBefore: account.refused, hasJob: false });
  }

  /** An earlier job holds the first rows of a file, which became two. */
  split(first: Batch, rest: Batch): void {
    this.of(rest.plan).files += 1;
    const refusedBefore = this.#pending.get(first.id)?.refusedBefore ?? 0;
    this.#pending.set(rest.id, { batch: rest, refusedBefore, hasJob: false });
  }

  /** A job has the file: one of this process, or of an earlier attempt. */
  hasJob({ id, plan }: Batch, by: 'submitted' | 'adopted'): void {
    this.of(plan)[by] += 1;
    const file = this.#pending.get(id);
    if (file) file.hasJob = true;
  }

  /** Calls of the object API have loaded a batch. */
  called({ plan }: Batch, calls: number): void {
    this.of(plan).calls += calls;
  }

  /**
   * A file has its outcome, or was never sent.
   * @param rejected its rejected rows, and the records that they stand for
   * @returns number of records that the connector rejected since the file was closed
   */
  settled(batch: Batch, rejected: { readonly rows: number; readonly records: number }): number {
    const account = this.of(batch.plan);
    account.accepted += batch.rows - rejected.rows;
    account.rejected += rejected.records;
    account.superseded += batch.records - batch.deletions - batch.rows - (rejected.records - rejected.rows);
    const refusedBefore = this.#pending.get(batch.id)?.refusedBefore ?? 0;
    this.#pending.delete(batch.id);
    return account.refused - refusedBefore;
  }

  /** Files for jobs that have none yet, except those of the given plans; in the order in which they were closed. */
  withoutJob(isLeftOut: (planId: number) => boolean): Batch[] {
    return [...this.#pending.values()].flatMap(({ batch, hasJob }) =>
      !hasJob && !isByCalls(batch) && !isLeftOut(batch.plan.id) ? [batch] : [],
    );
  }

  /** Streams with closed files, in the order of the first file. */
  get withFiles(): Iterable<Account> {
    return this.#withFiles;
  }

  /** How many files have their outcome, and of how many. */
  get ended(): { readonly files: number; readonly of: number } {
    const of = [...this.#withFiles].reduce((sum, { files }) => sum + files, 0);
    return { files: of - this.#pending.size, of };
  }

  /** Closed files; those that a job has or had, or calls have loaded; those that have their outcome; those of which a job runs. */
  get filesNow(): Readonly<Record<'closed' | 'sent' | 'done' | 'running', number>> {
    const { files: done, of: closed } = this.ended;
    const running = [...this.#pending.values()].filter(({ hasJob }) => hasJob).length;
    const calling = [...this.#pending.values()].filter(({ batch }) => isByCalls(batch)).length;
    return { closed, sent: this.allFiles.sent + this.allBatches.files - calling, done, running };
  }

  /** All closed batches for the object API, and the calls that they take. */
  get allBatches(): FileCounts & { readonly calls: CallBounds } {
    return { ...sumOf([...this.#withFiles].map(({ byCalls }) => byCalls)), calls: this.#calls };
  }

  /** What was closed so far. */
  get fileKind(): FileKind {
    if (this.allBatches.files === 0) return 'file';
    return this.allFiles.files === 0 ? 'batch' : 'both';
  }

  /** All closed files for jobs, and how many of them have or had one; the streams count those of batches too. */
  get allFiles(): FileCounts & { readonly streams: number; readonly sent: number; readonly adopted: number } {
    const withFiles = [...this.#withFiles];
    const batches = this.allBatches;
    const sent = withFiles.reduce((sum, { submitted, adopted }) => sum + submitted + adopted, 0);
    const { files, rows, bytes } = sumOf(withFiles);
    const counts = { files: files - batches.files, rows: rows - batches.rows, bytes: bytes - batches.bytes };
    const adopted = withFiles.reduce((sum, account) => sum + account.adopted, 0);
    return { ...counts, streams: withFiles.length, sent, adopted };
  }
}

function emptyAccount(plan: Plan): Account {
  const records = {
    received: 0,
    accepted: 0,
    superseded: 0,
    skipped: 0,
    rejected: 0,
    doubtful: 0,
    refused: 0,
    keyless: 0,
  };
  const files = { ...noFiles, byCalls: noFiles, calls: 0, submitted: 0, adopted: 0 };
  return {
    plan,
    ...records,
    paddedKeys: undefined,
    unbatched: { accepted: 0, rejected: 0 },
    reasons: undefined,
    ...files,
  };
}

/** Whether the object API loads the batch. */
export function isByCalls({ route }: Pick<Batch, 'route'>): boolean {
  return route === 'object_api';
}

/** Whether rows of a batch were sent: otherwise the connector itself has rejected all that are rejected. */
export function isSent({ jobId, calls }: Pick<Outcome, 'jobId' | 'calls'>): boolean {
  return jobId !== undefined || calls !== undefined;
}

/** Those of one file. */
export function countsOf({ rows, bytes }: Batch): FileCounts {
  return { files: 1, rows, bytes };
}

/** The sums of each count. */
export function sumOf(counts: readonly FileCounts[]): FileCounts {
  const sum = { files: 0, rows: 0, bytes: 0 };
  for (const { files, rows, bytes } of counts) {
    sum.files += files;
    sum.rows += rows;
    sum.bytes += bytes;
  }
  return sum;
}

/**
 * Streams with records that have no proven outcome, as errors: the final check of a sync that would succeed, in case
 * another rule is broken.
 */
export function unaccounted(accounts: Iterable<Account>): ConnectorError[] {
  const errors: ConnectorError[] = [];
  for (const account of accounts) {
    const { plan, received } = account;
    const rest = unsettled(account);
    const detail = `${rest} of ${received} records of ${plan.label} have no proven outcome`;
    if (rest !== 0) errors.push(new ConnectorError('bug', { detail }, { stream: plan.stream }));
  }
  return errors;
}
