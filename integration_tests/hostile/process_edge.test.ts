/** Effects of the system and other programs on the process: signals, limits, folders, pipes, changed files. */
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { existsSync, mkdirSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { type AddressInfo, connect, createServer, type Socket } from 'node:net';
import { join } from 'node:path';
import { text } from 'node:stream/consumers';
import { setTimeout as sleep } from 'node:timers/promises';
import t, { type Test } from 'tap';
import { systemClock } from '../../src/clock.ts';
import type { FaultRule } from '../../src/sandbox/faults.ts';
import { type Sandbox, startSandbox } from '../../src/sandbox/server.ts';
import { connectorPath, type RunResult, runConnector, startConnector } from '../support/connector.ts';

const accessKey = '4f0c1e77-9a3b-4d52-8c6e-b1d2f3a49e08';
const record = (id: number) => JSON.stringify({ type: 'RECORD', record: { stream: 's', data: { id }, emitted_at: 1 } });
const state =
  '{"type":"STATE","state":{"type":"STREAM","stream":{"stream_descriptor":{"name":"s"},"stream_state":{"c":1}}}}';
const input = `${record(1)}\n${record(2)}\n${state}\n`;
const catalog = {
  streams: [
    {
      stream: {
        name: 's',
        json_schema: { properties: { id: { type: 'integer' } } },
        supported_sync_modes: ['full_refresh', 'incremental'],
      },
      sync_mode: 'incremental',
      destination_sync_mode: 'append_dedup',
      primary_key: [['id']],
    },
  ],
};

interface Stage {
  readonly sandbox: Sandbox;
  readonly args: readonly string[];
  /** For temporary files. */
  readonly folder: string;
  /** Names of the spools in it. */
  spools(): string[];
}

async function setUp(t: Test, script: readonly FaultRule[] = []): Promise<Stage> {
  const sandbox = await startSandbox({ clock: systemClock, accessKey, script });
  t.teardown(() => sandbox.close());
  const root = t.testdir();
  const config = {
    ...{ domain: 'acme', access_key: accessKey, api_base_url: sandbox.url },
    ...{ streams: [{ stream: 's', object: 'Company' }], polling: { list_lag_seconds: 0 } },
  };
  writeFileSync(join(root, 'config'), JSON.stringify(config));
  writeFileSync(join(root, 'catalog'), JSON.stringify(catalog));
  const folder = join(root, 'tmp');
  mkdirSync(folder);
  const args = ['write', '--config', join(root, 'config'), '--catalog', join(root, 'catalog')];
  return { sandbox, args, folder, spools: () => readdirSync(folder) };
}

const traces = ({ messages }: RunResult) =>
  messages.filter(({ type }) => type === 'TRACE').map(({ trace }) => trace.error);
const codes = (run: RunResult) => traces(run).map(({ internal_message: text }) => String(text).split(':')[0]);

async function until(condition: () => boolean): Promise<void> {
  for (let tries = 0; tries < 400 && !condition(); tries++) await sleep(25);
}

t.test('what Node prints of a request does not hold the access key', async (t) => {
  const { args, folder } = await setUp(t);
  const run = await runConnector(args, { stdin: input, env: { TMPDIR: folder, NODE_DEBUG: 'http' } });
  t.equal(run.code, 0);
  // Node 20 prints the headers, Node 24 does not.
  t.match(run.stderr, /HTTP \d+: /);
  t.notMatch(run.stderr, /accesskey: '(?!\*\*\*)/i);
  t.notMatch(run.stderr + run.lines.join(), accessKey.slice(0, 8));
});

t.test('SIGUSR1 opens no debugger', async (t) => {
  const { args, folder, spools } = await setUp(t);
  const running = startConnector(args, { env: { TMPDIR: folder } });
  await until(() => spools().length > 0);
  running.kill('SIGUSR1');
  await sleep(300);
  running.end();
  t.match(await running.ended, { code: 0, stderr: '' });
});

t.test('SIGHUP ends it like SIGTERM, and no spool is left', async (t) => {
  for (const signal of ['SIGHUP', 'SIGTERM', 'SIGINT'] as const) {
    const { args, folder, spools } = await setUp(t);
    const running = startConnector(args, { env: { TMPDIR: folder } });
    await until(() => spools().length > 0);
    await running.write(record(1));
    running.kill(signal);
    t.match(await running.ended, { code: 143, signal: null }, signal);
    t.same(spools(), []);
  }
});

t.test('a second signal ends it at once, and no spool is left either', async (t) => {
  const { args, folder, sandbox, spools } = await setUp(t, [{ on: 'submit', do: { kind: 'delay', seconds: 60 } }]);
  const running = startConnector(args, { env: { TMPDIR: folder } });
  await running.write(input);
  running.end();
  await until(() => sandbox.calls.some(({ kind }) => kind === 'submit'));
  running.kill('SIGTERM');
  await sleep(200);
  t.equal(spools().length, 1, 'the connector waits for an upload in progress');
  running.kill('SIGTERM');
  t.match(await running.ended, { code: 143 });
  t.same(spools(), []);
});

t.test('a limit of open files that is too low is reported', async (t) => {
  const { args, folder } = await setUp(t);
  // With the lower limit not even the packages can be loaded. Versions of Node need different numbers of files.
  for (const limit of [21, 22]) {
    const limited = ['-c', `ulimit -n ${limit} && exec env -u NODE_OPTIONS "$0" "$@"`, process.execPath, connectorPath];
    const child = spawn('sh', [...limited, ...args], { env: { PATH: process.env['PATH'], TMPDIR: folder } });
    child.stdin.on('error', () => undefined);
    child.stdin.end(input);
    const ended = once(child, 'close');
    const [stdout, stderr] = await Promise.all([text(child.stdout), text(child.stderr)]);
    t.same([await ended, stderr], [[1, null], '']);
    const [line = '', ...others] = stdout.split('\n').filter((each) => each.includes('"TRACE"'));
    t.same(others, []);
    const { error } = JSON.parse(line).trace;
    t.match(error, { failure_type: 'config_error', message: /may not open as many files.*ulimit -n/ }, `${limit}`);
  }
});

t.test('a missing folder for temporary files is not reported as a full disk', async (t) => {
  const { args, folder } = await setUp(t);
  writeFileSync(join(folder, 'file'), '');
  for (const TMPDIR of [join(folder, 'none'), join(folder, 'file')]) {
    const run = await runConnector(args, { stdin: input, env: { TMPDIR } });
    t.same(codes(run), ['spool_folder_unusable']);
    t.match(traces(run), [{ failure_type: 'config_error', message: /Set the environment variable TMPDIR/ }]);
  }
});

t.test('a spool that cannot be removed causes a warning, and does not change how the sync ends', async (t) => {
  const patch = `import fs from 'node:fs'; import { syncBuiltinESMExports } from 'node:module';
    const refuse = () => { throw Object.assign(new Error('EBUSY: resource busy, rm'), { code: 'EBUSY', syscall: 'rm' }); };
    const remove = fs.rmSync;
    fs.rmSync = (path, options) => (options?.recursive ? refuse() : remove(path, options));
    fs.promises.rm = async () => refuse(); syncBuiltinESMExports();`;
  const nodeFlags = ['--import', `data:text/javascript,${encodeURIComponent(patch)}`];
  const { args, folder } = await setUp(t);
  const run = await runConnector(args, { stdin: input, env: { TMPDIR: folder }, nodeFlags });
  t.equal(run.code, 0);
  t.same(traces(run), []);
  const warnings = run.messages.filter((each) => each['log']?.level === 'WARN');
  t.match(warnings[0], { log: { message: /folder of waiting rows cannot be removed.*EBUSY/ } });
  const broken = await runConnector(args, { stdin: 'no JSON\n', env: { TMPDIR: folder }, nodeFlags });
  t.equal(broken.code, 1);
  t.same(codes(broken), ['input_broken']);
});

t.test('a standard input that is reset is not reported as a bug of the connector', async (t) => {
  const { args, folder } = await setUp(t);
  const server = createServer().listen(0, '127.0.0.1');
  await once(server, 'listening');
  const source = once(server, 'connection') as Promise<[Socket]>;
  const stdin = connect((server.address() as AddressInfo).port, '127.0.0.1');
  // Data or a reset read by this process would not reach the connector.
  stdin.pause();
  await once(stdin, 'connect');
  const [socket] = await source;
  const child = spawn('env', ['-u', 'NODE_OPTIONS', process.execPath, connectorPath, ...args], {
    env: { PATH: process.env['PATH'], TMPDIR: folder },
    stdio: [stdin, 'pipe', 'inherit'],
  });
  let text = '';
  child.stdout?.on('data', (piece) => {
    text += piece;
  });
  // A state of a stream that the catalog lacks comes back at once: the connector is reading.
  socket.write(`${record(1)}\n${state.replace('"name":"s"', '"name":"other"')}\n`);
  await until(() => text.includes('"name":"other"'));
  socket.resetAndDestroy();
  stdin.destroy();
  const [code] = await once(child, 'close');
  server.close();
  t.equal(code, 1);
  const [trace] = text
    .split('\n')
    .filter((line) => line.includes('"TRACE"'))
    .map((line) => JSON.parse(line).trace.error);
  t.match(trace, { failure_type: 'transient_error', message: /The input broke off: .*ECONNRESET/ });
});

t.test('a file that another program changes before it is sent is not sent', async (t) => {
  const { args, folder, sandbox, spools } = await setUp(t, [{ on: 'list', do: { kind: 'delay', seconds: 2 } }]);
  const running = startConnector(args, { env: { TMPDIR: folder } });
  await running.write(input);
  running.end();
  const csv = () => {
    const [spool = ''] = spools();
    const name =
      existsSync(join(folder, spool)) && readdirSync(join(folder, spool)).find((file) => file.endsWith('.csv'));
    return name ? join(folder, spool, name) : undefined;
  };
  await until(() => sandbox.calls.length > 0 && csv() !== undefined);
  await sleep(300);
  const path = csv() ?? '';
  writeFileSync(path, readFileSync(path, 'utf8').replace('2', '7'));
  const run = await running.ended;
  t.same(codes(run), ['spool_changed']);
  t.match(traces(run), [{ failure_type: 'transient_error', message: /for Company was changed by another program/ }]);
  t.same(sandbox.jobs, []);
  t.notMatch(run.lines.join(), '"STATE"');
});
