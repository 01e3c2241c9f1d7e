/** Rejected rows in a bucket, under every fault of every request to it. */
import t from 'tap';
import { type BucketCase, judgeEach } from './bucket_sync.ts';

const cases: readonly BucketCase[] = [
  { name: 'refused from then on', act: { status: 403, code: 'AccessDenied' }, isOnce: false, code: 'bucket_unusable' },
  { name: 'broken off once', act: 'reset', isOnce: true },
  { name: 'refused once', act: { status: 403, code: 'AccessDenied' }, isOnce: true, code: 'bucket_unusable' },
  { name: 'too much from then on', act: { status: 503, code: 'SlowDown' }, isOnce: false, code: 'bucket_unavailable' },
  { name: 'carried out, and its answer lost', act: 'lost', isOnce: true },
  { name: 'slow', act: { wait: 30_000 }, isOnce: true },
];

for (const each of cases)
  t.test(`no state is released too early where any one request is ${each.name}`, (t) => judgeEach(t, each));
