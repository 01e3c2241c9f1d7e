/** Runs the unit tests of one room in one process: starting a process for each file takes longer than most of them do. */
import { readdirSync } from 'node:fs';
import { sep } from 'node:path';

/** Rooms with a process of their own; `rest` is everything beside them. */
const rooms = ['airbyte', 'load', 'records', 'sandbox', 'settle', 'spool'] as const;

// The compiled files, seen from `build/integration_tests/units/`.
const root = new URL('../../', import.meta.url);

/** Runs every `*.test.js` below a room of `src`, or below everything that is no such room, file by file. */
export async function runUnits(room: (typeof rooms)[number] | 'rest'): Promise<void> {
  const files = room === 'rest' ? ['src', 'scripts', 'bench'].flatMap(testsBelow) : testsBelow(`src/${room}`);
  const others = room === 'rest' ? rooms.map((each) => `src/${each}/`) : [];
  for (const file of files.filter((path) => !others.some((other) => path.startsWith(other))))
    await import(new URL(file, root).href);
}

function testsBelow(folder: string): string[] {
  return readdirSync(new URL(`${folder}/`, root), { recursive: true, encoding: 'utf8' })
    .filter((name) => name.endsWith('.test.js'))
    .map((name) => `${folder}/${name.split(sep).join('/')}`)
    .sort();
}
