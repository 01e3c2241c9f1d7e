/** Runs syncs by number in a worker: outside tap, whose tracking of each promise takes a seventh of the time. */
import { parentPort } from 'node:worker_threads';
import { fixtureStreams } from '../support/streams.ts';
import { type Judgement, judge, type Portion } from './conservation.ts';
import type { FaultCase } from './fault_case.ts';
import { faultCasesOfCalls } from './fault_cases_of_calls.ts';
import { faultCasesOfHabits } from './fault_cases_of_habits.ts';
import { faultCasesOfJobs } from './fault_cases_of_jobs.ts';

const cases = { ...faultCasesOfCalls, ...faultCasesOfJobs, ...faultCasesOfHabits };
const fixtures = fixtureStreams();

parentPort?.on('message', async ({ name, fixtures: chosen }: Portion) => {
  const failed = (error: Error): Judgement => ({ syncs: 0, broken: [error.stack ?? error.message], unseen: [] });
  const some = fixtures.filter((fixture) => chosen.includes(fixture.name));
  parentPort?.postMessage(await judge(cases[name] as FaultCase, some).catch(failed));
});
