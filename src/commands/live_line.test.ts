import { PassThrough } from 'node:stream';
import t from 'tap';
import { FakeClock } from '../../integration_tests/support/fake_clock.ts';
import { drawLine, type Shown } from './live_line.ts';

const erase = '\r\u001b[2K';

function setUp(columns = 80, isTTY = true) {
  const shown: string[] = [];
  const stream = (name: string) => {
    const made = new PassThrough() as unknown as Shown & { isTTY: boolean; columns: number };
    made.isTTY = isTTY;
    made.columns = columns;
    made.write = ((text: string) => {
      shown.push(`${name}: ${text.replace('\u001b[2m', '').replace('\u001b[22m', '')}`);
      return true;
    }) as Shown['write'];
    return made;
  };
  const [terminal, other] = [stream('err'), stream('out')];
  return { clock: new FakeClock(), other, others: [other], shown, terminal };
}

t.test('the line is drawn four times a second at most, only when it changes, and erased at its end', async (t) => {
  const parts = setUp();
  const { clock, shown } = parts;
  let draws = 0;
  const end = drawLine(parts, () => `draw ${Math.floor(draws++ / 2)}`);
  await clock.sleep(1100);
  end();
  end();
  await clock.sleep(1000);
  t.equal(draws, 5, 'at 0, 250, 500, 750 and 1,000 ms');
  t.same(shown, [...['draw 0', 'draw 1', 'draw 2'].map((text) => `err: ${erase}${text}`), `err: ${erase}`]);
});

t.test('what others write takes its place, and it is drawn again below', async (t) => {
  const parts = setUp();
  const { clock, other, shown, terminal } = parts;
  const end = drawLine(parts, () => 'line');
  other.write('message\n');
  terminal.write('hint\n');
  await clock.sleep(300);
  end();
  other.write('after\n');
  const drawn = `err: ${erase}line`;
  t.same(shown, [drawn, `err: ${erase}`, 'out: message\n', 'err: hint\n', drawn, `err: ${erase}`, 'out: after\n']);
});

t.test('one column stays free, and a terminal without a width counts as 80 columns', async (t) => {
  for (const [columns, room] of [
    [100, 99],
    [0, 79],
  ] as const) {
    const asked: number[] = [];
    drawLine(setUp(columns), (free) => `${asked.push(free)}`)();
    t.same(asked, [room]);
  }
});

t.test('a stream that is no terminal is left alone', async (t) => {
  const parts = setUp();
  const file = setUp(80, false).other;
  const { write } = file;
  const end = drawLine({ ...parts, others: [file] }, () => 'line');
  t.equal(file.write, write);
  end();
});
