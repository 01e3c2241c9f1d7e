/** The name and version of this program, as its package states them. */
import { createRequire } from 'node:module';

export const { name, version } = createRequire(import.meta.url)('#package.json') as {
  readonly name: string;
  readonly version: string;
};
