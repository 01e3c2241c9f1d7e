import { createHash } from 'node:crypto';
import { appendFile, truncate, utimes, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import t from 'tap';
import { type FilePart, filePart } from './file_part.ts';

/** Reads a part; `meanwhile` is called after its first piece. */
async function read(part: FilePart, meanwhile?: () => Promise<void>): Promise<Buffer> {
  const pieces: Uint8Array[] = [];
  for await (const piece of part.pieces()) {
    if (pieces.push(piece) === 1) await meanwhile?.();
  }
  return Buffer.concat(pieces);
}

t.test('a file is read unchanged since it became a part, or not at all', async (t) => {
  const path = join(t.testdir(), 'file.csv');
  for (const length of [0, 1, 262_144, 1_048_576, 1_048_577, 3_000_000]) {
    const bytes = Buffer.alloc(length, 'Name,Id\n');
    await writeFile(path, bytes);
    const part = await filePart(path, 'text/csv');
    t.equal(part.size, length);
    t.equal(part.type, 'text/csv');
    t.ok(bytes.equals(await read(part)), `${length} bytes`);
  }
  const grown = await filePart(path, 'text/csv');
  await appendFile(path, 'more');
  await t.rejects(read(grown), { message: 'the file was changed before it was sent' });
  const touched = await filePart(path, 'text/csv');
  await utimes(path, 1, 1);
  await t.rejects(read(touched), { message: 'the file was changed before it was sent' });
  const bytes = Buffer.alloc(5_000_000, 'Name,Id\n');
  await writeFile(path, bytes);
  const growing = await filePart(path, 'text/csv');
  t.ok(bytes.equals(await read(growing, () => appendFile(path, 'more'))), 'no more than there was');
  const shrinking = await filePart(path, 'text/csv');
  await t.rejects(
    read(shrinking, () => truncate(path, 1_500_000)),
    { message: /changed/ },
  );
  await t.rejects(filePart(`${path}.other`, 'text/csv'), { message: /changed/, cause: { code: 'ENOENT' } });
});

t.test('the last bytes of a changed file are never passed on', async (t) => {
  const path = join(t.testdir(), 'file.csv');
  for (const length of [1, 262_144, 3_000_000]) {
    const bytes = Buffer.alloc(length, 'Name,Id\n');
    await writeFile(path, bytes);
    const proof = { prefix: 'of s\n', hash: createHash('sha256').update('of s\n').update(bytes).digest('base64url') };
    t.ok(bytes.equals(await read(await filePart(path, 'text/csv', proof))), `${length} bytes`);
    bytes[length >> 1] = 0x21;
    await writeFile(path, bytes);
    let handed = 0;
    const part = (await filePart(path, 'text/csv', proof)).pieces();
    const reading = (async () => {
      for await (const piece of part) handed += piece.length;
    })();
    await t.rejects(reading, { message: /changed/ });
    t.ok(handed < length, `${handed} of ${length}`);
  }
});
