import t from 'tap';
import { FakeClock } from '../../integration_tests/support/fake_clock.ts';
import { usualQuota } from '../../integration_tests/support/usual_settings.ts';
import { hour, minute, second } from '../clock.ts';
import { quotaWindows } from '../config/quota_windows.ts';
import type { GainsightEvent } from './events.ts';
import { Ledger, type Pace } from './quota.ts';
import { QuotaGate } from './quota_gate.ts';

const ofHour = { why: 'used', window: 'hour' };
const start = Date.UTC(2026, 0, 5, 9, 0);

/** A gate with its own clock. */
function gateOf({
  callsPerHour = 10,
  callsPerDay = 100,
  maxWaitMs = 24 * hour,
  behind = 0,
  pace = undefined as Pace | undefined,
} = {}) {
  const clock = new FakeClock({ start });
  const events: GainsightEvent[] = [];
  const stop = new AbortController();
  const ledger = new Ledger(quotaWindows({ ...usualQuota, calls_per_hour: callsPerHour, calls_per_day: callsPerDay }));
  const reportedAt: number[] = [];
  const report = (event: GainsightEvent) => {
    events.push(event);
    reportedAt.push(clock.elapsed());
  };
  const gate = new QuotaGate({
    ledger,
    clock,
    report,
    signal: stop.signal,
    quota: { max_wait_ms: maxWaitMs },
    schedule: { waiting: behind },
    pace,
  });
  const acquire = (rank: readonly number[] = [0], calls = 1) => gate.acquire({ calls, rank });
  return { gate, clock, events, reportedAt, stop, ledger, acquire };
}

t.test('calls are made at once while there are some, then exactly when the oldest no longer counts', async (t) => {
  const { gate, clock, acquire } = gateOf({ callsPerHour: 3 });
  const times: number[] = [];
  for (let call = 0; call < 7; call++) {
    const entry = await acquire();
    times.push(clock.elapsed());
    await clock.sleep(10 * second);
    gate.answered(entry);
  }
  const ten = 10 * second;
  const later = hour + 30 * second + ten;
  t.same(times, [0, ten, 2 * ten, later, later + ten, later + 2 * ten, 2 * later]);
});

t.test('a wait is logged at once, after twenty minutes and then each hour, with its end', async (t) => {
  for (const [limits, waitMs, times] of [
    [{ callsPerHour: 1 }, hour, [0, 20]],
    [{ callsPerDay: 1 }, 24 * hour, [0, ...Array.from({ length: 24 }, (_, at) => 20 + 60 * at)]],
  ] as const) {
    const { gate, events, reportedAt, acquire } = gateOf(limits);
    gate.answered(await acquire());
    t.same(events, []);
    await acquire();
    t.same(
      reportedAt,
      times.map((at) => at * minute),
    );
    const until = start + waitMs + 30 * second;
    const window = 'callsPerHour' in limits ? 'hour' : 'day';
    for (const event of events) t.same(event, { kind: 'quota wait', hold: { why: 'used', window }, until, others: 0 });
  }
});

t.test('the last of so many files may go when the ledger and the gaps after a restart allow it', async (t) => {
  const { gate, acquire } = gateOf({ callsPerHour: 1 });
  gate.answered(await acquire());
  t.equal(gate.forecast(3, 1), 3 * (hour + 30 * second));
  const paced = gateOf({ pace: { gapMs: 6 * minute, until: hour } });
  t.equal(paced.gate.forecast(3, 1), 12 * minute);
});

t.test('a wait is logged twice in an hour even if its start time is rounded in sums', async (t) => {
  for (const begun of [379_735.982_230_487_1, 8_256_890.266_733_718, 33_342_054.540_758_315]) {
    const { gate, clock, reportedAt, acquire } = gateOf({ callsPerHour: 1 });
    clock.advance(begun);
    gate.answered(await acquire());
    await acquire();
    t.equal(reportedAt.length, 2, `${begun}`);
  }
});

t.test('the next wait is logged at once again', async (t) => {
  const { gate, events, acquire } = gateOf({ callsPerHour: 1 });
  gate.answered(await acquire());
  gate.answered(await acquire());
  const before = events.length;
  await acquire();
  t.ok(events.length > before);
  const until = start + 2 * hour + minute;
  t.same(events[before], { kind: 'quota wait', hold: ofHour, until, others: 0 });
});

t.test('a new request does not log a wait again', async (t) => {
  const { gate, clock, events, acquire } = gateOf({ callsPerHour: 1 });
  gate.answered(await acquire());
  const waits = Array.from({ length: 20 }, async () => gate.answered(await acquire()));
  await clock.sleep(minute);
  t.equal(events.length, 1);
  t.same(clock.sleeps.length <= 25, true, 'nor does it sleep in small steps');
  waits.length = 0;
});

t.test('the smallest rank goes first, also if it comes last', async (t) => {
  const { gate, acquire } = gateOf({ callsPerHour: 1 });
  const order: string[] = [];
  gate.answered(await acquire());
  const ranks = [[1, 5], [1, 4], [0, 9], [-1], [0]];
  await Promise.all(
    ranks.map(async (rank) => {
      const entry = await acquire(rank);
      order.push(rank.join('.'));
      gate.answered(entry);
    }),
  );
  t.same(order, ['-1', '0', '0.9', '1.4', '1.5']);
});

t.test('calls in progress fill their place, and no request waits longer than they take', async (t) => {
  const { gate, clock, events, acquire } = gateOf({ callsPerHour: 5 });
  const job = await acquire([0], 5);
  const second5 = acquire([0], 5);
  await clock.sleep(7 * second);
  gate.cancel(job);
  await second5;
  t.equal(clock.elapsed(), 7 * second);
  t.match(events, [{ kind: 'quota wait', hold: ofHour, until: undefined, others: 0 }]);
});

t.test('calls set aside by a job pay for its reads; beyond that a read waits for its turn', async (t) => {
  const { gate, clock, ledger, acquire } = gateOf({ callsPerHour: 4 });
  const job = await acquire([0], 3);
  for (let read = 0; read < 3; read++) gate.answered(await gate.spend(job));
  t.equal(clock.elapsed(), 0);
  t.same(ledger.use({ wall: clock.now(), elapsed: 0 })[0]?.left, 1);
  gate.answered(await gate.spend(job));
  t.equal(clock.elapsed(), 0);
  gate.answered(await gate.spend(job));
  t.equal(clock.elapsed(), hour + 30 * second);
});

t.test('a wait that would be too long ends at once, and says when calls are back', async (t) => {
  const { gate, clock, acquire } = gateOf({ callsPerHour: 10, callsPerDay: 2, maxWaitMs: 90 * minute, behind: 3 });
  gate.answered(await acquire());
  gate.answered(await acquire());
  const spent = acquire();
  await t.rejects(spent, { code: 'quota_spent', failureType: 'transient_error' });
  const { message } = (await spent.catch((error: unknown) => error)) as Error;
  t.match(message, 'possible at 2026-01-06 09:00 UTC: the calls of this day are used up.');
  t.match(message, /\(1 h 30 min\).*files not sent yet: 4/);
  t.equal(clock.elapsed(), 0);
});

t.test('a wait for calls in progress is limited too', async (t) => {
  const { clock, acquire } = gateOf({ callsPerHour: 1, maxWaitMs: hour });
  await acquire();
  await t.rejects(acquire(), { code: 'quota_spent', message: /possible at a time that is not known/ });
  t.ok(clock.elapsed() <= hour + 6 * minute);
});

t.test('calls that are refused one after the other are one wait, until one is accepted', async (t) => {
  const { gate, clock, acquire } = gateOf({ maxWaitMs: 3 * hour });
  const tries: number[] = [];
  const refused = async () => {
    gate.answered(await acquire());
    tries.push(clock.elapsed() / hour);
    gate.refuse(hour, { fileName: `${tries.length}.csv`, requestId: `R${tries.length}` });
  };
  for (let call = 0; call < 3; call++) await refused();
  gate.answered(await acquire(), 'J1');
  for (let call = 0; call < 4; call++) await refused();
  t.same(tries, [0, 1, 2, 3, 4, 5, 6]);
  await t.rejects(acquire(), {
    code: 'quota_spent',
    message: /Gainsight refused the last call.*\(Gainsight request R7\) \(file 7\.csv\)$/,
  });
  t.equal(clock.elapsed(), 6 * hour, 'at once: the next try would come too late');
});

t.test('a call that was made leaves no listener', async (t) => {
  const { gate } = gateOf({ callsPerHour: 1000, callsPerDay: 1000 });
  const { signal } = new AbortController();
  const warned: string[] = [];
  const onWarning = ({ name }: Error) => void warned.push(name);
  process.on('warning', onWarning);
  t.teardown(() => process.off('warning', onWarning));
  for (let call = 0; call < 20; call++) gate.answered(await gate.acquire({ calls: 1, rank: [0], signal }));
  await new Promise((resolve) => setImmediate(resolve));
  t.same(warned, []);
});

t.test('a call refused for quota delays all others', async (t) => {
  const { gate, clock, events, acquire } = gateOf();
  gate.answered(await acquire());
  gate.refuse(17 * minute);
  gate.answered(await acquire());
  t.equal(clock.elapsed(), 17 * minute);
  t.match(events[0], { hold: { why: 'refused' }, until: start + 17 * minute });
});

t.test('a place that the list shows to be taken is given back, and requested again', async (t) => {
  const { gate, clock, ledger } = gateOf({ callsPerHour: 1 });
  const turn = { calls: 1, rank: [0], toConfirm: true };
  const foreign = { identity: 'job F', send: undefined, ageMs: 0, own: false, calls: 1 };
  const place = await gate.acquire(turn);
  ledger.learn([foreign], { wall: clock.now(), elapsed: clock.elapsed() });
  t.notOk(gate.confirm(place));
  t.equal(clock.elapsed(), 0);
  const again = await gate.acquire(turn);
  t.equal(clock.elapsed(), hour + 2 * second);
  t.ok(gate.confirm(again));
});

t.test('places that are repeatedly taken by others are one wait', async (t) => {
  const { gate, clock, ledger } = gateOf({ callsPerHour: 1, maxWaitMs: 3 * hour });
  const foreign = (at: number) => ({ identity: `F${at}`, send: undefined, ageMs: 0, own: false, calls: 1 });
  const turn = { calls: 1, rank: [0], toConfirm: true };
  const spent = async () => {
    for (let at = 0; ; at++) {
      const place = await gate.acquire(turn);
      ledger.learn([foreign(at)], { wall: clock.now(), elapsed: clock.elapsed() });
      if (gate.confirm(place)) return;
    }
  };
  await t.rejects(spent(), { code: 'quota_spent' });
  t.ok(clock.elapsed() <= 3 * hour + minute, `${clock.elapsed() / hour}`);
});

t.test('a read that fits does not wait for a submission that does not', async (t) => {
  const { gate, clock, acquire } = gateOf({ callsPerHour: 5 });
  gate.answered(await acquire());
  const submission = acquire([0], 5);
  await clock.sleep(minute);
  await acquire([-1]);
  t.equal(clock.elapsed(), minute);
  void submission.catch(() => undefined);
});

t.test('while a place is unconfirmed no other is given, but reads pass', async (t) => {
  const { gate, clock } = gateOf();
  const place = await gate.acquire({ calls: 1, rank: [0], toConfirm: true });
  let isNextGiven = false;
  const next = gate.acquire({ calls: 1, rank: [1], toConfirm: true }).then((entry) => {
    isNextGiven = true;
    return entry;
  });
  await gate.acquire({ calls: 1, rank: [-1] });
  await clock.sleep(minute);
  t.notOk(isNextGiven);
  // The list could not be read: that does not affect others.
  gate.cancel(place);
  t.ok(gate.confirm(await next));
});

t.test('a request with a better rank that comes while the list is read goes first', async (t) => {
  const { gate, clock } = gateOf();
  const order: string[] = [];
  const go = async (name: string, rank: number, readMs: number) => {
    for (;;) {
      const place = await gate.acquire({ calls: 1, rank: [rank], toConfirm: true });
      await clock.sleep(readMs);
      if (gate.confirm(place)) return void order.push(name);
    }
  };
  const slow = go('slow', 1, 5 * second);
  await clock.sleep(second);
  await Promise.all([slow, go('quick', 0, 0)]);
  t.same(order, ['quick', 'slow']);
});

t.test('with a minimum gap submissions are spread, reads are not, and no wait for it is too long', async (t) => {
  const pace = { gapMs: 6 * minute, until: 20 * minute };
  const { gate, clock, events, acquire } = gateOf({ pace, maxWaitMs: minute, callsPerHour: 20 });
  t.equal(gate.forecast(3, 1), 12 * minute);
  const times: number[] = [];
  for (let send = 0; send < 6; send++) {
    const place = await gate.acquire({ calls: 1, rank: [send], toConfirm: true });
    t.ok(gate.confirm(place));
    times.push(clock.elapsed() / minute);
    await acquire([-1]);
    // It did not arrive: then it does not count.
    if (send === 1) gate.cancel(place);
    else gate.answered(place);
  }
  t.same(times, [0, 6, 6, 12, 18, 20]);
  t.match(events[0], { kind: 'quota wait', hold: { why: 'restarted' }, until: start + 6 * minute, others: 0 });
});

t.test('a withdrawn request leaves the queue at once', async (t) => {
  const { gate, clock, acquire } = gateOf({ callsPerHour: 1 });
  const reason = new Error('withdrawn');
  const used = AbortSignal.abort(reason);
  await t.rejects(gate.acquire({ calls: 1, rank: [0], signal: used }), reason);
  gate.answered(await acquire());
  const asleep = new AbortController();
  const second1 = gate.acquire({ calls: 1, rank: [0], signal: asleep.signal });
  const third = acquire([1]);
  await clock.sleep(minute);
  asleep.abort(reason);
  await t.rejects(second1, reason);
  t.equal(clock.elapsed(), minute);
  await third;
});

t.test('once all is stopped every request is rejected, and no timer is left', async (t) => {
  const { clock, stop, acquire } = gateOf({ callsPerHour: 1 });
  const reason = new Error('SIGTERM');
  await acquire();
  const waits = [acquire(), acquire()];
  await clock.sleep(minute);
  stop.abort(reason);
  for (const wait of waits) await t.rejects(wait, reason);
  await t.rejects(acquire(), reason);
  t.equal(clock.sleeping, 0);
});
