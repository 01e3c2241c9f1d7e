/** Writes a data set as a file of RECORD lines, up to a given length. */
import { closeSync, openSync, writeSync } from 'node:fs';
import { type Random, randomFrom } from '../../integration_tests/support/random.ts';
import { type DataSet, recordLine } from './data_set.ts';

/** The lines of a data set on disk. */
export interface DataFile {
  readonly path: string;
  readonly bytes: number;
  readonly rows: number;
}

/** When to stop. */
export type Until = { readonly bytes: number } | { readonly rows: number };

const bytesAtOnce = 1 << 20;
/** The same seed gives the same files. */
const seed = 1;

/** Writes records of the data set until there are enough. */
export function writeDataFile(set: DataSet, path: string, until: Until): DataFile {
  return writeLines(path, until, (random, number) => recordLine(set.name, set.record(random, number)));
}

/** Writes the result of `lines` for each number from 0: a record, and possibly something after it. */
export function writeLines(path: string, until: Until, lines: (random: Random, number: number) => string): DataFile {
  const random = randomFrom(seed);
  const { bytes: enough, rows: most } = { bytes: Number.POSITIVE_INFINITY, rows: Number.POSITIVE_INFINITY, ...until };
  const file = openSync(path, 'w');
  let [rows, bytes] = [0, 0];
  try {
    while (rows < most && bytes < enough) {
      const piece = Math.min(bytesAtOnce, enough - bytes);
      let text = '';
      while (rows < most && text.length < piece) text += lines(random, rows++);
      bytes += writeSync(file, text);
    }
  } finally {
    closeSync(file);
  }
  return { path, bytes, rows };
}
