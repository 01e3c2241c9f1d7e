/** The values of the latest record, by the numbers of their names in its plan. */
import * as positions from '../src/records/kernel/positions';
import * as json from './json';
import * as layout from './layout';

@unmanaged
export class Value {
  /** 0: the record has no value of this name. */
  start: usize;
  end: usize;
  /** As `json.ts` has them. */
  traits: i32;
  /** With {@link json.isDecoded}: the string's text. */
  textStart: usize;
  textEnd: usize;
}
if (offsetof<Value>('start') !== 4 * positions.valueStart) ERROR('start');
if (offsetof<Value>('end') !== 4 * positions.valueEnd) ERROR('end');
if (offsetof<Value>('traits') !== 4 * positions.valueTraits) ERROR('traits');
if (offsetof<Value>() !== 4 * positions.valueNumbers) ERROR('valueNumbers');

/** The value of the name with this number. */
export function valueNamed(name: i32): Value {
  return changetype<Value>(layout.values + <usize>name * offsetof<Value>());
}

/** From now on none of the names 0 to `names` - 1 has a value. */
export function clear(names: i32): void {
  for (let name = 0; name < names; name++) valueNamed(name).start = 0;
}

/** Reads the value at `start` and keeps it under this name; returns the position after it. */
export function read(name: i32, start: usize): usize {
  const text = json.texts;
  const end = json.value(start);
  if (name === positions.noName) return end;
  const value = valueNamed(name);
  value.start = start;
  value.end = end;
  value.traits = json.traits;
  value.textStart = text;
  value.textEnd = json.texts;
  return end;
}
