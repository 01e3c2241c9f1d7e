/** The house rules that a reader relies on: who may import whom, who touches the outside, how files look. */
import { readdirSync, readFileSync } from 'node:fs';
import { dirname, join, normalize, sep } from 'node:path';
import { fileURLToPath } from 'node:url';
import t from 'tap';

/** Leaves that everybody in `src` may import. */
const shared = ['errors', 'clock', 'model', 'config.types', 'slug', 'json_file'];

/**
 * What each part of `src` may import beside itself and packages. Data moves through the rooms in this order;
 * `gainsight` knows nothing of Airbyte.
 */
const mayImport: Readonly<Record<string, readonly string[]>> = {
  errors: ['model'],
  clock: [],
  model: [],
  'config.types': [],
  slug: [],
  json_file: shared,
  kernel: [],
  airbyte: ['kernel', ...shared],
  batch: ['airbyte', 'kernel', ...shared],
  gainsight: ['batch', ...shared],
  settle: ['airbyte', 'batch', 'gainsight', ...shared],
  sandbox: ['gainsight/contract', 'clock', 'model'],
};

/** What only the named files may say. Tests are free. */
const reserved: readonly { what: string; pattern: RegExp; only: readonly string[] }[] = [
  {
    what: 'the time is read and waited for by the clock alone',
    pattern:
      /\bDate\.now\b|\bnew Date\(\s*\)|\bDate\(\s*\)|\bperformance\b|\bhrtime\b|\bsetTimeout\b|\bsetInterval\b|AbortSignal\.timeout|node:timers|node:perf_hooks/,
    only: ['clock.ts'],
  },
  {
    what: 'the process is touched at its edge alone',
    pattern: /\bprocess\.(stdin|stdout|stderr|argv|exit|exitCode|env|on|once|abort)\b|node:process|proxy-from-env/,
    only: ['main.ts', 'sandbox/main.ts', 'debug_output.ts'],
  },
  {
    what: 'random numbers come in as arguments',
    pattern: /\bMath\.random\b|\brandom(UUID|Bytes|Int)\b/,
    only: ['main.ts'],
  },
  {
    what: 'node-fetch is the client’s',
    pattern: /import\s(?!type\b)[^;]*['"]node-fetch['"]/,
    only: ['gainsight/client.ts'],
  },
  {
    what: 'there is no other way to the network',
    pattern: /['"]node:(net|tls|dgram|http|https|http2)['"]|agent-base|https-proxy-agent|\bglobalThis\.fetch\b/,
    // To Node a pipe is a socket.
    only: ['standard_input.ts', 'sandbox/', 'gainsight/connection.ts'],
  },
];

const vagueNames = /^(util|helper|manager|handler|common|misc)s?$/i;
const vagueDeclaration =
  /\b(?:class|interface|type|function|const|let)\s+(\w*(?:Util|Helper|Manager|Handler|Misc)s?\b|\w*[a-z]Common\w*|(?:util|helper|manager|handler|common|misc)s?\b)/;
const mostLines = 250;

const root = fileURLToPath(new URL('../../../', import.meta.url));

interface SourceFile {
  /** Below the repository's root, with forward slashes. */
  readonly path: string;
  readonly text: string;
  readonly isTest: boolean;
}

const files = ['kernel', 'src', 'integration_tests', 'scripts', 'bench'].flatMap(readFolder);
const sources = files.filter((file) => file.path.startsWith('src/') && !file.isTest);

t.test('there are files to judge', async (t) => {
  t.ok(sources.length > 20, `${sources.length} source files`);
});

t.test('every room imports only from the rooms before it', async (t) => {
  for (const file of sources) {
    const part = partOf(file.path);
    const allowed = mayImport[part];
    if (allowed === undefined) continue;
    const wrong = importsOf(file).filter((path) => partOf(path) !== part && !isNamed(path, allowed));
    t.same(wrong, [], `${file.path} imports only what ${part} may`);
  }
});

t.test('nothing imports the sandbox', async (t) => {
  for (const file of sources.filter((each) => partOf(each.path) !== 'sandbox')) {
    t.same(
      importsOf(file).filter((path) => partOf(path) === 'sandbox'),
      [],
      file.path,
    );
  }
});

t.test('a room has its place in the order', async (t) => {
  const rooms = new Set(sources.filter((file) => file.path.split('/').length > 2).map((file) => partOf(file.path)));
  t.same(
    [...rooms].filter((room) => room !== 'commands' && mayImport[room] === undefined),
    [],
  );
});

for (const { what, pattern, only } of reserved) {
  t.test(what, async (t) => {
    for (const file of sources) {
      const inSource = file.path.slice('src/'.length);
      if (only.some((name) => inSource === name || (name.endsWith('/') && inSource.startsWith(name)))) continue;
      t.equal(pattern.exec(withoutComments(file.text))?.[0], undefined, file.path);
    }
  });
}

t.test(`no file has more than ${mostLines} lines`, async (t) => {
  for (const file of files.filter((each) => !each.isTest && !each.path.endsWith('.types.ts'))) {
    const lines = file.text.trimEnd().split('\n').length;
    t.ok(lines <= mostLines, `${file.path} has ${lines} lines`);
  }
});

t.test('every file opens with a sentence that tells what it owns', async (t) => {
  for (const file of files.filter((each) => !each.isTest)) {
    t.match(file.text.replace(/^#!.*\n/, ''), /^\/\*\*\s[\s\S]{20,}?[.:?]\s/, file.path);
  }
});

t.test('no name says nothing', async (t) => {
  for (const file of files) {
    t.same(
      file.path.split(/[/._]/).filter((word) => vagueNames.test(word)),
      [],
      file.path,
    );
    if (!file.isTest) t.equal(vagueDeclaration.exec(withoutComments(file.text))?.[1], undefined, file.path);
  }
});

t.test('the rules catch what they forbid', async (t) => {
  const probe = (text: string) => reserved.filter(({ pattern }) => pattern.test(withoutComments(text))).length;
  const caught = ['Date.now()', 'new Date()', 'process.exit(1)', "import f from 'node-fetch'", 'Math.random()'];
  for (const text of caught) t.equal(probe(text), 1, text);
  const allowed = ['new Date(milliseconds)', 'Date.parse(text)', 'Date.UTC(2026, 0)', '// Date.now()', 'process.pid'];
  for (const text of allowed) t.equal(probe(text), 0, text);
  t.equal(vagueDeclaration.exec('class JobManager {')?.[1], 'JobManager');
  t.equal(vagueDeclaration.exec('const commonKeys = 1'), null, 'a word of its own meaning passes');
  const importing = { path: 'src/batch/a.ts', text: "import type { B } from '../settle/b.ts';", isTest: false };
  t.same(importsOf(importing), ['src/settle/b.ts']);
});

function readFolder(folder: string): SourceFile[] {
  return readdirSync(join(root, folder), { recursive: true, encoding: 'utf8' })
    .filter((name) => name.endsWith('.ts') && !name.includes('node_modules'))
    .map((name) => {
      const path = `${folder}/${name.split(sep).join('/')}`;
      return { path, text: readFileSync(join(root, path), 'utf8'), isTest: /\.(test|proof)\.ts$/.test(path) };
    });
}

/** The room, or the file's own name where it stands in no room: `src/batch/plan.ts` → batch, `src/slug.ts` → slug. */
function partOf(path: string): string {
  const [, first = '', second] = path.split('/');
  return second === undefined ? first.replace(/\.ts$/, '') : first;
}

/** Relative imports, static and dynamic, as paths below the root. */
function importsOf(file: SourceFile): string[] {
  const found = withoutComments(file.text).matchAll(/(?:\bfrom|\bimport|\bimport\()\s*['"](\.[^'"]+)['"]/g);
  return [...found].map(([, path = '']) =>
    normalize(join(dirname(file.path), path))
      .split(sep)
      .join('/'),
  );
}

/** Whether the path lies in one of these parts of `src`, or is one of these files. */
function isNamed(path: string, names: readonly string[]): boolean {
  const below = path.slice('src/'.length).replace(/\.ts$/, '');
  return names.some((name) => below === name || below.startsWith(`${name}/`));
}

function withoutComments(text: string): string {
  return text.replace(/\/\*[\s\S]*?\*\//g, '').replace(/(^|\s)\/\/.*$/gm, '$1');
}
