/** The built program's command line: what Airbyte's commands and a person get on standard output, on standard error and as exit code. */
import { type StdioOptions, spawn } from 'node:child_process';
import { once } from 'node:events';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { text as textOf } from 'node:stream/consumers';
import t from 'tap';
import { connectorPath, runConnector } from '../support/connector.ts';
import { catalogOf, holdsAlways, records, setUpProgram, state } from '../support/small_sync.ts';

const { PATH = '', TMPDIR = '/tmp' } = process.env;

/** Not synchronously: the sandbox that the program asks is in this process. */
async function outputOf(words: readonly string[], env: Record<string, string>, stdio: StdioOptions = 'pipe') {
  const [command = '', ...args] = words;
  const child = spawn(command, args, { stdio, env: { PATH, TMPDIR, ...env } });
  child.stdin?.end();
  const read = [child.stdout, child.stderr].map((stream) => (stream ? textOf(stream) : ''));
  const [[code], stdout = '', stderr = ''] = await Promise.all([once(child, 'close') as Promise<[number]>, ...read]);
  return { code, stdout, stderr };
}

/** Runs the program with its streams as pipes, and standard input empty. */
function run(args: readonly string[], env: Record<string, string> = {}) {
  return outputOf(['env', '-u', 'NODE_OPTIONS', process.execPath, connectorPath, ...args], env);
}

/** Runs the program on a terminal, where standard input ends at once. */
async function runOnTerminal(args: readonly string[], env: Record<string, string> = {}) {
  const command = ['env', '-u', 'NODE_OPTIONS', process.execPath, connectorPath, ...args].join(' ');
  const words = ['script', '--quiet', '--return', '--command', command, '/dev/null'];
  const { code, stdout } = await outputOf(words, { TERM: 'xterm', ...env }, ['ignore', 'pipe', 'inherit']);
  return { code, text: stdout.replaceAll('\r', '') };
}

const seeAll = 'Run `destination-gainsight help` for what there is.\n';

/** Texts are those with which the output begins; an empty one is the whole of it. */
const answers: readonly [line: string, code: number, stdout: string, stderr: string][] = [
  ['--help', 0, 'Usage: destination-gainsight <command> [options]\n', ''],
  ['-h', 0, 'Usage: destination-gainsight <command> [options]\n', ''],
  ['help', 0, 'Usage: destination-gainsight <command> [options]\n', ''],
  ['help check', 0, 'Usage: destination-gainsight check --config <file>\n', ''],
  ['check --help', 0, 'Usage: destination-gainsight check --config <file>\n', ''],
  ['check -h', 0, 'Usage: destination-gainsight check --config <file>\n', ''],
  ['help spec', 0, 'Usage: destination-gainsight spec\n', ''],
  ['help discover', 0, 'Usage: destination-gainsight discover --config <file>\n', ''],
  ['write --config c --help', 0, 'Usage: destination-gainsight write --config <file> --catalog <file> [options]\n', ''],
  ['help exit-codes', 0, '0 always means that the work is done.', ''],
  ['environment', 0, 'Settings come from the configuration file.', ''],
  ['chekc', 2, '', `error: unknown command 'chekc'\n(Did you mean check?)\n${seeAll}`],
  ['help wirte', 2, '', `error: unknown command 'wirte'\n(Did you mean write?)\n${seeAll}`],
  ['synchronise --config c', 2, '', `error: unknown command 'synchronise'\n${seeAll}`],
  ['--versoin', 2, '', `error: unknown option '--versoin'\n(Did you mean --version?)\n${seeAll}`],
];

t.test('a person is answered in words', async (t) => {
  const answer = async ([line, code, stdout, stderr]: (typeof answers)[number]) => {
    const found = await run(line.split(' '));
    t.equal(found.code, code, `${line}: exit code`);
    t.equal(found.stdout.slice(0, stdout.length || undefined), stdout, `${line}: stdout`);
    t.equal(found.stderr, stderr, `${line}: stderr`);
  };
  await Promise.all(answers.map(answer));
  t.match(await run(['--version']), { code: 0, stdout: /^\d+\.\d+\.\d+\n$/, stderr: '' });
});

t.test('that nobody reads the answer any more is no fault to speak of', async (t) => {
  const command = `env -u NODE_OPTIONS ${process.execPath} ${connectorPath} help | true`;
  const { stderr } = await outputOf(['sh', '-c', command], {});
  t.equal(stderr, '');
});

const bold = '\u001b[1mUsage:';

t.test('there is colour on a terminal only, and not under NO_COLOR', async (t) => {
  t.match(await runOnTerminal(['help']), { code: 0, text: bold });
  t.match(await runOnTerminal(['help'], { NO_COLOR: '1' }), { code: 0, text: /^Usage:/ });
  t.match(await run(['help']), { code: 0, stdout: /^Usage:/ });
  t.match(await run(['help'], { FORCE_COLOR: '1' }), { code: 0, stdout: bold });
});

t.test('no command at all is help on a terminal, and a TRACE elsewhere', async (t) => {
  t.match(await runOnTerminal([], { NO_COLOR: '1' }), { code: 0, text: /^Usage: destination-gainsight <command>/ });
  const { code, stdout, stderr } = await run([]);
  t.same([code, stderr], [1, '']);
  t.match(JSON.parse(stdout), { type: 'TRACE', trace: { error: { internal_message: /^arguments_invalid/ } } });
});

t.test('check and write take the key of the environment if the configuration has none', async (t) => {
  const program = await setUpProgram(t, { streams: ['accounts'], sandbox: { accessKey: 'canary-key-env' } });
  const { access_key: _, ...config } = JSON.parse(readFileSync(join(program.folder, 'config.json'), 'utf8'));
  program.configure(JSON.stringify(config), JSON.stringify(catalogOf(['accounts'])));
  const env = { GAINSIGHT_ACCESS_KEY: 'canary-key-env' };
  const [without, checked, written] = [
    await program.run('check'),
    await program.run('check', '', { env }),
    await program.run('write', records('accounts', 'A1') + state('accounts'), { env }),
  ];
  const linesOf = ({ lines }: { readonly lines: readonly unknown[] }) => lines.join('\n');
  t.match(linesOf(without), /"FAILED".*Access Key/);
  t.match(linesOf(checked), /"SUCCEEDED"/);
  t.equal(written.code, 0, written.traces.join('\n'));
  for (const result of [without, checked, written]) t.notMatch(linesOf(result), 'canary-key-env');
});

const types = ({ messages }: { messages: readonly { type: string }[] }) =>
  [...new Set(messages.map(({ type }) => type))].filter((type) => type !== 'LOG').join(' ');

t.test("Airbyte's commands write messages of the protocol to standard output, and nothing else anywhere", async (t) => {
  const program = await setUpProgram(t, {});
  const [, config = '', , catalog = ''] = program.flags;
  const input = records('accounts', 'A1') + state('accounts');
  for (const [line, code, expected] of [
    ['spec', 0, 'SPEC'],
    ['spec --state s --debug', 0, 'SPEC'],
    [`check --config ${config} --state s`, 0, 'CONNECTION_STATUS'],
    [`discover --config ${config} --catalogue c`, 0, 'DESTINATION_CATALOG'],
    [`write --config ${config} --catalog ${catalog} --state s more words`, 0, 'STATE'],
    [`check --confg ${config}`, 1, 'TRACE'],
    ['discover', 1, 'TRACE'],
    [`write --config ${config} --catalogue ${catalog}`, 1, 'TRACE'],
    [`write --catalog ${catalog}`, 1, 'TRACE'],
  ] as const) {
    const [command = '', ...flags] = line.split(' ');
    const result = await program.run(command, command === 'write' ? input : '', {}, flags);
    holdsAlways(t, result, program);
    t.equal(result.code, code, `${line}: exit code`);
    t.equal(types(result), expected, line);
  }
});

t.test('where a file is missing, the option that was misspelt is named', async (t) => {
  const program = await setUpProgram(t, {});
  const [config = '', path = ''] = program.flags;
  for (const [command, flags, detail] of [
    [
      'check',
      ['--confg', path],
      'check needs --config and the path of a file; it does not know --confg (did you mean --config?)',
    ],
    [
      'write',
      [config, path, '--catalgo=k'],
      'write needs --catalog and the path of a file; it does not know --catalgo (did you mean --catalog?)',
    ],
    [
      'write',
      ['--debug'],
      'write needs --config and --catalog, each with the path of a file; it does not know --debug',
    ],
  ] as const) {
    const { messages } = await program.run(command, '', {}, flags);
    t.match(messages, [{ type: 'TRACE', trace: { error: { failure_type: 'config_error' } } }]);
    t.match(messages[0]?.['trace'].error.message, `The command line is not usable: ${detail}. Run the connector`);
  }
});

t.test('a write that waits for a terminal says so, on standard error', async (t) => {
  const program = await setUpProgram(t, {});
  const { code, text } = await runOnTerminal(['write', ...program.flags]);
  t.match([code, text], [0, 'write reads Airbyte messages from standard input']);
  const redirected = await runOnTerminal(['write', ...program.flags, '2>/dev/null']);
  t.notMatch(redirected.text, 'write reads');
});

/** Names each file that is loaded, on stderr. */
const namesFiles = `import { register } from 'node:module';
  register('data:text/javascript,' + encodeURIComponent(
    "export const load = (url, context, next) => (process._rawDebug(url), next(url, context));"));`;

t.test("Airbyte's commands do not wait for the libraries of people's", async (t) => {
  const nodeFlags = ['--import', `data:text/javascript,${encodeURIComponent(namesFiles)}`];
  for (const [args, isPerson] of [
    [['spec'], false],
    [['check'], false],
    [['nothing'], true],
  ] as const) {
    const { stderr } = await runConnector([...args], { nodeFlags });
    const files = stderr.split('\n').filter((line) => /^file:.*\/dist\/.*\.js$/.test(line));
    const texts = files.map((file) => readFileSync(new URL(file), 'utf8'));
    t.ok(
      texts.some((text) => text.includes('// src/command_line.ts\n')),
      `${args}: the command line is read`,
    );
    t.equal(
      texts.some((text) => text.includes('// node_modules/commander/')),
      isPerson,
      `${args}`,
    );
  }
});
