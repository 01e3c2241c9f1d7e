import { spawn } from 'node:child_process';
import { createHash } from 'node:crypto';
import { once } from 'node:events';
import { openSync } from 'node:fs';
import t from 'tap';

const module = new URL('./stdin.js', import.meta.url);
/** Reads its input slowly, so that chunks come before they are requested, and reports how much it was. */
const reader = `
  const { standardInput } = await import(${JSON.stringify(module.href)});
  const { createHash } = await import('node:crypto');
  const hash = createHash('sha256');
  const stop = new AbortController();
  let [bytes, chunks, latest] = [0, 0];
  for await (const chunk of standardInput(() => process.stdin, stop.signal)) {
    if (chunk === latest) throw new Error('the same object came twice');
    latest = chunk;
    hash.update(chunk);
    bytes += chunk.length;
    chunks++;
    if (chunks % 3 === 0) await new Promise((resolve) => setTimeout(resolve, 1));
  }
  console.log(bytes, hash.digest('hex').slice(0, 8), chunks > 0 === bytes > 0);
  process.exit(0);`;

function run(stdin: 'pipe' | number) {
  const child = spawn(process.execPath, ['--input-type=module', '-e', reader], { stdio: [stdin, 'pipe', 'inherit'] });
  const said = child.stdout?.setEncoding('utf8').toArray();
  return { stdin: child.stdin, said: async () => (await said)?.join('').trim() };
}

t.test('a pipe is read to its end, byte for byte', async (t) => {
  const { stdin, said } = run('pipe');
  const hash = createHash('sha256');
  for (let i = 0; i < 40; i++) {
    const chunk = Buffer.alloc(1 + i * 5000, i);
    hash.update(chunk);
    if (stdin && !stdin.write(chunk)) await once(stdin, 'drain');
  }
  stdin?.end();
  t.equal(await said(), `3900040 ${hash.digest('hex').slice(0, 8)} true`);
});

t.test('an empty pipe ends at once', async (t) => {
  const { stdin, said } = run('pipe');
  stdin?.end();
  t.equal(await said(), '0 e3b0c442 true');
});

t.test('a file is read as well', async (t) => {
  const folder = t.testdir({ input: 'x'.repeat(200_000) });
  t.match(await run(openSync(`${folder}/input`, 'r')).said(), /^200000 [0-9a-f]{8} true$/);
});
