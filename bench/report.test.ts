import t from 'tap';
import { drawGrowth, sizeText } from './chart.ts';
import { printGrowth } from './growth_report.ts';
import { ofGnuTime } from './measure.ts';
import { readOptions } from './options.ts';
import { merged } from './results.ts';
import { figure, table } from './table.ts';

t.test('a table has each number under its title', async (t) => {
  t.same(
    table(
      ['name', 'MB/s', 'note'],
      [
        ['a', '7', 'x'],
        ['longer', '1,234'],
      ],
      [0, 2],
    ).split('\n'),
    ['name     MB/s  note', '───────────────────', 'a           7  x', 'longer  1,234'],
  );
});

t.test('figures keep three digits', async (t) => {
  t.same([0.1234, 1.234, 12.34, 123.4].map(figure), ['0.12', '1.23', '12.3', '123']);
  t.same([5, 2000, 45_678, 1_500_000, 10_000_000].map(sizeText), ['5', '2,000', '46k', '1.5M', '10M']);
});

const growths = [
  {
    what: 'rows',
    points: [
      { size: 1, nanoseconds: 4 },
      { size: 10, nanoseconds: 2 },
    ],
  },
  { what: 'columns', points: [{ size: 5, nanoseconds: 3 }] },
] as const;

t.test('growth is reported with a mark on what exceeds the limit', async (t) => {
  const text = printGrowth(growths);
  t.match(text, /^1 +4\.00 +2\.00× ABOVE$/m);
  t.match(text, /^10 +2\.00 +1\.00×$/m);
});

t.test('the chart has a panel for each growth and a point for each size', async (t) => {
  const svg = drawGrowth(growths);
  t.equal(svg.match(/class="name"/g)?.length, 2);
  t.equal(svg.match(/<circle /g)?.length, 3);
  t.notMatch(svg, /NaN|undefined|Infinity/);
});

t.test('the output of GNU time is parsed, whatever comes before it', async (t) => {
  t.same(ofGnuTime('1.25 0.50 2.00 1024\n'), { cpu: 1.75, wall: 2, memory: 1_048_576 });
  t.same(ofGnuTime('Command exited with non-zero status 1\n0.01 0.01 0.03 10\n').cpu, 0.02);
});

t.test('options have defaults, and unknown ones are rejected', async (t) => {
  t.match(readOptions([]), { megabytes: 100, rounds: 5, isQuick: false, sets: undefined });
  t.match(readOptions(['--quick', '--megabytes', '50']), { megabytes: 50, rounds: 1 });
  t.same(readOptions(['--parts', 'dedup,sync']).parts, ['dedup', 'sync']);
  t.match(readOptions(['--cdk']), { optional: ['cdk'], isPublished: false });
  t.throws(() => readOptions(['--parts', 'nothing']), /knows start, conversions/);
  t.throws(() => readOptions(['--rounds', '0']), /above 0/);
  t.throws(() => readOptions(['--nothing']));
});

t.test('what is published has all peers, and comes from one run unless parts are named', async (t) => {
  t.match(readOptions(['--publish']), { megabytes: 440, rounds: 3, optional: ['faros', 'cdk'], isPartial: false });
  t.match(readOptions(['--publish', '--parts', 'write']), { parts: ['write'], isPartial: true });
  t.throws(() => readOptions(['--publish', '--sets', 'films']), /all sets/);
  t.throws(() => readOptions(['--publish', '--quick']), /imprecise/);
});

t.test('new results replace old ones, and keep the others', async (t) => {
  const conversion = (set: string, rows: number) => ({ set, what: '', bytes: 1, rows, results: [] });
  const old = { machine: 'm', conversions: [conversion('a', 1), conversion('b', 1)], growth: [] };
  const results = merged(old, { machine: 'm', conversions: [conversion('b', 2), conversion('c', 2)] });
  t.same(
    results.conversions?.map(({ set, rows }) => [set, rows]),
    [
      ['a', 1],
      ['b', 2],
      ['c', 2],
    ],
  );
  t.same(results.growth, []);
  const [first, second] = [
    { run: '2026-01-01', seconds: 1 },
    { run: '2026-01-02', seconds: 1 },
  ];
  t.same(
    merged({ machine: 'm', parts: { write: first, sync: first } }, { machine: 'm', parts: { sync: second } }).parts,
    { write: first, sync: second },
  );
  t.notOk('conversions' in merged({ machine: 'm' }, { machine: 'm', growth: [] }));
});
