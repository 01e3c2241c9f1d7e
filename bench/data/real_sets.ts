/** Real tables from the npm package vega-datasets, repeated with varied numbers until they are large enough. */
import { readFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { dirname, join } from 'node:path';
import { parse } from 'csv-parse/sync';
import type { Random } from '../../integration_tests/support/random.ts';
import type { BenchColumn, DataSet } from './data_set.ts';

type Row = Readonly<Record<string, unknown>>;

const folder = join(dirname(createRequire(import.meta.url).resolve('vega-datasets')), '../data');

function readRows(file: string): Row[] {
  const text = readFileSync(join(folder, file), 'utf8');
  return file.endsWith('.json')
    ? (JSON.parse(text) as Row[])
    : (parse(text, { columns: true, cast: asNumber }) as Row[]);
}

/** Numbers become numbers, and empty cells null, as in a warehouse. */
function asNumber(text: string, { header }: { header: boolean }): unknown {
  if (header) return text;
  if (text === '') return null;
  return /^-?(0|[1-9]\d*)(\.\d+)?$/.test(text) ? Number(text) : text;
}

/** A column that contains any text is a text column: titles such as 1776 are numbers in the file, but text here. */
function columnsOf(rows: readonly Row[]): BenchColumn[] {
  return Object.keys(rows[0] ?? {}).map((name) => {
    const isText = rows.some((row) => typeof row[name] === 'string');
    return { name, kind: isText ? 'text' : 'number' };
  });
}

function realSet(name: string, what: string, file: string): DataSet {
  const rows = readRows(file);
  const columns = columnsOf(rows);
  const texts = new Set(columns.filter(({ kind }) => kind === 'text').map((column) => column.name));
  return {
    name,
    what: `${what} (${rows.length.toLocaleString('en')} real rows, repeated)`,
    columns: [{ name: 'row_id', kind: 'number' }, ...columns],
    keys: ['row_id'],
    record(random, number) {
      const row = rows[number % rows.length] as Row;
      const values = columns.map((column) => [column.name, varied(row[column.name], texts.has(column.name), random)]);
      return JSON.stringify({ row_id: number, ...Object.fromEntries(values) });
    },
  };
}

/** Varies a number now and then; text stays unchanged. */
function varied(value: unknown, isText: boolean, random: Random): unknown {
  if (isText) return typeof value === 'number' ? String(value) : value;
  return Number.isInteger(value) && random(4) === 0 ? Number(value) + 1 : value;
}

/** Created on demand: reading them takes time. */
export const realSets: readonly { readonly name: string; make(): DataSet }[] = [
  { name: 'films', make: () => realSet('films', 'films, 16 columns', 'movies.json') },
  { name: 'birdstrikes', make: () => realSet('birdstrikes', 'bird strikes, 14 columns', 'birdstrikes.csv') },
  { name: 'flights', make: () => realSet('flights', 'flights, 5 columns', 'flights-20k.json') },
];
