/** Encodes one JSON value, already validated, as a CSV cell. */
import { heldSeparator, largeExponent, noDateTime, noFault, noYear } from '../src/records/kernel/positions';
import * as ascii from './ascii';
import { below, endsPlain, marks, same } from './bytes';
import { formatDateTime, writeOutExponent } from './host';
import * as json from './json';
import { EncodingPlan } from './plan';
import * as row from './row';
import { trimmedStart, trimmedStop } from './trim';
import { Value } from './values';

/** Results beside the reasons for a fault. The array contains objects or arrays, so it is no list of scalars. */
const nested: i32 = -1;
/** The date-time's text is empty, so it is none. */
const noValue: i32 = -2;

/** Maximum digits that writing out an exponent may add, and maximum bytes of a date-time. */
const spareDigits: i32 = 512;

/** Appends the cell of a column that the record does not have. */
export function absent(plan: EncodingPlan): void {
  fixed(plan.absentAt, plan.absentLength);
}

/** Appends the cell that stands for no value. */
function empty(plan: EncodingPlan): void {
  fixed(plan.nullAt, plan.nullLength);
}

function fixed(at: usize, length: i32): void {
  row.raw(at, at + length);
}

/**
 * Appends the cell of a field's value. If a fault is returned, the cell is the text, or the JSON text of any other
 * value.
 * @param format for date-times; 0: the column has none
 */
export function value(plan: EncodingPlan, found: Value, format: i32): i32 {
  const start = found.start;
  const stop = found.end;
  const byte = load<u8>(start);
  if (byte === ascii.letterN) {
    empty(plan);
    return noFault;
  }
  const cell = row.end;
  let fault = noFault;
  if (format !== 0) fault = dateTime(start, stop, format);
  else if (byte === ascii.quote) textCell(plan, found);
  else if (byte === ascii.openBracket || byte === ascii.openBrace) fault = nestedCell(plan, start, stop);
  else fault = scalar(plan, start, stop, found.traits);
  if (fault === noValue) {
    empty(plan);
    return noFault;
  }
  if (fault !== noFault) {
    row.cutTo(cell);
    if (byte === ascii.quote) {
      stringCell(found);
    } else {
      row.raw(start, stop);
      row.quoteCell(cell, false);
    }
  }
  // Quotes distinguish a text that looks like the cell for no value.
  if (plan.nullLength > 0 && row.equals(cell, plan.nullAt, plan.nullLength)) row.quoteCell(cell, true);
  return fault;
}

function textCell(plan: EncodingPlan, found: Value): void {
  if (plan.trims === 0) stringCell(found);
  else trimmedCell(found.start + 1, found.end - 1, (found.traits & json.hasEscape) !== 0);
}

/** Appends the cell of a text without surrounding white space, some of which may be written as escapes. */
function trimmedCell(start: usize, stop: usize, hasEscape: bool): void {
  const cell = row.end;
  if (hasEscape) row.decoded(start, stop, false);
  else row.raw(start, stop);
  const first = trimmedStart(cell, row.end);
  const length = <i32>(trimmedStop(first, row.end) - first);
  memory.copy(cell, first, length);
  row.cutTo(cell + length);
  row.quoteCell(cell, false);
}

function stringCell(found: Value): void {
  const traits = found.traits;
  const isSpecial = (traits & json.hasComma) !== 0;
  if ((traits & json.hasEscape) === 0) {
    row.plainCell(found.start + 1, found.end - 1, isSpecial);
  } else if ((traits & json.isDecoded) === 0) {
    row.escapedCell(found.start + 1, found.end - 1);
  } else {
    row.plainCell(found.textStart, found.textEnd, isSpecial);
  }
}

/** Appends a number or a literal. */
function scalar(plan: EncodingPlan, start: usize, stop: usize, traits: i32): i32 {
  const byte = load<u8>(start);
  if (byte === ascii.letterT) {
    fixed(plan.trueAt, plan.trueLength);
  } else if (byte === ascii.letterF) {
    fixed(plan.falseAt, plan.falseLength);
  } else if ((traits & json.hasExponent) === 0) {
    row.raw(start, stop);
  } else {
    row.reserve(<i32>(stop - start) + spareDigits);
    const length = writeOutExponent(start, stop, row.end);
    if (length === 0) return largeExponent;
    row.cutTo(row.end + length);
  }
  return noFault;
}

function dateTime(start: usize, stop: usize, format: i32): i32 {
  if (load<u8>(start) !== ascii.quote) return noDateTime;
  row.reserve(spareDigits);
  const length = formatDateTime(start + 1, stop - 1, row.end, format);
  if (length < 0) return noValue;
  if (length === 0) return noYear;
  row.cutTo(row.end + length);
  return noFault;
}

function nestedCell(plan: EncodingPlan, start: usize, stop: usize): i32 {
  if (load<u8>(start + 1) === ascii.quote && plainList(plan, start, stop)) return noFault;
  const cell = row.end;
  let fault = load<u8>(start) === ascii.openBracket ? list(plan, start, stop) : nested;
  if (fault === nested || (fault === heldSeparator && plan.keepsLists !== 0)) {
    row.cutTo(cell);
    row.raw(start, stop);
    fault = noFault;
  }
  row.quoteCell(cell, false);
  return fault;
}

/**
 * Fast path for the usual array: texts without white space between them, without escapes and without the separator.
 * Returns false and appends nothing for any other value.
 */
function plainList(plan: EncodingPlan, start: usize, stop: usize): bool {
  if (load<u8>(start) !== ascii.openBracket || plan.separatorIsSpecial !== 0) return false;
  const cell = row.end;
  hasComma = false;
  // From an opening quote to the closing one, after which the array ends or continues with a comma and a quote.
  for (let i = start + 2; ; i += 3) {
    row.reserve(<i32>(stop - i));
    i = plainText(i, load<u8>(plan.separatorAt));
    if (i !== 0 && load<u8>(i + 1) === ascii.closeBracket) break;
    if (i === 0 || load<u8>(i + 1) !== ascii.comma || load<u8>(i + 2) !== ascii.quote) {
      row.cutTo(cell);
      return false;
    }
    fixed(plan.separatorAt, plan.separatorLength);
  }
  if (hasComma || row.end === cell || load<u8>(cell) === ascii.space || load<u8>(row.end - 1) === ascii.space)
    row.quoteCell(cell, true);
  return true;
}

/** {@link plainText} has seen a comma since this was set to false. */
let hasComma: bool = false;

/** Appends a text and returns the position of its closing quote; 0 if it contains an escape or `avoided`. */
function plainText(start: usize, avoided: u8): usize {
  let i = start;
  let ends = 0;
  do {
    const bytes = v128.load(i);
    v128.store(row.end, bytes);
    ends = endsPlain(bytes);
    const inside = below(ends);
    if ((marks(bytes, avoided) & inside) !== 0) return 0;
    if ((marks(bytes, ascii.comma) & inside) !== 0) hasComma = true;
    const length = ends === 0 ? 16 : ctz(ends);
    row.cutTo(row.end + length);
    i += length;
  } while (ends === 0);
  return load<u8>(i) === ascii.quote ? i : 0;
}

/** Appends an array of scalars as text: its elements joined by the separator, nulls left out. */
function list(plan: EncodingPlan, start: usize, stop: usize): i32 {
  const cell = row.end;
  let fault = noFault;
  json.open(stop);
  for (let i = json.space(start + 1); load<u8>(i) !== ascii.closeBracket; ) {
    const byte = load<u8>(i);
    if (byte === ascii.openBracket || byte === ascii.openBrace) return nested;
    const end = json.scalar(i);
    if (byte !== ascii.letterN) {
      const elementFault = element(plan, i, end, json.traits);
      // A list that holds such a number cannot be sent in any form.
      if (fault === noFault || elementFault === largeExponent) fault = elementFault;
    }
    i = json.space(end);
    if (load<u8>(i) === ascii.comma) i = json.space(i + 1);
  }
  // No separator after the last element.
  if (row.end > cell) row.cutTo(row.end - plan.separatorLength);
  return fault;
}

/** Whether an element of an array of scalars contains the separator, and all could be written otherwise. */
export function holdsSeparator(plan: EncodingPlan, start: usize, stop: usize): bool {
  const end = row.end;
  const fault = list(plan, start, stop);
  row.cutTo(end);
  return fault === heldSeparator;
}

/** Appends an element of a list and a separator after it. */
function element(plan: EncodingPlan, start: usize, stop: usize, traits: i32): i32 {
  const begin = row.end;
  let fault = noFault;
  if (load<u8>(start) !== ascii.quote) fault = scalar(plan, start, stop, traits);
  else if ((traits & json.hasEscape) === 0) row.raw(start + 1, stop - 1);
  else row.decoded(start + 1, stop - 1, false);
  const elementEnd = row.end;
  fixed(plan.separatorAt, plan.separatorLength);
  // The element's end and the separator's beginning may together form a separator, so search across both.
  const first = load<u8>(plan.separatorAt);
  for (let i = begin; i < elementEnd; i++) {
    if (load<u8>(i) === first && same(i, plan.separatorAt, plan.separatorLength)) return heldSeparator;
  }
  return fault;
}
