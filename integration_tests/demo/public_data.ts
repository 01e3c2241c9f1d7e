/** Real tables with real irregularities, from the npm package vega-datasets: films, airports, flights. */
import { readFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { dirname, join } from 'node:path';
import { parse } from 'csv-parse/sync';
import { type DemoColumn, type DemoTable, plainRecord } from './table.ts';

const folder = join(dirname(createRequire(import.meta.url).resolve('vega-datasets')), '../data');
const read = (file: string): string => readFileSync(join(folder, file), 'utf8');

const ratings = ['G', 'PG', 'PG-13', 'R', 'NC-17', 'Not Rated'];

const filmColumns: readonly DemoColumn[] = [
  { column: 'Title', field: 'Title__gc', rule: { required: true, maxLength: 200 } },
  { column: 'Release Date', field: 'Release_Date__gc', rule: { required: true } },
  { column: 'MPAA Rating', field: 'Rating__gc', rule: { picklist: ratings } },
  { column: 'Director', field: 'Director__gc' },
  { column: 'Distributor', field: 'Distributor__gc' },
  { column: 'Major Genre', field: 'Genre__gc' },
  { column: 'US Gross', field: 'US_Gross__gc', rule: { type: 'number' } },
  { column: 'Worldwide Gross', field: 'Worldwide_Gross__gc', rule: { type: 'number' } },
  { column: 'IMDB Rating', field: 'IMDB_Rating__gc', rule: { type: 'number' } },
];

const airportColumns: readonly DemoColumn[] = [
  { column: 'iata', field: 'Code__gc', rule: { required: true, maxLength: 4 } },
  { column: 'name', field: 'Name', rule: { required: true } },
  { column: 'city', field: 'City__gc' },
  { column: 'state', field: 'State__gc' },
  { column: 'latitude', field: 'Latitude__gc', rule: { type: 'number' } },
  { column: 'longitude', field: 'Longitude__gc', rule: { type: 'number' } },
];

const flightColumns: readonly DemoColumn[] = [
  { column: 'delay', field: 'Delay__gc', rule: { type: 'number' } },
  { column: 'distance', field: 'Distance__gc', rule: { type: 'number' } },
  { column: 'time', field: 'Time__gc', rule: { type: 'number' } },
];

/** 3,201 films without a unique number: one has no title, and two have a rating that is not in the picklist. */
export function filmTable(): DemoTable {
  const rows = JSON.parse(read('movies.json')) as Record<string, unknown>[];
  return {
    stream: 'films',
    object: 'Film__gc',
    operation: 'UPSERT',
    columns: filmColumns,
    keyFields: ['Title__gc', 'Release_Date__gc'],
    primaryKey: ['Title', 'Release Date'],
    loadAfter: [],
    stateEvery: 500,
    records: rows.map((row) => plainRecord(row, filmColumns)),
  };
}

/** 3,376 airports; all their values are text. */
export function airportTable(): DemoTable {
  const rows = parse(read('airports.csv'), { columns: true }) as Record<string, string>[];
  return {
    stream: 'airports',
    object: 'Airport__gc',
    operation: 'UPSERT',
    columns: airportColumns,
    keyFields: ['Code__gc'],
    primaryKey: ['iata'],
    loadAfter: [],
    stateEvery: 1000,
    records: rows.map((row) => plainRecord(row, airportColumns)),
  };
}

/** 200,000 flights without a key. Their numbers stay text: `0.0` must arrive as `0.0`. */
export function flightTable(): DemoTable {
  const rows = read('flights-200k.json').matchAll(/\{"delay":([^,]+),"distance":([^,]+),"time":([^}]+)\}/g);
  return {
    stream: 'flights',
    object: 'Flight__gc',
    operation: 'INSERT',
    columns: flightColumns,
    keyFields: [],
    primaryKey: [],
    loadAfter: [],
    stateEvery: 10_000,
    records: Array.from(rows, ([json, delay = '', distance = '', time = '']) => ({
      json,
      cells: [delay, distance, time],
    })),
  };
}
