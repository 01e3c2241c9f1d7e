/** What the connector asks of a store, and the flows of rejected rows as the built program runs them. */
import { execFile } from 'node:child_process';
import { randomBytes } from 'node:crypto';
import { readdirSync, utimesSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { promisify } from 'node:util';
import t, { type Test } from 'tap';
import { systemClock } from '../../src/clock.ts';
import { parseConfig } from '../../src/config/config.ts';
import { Sender } from '../../src/http/sending.ts';
import { openStorage } from '../../src/settle/rejects/open_store.ts';
import type { Storage } from '../../src/settle/rejects/storage.ts';
import { connectorPath } from '../support/connector.ts';
import { environmentOf, type Program } from '../support/program.ts';
import { catalogOf, records, setUpProgram, state } from '../support/small_sync.ts';
import { type Store, settingsOf, storeOfEnvironment } from './store.ts';

const store = storeOfEnvironment();
/** Each run of the checks has a path of its own. */
const root = `checks/${randomBytes(6).toString('hex')}`;

function storageAt(path: string, changes: Partial<Store> = {}): Storage {
  const settings = settingsOf({ ...store, ...changes }, `${root}/${path}`);
  const config = parseConfig(JSON.stringify({ domain: 'acme', access_key: 'key', ...settings }));
  const sender = new Sender({ clock: systemClock, route: {}, submissionAnswerMs: 60_000 });
  return openStorage(config, { clock: systemClock, sender, random: () => 0.5, retryMs: 1000 }) as Storage;
}

const text = (content: Buffer | undefined) => content?.toString();

t.test('an object is written, replaced, read, listed and removed', async (t) => {
  const storage = storageAt('objects');
  t.equal(await storage.read('a/b.csv'), undefined);
  for (const content of ['one', 'two, and longer']) {
    await storage.write('a/b.csv', Buffer.from(content));
    t.equal(text(await storage.read('a/b.csv')), content);
  }
  await storage.write('a.csv', Buffer.alloc(0));
  t.match(await storage.list(''), [
    { name: 'a.csv', bytes: 0 },
    { name: 'a/b.csv', bytes: 15 },
  ]);
  t.match(await storage.list('a/'), [{ name: 'a/b.csv' }]);
  const [file] = await storage.list('a/');
  t.ok(Math.abs((file?.modifiedMs ?? 0) - systemClock.now()) < 60_000);
  for (const name of ['a/b.csv', 'a.csv', 'a.csv']) await storage.remove(name);
  t.same(await storage.list(''), []);
});

t.test('a path with spaces and other signs is signed as it is sent', async (t) => {
  const storage = storageAt("a b+c&d=é!'()");
  await storage.write('a.csv', Buffer.from('one'));
  t.equal(text(await storage.read('a.csv')), 'one');
  t.match(await storage.list(''), [{ name: 'a.csv' }]);
  await storage.remove('a.csv');
});

t.test('a large file is sent in parts', async (t) => {
  const storage = storageAt('parts');
  const path = join(t.testdir(), 'large');
  const content = randomBytes(20_000_001);
  writeFileSync(path, content);
  await storage.write('large.csv', { path });
  t.ok((await storage.read('large.csv'))?.equals(content));
  t.match(await storage.list(''), [{ name: 'large.csv', bytes: content.length }]);
  await storage.remove('large.csv');
});

t.test('a list of more than one page is read to its end', async (t) => {
  if (store.lacks.has('pages')) return t.comment('this store has no second page');
  const storage = storageAt('pages');
  const names = Array.from({ length: 1005 }, (_, at) => `${at}.csv`);
  for (let at = 0; at < names.length; at += 15)
    await Promise.all(names.slice(at, at + 15).map((name) => storage.write(name, Buffer.from(name))));
  t.same((await storage.list('')).map(({ name }) => name).sort(), [...names].sort());
  for (let at = 0; at < names.length; at += 15)
    await Promise.all(names.slice(at, at + 15).map((name) => storage.remove(name)));
  return t.same(await storage.list(''), []);
});

const wrong: readonly [what: string, changes: Partial<Store>, says: RegExp, lack: string][] = [
  ['bucket', { bucket: 'no-such-bucket-here' }, /NoSuchBucket.*Create the bucket/, 'buckets'],
  ['access key', { accessKeyId: 'AKIANOBODY' }, /Enter "Access Key ID" and "Secret Access Key" again/, 'keys'],
  ['secret', { secretAccessKey: 'wrong' }, /SignatureDoesNotMatch.*Enter "Secret Access Key" again/, 'signatures'],
  ['region', { region: 'ca-west-1' }, /AuthorizationHeaderMalformed.*Set "S3 Bucket Region"/, 'regions'],
];

for (const [what, changes, says, lack] of wrong) {
  t.test(`a wrong ${what} is named`, async (t) => {
    if (store.lacks.has(lack)) return t.comment('this store does not look at it');
    await t.rejects(storageAt('wrong', changes).write('a', Buffer.from('a')), {
      code: 'bucket_unusable',
      message: says,
    });
  });
}

/** The built program with a tenant that rejects names other than these. */
async function setUp(t: Test, path: string, rejected: object = {}) {
  const accepted = ['good'];
  const program = await setUpProgram(t, {
    streams: ['accounts'],
    sandbox: { objects: { Accounts: { fields: { Id: {}, Name: { picklist: accepted } } } } },
    catalog: catalogOf(['accounts'], 'append_dedup'),
    config: configAt(path, rejected),
  });
  return { program, accepted, storage: storageAt(path) };
}

function configAt(path: string, rejected: object) {
  return {
    streams: [{ stream: 'accounts', object: 'Accounts', key_fields: ['Id'] }],
    polling: { list_lag_seconds: 0 },
    rejected_rows: { fail_above_percent: 100, first_row_number: '2', ...rejected },
    ...settingsOf(store, `${root}/${path}`),
  };
}

const lines = (names: Readonly<Record<string, string>>) =>
  Object.entries(names)
    .map(([Id, Name]) => records('accounts', Id).replace(/"Name":"[^"]*"/, `"Name":"${Name}"`))
    .join('') + state('accounts');

const sync = (program: Program, run: string, names: Readonly<Record<string, string>>) =>
  program.run('write', lines(names), { env: environmentOf({ run, attempt: 0 }) });

/** Runs `load`, which must end with 0. @returns what it prints */
async function load({ folder, flags }: Program, ...args: readonly string[]): Promise<string> {
  const { PATH = '' } = process.env;
  const env = { PATH, TMPDIR: join(folder, 'temporary') };
  const command = [connectorPath, 'load', ...args, ...flags.slice(0, 2)];
  return (await promisify(execFile)(process.execPath, command, { env })).stdout;
}

const rowsOf = ({ sandbox }: Program) => sandbox.rows('Accounts').map(({ Id, Name }) => `${Id} ${Name}`);

t.test('check finds the bucket', async (t) => {
  const { program } = await setUp(t, 'check');
  const { messages } = await program.run('check', '', {}, program.flags.slice(0, 2));
  t.match(messages, [{ type: 'CONNECTION_STATUS', connectionStatus: { status: 'SUCCEEDED' } }]);
  t.same(await storageAt('check').list(''), []);
});

t.test('a sync keeps its rejected rows and its report, and load sends them from there', async (t) => {
  const { program, storage } = await setUp(t, 'sync');
  const first = await sync(program, '41', { 1: 'good', 2: 'bad' });
  t.equal(first.code, 0);
  const names = [
    ...['41/41.0.1.accounts.rejects.csv', '41/41.0.1.accounts.rejects.plan.json'],
    ...['41/41.0.report.html', '41/41.0.report.json'],
  ];
  t.same(
    (await storage.list('')).map(({ name }) => name),
    names,
  );
  t.match(JSON.parse(text(await storage.read('41/41.0.report.json')) ?? ''), { records: { rejected: 1 } });
  const rejects = text(await storage.read(names[0] as string)) ?? '';
  t.match(rejects, /^2,bad,Name,/m);
  await storage.write(names[0] as string, Buffer.from(rejects.replace('2,bad', '2,good')));
  const address = storage.addressOf(names[0] as string);
  t.match(await load(program, address, '--dry-run'), /^To send: 1 file, 1 row, .*No job has loaded rows into/ms);
  t.match(await load(program, address), /1 row: 1 accepted/);
  t.match(await load(program, address), /^Nothing was sent: an earlier load has sent these rows in job J000002\.$/m);
  t.same(rowsOf(program), ['1 good', '2 good']);
});

t.test('rejected rows are sent again in the next sync', async (t) => {
  const { program, accepted, storage } = await setUp(t, 'retry', { retry: 'next_sync' });
  t.equal((await sync(program, '41', { 1: 'good', 2: 'later' })).code, 0);
  t.ok((await storage.list('waiting/')).length > 0);
  accepted.push('later');
  const { logs } = await sync(program, '42', { 3: 'good' });
  t.match(logs.join('\n'), /Rejected rows of earlier syncs: 1 row to be sent again/);
  t.match(logs.join('\n'), /Rejected rows sent again: 1 sent \(1 accepted\) · 0 rows wait/);
  t.same(rowsOf(program), ['1 good', '3 good', '2 later']);
});

/** Lets what the store has on its disk look old. */
function age(folder: string, isOld: (path: string) => boolean): void {
  for (const entry of readdirSync(folder, { recursive: true, withFileTypes: true })) {
    const path = join(entry.parentPath, entry.name);
    if (entry.isFile() && isOld(path)) utimesSync(path, 1_700_000_000, 1_700_000_000);
  }
}

t.test('old files are removed', async (t) => {
  const { program, storage } = await setUp(t, 'old', { keep_days: 1 });
  t.equal((await sync(program, '41', { 1: 'bad' })).code, 0);
  if (store.data !== undefined) age(store.data, (path) => path.includes(`${root}/old/41`));
  const { logs } = await sync(program, '42', { 2: 'bad' });
  const folders = new Set((await storage.list('')).map(({ name }) => name.split('/')[0]));
  if (store.data === undefined) return t.same([...folders], ['41', '42'], 'none is old');
  t.same([...folders], ['42']);
  return t.match(logs.join('\n'), /Removed 4 old files/);
});
