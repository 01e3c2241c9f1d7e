/** Which batches are closed because of age, with a real batcher. */
import t, { type Test } from 'tap';
import { setUpBatcher } from '../../integration_tests/support/batcher_setup.ts';
import { FakeClock } from '../../integration_tests/support/fake_clock.ts';
import { planOf } from '../../integration_tests/support/spool.ts';
import { AgePolicy } from './age_policy.ts';

const [usage, visits] = [planOf('INSERT', 0), { ...planOf('INSERT', 1), object: 'Visit' }];
const accounts = { ...planOf('UPSERT', 2), object: 'Account' };
const minutes = 60_000;

async function setUp(t: Test, { hourLeft = 10, dayLeft = 100, barred = -1, busy = '' } = {}) {
  const parts = await setUpBatcher(t);
  const clock = new FakeClock();
  const asked: number[] = [];
  const around: ConstructorParameters<typeof AgePolicy>[0] = {
    ...{ clock, batcher: parts.batcher, states: parts.checkpoint },
    schedule: { isFree: (object) => object !== busy, unfinishedParents: () => [], waitingPlans: [] },
    earlierJobs: {
      ready: async ({ id }) => void asked.push(id),
      isBarred: async ({ plan }) => plan.id === barred,
    },
    quota: {
      use: () => [
        { ownLimit: 10, left: hourLeft },
        { ownLimit: 100, left: dayLeft },
      ],
    },
  };
  const early = new AgePolicy(around, { max_age_ms: 30 * minutes }, 1);
  const never = new AgePolicy(around, { max_age_ms: 0 }, 1);
  return { ...parts, clock, early, never, asked };
}

t.test('nothing is due, and no call is made, until a state is older than allowed', async (t) => {
  const { early, never, clock, add, state, asked } = await setUp(t);
  t.notOk(await early.isDue(), 'no rows, no states');
  await add(accounts, 1);
  clock.advance(60 * minutes);
  t.notOk(await early.isDue(), 'rows without a state may wait');
  await state('A', accounts, clock.elapsed());
  clock.advance(30 * minutes);
  t.notOk(await early.isDue());
  t.same(asked, []);
  clock.advance(1);
  t.ok(await early.isDue());
  t.same(asked, [accounts.id], 'the calls of the tenant are known then');
  t.notOk(await never.isDue(), 'max_age_minutes 0: never');
});

t.test('only the batch that delays the state is closed', async (t) => {
  const { early, clock, add, state, sent, rows } = await setUp(t);
  await add(usage, 1);
  await add(accounts, 1);
  await state('A', accounts, 0);
  await add(accounts, 2);
  clock.advance(31 * minutes);
  await early.close();
  t.equal(sent.length, 1);
  t.same(
    sent.map(({ plan, reason }) => [plan.id, reason]),
    [[accounts.id, 'age']],
  );
  t.same(await Promise.all(sent.map(rows)), [['1,name', '2,name']]);
});

t.test('INSERT batches of one state are closed at it together, and later rows stay open', async (t) => {
  const { early, clock, add, state, sent, batcher, rows } = await setUp(t);
  for (const plan of [usage, visits]) await add(plan, 1);
  await state('G', undefined, 0);
  for (const plan of [usage, visits]) await add(plan, 2);
  clock.advance(31 * minutes);
  await early.close();
  t.same(
    sent.map(({ plan, reason }) => [plan.id, reason]),
    [
      [usage.id, 'age'],
      [visits.id, 'companion'],
    ],
  );
  t.same(await Promise.all(sent.map(rows)), [['1,name'], ['1,name']]);
  t.same(
    [...batcher.open].map(({ records }) => records),
    [1, 1],
    'rows that no state covers are not closed',
  );
});

t.test(
  'no batch is closed that could not be loaded at once, may be part of an earlier file, or uses the half that must stay free',
  async (t) => {
    for (const options of [{ busy: 'Account' }, { barred: accounts.id }, { hourLeft: 5 }, { dayLeft: 50 }]) {
      const { early, clock, add, state, sent } = await setUp(t, options);
      await add(accounts, 1);
      await state('A', accounts, 0);
      clock.advance(31 * minutes);
      await early.close();
      t.same(sent, [], JSON.stringify(options));
    }
  },
);
