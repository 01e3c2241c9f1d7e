/** The windows in which Gainsight counts calls: another one is an entry here, and its setting in `spec.json`. */
import { day, hour } from '../clock.ts';

/** A rolling window of the quota. */
export interface QuotaWindow {
  /** As a text has it: `the calls of this hour`. */
  readonly name: string;
  /** The one that is now, in a text: `7 calls left today`. */
  readonly current: string;
  /** Its setting's title in the form. */
  readonly title: string;
  readonly lengthMs: number;
  /** Calls that Gainsight allows in it, to everyone together. */
  readonly limit: number;
  /** As many of them the connector may make. The rest is left to others. */
  readonly ownLimit: number;
}

/** The settings that windows are made of. */
export interface QuotaLimits {
  readonly callsPerHour: number;
  readonly callsPerDay: number;
  /** Calls of a day that are left to others. */
  readonly reservedPerDay: number;
}

/** The windows as configured, the shortest first. */
export function quotaWindows({ callsPerHour, callsPerDay, reservedPerDay }: QuotaLimits): readonly QuotaWindow[] {
  return [
    {
      name: 'hour',
      current: 'this hour',
      title: 'Calls per Hour',
      lengthMs: hour,
      limit: callsPerHour,
      ownLimit: callsPerHour,
    },
    {
      name: 'day',
      current: 'today',
      title: 'Calls per Day',
      lengthMs: day,
      limit: callsPerDay,
      ownLimit: callsPerDay - reservedPerDay,
    },
  ];
}
