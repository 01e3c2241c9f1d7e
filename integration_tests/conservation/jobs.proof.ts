/** Every fixture stream under every fault of jobs, of the tenant and of clocks: all laws hold after each. */
import t from 'tap';
import { prove } from './conservation.ts';
import { faultCasesOfJobs } from './fault_cases_of_jobs.ts';

await prove(t, faultCasesOfJobs);
