import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { existsSync, mkdirSync, readdirSync, readFileSync, readlinkSync, rmSync, statSync, symlinkSync } from 'node:fs';
import t from 'tap';
import { append, header, openSpool, planOf } from '../../integration_tests/support/spool.ts';
import { FilePool } from './file_pool.ts';
import { processStartTime, Spool } from './spool.ts';

/** Number of files in `folder` that this process holds open. */
function openFiles(folder: string): number {
  const isOurs = (descriptor: string): boolean => readDescriptor(descriptor).startsWith(folder);
  return readdirSync('/proc/self/fd').filter(isOurs).length;
}

function readDescriptor(descriptor: string): string {
  try {
    return readlinkSync(`/proc/self/fd/${descriptor}`);
  } catch {
    return '';
  }
}

t.test('only this user reads the folder and its files, and nothing is left of them', async (t) => {
  const parent = t.testdir();
  const spool = await Spool.open({ parent, limitBytes: 5e6, pid: process.pid, startTime: '77' });
  t.equal(spool.folder, `${parent}/destination-gainsight-${process.pid}-77`);
  t.equal(spool.limitBytes, 5e6);
  t.equal(statSync(spool.folder).mode & 0o777, 0o700);
  const batch = spool.openBatch(planOf('UPSERT'), header);
  append(batch, 1, 'a');
  const closed = await batch.close('end');
  t.equal(statSync(closed.path).mode & 0o777, 0o600);
  await spool.remove();
  t.strictSame(readdirSync(parent), []);
  await closed.remove();
  const other = await openSpool(parent);
  append(other.openBatch(planOf('UPSERT'), header), 1, 'a');
  other.removeSync();
  t.strictSame(readdirSync(parent), []);
});

t.test('200 open batches share few buffers and few open files', async (t) => {
  const pool = new FilePool(64 * 1024, 10);
  const spool = await openSpool(t.testdir(), pool);
  const batches = Array.from({ length: 200 }, (_, id) =>
    spool.openBatch(planOf(id % 2 ? 'INSERT' : 'UPSERT', id), header),
  );
  let mostBuffers = 0;
  let mostFiles = 0;
  for (let round = 0; round < 60; round += 1) {
    for (const batch of batches) append(batch, round % 7, `round ${round} of ${batch.plan.id}`);
    mostBuffers = Math.max(mostBuffers, pool.bufferBytes);
    mostFiles = Math.max(mostFiles, openFiles(spool.folder));
  }
  t.ok(mostBuffers > 32 * 1024 && mostBuffers <= 64 * 1024, `${mostBuffers} bytes of buffers`);
  t.ok(mostFiles > 1 && mostFiles <= 10, `${mostFiles} open files`);
  for (const batch of batches) {
    const first = batch.plan.operation === 'INSERT' ? 0 : 53;
    const rounds = Array.from({ length: 60 - first }, (_, at) => first + at);
    const rows = rounds.map((round) => `${round % 7},round ${round} of ${batch.plan.id}\n`);
    const closed = await batch.close('end');
    t.equal(readFileSync(closed.path, 'utf8'), header + rows.join(''));
    await closed.remove();
  }
  t.match(pool, { bufferBytes: 0, openDescriptors: 0, usedBytes: 0 });
  t.strictSame(readdirSync(spool.folder), []);
  await spool.remove();
});

t.test('buffers move from idle files to files that are written to', async (t) => {
  const pool = new FilePool(16 * 1024, 10);
  const spool = await openSpool(t.testdir(), pool);
  const batches = Array.from({ length: 6 }, (_, id) => spool.openBatch(planOf('INSERT', id), header));
  for (const batch of batches) {
    for (let at = 0; at < 300; at += 1) append(batch, at, 'x'.repeat(100));
    const csv = readFileSync(`${spool.folder}/${batch.id}.csv`).length;
    t.ok(batch.bytes - csv > 2048, `batch ${batch.plan.id} writes ${batch.bytes - csv} bytes at a time`);
  }
  t.ok(pool.bufferBytes <= 16 * 1024);
  await spool.remove();
});

t.test('used bytes are those of the files', async (t) => {
  // Without memory for buffers everything is written at once.
  const spool = await openSpool(t.testdir(), new FilePool(0, 4));
  const batch = spool.openBatch(planOf('UPSERT'), header);
  const held = spool.texts.put('state');
  for (let at = 0; at < 5000; at += 1) append(batch, at % 50, 'x'.repeat(at % 1000));
  const sizes = () =>
    readdirSync(spool.folder).reduce((sum, name) => sum + statSync(`${spool.folder}/${name}`).size, 0);
  t.equal(spool.usedBytes, sizes());
  await batch.compact();
  append(batch, 1, 'again');
  t.equal(spool.usedBytes, sizes());
  const closed = await batch.close('end');
  t.equal(spool.usedBytes, sizes());
  await closed.remove();
  spool.texts.drop(held);
  t.equal(spool.usedBytes, 0);
  await spool.remove();
});

t.test('texts come back as they were put and make room when they are dropped', async (t) => {
  const spool = await openSpool(t.testdir());
  const long = 'é\u2028😀'.repeat(1_000_000);
  const texts = ['{"id":1}', '', long, Buffer.from('{"n":123456789012345678901234567890}'), long];
  const refs = texts.map((text) => spool.texts.put(text));
  for (const [at, ref] of refs.entries()) t.ok(spool.texts.get(ref).equals(Buffer.from(texts[at] ?? '?')));
  t.equal(readdirSync(spool.folder).length, 2, 'a large file is followed by another');
  for (const ref of refs.slice(0, 3)) spool.texts.drop(ref);
  t.match(spool.usedBytes, 9_000_044, 'with the last of its texts a file goes');
  for (const ref of refs.slice(3)) spool.texts.drop(ref);
  t.equal(spool.usedBytes, 0);
  const again = spool.texts.put('again');
  t.equal(spool.usedBytes, 9, 'the text and its length');
  t.equal(spool.texts.get(again).toString(), 'again');
  await spool.remove();
});

t.test('states that come and go for days leave no memory in use', async (t) => {
  const spool = await openSpool(t.testdir());
  let last = spool.texts.put('');
  let most = 0;
  for (let round = 0; round < 400; round += 1) {
    const next = spool.texts.put('s'.repeat(100_000));
    spool.texts.drop(last);
    last = next;
    most = Math.max(most, spool.usedBytes);
  }
  t.ok(most < 8_300_000, `${most} bytes`);
  await spool.remove();
});

t.test('a failing disk is reported as disk_failed', async (t) => {
  const parent = t.testdir();
  await t.rejects(Spool.open({ parent: `${parent}/none`, limitBytes: 1, pid: 1, startTime: '1' }), {
    code: 'spool_folder_unusable',
  });
  const same = { parent, limitBytes: 1, pid: process.pid, startTime: processStartTime(process.pid) ?? '' };
  const spool = await Spool.open(same);
  await t.rejects(Spool.open(same), { code: 'disk_failed' }, 'a folder is never shared');
  const batch = spool.openBatch(planOf('INSERT'), header);
  symlinkSync('/dev/full', `${spool.folder}/1.csv`);
  t.throws(() => append(batch, 1, 'x'.repeat(300_000)), { code: 'disk_failed', message: /ENOSPC/ });
  const other = spool.openBatch(planOf('INSERT'), header);
  append(other, 1, 'a');
  rmSync(spool.folder, { recursive: true });
  await t.rejects(other.close('end'), { code: 'disk_failed', message: /ENOENT/ });
  t.throws(() => spool.texts.put('x'.repeat(300_000)), { code: 'disk_failed' });
});

t.test('a failed close does not block the next', async (t) => {
  const spool = await openSpool(t.testdir());
  const [broken, sound] = [spool.openBatch(planOf('INSERT'), header), spool.openBatch(planOf('INSERT'), header)];
  for (const batch of [broken, sound]) append(batch, 1, 'a');
  symlinkSync('/dev/full', `${spool.folder}/1.csv`);
  const both = await Promise.allSettled([broken.close('end'), sound.close('end')]);
  t.strictSame(
    both.map((one) => one.status),
    ['rejected', 'fulfilled'],
  );
  await spool.remove();
});

/** A process that creates a spool with a file in it, and then waits. */
async function spoolOfAnother(parent: string): Promise<ChildProcess> {
  const module = (name: string) => JSON.stringify(new URL(name, import.meta.url).href);
  const script = `
    import { Spool } from ${module('./spool.js')};
    import { processStartTime } from ${module('./spool.js')};
    const spool = await Spool.open({ parent: process.argv[1], limitBytes: 1, pid: process.pid, startTime: processStartTime(process.pid) });
    spool.texts.put('x'.repeat(300_000));
    console.log('made');
    setInterval(() => {}, 1000);`;
  const child = spawn(process.execPath, ['--input-type=module', '-e', script, parent], {
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  await once(child.stdout, 'data');
  return child;
}

t.test('what a killed process left is removed at the next start, and nothing else', async (t) => {
  const parent = t.testdir({ 'destination-gainsight-notes': {}, 'destination-gainsight-1-2.txt': 'kept' });
  const [killed, alive] = [await spoolOfAnother(parent), await spoolOfAnother(parent)];
  const folderOf = (child: ChildProcess) => readdirSync(parent).find((name) => name.includes(`-${child.pid}-`)) ?? '';
  const [left, kept] = [folderOf(killed), folderOf(alive)];
  t.strictSame(readdirSync(`${parent}/${left}`), ['states-1']);
  killed.kill('SIGKILL');
  await once(killed, 'exit');
  // The number was given to another process since, which is alive.
  const reused = `${parent}/destination-gainsight-${alive.pid}-1`;
  mkdirSync(reused);
  const spool = await openSpool(parent);
  t.notOk(existsSync(`${parent}/${left}`));
  t.notOk(existsSync(reused));
  t.ok(existsSync(`${parent}/${kept}/states-1`), 'a live process keeps its own');
  t.equal(readdirSync(parent).filter((name) => /notes|txt/.test(name)).length, 2);
  alive.kill('SIGKILL');
  await once(alive, 'exit');
  await spool.remove();
});

t.test('the start time of a process is known by its number', (t) => {
  t.match(processStartTime(process.pid), /^\d+$/);
  t.equal(processStartTime(2 ** 30), undefined);
  t.end();
});
