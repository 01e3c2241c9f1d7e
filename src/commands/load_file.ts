/** A file of rejected rows that a person has corrected: what it holds by its plan, or all that is wrong with it. */
import { createHash } from 'node:crypto';
import { formatCounted } from '../format.ts';
import { base32, nameList } from '../names.ts';
import {
  type CsvForm,
  type CsvRow,
  linesOutsideUtf8,
  readCsv,
  separators,
  withoutMark,
} from '../records/csv_reader.ts';
import { isFromSpreadsheet, isMisread, isNoValue, isShortened } from '../records/spreadsheet_marks.ts';
import { unreadReason } from '../records/unread.ts';
import { type PlanFile, reasonColumns } from '../settle/rejects/plan_file.ts';
import {
  encodingFault,
  headerFaults,
  type LineKind,
  LinesByKind,
  linesText,
  otherText,
  UnfitFile,
  wholeBatch,
} from './load_faults.ts';

/** A row that equals an earlier one in its key, or by INSERT as a whole. */
export interface RepeatedRow {
  readonly line: number;
  /** The line of the next such row. */
  readonly by: number;
}

/** A file that can be loaded. */
export interface LoadFile {
  readonly plan: PlanFile;
  /** The fields that it has, in the order of the plan. */
  readonly fields: readonly string[];
  /** Fields of the plan that it lacks: what they hold stays as it is. */
  readonly leftOut: readonly string[];
  readonly rows: number;
  /** Rows that a later one with the same key replaces. */
  readonly superseded: readonly RepeatedRow[];
  /** By INSERT: rows that come again, and are added each time. */
  readonly repeated: readonly RepeatedRow[];
  /** What seems to have changed in cells, with the lines: sentences without their full stops. */
  readonly doubts: readonly string[];
  /** A spreadsheet has probably saved it. */
  readonly isFromSpreadsheet: boolean;
  /** RUN of its jobs: the same for the same rows in a file of the same name, by which a repeated load is recognised. */
  readonly run: string;
  /** The cells of each row in the order of {@link fields}; null: no value. */
  cells(): Iterable<readonly (string | null)[]>;
}

const runLength = 16;
/** More rows that cannot be read are not looked for: a quote that is never closed is searched for to the end of the file. */
const mostUnclear = 100;
/** White space and invisible characters, as the connector treats them in keys. */
const blank = /^[\s\p{Z}\p{Cf}]*$/u;

/**
 * Reads and checks a whole file.
 * @param name of the file, without its folder
 * @param sendsUnread placeholders of values that the source did not read are sent as they are
 * @throws UnfitFile with every fault that was found
 */
export function readLoadFile(name: string, bytes: Buffer, plan: PlanFile, sendsUnread = false): LoadFile {
  if (plan.operation === 'INSERT' && /\.batch\.csv$/i.test(name)) throw new UnfitFile([wholeBatch(plan)]);
  const other = otherText(bytes);
  if (other !== undefined) throw new UnfitFile([other]);
  const text = withoutMark(bytes);
  const { form, header } = headerOf(text, plan);
  const table = tableOf(header, form, plan, sendsUnread);
  const found = checkRows(text, table, plan, name);
  const outside = linesOutsideUtf8(bytes);
  const faults = [
    ...(outside.length > 0 ? [encodingFault(outside)] : []),
    ...headerFaults(header, plan),
    ...(found.rows === 0 ? ['The file has a header and no rows'] : found.faults),
  ];
  const { rows, superseded, repeated, doubts, digest } = found;
  if (faults.length > 0)
    throw new UnfitFile([...faults, ...(superseded.length > 0 ? [supersededText(superseded)] : [])]);
  return {
    ...{ plan, fields: table.fields, rows, superseded, repeated, doubts },
    leftOut: plan.fields.filter((field) => !header.includes(field)),
    isFromSpreadsheet: isFromSpreadsheet(bytes) || form.separator !== separators[0],
    run: `load-${base32(digest, runLength)}`,
    *cells() {
      for (const row of rowsOf(text, table)) yield cellsOf(row, table);
    },
  };
}

/** Rows that are not sent because a later one has their key, without a full stop. */
export function supersededText(superseded: readonly RepeatedRow[]): string {
  const named = superseded.map(({ line, by }) => `${line} (by ${by})`);
  const replaced = `${formatCounted(superseded.length, 'row')} replaced by a later one with the same key: ${linesText(named)}`;
  return `${replaced}. If they are different records, correct their keys`;
}

/** How the lines of a file are read. */
interface Table {
  readonly form: CsvForm;
  readonly width: number;
  /** The position of each field in a row. */
  readonly positions: readonly number[];
  readonly fields: readonly string[];
  /** Positions in {@link fields}, of the keys that the file has. */
  readonly keys: readonly number[];
  readonly sendsUnread: boolean;
}

function tableOf(header: readonly string[], form: CsvForm, plan: PlanFile, sendsUnread: boolean): Table {
  const fields = plan.fields.filter((field) => header.includes(field));
  const positions = fields.map((field) => header.indexOf(field));
  const keys = plan.key_fields.map((key) => fields.indexOf(key)).filter((at) => at >= 0);
  return { form, width: header.length, positions, fields, keys, sendsUnread };
}

/**
 * The header, by the separator with which most of its names are those of the plan.
 * @throws UnfitFile if there is none
 */
function headerOf(text: Buffer, plan: PlanFile): { form: CsvForm; header: readonly string[] } {
  if (text.length === 0) throw new UnfitFile(['The file is empty']);
  const known = new Set([...plan.fields, ...reasonColumns]);
  const tries = separators.map((separator) => {
    const form = { separator, nullText: plan.null_text };
    const { cells = [], fault } = readCsv(text, form).next().value ?? {};
    const header = cells.map((cell) => cell ?? plan.null_text);
    return { form, header, fault, found: header.filter((cell) => known.has(cell)).length };
  });
  const [first, ...others] = tries as [(typeof tries)[0], ...typeof tries];
  const best = others.reduce((most, each) => (each.found > most.found ? each : most), first);
  if (best.fault) throw new UnfitFile([`Line 1 is not a header that can be read: it has ${best.fault.what}`]);
  if (!best.header.some((name) => plan.fields.includes(name)))
    throw new UnfitFile([
      `Line 1 is not the header: it has none of the fields of the plan, which are ${nameList(plan.fields)}`,
    ]);
  return best;
}

/** The rows without the header, and without lines that have no text at all. */
function* rowsOf(text: Buffer, { form, width }: Table): Generator<CsvRow> {
  const all = readCsv(text, form);
  all.next();
  for (const row of all) if (width === 1 || row.cells.length !== 1 || row.cells[0] !== emptyCell(form)) yield row;
}

/** How a cell without any text is read. */
function emptyCell({ nullText }: CsvForm): string | null {
  return nullText === '' ? null : '';
}

function cellsOf({ cells }: CsvRow, { positions }: Table): (string | null)[] {
  return positions.map((position) => cells[position] ?? null);
}

/** What was found in the rows: all kinds of faults, with their lines. */
function checkRows(text: Buffer, table: Table, plan: PlanFile, name: string) {
  const { object, operation, key_fields, stream } = plan;
  const hash = createHash('sha256').update(JSON.stringify([name, stream, object, operation, key_fields, table.fields]));
  const [faults, doubts] = [new LinesByKind(), new LinesByKind()];
  const repeats = new Repeats(table, plan);
  let [rows, unclear] = [0, 0];
  for (const row of rowsOf(text, table)) {
    rows += 1;
    if (row.fault) {
      const { what, line, since } = row.fault;
      faults.add({ what }, since === undefined ? line : `${line} (in the row that begins in line ${since})`);
      unclear += 1;
      if (unclear < mostUnclear) continue;
      break;
    }
    const cells = cellsOf(row, table);
    const fault = faultOf(row, cells, table);
    if (fault === undefined) noteDoubts(doubts, cells, row.line);
    else faults.add(fault, row.line);
    hash.update(`\n${JSON.stringify(cells)}`);
    if (fault === undefined) repeats.add(cells, row.line);
  }
  const { superseded, repeated } = repeats;
  const unread = unclear < mostUnclear ? [] : ['Further rows were not read, as so many cannot be'];
  return {
    rows,
    faults: [...faults.texts, ...unread],
    doubts: doubts.texts,
    superseded,
    repeated,
    digest: hash.digest(),
  };
}

function faultOf(row: CsvRow, cells: readonly (string | null)[], table: Table): LineKind | undefined {
  const { width, keys, fields, sendsUnread } = table;
  if (row.cells.length !== width)
    return {
      what: 'more or fewer cells than the header',
      remedy: `Give each ${formatCounted(width, 'cell')}, with quotes around text that has the separator or a quote`,
    };
  if (cells.every((cell) => cell === null)) return { what: 'no value at all', remedy: 'Enter the values' };
  const keyless = keys.find((at) => blank.test(cells[at] ?? ''));
  if (keyless !== undefined)
    return { what: `no value for the key field ${nameList([fields[keyless] ?? ''])}`, remedy: 'Fill in the key' };
  if (sendsUnread) return undefined;
  const unread = cells.findIndex((cell) => cell !== null && unreadReason(cell, noSeparator) !== undefined);
  if (unread < 0) return undefined;
  const name = nameList([fields[unread] ?? '']);
  return {
    what: `a placeholder in place of a value that the source did not read, for ${name}`,
    remedy: keys.includes(unread) ? 'Fill in the key' : 'Enter the value',
  };
}

/** Lists in a cell are not taken apart. */
const noSeparator = '\u0000';

function noteDoubts(doubts: LinesByKind, cells: readonly (string | null)[], line: number): void {
  const some = (isSo: (text: string) => boolean) => cells.some((cell) => cell !== null && isSo(cell));
  if (some(isMisread))
    doubts.add(
      { what: 'letters such as "Ã©" for "é", as if a program had opened the file in another encoding than UTF-8' },
      line,
    );
  if (some(isNoValue))
    doubts.add({ what: '#REF!, #N/A, ##### or the like, which a spreadsheet shows in place of a value' }, line);
  if (some(isShortened)) doubts.add({ what: 'a number such as 1.23E+17, as if a spreadsheet had shortened it' }, line);
}

/** Rows of one key, or by INSERT equal rows. */
class Repeats {
  readonly superseded: RepeatedRow[] = [];
  readonly repeated: RepeatedRow[] = [];
  readonly #keys: readonly number[];
  readonly #isInsert: boolean;
  /** The last line of each. */
  readonly #lines = new Map<string, number>();

  constructor({ keys }: Table, { key_fields, operation }: PlanFile) {
    // Without one of them rows of different keys would look alike.
    this.#keys = keys.length === key_fields.length ? keys : [];
    this.#isInsert = operation === 'INSERT';
  }

  add(cells: readonly (string | null)[], by: number): void {
    if (!this.#isInsert && this.#keys.length === 0) return;
    const text = JSON.stringify(this.#isInsert ? cells : this.#keys.map((at) => cells[at]));
    // Whole rows would take as much memory as the file.
    const id = this.#isInsert ? createHash('sha256').update(text).digest('base64') : text;
    const line = this.#lines.get(id);
    if (line !== undefined) (this.#isInsert ? this.repeated : this.superseded).push({ line, by });
    this.#lines.set(id, by);
  }
}
