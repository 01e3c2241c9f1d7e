import t from 'tap';
import { hour, minute } from '../../clock.ts';
import { fillAges, JobDates, readJobDate } from './job_dates.ts';

const noon = Date.UTC(2026, 10, 29, 12);

t.test('a date is parsed in every form that identifies a moment', async (t) => {
  const moment = { kind: 'moment', at: noon };
  const local = { kind: 'local', at: noon };
  const cases: Record<string, object> = {
    '2026-11-29T12:00:00Z': moment,
    '2026-11-29T12:00:00.000Z': moment,
    '2026-11-29 12:00:00 UTC': moment,
    '2026-11-29T14:00:00+02:00': moment,
    '2026-11-29T04:00:00-0800': moment,
    '2026-11-29T12:00Z': moment,
    'Sun, 29 Nov 2026 12:00:00 GMT': moment,
    [String(noon)]: moment,
    [String(noon / 1000)]: moment,
    '2026-11-29T12:00:00': local,
    '2026-11-29 12:00:00.000': local,
    ' 2026-11-29T12:00 ': local,
    '2026-11-29': { kind: 'none' },
    '11/29/2026 12:00 PM': { kind: 'none' },
    yesterday: { kind: 'none' },
    '2026-13-29T12:00:00Z': { kind: 'none' },
    '': { kind: 'none' },
  };
  for (const [text, date] of Object.entries(cases)) t.same(readJobDate(text), date, text);
  t.same(readJobDate(undefined), { kind: 'none' });
});

t.test('until the zone is known the latest job counts as just made, within the range of existing zones', async (t) => {
  for (const [behindUtc, latestAge] of [
    [8 * hour, 0],
    [-5.5 * hour, 0],
    [0, 20 * minute],
  ] as const) {
    const dates = new JobDates();
    const local = (age: number) => readJobDate(new Date(noon - age - behindUtc).toISOString().slice(0, 19));
    for (const age of [latestAge, latestAge + hour, latestAge + 2 * hour]) dates.see(local(age));
    t.equal(dates.ageOf(local(latestAge), noon), 0, 'it may have been made just now');
    t.equal(dates.ageOf(local(latestAge + hour), noon), hour, 'the time between two jobs is certain');
  }
  const years = new JobDates();
  const old = readJobDate('2020-01-01T00:00:00');
  years.see(old);
  t.ok((years.ageOf(old, noon) ?? 0) > 24 * hour, 'no zone makes a year-old job recent');
});

t.test('the zone is learnt from a job of our own', async (t) => {
  const dates = new JobDates();
  const own = readJobDate('2026-11-29T03:58:20');
  const older = readJobDate('2026-11-29T01:00:00');
  dates.see(own);
  t.equal(dates.isLearnt, false);
  t.equal(dates.learn(own, 100_000, noon), true, '03:58:20 in California is 11:58:20 here');
  t.equal(dates.ageOf(older, noon), 3 * hour);
  t.equal(dates.learn(own, 101_000, noon + 1000), false, 'nothing new');
  t.equal(dates.learn(readJobDate('2026-11-28T03:00:00'), 0, noon), false, 'no zone is a day away');
  t.equal(
    dates.learn(readJobDate('2026-11-29T12:00:00Z'), 0, noon),
    false,
    'nothing is learnt from a date with a zone',
  );
});

t.test('a job without a readable date counts like the jobs around it', async (t) => {
  const cases: readonly [(number | undefined)[], (number | undefined)[]][] = [
    [
      [undefined, 2 * hour],
      [0, 2 * hour],
    ],
    [
      [hour, undefined, undefined, 3 * hour],
      [hour, hour, hour, 3 * hour],
    ],
    [
      [hour, undefined, 30 * hour],
      [hour, undefined, 30 * hour],
    ],
    [
      [hour, undefined],
      [hour, undefined],
    ],
    [
      [undefined, undefined],
      [undefined, undefined],
    ],
  ];
  for (const [ages, filled] of cases) t.same(fillAges(ages), filled, JSON.stringify(ages));
});
