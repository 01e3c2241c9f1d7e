/** What a fault case is: something that goes wrong, and how a sync may end under it. */
import type { ErrorCode } from '../../src/errors.ts';
import type { FaultRule, FaultScript } from '../../src/sandbox/faults.ts';
import type { SandboxOptions } from '../../src/sandbox/options.ts';
import type { AllowedEnds } from '../laws/evidence.ts';

/** Something that goes wrong in a sync of any input. */
export interface FaultCase extends Omit<AllowedEnds, 'mayStop'> {
  /** `QUOTED` in it stands for a value of the input. */
  readonly script?: FaultScript;
  readonly sandbox?: Partial<SandboxOptions>;
  /** Laid over the configuration of the input, member by member. */
  readonly config?: Readonly<Record<string, object>>;
  /** Rejected rows are kept in a folder. */
  readonly keepsRejects?: true;
  /** SIGTERM comes with the first line of which this is true. */
  readonly stopAt?: (line: string) => boolean;
  /** Our own clock jumps by so many minutes with the first line about a submission. */
  readonly ourClockJumps?: number;
  readonly ends?: readonly ErrorCode[];
  readonly insertEnds?: readonly ErrorCode[];
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
