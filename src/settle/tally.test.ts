import t from 'tap';
import type { Plan } from '../model.ts';
import { Tallies, unaccounted } from './tally.ts';

const plan = { id: 3, label: 'accounts', stream: { name: 'accounts' } } as Plan;

const cases: [string, Partial<ReturnType<Tallies['of']>>, number, string | undefined][] = [
  ['a stream without records', {}, 0, undefined],
  ['every fate once', { accepted: 4, superseded: 3, skipped: 2, rejected: 1 }, 10, undefined],
  ['a record too many', { accepted: 9 }, 10, '1 of 10 records of accounts have no proven fate'],
  ['a record counted twice', { accepted: 9, rejected: 2 }, 10, '-1 of 10 records of accounts have no proven fate'],
];

for (const [name, counts, records, detail] of cases) {
  t.test(`${name} is ${detail ? 'found' : 'accounted for'}`, async (t) => {
    const tallies = new Tallies();
    Object.assign(tallies.of(plan.id), counts);
    const [error, ...more] = unaccounted([{ plan, records }], tallies);
    t.same(more, []);
    t.equal(error?.code, detail && 'bug');
    if (detail) t.match(error?.message, detail);
  });
}
