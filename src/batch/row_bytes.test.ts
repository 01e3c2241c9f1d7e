import t from 'tap';
import { RowBytes } from './row_bytes.ts';

t.test('long rows that follow each other are built in the same memory, and a shorter one gives it back', async (t) => {
  const row = new RowBytes();
  const source = Buffer.alloc(3_000_004, 'x');
  const memories = [3_000_000, 2_000_000, 3_000_000, 10, 10].map((length) => {
    row.clear();
    row.raw(source, 0, length);
    t.equal(row.length, length);
    return row.bytes;
  });
  const [first, second, third, short, next] = memories;
  t.ok(first === second && second === third && third === short, 'kept');
  t.ok(next !== short && (next?.length ?? 0) < 1_000_000, 'given back');
});
