/** Laws of states: none too early, none forgotten, each with its counts. */
import { isReleasable } from '../main_path/judgement.ts';
import { type ReleasedState, withoutStats } from '../support/orchestrator.ts';
import type { ReferenceState, ReferenceStream } from '../support/reference.ts';
import { isDeletedLater, type RecordResult, type ReferenceFile } from '../support/reference_load.ts';
import { isInexact, type Law } from './law.ts';

/** A state that comes out lies behind records whose jobs have COMPLETED at this moment, or that are in no file for good. */
const statesAreProven: Law = ({ states, reference, files, stateFaults }) => [
  ...stateFaults,
  ...states.flatMap((seen) => {
    const state = stateOf(reference.states, seen.sent);
    return streamsOf(reference.streams, state).flatMap((stream) => {
      const completed = seen.jobs.filter(
        ({ endedAfter, status }) => endedAfter !== undefined && status === 'COMPLETED',
      );
      const ids = new Set(completed.map(({ id }) => id));
      const there = files.filter((file) => file.stream === stream && ids.has(file.job.id));
      const missing = stream.records
        .slice(0, state?.before.get(stream.label))
        .findIndex(({ result }, at) => result === 'sent' && !isIn(there, at) && !isGone(stream, files, at));
      return missing < 0 ? [] : [`state ${seen.id} before record ${missing} of ${stream.label}`];
    });
  }),
];

function isIn(files: readonly ReferenceFile[], at: number): boolean {
  return files.some(({ from, upTo }) => at >= from && at < upTo);
}

/** It was deleted while it waited, in a batch of which no row was left. */
function isGone(stream: ReferenceStream, files: readonly ReferenceFile[], at: number): boolean {
  const own = files.filter((file) => file.stream === stream);
  return isDeletedLater(stream, at) && !isIn(own, at);
}

/** The counts of a state are those of the records that it stands for. */
function countFaults(seen: ReleasedState, results: readonly RecordResult[]): string[] {
  const rejected = results.filter((result) => result === 'rejected').length;
  const accepted = results.length - rejected;
  if (seen.rejected === rejected && seen.accepted === accepted) return [];
  return [`state ${seen.id}: ${seen.accepted} + ${seen.rejected} for ${accepted} + ${rejected}`];
}

/** What is settled is released: all states but those inside INSERT files, each with the counts of what it stands for. */
const settledIsReleased: Law = (evidence) => {
  const { reference, states, run, settled, results } = evidence;
  // The last job's records count then, and its states are withheld.
  const isWithheld = [...run.logs, ...run.traces].some((text) => text.includes(' were rejected; '));
  const marks = new Map<string, ReadonlyMap<string, number>>();
  return reference.states.flatMap((state) => {
    const { scope, before, text, isLost } = state;
    const of = streamsOf(reference.streams, state);
    const seen = states.find(({ sent }) => sent === withoutStats(text));
    // Records of a stream that the catalog lacks may lie before it.
    if (isLost) return seen ? [`${text} was released`] : [];
    const isDue = of.every((stream) =>
      isReleasable(stream, before.get(stream.label) ?? 0, { results, files: settled }),
    );
    if (!seen) return isDue && run.end !== 'stopped' && !isWithheld ? [`${text} was never released`] : [];
    if (!isDue) return [`${text} was released`];
    const since = marks.get(scope ?? '');
    if (scope !== undefined) marks.set(scope, before);
    if (isInexact(evidence)) return [];
    const own = of.flatMap(({ label }) => (results.get(label) ?? []).slice(since?.get(label) ?? 0, before.get(label)));
    return countFaults(seen, own);
  });
};

function stateOf(states: readonly ReferenceState[], sent: string): ReferenceState | undefined {
  return states.find(({ text }) => withoutStats(text) === sent);
}

/** The streams whose records a state stands for. */
function streamsOf(streams: readonly ReferenceStream[], state: ReferenceState | undefined): ReferenceStream[] {
  return streams.filter(({ label }) => state?.scope === '*' || state?.scope === label);
}

/** By what they say. */
export const lawsOfStates: Readonly<Record<string, Law>> = {
  'states lie behind proven records': statesAreProven,
  'what is settled is released, with its counts': settledIsReleased,
};
