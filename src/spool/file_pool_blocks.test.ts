import t from 'tap';
import { Blocks, blockBytes, noBlock } from './file_pool.ts';

t.test('returned blocks are taken next, in the same order', async (t) => {
  const blocks = new Blocks(4 * blockBytes + 100);
  t.equal(blocks.bytes.length, 4 * blockBytes, 'only whole blocks are used');
  const taken = Array.from({ length: 4 }, () => blocks.take() as number);
  t.equal(new Set(taken).size, 4);
  t.equal(blocks.take(), undefined);
  const [first, second, third] = taken as [number, number, number];
  blocks.chain(third, second);
  blocks.give(third, second);
  blocks.give(first, first);
  t.equal(blocks.free, 3);
  t.strictSame([blocks.take(), blocks.take(), blocks.take(), blocks.take()], [first, third, second, undefined]);
});

t.test('adjacent blocks are one piece', async (t) => {
  const blocks = new Blocks(5 * blockBytes);
  const [a, b, c, d] = Array.from({ length: 4 }, () => blocks.take() as number) as [number, number, number, number];
  for (const block of [a, b, c, d]) blocks.bytes.fill(block / blockBytes, block, block + blockBytes);
  const piecesOf = (order: readonly number[], length: number) => {
    for (const [at, block] of order.entries()) if (at > 0) blocks.chain(order[at - 1] as number, block);
    return blocks.pieces(order[0] ?? noBlock, length);
  };
  const lengths = (order: readonly number[], length: number) => piecesOf(order, length).map((piece) => piece.length);
  t.strictSame(lengths([a, b, c, d], 3 * blockBytes + 7), [3 * blockBytes + 7]);
  t.strictSame(lengths([a, c, d], 2 * blockBytes + 1), [blockBytes, blockBytes + 1]);
  t.strictSame(lengths([d, a], blockBytes + 5), [blockBytes, 5]);
  t.strictSame(lengths([], 0), []);
  const bytes = Buffer.concat(piecesOf([d, a, b], 2 * blockBytes + 1));
  t.strictSame(
    [bytes[0], bytes[blockBytes], bytes[2 * blockBytes]],
    [d, a, b].map((block) => block / blockBytes),
  );
});
