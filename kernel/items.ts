/**
 * The items of a picklist as cells: a table with open addressing. It begins with the number of its slots minus one; a
 * slot has the position and the length of a cell, or zeros.
 */
import { same } from './bytes';

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

/** FNV-1a, its high bits folded down. */
function hash(start: usize, stop: usize): u32 {
  let value: u32 = 0x81_1c_9d_c5;
  for (let i = start; i < stop; i++) value = (value ^ load<u8>(i)) * 0x01_00_01_93;
  return value ^ (value >> 15);
}
