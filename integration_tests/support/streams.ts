/** The fixture streams: inputs with one oddity each, and everything that a sync of them needs. */
import { readdirSync, readFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { dirname, join } from 'node:path';
import type { SandboxOptions } from '../../src/sandbox/options.ts';

/** The first line of a fixture's file; the lines after it are the source's, byte for byte. */
export interface StreamSetup {
  /** The oddity, in a sentence. */
  readonly about: string;
  /** As in a file for `--config`; address and access key are added. */
  readonly config: object;
  readonly catalog: object;
  readonly sandbox?: Partial<SandboxOptions>;
  /** Number of jobs of streams where it does not simply follow from their rows. */
  readonly jobs?: Readonly<Record<string, number>>;
  /** Whether the numbers of rejected rows are proven. */
  readonly sure?: boolean;
  /** The last line has no line feed. */
  readonly unended?: boolean;
  /** The code of the error that ends the sync. */
  readonly fails?: string;
  /** Names in the input that mean a stream of the catalog in another spelling. */
  readonly spelled?: Readonly<Record<string, string>>;
  /** Streams whose states do not come back because they fail. */
  readonly withheld?: readonly string[];
  /** Beginnings of the WARN lines that must be logged; no others may be, except those about rejected rows. */
  readonly warns?: readonly string[];
  /** Other WARN lines are allowed. */
  readonly mayWarn?: boolean;
}

/** One fixture. */
export interface StreamFixture extends StreamSetup {
  readonly name: string;
  /** The source's output. */
  readonly lines: readonly string[];
}

const folder = join(
  dirname(createRequire(import.meta.url).resolve('#package.json')),
  'integration_tests/fixtures/streams',
);

/** Every fixture in a file, by name. */
export function fixtureStreams(): StreamFixture[] {
  const names = readdirSync(folder).filter((name) => name.endsWith('.jsonl'));
  return names.sort().map((name) => fixtureStream(name.replace(/\.jsonl$/, '')));
}

/** One of them. */
export function fixtureStream(name: string): StreamFixture {
  // Not by other line breaks: some fixtures contain them.
  const [setup = '', ...lines] = readFileSync(join(folder, `${name}.jsonl`), 'utf8').split('\n');
  if (lines.at(-1) === '') lines.pop();
  return { ...(JSON.parse(setup) as StreamSetup), name, lines };
}
