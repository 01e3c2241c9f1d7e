/** Every fixture stream under every fault of a call: all laws hold after each. */
import t from 'tap';
import { prove } from './conservation.ts';
import { faultCasesOfCalls } from './fault_cases_of_calls.ts';

await prove(t, faultCasesOfCalls);
