import { cpSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import t from 'tap';
import { generate, packageFolder } from './generate.ts';
import { configurationTable, configurationTypes, errorCodes, replaceBetween } from './render.ts';
import { speedSection } from './speed.ts';

t.test(
  'types and tables match spec.json, the error table and the measured speed; otherwise run npm run generate',
  async (t) => {
    t.same(await generate(packageFolder, true), []);
  },
);

t.test('outdated files are reported, and only written on request', async (t) => {
  const folder = t.testdir({ src: { config: {} }, docs: {}, bench: { results: {} } });
  const generated = ['src/config/types.ts', 'docs/configuration.md', 'docs/errors.md', 'docs/performance.md'];
  for (const name of ['spec.json', 'bench/results/reference.json', ...generated])
    cpSync(join(packageFolder, name), join(folder, name));
  const read = (name: string) => readFileSync(join(folder, name), 'utf8');
  const page = read('docs/configuration.md');
  writeFileSync(
    join(folder, 'docs/configuration.md'),
    page.replace('| Gainsight Domain | text', '| Gainsight Host | text'),
  );
  writeFileSync(join(folder, 'docs/errors.md'), read('docs/errors.md').replace('`quota_spent`', '`quota_gone`'));
  const spec = read('spec.json');
  t.same(await generate(folder, true), ['docs/configuration.md', 'docs/errors.md']);
  t.match(read('docs/configuration.md'), 'Gainsight Host');
  writeFileSync(join(folder, 'spec.json'), spec.replace('"max_rows"', '"most_rows"'));
  t.same(await generate(folder, true), ['src/config/types.ts', 'docs/configuration.md', 'docs/errors.md']);
  t.same(await generate(folder, false), ['src/config/types.ts', 'docs/configuration.md', 'docs/errors.md']);
  t.match(read('src/config/types.ts'), 'most_rows: number;');
  t.same(await generate(folder, true), []);
  writeFileSync(join(folder, 'spec.json'), spec);
  await generate(folder, false);
  t.equal(read('docs/configuration.md'), page, 'text outside the marks is unchanged');
});

t.test('a member with a default is required, one without may be absent', async (t) => {
  const properties = {
    a: { type: 'string', title: 'A', default: '' },
    b: { type: 'number', title: 'B' },
    c: { type: 'string', title: 'C' },
  };
  const types = await configurationTypes({ type: 'object', required: ['c'], properties });
  t.match(types, /\ba: string;\n {2}b\?: number;\n {2}c: string;/);
});

t.test('a table names every setting with its values and default', async (t) => {
  const table = configurationTable({
    type: 'object',
    required: ['d'],
    properties: {
      part: {
        type: 'object',
        properties: {
          n: { type: 'number', title: 'N', minimum: 1, maximum: 2, default: 1, description: 'One | two.' },
        },
      },
      list: {
        type: 'array',
        title: 'L',
        default: [],
        items: { type: 'object', properties: { s: { type: 'string', title: 'S', default: '' } } },
      },
      d: { type: 'string', enum: ['x', 'y'], title: 'D', description: 'A <code>d</code>.', airbyte_hidden: true },
    },
  });
  t.same(table.split('\n').slice(2), [
    '| `part.n` | N | number, 1 to 2 | `1` | One \\| two. |',
    '| `list` | L | list of entries | `[]` |  |',
    '| `list[].s` | S | text | `""` |  |',
    '| `d` | D (not in the form) | `x`, `y` | **required** | A `d`. |',
  ]);
});

t.test('a table names every error', async (t) => {
  const table = errorCodes({ gone: { type: 'config_error', what: 'The {thing} is gone.', next: 'Look.' } });
  t.equal(table.split('\n')[2], '| `gone` | `config_error` | The *thing* is gone. | Look. |');
});

t.test('measured speed is printed as ratios to ours, and what was not measured is left out', async (t) => {
  const result = (name: string, cpu: number) => ({
    ...{ name, cpu, wall: cpu, memory: 7e7, runs: 5 },
    agreement: 'same bytes' as const,
  });
  const results = [result('ours', 2), result('duckdb', 1), result('plain', 9)];
  const conversions = [{ set: 'a', what: 'things', bytes: 3e8, rows: 1, results }];
  const text = speedSection({ machine: 'a machine', conversions });
  t.match(text, '| `a`: things | 300 | 150 |  | 0.50 × |  | 4.50 × |  | 70 MB | 5 |');
  t.notMatch(text, 'dedup');
  const usage = { cpu: 2, wall: 2, memory: 9e7 };
  const dedup = { rows: 5_000_000, keys: 1_000_000, bytes: 1, with: usage, without: { ...usage, cpu: 1 } };
  t.match(speedSection({ machine: 'a machine', dedup }), '5,000,000 rows of 1,000,000 keys: with dedup at 0.50 times');
});

t.test('a text without the marks is rejected', async (t) => {
  t.throws(() => replaceBetween('<!-- a:end --><!-- a:start -->', 'a', 'x'), /marks/);
  t.equal(replaceBetween('1<!-- a:start -->2<!-- a:end -->3', 'a', 'x'), '1<!-- a:start -->\n\nx\n\n<!-- a:end -->3');
});
