/** The built program at a terminal: its progress is on standard error alone, and goes before anything else is shown; the summary stays. */
import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import t, { type Test } from 'tap';
import type { FaultRule } from '../../src/sandbox/faults.ts';
import { startOnTerminal } from '../support/on_terminal.ts';
import { recordLine, records, setUpProgram, state } from '../support/small_sync.ts';

const input = records('accounts', 'A1', 'A2') + state('accounts', 1) + records('contacts', 'C1') + state('contacts', 2);

interface OnTerminal {
  /** What follows the command. */
  readonly behind: string;
  readonly columns?: number;
  readonly env?: Readonly<Record<string, string>>;
}

/** Loads two streams with one call an hour, and stops the sync while the second waits. */
async function watch(t: Test, { behind, columns = 200, env = {} }: OnTerminal) {
  const program = await setUpProgram(t, {
    config: { quota: { calls_per_hour: 1 } },
    sandbox: { callsPerHour: null, callsPerDay: null },
  });
  const path = join(program.folder, 'messages.jsonl');
  writeFileSync(path, input);
  const words = ['write', ...program.flags, '<', path, behind.replaceAll('FOLDER', program.folder)];
  const terminal = startOnTerminal(words, { columns, env: { TMPDIR: program.folder, ...env } });
  t.teardown(() => terminal.kill());
  // It counts down for a while.
  await new Promise((resolve) => setTimeout(resolve, 5000));
  terminal.interrupt();
  const { code, text } = await terminal.ended;
  t.equal(code, 143, 'stopped');
  return { ...screenOf(text), text, folder: program.folder };
}

/** What a terminal shows: the lines that stay, and those that were drawn and erased. */
function screenOf(text: string) {
  const erased: string[] = [];
  const lines = text.split(/\r?\n/).map((line) => {
    const drawn = line.split('\r\u001b[2K');
    erased.push(...drawn.slice(0, -1).filter((each) => each !== ''));
    return drawn.at(-1) ?? '';
  });
  return { erased, lines: lines.filter((line) => line !== '') };
}

/** Of the sync that `watch` stops. */
const summary = [
  /^accounts → \w+ by UPSERT: 2 records: 2 accepted · 1 file, 1 call$/,
  /^contacts → \w+ by UPSERT: 1 record: 0 accepted, 1 not loaded · 1 file, 0 calls$/,
  /^Total of 2 streams in .*: 3 records: 2 accepted, 1 not loaded · 2 files, 1 call · 1 state released$/,
];

// They mostly wait.
t.jobs = 10;
const besideOthers = { buffered: true };

t.test(
  'with standard output in a file the terminal has the progress, then the summary as text',
  besideOthers,
  async (t) => {
    const { erased, lines, folder } = await watch(t, { behind: '> FOLDER/out', columns: 100 });
    t.match(lines, summary);
    t.equal(lines.length, summary.length, 'nothing else stays');
    t.ok(erased.length > 3, `it was drawn ${erased.length} times`);
    t.ok(erased.length <= 4 * 8, 'at most four times a second');
    const plain = erased.map((each) => each.replace('\u001b[2m', '').replace('\u001b[22m', ''));
    t.match(plain.at(-1), /3 records · 2 files closed, 1 sent, 1 loaded · waiting 1 h/);
    t.ok(new Set(plain).size > 2, 'it changes');
    for (const line of plain) t.ok(line.length < 100, line);
    const written = readFileSync(join(folder, 'out'), 'utf8').trimEnd().split('\n');
    for (const line of written) t.ok(JSON.parse(line).type, 'standard output has messages only');
  },
);

t.test('messages on the same terminal stay whole', besideOthers, async (t) => {
  const { erased, lines } = await watch(t, { behind: '' });
  t.ok(erased.length > 3);
  t.match(erased.at(-1), /waiting 1 h: all calls of this hour are used/);
  const messages = lines.slice(0, -summary.length);
  for (const line of messages) t.ok(JSON.parse(line).type, line);
  t.match(messages.at(-1), /Total of 2 streams/);
  t.match(lines.slice(-summary.length), summary);
});

t.test(
  'where rejected rows are is said below the messages, and their lines are messages alone',
  besideOthers,
  async (t) => {
    const objects = { Accounts: { fields: { Id: {}, Name: { picklist: ['good'] } } } };
    const program = await setUpProgram(t, { streams: ['accounts'], sandbox: { objects } });
    const path = join(program.folder, 'messages.jsonl');
    const good = `${recordLine('accounts', '{"Id":"A3","Name":"good"}')}\n`;
    writeFileSync(path, records('accounts', 'A1', 'A2') + good + state('accounts', 1));
    const out = join(program.folder, 'out');
    const words = ['write', ...program.flags, '<', path, '>', out];
    const { text } = await startOnTerminal(words, { columns: 200, env: { TMPDIR: program.folder } }).ended;
    const { lines } = screenOf(text);
    t.notMatch(text, '"row_sure"', 'no row by itself');
    t.match(lines.slice(-3), [
      /^Total of 1 stream in /,
      /^2 rejected rows kept nowhere but in this log: set "Object Storage Configuration" or "Rejected Rows: Folder"/,
      'Their keys and reasons are in the lines "rejected row" of the messages on standard output.',
    ]);
    t.match(readFileSync(out, 'utf8'), 'rejected row {');
  },
);

t.test('NO_COLOR is honoured', besideOthers, async (t) => {
  const { erased, text } = await watch(t, { behind: '> FOLDER/out', env: { NO_COLOR: '1' } });
  t.ok(erased.length > 3);
  t.notMatch(text, '\u001b[2m');
});

t.test('where standard error is no terminal there is no progress', besideOthers, async (t) => {
  const other = await watch(t, { behind: '2> FOLDER/err' });
  t.same(other.erased, []);
  t.equal(readFileSync(join(other.folder, 'err'), 'utf8'), '');
});

t.test('what keeps a sync from beginning is a sentence on the terminal', besideOthers, async (t) => {
  const program = await setUpProgram(t, {});
  const words = [
    'write',
    '--config',
    'absent.json',
    ...program.flags.slice(2),
    '< /dev/null >',
    join(program.folder, 'out'),
  ];
  const { code, text } = await startOnTerminal(words, { columns: 100, env: { TMPDIR: program.folder } }).ended;
  t.equal(code, 1);
  t.match(screenOf(text).lines, [/^The configuration file cannot be read: there is no such file\. /]);
});

const down: FaultRule = { on: 'list', nth: 1, times: 3, do: { kind: 'status', status: 503 } };
const slow: FaultRule = { on: 'metadata', nth: 1, do: { kind: 'delay', seconds: 7 } };
const whenDown = /^Gainsight has not answered for 5 s \(.*503.*\)\. The connector waits for about a minute at most\.$/;
const whenSlow = /^Gainsight has not answered for 5 s\. The connector waits for about a minute at most\.$/;
const waits: [command: string, where: string, FaultRule, notices: RegExp[], out: RegExp][] = [
  ['jobs', 'a terminal', down, [whenDown], /^No jobs since /],
  ['jobs', 'a file', down, [], /^No jobs since /],
  ['objects', 'a terminal', slow, [whenSlow], /^Object\tLabel/],
  ['fields accounts', 'a terminal', slow, [whenSlow], /^Field\tLabel/],
  ['init --catalog FOLDER/catalog.json', 'a terminal', slow, [whenSlow, /^Enter access_key/], /"object": "Accounts"/],
];
for (const [command, where, rule, expected, out] of waits)
  t.test(
    `\`${command.split(' ')[0]}\` waits for an answer, with standard error on ${where}`,
    besideOthers,
    async (t) => {
      const objects = { Accounts: { fields: { Id: {}, Name: {} } }, Contacts: { fields: { Id: {}, Name: {} } } };
      const { folder, flags } = await setUpProgram(t, { sandbox: { objects, script: [rule] } });
      const behind = where === 'a file' ? '2> FOLDER/err >' : '>';
      const words = [command, ...flags.slice(0, 2), behind, 'FOLDER/out'].map((word) => word.replace('FOLDER', folder));
      const { code, text } = await startOnTerminal(words, { columns: 200, env: { TMPDIR: folder } }).ended;
      t.equal(code, 0);
      const { lines } = screenOf(text);
      t.equal(lines.length, expected.length, text);
      t.match(lines, expected);
      t.match(readFileSync(join(folder, 'out'), 'utf8'), out, 'it waited until there was an answer');
    },
  );
