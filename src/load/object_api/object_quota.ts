/** The windows in which Gainsight counts calls of the object API. */
import { day, minute } from '../../clock.ts';
import type { QuotaWindow } from '../../config/quota_windows.ts';

/** The limits: `quota.object_api`. */
export interface ObjectQuota {
  /** Calls that Gainsight allows all clients together. */
  readonly per_minute: number;
  readonly per_day: number;
  /** The percentage of both that is left to other clients of the tenant. */
  readonly reserved: number;
}

/**
 * The windows, the shortest first.
 * @param attempt after the first, half of a day's calls count as used: what the previous attempt used is not known
 */
export function objectWindows({ per_minute, per_day, reserved }: ObjectQuota, attempt: number): readonly QuotaWindow[] {
  const own = (limit: number, part = 1) => Math.max(1, Math.floor((limit * (100 - reserved) * part) / 100));
  return [
    {
      name: 'minute',
      current: 'this minute',
      lengthMs: minute,
      limit: per_minute,
      ownLimit: own(per_minute),
      // A call counts from before it is sent until a minute after its answer, so that no minute of the server's clock
      // can have more of them; half a minute more would cost a third of the calls.
      marginMs: 2000,
    },
    {
      name: 'day',
      current: 'today',
      lengthMs: day,
      limit: per_day,
      ownLimit: own(per_day, attempt > 0 ? 0.5 : 1),
      marginMs: 30_000,
    },
  ];
}
