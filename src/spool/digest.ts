/** DIGEST16, by which a file is known again after a crash: over the stream, where it goes, and the file's bytes. */
import { createHash, type Hash } from 'node:crypto';
import type { ContentProof, Plan } from '../model.ts';
import type { RowFile } from './row_file.ts';

const firstRowLength = 5;
const digestLength = 16;

/** The part of a digest that files of one stream share if they begin with the same row. */
export function firstRowPartOf(digest: string): string {
  return digest.slice(0, firstRowLength);
}

/** {@link firstRowPartOf} of any file that begins with `beginning`: the header and the first row. */
export function firstRowDigest(plan: Plan, beginning: Buffer): string {
  return firstRowPartOf(textOf(start(plan).update(beginning)));
}

/**
 * The digests that files of the first `rows` rows would have, in one pass over the file.
 * @param counts numbers of rows, each 1 or more, in any order
 */
export async function prefixDigests(plan: Plan, file: RowFile, counts: readonly number[]): Promise<string[]> {
  const firstEnd = file.startOf(Math.min(1, file.rows));
  const ends = counts.map((rows) => file.startOf(rows));
  const hashes = await hashesAt(plan, file, [firstEnd, ...ends]);
  const firstRow = firstRowPartOf(hashes.get(firstEnd) ?? '');
  return ends.map((end) => firstRow + (hashes.get(end) ?? '').slice(firstRowLength, digestLength));
}

/** The digest of a whole file, and what its bytes are held against when it is sent. */
export interface ClosedDigest {
  readonly digest: string;
  readonly proof: ContentProof;
}

/** Computes it. */
export async function closedDigest(plan: Plan, file: RowFile): Promise<ClosedDigest> {
  const firstEnd = file.startOf(Math.min(1, file.rows));
  const end = file.startOf(file.rows);
  const hashes = await hashesAt(plan, file, [firstEnd, end]);
  const hash = hashes.get(end) ?? '';
  const digest = firstRowPartOf(hashes.get(firstEnd) ?? '') + hash.slice(firstRowLength, digestLength);
  return { digest, proof: { prefix: prefixOf(plan), hash } };
}

async function hashesAt(plan: Plan, file: RowFile, ends: readonly number[]): Promise<Map<number, string>> {
  const ascending = [...new Set(ends)].sort((one, other) => one - other);
  const hashes = new Map<number, string>();
  const hash = start(plan);
  let next = 0;
  await file.visitBytes(0, ascending.at(-1) ?? 0, (piece, position) => {
    let from = 0;
    for (let end = ascending[next]; end !== undefined && end <= position + piece.length; end = ascending[next]) {
      hash.update(piece.subarray(from, end - position));
      hashes.set(end, textOf(hash.copy()));
      from = end - position;
      next += 1;
    }
    hash.update(piece.subarray(from));
  });
  return hashes;
}

/** What the same bytes must also share to be the same file. JSON has no raw line feed, so its end is unambiguous. */
function prefixOf({ stream, object, operation, keyFields }: Plan): string {
  return `${JSON.stringify([stream.namespace ?? null, stream.name, object, operation, keyFields])}\n`;
}

function start(plan: Plan): Hash {
  return createHash('sha256').update(prefixOf(plan));
}

function textOf(hash: Hash): string {
  return hash.digest('base64url');
}
