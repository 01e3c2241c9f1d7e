/** Measures how many calls a sync uses for what is left of its records, of which several share a key. */

import { pick, randomFrom } from '../integration_tests/support/random.ts';
import { largestFile } from '../src/gainsight/contract.ts';
import { writeDataFile } from './data/data_file.ts';
import { columnsOf, type DataSet } from './data/data_set.ts';
import { plainWords } from './data/words.ts';
import { immediate } from './sandbox_process.ts';
import { table } from './table.ts';
import { wholeWrite } from './whole_write.ts';

/** One sync of one stream, each of whose keys comes twice. */
export interface Calls {
  /** Bytes of its records, as they arrive. */
  readonly bytes: number;
  /** Bytes of the last record of each key, as CSV. */
  readonly liveBytes: number;
  readonly submittedBytes: number;
  readonly calls: number;
}

/** A key comes again after so many other records: further apart, its file may be full and sent in between. */
const distance = 1000;

/** @param liveBytes about how many */
export async function countCalls(liveBytes: number, folder: string): Promise<Calls> {
  const { set, lengths } = documents();
  const input = `${folder}/records.jsonl`;
  const { bytes } = writeDataFile(set, input, { bytes: 2 * liveBytes });
  const { jobs, submissions } = await wholeWrite(
    { sets: [set], operation: 'UPSERT', input: [input], sandbox: immediate },
    folder,
  );
  return {
    ...{ bytes, liveBytes: [...lengths.values()].reduce((sum, length) => sum + length, 0) },
    ...{ submittedBytes: jobs.reduce((sum, job) => sum + job.bytes, 0), calls: submissions },
  };
}

/** The fewest calls with which so many bytes can be submitted: in files as large as Gainsight accepts. */
export function leastCalls(bytes: number): number {
  return Math.ceil(bytes / largestFile);
}

/** Texts of 2 to 6 kB, and the length of the last CSV row of each key so far. */
function documents(): { readonly set: DataSet; readonly lengths: ReadonlyMap<number, number> } {
  const random = randomFrom(1);
  const texts = Array.from({ length: 500 }, () => plainWords(random, 400 + random(800)));
  const lengths = new Map<number, number>();
  const set: DataSet = {
    ...{ name: 'documents', what: 'texts of 2 to 6 kB', columns: columnsOf('text', ['id', 'body']), keys: ['id'] },
    record(draw, at) {
      const id = Math.floor(at / (2 * distance)) * distance + (at % distance);
      const body = pick(draw, texts);
      lengths.set(id, `${id},${body}\n`.length);
      return `{"id":"${id}","body":"${body}"}`;
    },
  };
  return { set, lengths };
}

export function printCalls({ bytes, liveBytes, submittedBytes, calls }: Calls): string {
  const megabytes = (size: number) => (size / 1e6).toFixed(0);
  const row = (what: string, size: number, count: number) => [
    ...[what, megabytes(size), String(count), (count / (liveBytes / 1e9)).toFixed(1)],
  ];
  const rows = [
    row('submitted', submittedBytes, calls),
    row('least for the last record of each key', liveBytes, leastCalls(liveBytes)),
  ];
  const title = `Calls, each key twice in ${megabytes(bytes)} MB of records`;
  return `${table([title, 'MB of CSV', 'calls', 'per live GB'], rows)}\n`;
}
