/**
 * Judges values by what the tenant's metadata says of their fields. Metadata is no promise of what Gainsight accepts, so
 * a value is doubted only where every reading of a rule doubts it; what is not described passes.
 */
import type { FieldDescription, PicklistOption } from '../model.ts';
import { readDateTime } from './kernel/datetimes.ts';
import { writeOutExponent } from './kernel/numbers.ts';
import { mostDigits } from './kernel/positions.ts';

/** What the values of a field must be like. */
export type ValueRule =
  | {
      readonly kind: 'text';
      /** In characters; `Infinity` if it is not known. */
      readonly length: number;
    }
  | {
      readonly kind: 'number';
      /** Digits after the decimal point; `Infinity` if it is not known. */
      readonly decimals: number;
    }
  | { readonly kind: 'boolean' }
  | { readonly kind: 'date' }
  | { readonly kind: 'picklist'; readonly picklist: Picklist };

/** Why a value does not fit its field. Contains no value. */
export interface Misfit {
  readonly reason: string;
  /** What to do, as a sentence without a full stop. */
  readonly remedy: string;
  /** Which values Gainsight takes for malicious is not known, so that their rows are never rejected for it. */
  readonly isOnlyCounted?: true;
}

/**
 * The rule of a field; undefined: any value passes. The items of a multi-select field are not judged, as Gainsight does
 * not document what separates them.
 * @param options of a picklist; none if they are not known
 */
export function ruleOf(
  { dataType, length, decimals, richText }: FieldDescription,
  options: readonly PicklistOption[],
): ValueRule | undefined {
  switch (dataType) {
    case 'STRING':
      return richText ? undefined : { kind: 'text', length: length || Number.POSITIVE_INFINITY };
    case 'NUMBER':
    case 'CURRENCY':
    case 'PERCENTAGE':
      return { kind: 'number', decimals: decimals ?? Number.POSITIVE_INFINITY };
    case 'BOOLEAN':
      return { kind: 'boolean' };
    case 'DATE':
    case 'DATETIME':
      return { kind: 'date' };
    case 'PICKLIST':
      return options.length === 0 ? undefined : { kind: 'picklist', picklist: new Picklist(options) };
    default:
      return undefined;
  }
}

/**
 * What is wrong with a value; undefined: nothing. An empty text is no value.
 * @param text as it is sent, without the quotes of CSV
 */
export function misfitOf(rule: ValueRule, text: string): Misfit | undefined {
  if (text.trim() === '' && rule.kind !== 'text') return undefined;
  switch (rule.kind) {
    case 'text':
      return misfitOfText(text, rule.length);
    case 'number':
      return misfitOfNumber(text.trim(), rule.decimals);
    case 'boolean':
      return /^(true|false|[01]|null)$/i.test(text.trim()) ? undefined : noBoolean;
    case 'date':
      return readDateTime(text) === undefined ? noDate : undefined;
    case 'picklist':
      return rule.picklist.misfitOf(text);
  }
}

const noBoolean: Misfit = {
  reason: 'the value is not true, false, 1 or 0',
  remedy: 'Send one of these',
};
const noDate: Misfit = {
  reason: 'the value is no date or date-time as ISO 8601 writes it',
  remedy: 'Send it as 2024-12-31, or as 2024-12-31T23:59:59Z; "Values: Date-Time Format" does this for date-times',
};
const noNumber: Misfit = {
  reason: 'the value is no number',
  remedy: 'Send digits alone, with a point before the decimal places',
};
const tooLarge: Misfit = {
  reason: `the number has more than ${mostDigits} digits before its decimal point`,
  remedy: 'Send it to a field of texts',
};
const markup: Misfit = {
  reason: 'the value contains markup in angle brackets, and the field is no rich text',
  remedy: 'Gainsight may refuse it as malicious: remove the brackets in the source',
  isOnlyCounted: true,
};
const markupPattern = /<script|<[a-z/!?][^<>]*>/i;

/** Gainsight does not say whether it counts characters, their UTF-16 units or their bytes: characters are the fewest. */
function misfitOfText(text: string, length: number): Misfit | undefined {
  if (text.length > length && charactersIn(text) > length) {
    return {
      reason: `the text is longer than the field, which takes ${length} character${length === 1 ? '' : 's'}`,
      remedy: 'Gainsight may cut it short: shorten it in the source, or lengthen the field',
    };
  }
  return markupPattern.test(text) ? markup : undefined;
}

function charactersIn(text: string): number {
  let count = 0;
  for (const _ of text) count++;
  return count;
}

function misfitOfNumber(text: string, decimals: number): Misfit | undefined {
  if (!/^[+-]?(\d+\.?\d*|\.\d+)([eE][+-]?\d+)?$/.test(text)) return noNumber;
  const plain = /[eE]/.test(text) ? writeOutExponent(normalized(text)) : text;
  if (plain === undefined) return /e-/i.test(text) ? undefined : tooLarge;
  const [whole = '', fraction = ''] = plain.replace(/^[+-]/, '').split('.');
  if (whole.replace(/^0+/, '').length > mostDigits) return tooLarge;
  if (fraction.replace(/0+$/, '').length <= decimals) return undefined;
  return {
    reason: `the number has more decimal places than the field, which has ${decimals}`,
    remedy: 'Gainsight may round it: round it in the source, or give the field more decimal places',
  };
}

/** As JSON writes numbers. */
function normalized(text: string): string {
  return text
    .replace('+', '')
    .replace(/^(-?)\./, '$10.')
    .replace(/\.(?=[eE])/, '');
}

const unknownItem: Misfit = {
  reason: 'the value is no item of the picklist',
  remedy: 'Add the item in Gainsight, or send the label of one that is there',
};
const otherwiseWritten: Misfit = {
  reason: 'the value is an item of the picklist only regardless of case or white space',
  remedy: 'Send the label exactly as Gainsight shows it',
};
const inactiveItem: Misfit = {
  reason: 'the value is an item of the picklist that is not active',
  remedy: 'Activate the item in Gainsight, or send another one',
};

/** The items of a picklist, known by label or GSID. */
export class Picklist {
  readonly #inactive = new Set<string>();
  readonly #folded = new Set<string>();
  /** Texts that fit. */
  readonly accepted = new Set<string>();

  constructor(options: readonly PicklistOption[]) {
    for (const { id, label, active } of options) {
      if (id !== undefined) this.accepted.add(id);
      (active ? this.accepted : this.#inactive).add(label);
      this.#folded.add(folded(label));
    }
  }

  misfitOf(text: string): Misfit | undefined {
    if (this.accepted.has(text)) return undefined;
    if (this.#inactive.has(text)) return inactiveItem;
    return this.#folded.has(folded(text)) ? otherwiseWritten : unknownItem;
  }
}

function folded(label: string): string {
  return label.trim().replace(/\s+/g, ' ').toLowerCase();
}
