/** The interface of a store of rejected rows: `rejects.ts` writes to it, `open_store.ts` makes the one of the settings. */
import type { Batch, Plan, Reject } from '../../model.ts';

/** Whether the files of all runs lie side by side, or those of each in a folder of its own. */
export type Nesting = 'flat' | 'by run';

/** A file of rejected rows. */
export interface KeptFile {
  /** Where a person finds it: a path, or an address. */
  readonly address: string;
  readonly plan: Plan;
  /** Rejected rows in it, as far as they are written. */
  readonly rows: number;
}

/** What the source sends again of the rejected rows of a stream: all, those that no released state covers, or none. */
export type ComesAgain = 'all' | 'some' | 'none';

/** Keeps rejected rows so that they can be corrected and loaded. No file contains a secret. */
export interface RejectStore {
  /** How the names of its files begin in the storage: empty, or with a `/` at the end. */
  readonly prefix: string;
  /**
   * Adds a row; it is durable after {@link flush}.
   * @throws ConnectorError `rejects_unwritable`
   */
  add(reject: Reject): void;
  /**
   * Makes all added rows durable.
   * @throws ConnectorError `rejects_unwritable`
   */
  flush(): Promise<void>;
  /**
   * Keeps a whole batch, if it is not known which of its rows were rejected.
   * @returns where the copy is, which is durable
   * @throws ConnectorError `rejects_unwritable`
   */
  keepBatch(batch: Batch): Promise<string>;
  /** The files of rejected rows so far, in the order in which they were begun; without whole batches. */
  readonly kept: readonly KeptFile[];
}
