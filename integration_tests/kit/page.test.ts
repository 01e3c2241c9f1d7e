/** What docs/airbyte-kit.md shows is what there is: the example, the commands that were tried, every name. */
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import t from 'tap';
import { packageFolder } from '../image/names.ts';
import { compileCommand, packedName } from './package.ts';

const read = (path: string) => readFileSync(join(packageFolder, path), 'utf8');
const page = read('docs/airbyte-kit.md');

t.test('the example is the file', async (t) => {
  const [, shown = ''] = /<!-- example:start -->\n\n```ts\n([\s\S]*?)```\n\n<!-- example:end -->/.exec(page) ?? [];
  t.equal(shown, read('examples/json_files/destination.ts'));
});

t.test('it is installed and compiled as the proof does it', async (t) => {
  t.match(page, `\nnpm install ./${packedName} typescript @types/node\n`);
  t.match(page, `\n${compileCommand}\n`);
});

t.test('every name that the kit exports is there', async (t) => {
  const entry = read('src/airbyte/destination_kit.ts');
  const names = [...entry.matchAll(/^export (?:type )?\{([^}]*)\}/gm)].flatMap(([, list = '']) =>
    list.split(',').map((name) => name.replace(/\btype\b/, '').trim()),
  );
  const exported = names.filter((name) => name !== '');
  t.ok(exported.length > 15);
  t.same(
    exported.filter((name) => !new RegExp(`\`${name}\\b`).test(page)),
    [],
  );
  t.match(entry, "export type * from './protocol.ts';");
});

t.test('every name of the tables is one of the kit', async (t) => {
  const [, table = ''] = /## What it exports\n([\s\S]*)/.exec(page) ?? [];
  const sources = ['destination_kit', 'protocol', 'output'].map((name) => read(`src/airbyte/${name}.ts`)).join('');
  const named = [...table.matchAll(/`(\w+)/g)].map(([, name = '']) => name);
  t.same(
    named.filter((name) => !['context', 'isClear'].includes(name) && !new RegExp(`\\b${name}\\b`).test(sources)),
    [],
  );
});
