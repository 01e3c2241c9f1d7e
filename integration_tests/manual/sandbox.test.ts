/** docs/sandbox.md works as it is written: its files, its commands, and each way in which something goes wrong. */
import { type ChildProcess, execFile, spawn } from 'node:child_process';
import { once } from 'node:events';
import { chmodSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import type { AddressInfo } from 'node:net';
import { createServer } from 'node:net';
import { dirname, join } from 'node:path';
import { createInterface } from 'node:readline';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import t, { type Test } from 'tap';
import { connectorPath } from '../support/connector.ts';

const root = dirname(createRequire(import.meta.url).resolve('#package.json'));
const page = readFileSync(join(root, 'docs/sandbox.md'), 'utf8');
const sandboxPath = fileURLToPath(new URL('../../src/sandbox/main.js', import.meta.url));
const commands = [...page.matchAll(/^```sh\n([\s\S]*?)^```/gm)].flatMap(([, block = '']) => block.trim().split('\n'));

async function freePort(): Promise<number> {
  const server = createServer().listen(0, '127.0.0.1');
  await once(server, 'listening');
  const { port } = server.address() as AddressInfo;
  server.close();
  await once(server, 'close');
  return port;
}

/** A folder with the files of the page, in which its commands run as they are written. */
async function setUp(t: Test) {
  const folder = t.testdir({ bin: {} });
  const port = String(await freePort());
  for (const [, name = '', text = ''] of page.matchAll(/^```json (\S+)\n([\s\S]*?)^```/gm))
    writeFileSync(join(folder, name), text.replaceAll('4010', port));
  const program = (name: string, line: string) => {
    const path = join(folder, 'bin', name);
    writeFileSync(path, `#!/bin/sh\n${line}\n`);
    chmodSync(path, 0o755);
  };
  mkdirSync(join(folder, 'temporary'));
  program('destination-gainsight', `exec "${process.execPath}" "${connectorPath}" "$@"`);
  program('npm', `shift 3; exec "${process.execPath}" "${sandboxPath}" "$@"`);
  const { PATH = '' } = process.env;
  const env = { PATH: `${join(folder, 'bin')}:${PATH}`, TMPDIR: join(folder, 'temporary') };
  const options = { cwd: folder, env, timeout: 60_000 };
  /** Runs a line of the page. */
  const run = async (line: string) => {
    const found = promisify(execFile)('sh', ['-c', line], options);
    const { stdout, stderr, code = 0 } = await found.catch((error) => error);
    return { stdout: String(stdout), stderr: String(stderr), code: Number(code) };
  };
  const start = async (line: string): Promise<ChildProcess> => {
    const child = spawn('sh', ['-c', `exec ${line.replaceAll('4010', port)}`], {
      ...options,
      stdio: ['ignore', 'pipe', 'inherit'],
    });
    t.teardown(() => child.kill());
    await once(createInterface({ input: child.stdout as NodeJS.ReadableStream }), 'line');
    return child;
  };
  return { run, start };
}

t.test('the commands do what the page says', async (t) => {
  const { run, start } = await setUp(t);
  const [sandbox = '', ...others] = commands;
  await start(sandbox);
  const said: Record<string, string> = {};
  for (const line of others) {
    const { stdout, stderr, code } = await run(line);
    t.same([code, stderr], [0, ''], line);
    said[line.split(' ')[1] ?? ''] = stdout;
  }
  t.match(said, {
    check: /"SUCCEEDED".*The tenant has the objects and fields/,
    plan: /1 file, 2 rows, 63 bytes: 1 call\./,
    write: /1 accepted, 1 rejected .*Dropdownlist item not found/,
    jobs: /^J000001\t/m,
    errors: /^1\tStage\t/m,
  });
});

/** What `write` says under the options of a row of the table. */
const outcomes: Readonly<Record<string, { readonly says: RegExp; readonly code?: number }>> = {
  'the quota is used up': { says: /0 calls left this hour/, code: 0 },
  'another client uses the quota, too': { says: /1 call · 4 calls left this hour/ },
  'the key is refused': { says: /Gainsight refuses the access key/, code: 1 },
  'a job fails half-way': { says: /as FAILED/, code: 1 },
  'Gainsight is down for a while': { says: /1 accepted, 1 rejected/ },
  'the answer to a submission is lost': { says: /1 accepted, 1 rejected .* 1 file, 1 call/ },
  'a job takes long': { says: /done after (?:[2-9]|\d\d)/ },
  'the tenant shows no metadata': { says: /not compared|metadata/ },
  'the tenant counts every call': { says: /1 accepted, 1 rejected/ },
  'the tenant has no Bulk API': { says: /has no Bulk API at/, code: 1 },
};

const rows = [...page.matchAll(/^\| ([^|`]+) \| `(--[^`]+)` \|$/gm)].map(([, what = '', options = '']) => ({
  what,
  options,
}));
const [first = '', , , write = ''] = commands;

t.test('what goes wrong goes wrong', { jobs: rows.length }, async (t) => {
  t.same(
    rows.map(({ what }) => what),
    Object.keys(outcomes),
  );
  for (const { what, options } of rows) {
    const { says, code = 0 } = outcomes[what] ?? { says: /never/ };
    t.test(what, { buffered: true }, async (t) => {
      const { run, start } = await setUp(t);
      await start(`${first} ${options}`);
      const written = await run(write);
      t.match(written.stdout, says);
      t.same([written.code, written.stderr], [code, '']);
    });
  }
});
