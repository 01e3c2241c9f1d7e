/** The kit as others install it: the packed file and how what uses it is compiled. */
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { packageFolder } from '../image/names.ts';

/** package.json. */
export const manifest: { name: string; version: string; devDependencies: Record<string, string> } = JSON.parse(
  readFileSync(join(packageFolder, 'package.json'), 'utf8'),
);

/** What `npm pack` writes. */
export const packedName = `${manifest.name}-${manifest.version}.tgz`;

/** In a folder with the packed file installed, and `destination.ts`. */
export const compileCommand = 'npx tsc --strict --target es2023 --module nodenext --types node destination.ts';
