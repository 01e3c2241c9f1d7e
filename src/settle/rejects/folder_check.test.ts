import { readdirSync } from 'node:fs';
import { join } from 'node:path';
import t from 'tap';
import { checkFolder, unwritable } from './folder_check.ts';
import { checkStore } from './open_store.ts';

t.test('a writable folder is left unchanged, and without a store there is nothing to check', async (t) => {
  const folder = t.testdir({ 'kept.csv': 'a' });
  checkFolder(folder, 'test');
  t.same(readdirSync(folder), ['kept.csv']);
  checkStore({ folder: '' }, 'test');
});

t.test('a file, or a missing folder, cannot be written to', async (t) => {
  const folder = t.testdir({ file: '' });
  for (const [path, detail] of [
    [join(folder, 'nowhere'), 'ENOENT: no such file or directory'],
    [join(folder, 'file'), 'ENOTDIR: not a directory'],
    ['/proc', 'ENOENT'],
  ] as const)
    t.throws(
      () => checkFolder(path, 'test'),
      { code: 'rejects_unwritable', failureType: 'config_error', message: `to ${JSON.stringify(path)}: ${detail}` },
      path,
    );
});

t.test('errors of two files in a folder are reported as one', async (t) => {
  const fault = (name: string) =>
    Object.assign(new Error(`EACCES: permission denied, open '/rejects/${name}'`), { syscall: 'open' });
  const [one, other] = ['1.csv', '2.csv'].map((name) => unwritable('/rejects', fault(name)) as Error);
  t.equal(one?.message, other?.message);
  const bug = new TypeError('x');
  t.equal(unwritable('/rejects', bug), bug);
});
