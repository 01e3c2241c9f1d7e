import t from 'tap';
import { readArguments, readWords } from './arguments.ts';

const read = (line: string) => readArguments(line === '' ? [] : line.split(' '));

const fitting: readonly [line: string, read: object][] = [
  ['spec', { command: 'spec', configPath: '', catalogPath: '' }],
  ['check --config c', { command: 'check', configPath: 'c', catalogPath: '' }],
  ['discover --config=c', { command: 'discover', configPath: 'c', catalogPath: '' }],
  ['write --config c --catalog k', { command: 'write', configPath: 'c', catalogPath: 'k' }],
  ['--config c --catalog k write', { command: 'write', configPath: 'c', catalogPath: 'k' }],
  ['write --state s --config c --debug --catalog k', { command: 'write', configPath: 'c', catalogPath: 'k' }],
  ['spec --confg c', { command: 'spec', configPath: '', catalogPath: '' }],
];

t.test('flags of the destination have a value, wherever they stand, and are not unknown', async (t) => {
  const words = (line: string) => readWords(line.split(' '), ['report']);
  t.match(words('write --report r.html --config c'), {
    command: 'write',
    ownFlags: { report: 'r.html' },
    unknownFlags: [],
  });
  t.match(words('--report=r.html write'), { command: 'write', ownFlags: { report: 'r.html' } });
  t.same(words('write --config c --report').ownFlags, {});
  t.same(readWords(['write', '--report', 'r.html']).ownFlags, {}, 'of another destination');
  t.throws(() => readArguments(['write', '--config', 'c', '--report', 'r'], ['report']), {
    message: /needs --catalog and the path of a file\. /,
  });
});

t.test('a command of Airbyte is read with its files, and unknown flags are ignored', async (t) => {
  for (const [line, expected] of fitting) t.same(read(line), expected, line);
});

const unusable: readonly [line: string, detail: string][] = [
  ['', 'it names no command'],
  ['--config c', 'it names no command'],
  ['load', 'load is no command'],
  ['constructor', 'constructor is no command'],
  ['check', 'check needs --config and the path of a file'],
  ['check --config', 'check needs --config and the path of a file'],
  ['check --config=', 'check needs --config and the path of a file'],
  ['write --config c', 'write needs --catalog and the path of a file'],
  ['write', 'write needs --config and --catalog, each with the path of a file'],
  ['check --confg c', 'check needs --config and the path of a file; it does not know --confg (did you mean --config?)'],
  ['check -config c', 'check needs --config and the path of a file; it does not know -config (did you mean --config?)'],
  [
    'write --config c --catalgo=k --state s --debug',
    'write needs --catalog and the path of a file; it does not know --catalgo (did you mean --catalog?), --state and --debug',
  ],
  // Values, and words that are more than a name, are not repeated.
  [
    'check --key=-secret1 --{"access_key":"secret2"} --x-secret3',
    'check needs --config and the path of a file; it does not know --key',
  ],
];

t.test('missing flags are named, then unknown ones with the nearest', async (t) => {
  for (const [line, detail] of unusable) {
    t.throws(() => read(line), { code: 'arguments_invalid', failureType: 'config_error' }, line);
    t.throws(
      () => read(line),
      { message: new RegExp(`^The command line is not usable: ${escaped(detail)}\\. Run`) },
      line,
    );
  }
});

t.test('a request for help or the version is recognised anywhere', async (t) => {
  for (const line of ['--help', '-h', 'check --help', 'write --config c -h'])
    t.match(readWords(line.split(' ')), { asksForHelp: true, asksForVersion: false }, line);
  t.match(readWords(['spec', '--version']), { command: 'spec', asksForHelp: false, asksForVersion: true });
  t.match(readWords(['check', '--config', '--help']), { asksForHelp: false, paths: { config: '--help' } });
});

function escaped(text: string): string {
  return text.replace(/[.*+?^${}()|[\]\\]/g, '\\$&');
}
