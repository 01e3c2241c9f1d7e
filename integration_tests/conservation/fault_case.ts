/** Defines a fault case: something that goes wrong, and how a sync may end then. */
import type { ErrorCode } from '../../src/errors.ts';
import type { FaultRule, FaultScript } from '../../src/sandbox/faults.ts';
import type { SandboxOptions } from '../../src/sandbox/options.ts';
import type { AllowedEnds } from '../laws/evidence.ts';

/** Something that goes wrong in a sync of any input. */
export interface FaultCase extends Omit<AllowedEnds, 'mayStop'> {
  /** `QUOTED` in it stands for a value of the input. */
  readonly script?: FaultScript;
  readonly sandbox?: Partial<SandboxOptions>;
  /** Merged into the configuration of the input. */
  readonly config?: Readonly<Record<string, object>>;
  /** Rejected rows are kept in a folder. */
  readonly keepsRejects?: true;
  /** SIGTERM is sent with the first line for which this is true. */
  readonly stopAt?: (line: string) => boolean;
  /** Our own clock jumps by this many minutes with the first line about a submission. */
  readonly ourClockJumps?: number;
  readonly ends?: readonly ErrorCode[];
  readonly insertEnds?: readonly ErrorCode[];
  readonly insertRaceEnds?: readonly ErrorCode[];
}

/** Fault cases by what goes wrong. */
export type FaultCases = Readonly<Record<string, FaultCase>>;

/** A rule for each matching call; `more` narrows it down. */
export function rule(on: FaultRule['on'], fault: FaultRule['do'], more: Partial<FaultRule> = {}): FaultRule {
  return { on, ...more, do: fault };
}

/** Only the first matching call. */
export const once = { nth: 1 } as const;

/** The read of the list before the first submission; the first of all is at the start. */
export const beforeFirst = { nth: 2 } as const;

/** The first `times` matching calls. */
export const first = (times: number) => ({ nth: 1, times });
