/**
 * Rows for the object API: the row of the CSV file with one more cell at its end, the types of the others, a letter for
 * each (`typeText` and the like of `positions.ts`). `kernel/types.ts` writes them.
 */
import { decodeRow } from './csv.ts';
import * as positions from './kernel/positions.ts';

/** In the header: the name of the cell with the types. */
export const typesName = 'types';

/** A value with its type; undefined: the row has none, and what Gainsight has must stay. */
export type TypedCell =
  | {
      readonly kind: 'text' | 'number' | 'boolean' | 'null' | 'list' | 'json';
      /**
       * The text of the cell in the CSV file: of a number its digits without an exponent, of a list its elements joined
       * by `values.list_separator`, of `json` the JSON as it came, which may be a list of which an element contains the
       * separator. A boolean is `true` or `false` whatever
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
  return Array.from(letters, (letter, column) => typedCell(letter.charCodeAt(0), cells[column] ?? ''));
}

function typedCell(type: number, text: string): TypedCell {
  switch (type) {
    case positions.typeText:
      return { kind: 'text', text };
    case positions.typeNumber:
      return { kind: 'number', text };
    case positions.typeTrue:
      return { kind: 'boolean', text: 'true' };
    case positions.typeFalse:
      return { kind: 'boolean', text: 'false' };
    case positions.typeNull:
      return { kind: 'null', text: '' };
    case positions.typeList:
      return { kind: 'list', text };
    case positions.typeJson:
      return { kind: 'json', text };
    case positions.typeAbsent:
    case positions.typeUnread:
      return undefined;
    default:
      throw new TypeError(`"${String.fromCharCode(type)}" is no type of a value`);
  }
}

/**
 * The cells of a row as {@link decodeRow} returns them, with or without types; null for a column that the record does
 * not have.
 * @param hasTypes the row is one of a plan with a `route`, or of a batch for the object API
 */
export function plainCells(row: Buffer, nullText: string, hasTypes: boolean): (string | null)[] {
  const cells = decodeRow(row, nullText);
  if (!hasTypes) return cells;
  const letters = cells.pop() ?? nullText;
  return cells.map((cell, column) => (letters.charCodeAt(column) === positions.typeAbsent ? null : cell));
}
