import { mkdtempSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { inspect } from 'node:util';
import t from 'tap';
import { readText } from './json_file.ts';

const secret = 'k3y-that-nobody-may-see';
const content = JSON.stringify({ access_key: secret });
const read = (path: string) => readText(path, 'config_unreadable');

t.test('a file is read, and its path is never reported', async (t) => {
  const folder = mkdtempSync(join(t.testdir(), 'config-'));
  const path = join(folder, 'config.json');
  writeFileSync(path, `\uFEFF${content}`);
  t.equal(await read(path), content);
  const unreadable = { code: 'config_unreadable', failureType: 'config_error' };
  const isMissing = { ...unreadable, message: /cannot be read: there is no such file\./ };
  await t.rejects(read(join(folder, 'none')), isMissing);
  await t.rejects(read(join(path, 'none')), isMissing);
  await t.rejects(read(folder), { ...unreadable, message: /it is a folder/ });
  await t.rejects(read(content), isMissing);
  await t.rejects(read(`${content}\0`), unreadable);
  t.notMatch(await read(content).catch((error: unknown) => inspect(error)), secret);
});
