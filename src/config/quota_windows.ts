/** The windows in which Gainsight counts calls: another one is an entry here, and its setting in `spec.json`. */
import { day, hour } from '../clock.ts';
import type { Quota } from './types.ts';

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
export type QuotaLimits = Readonly<Pick<Quota, 'calls_per_hour' | 'calls_per_day' | 'reserved_per_day'>>;

/** The windows as configured, the shortest first. */
export function quotaWindows(quota: QuotaLimits): readonly QuotaWindow[] {
  return [
    {
      name: 'hour',
      current: 'this hour',
      title: 'Calls per Hour',
      lengthMs: hour,
      limit: quota.calls_per_hour,
      ownLimit: quota.calls_per_hour,
    },
    {
      name: 'day',
      current: 'today',
      title: 'Calls per Day',
      lengthMs: day,
      limit: quota.calls_per_day,
      ownLimit: quota.calls_per_day - quota.reserved_per_day,
    },
  ];
}

/** Calls that one job takes: its submission, and where every call counts three polls and its errors as well. */
export function callsOfJob({ counted_calls }: Pick<Quota, 'counted_calls'>): number {
  return counted_calls === 'all_calls' ? 5 : 1;
}
