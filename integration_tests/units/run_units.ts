/** Runs the unit tests of one folder in one process: starting a process per file takes longer than most of them run. */
import { readdirSync } from 'node:fs';
import { sep } from 'node:path';

/** Folders of `src` with a process of their own, without those below that have one too; `rest` is everything else. */
const folders = ['airbyte', 'commands', 'load', 'load/bulk', 'records', 'sandbox', 'settle', 'spool'] as const;

// The compiled files, relative to `build/integration_tests/units/`.
const root = new URL('../../', import.meta.url);

/** Runs every `*.test.js` below a folder of `src`, or below everything else, file by file. */
export async function runUnits(folder: (typeof folders)[number] | 'rest'): Promise<void> {
  const files = folder === 'rest' ? ['src', 'scripts', 'bench'].flatMap(testsBelow) : testsBelow(`src/${folder}`);
  const others = folders.filter((each) => folder === 'rest' || each.startsWith(`${folder}/`));
  for (const file of files.filter((path) => !others.some((other) => path.startsWith(`src/${other}/`))))
    await import(new URL(file, root).href);
}

function testsBelow(path: string): string[] {
  return readdirSync(new URL(`${path}/`, root), { recursive: true, encoding: 'utf8' })
    .filter((name) => name.endsWith('.test.js'))
    .map((name) => `${path}/${name.split(sep).join('/')}`)
    .sort();
}
