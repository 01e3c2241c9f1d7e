/** Renames the files that an attempt has sent as version 0.1.0 would have named them. */
import assert from 'node:assert/strict';
import { createHash } from 'node:crypto';
import { parseFileName } from '../../src/load/bulk/file_name.ts';
import type { Sandbox } from '../../src/sandbox/server.ts';
import type { SourceStream } from './source.ts';

type Job = Sandbox['jobs'][number];

/** Renames every job that the connector has submitted. @throws AssertionError if the bytes of a file cannot be reproduced from its rows */
export function giveFormerNames(sandbox: Sandbox, streams: readonly SourceStream[]): void {
  for (const job of sandbox.ownJobs) sandbox.renameJob(job.id, formerNameOf(job, streams));
}

/** `RUN.ATTEMPT.SEND.ROWS.DIGEST16.STREAM.csv` */
function formerNameOf(job: Job, streams: readonly SourceStream[]): string {
  const { run, attempt, send, rows, stream } = parseFileName(job.fileName) ?? {};
  assert.ok(
    streams.some(({ name }) => name === stream),
    `${job.fileName} names a stream of the catalog`,
  );
  const { object, operation, keyFields } = job;
  const [header = '', firstRow = '', ...otherRows] = [job.header, ...(job.rows ?? [])].map(lineOf);
  const file = [header, firstRow, ...otherRows].join('');
  assert.equal(createHash('sha256').update(file).digest('hex'), job.sha256, 'the file, written again from its rows');
  const context = `${JSON.stringify([null, stream, object, operation, keyFields])}\n`;
  const digestOf = (text: string) =>
    createHash('sha256')
      .update(context + text)
      .digest('base64url');
  // The first five characters cover the header and the first row alone.
  const digest = digestOf(header + firstRow).slice(0, 5) + digestOf(file).slice(5, 16);
  return [run, attempt, send, rows, digest, stream, 'csv'].join('.');
}

/** A line of the file: null is an empty cell, an empty text a pair of quotes. */
function lineOf(cells: readonly (string | null)[]): string {
  return `${cells.map((cell) => (cell === null ? '' : quotedWhereNeeded(cell))).join(',')}\n`;
}

function quotedWhereNeeded(cell: string): string {
  return cell === '' || /[",\r\n]|^\s|\s$/.test(cell) ? `"${cell.replaceAll('"', '""')}"` : cell;
}
