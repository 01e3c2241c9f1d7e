/** Converts settings to the units of the code: milliseconds and bytes instead of minutes and megabytes. */
import { minute, second } from '../clock.ts';

/** `max_wait_minutes` becomes `max_wait_ms`, and `max_megabytes` becomes `max_bytes`; other names stay. */
type InUnit<Name> = Name extends `${infer Stem}_minutes` | `${infer Stem}_seconds`
  ? `${Stem}_ms`
  : Name extends `${infer Stem}_megabytes`
    ? `${Stem}_bytes`
    : Name;

/** A group of settings with its durations in milliseconds and its sizes in bytes. */
export type InUnits<Group> = { readonly [Name in keyof Group as InUnit<Name>]: Group[Name] };

const units = [
  { suffix: '_minutes', to: '_ms', factor: minute },
  { suffix: '_seconds', to: '_ms', factor: second },
  { suffix: '_megabytes', to: '_bytes', factor: 1_000_000 },
];

/** Converts a group of settings. */
export function inUnits<Group extends object>(group: Group): InUnits<Group> {
  const converted = Object.entries(group).map(([name, value]) => {
    const unit = units.find(({ suffix }) => name.endsWith(suffix));
    return unit ? [name.slice(0, -unit.suffix.length) + unit.to, Math.floor(value * unit.factor)] : [name, value];
  });
  return Object.fromEntries(converted) as InUnits<Group>;
}
