/**
 * Finds out how a tenant numbers rows from the values that its row errors quote: the row that an error means is the one
 * whose cell it quotes.
 *
 * A message may also quote something else that stands in a cell, such as an allowed value, or the cell in another form,
 * which may be the value of the row beside it; and a number may be wrong. So a numbering is proven only if under it every
 * error quotes the cell of its row; if against every other numbering there are two rows whose cell is not quoted in any
 * form; if values of these two are in no row that no error names; and if nothing else that their errors quote is in the
 * file. One wrong error can then prove nothing: it contradicts the right numbering once, and every wrong one is
 * contradicted twice.
 */
import { type RowErrors, rowsOf, type ValueEvidence } from '../../gainsight/row_errors.ts';
import type { Batch, RowBase } from '../../model.ts';
import { decodeRow } from '../../records/csv.ts';
import { csvRows } from '../../records/csv_rows.ts';

/** All numberings; of two that agree on a file, the first is the one that is proven. */
const bases: readonly RowBase[] = [0, 1, 2, 'physical'];
/** Errors whose quoted values are looked for: the first ones. */
const mostCompared = 1000;
/** Quoted texts of one error that are looked for. */
const mostQuoted = 20;
/** Rows that must contradict a numbering. */
const fewestAgainst = 2;

/** An error that quotes something in a field of the file. */
interface QuotingError {
  /** Its row under each of {@link bases}; below 0 for none. */
  readonly rows: readonly number[];
  readonly column: number;
  /** {@link textOf} what it quotes. */
  readonly texts: ReadonlySet<string>;
}

/** Compares the errors of a job with the rows of its file; undefined if they quote no value of the file. */
export async function valueEvidence(batch: Batch, errors: RowErrors): Promise<ValueEvidence | undefined> {
  if (batch.rows < fewestAgainst || !quotesAny(batch, errors)) return undefined;
  const rowsUnder: Int32Array[] = [];
  for (const base of bases)
    rowsUnder.push(await rowsOf(errors.numbers, base, batch.rows, (lines) => batch.rowsAtLines(lines)));
  const quoting = quotingErrors(batch, errors, rowsUnder);
  const named = rowsUnder.map((rows) => namedOf(rows, batch.rows));
  const cells = new QuotedCells(quoting, named);
  await eachRow(batch, (row, content) => cells.visit(row, content));
  const compared = quoting.filter((error) => cells.quotesAny(error));
  if (compared.length === 0) return undefined;
  const fitting = bases.filter((_, base) => compared.every((error) => cells.isQuoted(error, base)));
  const proven = fitting.find((base) => isProven(bases.indexOf(base), compared, cells, named));
  return { fitting: new Set(fitting), proven };
}

function isProven(base: number, errors: readonly QuotingError[], cells: QuotedCells, named: readonly Named[]): boolean {
  const { rows, count } = named[base] as Named;
  // Where most rows are named, the values of the others are too few to compare with.
  if (count * 2 >= rows.length) return false;
  return bases.every((_, other) => {
    if (other === base || errors.every((error) => error.rows[other] === error.rows[base])) return true;
    const against = errors.filter((error) => cells.isDistinctive(error, base) && !cells.mayBeQuoted(error, other));
    return new Set(against.map((error) => error.rows[base])).size >= fewestAgainst;
  });
}

/** The rows that errors name under one numbering: 1 for each. */
interface Named {
  readonly rows: Uint8Array;
  readonly count: number;
}

function namedOf(found: Int32Array, rows: number): Named {
  const named = new Uint8Array(rows);
  for (const row of found) if (row >= 0) named[row] = 1;
  return { rows: named, count: named.reduce((sum, one) => sum + one, 0) };
}

/** Where the quoted texts stand in a file. */
class QuotedCells {
  readonly #named: readonly Named[];
  /** By column and text: whether it stands in any row, and under which numberings in one that no error names. */
  readonly #texts = new Map<number, Map<string, { isThere: boolean; readonly isUnnamed: boolean[] }>>();
  /** The texts of the rows that errors may mean, by row and column. */
  readonly #cells = new Map<number, Map<number, string>>();

  constructor(errors: readonly QuotingError[], named: readonly Named[]) {
    this.#named = named;
    for (const { rows, column, texts } of errors) {
      const known = this.#texts.get(column) ?? new Map();
      this.#texts.set(column, known);
      for (const text of texts) known.set(text, { isThere: false, isUnnamed: bases.map(() => false) });
      for (const row of rows) if (row >= 0 && !this.#cells.has(row)) this.#cells.set(row, new Map());
    }
  }

  visit(row: number, content: Buffer): void {
    const cells = decodeRow(content, '');
    const kept = this.#cells.get(row);
    for (const [column, texts] of this.#texts) {
      const text = textOf(cells[column] ?? '');
      kept?.set(column, text);
      const quoted = texts.get(text);
      if (!quoted) continue;
      quoted.isThere = true;
      for (const [base, { rows }] of this.#named.entries()) if (rows[row] === 0) quoted.isUnnamed[base] = true;
    }
  }

  /** Whether anything that the error quotes is a value of its field in the file. */
  quotesAny({ column, texts }: QuotingError): boolean {
    const known = this.#texts.get(column);
    return [...texts].some((text) => known?.get(text)?.isThere);
  }

  /** Whether the error quotes the cell of its row under a numbering. */
  isQuoted(error: QuotingError, base: number): boolean {
    const text = this.#cellOf(error, base);
    return text !== undefined && error.texts.has(text);
  }

  /** The same of a value that stands only in rows that errors name, and that alone of all quoted texts is in the file. */
  isDistinctive(error: QuotingError, base: number): boolean {
    const text = this.#cellOf(error, base);
    if (text === undefined || !error.texts.has(text)) return false;
    const known = this.#texts.get(error.column);
    if ([...error.texts].some((other) => other !== text && known?.get(other)?.isThere)) return false;
    return known?.get(text)?.isUnnamed[base] === false;
  }

  /** Whether the error may quote the cell of its row under a numbering: as it stands, cut off, or in another form. */
  mayBeQuoted(error: QuotingError, base: number): boolean {
    const text = this.#cellOf(error, base);
    return text !== undefined && [...error.texts].some((quoted) => areAlike(quoted, text));
  }

  #cellOf({ rows, column }: QuotingError, base: number): string | undefined {
    return this.#cells.get(rows[base] as number)?.get(column);
  }
}

const quotation = /"([^"]*)"|“([^”]*)”|(?<![\p{L}\p{N}])'([^']*)'(?![\p{L}\p{N}])/gu;

function quotedIn(message: string | undefined): Set<string> {
  const texts = new Set<string>();
  for (const [, double, curly, single] of (message ?? '').matchAll(quotation)) {
    if (texts.size === mostQuoted) break;
    texts.add(textOf(double ?? curly ?? single ?? ''));
  }
  return texts;
}

/** Regardless of case and outer white space, as Gainsight may quote another row that it takes for the same. */
function textOf(cell: string): string {
  return cell.trim().toLowerCase();
}

/** Whether one text may stand for another: it is the same, or its beginning, but for its form, or a rounded number. */
function areAlike(one: string, other: string): boolean {
  if (one === other) return true;
  if (one === '' || other === '') return false;
  const [a, b] = [barest(one), barest(other)];
  return a.startsWith(b) || b.startsWith(a) || Math.abs(Number(one) - Number(other)) < 1;
}

/** Letters and digits only, without accents and leading zeros. */
function barest(text: string): string {
  return text
    .normalize('NFKD')
    .replace(/[^\p{L}\p{N}]/gu, '')
    .replace(/^0+(?=.)/, '');
}

function quotesAny(batch: Batch, errors: RowErrors): boolean {
  let read = 0;
  for (const { fieldName, errorMessage } of errors) {
    if (read === mostCompared) return false;
    read += 1;
    if (quotedIn(errorMessage).size > 0 && columnOf(batch, fieldName, errorMessage) >= 0) return true;
  }
  return false;
}

function quotingErrors(batch: Batch, errors: RowErrors, rowsUnder: readonly Int32Array[]): QuotingError[] {
  const found: QuotingError[] = [];
  let at = -1;
  for (const { fieldName, errorMessage } of errors) {
    at += 1;
    if (at === mostCompared) break;
    const column = columnOf(batch, fieldName, errorMessage);
    const texts = quotedIn(errorMessage);
    if (column < 0 || texts.size === 0 || Number.isNaN(errors.numbers[at])) continue;
    found.push({ rows: rowsUnder.map((rows) => rows[at] as number), column, texts });
  }
  return found;
}

/** The column of the field that an error names: apart, or else alone of all fields in its message. Below 0 for none. */
function columnOf({ filePlan: { columns } }: Batch, field: string | undefined, message: string | undefined): number {
  if (field !== undefined) {
    const name = field.toLowerCase();
    return columns.findIndex((column) => column.field.toLowerCase() === name);
  }
  const words = new Set((message ?? '').toLowerCase().split(/[^\p{L}\p{N}_]+/u));
  const named = columns.flatMap((column, at) => (words.has(column.field.toLowerCase()) ? [at] : []));
  return named.length === 1 ? (named[0] as number) : -1;
}

/** All rows of a file, those of earlier syncs at its end too, which the file here may lack. */
async function eachRow(batch: Batch, visit: (row: number, content: Buffer) => void): Promise<void> {
  const { ownRows = batch.rows } = batch;
  let row = -1;
  for await (const rows of csvRows(batch.path, batch.bytes)) {
    for (const content of rows) {
      if (row >= 0 && row < ownRows) visit(row, content);
      row += 1;
    }
  }
  for (let at = ownRows; at < batch.rows; at += 1) visit(at, await batch.readRow(at));
}
