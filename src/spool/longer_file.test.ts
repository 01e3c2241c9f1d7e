import { createHash } from 'node:crypto';
import { readFileSync } from 'node:fs';
import t from 'tap';
import { append, header, openSpool, planOf } from '../../integration_tests/support/spool.ts';
import { asSent, withRows } from './longer_file.ts';

const plan = planOf('UPSERT');

t.test('rows are written behind those of a batch, replaced, and taken away again', async (t) => {
  const spool = await openSpool(t.testdir());
  const open = spool.openBatch(plan, header);
  append(open, 1, 'Ada');
  append(open, 2, '"two\nlines"');
  const batch = await open.close('end');
  const own = readFileSync(batch.path, 'utf8');
  for (const texts of [['3,Cy\n'], ['4,"a\n\nb"\n', '5,\n']]) {
    const file = await withRows(
      batch,
      texts.map((text) => Buffer.from(text)),
    );
    const content = readFileSync(batch.path, 'utf8');
    t.equal(content, own + texts.join(''));
    t.match(file, {
      path: batch.path,
      bytes: content.length,
      rows: 2 + texts.length,
      records: 2,
      digest: batch.digest,
    });
    const hash = createHash('sha256').update(`${file.proof.prefix}${content}`).digest('base64url');
    t.equal(file.proof.hash, hash, 'what is sent is checked against the whole file');
    t.equal((await file.readRow(1)).toString(), '2,"two\nlines"');
    t.equal(`${await file.readRow(2)}\n`, texts[0]);
    t.equal(await file.recordsOf(2), 0);
  }
  t.equal(await withRows(batch, []), batch);
  t.equal(readFileSync(batch.path, 'utf8'), own);
  await spool.remove();
});

t.test('lines of a file are those of its rows, line breaks in cells included', async (t) => {
  const spool = await openSpool(t.testdir());
  const open = spool.openBatch(plan, header);
  append(open, 1, 'Ada');
  append(open, 2, '"two\nlines"');
  const batch = await open.close('end');
  const file = asSent(batch, [Buffer.from('4,"a\n\nb"\n'), Buffer.from('5,\n')]);
  t.same(await file.rowsAtLines([1, 2, 3, 4, 5, 6, 7, 8, 9]), [undefined, 0, 1, 1, 2, 2, 2, 3, undefined]);
  t.same(await file.rowsAtLines([2, 4]), [0, 1]);
  await spool.remove();
});
