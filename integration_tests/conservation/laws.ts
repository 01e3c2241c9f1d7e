/** The laws of conservation: what holds of every sync, whatever goes wrong. */
import type { Law } from './law.ts';
import { lawsOfCalls } from './laws_of_calls.ts';
import { lawsOfEnds } from './laws_of_ends.ts';
import { lawsOfRows } from './laws_of_rows.ts';
import { lawsOfStates } from './laws_of_states.ts';

/** All laws by what they say. */
export const laws: Readonly<Record<string, Law>> = {
  ...lawsOfEnds,
  ...lawsOfRows,
  ...lawsOfStates,
  ...lawsOfCalls,
};
