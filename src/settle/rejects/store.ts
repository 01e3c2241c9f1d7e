/** The interface of a store of rejected rows: `rejects.ts` writes to it, `open_store.ts` makes the one of the settings. */
import type { Batch, Reject } from '../../model.ts';

/** Keeps rejected rows so that they can be corrected and loaded. No file contains a secret. */
export interface RejectStore {
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
}
