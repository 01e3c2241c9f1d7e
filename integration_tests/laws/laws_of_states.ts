/** Laws of states: none too early, none missing, each with its counts. */
import { readLogs } from '../support/log_lines.ts';
import { type ReleasedState, withoutStats } from '../support/orchestrator.ts';
import type { ReferenceState, ReferenceStream } from '../support/reference.ts';
import { isDeletedLater, type RecordOutcome, type ReferenceFile } from '../support/reference_load.ts';
import type { Evidence } from './evidence.ts';
import { isCutOff, isInexact, type Law, type Laws } from './law.ts';

/** A released state comes after records whose jobs have COMPLETED by then, or that belong in no file. */
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

/** It was deleted while it waited, in a batch that was left without rows. */
function isGone(stream: ReferenceStream, files: readonly ReferenceFile[], at: number): boolean {
  const own = files.filter((file) => file.stream === stream);
  return isDeletedLater(stream, at) && !isIn(own, at);
}

/** The counts of a state are those of the records that it covers. */
function countFaults(seen: ReleasedState, outcomes: readonly RecordOutcome[]): string[] {
  const rejected = outcomes.filter((outcome) => outcome === 'rejected').length;
  const accepted = outcomes.length - rejected;
  if (seen.rejected === rejected && seen.accepted === accepted) return [];
  return [`state ${seen.id}: ${seen.accepted} + ${seen.rejected} for ${accepted} + ${rejected}`];
}

/** What is settled is released: all states except those inside INSERT files, each with the counts of what it covers. */
const settledIsReleased: Law = (evidence) => {
  const { reference, states, run, outcomes } = evidence;
  // The last job's records count then, and its states are withheld.
  const isWithheld = isCutOff(evidence) || readLogs('rejectLimit', [...run.logs, ...run.traces]).length > 0;
  const marks = new Map<string, ReadonlyMap<string, number>>();
  return reference.states.flatMap((state) => {
    const { scope, before, text, isLost } = state;
    const of = streamsOf(reference.streams, state);
    const seen = states.find(({ sent }) => sent === withoutStats(text));
    // Records of a stream that the catalog lacks may come before it.
    if (isLost) return seen ? [`${text} was released`] : [];
    const mustCome = isDue(evidence, state);
    if (!seen) return mustCome && run.end !== 'stopped' && !isWithheld ? [`${text} was never released`] : [];
    if (!mustCome) return [`${text} was released`];
    const since = marks.get(scope ?? '');
    if (scope !== undefined) marks.set(scope, before);
    if (isInexact(evidence)) return [];
    const own = of.flatMap(({ label }) => (outcomes.get(label) ?? []).slice(since?.get(label) ?? 0, before.get(label)));
    return countFaults(seen, own);
  });
};

/**
 * Whether all before a state is settled, nothing before it is of a stream that the catalog lacks, and it is not inside
 * an INSERT file.
 */
export function isDue({ reference, outcomes, settled }: Evidence, state: ReferenceState): boolean {
  if (state.isLost) return false;
  return streamsOf(reference.streams, state).every((stream) => {
    const before = state.before.get(stream.label) ?? 0;
    if ((outcomes.get(stream.label) ?? []).slice(0, before).includes('unsettled')) return false;
    const isSent = (from: number, upTo: number) =>
      stream.records.slice(from, upTo).some(({ result }) => result === 'sent');
    const isInside = settled.some(
      (file) => file.stream === stream && isSent(file.from, before) && isSent(before, file.upTo) && before > file.from,
    );
    return stream.operation !== 'INSERT' || !isInside;
  });
}

function stateOf(states: readonly ReferenceState[], sent: string): ReferenceState | undefined {
  return states.find(({ text }) => withoutStats(text) === sent);
}

/** The streams whose records a state covers. */
function streamsOf(streams: readonly ReferenceStream[], state: ReferenceState | undefined): ReferenceStream[] {
  return streams.filter(({ label }) => state?.scope === '*' || state?.scope === label);
}

/** By their statement. */
export const lawsOfStates: Laws = {
  'states come after proven records': statesAreProven,
  'what is settled is released, with its counts': settledIsReleased,
};
