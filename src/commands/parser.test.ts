import t from 'tap';
import { ConnectorError } from '../errors.ts';
import type { Command, CommandEntry } from './command.ts';
import { runCommand } from './parser.ts';

const rows: Command = {
  description: 'Counts the rows of a file and ends.',
  arguments: [['<file>', 'The file.']],
  options: [
    { term: '--config <file>', meaning: 'The configuration.', isRequired: true },
    { term: '--first-row <n>', meaning: 'Where it begins.' },
    { term: '--json', meaning: 'As JSON.' },
  ],
  examples: [['Count the rows of a file', 'destination-gainsight rows rows.csv --config config.json']],
  exitCodes: [
    ['0', 'Counted.'],
    ['3', 'There are none.'],
  ],
  calls: 'None.',
  async run({ arguments: [file], options }, { stdout, stderr, env }) {
    if (file === 'gone.csv') throw new ConnectorError('config_unreadable', { detail: 'it is gone' });
    if (file === 'broken.csv') throw new TypeError('no rows');
    stderr.write('counting\n');
    stdout.write(`${JSON.stringify([file, options, env['KEY']])}\n`);
    return file === 'empty.csv' ? 3 : 0;
  },
};

const loaded: string[] = [];
const entryOf = (name: string, page: Awaited<ReturnType<CommandEntry['load']>>): CommandEntry => ({
  ...{ name, group: 'Commands for people:', summary: `does ${name}` },
  async load() {
    loaded.push(name);
    return page;
  },
});
const entries = [
  entryOf('rows', rows),
  entryOf('jobs', { ...rows, arguments: [], options: [] }),
  entryOf('colours', {
    description: 'About colours.',
    sections: [{ title: 'Colours:', items: [['red', 'A fault.']] }],
  }),
];

async function run(line: string) {
  const [stdout, stderr]: string[][] = [[], []];
  const output = (lines: string[]) => ({ write: (text: string) => lines.push(text) });
  const stdin = () => {
    throw new Error('nothing here reads standard input');
  };
  const outputs = { stdout: output(stdout as string[]), stderr: output(stderr as string[]) };
  const context = { stdin, ...outputs, env: { KEY: 'k' }, onExit: () => undefined };
  const code = await runCommand(line === '' ? [] : line.split(' '), context, entries);
  return { code, stdout: stdout?.join(''), stderr: stderr?.join('') };
}

const usage = 'Usage: destination-gainsight';
const seeAll = 'Run `destination-gainsight help` for what there is.\n';
const seeRows = 'Run `destination-gainsight help rows` for its options and examples.\n';

interface Answer {
  readonly code: number;
  /** The whole text, or its beginning if it ends with `…`. */
  readonly stdout: string;
  readonly stderr: string;
}

const answers: readonly [line: string, answer: Answer][] = [
  ['', { code: 0, stdout: `${usage} <command> [options]…`, stderr: '' }],
  ['help', { code: 0, stdout: `${usage} <command> [options]…`, stderr: '' }],
  ['--help', { code: 0, stdout: `${usage} <command> [options]…`, stderr: '' }],
  ['help rows', { code: 0, stdout: `${usage} rows <file> --config <file> [options]…`, stderr: '' }],
  ['rows --help', { code: 0, stdout: `${usage} rows <file> --config <file> [options]…`, stderr: '' }],
  ['-h rows', { code: 0, stdout: `${usage} rows <file> --config <file> [options]…`, stderr: '' }],
  ['rows a.csv --nonsense -h', { code: 0, stdout: `${usage} rows <file> --config <file> [options]…`, stderr: '' }],
  ['help jobs', { code: 0, stdout: `${usage} jobs\n…`, stderr: '' }],
  ['colours', { code: 0, stdout: 'About colours.\n\nColours:\n  red  A fault.\n', stderr: '' }],
  ['help colours', { code: 0, stdout: 'About colours.\n\nColours:\n  red  A fault.\n', stderr: '' }],
  [
    'rows a.csv --config c --first-row 2 --json',
    { code: 0, stdout: '["a.csv",{"config":"c","firstRow":"2","json":true},"k"]\n', stderr: 'counting\n' },
  ],
  ['rows empty.csv --config=c', { code: 3, stdout: '["empty.csv",{"config":"c"},"k"]\n', stderr: 'counting\n' }],
  ['jbos', { code: 2, stdout: '', stderr: `error: unknown command 'jbos'\n(Did you mean jobs?)\n${seeAll}` }],
  ['help jbos', { code: 2, stdout: '', stderr: `error: unknown command 'jbos'\n(Did you mean jobs?)\n${seeAll}` }],
  ['jbos --help', { code: 2, stdout: '', stderr: `error: unknown command 'jbos'\n(Did you mean jobs?)\n${seeAll}` }],
  ['nothing', { code: 2, stdout: '', stderr: `error: unknown command 'nothing'\n${seeAll}` }],
  ['--hepl', { code: 2, stdout: '', stderr: `error: unknown option '--hepl'\n(Did you mean --help?)\n${seeAll}` }],
  // The misspelt option, not the required one that it leaves out.
  [
    'rows a.csv --confg c',
    { code: 2, stdout: '', stderr: `error: unknown option '--confg'\n(Did you mean --config?)\n${seeRows}` },
  ],
  ['rows a.csv', { code: 2, stdout: '', stderr: `error: option '--config <file>' is missing\n${seeRows}` }],
  ['rows --config c', { code: 2, stdout: '', stderr: `error: missing required argument 'file'\n${seeRows}` }],
  [
    'rows a.csv --config',
    { code: 2, stdout: '', stderr: `error: option '--config <file>' argument missing\n${seeRows}` },
  ],
  [
    'rows a.csv b.csv --config c',
    { code: 2, stdout: '', stderr: `error: too many arguments for 'rows'. Expected 1 argument but got 2.\n${seeRows}` },
  ],
  [
    'rows gone.csv --config c',
    { code: 1, stdout: '', stderr: 'The configuration file cannot be read: it is gone. Check the file given with…' },
  ],
  ['rows broken.csv --config c', { code: 1, stdout: '', stderr: 'The connector failed: no rows. Please report…' }],
];

t.test('each command line gets its answer', async (t) => {
  for (const [line, { code, stdout, stderr }] of answers) {
    const ran = await run(line);
    t.equal(ran.code, code, `${line}: exit code`);
    for (const [found, expected, name] of [
      [ran.stdout, stdout, 'stdout'],
      [ran.stderr, stderr, 'stderr'],
    ] as const) {
      const start = expected.endsWith('…') ? expected.slice(0, -1) : undefined;
      t.equal(start === undefined ? found : found?.slice(0, start.length), start ?? expected, `${line}: ${name}`);
    }
  }
});

t.test('the help of a command says what it does, and then examples, exit codes and calls of the quota', async (t) => {
  const { stdout } = await run('help rows');
  t.equal(
    stdout,
    `${usage} rows <file> --config <file> [options]

Counts the rows of a file and ends.

Arguments:
  file             The file.

Options:
  --config <file>  The configuration.
  --first-row <n>  Where it begins.
  --json           As JSON.
  -h, --help       Prints this help.

Examples:
  Count the rows of a file:
    destination-gainsight rows rows.csv --config config.json

Exit codes:
  0  Counted.
  3  There are none.

Calls of the quota:
  None.
`,
  );
});

t.test('only the requested command is loaded', async (t) => {
  for (const [line, expected] of [
    ['help', []],
    ['help rows', ['rows']],
    ['rows a.csv --config c', ['rows']],
    ['nothing', []],
  ] as const) {
    loaded.length = 0;
    await run(line);
    t.same(loaded, expected, line);
  }
});
