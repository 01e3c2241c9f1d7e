/** Defines a data set of the benchmark: its columns, and how its records are generated. */
import type { Random } from '../../integration_tests/support/random.ts';

/** How the cells of a column are compared: a number by value, all others by text. */
export type Kind = 'text' | 'number' | 'boolean' | 'list';

export interface BenchColumn {
  readonly name: string;
  readonly kind: Kind;
}

/** One table, generated or real. */
export interface DataSet {
  readonly name: string;
  /** Shown in the printed table. */
  readonly what: string;
  readonly columns: readonly BenchColumn[];
  /** Columns that identify a row. */
  readonly keys: readonly string[];
  /** The JSON text of the data of record `number`, from 0. The same random numbers give the same text. */
  record(random: Random, number: number): string;
}

/** All columns of one kind. */
export function columnsOf(kind: Kind, names: readonly string[]): BenchColumn[] {
  return names.map((name) => ({ name, kind }));
}

/** A whole line of input, including its line feed. */
export function recordLine(stream: string, data: string): string {
  return `{"type":"RECORD","record":{"stream":"${stream}","namespace":"warehouse","data":${data},"emitted_at":1767603600000}}\n`;
}
