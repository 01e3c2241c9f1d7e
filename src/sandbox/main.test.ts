/** The sandbox as a program: prints its address, accepts flags, and ends on a signal. */

import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { type AddressInfo, createServer } from 'node:net';
import { createInterface } from 'node:readline';
import { fileURLToPath } from 'node:url';
import fetch from 'node-fetch';
import t from 'tap';

const main = fileURLToPath(new URL('./main.js', import.meta.url));

function run(...flags: string[]): ChildProcess {
  return spawn(process.execPath, [main, ...flags], { stdio: ['ignore', 'pipe', 'pipe'] });
}

t.test('it prints its address, serves, and ends at SIGTERM with exit code 0', async (t) => {
  const folder = t.testdir({
    'script.json': JSON.stringify([{ on: 'list', nth: 2, do: { kind: 'status', status: 502, html: true } }]),
  });
  const child = run('--access-key', 'K', '--script', `${folder}/script.json`);
  t.teardown(() => child.kill());
  const [line] = (await once(createInterface({ input: child.stdout as NodeJS.ReadableStream }), 'line')) as [string];
  t.match(line, /^Gainsight sandbox at http:\/\/127\.0\.0\.1:\d+\/v1$/);
  const url = `${line.split(' at ')[1]}/bulk/jobs`;
  const statuses: number[] = [];
  for (const accessKey of ['wrong', 'K', 'K']) statuses.push((await fetch(url, { headers: { accessKey } })).status);
  t.same(statuses, [401, 502, 200], 'a rule counts calls as they arrive');
  child.kill('SIGTERM');
  t.same(await once(child, 'exit'), [0, null]);
});

/** Runs it to its end. */
async function ended(...flags: string[]) {
  const child = run(...flags);
  const said = { out: '', err: '' };
  child.stdout?.on('data', (chunk: Buffer) => {
    said.out += chunk.toString();
  });
  child.stderr?.on('data', (chunk: Buffer) => {
    said.err += chunk.toString();
  });
  const [code] = await once(child, 'close');
  return { code, ...said };
}

t.test('an unusable command line is answered in a sentence, without a stack trace', async (t) => {
  const hint = 'Run it with --help for its options.\n';
  t.strictSame(await ended('--prot', '1'), {
    ...{ code: 2, out: '' },
    err: `There is no option "--prot": did you mean --port?\n${hint}`,
  });
  t.match(await ended('--help'), { code: 0, out: /^Plays Gainsight's Bulk API/, err: '' });
});

t.test('a port that is in use is named', async (t) => {
  const server = createServer().listen(0, '127.0.0.1');
  t.teardown(() => server.close());
  await once(server, 'listening');
  const { port } = server.address() as AddressInfo;
  const err = `Port ${port} is in use: choose another with --port, or leave it out for a free one.\n`;
  t.strictSame(await ended('--port', `${port}`), { code: 1, out: '', err });
});
