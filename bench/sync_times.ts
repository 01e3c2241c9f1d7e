/** A sync of several full files in real time: the time that the connector adds to that of the sandbox's jobs. */
import { stateLine } from './airbyte.ts';
import { writeLines } from './data/data_file.ts';
import { recordLine } from './data/data_set.ts';
import { setNamed } from './data/sets.ts';
import { figure, table } from './table.ts';
import { wholeWrite } from './whole_write.ts';

export interface SyncTimes {
  readonly files: number;
  readonly csvBytes: number;
  /** The fewest calls with which these bytes can be submitted. */
  readonly leastCalls: number;
  readonly calls: number;
  /** Seconds, for the whole sync. */
  readonly wall: number;
  /** Seconds that the jobs took, one after the other. */
  readonly jobs: number;
  /** Seconds that the sandbox took to receive and read the files. */
  readonly uploads: number;
}

const rowsPerState = 500;
/** Bytes of records that nearly fill one file of 75 MB. */
const fileBytes = 70e6;

/**
 * Runs a sync of one stream, whose files go one after the other.
 * @param files number of files
 * @param seconds duration of each job
 */
export async function syncTimes(files: number, seconds: number, folder: string): Promise<SyncTimes> {
  const set = setNamed('long').make();
  const input = `${folder}/records.jsonl`;
  const { rows } = writeLines(input, { bytes: files * fileBytes }, (random, at) => {
    const record = recordLine(set.name, set.record(random, at));
    return at % rowsPerState === 0 ? record + stateLine(set.name, at) : record;
  });
  const { jobs, submissions, wall } = await wholeWrite(
    {
      ...{ sets: [set], operation: 'UPSERT', input: [input] },
      sandbox: { rowsPerSecond: Math.round(rows / files / seconds), pendingSeconds: 0.5 },
    },
    folder,
  );
  const csvBytes = jobs.reduce((sum, { bytes }) => sum + bytes, 0);
  return {
    ...{ files: jobs.length, csvBytes, leastCalls: Math.ceil(csvBytes / 75e6), calls: submissions, wall },
    jobs: jobs.reduce((sum, { endedAfter }) => sum + endedAfter, 0) / 1000,
    uploads: jobs.reduce((sum, { arrivedAt, acceptedAt }) => sum + acceptedAt - arrivedAt, 0) / 1000,
  };
}

export function printSyncTimes({ wall, jobs, uploads, ...sync }: SyncTimes): string {
  const beyond = (needed: number): string => `${figure((wall / needed - 1) * 100)} %`;
  const rows = [
    ['time beyond the jobs’ own', beyond(jobs), `${wall.toFixed(1)} s for jobs of ${jobs.toFixed(1)} s`],
    ['time beyond jobs and uploads', beyond(jobs + uploads), `the sandbox received for ${uploads.toFixed(1)} s`],
    ['calls', String(sync.calls), `the least for ${(sync.csvBytes / 1e6).toFixed(0)} MB of CSV is ${sync.leastCalls}`],
  ];
  return `${table([`A sync of ${sync.files} files in real time`, '', ''], rows, [0, 2])}\n`;
}
