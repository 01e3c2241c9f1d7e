/** The papers for users and developers: what they name must exist, as nobody compiles them. */
import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { dirname, join, normalize } from 'node:path';
import { fileURLToPath } from 'node:url';
import t from 'tap';
import { parseConfig } from '../../src/config/config.ts';
import { fieldNameOf } from '../../src/plan/field_names.ts';
import { readFieldsText } from '../../src/plan/fields_text.ts';
import { mayImport } from './rooms.ts';

const root = fileURLToPath(new URL('../../../', import.meta.url));
const { scripts } = JSON.parse(readFileSync(join(root, 'package.json'), 'utf8')) as { scripts: Record<string, string> };

/** Not of the repository: built, installed, or git's own. */
const foreign = ['.git', '.tap', 'build', 'dist', 'node_modules'];
const folders = readdirSync(root, { withFileTypes: true })
  .filter((entry) => entry.isDirectory() && !foreign.includes(entry.name))
  .map(({ name }) => name);
const ownFiles = [...folders.flatMap(filesIn), ...readdirSync(root)];
const papers = ownFiles.filter((path) => path.endsWith('.md') && path !== 'CHANGELOG.md');
const code = ownFiles
  .filter((path) => /\.[jt]s$/.test(path))
  .map((path) => readFileSync(join(root, path), 'utf8'))
  .join('\n');

/** Files of a folder that belong to the repository, their paths seen from its root. */
function filesIn(folder: string): string[] {
  return readdirSync(join(root, folder), { withFileTypes: true }).flatMap((entry) => {
    const path = `${folder}/${entry.name}`;
    if (!entry.isDirectory()) return [path];
    return entry.name === 'node_modules' ? [] : filesIn(path);
  });
}

/** What a paper names and the repository does not have. */
function missing(whole: string, folder = ''): string[] {
  // Code that users write has functions of its own; diagrams have ours.
  const text = whole.replace(/^```(?:ts|js|json)\n[\s\S]*?^```/gm, '');
  const all = (pattern: RegExp) => [...text.matchAll(pattern)].map(([whole, named = whole]) => named);
  const links = all(/\]\(([^)\s]+)\)/g).filter((link) => !/^https?:|^#/.test(link));
  return [
    ...links.filter((link) => !isLinked(link, folder)),
    ...all(/\]\(#([^)\s]+)\)/g).filter((anchor) => !anchorsOf(text).includes(anchor)),
    ...all(/(?<![\w./*-])(?:\.?\w[\w.-]*\/)*\w[\w.-]*\.(?:ts|js|md|yml|wasm)\b/g).filter(
      (path) => !isFile(path, folder),
    ),
    ...all(/`([\w.-]+\/[\w./-]*)`/g).filter((path) => isOurs(path) && !existsSync(join(root, path))),
    ...all(/\bnpm run ([\w:-]+)/g).filter((name) => name !== '--silent' && scripts[name] === undefined),
    ...all(/(?<![\w.])([a-z]\w*)\(\)/g).filter((name) => !isFunction(name)),
    ...all(/\b[A-Z][a-z]\w*\.#?([a-z]\w*)\b(?=\(|`)/g).filter((name) => !isFunction(name)),
  ];
}

/** Links are seen from the paper's own folder. */
function isLinked(link: string, folder: string): boolean {
  const [path = '', anchor] = link.split('#');
  const target = normalize(join(folder, path));
  if (!existsSync(join(root, target))) return false;
  return anchor === undefined || anchorsOf(readFileSync(join(root, target), 'utf8')).includes(anchor);
}

/** The anchors of a paper's headings, as GitHub makes them. */
function anchorsOf(text: string): string[] {
  return [...text.matchAll(/^#+ (.*)$/gm)].map(([, heading = '']) =>
    heading
      .toLowerCase()
      .replace(/[^\w\- ]/g, '')
      .replaceAll(' ', '-'),
  );
}

/** A path as people write it: whole, or its last parts where they say which file is meant. Built files have a source. */
function isFile(path: string, folder: string): boolean {
  const name = path.replace(/^(?:dist|build)\//, '');
  const source = name.replace(/\.js$/, '.ts');
  return (
    [path, source, normalize(join(folder, path))].some((each) =>
      ownFiles.some((file) => file === each || file.endsWith(`/${each}`)),
    ) || name.endsWith('.wasm')
  );
}

function isOurs(path: string): boolean {
  return folders.includes(path.split('/')[0] as string);
}

function isFunction(name: string): boolean {
  return new RegExp(
    `(?:function\\*? |async |get |static |^ *#?|\\b(?:const|readonly) )#?${name}\\b\\s*[(<=:?]`,
    'm',
  ).test(code);
}

t.test('there are papers to judge', async (t) => {
  for (const path of ['README.md', 'CONTRIBUTING.md', 'docs/architecture.md', 'kernel/README.md'])
    t.ok(papers.includes(path), path);
});

t.test('what a paper names exists', async (t) => {
  for (const path of papers) t.same(missing(readFileSync(join(root, path), 'utf8'), dirname(path)), [], path);
});

t.test('the table of modules says who may import whom', async (t) => {
  const [, table = ''] =
    /<!-- rooms:start -->([\s\S]*)<!-- rooms:end -->/.exec(readFileSync(join(root, 'docs/architecture.md'), 'utf8')) ??
    [];
  const rows = [...table.matchAll(/^\| `(\w+)(?:\/|\.ts)` \|.*\| (.*) \|$/gm)];
  for (const [, room = '', imports = ''] of rows)
    t.same(
      [...imports.matchAll(/`(.*?)`/g)].map(([, name]) => name),
      mayImport[room],
      room,
    );
  const folders = readdirSync(join(root, 'src'), { withFileTypes: true }).filter((entry) => entry.isDirectory());
  const listed = rows.map(([, room]) => room);
  t.same(
    folders.map(({ name }) => name).filter((name) => name !== 'commands' && !listed.includes(name)),
    [],
    'every module is in the table',
  );
});

t.test('each decision is listed', async (t) => {
  const list = readFileSync(join(root, 'docs/decisions/README.md'), 'utf8');
  for (const path of papers.filter((each) => /^docs\/decisions\/(?!README)/.test(each)))
    t.match(list, `(${path.slice('docs/decisions/'.length)})`, path);
});

t.test('the guide to mapping shows what the connector does', async (t) => {
  const guide = readFileSync(join(root, 'docs/mapping.md'), 'utf8');
  const renamed = [...guide.matchAll(/^\| `([\w ]+)` \| `(\w+__gc)` \|$/gm)];
  t.ok(renamed.length > 3);
  for (const [, column = '', field] of renamed) t.equal(fieldNameOf(column, 'gainsight_custom'), field);
  const blocks = (language: string) =>
    [...guide.matchAll(new RegExp(`^\`\`\`${language}\\n([^]*?)^\`\`\``, 'gm'))].map(([, block = '']) => block);
  for (const text of blocks('text')) t.match(readFieldsText(text), { fields: { length: 4 }, others: [] });
  for (const json of blocks('json').map((block) => JSON.parse(block))) {
    const config = { domain: 'acme', ...(json.stream ? { streams: [json] } : json), access_key: 'k' };
    t.same(parseConfig(JSON.stringify(config)).unknownSettings, [], JSON.stringify(json));
  }
});

t.test('what does not exist is found', async (t) => {
  for (const [text, found] of [
    ['see [there](docs/nowhere.md)', 'docs/nowhere.md'],
    ['see [below](#nowhere)', 'nowhere'],
    ['see [its part](README.md#nowhere)', 'README.md#nowhere'],
    ['in `src/nowhere.ts`', 'src/nowhere.ts'],
    ['participant F as load/nowhere.ts', 'load/nowhere.ts'],
    ['below `src/nowhere/`', 'src/nowhere/'],
    ['by `npm run nowhere`', 'nowhere'],
    ['then `goesNowhere()` runs', 'goesNowhere'],
    ['then `Schedule.goesNowhere()` runs', 'goesNowhere'],
  ] as const)
    t.ok(missing(text).includes(found), text);
  t.same(
    missing('`Schedule.next()` of `load/schedule.ts` by `npm test` and `npm run build`, [here](README.md#quota)'),
    [],
  );
});
