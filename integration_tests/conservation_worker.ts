/** Runs syncs away from tap, whose watch over every promise takes a seventh of the time: told a fault case, answers what became of it. */
import { parentPort } from 'node:worker_threads';
import { judge } from './conservation.ts';
import { faultCasesOfCalls } from './support/fault_cases_of_calls.ts';
import { faultCasesOfJobs } from './support/fault_cases_of_jobs.ts';
import { fixtureStreams } from './support/streams.ts';

const cases = { ...faultCasesOfCalls, ...faultCasesOfJobs };
const fixtures = fixtureStreams();

parentPort?.on('message', async (name: string) => {
  const faults = cases[name];
  if (faults === undefined) throw new Error(`there is no fault case "${name}"`);
  parentPort?.postMessage(await judge(faults, fixtures));
});
