/** The plain way: readline, JSON.parse, csv-stringify. `node stringify.js TASK`, lines on standard input. */
import { once } from 'node:events';
import { createWriteStream, readFileSync } from 'node:fs';
import { createInterface } from 'node:readline';
import { finished } from 'node:stream/promises';
import { stringify } from 'csv-stringify';
import { dialect } from './cells.js';

const { columns, output } = JSON.parse(readFileSync(process.argv[2], 'utf8'));
const rows = stringify({ ...dialect, header: true, columns: columns.map(({ name }) => name) });
const file = createWriteStream(output);
rows.pipe(file);
const lines = createInterface({ input: process.stdin });
// Events take half the time that `for await` over the lines does.
lines.on('line', (line) => {
  const message = JSON.parse(line);
  if (message.type === 'RECORD' && !rows.write(message.record.data)) lines.pause();
});
rows.on('drain', () => lines.resume());
await once(lines, 'close');
rows.end();
await finished(file);
