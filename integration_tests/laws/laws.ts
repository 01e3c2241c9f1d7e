/** The laws of every sync under any fault, and the further ones of a sync without faults. */
import type { Laws } from './law.ts';
import { lawsOfCalls } from './laws_of_calls.ts';
import { lawsOfEnds } from './laws_of_ends.ts';
import { lawsOfMainPath } from './laws_of_main_path.ts';
import { lawsOfFaultlessReport, lawsOfReport } from './laws_of_report.ts';
import { lawsOfRows } from './laws_of_rows.ts';
import { lawsOfStates } from './laws_of_states.ts';

/** All laws of every sync by their statement. */
export const laws: Laws = { ...lawsOfEnds, ...lawsOfRows, ...lawsOfStates, ...lawsOfCalls, ...lawsOfReport };

/** All laws of a sync without faults. */
export const mainPathLaws: Laws = { ...laws, ...lawsOfMainPath, ...lawsOfFaultlessReport };
