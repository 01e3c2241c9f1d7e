import t from 'tap';
import { type Glimpse, progressText, Speed } from './progress_line.ts';

const now = Date.UTC(2026, 7, 21, 14, 0);
const glimpse: Glimpse = {
  ...{ records: 1_234_567, bytes: 9, isReading: true, elapsedMs: 200_400, bytesPerSecond: 12_345_678, now },
  ...{ files: { closed: 5, sent: 3, done: 2 }, kind: 'file', jobs: 1, wait: undefined },
};
const wait = { why: 'all calls of this hour are used', until: now + 723_400 };

t.test('the line has what there is to say', async (t) => {
  const none = { closed: 0, sent: 0, done: 0 };
  const cases: readonly [what: string, Partial<Glimpse>, text: string][] = [
    ['at first', { records: 0, files: none, jobs: 0, bytesPerSecond: 0 }, '3 min 20 s · 0 records, 0 bytes/s'],
    [
      'while it reads',
      {},
      '3 min 20 s · 1,234,567 records, 12.3 MB/s · 5 files closed, 3 sent, 2 loaded · 1 job running',
    ],
    [
      'batches for the object API alone',
      { isReading: false, kind: 'batch', jobs: 0 },
      '3 min 20 s · 1,234,567 records · 5 batches closed, 3 sent, 2 loaded',
    ],
    [
      'batches beside files',
      { isReading: false, kind: 'both', jobs: 0 },
      '3 min 20 s · 1,234,567 records · 5 files and batches closed, 3 sent, 2 loaded',
    ],
    [
      'a wait is counted down',
      { isReading: false, jobs: 0, wait },
      '3 min 20 s · 1,234,567 records · 5 files closed, 3 sent, 2 loaded · waiting 12 min 4 s: all calls of this hour are used',
    ],
    [
      'a wait of unknown length',
      { isReading: false, files: none, jobs: 0, wait: { ...wait, until: undefined } },
      '3 min 20 s · 1,234,567 records · waiting: all calls of this hour are used',
    ],
    [
      'a wait that is just over',
      { isReading: false, files: none, jobs: 0, wait: { why: 'x', until: now - 1 } },
      '3 min 20 s · 1,234,567 records · waiting 0 s: x',
    ],
  ];
  for (const [what, change, text] of cases) t.equal(progressText({ ...glimpse, ...change }, 200), text, what);
});

t.test('what matters least is left out first where it does not fit, and the rest is cut', async (t) => {
  const full = { ...glimpse, wait };
  const shown = [130, 115, 90, 80, 70, 60, 20, 2, 1, 0].map((columns) => progressText(full, columns));
  t.same(shown, [
    '1,234,567 records, 12.3 MB/s · 5 files closed, 3 sent, 2 loaded · 1 job running · waiting 12 min 4 s',
    '1,234,567 records, 12.3 MB/s · 5 files closed, 3 sent, 2 loaded · 1 job running · waiting 12 min 4 s',
    '1,234,567 records · 5 files closed, 3 sent, 2 loaded · 1 job running · waiting 12 min 4 s',
    '1,234,567 records · 5 files closed, 3 sent · 1 job running · waiting 12 min 4 s',
    '1,234,567 records · 5 files closed, 3 sent · waiting 12 min 4 s',
    '1,234,567 records · 5 files closed, 3 sent · waiting 12 min…',
    '1,234,567 records ·…',
    '1…',
    '',
    '',
  ]);
});

t.test('a speed is that of the last seconds', async (t) => {
  const speed = new Speed();
  t.same(
    [
      [0, 0],
      [1000, 500],
      [2000, 500],
      [6000, 500],
      [7000, 1500],
    ].map(([at = 0, sum = 0]) => speed.at(at, sum)),
    [0, 500, 250, 0, 200],
  );
});
