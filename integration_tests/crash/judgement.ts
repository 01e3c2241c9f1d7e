/**
 * What must hold after crashes: every row is there once, no existing file was sent again, a surviving old process sent
 * nothing.
 */
import assert from 'node:assert/strict';
import { parseFileName } from '../../src/load/bulk/file_name.ts';
import { slug } from '../../src/names.ts';
import type { Sandbox } from '../../src/sandbox/server.ts';
import type { ProgramResult } from '../support/program.ts';
import { codesOf } from '../support/sync.ts';
import type { AttemptEnd } from './attempt.ts';
import type { Start } from './restarts.ts';
import type { Source } from './source.ts';
import { rowsInTheEnd, textsOf } from './source_end.ts';

/** An attempt that has ended, or is suspended. */
export interface Past {
  readonly start: Start;
  readonly end: AttemptEnd;
  /** Number of the tenant's jobs when it began. */
  readonly jobsBefore: number;
}

type Job = Sandbox['jobs'][number];

/** The tenant holds what the source holds, each row once. */
export function judgeRows(source: Source, sandbox: Sandbox): void {
  for (const [object, rows] of rowsInTheEnd(source)) {
    assert.deepEqual(textsOf(sandbox.rows(object)), textsOf(rows), `the rows of ${object}`);
  }
}

/** No row of an INSERT is there twice, whatever is still missing. */
export function judgeDoubles(source: Source, sandbox: Sandbox): void {
  for (const { object } of source.streams.filter(({ operation }) => operation === 'INSERT')) {
    const ids = sandbox.rows(object).map((row) => row['Id']);
    assert.deepEqual(ids, [...new Set(ids)], `rows of ${object} exist twice`);
  }
}

/**
 * A file of an UPSERT or UPDATE is taken over if its job and all later ones of the run on the object equal, in order,
 * this file and the files after it. (For an INSERT the rows themselves are the proof.)
 */
export function judgeAdoptions(source: Source, sandbox: Sandbox, { start, end, jobsBefore }: Past): void {
  const jobs = sandbox.jobs.map((job) => ({ job, name: parseFileName(job.fileName) }));
  const isOwn = ({ name }: { name: ReturnType<typeof parseFileName> }) => name?.run === `${start.run}`;
  for (const object of new Set(
    source.streams.filter(({ operation }) => operation !== 'INSERT').map((each) => each.object),
  )) {
    const earlier = jobs.filter((each, at) => at < jobsBefore && each.job.object === object && isOwn(each));
    // What an earlier attempt sent and the tenant accepted only now may have come before or after this attempt decided.
    const isLate = jobs.some(
      (each, at) =>
        at >= jobsBefore && each.job.object === object && isOwn(each) && (each.name?.attempt ?? 0) < start.attempt,
    );
    if (isLate) continue;
    const adopted = end.adopted.filter((file) =>
      jobs.some(({ job, name }) => name?.digest === digestOf(file) && job.object === object),
    );
    const sent = jobs.filter(
      ({ job, name }) => job.object === object && name?.run === `${start.run}` && name.attempt === start.attempt,
    );
    const wanted = [...adopted.map(digestOf), ...sent.map(({ name }) => name?.digest)];
    const from = earlier.findIndex(({ job }, first) => {
      const tail = earlier.slice(first).map(({ name }) => name?.digest);
      return job.status !== 'FAILED' && tail.every((digest, at) => digest === wanted[at]);
    });
    const tail = from < 0 ? [] : earlier.slice(from);
    const failed = tail.findIndex(({ job }) => job.status === 'FAILED');
    const least = failed < 0 ? tail.length : failed;
    assert.ok(
      adopted.length >= least,
      `attempt ${start.attempt} took over ${adopted.length} jobs of ${object}, and the last ${least} were its own files`,
    );
  }
}

/** After a change of the key fields no file sent with the old ones is taken over. */
export function judgeOtherKeys(source: Source, sandbox: Sandbox, end: AttemptEnd, first: Past | undefined): void {
  const old = sandbox.jobs.slice(0, first?.jobsBefore).filter((job) => isUpsert(source, job));
  assert.deepEqual(
    end.adopted.filter((file) => old.some((job) => digestOf(job.fileName) === digestOf(file))),
    [],
    'files of the old key fields were taken over',
  );
}

/** Once a later attempt has sent a file, the old process sends none. */
export function judgeGhost(sandbox: Sandbox, ghost: Start, result: ProgramResult): void {
  const attempts = sandbox.jobs.map(({ fileName }) => parseFileName(fileName)?.attempt ?? -1);
  const first = attempts.findIndex((attempt) => attempt > ghost.attempt);
  assert.ok(first >= 0, 'the later attempt sent a file');
  assert.ok(!attempts.slice(first).includes(ghost.attempt), `the old process sends no more: ${attempts}`);
  assert.deepEqual([result.code, ...codesOf(result)], [1, 'attempt_replaced'], 'how the old process ends');
}

function digestOf(fileName: string): string | undefined {
  return parseFileName(fileName)?.digest;
}

function isUpsert(source: Source, { fileName }: Job): boolean {
  const name = parseFileName(fileName)?.stream;
  return source.streams.some((stream) => stream.operation === 'UPSERT' && slug(stream.name, 100) === name);
}
