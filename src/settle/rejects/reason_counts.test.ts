import t from 'tap';
import { ReasonCounts, shorten } from './reason_counts.ts';

t.test('a reason is truncated to a length that fits a log line', async (t) => {
  t.equal(shorten('x'.repeat(5000)).length, 2001);
});

t.test('reasons are counted, the most frequent first, and beyond a hundred together', async (t) => {
  const counts = new ReasonCounts();
  counts.add('Name', 'too long');
  counts.add(undefined, 'no key', 5);
  counts.add('Name', 'too long');
  t.strictSame(counts.sorted(), [
    ['no key', 5],
    ['Name: too long', 2],
  ]);
  for (let reason = 0; reason < 1000; reason++) counts.add('Name', `reason ${reason}`);
  t.equal(counts.sorted().length, 101);
  t.strictSame(counts.sorted()[0], ['other reasons', 902]);
  t.equal(counts.total, 1007);
});
