/** HOW VALUES ARE ENCODED: the JSON text of one value -> a CSV cell. */
import { decodeText, equalBytes, findBytes } from '../airbyte/bytes.ts';
import { hasEscape, hasExponent, JsonBytes } from '../airbyte/json.ts';
import { fourTimes } from '../airbyte/words.ts';
import { formatDateTime } from './datetimes.ts';
import { largestExponent, writeOutExponent } from './numbers.ts';
import type { RowBytes } from './row_bytes.ts';

/** `values` of the config. */
export interface ValueFormats {
  readonly null_text: string;
  readonly boolean_format: 'true_false' | '1_0';
  readonly datetime_format: 'as_is' | 'iso_utc_milliseconds' | 'epoch_milliseconds';
  readonly list_separator: string;
}

const [quote, comma, openBracket, closeBracket, openBrace] = [0x22, 0x2c, 0x5b, 0x5d, 0x7b];
const [letterF, letterN, letterT] = [0x66, 0x6e, 0x74];

/** Why a value cannot be a cell; undefined where it is one. Never holds the value. */
export type ValueFault = string | undefined;
/** One for all encoders: it keeps nothing between two calls but a hold on the latest chunk. */
const json = new JsonBytes();

/** Told of an array that has objects or arrays in it, which is no list. */
const isNested = 'nested';

/** Appends the cells of values to a row. The JSON that it is given has been checked. */
export class ValueEncoder {
  readonly #row: RowBytes;
  readonly #formats: ValueFormats;
  readonly #null: Buffer;
  readonly #true: Buffer;
  readonly #false: Buffer;
  readonly #separator: Buffer;
  /** Its first byte four times. */
  readonly #separatorStart: number;
  /** A cell is quoted for it. */
  readonly #separatorIsSpecial: boolean;

  constructor(row: RowBytes, formats: ValueFormats) {
    this.#row = row;
    this.#formats = formats;
    this.#null = Buffer.from(formats.null_text);
    this.#true = Buffer.from(formats.boolean_format === '1_0' ? '1' : 'true');
    this.#false = Buffer.from(formats.boolean_format === '1_0' ? '0' : 'false');
    this.#separator = Buffer.from(formats.list_separator);
    this.#separatorStart = fourTimes(this.#separator[0] ?? 0);
    this.#separatorIsSpecial = /[",\r\n]/.test(formats.list_separator);
  }

  /** Whether the cell `[start, stop)` of a row stands for no value. */
  isNull(bytes: Buffer, start: number, stop: number): boolean {
    return equalBytes(bytes, start, stop, this.#null);
  }

  /** Appends the cell of no value. */
  null(): void {
    this.#row.fixed(this.#null);
  }

  /**
   * Appends the cell of the value `[start, stop)`. With a fault the cell is the value's JSON text.
   * @param traits of a string or number, as the scanner found them
   * @param isDateTime the value is to be formatted as a date-time
   */
  value(buffer: Buffer, start: number, stop: number, traits: number, isDateTime: boolean): ValueFault {
    const row = this.#row;
    const byte = buffer[start];
    if (byte === letterN) {
      this.null();
      return undefined;
    }
    const cell = row.length;
    let fault: ValueFault;
    if (isDateTime) fault = this.#dateTime(buffer, start, stop);
    else if (byte === quote) row.stringCell(buffer, start + 1, stop - 1, traits);
    else if (byte === openBracket || byte === openBrace) fault = this.#nested(buffer, start, stop);
    else fault = this.#scalar(buffer, start, stop, traits);
    if (fault !== undefined) {
      row.length = cell;
      row.raw(buffer, start, stop);
      row.quoteCell(cell);
    }
    // A text that reads like no value is told apart by its quotes.
    if (this.#null.length > 0 && row.equals(cell, this.#null)) row.quoteCell(cell, true);
    return fault;
  }

  #nested(buffer: Buffer, start: number, stop: number): ValueFault {
    const row = this.#row;
    if (buffer[start + 1] === quote && this.#plainList(buffer, start, stop)) return undefined;
    const cell = row.length;
    let fault = buffer[start] === openBracket ? this.#list(buffer, start) : isNested;
    if (fault === isNested) {
      row.length = cell;
      row.raw(buffer, start, stop);
      fault = undefined;
    }
    row.quoteCell(cell);
    return fault;
  }

  /** Appends a number or a literal. */
  #scalar(buffer: Buffer, start: number, stop: number, traits: number): ValueFault {
    const row = this.#row;
    const byte = buffer[start];
    if (byte === letterT) {
      row.fixed(this.#true);
    } else if (byte === letterF) {
      row.fixed(this.#false);
    } else if ((traits & hasExponent) === 0) {
      row.raw(buffer, start, stop);
    } else {
      const digits = writeOutExponent(buffer.toString('latin1', start, stop));
      if (digits === undefined) return `the number has an exponent beyond ±${largestExponent}`;
      row.ascii(digits);
    }
    return undefined;
  }

  #dateTime(buffer: Buffer, start: number, stop: number): ValueFault {
    const format = this.#formats.datetime_format;
    if (format === 'as_is' || buffer[start] !== quote) return 'the value is no date-time';
    const text = formatDateTime(decodeText(buffer, start + 1, stop - 1), format);
    if (text === undefined) return 'the value is no date-time of the years 0 to 9999';
    this.#row.ascii(text);
    return undefined;
  }

  /**
   * Appends the cell of an array as most are: of texts, without white space between them or escapes in them, and with
   * nothing of the separator. False, with nothing appended, for any other value.
   */
  #plainList(buffer: Buffer, start: number, stop: number): boolean {
    if (buffer[start] !== openBracket || this.#separatorIsSpecial) return false;
    const row = this.#row;
    const cell = row.length;
    row.metComma = false;
    // A separator takes the place of two quotes and a comma.
    row.reserve((stop - start) * Math.max(1, this.#separator.length / 3));
    for (let end = start; ; row.fixed(this.#separator)) {
      // Behind the opening quote, which lies behind the bracket or the comma.
      end = row.plainText(buffer, end + (end === start ? 2 : 3), this.#separatorStart);
      if (end > 0 && buffer[end + 1] === closeBracket) break;
      if (end > 0 && buffer[end + 1] === comma && buffer[end + 2] === quote) continue;
      row.length = cell;
      return false;
    }
    row.quotePlainCell(cell);
    return true;
  }

  /** Appends an array of scalars as text: its elements, null ones left out, between separators. */
  #list(buffer: Buffer, start: number): ValueFault {
    const row = this.#row;
    const cell = row.length;
    let fault: ValueFault;
    json.open(buffer, buffer.length);
    for (let i = json.space(start + 1); buffer[i] !== closeBracket; ) {
      if (buffer[i] === openBracket || buffer[i] === openBrace) return isNested;
      const end = json.scalar(i);
      if (buffer[i] !== letterN) fault = this.#element(buffer, i, end, json.traits) ?? fault;
      i = json.space(end);
      if (buffer[i] === comma) i = json.space(i + 1);
    }
    // The last separator separates nothing.
    if (row.length > cell) row.length -= this.#separator.length;
    return fault;
  }

  /** Appends an element of a list and a separator. */
  #element(buffer: Buffer, start: number, end: number, traits: number): ValueFault {
    const row = this.#row;
    const separator = this.#separator;
    const element = row.length;
    let fault: ValueFault;
    if (buffer[start] !== quote) fault = this.#scalar(buffer, start, end, traits);
    else if ((traits & hasEscape) === 0) row.raw(buffer, start + 1, end - 1);
    else row.text(buffer, start + 1, end - 1);
    const elementEnd = row.length;
    row.fixed(separator);
    // Also where the element's end and the separator together hold it earlier.
    if (findBytes(row.bytes, element, row.length, separator) < elementEnd)
      return 'an element of the list contains the list separator';
    return fault;
  }
}
