import fc from 'fast-check';
import t from 'tap';
import { usualQuota } from '../../integration_tests/support/usual_settings.ts';
import { day, hour, minute, second } from '../clock.ts';
import { type QuotaLimits, quotaWindows } from '../config/quota_windows.ts';
import { type Instant, Ledger, paceAfterRestart, pacedWait } from './quota.ts';

const ledgerOf = (change: Partial<QuotaLimits> = {}) => new Ledger(quotaWindows({ ...usualQuota, ...change }));

/** By window. */
function leftOf(ledger: Ledger, now: Instant) {
  return Object.fromEntries(ledger.use(now).map(({ name, left }) => [name, left]));
}

/** By window: calls of all clients, and of the connector. */
function useOf(ledger: Ledger, now: Instant) {
  return Object.fromEntries(ledger.use(now).map(({ name, used, ownUsed }) => [name, [used, ownUsed]]));
}

/** A moment at which both clocks agree. */
const at = (elapsed: number): Instant => ({ wall: 1e12 + elapsed, elapsed });

/** Calls that were answered at these moments. */
function called(ledger: Ledger, ...moments: number[]): void {
  for (const moment of moments) ledger.answer(ledger.begin(), at(moment));
}

const ofHour = { why: 'used', window: 'hour' };

const listed = { identity: 'job J', send: undefined, ageMs: 0, own: false, calls: 1 };

t.test('a call of ours ages from its answer, plus half a minute', async (t) => {
  const ledger = ledgerOf({ calls_per_hour: 1 });
  t.same(ledger.next(at(0)), { free: true });
  const entry = ledger.begin();
  t.same(ledger.next(at(5 * day)), { free: false, waitMs: Number.POSITIVE_INFINITY, hold: ofHour }, 'under way');
  ledger.answer(entry, at(5 * day));
  t.same(ledger.next(at(5 * day)), { free: false, waitMs: hour + 30 * second, hold: ofHour });
  t.same(ledger.next(at(5 * day + hour)), { free: false, waitMs: 30 * second, hold: ofHour });
  t.same(ledger.next(at(5 * day + hour + 30 * second)), { free: true });
});

t.test('windows are rolling: calls become free one by one', async (t) => {
  const ledger = ledgerOf();
  called(ledger, ...Array.from({ length: 10 }, (_, i) => i * minute));
  t.match(ledger.next(at(10 * minute)), { waitMs: 50 * minute + 30 * second, hold: ofHour });
  t.match(ledger.next(at(10 * minute), 5), { waitMs: 54 * minute + 30 * second, hold: ofHour }, 'five at once');
  t.same(leftOf(ledger, at(10 * minute)), { hour: 0, day: 90 });
  t.same(leftOf(ledger, at(hour + minute + 30 * second)), { hour: 2, day: 90 });
});

t.test('of several limits the longest wait counts, and is reported', async (t) => {
  const cases = [
    { limits: { calls_per_day: 3 }, own: 3, foreign: 0, refused: 0, hold: { why: 'used', window: 'day' } },
    {
      limits: { calls_per_day: 5, reserved_per_day: 2 },
      own: 3,
      foreign: 0,
      refused: 0,
      hold: { why: 'reserved', window: 'day' },
    },
    {
      limits: { calls_per_day: 5, reserved_per_day: 2 },
      own: 2,
      foreign: 3,
      refused: 0,
      hold: { why: 'used', window: 'day' },
    },
    { limits: { calls_per_hour: 3 }, own: 1, foreign: 2, refused: 0, hold: { why: 'used', window: 'hour' } },
    { limits: {}, own: 1, foreign: 1, refused: 5 * minute, hold: { why: 'refused' } },
    {
      limits: { calls_per_hour: 1 },
      own: 1,
      foreign: 0,
      refused: 5 * minute,
      hold: { why: 'used', window: 'hour' },
    },
  ];
  for (const { limits, own, foreign, refused, hold } of cases) {
    const ledger = ledgerOf(limits);
    called(ledger, ...new Array(own).fill(0));
    ledger.learn(
      Array.from({ length: foreign }, (_, i) => ({ ...listed, identity: `job F${i}` })),
      at(0),
    );
    if (refused > 0) ledger.refuse(refused);
    const slot = ledger.next(at(0));
    t.match(slot, { free: false, hold }, `${own} own, ${foreign} of others`);
    if (hold.why === 'refused') t.match(slot, { waitMs: refused });
  }
});

t.test('calls reserved for others are not free for us, and theirs do not reduce our share', async (t) => {
  const ledger = ledgerOf({ reserved_per_day: 95 });
  ledger.learn(
    Array.from({ length: 6 }, (_, i) => ({ ...listed, identity: `job F${i}` })),
    at(0),
  );
  t.same(leftOf(ledger, at(0)), { hour: 4, day: 5 });
  called(ledger, 0, 0);
  t.same(leftOf(ledger, at(0)), { hour: 2, day: 3 });
  t.same(useOf(ledger, at(0)), { hour: [8, 2], day: [8, 2] });
});

t.test('a refusal applies until its time, and the latest time counts', async (t) => {
  const ledger = ledgerOf();
  ledger.refuse(10 * minute);
  ledger.refuse(4 * minute);
  t.match(ledger.next(at(minute)), { waitMs: 9 * minute, hold: { why: 'refused' } });
  t.same(ledger.next(at(10 * minute)), { free: true });
});

t.test('a call that we made and later see in the list counts once', async (t) => {
  const ledger = ledgerOf();
  ledger.answer(ledger.begin(1, 'a'), at(0), 'J1');
  const lost = ledger.begin(1, 'b');
  ledger.answer(lost, at(0));
  const own = { ...listed, own: true };
  const list = [
    { ...own, identity: 'job J1', send: undefined },
    { ...own, identity: 'job J2', send: 'b' },
    { ...listed, identity: 'job J3', send: 'c', ageMs: 30 * minute },
  ];
  for (const moment of [0, minute]) ledger.learn(list, at(moment));
  t.same(useOf(ledger, at(minute)), { hour: [3, 2], day: [3, 2] });
  ledger.learn([{ ...own, identity: 'job J2', send: undefined }], at(minute));
  t.same(useOf(ledger, at(minute)), { hour: [3, 2], day: [3, 2] }, 'the name taught the id');
  t.match(useOf(ledger, at(30 * minute + second)), { hour: [3, 2] }, 'the list has whole seconds');
  t.match(useOf(ledger, at(30 * minute + 2 * second)), { hour: [2, 2] });
});

t.test('a call that was certainly not made does not count', async (t) => {
  const ledger = ledgerOf();
  ledger.cancel(ledger.begin(5));
  t.same(leftOf(ledger, at(0)), { hour: 10, day: 100 });
});

t.test('a clock that jumps frees no call', async (t) => {
  const ledger = ledgerOf({ calls_per_hour: 1 });
  called(ledger, 0);
  t.match(
    ledger.next({ wall: 1e12 + 2 * day, elapsed: minute }),
    { waitMs: hour - 30 * second },
    'the wall clock ahead',
  );
  t.match(
    ledger.next({ wall: 1e12 + minute, elapsed: 2 * day }),
    { waitMs: hour - 30 * second },
    'a machine that slept',
  );
  t.match(
    ledger.next({ wall: 1e12 - hour, elapsed: minute }),
    { waitMs: 2 * hour + 30 * second },
    'the wall clock back',
  );
});

t.test('calls of yesterday are forgotten, also when they are listed again', async (t) => {
  const ledger = ledgerOf();
  const old = [{ ...listed, ageMs: 2 * day }];
  ledger.learn(old, at(0));
  called(ledger, 0);
  t.match(useOf(ledger, at(0)), { day: [1, 1] });
  t.match(useOf(ledger, at(day + 30 * second)), { day: [0, 0] });
  ledger.learn(old, at(day + 30 * second));
  t.match(useOf(ledger, at(day + 30 * second)), { day: [0, 0] });
});

t.test(
  'whatever is granted, no rolling window of true time holds more calls than allowed, however many windows there are',
  async (t) => {
    const step = fc.record({
      // Time before the next request, duration of the call, and when in that time the server counts it.
      pause: fc.oneof(fc.nat(20 * minute), fc.nat(3 * hour), fc.constant(0)),
      takes: fc.oneof(fc.nat(minute), fc.nat(15 * minute)),
      counted: fc.double({ min: 0, max: 1, noNaN: true }),
      calls: fc.constantFrom(1, 1, 1, 2),
      jump: fc.constantFrom(0, 0, 0, 0, day, -hour),
      listedToo: fc.boolean(),
    });
    const shape = fc.record({
      calls_per_hour: fc.integer({ min: 2, max: 5 }),
      calls_per_day: fc.integer({ min: 3, max: 12 }),
      further: fc.array(
        fc.record({ lengthMs: fc.integer({ min: minute, max: 2 * day }), limit: fc.integer({ min: 2, max: 8 }) }),
        { maxLength: 2 },
      ),
    });
    const check = (
      { further, ...size }: typeof shape extends fc.Arbitrary<infer T> ? T : never,
      steps: readonly (typeof step extends fc.Arbitrary<infer T> ? T : never)[],
    ) => {
      const windows = [
        ...quotaWindows({ ...usualQuota, ...size }),
        ...further.map((window) => ({
          ...{ name: 'other', current: '', marginMs: 30_000 },
          ...{ ...window, ownLimit: window.limit },
        })),
      ];
      const ledger = new Ledger(windows);
      const counted: number[] = [];
      const moment = { wall: 1e12, elapsed: 0 };
      const pass = (milliseconds: number) => {
        moment.wall += milliseconds;
        moment.elapsed += milliseconds;
      };
      for (const [index, { pause, takes, counted: part, calls, jump, listedToo }] of steps.entries()) {
        pass(pause);
        moment.wall += jump;
        for (let slot = ledger.next(moment, calls); !slot.free; slot = ledger.next(moment, calls))
          pass(Math.max(1, slot.waitMs));
        const entry = ledger.begin(calls, `${index}.csv`);
        for (let call = 0; call < calls; call++) counted.push(moment.elapsed + takes * part);
        pass(takes);
        ledger.answer(entry, { ...moment }, `J${index}`);
        if (listedToo)
          ledger.learn(
            [{ identity: `job J${index}`, send: `${index}`, ageMs: takes * (1 - part), own: true, calls }],
            moment,
          );
      }
      counted.sort((a, b) => a - b);
      const most = (length: number) =>
        Math.max(0, ...counted.map((from) => counted.filter((to) => to >= from && to - from < length).length));
      return windows.every(({ lengthMs, limit }) => most(lengthMs) <= limit);
    };
    t.doesNotThrow(() =>
      fc.assert(fc.property(shape, fc.array(step, { maxLength: 40 }), check), { seed: 5, numRuns: 400 }),
    );
  },
);

t.test('after a restart submissions are spread over the first hour, then as close as the quota allows', async (t) => {
  const pace = paceAfterRestart(usualQuota, 1, 1000);
  t.same(pace, { gapMs: 6 * minute, until: 1000 + hour });
  t.equal(paceAfterRestart(usualQuota, 5, 0).gapMs, 30 * minute, 'if a job takes five calls');
  const cases: readonly [string, number | undefined, number, number, number][] = [
    ['the first goes at once', undefined, 5000, 1, 0],
    ['the next six minutes later', 5000, 5000, 1, 6 * minute],
    ['or what is left of them', 5000, 5000 + 4 * minute, 1, 2 * minute],
    ['or at once', 5000, 5000 + 6 * minute, 1, 0],
    ['at the end of the hour at once', 1000 + 59 * minute, 1000 + 59 * minute, 1, minute],
    ['after it too', 1000 + 2 * hour, 1000 + 2 * hour, 1, 0],
    ['four of them', undefined, 5000, 4, 18 * minute],
    ['four more', 5000, 5000, 4, 24 * minute],
    ['forty, which continue after the hour', undefined, 1000, 40, hour],
    ['none', 5000, 5000, 0, 0],
  ];
  for (const [name, lastAt, now, submissions, wait] of cases)
    t.equal(pacedWait(pace, lastAt, now, submissions), wait, name);
  t.equal(pacedWait(undefined, 5000, 5000, 9), 0, 'a first attempt has no pace');
});

t.test('calls that were made are kept beyond their windows, each at its moment', async (t) => {
  const ledger = ledgerOf();
  ledger.learn(
    [
      { ...listed, ageMs: hour },
      { ...listed, identity: 'job K', ageMs: 2 * day },
    ],
    at(0),
  );
  called(ledger, minute);
  ledger.begin();
  ledger.answer(ledger.begin(3), at(2 * minute));
  const made = [
    { at: 1e12 - hour, own: false, calls: 1 },
    { at: 1e12 + minute, own: true, calls: 1 },
    { at: 1e12 + 2 * minute, own: true, calls: 3 },
  ];
  t.same(ledger.made, made, 'neither one in progress nor one of long ago');
  t.same(useOf(ledger, at(3 * day)), { hour: [1, 1], day: [1, 1] });
  t.same(ledger.made, made);
});
