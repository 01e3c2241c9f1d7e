/** The task of a program of the benchmark, as a JSON file. */
import type { FieldDescription } from '../src/model.ts';
import type { BenchColumn } from './data/data_set.ts';

/** One stream of the input. */
export interface BenchStream {
  readonly name: string;
  readonly columns: readonly BenchColumn[];
  /** Columns. */
  readonly keys: readonly string[];
}

/** Records in, one CSV file out. */
export interface Task {
  /** The only stream's columns, for the peers. */
  readonly columns: readonly BenchColumn[];
  readonly streams: readonly BenchStream[];
  /** The file of records; also piped to standard input. */
  readonly input: string;
  readonly output: string;
  /** What a tenant would say of the columns; absent: nothing, so that no value is checked. */
  readonly described?: readonly FieldDescription[];
}
