/** A job's file name: the only thing of ours that the list of jobs gives back, and so our idempotency key. */
import { slug } from '../../names.ts';

/** `RUN.ATTEMPT.SEND.ROWS.DIGEST16.STREAM.csv`, taken apart. */
export interface JobFileName {
  /** One Airbyte job: all its attempts share it. */
  readonly run: string;
  /** 0 is the first attempt. */
  readonly attempt: number;
  /** Unique for each HTTP submission: a lost answer is looked up by it. */
  readonly send: string;
  /** Data rows in the file. */
  readonly rows: number;
  /** Over stream, object, operation, keys and bytes: a crashed attempt's job is found by it. */
  readonly digest: string;
  /** The stream's name, as far as it can stand in a file name. */
  readonly stream: string;
}

const longest = 120;
const pattern =
  /^([A-Za-z0-9_-]{1,40})\.(\d{1,16})\.([a-z0-9]{8,16})\.(\d{1,10})\.([A-Za-z0-9_-]{16})\.([A-Za-z0-9._-]*)\.csv$/;

/** A run's name as it can stand in a file name: `WORKER_JOB_ID`, whatever it holds. */
export function runName(workerJobId: string): string {
  return workerJobId.replace(/[^A-Za-z0-9_-]/g, '_').slice(0, 40);
}

/** The file name, at most 120 characters of `[A-Za-z0-9._-]`. */
export function formatFileName(name: JobFileName): string {
  const prefix = `${name.run}.${name.attempt}.${name.send}.${name.rows}.${name.digest}.`;
  return `${prefix}${slug(name.stream, longest - prefix.length - '.csv'.length)}.csv`;
}

/** The parts of a file name of ours; undefined for anybody else's. */
export function parseFileName(fileName: string | undefined): JobFileName | undefined {
  const found = pattern.exec(fileName ?? '');
  if (!found) return undefined;
  const [, run = '', attempt, send = '', rows, digest = '', stream = ''] = found;
  return { run, attempt: Number(attempt), send, rows: Number(rows), digest, stream };
}
