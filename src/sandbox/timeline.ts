/** Plans a job's life over time, so that its state at any moment is computed and no timer runs. */
import type { JobFault } from './faults.ts';

/** What a job does, and for how long: Infinity for ever. */
interface Phase {
  readonly status: string;
  readonly seconds: number;
}

/** A job's phases and how it ends. */
export interface Timeline {
  /** Rows are processed in the last of them. */
  readonly phases: readonly Phase[];
  readonly end: { readonly status: string /** Rows done by then. */; readonly rows: number };
}

/** A job at one moment. */
export interface Moment {
  readonly status: string;
  /** Rows processed so far. */
  readonly processed: number;
  readonly ended: boolean;
}

/** What determines a timeline besides the faults. */
export interface Pace {
  readonly rows: number;
  /** A file that cannot be loaded FAILs with no row processed. */
  readonly loadable: boolean;
  readonly pendingSeconds: number;
  readonly rowsPerSecond: number;
}

/** Plans the life of a job. */
export function planTimeline(pace: Pace, faults: readonly JobFault[]): Timeline {
  const end = endOf(pace, faults);
  const lasting = (kind: 'stay_pending' | 'stay_in_progress') => {
    const fault = faults.find((one) => one.kind === kind) as Extract<JobFault, { kind: typeof kind }> | undefined;
    return fault ? (fault.seconds ?? Number.POSITIVE_INFINITY) : 0;
  };
  return {
    phases: [
      { status: 'PENDING', seconds: pace.pendingSeconds + lasting('stay_pending') },
      ...faults.flatMap(detour),
      { status: 'IN_PROGRESS', seconds: end.rows / pace.rowsPerSecond + lasting('stay_in_progress') },
    ],
    end,
  };
}

function endOf({ rows, loadable }: Pace, faults: readonly JobFault[]): Timeline['end'] {
  if (!loadable) return { status: 'FAILED', rows: 0 };
  for (const fault of faults) {
    if (fault.kind === 'fail') return { status: 'FAILED', rows: Math.min(rows, fault.afterRows ?? 0) };
    if (fault.kind === 'unknown_status_completed_date') {
      return { status: fault.status ?? 'ABORTED', rows: Math.min(rows, fault.afterRows ?? 0) };
    }
  }
  return { status: 'COMPLETED', rows };
}

function detour(fault: JobFault): Phase[] {
  if (fault.kind === 'unknown_status') return [{ status: fault.status ?? 'INIT', seconds: fault.seconds ?? 10 }];
  if (fault.kind !== 'go_back') return [];
  const seconds = fault.seconds ?? 10;
  return [
    { status: 'IN_PROGRESS', seconds },
    { status: 'PENDING', seconds },
  ];
}

/** How long a job takes from its submission to its end, in seconds. */
export function duration(timeline: Timeline): number {
  return timeline.phases.reduce((sum, { seconds }) => sum + seconds, 0);
}

/** The state of a job this many seconds after its submission. */
export function at(timeline: Timeline, seconds: number, rowsPerSecond: number): Moment {
  const { phases, end } = timeline;
  let begin = 0;
  for (const [index, phase] of phases.entries()) {
    if (seconds < begin + phase.seconds) {
      const worked = index === phases.length - 1 ? Math.floor((seconds - begin) * rowsPerSecond) : 0;
      return { status: phase.status, processed: Math.min(end.rows, worked), ended: false };
    }
    begin += phase.seconds;
  }
  return { status: end.status, processed: end.rows, ended: true };
}
