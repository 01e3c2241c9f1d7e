/**
 * Runs the unit tests of one part in one process: starting a process per file takes longer than most of them run. No part
 * is much longer than the others: the longer a process lives, the more memory each search for garbage visits.
 */
import { readdirSync } from 'node:fs';
import { sep } from 'node:path';

/** Folders of `src` with a process of their own, without those below that have one too. */
const folders = [
  ...(['airbyte', 'commands', 'load', 'load/bulk', 'load/object_api', 'records', 'report', 'sandbox'] as const),
  ...(['settle', 'spool'] as const),
] as const;

/** `flow` is the files of `src` itself, `tools` is `scripts` and `bench`, `rest` is everything else. */
type Part = (typeof folders)[number] | 'flow' | 'tools' | 'rest';

// The compiled files, relative to `build/integration_tests/units/`.
const root = new URL('../../', import.meta.url);

/** Runs every `*.test.js` of a part, file by file. */
export async function runUnits(part: Part): Promise<void> {
  const files = ['src', 'scripts', 'bench'].flatMap(testsBelow);
  for (const file of files.filter((path) => partOf(path) === part)) await import(new URL(file, root).href);
}

function partOf(path: string): Part {
  const [top, folder, ...below] = path.split('/');
  if (top !== 'src') return 'tools';
  if (below.length === 0) return 'flow';
  return folders.find((each) => each === `${folder}/${below[0]}`) ?? folders.find((each) => each === folder) ?? 'rest';
}

function testsBelow(path: string): string[] {
  return readdirSync(new URL(`${path}/`, root), { recursive: true, encoding: 'utf8' })
    .filter((name) => name.endsWith('.test.js'))
    .map((name) => `${path}/${name.split(sep).join('/')}`)
    .sort();
}
