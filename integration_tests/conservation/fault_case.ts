/** What a fault case is: something that goes wrong, and how a sync may end under it. */
import type { ErrorCode } from '../../src/errors.ts';
import type { FaultRule, FaultScript } from '../../src/sandbox/faults.ts';
import type { SandboxOptions } from '../../src/sandbox/options.ts';

/** Something that goes wrong in a sync of any input. */
export interface FaultCase {
  /** `QUOTED` in it stands for a value of the input. */
  readonly script?: FaultScript;
  readonly sandbox?: Partial<SandboxOptions>;
  /** Laid over the configuration of the input, member by member. */
  readonly config?: Readonly<Record<string, object>>;
  /** Rejected rows are kept in a folder. */
  readonly keepsRejects?: true;
  /** SIGTERM comes with the first line of which this matches. */
  readonly stopAt?: RegExp;
  /** Our own clock jumps by so many minutes with the first line that tells of a submission. */
  readonly ourClockJumps?: number;
  /** Codes with which a sync may fail. None: it must end well. */
  readonly ends?: readonly ErrorCode[];
  /** Codes with which it may fail beside these if it has an INSERT stream. */
  readonly insertEnds?: readonly ErrorCode[];
  /** As `insertEnds`, and it depends on the machine's timing: none of them needs to be seen. */
  readonly insertRaceEnds?: readonly ErrorCode[];
}

/** Fault cases by what goes wrong. */
export type FaultCases = Readonly<Record<string, FaultCase>>;

/** A rule for each fitting call; `more` narrows it down. */
export function rule(on: FaultRule['on'], fault: FaultRule['do'], more: Partial<FaultRule> = {}): FaultRule {
  return { on, ...more, do: fault };
}

/** Only the first fitting call. */
export const once = { nth: 1 } as const;

/** The first so many. */
export const first = (times: number) => ({ nth: 1, times });
