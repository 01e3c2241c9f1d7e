import { mkdirSync, readFileSync, statSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import t from 'tap';
import { FolderStorage } from './folder_storage.ts';

t.test('a file is written, replaced, listed, read and removed, in folders below the storage as well', async (t) => {
  const folder = t.testdir({ 'of others': 'x' });
  const storage = new FolderStorage(folder);
  for (const name of ['a.csv', 'retry/42.0.json', 'retry/deep/1.json']) {
    await storage.write(name, Buffer.from('first'));
    await storage.write(name, Buffer.from(`of ${name}`));
    t.equal(storage.addressOf(name), join(folder, name));
    t.equal(readFileSync(join(folder, name), 'utf8'), `of ${name}`);
    t.equal(statSync(join(folder, name)).mode & 0o777, 0o600);
    t.equal((await storage.read(name))?.toString(), `of ${name}`);
  }
  t.strictSame(
    (await storage.list('')).map(({ name }) => name),
    ['a.csv', 'of others', 'retry/42.0.json', 'retry/deep/1.json'],
  );
  const [file, ...more] = await storage.list('retry/');
  t.match(file, { name: 'retry/42.0.json', bytes: 18 });
  t.ok(Math.abs((file?.modifiedMs ?? 0) - statSync(join(folder, 'retry/42.0.json')).mtimeMs) < 1);
  t.equal(more.length, 1);

  await storage.remove('retry/42.0.json');
  await storage.remove('retry/42.0.json');
  t.equal(await storage.read('retry/42.0.json'), undefined);
  t.strictSame(await storage.list('given_up/'), []);
});

t.test('the content may be that of a file, whose own permissions do not matter', async (t) => {
  const folder = t.testdir({ source: 'rows', kept: {} });
  const storage = new FolderStorage(join(folder, 'kept'));
  await storage.write('copy.csv', { path: join(folder, 'source') });
  t.equal(readFileSync(join(folder, 'kept/copy.csv'), 'utf8'), 'rows');
  t.equal(statSync(join(folder, 'kept/copy.csv')).mode & 0o777, 0o600);
});

t.test('a file that is being written, or was left so by a crash, is not listed', async (t) => {
  const storage = new FolderStorage(t.testdir({ 'a.csv.unfinished': 'half of a longer content' }));
  t.strictSame(await storage.list(''), []);
  await storage.write('a.csv', Buffer.from('whole'));
  t.match(await storage.list(''), [{ name: 'a.csv', bytes: 5 }]);
});

t.test('a folder that is gone, or a file in the place of a folder, is reported with the folder', async (t) => {
  const folder = t.testdir({ retry: 'a file' });
  const fault = { code: 'rejects_unwritable', failureType: 'config_error' };
  await t.rejects(new FolderStorage(folder).write('retry/1.json', Buffer.from('x')), fault);
  await t.rejects(new FolderStorage('/proc/none').write('1.json', Buffer.from('x')), {
    ...fault,
    message: /"\/proc\/none"/,
  });
  mkdirSync(join(folder, 'b.csv'));
  writeFileSync(join(folder, 'c.csv'), '');
  await t.rejects(new FolderStorage(folder).read('b.csv'), fault);
});
