/** The sandbox as a program: prints its address, accepts flags, and ends on a signal. */

import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
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

t.test('an invalid flag ends it with a message', async (t) => {
  for (const flags of [['--port', 'x'], ['--nonsense'], ['--script', '/nowhere'], ['--unknown-object', '418']]) {
    const child = run(...flags);
    let said = '';
    child.stderr?.on('data', (chunk: Buffer) => {
      said += chunk.toString();
    });
    const [code] = await once(child, 'close');
    t.equal(code, 1, flags.join(' '));
    t.match(said, /needs a whole number|needs one of 400|Unknown option|ENOENT/);
  }
});
