/**
 * Line templates: what the lines of a stream have in common. A template is the beginning of a line up to the `{` of
 * `data` (its head), and what comes after `data` (its tail), of which one value may differ. Between them are keys, of
 * which its plan keeps the leads.
 *
 * Heads and tails come from lines that were valid JSON and UTF-8. Where the same bytes come again, they are valid and
 * mean the same.
 */
import * as arena from './arena';
import * as ascii from './ascii';
import { goldenRatio, marks, same } from './bytes';
import { found } from './found';
import * as json from './json';
import * as layout from './layout';
import { add, find as findLead, Lead, Leads, leadsOf } from './leads';
import { EncodingPlan } from './plan';

/** Longer heads and tails are not kept. */
const mostBytes: i32 = 1024;
/** The `{` of `data` is the third of its line or a later one. */
const braces: i32 = 3;
const leastSlots: u32 = 64;

@unmanaged
export class Template {
  hash: u32;
  /** The template of the line that came after its line last; 0: none. */
  next: usize;
  /** The plan by which its lines are encoded: an `EncodingPlan`. */
  plan: usize;
  /** The head: where it is, and its length in bytes. */
  head: usize;
  headLength: i32;
  /** The tail: where it is, and the bytes of memory that it may take. */
  tail: usize;
  tailCapacity: i32;
  /** The length of the tail up to the value that may differ; 0: there is none. */
  tailLength: i32;
  /** The length of its rest, with the line feed. */
  restLength: i32;
}

/** A hash table with open addressing, of positions of templates, or 0. */
let slots: usize = 0;
let mask: u32 = 0;
let count: i32 = 0;
/** The template of the latest line; 0: none. */
let latest: usize = 0;

/** Forgets all templates and leads. */
export function forget(): void {
  arena.reset();
  slots = latest = 0;
  mask = count = 0;
}

/** The template with whose head a line begins; 0: there is none. */
export function find(line: usize): usize {
  const former = changetype<Template>(latest);
  if (latest !== 0) {
    if (begins(former, line)) return latest;
    if (former.next !== 0 && begins(changetype<Template>(former.next), line)) {
      latest = former.next;
      return latest;
    }
  }
  const template = lookUp(line, hashOf(line), 0);
  if (template === 0) return 0;
  if (latest !== 0) former.next = template;
  latest = template;
  return template;
}

/** Whether the line begins with the template's head. */
function begins(template: Template, line: usize): bool {
  return same(line, template.head, template.headLength);
}

/** @param headLength 0: any */
function lookUp(line: usize, hash: u32, headLength: i32): usize {
  if (hash === 0 || count === 0) return 0;
  for (let slot = hash & mask; load<u32>(slotAt(slot)) !== 0; slot = (slot + 1) & mask) {
    const template = changetype<Template>(<usize>load<u32>(slotAt(slot)));
    if (template.hash !== hash || (headLength !== 0 && template.headLength !== headLength)) continue;
    if (begins(template, line)) return changetype<usize>(template);
  }
  return 0;
}

/**
 * The position after the line, if the template's tail comes at `start` and a value in it is JSON; 0 if another tail
 * does.
 */
export function tailEnd(template: Template, start: usize): usize {
  let at = start;
  const length = template.tailLength;
  if (length > 0) {
    if (!same(at, template.tail, length)) return 0;
    at += length;
    if (load<u8>(at) <= ascii.space) return 0;
    at = json.value(at);
  }
  return same(at, template.tail + length, template.restLength) ? at + template.restLength : 0;
}

/**
 * Learns from the line of which {@link fields} has read `data` and the connector has written the numbers of its names.
 * @param line where it starts; it is valid JSON and UTF-8, and has no changes that a record of its plan needs
 * @param value a value after `data` that is irrelevant and may differ; 0: there is none
 * @param stop where its line feed is
 * @returns false if there is no memory left
 */
export function learn(plan: usize, line: usize, value: usize, stop: usize): bool {
  const data = found.data;
  const dataEnd = found.dataEnd;
  if (changetype<EncodingPlan>(plan).isStopped === 0) {
    const leads = leadsOf(changetype<EncodingPlan>(plan));
    if (changetype<usize>(leads) === 0) return false;
    learnLeads(leads, data);
  }
  const headLength = <i32>(data + 1 - line);
  const valueEnd = value === 0 ? dataEnd : json.value(value);
  const tailLength = value === 0 ? 0 : <i32>(value - dataEnd);
  const restLength = <i32>(stop + 1 - valueEnd);
  if (headLength > mostBytes || tailLength + restLength > mostBytes) return true;
  const template = changetype<Template>(known(line, headLength));
  if (changetype<usize>(template) === 0) return false;
  if (template.tailCapacity < tailLength + restLength) {
    template.tail = arena.allocate(tailLength + restLength);
    template.tailCapacity = template.tail === 0 ? 0 : tailLength + restLength;
    if (template.tail === 0) return false;
  }
  template.plan = plan;
  template.tailLength = tailLength;
  template.restLength = restLength;
  memory.copy(template.tail, dataEnd, tailLength);
  memory.copy(template.tail + tailLength, valueEnd, restLength);
  return true;
}

/** The template with this head, which may be new and without a tail; 0 if there is no memory left. */
function known(line: usize, headLength: i32): usize {
  const hash = hashOf(line);
  const former = lookUp(line, hash, headLength);
  if (former !== 0) return former;
  if (2 * count >= <i32>mask && !grow()) return 0;
  const template = changetype<Template>(arena.allocate(<i32>offsetof<Template>() + headLength));
  if (changetype<usize>(template) === 0) return 0;
  template.hash = hash;
  template.next = 0;
  template.head = changetype<usize>(template) + offsetof<Template>();
  template.headLength = headLength;
  template.tail = template.tailCapacity = template.tailLength = template.restLength = 0;
  memory.copy(template.head, line, headLength);
  place(changetype<usize>(template));
  count++;
  return changetype<usize>(template);
}

function grow(): bool {
  const former = slots;
  const formerSlots: u32 = former === 0 ? 0 : mask + 1;
  const more = max(2 * formerSlots, leastSlots);
  const at = arena.allocate(4 * <i32>more);
  if (at === 0) return false;
  memory.fill(at, 0, 4 * more);
  slots = at;
  mask = more - 1;
  for (let slot: u32 = 0; slot < formerSlots; slot++) {
    const template = <usize>load<u32>(former + 4 * <usize>slot);
    if (template !== 0) place(template);
  }
  return true;
}

function place(template: usize): void {
  let slot = changetype<Template>(template).hash & mask;
  while (load<u32>(slotAt(slot)) !== 0) slot = (slot + 1) & mask;
  store<u32>(slotAt(slot), <u32>template);
}

function slotAt(slot: u32): usize {
  return slots + 4 * <usize>slot;
}

/** Keeps the lead of each of the latest fields. */
function learnLeads(leads: Leads, data: usize): void {
  let from = data + 1;
  let before = changetype<Lead>(0);
  for (let field = 0; field < found.members; field++) {
    const value = <usize>load<i32>(layout.valueStart + 4 * field);
    let lead = findLead(leads, from);
    if (lead === 0) lead = add(leads, from, value, load<i32>(layout.nameOf + 4 * field));
    if (field === 0) leads.first = lead;
    else if (changetype<usize>(before) !== 0) before.next = lead;
    before = changetype<Lead>(lead);
    // After the comma.
    from = json.space(<usize>load<i32>(layout.valueEnd + 4 * field)) + 1;
  }
}

/** A hash of the line up to its third `{`; 0: there are fewer in so many bytes as a head may have. */
function hashOf(line: usize): u32 {
  let left = braces;
  let hash: u64 = 0;
  for (let at = line; at < line + mostBytes; at += 16) {
    let opening = marks(v128.load(at), ascii.openBrace);
    const more = popcnt(opening);
    if (more < left) {
      left -= more;
      hash = mixed(mixed(hash, load<u64>(at)), load<u64>(at, 8));
      continue;
    }
    for (; left > 1; left--) opening &= opening - 1;
    const bytes = ctz(opening);
    hash = bytes < 8 ? mixed(hash, head(at, bytes)) : mixed(mixed(hash, load<u64>(at)), head(at + 8, bytes - 8));
    return max(<u32>(hash >> 32), 1);
  }
  return 0;
}

/** The first `bytes` bytes from `at`, fewer than eight. */
function head(at: usize, bytes: i32): u64 {
  return load<u64>(at) & (((<u64>1) << (8 * <u64>bytes)) - 1);
}

function mixed(hash: u64, word: u64): u64 {
  const product = (hash ^ word) * goldenRatio;
  return product ^ (product >> 29);
}
