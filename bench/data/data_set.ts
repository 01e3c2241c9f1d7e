/** What a data set of the benchmark is: its columns, and how the data of its records comes about. */
import type { Random } from '../../integration_tests/support/random.ts';

/** How the cells of a column are compared: a number by its value, all others by their text. */
export type Kind = 'text' | 'number' | 'boolean' | 'list';

export interface BenchColumn {
  readonly name: string;
  readonly kind: Kind;
}

/** One table, made or real. */
export interface DataSet {
  readonly name: string;
  /** For the table that is printed. */
  readonly what: string;
  readonly columns: readonly BenchColumn[];
  /** Columns that tell rows apart. */
  readonly keys: readonly string[];
  /** The JSON text of the data of record `number`, the first being 0. The same random numbers make the same text. */
  record(random: Random, number: number): string;
}

/** All columns of one kind. */
export function columnsOf(kind: Kind, names: readonly string[]): BenchColumn[] {
  return names.map((name) => ({ name, kind }));
}

/** A whole line of input, its line feed included. */
export function recordLine(stream: string, data: string): string {
  return `{"type":"RECORD","record":{"stream":"${stream}","namespace":"warehouse","data":${data},"emitted_at":1767603600000}}\n`;
}
