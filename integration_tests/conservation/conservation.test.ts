/** Nothing lost, nothing duplicated, the quota kept: every fourth fault case once, on fixtures drawn by a seed. */
import t from 'tap';
import { fixtureStreams } from '../support/streams.ts';
import { proveSome } from './conservation.ts';
import { faultCasesOfCalls } from './fault_cases_of_calls.ts';
import { faultCasesOfHabits } from './fault_cases_of_habits.ts';
import { faultCasesOfJobs } from './fault_cases_of_jobs.ts';

t.test('every law holds under every fourth fault case', async (t) => {
  await proveSome(
    t,
    { ...faultCasesOfCalls, ...faultCasesOfJobs, ...faultCasesOfHabits },
    fixtureStreams(),
    20_261_124,
  );
});
