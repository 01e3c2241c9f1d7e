/** The baseline: copies standard input, read as the connector reads it, to a file. Shows what Node itself takes. */
import { closeSync, openSync, readFileSync, writeSync } from 'node:fs';
import { standardInput } from '../src/airbyte/stdin.ts';
import { itemsUntil } from '../src/async.ts';
import type { Task } from './task.ts';

const { output } = JSON.parse(readFileSync(process.argv[2] as string, 'utf8')) as Task;
const file = openSync(output, 'w');
const { signal } = new AbortController();
const input = standardInput(() => process.stdin, signal);
for await (const chunk of itemsUntil(input, signal)) {
  for (let done = 0; done < chunk.length; ) done += writeSync(file, chunk, done);
}
closeSync(file);
