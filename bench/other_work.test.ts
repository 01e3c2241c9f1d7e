import { cpus } from 'node:os';
import t from 'tap';
import { busySeconds, ownSeconds, processorTime, shareOfOthers } from './other_work.ts';

t.test('busy is all but idle time and waiting for disks, with what the host took', async (t) => {
  t.equal(busySeconds('cpu  100 20 30 99999 88888 4 6 40 7 7\ncpu0 1 1 1 1 1 1 1 1 1 1\n'), 2);
});

t.test('a process is counted with its ended children, whatever its name', async (t) => {
  const times = '150 50 1000 200 20 0';
  t.same(ownSeconds(`42 (a) b (c) R 1 2 3 4 5 6 7 8 9 10 ${times}\n`), { own: 2, children: 12 });
});

t.test('the share of others is what is left of the busy time, and never below nothing', async (t) => {
  const time = (busy: number, own: number, children: number) => ({ busy, own, children });
  const seconds = 10 / cpus().length;
  t.equal(shareOfOthers(time(5, 1, 1), time(12, 2, 3), seconds), 0.4);
  t.equal(shareOfOthers(time(5, 1, 1), time(6, 3, 3), seconds), 0);
});

t.test(
  'this system says what this process has used',
  { skip: process.platform !== 'linux' && 'only Linux does' },
  async (t) => {
    const { busy = 0, own = 0 } = processorTime() ?? {};
    t.ok(own > 0 && busy > own, `${own} s of ${busy} s`);
  },
);
