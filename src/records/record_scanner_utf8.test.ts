import { isUtf8 } from 'node:buffer';
import t from 'tap';
import { pick, randomFrom } from '../../integration_tests/support/random.ts';
import { Kernel } from './kernel/kernel.ts';
import { LineSplitter } from './line_splitter.ts';
import { Utf8Check } from './record_scanner.ts';

const texts = ['plain', 'é', '語', '😀', '\u0000'].map((text) => Buffer.from(text));
const wrong = [[0x80], [0xc3], [0xe8, 0xaa], [0xed, 0xa0, 0x80], [0xf0, 0x9f, 0x98], [0xff]].map((bytes) =>
  Buffer.from(bytes),
);

t.test('each line is checked by its own bytes, however lines are split into chunks', async (t) => {
  const random = randomFrom(20_260_103);
  const check = new Utf8Check();
  const kernel = new Kernel();
  for (let round = 0; round < 300; round++) {
    const input = Buffer.concat(
      Array.from({ length: 40 }, () => pick(random, random(12) === 0 ? wrong : [...texts, Buffer.from('\n')])),
    );
    const splitter = new LineSplitter(kernel);
    const judged: boolean[] = [];
    const judge = () => {
      while (splitter.next()) judged.push(check.holds(splitter.buffer, splitter.start, splitter.stop));
    };
    for (let at = 0; at < input.length; ) {
      const length = 1 + random(60);
      splitter.push(Buffer.from(input.subarray(at, at + length)));
      judge();
      at += length;
    }
    splitter.end();
    judge();
    t.same(judged, linesOf(input).map(isUtf8), `round ${round}`);
  }
});

function linesOf(input: Buffer): Buffer[] {
  const lines: Buffer[] = [];
  for (let at = 0; at < input.length; ) {
    const end = input.indexOf(0x0a, at);
    const stop = end < 0 ? input.length : end;
    if (stop > at) lines.push(input.subarray(at, stop));
    at = stop + 1;
  }
  return lines;
}
