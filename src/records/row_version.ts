/** Converts a cursor's value to four numbers that order rows of one key, compared one after the other. */

import type { CursorColumn } from '../model.ts';
import { readDateTime } from './kernel/datetimes.ts';

/** The version of no value: lower than any other. */
const lowest = new Uint32Array(4);
const [negative, zero, positive] = [1, 2, 3];

/** Decimal places of mantissa and second that are compared, two per byte. */
const [mantissaDigits, secondDigits] = [26, 18];
/** Added so that the result is never negative. */
const [exponentOffset, secondsOffset] = [32_768, 2 ** 47];

/**
 * @param text the value's JSON text; undefined: there is none
 * @returns undefined: it is neither null nor of the type in the schema; such a value orders as none
 */
export function versionOf(text: string | undefined, kind: CursorColumn['kind']): Uint32Array | undefined {
  if (text === undefined || text === 'null') return lowest;
  const value = text.startsWith('"') ? (JSON.parse(text) as string) : text;
  if (kind === 'number') return versionOfNumber(value.trim());
  return text.startsWith('"') ? versionOfDateTime(value) : undefined;
}

/** For a value that cannot be read. */
export const noVersion = lowest;

function versionOfNumber(text: string): Uint32Array | undefined {
  const [, sign, whole, fraction = '', exponent = '0'] = /^(-?)(\d+)(?:\.(\d+))?(?:[eE]([+-]?\d+))?$/.exec(text) ?? [];
  if (whole === undefined) return undefined;
  const digits = (whole + fraction).replace(/^0+/, '');
  if (digits === '') return words([zero]);
  const places = digits.length - fraction.length + Number(exponent);
  const biased = Math.min(Math.max(places + exponentOffset, 0), 65_535);
  const bytes = [biased >> 8, biased & 0xff, ...pairs(digits, mantissaDigits)];
  if (sign === '') return words([positive, ...bytes]);
  return words([negative, ...bytes.map((byte) => 0xff - byte)]);
}

function versionOfDateTime(text: string): Uint32Array | undefined {
  const moment = readDateTime(text);
  if (moment === undefined) return undefined;
  const seconds = (moment.seconds + secondsOffset).toString(16).padStart(12, '0');
  return words([positive, ...Buffer.from(seconds, 'hex'), ...pairs(moment.fraction, secondDigits)]);
}

/** The first `count` digits, two per byte, padded with zeros. */
function pairs(digits: string, count: number): Buffer {
  return Buffer.from(digits.slice(0, count).padEnd(count, '0'), 'hex');
}

function words(bytes: readonly number[]): Uint32Array {
  const buffer = Buffer.alloc(16);
  buffer.set(bytes);
  return Uint32Array.from({ length: 4 }, (_, word) => buffer.readUInt32BE(4 * word));
}
