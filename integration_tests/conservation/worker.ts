/** Takes the name of a fault case and answers what became of it: away from tap, whose watch over each promise takes a seventh of the time. */
import { parentPort } from 'node:worker_threads';
import { fixtureStreams } from '../support/streams.ts';
import { type Judgement, judge } from './conservation.ts';
import type { FaultCase } from './fault_case.ts';
import { faultCasesOfCalls } from './fault_cases_of_calls.ts';
import { faultCasesOfJobs } from './fault_cases_of_jobs.ts';

const cases = { ...faultCasesOfCalls, ...faultCasesOfJobs };
const fixtures = fixtureStreams();

parentPort?.on('message', async (name: string) => {
  const failed = (error: Error): Judgement => ({ syncs: 0, broken: [error.stack ?? error.message], unseen: [] });
  parentPort?.postMessage(await judge(cases[name] as FaultCase, fixtures).catch(failed));
});
