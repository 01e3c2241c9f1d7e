/** A spool, plans and rows for tests. */
import { createHash } from 'node:crypto';
import type { Plan, SliceDigest } from '../../src/model.ts';
import { FilePool } from '../../src/spool/file_pool.ts';
import type { OpenBatch } from '../../src/spool/open_batch.ts';
import { Spool } from '../../src/spool/spool.ts';

/** The header of every plan of {@link planOf}. */
export const header = Buffer.from('Key,Name\n');

/**
 * Memory for the files of a sync. The connector has sixteen times as much: of that, a few syncs would make V8 search for
 * garbage all the time, as it counts what is reserved.
 */
export const syncPool = () => new FilePool(1024 * 1024);

let spools = 0;

/** A spool in `parent`, by default with so little memory that every path to the disk is used. */
export function openSpool(parent: string, pool = new FilePool(16 * 1024, 4)): Promise<Spool> {
  spools += 1;
  return Spool.open({ parent, limitBytes: 1e9, pid: process.pid, startTime: `${spools}`, pool });
}

/** A plan of two columns; the first is the key, except for INSERT. */
export function planOf(operation: 'UPSERT' | 'INSERT', id = 0): Plan {
  const hasKeys = operation === 'UPSERT';
  return {
    id,
    stream: { name: `stream ${id}`, namespace: 'public' },
    label: `public.stream ${id}`,
    object: 'Company',
    operation,
    keyFields: hasKeys ? ['Key'] : [],
    keyColumns: hasKeys ? [0] : [],
    columns: ['Key', 'Name'].map((field) => ({ path: [field], field, isDateTime: false })),
    incremental: true,
    parents: [],
  };
}

/** The 16 bytes that stand for a key. */
export function keyDigest(key: string | number): Buffer {
  return createHash('sha256').update(`${key}`).digest().subarray(0, 16);
}

/** Appends a row from a buffer that is overwritten afterwards, as the encoder's is. */
export function append(batch: OpenBatch, key: string | number, name: string): void {
  const row = Buffer.from(`${key},${name}\n and what the buffer held before`);
  const length = Buffer.byteLength(`${key},${name}\n`);
  batch.append(row, length, batch.hasKeys ? keyDigest(key) : undefined);
  row.fill(0);
}

/** The digests of a file, computed in a simple way. */
export function digestOf(plan: Plan, file: string, firstRow: string): SliceDigest {
  const { stream, object, operation, keyFields, generation = 'none' } = plan;
  const context = `${JSON.stringify([stream.namespace ?? null, stream.name, object, operation, keyFields])}\n`;
  const hash = (text: string) => createHash('sha256').update(`${context}${text}`).digest();
  const former = (text: string) => hash(text).toString('base64url').toLowerCase();
  const current = (text: string) => {
    const over = createHash('sha256').update(`generation ${generation}\n`).update(hash(text)).digest();
    const bits = [...over].map((byte) => byte.toString(2).padStart(8, '0')).join('');
    return (bits.match(/.{5}/g) ?? [])
      .map((five) => 'abcdefghijklmnopqrstuvwxyz234567'[Number.parseInt(five, 2)])
      .join('');
  };
  const begun = header + firstRow;
  return {
    current: current(begun).slice(0, 5) + current(file).slice(5, 20),
    former: former(begun).slice(0, 5) + former(file).slice(5, 16),
  };
}

/** Rows of an INSERT batch: number and name. */
export const names = Array.from({ length: 1000 }, (_, at) => `${at}`.repeat((at * 13) % 400));

/** The CSV rows of {@link names} in `[from, upTo)`. */
export function csvOf(from: number, upTo: number): string[] {
  return names.slice(from, upTo).map((name, at) => `${from + at},${name}\n`);
}

/** Appends a row for each name, numbered. */
export function fill(batch: OpenBatch, rows: readonly string[], from = 0): OpenBatch {
  for (const [at, name] of rows.entries()) append(batch, from + at, name);
  return batch;
}
