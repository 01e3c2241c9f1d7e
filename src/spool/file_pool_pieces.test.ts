import t from 'tap';
import { Pieces } from './file_pool.ts';

t.test('files are read through four buffers, however many wait for one', async (t) => {
  const pieces = new Pieces();
  const seen = new Set<Buffer>();
  let atOnce = 0;
  let most = 0;
  const read = (fails: boolean) =>
    pieces.withBuffer(async (piece) => {
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
