import { appendFile, utimes, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import t from 'tap';
import { filePart } from './file_part.ts';

async function read(part: Blob): Promise<Buffer> {
  const pieces: Uint8Array[] = [];
  for await (const piece of part.stream() as AsyncIterable<Uint8Array>) pieces.push(piece);
  return Buffer.concat(pieces);
}

t.test('a file is read as it was when it became a part, or not at all', async (t) => {
  const path = join(t.testdir(), 'file.csv');
  for (const length of [0, 1, 262_144, 1_000_000]) {
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
  await t.rejects(filePart(`${path}.other`, 'text/csv'), { code: 'ENOENT' });
});
