/** The kit's process, by small destinations of its own: arguments, files, secrets, failures, signals, exit codes. */
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import t, { type Test } from 'tap';
import { packageFolder } from '../image/names.ts';
import { type RunOptions, type RunResult, runConnector, startConnector } from '../support/connector.ts';
import { codesOf, readOutput } from '../support/sync.ts';

const kit = join(packageFolder, 'dist/airbyte/destination_kit.js');
const secret = 'k3y-that-nobody-may-see';
const config = { host: 'a', key: ` ${secret} ` };
const stream = (mode: string) => ({
  stream: { name: 's', json_schema: {} },
  ...{ sync_mode: 'full_refresh', destination_sync_mode: mode },
});
const record = '{"type":"RECORD","record":{"stream":"s","data":{"n":1.10},"emitted_at":1}}';
const state = '{"type":"STATE","state":{"data":{"cursor":900719925474099312345678901234}}}';

/** A destination that does nothing but succeed, with these members in place of its own. */
const destination = (members: string, start = 'await runDestination(own);') => `
  import { runDestination, Stopped, TracedError } from ${JSON.stringify(kit)};
  const refuse = (type, detail) => {
    throw new TracedError('refused', { type, what: 'It says {detail}.', next: 'Do something.' }, { detail });
  };
  const own = {
    spec: () => ({
      supported_destination_sync_modes: ['append'],
      connectionSpecification: {
        type: 'object',
        required: ['host', 'key'],
        properties: {
          host: { type: 'string', title: 'Host' },
          key: { type: 'string', title: 'Key', airbyte_secret: true },
          port: { type: 'integer', default: 443 },
        },
      },
    }),
    check: async () => 'All is well.',
    write: async () => 'done',
    ${members}
  };
  ${start}`;

/** Says so when `write` begins. */
const announced = `await runDestination({
  ...own,
  write: (...given) => { given[3].output.log('INFO', 'begun'); return own.write(...given); },
});`;

const readsAll = `write: async (config, catalog, input, { output, stop }) => {
  for await (const message of input.messages())
    if (message.type === 'STATE') await output.state(message.text, { recordCount: message.records });
  return stop.aborted ? 'stopped' : 'done';
},`;

function setUp(t: Test, members: string, start?: string) {
  const folder = t.testdir({
    'destination.mjs': destination(members, start),
    'config.json': JSON.stringify(config),
    'broken.json': JSON.stringify({ key: secret, port: secret }),
    'catalog.json': JSON.stringify({ streams: [stream('append')] }),
    'update.json': JSON.stringify({ streams: [stream('update')] }),
  });
  const program = join(folder, 'destination.mjs');
  return { folder, program, args: (text: string) => text.split(' ').map((each) => each.replace(/^@/, `${folder}/`)) };
}

async function run(t: Test, members: string, command: string, options: RunOptions = {}): Promise<RunResult> {
  const { program, args } = setUp(t, members);
  const result = await runConnector(args(command), { program, ...options });
  t.notMatch(result.lines.join() + result.stderr, secret.slice(0, 8), 'the secret is nowhere');
  readOutput(result.lines);
  return result;
}

const write = 'write --config @config.json --catalog @catalog.json';
const check = 'check --config @config.json';

const ends: readonly [what: string, members: string, command: string, code: number, messages: object[]][] = [
  ['spec prints the specification', '', 'spec', 0, [{ spec: { supported_destination_sync_modes: ['append'] } }]],
  ['flags that nobody knows are ignored', '', `${check} --colour=red --verbose`, 0, [{ type: 'CONNECTION_STATUS' }]],
  ['no command', '', '--config @config.json', 1, [{ trace: { error: { message: /names no command/ } } }]],
  ['an unknown command', '', 'load', 1, [{ trace: { error: { message: /load is no command/ } } }]],
  [
    'a flag that is missing',
    '',
    'write --config @config.json',
    1,
    [{ trace: { error: { message: /needs --catalog/ } } }],
  ],
  [
    'a flag that is misspelt',
    '',
    'check --confg @config.json',
    1,
    [{ trace: { error: { message: /check needs --config .* --confg \(did you mean --config\?\)\. Run/ } } }],
  ],
  ['a check that succeeds', '', check, 0, [{ connectionStatus: { status: 'SUCCEEDED', message: 'All is well.' } }]],
  [
    'a check that finds what the user must correct, and quotes the secret',
    'check: async ({ key }) => refuse("config_error", key.trim()),',
    check,
    0,
    [{ connectionStatus: { status: 'FAILED', message: 'It says ***. Do something.' } }],
  ],
  [
    'a check that meets what passes',
    'check: async () => refuse("transient_error", "later"),',
    check,
    1,
    [{ trace: { error: { failure_type: 'transient_error', internal_message: 'refused' } } }],
  ],
  [
    'a configuration with faults',
    '',
    'write --config @broken.json --catalog @catalog.json',
    1,
    [
      {
        trace: {
          error: { message: /fit: there are 2 faults\. 1\. Host is missing; 2\. port must be a whole number\./ },
        },
      },
    ],
  ],
  [
    'a check of a configuration with faults',
    '',
    'check --config @broken.json',
    0,
    [{ connectionStatus: { status: 'FAILED', message: /Host is missing/ } }],
  ],
  [
    'rules of its own',
    'configFaults: ({ host }, found) => [...found.map(({ text }) => text), "Host " + host + " is closed"],',
    check,
    0,
    [{ connectionStatus: { status: 'FAILED', message: /fit: Host a is closed\./ } }],
  ],
  [
    'a configuration of its own, defaults filled in',
    'configure: ({ host, port }) => [host, port].join(":"), check: async (address) => address,',
    check,
    0,
    [{ connectionStatus: { status: 'SUCCEEDED', message: 'a:443' } }],
  ],
  [
    'a catalog with a mode that is not offered',
    '',
    'write --config @config.json --catalog @update.json',
    1,
    [
      {
        trace: {
          error: { message: /: update for s \(this destination does not offer it\)\. Choose "Append" for every/ },
        },
      },
    ],
  ],
  ['discover of a destination without', '', 'discover --config @config.json', 1, [{ trace: { type: 'ERROR' } }]],
  [
    'discover',
    'discover: () => ({ operations: [] }),',
    'discover --config @config.json',
    0,
    [{ destination_catalog: { operations: [] } }],
  ],
  [
    'states come back with the records before them',
    readsAll,
    write,
    0,
    [{ state: { destinationStats: { recordCount: 1, rejectedRecordCount: 0 } } }],
  ],
  [
    'a failure of one stream',
    `write: async () => {
      const entry = { type: 'config_error', what: 'No.', next: 'Correct it.' };
      throw new TracedError('no', entry, {}, { stream: { name: 's' } });
    },`,
    write,
    1,
    [{ trace: { error: { failure_type: 'config_error', stream_descriptor: { name: 's' } } } }],
  ],
  [
    'anything else that is thrown is a bug',
    'write: async ({ key }) => { throw new Error("what of " + key); },',
    write,
    1,
    [{ trace: { error: { failure_type: 'system_error', internal_message: /^bug: Error: what of/ } } }],
  ],
  [
    'what is thrown where nobody catches it',
    'write: () => { setTimeout(() => { throw new Error("alone"); }); return new Promise(() => setInterval(() => {}, 1e9)); },',
    write,
    1,
    [{ trace: { error: { message: /failed: alone/ } } }],
  ],
  [
    'a promise that nobody waits for',
    'write: () => { Promise.reject(new Error("alone")); return new Promise(() => setInterval(() => {}, 1e9)); },',
    write,
    1,
    [{ trace: { error: { message: /failed: alone/ } } }],
  ],
  [
    'a sync that failed with a trace of its own',
    `write: async (config, catalog, input, { output }) => {
      try { refuse('transient_error', 'no'); } catch (error) { output.trace(error); }
      setImmediate(() => { throw new Error('another'); });
      return new Promise((resolve) => setTimeout(resolve, 50, 'failed'));
    },`,
    write,
    1,
    [{ trace: { error: { failure_type: 'transient_error' } } }],
  ],
  ['a sync that failed and said nothing', "write: async () => 'failed',", write, 1, [{ trace: { type: 'ERROR' } }]],
  ['a sync that says it was stopped', "write: async () => 'stopped',", write, 143, []],
];

t.jobs = 3;
for (const [what, members, command, code, messages] of ends) {
  t.test(what, { buffered: true }, async (t) => {
    const result = await run(t, members, command, { stdin: `${record}\n${state}\n` });
    t.equal(result.code, code);
    t.equal(result.stderr, '');
    t.match(result.messages, messages);
    t.equal(result.messages.length, messages.length, result.lines.join('\n'));
  });
}

t.test('--help is for people', { buffered: true }, async (t) => {
  const { program, args } = setUp(t, '');
  const child = spawn(process.execPath, [program, ...args('--help')], { stdio: ['ignore', 'pipe', 'inherit'] });
  t.match((await child.stdout.setEncoding('utf8').toArray()).join(''), /check +--config FILE/);
});

t.test('another medium than standard input is refused', { buffered: true }, async (t) => {
  const result = await run(t, '', write, { env: { DATA_CHANNEL_MEDIUM: 'SOCKET' } });
  t.same([result.code, codesOf(readOutput(result.lines))], [1, ['data_channel_unsupported']]);
});

t.test('standard error stays empty, whatever Node would warn of or a library prints', { buffered: true }, async (t) => {
  const warns = 'write: async (c, d, i, { stop }) => { process.emitWarning("look"); return "done"; },';
  t.match(await run(t, warns, write), { code: 0, stderr: '' });
  const logs = 'write: async ({ key }) => { console.log("a\\nb", key); console.error("c"); return "done"; },';
  const { code, stderr, messages } = await run(t, logs, write);
  t.same([code, stderr], [0, '']);
  t.match(messages, [{ log: { level: 'INFO', message: /^a b {2}\*\*\*/ } }, { log: { level: 'WARN', message: 'c' } }]);
  const prints = 'write: async ({ key }) => { process.stderr.write(key); return "done"; },';
  t.match(await run(t, prints, write), { code: 0, stderr: ' *** ' });
});

const waits: readonly [what: string, members: string][] = [
  ['reading messages', readsAll],
  [
    'reading chunks',
    `write: async (config, catalog, { chunks }, { stop }) => {
      for await (const chunk of chunks) chunk.length;
      return stop.aborted ? 'stopped' : 'done';
    },`,
  ],
  [
    'a wait of Node',
    `write: async (config, catalog, input, { stop }) => {
      const { setTimeout } = await import('node:timers/promises');
      await setTimeout(1e6, undefined, { signal: stop });
    },`,
  ],
  [
    'a wait of its own',
    `write: (config, catalog, input, { stop }) => new Promise((resolve, reject) => {
      const timer = setTimeout(resolve, 1e6);
      stop.addEventListener('abort', () => { clearTimeout(timer); reject(stop.reason); });
    }),`,
  ],
];
for (const signal of ['SIGTERM', 'SIGINT', 'SIGHUP'] as const) {
  for (const [what, members] of waits) {
    t.test(`${signal} ends ${what} with 143 and no trace`, { buffered: true }, async (t) => {
      const { program, args } = setUp(t, members, announced);
      const running = startConnector(args(write), { program });
      await running.write(record);
      await running.line((line) => line.includes('begun'));
      running.kill(signal);
      const { code, stderr, messages } = await running.ended;
      t.same([code, stderr, messages.length], [143, '', 1]);
    });
  }
}

t.test(
  'a second signal ends it at once, and a command that only answers ends at the first',
  { buffered: true },
  async (t) => {
    const hangs = 'write: () => new Promise(() => setInterval(() => {}, 1e9)),';
    const { program, args } = setUp(t, hangs, announced);
    const running = startConnector(args(write), { program });
    await running.line((line) => line.includes('begun'));
    running.kill('SIGTERM');
    await sleep(100);
    t.equal(running.child.exitCode, null);
    running.kill('SIGTERM');
    t.match(await running.ended, { code: 143, stderr: '' });

    const answers =
      'check: (c, { output }) => { output.log("INFO", "begun"); return new Promise(() => setInterval(() => {}, 1e9)); },';
    const other = setUp(t, answers);
    const checking = startConnector(other.args(check), { program: other.program });
    await checking.line((line) => line.includes('begun'));
    checking.kill('SIGTERM');
    t.match(await checking.ended, { code: 143, stderr: '' });
  },
);

t.test('nobody reads any more: it stops, with 143', { buffered: true }, async (t) => {
  const { program, args } = setUp(t, readsAll, announced);
  const child = spawn(process.execPath, [program, ...args(write)], { stdio: ['pipe', 'pipe', 'inherit'] });
  child.stdin.on('error', () => undefined);
  await once(child.stdout, 'data');
  child.stdout.destroy();
  child.stdin.write(`${record}\n${state}\n`);
  t.same(await once(child, 'close'), [143, null]);
});

t.test('a slow reader holds the source back, and gets every state', { buffered: true }, async (t) => {
  const { program, args } = setUp(t, readsAll);
  const count = 20_000;
  const long = state.replace('}}}', `,"pad":"${'x'.repeat(1000)}"}}}`);
  const child = spawn(process.execPath, [program, ...args(write)]);
  child.stdin.end(`${long}\n`.repeat(count));
  await sleep(1000);
  t.ok(child.stdin.writableLength > 0, 'not all of the input is taken');
  let lines = 0;
  for await (const chunk of child.stdout) lines += (chunk as Buffer).toString('latin1').split('\n').length - 1;
  t.equal(lines, count);
  t.equal(child.exitCode ?? (await once(child, 'exit'))[0], 0);
});
