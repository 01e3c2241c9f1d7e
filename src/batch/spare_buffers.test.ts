import t from 'tap';
import { Pieces, SpareBuffers } from './spare_buffers.ts';

t.test('a buffer that was given up is the next of its size', async (t) => {
  const spare = new SpareBuffers();
  const [small, large] = [spare.take(512), spare.take(4096)];
  spare.give(small);
  spare.give(large);
  t.equal(spare.bytes, 4608);
  t.equal(spare.take(4096), large);
  t.equal(spare.take(512), small);
  t.equal(spare.bytes, 0);
  t.not(spare.take(512), small);
});

t.test('buffers that nobody needs are let go of', async (t) => {
  const spare = new SpareBuffers();
  for (const size of [512, 512, 4096, 4096]) spare.give(Buffer.alloc(size));
  spare.shrink(8192);
  t.equal(spare.bytes, 8192);
  spare.shrink(-1);
  t.equal(spare.bytes, 0);
});

t.test('files are read through four buffers, however many wait for one', async (t) => {
  const pieces = new Pieces();
  const seen = new Set<Buffer>();
  let atOnce = 0;
  let most = 0;
  const read = (fails: boolean) =>
    pieces.lend(async (piece) => {
      seen.add(piece);
      atOnce += 1;
      most = Math.max(most, atOnce);
      await new Promise(setImmediate);
      atOnce -= 1;
      if (fails) throw new Error('unreadable');
    });
  const all = await Promise.allSettled(Array.from({ length: 100 }, (_, at) => read(at % 3 === 0)));
  t.equal(all.filter(({ status }) => status === 'rejected').length, 34);
  t.equal(most, 4);
  t.equal(seen.size, 4);
});
