import { mkdirSync, readdirSync, utimesSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import t from 'tap';
import { day } from '../../clock.ts';
import { FolderStorage } from './folder_storage.ts';
import { oldFiles, removeOldFiles } from './old_files.ts';
import type { Nesting } from './store.ts';

const now = Date.UTC(2026, 7, 21);
const age = { now, longestMs: 30 * day };
const stop = new AbortController();

/** A file that was last written so many days ago. */
const file = (name: string, days: number) => ({ name, bytes: 1, modifiedMs: now - days * day });
const old = (nesting: Nesting, ...names: string[]) =>
  oldFiles(
    names.map((name) => file(name, 31)),
    nesting,
    age,
  );

t.test('only names that the connector gives are removed', async (t) => {
  const own = [
    '42.0.1.public.stream_0.rejects.csv',
    '42.0.1.public.stream_0.rejects.plan.json',
    '42.11.2.accounts.batch.csv',
    '42.11.2.accounts.batch.plan.json',
    '42.0.report.json',
    '42.0.report.html',
    'a1b2c3.d-e_f.0.report.json',
    'load-abc.0.report.2026-11-30T22.54.54.123Z.html',
    'load-abc.1.report.2026-11-30T22.54.54.123Z.json',
  ];
  for (const name of own) t.strictSame(old('flat', name), [name], name);
  const inBucket = ['42/42.0.1.accounts.rejects.csv', '42/42.0.report.html', '42/42.0.report.json'];
  t.strictSame(old('by run', ...inBucket), inBucket);
  t.strictSame([...old('flat', ...inBucket), ...old('by run', ...own)], [], 'where the connector writes none');
  const others = [
    'report.json',
    '42.report.json',
    '42.x.report.json',
    '42.0.report.json.bak',
    '42.0.report.2026.json',
    '42.0.report.2026-11-30.html',
    'my 42.0.report.json',
    '42.0.accounts.rejects.csv',
    '42.0.1.accounts.csv',
    '42.0.1.accounts.rejects.csv.mended',
    '2024.01.02.sales.rejects.csv',
    '2024.1.02.sales.rejects.csv',
    '2024.01.1.sales.batch.plan.json',
    'sales.2024.report.json',
    '42.0.0.accounts.rejects.csv',
    'mended/42.0.1.accounts.rejects.csv',
    '4/42.0.1.accounts.rejects.csv',
    'given_up/42.0.1.accounts.rejects.csv',
    'deep/42/42.0.1.accounts.rejects.csv',
    'waiting/42.0.json',
    `${'x'.repeat(41)}.0.report.json`,
  ];
  t.strictSame([...old('flat', ...others), ...old('by run', ...others)], []);
});

t.test('a file goes once it is older than the days, the oldest first', async (t) => {
  const files = [file('1.0.report.json', 30), file('2.0.report.json', 30.01), file('3.0.report.json', 99)];
  t.strictSame(oldFiles(files, 'flat', age), ['3.0.report.json', '2.0.report.json']);
});

t.test('a plan stays as long as its rows, to which some may have come later', async (t) => {
  const plan = file('1.0.1.a.rejects.plan.json', 40);
  t.strictSame(oldFiles([plan, file('1.0.1.a.rejects.csv', 20)], 'flat', age), []);
  t.strictSame(oldFiles([plan], 'flat', age), ['1.0.1.a.rejects.plan.json']);
  t.same(oldFiles([plan, file('1.0.1.a.rejects.csv', 35)], 'flat', age).length, 2);
});

t.test('files are removed from the storage, until a stop', async (t) => {
  const folder = t.testdir();
  const write = (name: string, days: number) => {
    mkdirSync(dirname(join(folder, name)), { recursive: true });
    writeFileSync(join(folder, name), 'x');
    utimesSync(join(folder, name), (now - days * day) / 1000, (now - days * day) / 1000);
  };
  const storage = new FolderStorage(folder);
  write('1.0.1.a.rejects.csv', 31);
  write('2/2.0.1.a.rejects.csv', 31);
  write('3.0.1.a.rejects.csv', 29);
  write('notes.csv', 400);
  t.equal(await removeOldFiles(storage, 'flat', age, AbortSignal.abort()), 0);
  t.equal(await removeOldFiles(storage, 'flat', age, stop.signal), 1);
  t.strictSame(readdirSync(folder).sort(), ['2', '3.0.1.a.rejects.csv', 'notes.csv']);
  t.equal(await removeOldFiles(storage, 'by run', age, stop.signal), 1);
  t.strictSame(readdirSync(join(folder, '2')), []);
  t.equal(await removeOldFiles(storage, 'flat', age, stop.signal), 0);
});

t.test('of very many files a thousand are removed, so that the sync is not held up', async (t) => {
  const folder = t.testdir();
  for (let run = 0; run < 1005; run++) writeFileSync(join(folder, `${run}.0.report.json`), '');
  const later = { now: now + 3650 * day, longestMs: day };
  t.equal(await removeOldFiles(new FolderStorage(folder), 'flat', later, stop.signal), 1000);
  t.equal(readdirSync(folder).length, 5);
});
