/** Finds values that are nested in others, for the columns of a plan that have them. */
import * as positions from '../src/records/kernel/positions';
import * as ascii from './ascii';
import { same } from './bytes';
import * as json from './json';
import { EncodingPlan } from './plan';
import { read, valueNamed } from './values';

/** A column whose value is nested in another. */
@unmanaged
class Nested {
  /** The number of the name whose value it is nested in, and that of its own. */
  root: i32;
  name: i32;
  /** Whether the connector knows that a record has had it. */
  isSeen: i32;
  /** The way to it. */
  steps: usize;
  stepCount: i32;
}
if (offsetof<Nested>('root') !== 4 * positions.nestedRoot) ERROR('root');
if (offsetof<Nested>('name') !== 4 * positions.nestedName) ERROR('name');
if (offsetof<Nested>('isSeen') !== 4 * positions.nestedIsSeen) ERROR('isSeen');
if (offsetof<Nested>('steps') !== 4 * positions.nestedSteps) ERROR('steps');
if (offsetof<Nested>('stepCount') !== 4 * positions.nestedStepCount) ERROR('stepCount');
if (offsetof<Nested>() !== 4 * positions.nestedNumbers) ERROR('nestedNumbers');

/** One step into a value: to the member of an object, or the element of a list. */
@unmanaged
class Step {
  nameAt: usize;
  nameLength: i32;
  /** -1: the name is no index. */
  index: i32;
}
if (offsetof<Step>('nameAt') !== 4 * positions.stepName) ERROR('nameAt');
if (offsetof<Step>('nameLength') !== 4 * (positions.stepName + 1)) ERROR('nameLength');
if (offsetof<Step>('index') !== 4 * positions.stepIndex) ERROR('index');
if (offsetof<Step>() !== 4 * positions.stepNumbers) ERROR('stepNumbers');

/** In place of the position of a value: there is none, or the connector must look for it. */
const none: usize = 0;
const unknown: usize = 1;

const letterA: u8 = 0x61;

/**
 * Finds the nested values of a record whose other values were found, and keeps them.
 * @returns false: the connector must find them, as one is in a text of JSON, a key has an escape, or a column is new
 */
export function findNested(plan: EncodingPlan): bool {
  // A value may be read several times: there may be no room for its text each time.
  json.decodeTo(0);
  for (let i = 0; i < plan.nestedCount; i++) {
    const nested = changetype<Nested>(plan.nested + <usize>i * offsetof<Nested>());
    valueNamed(nested.name).start = 0;
    const at = inside(valueNamed(nested.root).start, nested);
    if (at === none) continue;
    if (at === unknown || nested.isSeen === 0) return false;
    read(nested.name, at);
  }
  return true;
}

function inside(outer: usize, nested: Nested): usize {
  let at = outer;
  for (let i = 0; i < nested.stepCount && at > unknown; i++) {
    const step = changetype<Step>(nested.steps + <usize>i * offsetof<Step>());
    const byte = load<u8>(at);
    if (byte === ascii.openBrace) at = member(at, step);
    else if (byte === ascii.openBracket) at = element(at, step.index);
    else at = byte === ascii.quote && mayBeJson(at) ? unknown : none;
  }
  return at;
}

/** Whether an object or a list may be in the string at `start`, perhaps after white space or an escape. */
function mayBeJson(start: usize): bool {
  const first = load<u8>(start + 1);
  return !isLetterOrDigit(first) && first !== ascii.quote;
}

function isLetterOrDigit(byte: u8): bool {
  return <u8>((byte | 0x20) - letterA) < 26 || <u8>(byte - ascii.zero) < 10;
}

/** The value of an object's last member of this name. */
function member(object: usize, step: Step): usize {
  let found = none;
  for (let value = json.member(object + 1, true); value !== 0; ) {
    if (json.keyEscaped) return unknown;
    if (<i32>(json.keyEnd - json.keyStart) === step.nameLength && same(json.keyStart, step.nameAt, step.nameLength))
      found = value;
    value = json.member(json.value(value), false);
  }
  return found;
}

function element(list: usize, index: i32): usize {
  if (index < 0) return none;
  let at = json.space(list + 1);
  if (load<u8>(at) === ascii.closeBracket) return none;
  for (let left = index; left > 0; left--) {
    at = json.space(json.value(at));
    if (load<u8>(at) !== ascii.comma) return none;
    at = json.space(at + 1);
  }
  return at;
}
