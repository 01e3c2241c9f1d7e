/**
 * DuckDB: from the file of records to a CSV file. `node duckdb.js TASK THREADS [dedup]`; it reads the file by itself.
 * With `dedup`, of the records with the same key only the last one that arrived is written.
 */
import { readFileSync } from 'node:fs';
import { DuckDBInstance } from '@duckdb/node-api';

const [taskFile, threads, mode] = process.argv.slice(2);
const { columns, streams, input, output } = JSON.parse(readFileSync(taskFile, 'utf8'));
const quoted = (name) => `"${name.replaceAll('"', '""')}"`;
const text = (value) => `'${value.replaceAll("'", "''")}'`;

// Text and numbers are both read as text: that is the fastest for DuckDB, and keeps the digits.
const fields = columns.map(({ name, kind }) => `${quoted(name)} ${kind === 'list' ? 'VARCHAR[]' : 'VARCHAR'}`);
const cells = columns.map(({ name, kind }) => {
  const column = `data.${quoted(name)}`;
  return `${kind === 'list' ? `array_to_string(${column}, ';')` : column} AS ${quoted(name)}`;
});
const record = `STRUCT("stream" VARCHAR, "data" STRUCT(${fields.join(', ')}))`;
// The longest line may have 32 MB, as for the connector.
const reader = `read_json(${text(input)}, format = 'newline_delimited', columns = {type: 'VARCHAR', record: ${text(record)}}, maximum_object_size = 33554432)`;
const records = `SELECT record.data AS data FROM ${reader} WHERE type = 'RECORD'`;

const instance = await DuckDBInstance.create(':memory:', { threads });
const connection = await instance.connect();
const copy = (rows) =>
  connection.run(`COPY (SELECT ${cells.join(', ')} FROM ${rows}) TO ${text(output)} (FORMAT csv, HEADER)`);

if (mode === 'dedup') {
  // On one thread a table numbers its rows in the order of arrival. Of last(), arg_max(), a window, INSERT OR REPLACE
  // and this, this takes the least time, with different keys and with few.
  const keys = streams[0].keys.map((name) => `data.${quoted(name)}`).join(', ');
  await connection.run(`CREATE TABLE arrived AS ${records}`);
  await copy(`arrived WHERE rowid IN (SELECT max(rowid) FROM arrived GROUP BY ${keys})`);
} else await copy(`(${records})`);
