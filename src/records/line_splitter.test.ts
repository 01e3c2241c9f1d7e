import t from 'tap';
import { Kernel } from './kernel/kernel.ts';
import { LineSplitter } from './line_splitter.ts';

const kernel = new Kernel();

interface Seen {
  kind: string;
  number: number;
  text: string;
}

interface Limits {
  maxLineBytes?: number;
  headBytes?: number;
}

/** All lines of these chunks, copied at once: they are the same whether taken one by one or several together. */
function split(chunks: readonly Buffer[], limits?: Limits): Seen[] {
  const seen = splitBy(chunks, limits, () => undefined);
  const together = splitBy(chunks, limits, takeTogether);
  if (JSON.stringify(seen) !== JSON.stringify(together)) throw new Error(`other lines: ${JSON.stringify(together)}`);
  return seen;
}

/** Takes the complete lines in memory up to the next blank one. */
function takeTogether(splitter: LineSplitter, seen: Seen[]): void {
  splitter.fill();
  const { buffer, from, upTo } = splitter;
  const texts = upTo <= from ? [] : buffer.toString('utf8', from, upTo - 1).split('\n');
  const blank = texts.findIndex((text) => /^[ \t\r]*$/.test(text));
  const lines = blank < 0 ? texts : texts.slice(0, blank);
  if (lines.length === 0) return;
  for (const [at, text] of lines.entries()) seen.push({ kind: 'line', number: splitter.lineNumber + at + 1, text });
  splitter.skip(lines.length, from + Buffer.byteLength(`${lines.join('\n')}\n`));
}

function splitBy(
  chunks: readonly Buffer[],
  limits: Limits | undefined,
  first: (splitter: LineSplitter, seen: Seen[]) => void,
): Seen[] {
  const splitter = new LineSplitter(kernel, limits);
  const seen: Seen[] = [];
  const next = () => {
    first(splitter, seen);
    return splitter.next();
  };
  const take = () => {
    for (let kind = next(); kind !== undefined; kind = next()) {
      const text = splitter.buffer.toString('utf8', splitter.start, splitter.stop);
      seen.push({ kind, number: splitter.lineNumber, text });
      if (kind === 'line' && splitter.buffer[splitter.stop] !== 0x0a) throw new Error('a line without a line feed');
    }
  };
  for (const chunk of chunks) {
    splitter.push(chunk);
    take();
  }
  splitter.end();
  take();
  return seen;
}

const line = (number: number, text: string): Seen => ({ kind: 'line', number, text });

const cases: readonly [name: string, input: string, expected: Seen[]][] = [
  ['nothing', '', []],
  ['one line', 'a\n', [line(1, 'a')]],
  ['a last line without a line feed', 'a\nb', [line(1, 'a'), line(2, 'b')]],
  ['blank lines are counted and skipped', '\n \t\r\na\n\n  \nb\n \n', [line(3, 'a'), line(6, 'b')]],
  ['CR stays with its line', 'a\r\nb\rc\r\n', [line(1, 'a\r'), line(2, 'b\rc\r')]],
  [
    'U+2028, U+2029, U+0085, FF and VT split nothing',
    'a\u2028b\u2029c\u0085d\fe\vf\n',
    [line(1, 'a\u2028b\u2029c\u0085d\fe\vf')],
  ],
  ['a last line of white space', 'a\n  ', [line(1, 'a')]],
];

t.test('lines end at a line feed alone', async (t) => {
  for (const [name, input, expected] of cases) t.same(split([Buffer.from(input)]), expected, name);
});

t.test('lines are the same wherever the chunks are cut', async (t) => {
  const input = Buffer.from('{"a":"é"}\n\n  \n😀 long enough to be carried over several chunks\nlast');
  const whole = split([input]);
  t.equal(whole.length, 3);
  for (let cut = 0; cut <= input.length; cut++) {
    t.same(split([input.subarray(0, cut), input.subarray(cut)]), whole, `cut at ${cut}`);
    const middle = Math.min(input.length, cut + 7);
    t.same(
      split([input.subarray(0, cut), input.subarray(cut, middle), input.subarray(middle)]),
      whole,
      `and at ${middle}`,
    );
  }
  t.same(split(Array.from(input, (byte) => Buffer.of(byte))), whole, 'every byte a chunk');
});

t.test('a line that is too long is skipped and its head kept', async (t) => {
  const limits = { maxLineBytes: 10, headBytes: 4 };
  const input = Buffer.from('0123456789\n0123456789A\nb\nabcdefghijklmnopqrstuvwxyz');
  const expected = [
    line(1, '0123456789'),
    { kind: 'long', number: 2, text: '0123' },
    line(3, 'b'),
    { kind: 'long', number: 4, text: 'abcd' },
  ];
  t.same(split([input], limits), expected);
  t.same(
    split(
      Array.from(input, (byte) => Buffer.of(byte)),
      limits,
    ),
    expected,
  );
  for (let size = 2; size < input.length; size++) {
    const chunks: Buffer[] = [];
    for (let at = 0; at < input.length; at += size) chunks.push(input.subarray(at, at + size));
    t.same(split(chunks, limits), expected, `chunks of ${size}`);
  }
});

t.test('a line of 200 MB is not held in memory', async (t) => {
  const splitter = new LineSplitter(kernel);
  const chunk = Buffer.alloc(65_536, 'x');
  const before = process.memoryUsage().arrayBuffers;
  let most = 0;
  for (let i = 0; i < 3052; i++) {
    splitter.push(chunk);
    if (splitter.next() !== undefined) t.fail('no line can be there yet');
    if (i % 100 === 0) most = Math.max(most, process.memoryUsage().arrayBuffers - before);
  }
  splitter.push(Buffer.from('\nnext\n'));
  t.equal(splitter.next(), 'long');
  t.equal(splitter.stop - splitter.start, 65_536);
  t.equal(splitter.next(), 'line');
  t.equal(splitter.buffer.toString('utf8', splitter.start, splitter.stop), 'next');
  t.ok(most < 3 * 32_000_000, `${most} bytes at most`);
});

t.test('a chunk that is not used up is never lost silently', async (t) => {
  const splitter = new LineSplitter(kernel);
  splitter.push(Buffer.alloc(1 << 20, 'a\n'));
  splitter.next();
  t.throws(() => splitter.push(Buffer.from('c\n')), /not yet used up/);
});

t.test('a line longer than its memory is read completely, and so is the next one', async (t) => {
  for (const length of [1 << 20, (1 << 20) + 1, 3_000_000, 20_000_000]) {
    const text = Buffer.alloc(length, 'abcdefghijklm');
    const input = Buffer.concat([Buffer.from('before\n'), text, Buffer.from('\nbehind')]);
    const splitter = new LineSplitter(new Kernel());
    const seen: boolean[] = [];
    const take = (expected: readonly Buffer[]) => {
      while (splitter.next()) {
        const line = splitter.buffer.subarray(splitter.start, splitter.stop);
        seen.push(expected[splitter.lineNumber - 1]?.equals(line) ?? false);
      }
    };
    const expected = [Buffer.from('before'), text, Buffer.from('behind')];
    for (let at = 0; at < input.length; at += 65_536) {
      splitter.push(input.subarray(at, at + 65_536));
      take(expected);
    }
    splitter.end();
    take(expected);
    t.same(seen, [true, true, true], `${length} bytes`);
  }
});

t.test('lines after one that is too long stay lines, in a chunk that is taken in pieces', async (t) => {
  const short = Array.from({ length: 200 }, (_, at) => `line ${at}`);
  const input = Array.from({ length: 300 }, () => ['x'.repeat(2000), ...short].join('\n')).join('\n');
  const seen = split([Buffer.from(input)], { maxLineBytes: 1000, headBytes: 10 });
  t.equal(seen.length, 300 * 201);
  t.same([...new Set(seen.map(({ kind, text }) => `${kind} ${text}`))].length, 201);
});
