/** DuckDB: one COPY from the file of records to a CSV file. `node duckdb.js TASK THREADS`; it reads the file by itself. */
import { readFileSync } from 'node:fs';
import { DuckDBInstance } from '@duckdb/node-api';

const { columns, input, output } = JSON.parse(readFileSync(process.argv[2], 'utf8'));
const quoted = (name) => `"${name.replaceAll('"', '""')}"`;
const text = (value) => `'${value.replaceAll("'", "''")}'`;

// Text and numbers are both read as text: that is the fastest for DuckDB, and keeps the digits.
const fields = columns.map(({ name, kind }) => `${quoted(name)} ${kind === 'list' ? 'VARCHAR[]' : 'VARCHAR'}`);
const cells = columns.map(({ name, kind }) => {
  const column = `record.data.${quoted(name)}`;
  return `${kind === 'list' ? `array_to_string(${column}, ';')` : column} AS ${quoted(name)}`;
});
const record = `STRUCT("stream" VARCHAR, "data" STRUCT(${fields.join(', ')}))`;
// The longest line may have 32 MB, as for the connector.
const reader = `read_json(${text(input)}, format = 'newline_delimited', columns = {type: 'VARCHAR', record: ${text(record)}}, maximum_object_size = 33554432)`;

const instance = await DuckDBInstance.create(':memory:', { threads: process.argv[3] });
const connection = await instance.connect();
await connection.run(
  `COPY (SELECT ${cells.join(', ')} FROM ${reader} WHERE type = 'RECORD') TO ${text(output)} (FORMAT csv, HEADER)`,
);
