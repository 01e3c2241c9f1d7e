import { readdirSync } from 'node:fs';
import { join } from 'node:path';
import t from 'tap';
import { checkName, checkStorage } from './check_storage.ts';
import { unwritable } from './folder_check.ts';
import { FolderStorage } from './folder_storage.ts';
import type { Storage } from './storage.ts';

t.test('a writable folder is left unchanged, and without a store there is nothing to check', async (t) => {
  const folder = t.testdir({ 'kept.csv': 'a' });
  await checkStorage(new FolderStorage(folder), 'test');
  t.same(readdirSync(folder), ['kept.csv']);
  await checkStorage(undefined, 'test');
});

t.test('a file, or a missing folder, cannot be written to', async (t) => {
  const folder = t.testdir({ file: '' });
  for (const [path, detail] of [
    [join(folder, 'nowhere'), 'ENOENT: no such file or directory'],
    [join(folder, 'file'), 'ENOTDIR: not a directory'],
    ['/proc', 'ENOENT'],
  ] as const)
    await t.rejects(
      checkStorage(new FolderStorage(path), 'test'),
      { code: 'rejects_unwritable', failureType: 'config_error', message: `to ${JSON.stringify(path)}: ${detail}` },
      path,
    );
});

t.test('a place that does not return what was written is refused, and nothing is left in it', async (t) => {
  const folder = t.testdir();
  const honest = new FolderStorage(folder);
  for (const found of [undefined, Buffer.from('of someone else')]) {
    const forgetful: Storage = {
      place: '/forgetful',
      addressOf: (name) => honest.addressOf(name),
      write: (name, content) => honest.write(name, content),
      read: async () => found,
      list: (prefix) => honest.list(prefix),
      remove: (name) => honest.remove(name),
    };
    await t.rejects(checkStorage(forgetful, 'test'), { code: 'storage_inconsistent', message: /to \/forgetful came/ });
    t.same(readdirSync(folder), []);
  }
});

t.test('two checks at the same time have different names', async (t) => {
  t.not(checkName(Math.random), checkName(Math.random));
  t.match(
    checkName(() => 0.999_999),
    /^[0-9a-z]+\.check$/,
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
