/**
 * Rows for the object API: the row of the CSV file with one more cell at its end, the types of the others, a letter for
 * each. `kernel/types.ts` writes them.
 */
import { decodeRow } from './csv.ts';

/** In the header: the name of the cell with the types. */
export const typesName = 'types';

/** The letters. */
export const types = {
  text: 's',
  number: 'n',
  true: 't',
  false: 'f',
  /** Also of a value that became none, such as an empty date-time. */
  null: '0',
  /** The record does not have the column. */
  absent: '-',
  /** The source did not read the value. */
  unread: 'u',
  /** A list without objects and lists in it. */
  list: 'l',
  /** An object, or any other list. */
  json: 'j',
} as const;

/** A value with its type; undefined: the row has none, and what Gainsight has must stay. */
export type TypedCell =
  | {
      readonly kind: 'text' | 'number' | 'boolean' | 'null' | 'list' | 'json';
      /**
       * The text of the cell in the CSV file: of a number its digits without an exponent, of a list its elements joined
       * by `values.list_separator`, of `json` the JSON as it came. A boolean is `true` or `false` whatever
       * `values.boolean_format` says; null is empty.
       */
      readonly text: string;
    }
  | undefined;

/**
 * The values of a row with types.
 * @param row with or without its line feed
 * @param columns of the plan
 * @throws TypeError if the row has no types for them
 */
export function typedCells(row: Buffer, columns: number): TypedCell[] {
  const cells = decodeRow(row, '');
  const letters = cells[columns];
  if (cells.length !== columns + 1 || letters?.length !== columns)
    throw new TypeError(`The row has no types for ${columns} columns`);
  return Array.from(letters, (letter, column) => typedCell(letter, cells[column] ?? ''));
}

function typedCell(letter: string, text: string): TypedCell {
  switch (letter) {
    case types.text:
      return { kind: 'text', text };
    case types.number:
      return { kind: 'number', text };
    case types.true:
      return { kind: 'boolean', text: 'true' };
    case types.false:
      return { kind: 'boolean', text: 'false' };
    case types.null:
      return { kind: 'null', text: '' };
    case types.list:
      return { kind: 'list', text };
    case types.json:
      return { kind: 'json', text };
    case types.absent:
    case types.unread:
      return undefined;
    default:
      throw new TypeError(`"${letter}" is no type of a value`);
  }
}

/**
 * The cells of a row with types as {@link decodeRow} returns those of a row without: no value for a column that the
 * record does not have.
 */
export function plainCells(row: Buffer, nullText: string): (string | null)[] {
  const cells = decodeRow(row, nullText);
  const letters = cells.pop() ?? nullText;
  return cells.map((cell, column) => (letters[column] === types.absent ? null : cell));
}
