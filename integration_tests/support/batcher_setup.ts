/** A batcher with a real spool and a real checkpoint, for tests of its decisions. */
import type { Test } from 'tap';
import { Batcher } from '../../src/batch/batcher.ts';
import type { EarlierJobs } from '../../src/load/route.ts';
import type { Batch, Plan } from '../../src/model.ts';
import { Accounts } from '../../src/settle/accounts.ts';
import { Checkpoint } from '../../src/settle/checkpoint.ts';
import { Spool } from '../../src/spool/spool.ts';
import type { TextRef } from '../../src/spool/state_texts.ts';
import { header, keyDigest, planOf, syncPool } from './spool.ts';

/** Options of a test. */
export interface BatcherSetupOptions {
  /** Plans that have an account; default ten of `planOf`. */
  readonly plans?: readonly Plan[];
  readonly maxBytes?: number;
  readonly maxRows?: number;
  /** Of the spool. */
  readonly limitBytes?: number;
  /** Default: with all columns. */
  readonly filePlan?: ((plan: Plan) => Plan) | undefined;
  /** Number of an INSERT batch's first rows that an earlier job holds; default 0. */
  readonly sentBefore?: EarlierJobs['sentBefore'];
}

/** The parts, and their results. */
export interface BatcherSetup {
  readonly spool: Spool;
  readonly accounts: Accounts;
  readonly batcher: Batcher;
  readonly checkpoint: Checkpoint<TextRef>;
  /** Closed batches, in order. */
  readonly sent: Batch[];
  /** Released states with their counts. */
  readonly emitted: [text: string, recordCount: number, rejectedRecordCount: number][];
  /** Adds a row of a plan of `planOf`; resolves to the batcher's answer. */
  add(plan: Plan, key: string | number, name?: string): Promise<'appended' | 'rejected' | undefined>;
  /** Passes a state, of the plan or of all. */
  state(text: string, plan?: Plan, at?: number): Promise<void>;
  /** The rows of a closed batch. */
  rows(batch: Batch): Promise<string[]>;
}

/** Provides a folder, and calls back at the end of the test. */
export type Folders = Pick<Test, 'testdir' | 'teardown'>;

let spools = 0;

/** Creates them in a folder of the test. */
export async function setUpBatcher(t: Folders, options: BatcherSetupOptions = {}): Promise<BatcherSetup> {
  const { maxBytes = 1e6, maxRows = 1e6, limitBytes = 1e9 } = options;
  spools += 1;
  const startTime = `${1_000_000 + spools}`;
  const spool = await Spool.open({ parent: t.testdir(), limitBytes, pid: process.pid, startTime, pool: syncPool() });
  t.teardown(() => spool.remove());
  const sent: Batch[] = [];
  const emitted: BatcherSetup['emitted'] = [];
  const accounts = new Accounts(options.plans ?? Array.from({ length: 10 }, (_, id) => planOf('UPSERT', id)));
  const checkpoint = new Checkpoint(spool.texts, {
    accounts,
    rejects: { flush: () => Promise.resolve() },
    async emit(text, { recordCount, rejectedRecordCount }) {
      emitted.push([String(text), recordCount, rejectedRecordCount]);
    },
  });
  const batcher = new Batcher({
    spool,
    caps: { maxBytes, maxRows },
    states: checkpoint,
    columns: { filePlan: options.filePlan ?? ((plan) => plan) },
    earlierJobs: { sentBefore: options.sentBefore ?? (() => Promise.resolve(0)) },
    batches: { closed: async (batch) => void sent.push(batch) },
  });
  let line = 0;
  return {
    ...{ spool, accounts, batcher, checkpoint, sent, emitted },
    async add(plan, key, name = 'name') {
      const bytes = Buffer.from(`${key},${name}\n`);
      const row = { bytes, length: bytes.length, keyDigest: keyDigest(key) };
      return batcher.append(plan, row, header);
    },
    async state(text, plan, at = 0) {
      line += 1;
      const before = batcher.stateCame(plan, () => undefined);
      checkpoint.hold({ type: plan ? 'STREAM' : 'GLOBAL', planId: plan?.id, text, line, at }, before);
      await checkpoint.release();
    },
    async rows(batch) {
      const rows = Array.from({ length: batch.rows }, (_, row) => batch.readRow(row));
      return (await Promise.all(rows)).map(String);
    },
  };
}
