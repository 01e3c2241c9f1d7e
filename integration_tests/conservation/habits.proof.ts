/** Every fixture stream under every lasting difference of a tenant: all laws hold after each. */
import t from 'tap';
import { prove } from './conservation.ts';
import { faultCasesOfHabits } from './fault_cases_of_habits.ts';

await prove(t, faultCasesOfHabits);
