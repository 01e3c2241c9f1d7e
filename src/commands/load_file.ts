/** A file of rejected rows that a person has corrected: what it holds by its plan, or all that is wrong with it. */
import { createHash } from 'node:crypto';
import { label } from '../airbyte/streams.ts';
import { formatCount, formatCounted } from '../format.ts';
import { base32, nameList } from '../names.ts';
import { didYouMean } from '../plan/name_match.ts';
import {
  CsvFault,
  type CsvForm,
  type CsvRow,
  isFromSpreadsheet,
  lineOutsideUtf8,
  readCsv,
  separators,
  withoutMark,
} from '../records/csv_reader.ts';
import { unreadReason } from '../records/unread.ts';
import { type PlanFile, reasonColumns } from '../settle/rejects/plan_file.ts';

/** A file that can be loaded. */
export interface LoadFile {
  readonly plan: PlanFile;
  /** The fields that it has, in the order of the plan. */
  readonly fields: readonly string[];
  /** Fields of the plan that it lacks: what they hold stays as it is. */
  readonly leftOut: readonly string[];
  readonly rows: number;
  /** Rows that a later one with the same key replaces: their lines, and that of the later row. */
  readonly superseded: readonly { readonly line: number; readonly by: number }[];
  /** A spreadsheet has probably saved it. */
  readonly isFromSpreadsheet: boolean;
  /** RUN of its jobs: the same for the same rows in a file of the same name, by which a repeated load is recognised. */
  readonly run: string;
  /** The cells of each row in the order of {@link fields}; null: no value. */
  cells(): Iterable<readonly (string | null)[]>;
}

/** Why nothing of a file is loaded. */
export class UnfitFile extends Error {
  /** @param faults all that were found, each a sentence without its full stop */
  constructor(faults: readonly string[], options?: ErrorOptions) {
    super(faults.map((fault) => `${fault}.`).join('\n'), options);
    this.name = 'UnfitFile';
  }
}

const runLength = 16;
const mostLines = 20;
/** White space and invisible characters, as the connector treats them in keys. */
const blank = /^[\s\p{Z}\p{Cf}]*$/u;

/**
 * Reads and checks a whole file.
 * @param name of the file, without its folder
 * @param sendsUnread placeholders of values that the source did not read are sent as they are
 * @throws UnfitFile
 */
export function readLoadFile(name: string, bytes: Buffer, plan: PlanFile, sendsUnread = false): LoadFile {
  if (plan.operation === 'INSERT' && /\.batch\.csv$/i.test(name)) throw new UnfitFile([wholeBatch(plan)]);
  const line = lineOutsideUtf8(bytes);
  if (line !== undefined) throw new UnfitFile([notUtf8(bytes, line)]);
  const text = withoutMark(bytes);
  try {
    return readRows(name, text, { plan, sendsUnread, hasMarks: isFromSpreadsheet(bytes) });
  } catch (error) {
    if (!(error instanceof CsvFault)) throw error;
    throw new UnfitFile([`The file is not CSV that can be read safely: ${error.message}`], { cause: error });
  }
}

/** The lines and the form of a file whose header fits its plan. */
interface Table {
  readonly form: CsvForm;
  readonly width: number;
  /** The position of each field in a row. */
  readonly positions: readonly number[];
  readonly fields: readonly string[];
  /** Positions in {@link fields}. */
  readonly keys: readonly number[];
  readonly sendsUnread: boolean;
}

interface Reading {
  readonly plan: PlanFile;
  readonly sendsUnread: boolean;
  /** The bytes have marks of a spreadsheet. */
  readonly hasMarks: boolean;
}

function readRows(name: string, text: Buffer, { plan, sendsUnread, hasMarks }: Reading): LoadFile {
  const { form, header } = headerOf(text, plan);
  const faults = headerFaults(header, plan);
  if (faults.length > 0) throw new UnfitFile(faults);
  const fields = plan.fields.filter((field) => header.includes(field));
  const positions = fields.map((field) => header.indexOf(field));
  const keys = plan.key_fields.map((key) => fields.indexOf(key));
  const table = { form, width: header.length, positions, fields, keys, sendsUnread };
  const { rows, superseded, digest } = checkRows(text, table, plan, name);
  return {
    ...{ plan, fields, rows, superseded },
    leftOut: plan.fields.filter((field) => !header.includes(field)),
    isFromSpreadsheet: hasMarks || form.separator !== separators[0],
    run: `load-${base32(digest, runLength)}`,
    *cells() {
      for (const row of rowsOf(text, table)) yield cellsOf(row, table);
    },
  };
}

/** The header, by the separator with which most of its names are those of the plan. */
function headerOf(text: Buffer, plan: PlanFile): { form: CsvForm; header: readonly string[] } {
  const known = new Set([...plan.fields, ...reasonColumns]);
  const tries = separators.flatMap((separator) => {
    const form = { separator, nullText: plan.null_text };
    const header = firstRow(text, form)?.map((cell) => cell ?? plan.null_text);
    return header ? [{ form, header, found: header.filter((cell) => known.has(cell)).length }] : [];
  });
  const [first, ...others] = tries;
  if (!first) throw new UnfitFile(['Line 1 is not a header: its quotes cannot be read']);
  return others.reduce((best, each) => (each.found > best.found ? each : best), first);
}

/** Undefined if the line cannot be read in this form. */
function firstRow(text: Buffer, form: CsvForm): CsvRow['cells'] | undefined {
  if (text.length === 0) throw new UnfitFile(['The file is empty']);
  try {
    return readCsv(text, form).next().value?.cells;
  } catch (error) {
    if (error instanceof CsvFault) return undefined;
    throw error;
  }
}

function headerFaults(header: readonly string[], plan: PlanFile): string[] {
  const known = [...plan.fields, ...reasonColumns];
  const isField = (name: string) => plan.fields.includes(name);
  if (!header.some(isField))
    return [`Line 1 is not the header: it has none of the fields of the plan, which are ${nameList(plan.fields)}`];
  const missing = plan.key_fields.filter((key) => !header.includes(key));
  const unknown = [...new Set(header)].filter((name) => !known.includes(name));
  const twice = [...new Set(header.filter((name, at) => header.indexOf(name) !== at))];
  const lacking = plan.operation === 'INSERT' ? plan.fields.filter((field) => !header.includes(field)) : [];
  return [
    ...missing.map((key) => `The key field ${nameList([key])} has no column`),
    ...unknown.map((name) => `Column ${nameList([name])} is not in the plan${didYouMean(name, known)}`),
    ...twice.map((name) => `Column ${nameList([name])} appears more than once`),
    ...lacking.map((name) => `Column ${nameList([name])} is missing, and an INSERT needs all of them`),
  ];
}

/** The rows without the header, and without lines that have no text at all. */
function* rowsOf(text: Buffer, { form, width }: Table): Generator<CsvRow> {
  const all = readCsv(text, form);
  all.next();
  for (const row of all) if (width === 1 || row.cells.length > 1 || row.cells[0] !== emptyCell(form)) yield row;
}

/** How a cell without any text is read. */
function emptyCell({ nullText }: CsvForm): string | null {
  return nullText === '' ? null : '';
}

function cellsOf({ cells }: CsvRow, { positions }: Table): (string | null)[] {
  return positions.map((position) => cells[position] ?? null);
}

/** @throws UnfitFile with every kind of fault, and the lines that have it */
function checkRows(text: Buffer, table: Table, plan: PlanFile, name: string) {
  const { object, operation, key_fields, stream } = plan;
  const hash = createHash('sha256').update(JSON.stringify([name, stream, object, operation, key_fields, table.fields]));
  const faults = new RowFaults();
  /** The line of the last row of each key. */
  const lines = new Map<string, number>();
  const superseded: { line: number; by: number }[] = [];
  let rows = 0;
  for (const row of rowsOf(text, table)) {
    rows += 1;
    const cells = cellsOf(row, table);
    const fault = faultOf(row, cells, table);
    if (fault !== undefined) faults.add(fault, row.line);
    hash.update(`\n${JSON.stringify(cells)}`);
    if (table.keys.length === 0) continue;
    const key = JSON.stringify(table.keys.map((at) => cells[at]));
    const before = lines.get(key);
    if (before !== undefined) superseded.push({ line: before, by: row.line });
    lines.set(key, row.line);
  }
  const texts = rows === 0 ? ['The file has a header and no rows'] : faults.texts;
  if (texts.length > 0) throw new UnfitFile(texts);
  return { rows, superseded, digest: hash.digest() };
}

function faultOf(row: CsvRow, cells: readonly (string | null)[], table: Table): string | undefined {
  const { width, keys, fields, sendsUnread } = table;
  if (row.cells.length !== width) return 'more or fewer cells than the header';
  if (cells.every((cell) => cell === null)) return 'no value at all';
  const keyless = keys.find((at) => blank.test(cells[at] ?? ''));
  if (keyless !== undefined) return `no value for the key field ${nameList([fields[keyless] ?? ''])}`;
  if (sendsUnread) return undefined;
  const unread = cells.findIndex((cell) => cell !== null && unreadReason(cell, noSeparator) !== undefined);
  if (unread < 0) return undefined;
  return `a placeholder in place of a value that the source did not read, for ${nameList([fields[unread] ?? ''])}`;
}

/** Lists in a cell are not taken apart. */
const noSeparator = '\u0000';

/** Faults of rows, by their kind. */
class RowFaults {
  readonly #lines = new Map<string, number[]>();

  add(fault: string, line: number): void {
    const lines = this.#lines.get(fault) ?? [];
    lines.push(line);
    this.#lines.set(fault, lines);
  }

  get texts(): string[] {
    return [...this.#lines].map(([fault, lines]) => {
      const has = lines.length === 1 ? 'has' : 'have';
      return `${formatCounted(lines.length, 'row')} ${has} ${fault}: ${linesText(lines)}`;
    });
  }
}

/** `line 3`, `lines 3, 7 and 2 more` */
export function linesText(lines: readonly (number | string)[]): string {
  const more = lines.length > mostLines ? ` and ${formatCount(lines.length - mostLines)} more` : '';
  return `line${lines.length === 1 ? '' : 's'} ${lines.slice(0, mostLines).join(', ')}${more}`;
}

function notUtf8(bytes: Buffer, line: number): string {
  const isUtf16 = (bytes[0] === 0xff && bytes[1] === 0xfe) || (bytes[0] === 0xfe && bytes[1] === 0xff);
  const found = isUtf16 ? 'The file is UTF-16' : `Line ${formatCount(line)} is not UTF-8`;
  return `${found}: save the file as "CSV UTF-8"`;
}

/** Rows that Gainsight has accepted are not known, and would be there twice. */
function wholeBatch({ stream, object }: PlanFile): string {
  return (
    `It is the whole file of a job of ${label({ name: stream.name, namespace: stream.namespace ?? '' })}, and by INSERT the rows that ${object} has accepted of it would be there twice: ` +
    'leave only the missing rows in it, and save it under a name that does not end in .batch.csv'
  );
}
