/** The windows in which Gainsight counts calls: a new one is an entry here and a setting in `spec.json`. */
import { day, hour } from '../clock.ts';
import type { Quota } from './types.ts';

/** A rolling window of the quota. */
export interface QuotaWindow {
  /** As in a text: `the calls of this hour`. */
  readonly name: string;
  /** The current one, in a text: `7 calls left today`. */
  readonly current: string;
  readonly lengthMs: number;
  /** Calls that Gainsight allows in it, for all clients together. */
  readonly limit: number;
  /** How many of them the connector may make. The others are reserved for other clients. */
  readonly ownLimit: number;
  /** How much longer than the window a call counts, in milliseconds: allows for the network and two clocks. */
  readonly marginMs: number;
}

/** A window whose limit is a setting. */
export interface ConfiguredWindow extends QuotaWindow {
  /** Its setting in the group `quota`. */
  readonly setting: keyof Quota;
  /** The setting's title in the form. */
  readonly title: string;
}

const marginMs = 30_000;

/** The settings that define the windows. */
export type QuotaLimits = Readonly<Pick<Quota, 'calls_per_hour' | 'calls_per_day' | 'reserved_per_day'>>;

/** The windows as configured, the shortest first. */
export function quotaWindows(quota: QuotaLimits): readonly ConfiguredWindow[] {
  return [
    {
      name: 'hour',
      current: 'this hour',
      setting: 'calls_per_hour',
      title: 'Quota: Calls per Hour',
      lengthMs: hour,
      limit: quota.calls_per_hour,
      ownLimit: quota.calls_per_hour,
      marginMs,
    },
    {
      name: 'day',
      current: 'today',
      setting: 'calls_per_day',
      title: 'Quota: Calls per Day',
      lengthMs: day,
      limit: quota.calls_per_day,
      ownLimit: quota.calls_per_day - quota.reserved_per_day,
      marginMs,
    },
  ];
}

/** Calls that one job takes: its submission, and if every call counts also three polls and its errors. */
export function callsOfJob({ counted_calls }: Pick<Quota, 'counted_calls'>): number {
  return counted_calls === 'all_calls' ? 5 : 1;
}
