/** Digests by which a file is recognised after a crash. They cover stream, destination and the file's bytes. */
import { createHash, hash as hashOnce } from 'node:crypto';
import type { ContentProof, Plan, SliceDigest } from '../model.ts';
import { base32, firstRowLength, firstRowOf } from '../names.ts';
import type { RowFile } from './row_file.ts';

const length = 20;
const formerLength = 16;
/**
 * Up to this length a file is hashed in one call: an object for hashing piece by piece takes memory outside the heap
 * until garbage is collected, which is not in time with thousands of files.
 */
const small = Buffer.allocUnsafeSlow(64 * 1024);

/** The first-row part of the digests of any file that starts with `beginning`: the header and the first row. */
export function firstRowDigest(plan: Plan, beginning: Buffer): SliceDigest {
  return firstRowOf(textsOf(plan, hashOf(Buffer.concat([Buffer.from(prefixOf(plan)), beginning]))));
}

/**
 * The digests that files of the first `rows` rows would have, in one pass over the file.
 * @param counts numbers of rows, each at least 1, in any order
 */
export async function prefixDigests(plan: Plan, file: RowFile, counts: readonly number[]): Promise<SliceDigest[]> {
  const firstEnd = file.startOf(Math.min(1, file.rows));
  const ends = counts.map((rows) => file.startOf(rows));
  const hashes = await hashesAt(plan, file, [firstEnd, ...ends]);
  const textsAt = (end: number) => textsOf(plan, hashes.get(end) ?? Buffer.alloc(0));
  const firstRow = firstRowOf(textsAt(firstEnd));
  return ends.map((end) => joined(firstRow, textsAt(end)));
}

/** The first characters cover the first row alone. Joined, as concatenation would keep the parts, each an object. */
function joined(firstRow: SliceDigest, { current, former }: SliceDigest): SliceDigest {
  return {
    current: [firstRow.current, current.slice(firstRowLength)].join(''),
    former: [firstRow.former, former.slice(firstRowLength)].join(''),
  };
}

/** The digest of a whole file, and the hash of the proof that its bytes are checked against when it is sent. */
export interface ClosedDigest {
  readonly digest: SliceDigest;
  readonly hash: ContentProof['hash'];
}

/** Computes both in one pass over the file. */
export async function closedDigest(plan: Plan, file: RowFile): Promise<ClosedDigest> {
  const firstEnd = file.startOf(Math.min(1, file.rows));
  const end = file.startOf(file.rows);
  const hashes = await hashesAt(plan, file, [firstEnd, end]);
  const hash = hashes.get(end) ?? Buffer.alloc(0);
  const firstRow = firstRowOf(textsOf(plan, hashes.get(firstEnd) ?? Buffer.alloc(0)));
  const digest = joined(firstRow, textsOf(plan, hash));
  return { digest, hash: hash.toString('base64url') };
}

async function hashesAt(plan: Plan, file: RowFile, ends: readonly number[]): Promise<Map<number, Buffer>> {
  const ascending = [...new Set(ends)].sort((one, other) => one - other);
  const last = ascending.at(-1) ?? 0;
  const hashes = new Map<number, Buffer>();
  const prefix = Buffer.from(prefixOf(plan));
  if (prefix.length + last <= small.length) {
    prefix.copy(small);
    file.csv.readInto(small.subarray(prefix.length, prefix.length + last), 0);
    return new Map(ascending.map((end) => [end, hashOf(small.subarray(0, prefix.length + end))]));
  }
  const hash = createHash('sha256').update(prefix);
  let next = 0;
  await file.visitBytes(0, last, (piece, position) => {
    let from = 0;
    for (let end = ascending[next]; end !== undefined && end <= position + piece.length; end = ascending[next]) {
      hash.update(piece.subarray(from, end - position));
      hashes.set(end, hash.copy().digest());
      from = end - position;
      next += 1;
    }
    hash.update(piece.subarray(from));
  });
  return hashes;
}

/**
 * What two files must share besides their bytes to count as the same. JSON contains no raw line feed, so its end is
 * unambiguous.
 */
export function prefixOf({ stream, object, operation, keyFields }: Plan): string {
  return `${JSON.stringify([stream.namespace ?? null, stream.name, object, operation, keyFields])}\n`;
}

function hashOf(bytes: Buffer): Buffer {
  return hashOnce('sha256', bytes, 'buffer');
}

/**
 * The digest of version 0.1.0 has no generation. The current one is computed from that hash, so the file is read once
 * for both.
 */
function textsOf({ generation }: Plan, hash: Buffer): SliceDigest {
  const current = hashOf(Buffer.concat([Buffer.from(`generation ${generation ?? 'none'}\n`), hash]));
  return {
    current: base32(current, length),
    former: hash.toString('base64url').slice(0, formerLength).toLowerCase(),
  };
}
