/** Errors that no test awaits still fail a file that runs without the hooks by which tap finds their test. */
import { spawnSync } from 'node:child_process';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import t, { type Test } from 'tap';

const preload = new URL('./without_async_hooks.js', import.meta.url).href;

/** Runs the body of a test in a process of its own. */
function run(t: Test, body: string) {
  // Below this folder, from which tap is found.
  const folder = mkdtempSync(fileURLToPath(new URL('./stray-', import.meta.url)));
  t.teardown(() => rmSync(folder, { recursive: true }));
  const file = join(folder, 'file.mjs');
  writeFileSync(
    file,
    `import t from 'tap';
    t.test('a test', async (t) => { t.ok(true); ${body} });
    t.test('another', async (t) => t.ok(true));`,
  );
  const { status, stdout, stderr } = spawnSync(process.execPath, ['--import', preload, file], {
    ...{ encoding: 'utf8', env: { ...process.env, TAP: '1' } },
  });
  return { status, output: `${stdout}${stderr}` };
}

const cases: readonly [name: string, body: string][] = [
  ['an error that is thrown', "throw new Error('lost');"],
  [
    'an error in a timer',
    "setTimeout(() => { throw new Error('lost'); }, 1); await new Promise((r) => setTimeout(r, 500));",
  ],
  [
    'a promise that nothing awaits',
    "void Promise.reject(new Error('lost')); await new Promise((r) => setTimeout(r, 50));",
  ],
];

t.test('without an error a file succeeds', async (t) => {
  const { status, output } = run(t, 'await null;');
  t.equal(status, 0, output);
});

for (const [name, body] of cases) {
  t.test(`${name} fails the file, and is named`, async (t) => {
    const { status, output } = run(t, body);
    t.not(status, 0, output);
    t.match(output, 'lost');
    t.match(output, /^ *not ok /m);
  });
}
