import { cpSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import t from 'tap';
import { generate, packageFolder } from './generate.ts';
import { configurationTable, configurationTypes, errorCodes, replaceBetween } from './render.ts';
import { speedSection } from './speed.ts';

t.test('types and README match spec.json and the error table; otherwise run npm run generate', async (t) => {
  t.same(await generate(packageFolder, true), []);
});

t.test('outdated files are reported, and only written on request', async (t) => {
  const folder = t.testdir();
  for (const name of ['spec.json', 'README.md', 'src/config/types.ts', 'bench/results/reference.json'])
    cpSync(join(packageFolder, name), join(folder, name));
  const readme = readFileSync(join(folder, 'README.md'), 'utf8');
  writeFileSync(join(folder, 'README.md'), readme.replace('| Gainsight Domain | text', '| Gainsight Host | text'));
  const spec = readFileSync(join(folder, 'spec.json'), 'utf8');
  t.same(await generate(folder, true), ['README.md']);
  t.match(readFileSync(join(folder, 'README.md'), 'utf8'), 'Gainsight Host');
  writeFileSync(join(folder, 'spec.json'), spec.replace('"max_rows"', '"most_rows"'));
  t.same(await generate(folder, true), ['src/config/types.ts', 'README.md']);
  t.same(await generate(folder, false), ['src/config/types.ts', 'README.md']);
  t.match(readFileSync(join(folder, 'src/config/types.ts'), 'utf8'), 'most_rows: number;');
  t.same(await generate(folder, true), []);
  writeFileSync(join(folder, 'spec.json'), spec);
  await generate(folder, false);
  t.equal(readFileSync(join(folder, 'README.md'), 'utf8'), readme, 'text outside the marks is unchanged');
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
