/**
 * The items of a picklist as cells: a table with open addressing. It begins with the number of its slots minus one; a
 * slot has the position and the length of a cell, or zeros.
 */
import { goldenRatio, same } from './bytes';

const slotBytes: usize = 8;

/** Adds the cell `[start, stop)`, which stays where it is. Half of the slots must stay free. */
export function addItem(table: usize, start: usize, stop: usize): void {
  const mask = load<u32>(table);
  let slot = hash(start, stop) & mask;
  while (load<u32>(slotAt(table, slot)) !== 0) slot = (slot + 1) & mask;
  store<u32>(slotAt(table, slot), <u32>start);
  store<u32>(slotAt(table, slot), <u32>(stop - start), 4);
}

/** Whether `[start, stop)` is one of them. */
export function isItem(table: usize, start: usize, stop: usize): bool {
  const mask = load<u32>(table);
  const length = <i32>(stop - start);
  let slot = hash(start, stop) & mask;
  for (let item = load<u32>(slotAt(table, slot)); item !== 0; item = load<u32>(slotAt(table, slot))) {
    if (load<i32>(slotAt(table, slot), 4) === length && same(start, item, length)) return true;
    slot = (slot + 1) & mask;
  }
  return false;
}

function slotAt(table: usize, slot: u32): usize {
  return table + 4 + slotBytes * <usize>slot;
}

/** Takes eight bytes at a time. */
function hash(start: usize, stop: usize): u32 {
  let value: u64 = stop - start;
  let i = start;
  for (; i + 8 <= stop; i += 8) value = mixed(value, load<u64>(i));
  const rest = stop - i;
  if (rest !== 0) value = mixed(value, load<u64>(i) & (((<u64>1) << (8 * rest)) - 1));
  return <u32>value;
}

/** A product spreads bits only upwards, so that its upper half is folded down. */
function mixed(value: u64, bytes: u64): u64 {
  const product = (value ^ bytes) * goldenRatio;
  return product ^ (product >> 32);
}
