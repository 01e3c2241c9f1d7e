/** Finds each key and value among the members of a record's `data`, of which nothing is known. */
import * as positions from '../src/records/kernel/positions';
import { found } from './found';
import { fieldsFull } from './host';
import * as json from './json';
import * as layout from './layout';
import { clear, valueNamed } from './values';

/** Reads `{ "key": value, … }` from the `{` and returns the position after the `}`. */
export function fields(start: usize): usize {
  let count = 0;
  for (let value = json.member(start + 1, true); value !== 0; count++) {
    if (count >= layout.mostFields) fieldsFull();
    const at: usize = 4 * count;
    store<i32>(layout.keyStart + at, <i32>json.keyStart);
    store<i32>(layout.keyEnd + at, <i32>json.keyEnd);
    store<u8>(layout.keyEscaped + count, json.keyEscaped);
    const end = json.value(value);
    store<i32>(layout.valueStart + at, <i32>value);
    store<i32>(layout.valueEnd + at, <i32>end);
    store<u8>(layout.valueTraits + count, json.traits);
    value = json.member(end, false);
  }
  found.members = count;
  found.data = start;
  found.dataEnd = json.objectEnd;
  return json.objectEnd;
}

/**
 * Keeps the values of the latest fields under their names, which the connector has written for each field. Of fields
 * of one name the last counts.
 */
export function assign(names: i32): void {
  clear(names);
  for (let field = 0; field < found.members; field++) {
    const name = load<i32>(layout.nameOf + 4 * field);
    if (name === positions.noName) continue;
    const value = valueNamed(name);
    value.start = load<i32>(layout.valueStart + 4 * field);
    value.end = load<i32>(layout.valueEnd + 4 * field);
    value.traits = load<u8>(layout.valueTraits + field);
  }
}
