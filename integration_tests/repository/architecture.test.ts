/** The rules of the code base: who may import whom, what touches the outside, how files begin and are named. */
import { readdirSync, readFileSync } from 'node:fs';
import { dirname, join, normalize, sep } from 'node:path';
import { fileURLToPath } from 'node:url';
import t from 'tap';
import { leaves, mayImport } from './rooms.ts';

/** Former file names that were replaced because they did not say what the file is. */
const formerFiles =
  'bytes chunks standard_input mapping cells entries batching cutter early_cuts relief fates leftovers texts blocks pieces answer shapes connection data_array calls directory gate lanes change adoptions insert_doubts lost_sends reasons reporting summary reject_lines figures pace assembly cut_policy age_cuts'.split(
    ' ',
  );

/** Words without a meaning in the field, which no identifier may use. */
const coinedNames = 'heed turnTo deepen widen lengthen lend BatchHouse Fates tell told'.split(' ');

/** What only the named files may contain. Tests are exempt. */
const reserved: readonly { what: string; pattern: RegExp; only: readonly string[] }[] = [
  {
    what: 'only the clock reads the time and waits',
    pattern:
      /\bDate\.now\b|\bnew Date\(\s*\)|\bDate\(\s*\)|\bperformance\b|\bhrtime\b|\bsetTimeout\b|\bsetInterval\b|AbortSignal\.timeout|node:timers|node:perf_hooks/,
    // The kit dates its messages, and has no clock but this.
    only: ['clock.ts', 'airbyte/run_destination.ts'],
  },
  {
    what: 'only the outermost files touch the process',
    pattern: /\bprocess\.(stdin|stdout|stderr|argv|exit|exitCode|env|on|once|abort)\b|node:process|proxy-from-env/,
    only: [
      'main.ts',
      'program.ts',
      'destination.ts',
      'airbyte_commands.ts',
      'run_flow.ts',
      'tenant_client.ts',
      'airbyte/run_destination.ts',
      'sandbox/main.ts',
      'debug_output.ts',
    ],
  },
  {
    what: 'random numbers are passed in',
    pattern: /\bMath\.random\b|\brandom(UUID|Bytes|Int)\b/,
    // The key of a hash, on which no result depends.
    only: ['airbyte_commands.ts', 'run_flow.ts', 'records/kernel/kernel.ts'],
  },
  {
    what: 'only the sender imports node-fetch',
    pattern: /import\s(?!type\b)[^;]*['"]node-fetch['"]/,
    only: ['http/exchange.ts', 'http/form.ts'],
  },
  {
    what: 'nothing else reaches the network',
    pattern: /['"]node:(net|tls|dgram|http|https|http2)['"]|agent-base|https-proxy-agent|\bglobalThis\.fetch\b/,
    // Node treats a pipe as a socket.
    only: ['airbyte/stdin.ts', 'sandbox/', 'http/transport.ts'],
  },
];

const vagueNames = /^(util|helper|manager|handler|common|misc)s?$/i;
const vagueDeclaration =
  /\b(?:class|interface|type|function|const|let)\s+(\w*(?:Util|Helper|Manager|Handler|Misc)s?\b|\w*[a-z]Common\w*|(?:util|helper|manager|handler|common|misc)s?\b)/;

const root = fileURLToPath(new URL('../../../', import.meta.url));

interface SourceFile {
  /** Relative to the repository's root, with forward slashes. */
  readonly path: string;
  readonly text: string;
  readonly isTest: boolean;
}

const files = ['kernel', 'src', 'integration_tests', 'scripts', 'bench', 'examples'].flatMap(readFolder);
const sources = files.filter((file) => file.path.startsWith('src/') && !file.isTest);

t.test('there are files to check', async (t) => {
  t.ok(sources.length > 20, `${sources.length} source files`);
});

t.test('every module imports only from modules before it', async (t) => {
  for (const file of sources) {
    const part = partOf(file.path);
    const own = mayImport[part];
    if (own === undefined) continue;
    const allowed = part === 'airbyte' ? own : [...own, ...leaves];
    const wrong = importsOf(file).filter((path) => partOf(path) !== part && !isNamed(path, allowed));
    t.same(wrong, [], `${file.path} imports only what ${part} may`);
  }
});

t.test('the kit for destinations needs one package, and the examples nothing but the kit', async (t) => {
  const packagesOf = ({ text }: SourceFile) =>
    [...withoutComments(text).matchAll(/(?:\bfrom|\bimport|\bimport\()\s*['"]([^'"]+)['"]/g)]
      .map(([, name = '']) => name)
      .filter((name) => !/^(node:|\.\.?\/)/.test(name));
  const ofKit = sources.filter(({ path }) => partOf(path) === 'airbyte').flatMap(packagesOf);
  t.same([...new Set(ofKit.map((name) => name.split('/')[0]))], ['ajv']);
  const ofExamples = files.filter(({ path }) => path.startsWith('examples/'));
  t.same([...new Set(ofExamples.flatMap(packagesOf))], ['destination-gainsight/airbyte']);
});

t.test('there is no import cycle, types included', async (t) => {
  const isDone = new Map<string, boolean>();
  const byPath = new Map(files.map((file) => [file.path, file]));
  const circles: string[] = [];
  const visit = (file: SourceFile, trail: readonly string[]): void => {
    const { path } = file;
    if (isDone.get(path) === false) circles.push([...trail.slice(trail.indexOf(path)), path].join(' → '));
    if (isDone.has(path)) return;
    isDone.set(path, false);
    for (const next of importsOf(file)) {
      const found = byPath.get(next);
      if (found) visit(found, [...trail, path]);
    }
    isDone.set(path, true);
  };
  for (const file of files) visit(file, []);
  t.same(circles, []);
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

t.test('every folder has its place in the order', async (t) => {
  const folders = new Set(sources.filter((file) => file.path.split('/').length > 2).map((file) => partOf(file.path)));
  t.same(
    [...folders].filter((folder) => folder !== 'commands' && mayImport[folder] === undefined),
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

t.test('every file begins with a sentence that says what it is for', async (t) => {
  for (const file of files.filter((each) => !each.isTest)) {
    t.match(file.text.replace(/^#!.*\n/, ''), /^\/\*\*\s[\s\S]{20,}?[.:?]\s/, file.path);
  }
});

t.test('no file or identifier has a private name where the field has a term', async (t) => {
  for (const file of files.filter(({ path }) => path.startsWith('src/'))) {
    const name = file.path.split('/').at(-1)?.split('.')[0] ?? '';
    // A name may be right in another folder: `records/columns.ts` is now `column_finder.ts`, and `plan/columns.ts` is
    // right.
    t.notOk(formerFiles.includes(name), file.path);
  }
  for (const file of files) {
    const text = withoutTexts(withoutComments(file.text));
    const found = coinedNames.filter((name) => new RegExp(`\\b${name}\\b`).test(text));
    t.same(found, [], file.path);
  }
});

t.test('no name is empty of meaning', async (t) => {
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
  t.equal(vagueDeclaration.exec('const commonKeys = 1'), null, 'a word with another meaning passes');
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

/**
 * The folder, or the file's own name if it is directly in `src`: `src/plan/columns.ts` → plan, `src/names.ts` → names.
 */
function partOf(path: string): string {
  const [, first = '', second] = path.split('/');
  return second === undefined ? first.replace(/\.ts$/, '') : first;
}

/** Relative imports, static and dynamic, as paths from the root. */
function importsOf(file: SourceFile): string[] {
  const found = withoutComments(file.text).matchAll(/(?:\bfrom|\bimport|\bimport\()\s*['"](\.[^'"]+)['"]/g);
  return [...found].map(([, path = '']) =>
    normalize(join(dirname(file.path), path))
      .split(sep)
      .join('/'),
  );
}

/** Whether the path is in one of these parts of `src`, or is one of these files. */
function isNamed(path: string, names: readonly string[]): boolean {
  const below = path.slice('src/'.length).replace(/\.ts$/, '');
  return names.some((name) => below === name || below.startsWith(`${name}/`));
}

/** Code without the content of its string literals; template literals stay. */
function withoutTexts(text: string): string {
  return text.replace(/'(?:\\.|[^'\\\n])*'/g, "''");
}

function withoutComments(text: string): string {
  return text.replace(/\/\*[\s\S]*?\*\//g, '').replace(/(^|\s)\/\/.*$/gm, '$1');
}
