/** Files kept in a bucket of S3, or of a store that speaks its protocol. */
import { open } from 'node:fs/promises';
import { ConnectorError } from '../../errors.ts';
import { addressOf, BucketClient, type BucketOptions } from './bucket_client.ts';
import { elementOf, elementsOf } from './bucket_faults.ts';
import type { Storage, StoredFile } from './storage.ts';

/** Larger files are sent in parts of this size, in bytes, one at a time: so much memory is taken. */
const partBytes = 8_000_000;
/** An upload in parts whose end was asked for twice may be gone the second time: then it is made once more. */
const mostUploads = 2;

/** A list goes on over so many pages in a row that name no further object: a store may have removed those of some. */
const mostEmptyPages = 100;

/** A bucket as a {@link Storage}: names follow its path. */
export class BucketStorage implements Storage {
  readonly #client: BucketClient;
  readonly #bucket: BucketOptions['bucket'];

  constructor(options: BucketOptions) {
    this.#client = new BucketClient(options);
    this.#bucket = options.bucket;
  }

  get place(): string {
    return `${this.#name} at ${new URL(addressOf(this.#bucket)).origin}`;
  }

  get #name(): string {
    return JSON.stringify(['s3:/', this.#bucket.name, ...this.#bucket.path].join('/'));
  }

  addressOf(name: string): string {
    return `s3://${this.#bucket.name}/${this.#keyOf(name)}`;
  }

  async write(name: string, content: Uint8Array | { readonly path: string }): Promise<void> {
    if (!('path' in content)) return this.#put(name, Buffer.from(content));
    const file = await open(content.path).catch(diskFailed);
    try {
      const { size } = await file.stat();
      const part = async (start: number) => {
        const bytes = Buffer.alloc(Math.min(partBytes, size - start));
        const { bytesRead } = await file.read(bytes, 0, bytes.length, start).catch(diskFailed);
        return bytes.subarray(0, bytesRead);
      };
      await (size <= partBytes ? this.#put(name, await part(0)) : this.#putInParts(name, size, part));
    } finally {
      await file.close();
    }
  }

  async read(name: string): Promise<Buffer | undefined> {
    const right = 's3:GetObject';
    const expected = ['NoSuchKey'];
    const { body, refusal } = await this.#client.send({ method: 'GET', key: this.#keyOf(name), right, expected });
    return refusal === undefined ? body : undefined;
  }

  async list(prefix: string): Promise<StoredFile[]> {
    const start = this.#keyOf('');
    const files = new Map<string, StoredFile>();
    let emptyPages = 0;
    const page: Record<string, string> = { 'list-type': '2', prefix: `${start}${prefix}` };
    for (;;) {
      const { body } = await this.#client.send({ method: 'GET', query: page, right: 's3:ListBucket' });
      const xml = body.toString();
      const before = files.size;
      for (const file of filesIn(xml, start)) files.set(file.name, file);
      emptyPages = files.size === before ? emptyPages + 1 : 0;
      const next = elementOf(xml, 'NextContinuationToken');
      if (elementOf(xml, 'IsTruncated') !== 'true' || next === undefined) break;
      if (next === page['continuation-token'] || emptyPages > mostEmptyPages) throw this.#endlessList();
      page['continuation-token'] = next;
    }
    // The store sorts by bytes, a folder by characters.
    return [...files.values()].sort((one, other) => (one.name < other.name ? -1 : 1));
  }

  #endlessList(): ConnectorError {
    const words = 'its list of objects does not end, as each page is followed by one with the same or no objects';
    const next = 'Use a store that supports the requests of Amazon S3';
    return new ConnectorError('bucket_unusable', { bucket: this.#name, words, next });
  }

  async remove(name: string): Promise<void> {
    const right = 's3:DeleteObject';
    await this.#client.send({ method: 'DELETE', key: this.#keyOf(name), right, expected: ['NoSuchKey'] });
  }

  async #put(name: string, body: Buffer): Promise<void> {
    await this.#client.send({ method: 'PUT', key: this.#keyOf(name), body, right: 's3:PutObject' });
  }

  async #putInParts(name: string, size: number, part: (start: number) => Promise<Buffer>): Promise<void> {
    for (let uploads = 1; ; uploads++) {
      const isDone = await this.#uploadParts(this.#keyOf(name), size, part, uploads === mostUploads);
      if (isDone) return;
    }
  }

  /** @returns false: the store no longer knows the upload */
  async #uploadParts(
    key: string,
    size: number,
    part: (start: number) => Promise<Buffer>,
    isLast: boolean,
  ): Promise<boolean> {
    const right = 's3:PutObject';
    const expected = isLast ? [] : ['NoSuchUpload'];
    const begun = await this.#client.send({ method: 'POST', key, query: { uploads: '' }, right });
    const uploadId = elementOf(begun.body.toString(), 'UploadId') ?? '';
    try {
      const parts: string[] = [];
      for (let start = 0, number = 1; start < size; start += partBytes, number++) {
        const query = { partNumber: String(number), uploadId };
        const sent = await this.#client.send({ method: 'PUT', key, query, body: await part(start), right, expected });
        if (sent.refusal !== undefined) return false;
        parts.push(`<Part><PartNumber>${number}</PartNumber><ETag>${sent.headers.get('etag')}</ETag></Part>`);
      }
      const body = Buffer.from(`<CompleteMultipartUpload>${parts.join('')}</CompleteMultipartUpload>`);
      const ended = await this.#client.send({ method: 'POST', key, query: { uploadId }, body, right, expected });
      return ended.refusal === undefined;
    } catch (error) {
      // Parts of an upload that was not ended take room in the bucket, unseen.
      const abort = { method: 'DELETE', key, query: { uploadId }, right: 's3:AbortMultipartUpload' } as const;
      await this.#client.send({ ...abort, expected: ['NoSuchUpload'] }).catch(() => undefined);
      throw error;
    }
  }

  #keyOf(name: string): string {
    return [...this.#bucket.path, name].join('/');
  }
}

/** The files of a page of the list. @param start of all names of the bucket's path */
function filesIn(xml: string, start: string): StoredFile[] {
  return elementsOf(xml, 'Contents').map((entry) => ({
    name: (elementOf(entry, 'Key') ?? '').slice(start.length),
    bytes: Number(elementOf(entry, 'Size')),
    modifiedMs: Date.parse(elementOf(entry, 'LastModified') ?? ''),
  }));
}

function diskFailed(cause: Error): never {
  throw new ConnectorError('disk_failed', { detail: cause.message }, { cause });
}
