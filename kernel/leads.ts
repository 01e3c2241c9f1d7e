/**
 * Leads: what comes before a value in `data` from the `{` or the comma on, that is a key with its quotes, its colon and
 * white space. Each plan keeps those of its records. Where the same bytes come again, they are valid and mean the same.
 *
 * A lead remembers which one followed it last, so that records whose keys come in one order are read by comparison
 * alone. Otherwise it is found by the bytes of its key, so that keys may come in any order, and come and go.
 */
import * as arena from './arena';
import * as ascii from './ascii';
import { goldenRatio, lowBits, marks } from './bytes';
import { EncodingPlan } from './plan';

/** Longer leads are not kept. */
const mostBytes: i32 = 256;
/** Leads of one plan; further keys are not kept. */
const mostLeads: i32 = 4096;
/** If a hash has as many in its way, a lead is not kept. */
const mostProbes: u32 = 16;
const leastSlots: i32 = 16;

/** The bytes before a value; they follow this header. */
@unmanaged
export class Lead {
  length: i32;
  /** The number of the key's name in the plan; `noName`: no column reads it. */
  name: i32;
  hash: u32;
  /** The lead that came after it last; 0: none. */
  next: usize;
}

/** The leads of one plan: a hash table with open addressing. */
@unmanaged
export class Leads {
  /** The lead that a record began with last; 0: none. */
  first: usize;
  /** Positions of leads, or 0. */
  slots: usize;
  /** The number of slots, a power of two, minus one. */
  mask: u32;
  count: i32;
}

/** The plan's leads, which are new if all were forgotten; 0 if there is no memory left. */
export function leadsOf(plan: EncodingPlan): Leads {
  if (plan.epoch === arena.epoch) return changetype<Leads>(plan.leads);
  const leads = changetype<Leads>(arena.allocate(<i32>offsetof<Leads>()));
  if (changetype<usize>(leads) === 0) return leads;
  leads.first = 0;
  leads.count = 0;
  if (!makeSlots(leads, leastSlots)) return changetype<Leads>(0);
  plan.leads = changetype<usize>(leads);
  plan.epoch = arena.epoch;
  return leads;
}

/** Whether the lead's bytes come before the value after them; more white space than last time is another lead. */
export function leadsAt(lead: Lead, at: usize): bool {
  let bytes = changetype<usize>(lead) + offsetof<Lead>();
  let other = at;
  let left = lead.length;
  for (; left > 16; left -= 16, bytes += 16, other += 16) {
    if (v128.any_true(v128.xor(v128.load(bytes), v128.load(other)))) return false;
  }
  const equal = i8x16.bitmask(i8x16.eq(v128.load(bytes), v128.load(other)));
  return (~equal & lowBits(left)) === 0 && load<u8>(at + lead.length) > ascii.space;
}

/** The lead at this position; 0 if it is not known. */
export function find(leads: Leads, at: usize): usize {
  const hash = hashAt(at);
  if (hash === 0) return 0;
  for (let probe: u32 = 0; probe < mostProbes; probe++) {
    const lead = leadIn(leads, hash + probe);
    if (changetype<usize>(lead) === 0) return 0;
    if (lead.hash === hash && leadsAt(lead, at)) return changetype<usize>(lead);
  }
  return 0;
}

/**
 * Keeps the lead `[start, stop)` of a key with this name.
 * @returns 0 if it is not kept
 */
export function add(leads: Leads, start: usize, stop: usize, name: i32): usize {
  const length = <i32>(stop - start);
  const hash = hashAt(start);
  if (hash === 0 || length > mostBytes || leads.count === mostLeads) return 0;
  if (2 * leads.count > <i32>leads.mask && !grow(leads)) return 0;
  const slot = freeSlot(leads, hash);
  if (slot === 0) return 0;
  const lead = changetype<Lead>(arena.allocate(<i32>offsetof<Lead>() + length));
  if (changetype<usize>(lead) === 0) return 0;
  lead.length = length;
  lead.name = name;
  lead.hash = hash;
  lead.next = 0;
  memory.copy(changetype<usize>(lead) + offsetof<Lead>(), start, length);
  store<u32>(slot, <u32>changetype<usize>(lead));
  leads.count++;
  return changetype<usize>(lead);
}

function grow(leads: Leads): bool {
  const former = leads.slots;
  const count = leads.mask + 1;
  if (!makeSlots(leads, 2 * count)) return false;
  for (let slot: u32 = 0; slot < count; slot++) {
    const lead = load<u32>(former + 4 * <usize>slot);
    if (lead === 0) continue;
    const place = freeSlot(leads, changetype<Lead>(<usize>lead).hash);
    if (place !== 0) store<u32>(place, lead);
  }
  return true;
}

function makeSlots(leads: Leads, count: i32): bool {
  const slots = arena.allocate(4 * count);
  if (slots === 0) return false;
  memory.fill(slots, 0, 4 * count);
  leads.slots = slots;
  leads.mask = count - 1;
  return true;
}

/** Where a lead with this hash is kept; 0: too many are in its way. */
function freeSlot(leads: Leads, hash: u32): usize {
  for (let probe: u32 = 0; probe < mostProbes; probe++) {
    const slot = slotAt(leads, hash + probe);
    if (load<u32>(slot) === 0) return slot;
  }
  return 0;
}

function leadIn(leads: Leads, at: u32): Lead {
  return changetype<Lead>(<usize>load<u32>(slotAt(leads, at)));
}

function slotAt(leads: Leads, at: u32): usize {
  return leads.slots + 4 * <usize>(at & leads.mask);
}

/**
 * A hash of the key up to the next quote, from its first and last eight bytes and its length; never 0 for a key that
 * begins at once or after one blank. 0: no key does, or it is long.
 */
function hashAt(at: usize): u32 {
  const start = load<u8>(at) === ascii.quote ? at + 1 : at + 2;
  if (load<u8>(start - 1) !== ascii.quote) return 0;
  let end = start;
  let quotes = marks(v128.load(end), ascii.quote);
  while (quotes === 0) {
    end += 16;
    if (end - start >= <usize>mostBytes) return 0;
    quotes = marks(v128.load(end), ascii.quote);
  }
  end += ctz(quotes);
  const length = end - start;
  let value: u64 = load<u64>(start);
  if (length < 8) value &= ((<u64>1) << (8 * <u64>length)) - 1;
  else value ^= rotl<u64>(load<u64>(end - 8), 29);
  value = (value ^ length) * goldenRatio;
  // Once more, as the last bytes of a short key, such as the digits of `field_12`, reach only the high bits.
  value = (value ^ (value >> 32)) * goldenRatio;
  return max(<u32>(value >> 32), 1);
}
