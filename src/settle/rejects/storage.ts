/** The interface of a place that keeps files of ours beyond a sync: a folder or a bucket. */

/** A file in a {@link Storage}. */
export interface StoredFile {
  /** Its path below the storage, its parts separated by `/`. */
  readonly name: string;
  readonly bytes: number;
  /** When it was last written, in milliseconds since 1970, by the storage's clock. */
  readonly modifiedMs: number;
}

/**
 * Named files that outlive a sync. Several processes may use one storage at the same time: each writes files of its own
 * names, so that nothing has to be locked. A name consists of parts `[A-Za-z0-9._-]+`, separated by `/`.
 */
export interface Storage {
  /** For messages: which folder or bucket this is. */
  readonly place: string;
  /** Where a person finds a file: a path, or an address `s3://…`. */
  addressOf(name: string): string;
  /**
   * Creates a file, or replaces the one of this name. Its content is durable then, and never visible in part.
   * @param content the bytes, or the file that has them
   * @throws ConnectorError `rejects_unwritable`; of a bucket `bucket_unusable`, `bucket_unavailable`
   */
  write(name: string, content: Uint8Array | { readonly path: string }): Promise<void>;
  /**
   * The content of a file; undefined if there is none of this name.
   * @throws ConnectorError `rejects_unwritable`; of a bucket `bucket_unusable`, `bucket_unavailable`
   */
  read(name: string): Promise<Buffer | undefined>;
  /**
   * All files whose names begin with `prefix`, which is empty or ends with `/`; in the order of their names.
   * @throws ConnectorError `rejects_unwritable`; of a bucket `bucket_unusable`, `bucket_unavailable`
   */
  list(prefix: string): Promise<StoredFile[]>;
  /**
   * Removes a file; it is no fault if there is none of this name.
   * @throws ConnectorError `rejects_unwritable`; of a bucket `bucket_unusable`, `bucket_unavailable`
   */
  remove(name: string): Promise<void>;
}
