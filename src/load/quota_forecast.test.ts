import fc from 'fast-check';
import t from 'tap';
import { usualQuota } from '../../integration_tests/support/usual_settings.ts';
import { day, hour, minute, second } from '../clock.ts';
import { type QuotaLimits, quotaWindows } from '../config/quota_windows.ts';
import { type Instant, Ledger } from './quota.ts';

const ledgerOf = (change: Partial<QuotaLimits> = {}) => new Ledger(quotaWindows({ ...usualQuota, ...change }));

const at = (elapsed: number): Instant => ({ wall: 1e12 + elapsed, elapsed });
const listed = { send: undefined, ageMs: 0, own: false, calls: 1 };

t.test('the last of several submissions may be made when the windows have room for it', async (t) => {
  const late = 30 * second;
  const cases = [
    { submissions: 0, wait: 0 },
    { submissions: 10, wait: 0 },
    { submissions: 11, wait: hour + late },
    { submissions: 25, wait: 2 * (hour + late) },
    { submissions: 100, wait: 9 * (hour + late) },
    { submissions: 101, wait: day + late },
    { submissions: 111, wait: day + late + hour + late },
    { submissions: 250, wait: 2 * (day + late) + 4 * (hour + late) },
    { submissions: 2, calls: 5, wait: 0 },
    { submissions: 3, calls: 5, wait: hour + late },
    { submissions: 1, calls: 11, wait: Number.POSITIVE_INFINITY },
  ];
  for (const { submissions, calls = 1, wait } of cases) {
    t.equal(ledgerOf().forecast(at(0), submissions, calls), wait, `${submissions} of ${calls}`);
  }
});

t.test('what was used, by anyone, what is reserved, and a refusal are taken into account', async (t) => {
  const ledger = ledgerOf({ reserved_per_day: 96 });
  const foreign = Array.from({ length: 8 }, (_, i) => ({
    ...listed,
    identity: `job F${i}`,
    ageMs: 20 * minute + 2 * second,
  }));
  ledger.learn(foreign, at(0));
  t.equal(ledger.forecast(at(0), 2), 0);
  t.equal(ledger.forecast(at(0), 3), 40 * minute, 'others used the hour');
  t.equal(ledger.forecast(at(0), 5), day + 30 * second, 'four are left to the connector');
  ledger.refuse(50 * minute);
  t.equal(ledger.forecast(at(0), 1), 50 * minute);
});

t.test('a call in progress is one of those asked about', async (t) => {
  const ledger = ledgerOf();
  ledger.begin();
  t.equal(ledger.forecast(at(0), 10), 0);
  t.equal(ledger.forecast(at(0), 11), hour + 30 * second);
});

t.test('the forecast is exact if no other call is made', async (t) => {
  const past = fc.array(fc.record({ minutes: fc.integer({ min: 0, max: 26 * 60 }), own: fc.boolean() }), {
    maxLength: 40,
  });
  const setup = fc.record({
    past,
    submissions: fc.integer({ min: 1, max: 60 }),
    calls_per_hour: fc.integer({ min: 2, max: 12 }),
    calls_per_day: fc.integer({ min: 4, max: 40 }),
    reserved_per_day: fc.integer({ min: 0, max: 2 }),
    calls: fc.integer({ min: 1, max: 2 }),
  });
  const property = fc.property(setup, ({ past, submissions, calls, ...limits }) => {
    const ledger = ledgerOf(limits);
    const jobs = past.map(({ minutes, own }, i) => ({ ...listed, identity: `P${i}`, ageMs: minutes * minute, own }));
    ledger.learn(jobs, at(0));
    const forecast = ledger.forecast(at(0), submissions, calls);
    let now = 0;
    for (let left = submissions; left > 0; left--) {
      for (let slot = ledger.next(at(now), calls); !slot.free; slot = ledger.next(at(now), calls)) now += slot.waitMs;
      ledger.answer(ledger.begin(calls), at(now));
    }
    return now === forecast;
  });
  fc.assert(property, { seed: 3, numRuns: 200 });
  t.pass();
});
