import { cpSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import t from 'tap';
import { generate, packageFolder } from './generate.ts';
import { configurationTable, configurationTypes, errorCodes, replaceBetween } from './render.ts';
import { speedSection, speedSummary } from './speed.ts';

t.test(
  'types and tables match spec.json, the error table and the measured speed; otherwise run npm run generate',
  async (t) => {
    t.same(await generate(packageFolder, true), []);
  },
);

t.test('outdated files are reported, and only written on request', async (t) => {
  const folder = t.testdir({ src: { config: {}, airbyte: {} }, docs: {}, bench: { results: {} } });
  const ofSpec = ['src/config/types.ts', 'src/config/config_validator.ts', 'docs/configuration.md'];
  const tables = ['src/airbyte/catalog_validator.ts', 'docs/errors.md', 'docs/performance.md'];
  const generated = [...ofSpec, ...tables, 'README.md', 'bench/results/growth.svg'];
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
  t.same(await generate(folder, true), [...ofSpec, 'docs/errors.md']);
  t.same(await generate(folder, false), [...ofSpec, 'docs/errors.md']);
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

const result = (name: string, cpu: number) => ({
  ...{ name, cpu, wall: cpu, memory: 7e7, runs: 5 },
  agreement: 'same bytes' as const,
});
const conversion = (set: string, ours: number, duckdb: number) => ({
  ...{ set, what: 'things', bytes: 3e8, rows: 1 },
  results: [result('ours', ours), result('duckdb', duckdb), result('plain', 9)],
});

t.test('measured speed is printed as ratios to ours, and what was not measured is left out', async (t) => {
  const text = speedSection({ machine: 'a machine', conversions: [conversion('a', 2, 1)] });
  t.match(text, '| `a`: things | 300 | 150 |  | 0.50 × |  | 70 MB | 5 |');
  t.match(text, /csv-stringify . 4.5 × ./);
  t.notMatch(text, /dedup|whole|start|NaN|undefined/);
  const usage = { cpu: 2, wall: 2, memory: 9e7 };
  const dedup = { rows: 5_000_000, keys: 1_000_000, bytes: 1, with: usage, without: { ...usage, cpu: 1 } };
  t.match(speedSection({ machine: 'a machine', dedup }), '5,000,000 rows of 1,000,000 keys: with dedup at 0.50 times');
});

t.test(
  'the whole write stands beside DuckDB with the memory of both, and says whether their rows are the same',
  async (t) => {
    const usage = (cpu: number, memory: number) => ({ cpu, wall: cpu, memory });
    const write = {
      ...{ set: 'a', what: 'things', bytes: 2.2e8, rows: 500_000, submittedBytes: 1e8, submissions: 2 },
      ...{ write: usage(2, 9e7), dedup: usage(1.5, 3e8), duckdb: usage(1, 2e8) },
    };
    const section = (differing: number) =>
      speedSection({ machine: 'm', write: [{ ...write, agreement: { rows: 500_000, differing } }] });
    t.match(
      section(0),
      '| `a`: things | 220 | 2.00 s | 90 MB | 0.75 × | 300 MB | 0.50 × | 200 MB | the same 500,000 |',
    );
    t.match(section(3), '3 cells differ');
  },
);

t.test('each goal says whether it is reached, and what misses it', async (t) => {
  const start = { cpu: 40, wall: 50 };
  const text = speedSection({
    machine: 'm',
    conversions: [conversion('accounts', 2, 3.2), conversion('b', 2, 1.9), conversion('c', 2, 1.8)],
    start: { runs: 5, empty: start, firstByte: { cpu: 100, wall: 150 } },
    growth: [
      {
        what: 'streams, a record of each in turn',
        points: [
          { size: 1, nanoseconds: 5 },
          { size: 100, nanoseconds: 7 },
          { size: 1000, nanoseconds: 20 },
        ],
      },
    ],
  });
  const row = (goal: RegExp) => text.split('\n').find((line) => goal.test(line));
  t.match(row(/on every set/), '| **no** | 0.90 × `c`, 0.95 × `b` |');
  t.match(row(/1.5 times as fast/), '| yes | 1.60 × `accounts` |');
  t.match(row(/first byte/), '| yes | 2.50 × |');
  t.match(row(/^. 100 streams/), '| yes | 1.40 × |');
  t.match(row(/1,000 streams/), '| **no** | 4.00 × |');
  t.equal(row(/whole/), undefined, 'a goal without a figure is left out');
});

t.test('figures say of which run they are, and how much else ran', async (t) => {
  const one = { run: '2026-01-01T10:00:30.000Z', seconds: 9, others: 0.05 };
  const other = { ...one, run: '2026-01-02T10:00:30.000Z', others: 0.5 };
  t.match(
    speedSection({ machine: 'm', parts: { write: one, sync: { ...one, others: 0.1 } } }),
    'Measured on m, a virtual machine, in one run that began at 2026-01-01 10:00 UTC; other programs used 5 to 10 % of it',
  );
  t.match(
    speedSection({ machine: 'm', parts: { write: one, sync: other } }),
    'in runs that began at 2026-01-01 10:00 UTC (`write`) and 2026-01-02 10:00 UTC (`sync`)',
  );
  t.match(
    speedSection({ machine: 'm', parts: { write: one }, write: [], growth: [] }),
    '; `growth` of an earlier version.',
  );
});

t.test('the summary gives ranges over all sets', async (t) => {
  const text = speedSummary({ machine: 'm', conversions: [conversion('a', 2, 1), conversion('b', 1, 2)] });
  t.match(text.replaceAll('\n', ' '), '150 to 300 MB per second of processor time: 0.5 to 2.0 times');
});

t.test('a text without the marks is rejected', async (t) => {
  t.throws(() => replaceBetween('<!-- a:end --><!-- a:start -->', 'a', 'x'), /marks/);
  t.equal(replaceBetween('1<!-- a:start -->2<!-- a:end -->3', 'a', 'x'), '1<!-- a:start -->\n\nx\n\n<!-- a:end -->3');
});
