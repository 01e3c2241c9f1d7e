/**
 * The fast path: encodes lines that fit a template, one after the other, without a call for each.
 */
import * as positions from '../src/records/kernel/positions';
import * as ascii from './ascii';
import { found } from './found';
import * as json from './json';
import { digestKeys, haveKeys } from './keys';
import * as layout from './layout';
import { find as findLead, Lead, leadsAt, leadsOf } from './leads';
import { findNested } from './nested';
import { EncodingPlan } from './plan';
import * as row from './row';
import { encode, fault } from './rows';
import { find as findTemplate, Template, tailEnd } from './templates';
import { clear, read, valueNamed } from './values';

/** No more lines are read once the rows have so many bytes, as they are to stay in the processor's cache. */
const enoughBytes: usize = 1 << 17;

/** What is known of a row. */
@unmanaged
class Row {
  plan: i32;
  end: i32;
  /** The first of the four numbers of its key's digest. */
  digest: i32;
  digest1: i32;
  digest2: i32;
  digest3: i32;
}
if (offsetof<Row>('plan') !== 4 * positions.rowPlan) ERROR('plan');
if (offsetof<Row>('end') !== 4 * positions.rowEnd) ERROR('end');
if (offsetof<Row>('digest') !== 4 * positions.rowDigest) ERROR('digest');
if (offsetof<Row>() !== 4 * positions.rowNumbers) ERROR('rowNumbers');

/**
 * Encodes lines from `start` as long as they fit a template; `stop` is after the line feed of the last. They are valid
 * UTF-8. The rows follow each other in the memory for rows, and `layout.rows` has what is known of each.
 *
 * A row that the connector must look at comes alone. A record of a plan that is stopped has a row without bytes.
 */
export function rows(start: usize, stop: usize): void {
  found.rows = 0;
  found.next = start;
  // Stays if a call throws.
  found.isOther = 1;
  found.isAlone = 0;
  row.clear();
  json.open(0);
  let at = start;
  while (at < stop && found.rows < positions.mostRows && row.end - layout.row < enoughBytes) {
    const template = changetype<Template>(findTemplate(at));
    if (changetype<usize>(template) === 0) return;
    const plan = changetype<EncodingPlan>(template.plan);
    const isStopped = plan.isStopped !== 0;
    json.decodeTo(<i32>(stop - at) <= layout.textBytes ? layout.texts : 0);
    const data = at + template.headLength - 1;
    const dataEnd = isStopped ? json.value(data) : knownFields(data + 1, plan);
    if (dataEnd === 0) return;
    const end = tailEnd(template, dataEnd);
    if (end === 0) return;
    const begin = row.end;
    const kept = changetype<Row>(layout.rows + <usize>found.rows * offsetof<Row>());
    const isPlain = isStopped || encodePlain(plan, changetype<usize>(kept) + offsetof<Row>('digest'));
    if (!isPlain && found.rows > 0) {
      // It is encoded once more, alone.
      row.cutTo(begin);
      break;
    }
    kept.plan = plan.id;
    kept.end = <i32>(row.end - layout.row);
    found.rows++;
    at = end;
    found.next = at;
    if (!isPlain) {
      found.isAlone = 1;
      break;
    }
  }
  found.isOther = 0;
}

/**
 * Encodes the record whose values were found, and writes the digest of its key to `digest`; false if the connector must
 * look at it.
 */
function encodePlain(plan: EncodingPlan, digest: usize): bool {
  if (plan.nestedCount > 0 && !findNested(plan)) return false;
  // No column has a value. A row with types has a key, which is looked at below.
  if (encode(plan) === 1) return false;
  if (plan.isWatched !== 0 || fault.reason !== positions.noFault || fault.mayBeUnread !== 0 || fault.suspects !== 0)
    return false;
  if (isDeleted(plan) || !haveKeys(plan)) return false;
  if (plan.keyCount > 0) digestKeys(plan, digest);
  return true;
}

function isDeleted(plan: EncodingPlan): bool {
  const value = valueNamed(plan.deleted);
  return value.start !== 0 && load<u8>(value.start) !== ascii.letterN;
}

/**
 * Reads `"key": value, … }` from the position after the `{`, and keeps the values that the plan needs. Returns the
 * position after the `}`; 0 if a key is not known.
 */
function knownFields(start: usize, plan: EncodingPlan): usize {
  const leads = leadsOf(plan);
  if (changetype<usize>(leads) === 0) return 0;
  clear(plan.nameCount);
  let at = start;
  let former = changetype<Lead>(0);
  let expected = leads.first;
  while (true) {
    let lead = changetype<Lead>(expected);
    if (expected === 0 || !leadsAt(lead, at)) {
      lead = changetype<Lead>(findLead(leads, at));
      if (changetype<usize>(lead) === 0) return 0;
      if (changetype<usize>(former) === 0) leads.first = changetype<usize>(lead);
      else former.next = changetype<usize>(lead);
    }
    at = read(lead.name, at + lead.length);
    if (load<u8>(at) !== ascii.comma) {
      at = json.space(at);
      const byte = load<u8>(at);
      if (byte === ascii.closeBrace) return at + 1;
      if (byte !== ascii.comma) return 0;
    }
    at++;
    former = lead;
    expected = lead.next;
  }
}
