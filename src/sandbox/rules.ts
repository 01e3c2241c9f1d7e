/** Which rows an object rejects, with messages like Gainsight's: they quote the value. */
import type { Operation } from '../model.ts';
import type { Cells } from './csv.ts';
import { type FieldRule, type ObjectRules, rulesOf, type Settings } from './options.ts';

/** One reason why a row is rejected. A row can have several. */
export interface RowProblem {
  /** 0 is the first data row. */
  readonly row: number;
  /** The line of the file on which the row starts, the first is 1. */
  readonly line: number;
  readonly field: string;
  readonly message: string;
}

const patterns: Partial<Record<NonNullable<FieldRule['type']>, RegExp>> = {
  number: /^-?\d+(\.\d+)?$/,
  boolean: /^(true|false|1|0)$/i,
  date: /^\d{4}-\d{2}-\d{2}$/,
  datetime: /^(\d{4}-\d{2}-\d{2}[T ]\d{2}:\d{2}(:\d{2}(\.\d+)?)?([zZ]|[+-]\d{2}(:?\d{2})?)?|-?\d{11,14})$/,
};

/** Why a field rejects a cell; undefined if it accepts it. */
export function refusal(field: string, rule: FieldRule, cell: string | null): string | undefined {
  if (cell === null || cell === '') {
    return rule.required ? `GSOBJ_1007: Null value "${cell ?? ''}" is not allowed for field ${field}` : undefined;
  }
  if (rule.maxLength !== undefined && [...cell].length > rule.maxLength) {
    return `GSOBJ_1001: Value "${cell}" of field ${field} is longer than ${rule.maxLength} characters`;
  }
  if (rule.picklist && !rule.picklist.includes(cell)) {
    return `GSOBJ_1008: Dropdownlist item not found for field ${field}: "${cell}"`;
  }
  const pattern = rule.type && patterns[rule.type];
  if (pattern && !pattern.test(cell)) {
    return `GSOBJ_1002: Invalid value "${cell}" for field ${field} of type ${rule.type?.toUpperCase()}`;
  }
  return undefined;
}

/** What a file is for. */
export interface Purpose {
  readonly object: string;
  readonly operation: Operation;
  /** Empty for INSERT. */
  readonly keyFields: readonly string[];
}

/** Checks the rows of one file, each by itself; checks that need the object's records are made by the store. */
export class Judge {
  readonly problems: RowProblem[] = [];
  /** Rows with the same key as an earlier row of the file. */
  duplicateKeys = 0;
  readonly #rules: readonly { readonly column: number; readonly field: string; readonly rule: FieldRule }[];
  readonly #keyColumns: readonly number[];
  readonly #keys = new Set<string>();

  constructor(
    { keyFields }: Purpose,
    header: readonly string[],
    rules: ObjectRules | undefined,
    longText: Settings['longText'],
  ) {
    this.#keyColumns = keyFields.map((field) => header.indexOf(field));
    this.#rules = header.flatMap((field, column) => {
      const declared = rules && Object.hasOwn(rules.fields, field) ? rules.fields[field] : undefined;
      const judged = longText === 'cut' ? uncut(declared) : declared;
      const rule = keyFields.includes(field) ? { ...judged, required: true } : judged;
      return rule ? [{ column, field, rule }] : [];
    });
  }

  take(cells: Cells, row: number, line: number): void {
    for (const { column, field, rule } of this.#rules) {
      const message = refusal(field, rule, cells[column] as string | null);
      if (message !== undefined) this.problems.push({ row, line, field, message });
    }
    const key = keyOf(cells, this.#keyColumns);
    if (key === undefined) return;
    if (this.#keys.has(key)) this.duplicateKeys += 1;
    else this.#keys.add(key);
  }
}

/** A rule for texts that are cut to their length. */
export function uncut(rule: FieldRule | undefined): FieldRule | undefined {
  if (!rule) return undefined;
  const { maxLength: _, ...others } = rule;
  return others;
}

/** Why a whole file is rejected: its job FAILs. */
export function fileRefusal(
  object: string,
  header: readonly string[],
  objects: Readonly<Record<string, ObjectRules>> | undefined,
): { readonly field?: string; readonly message: string } | undefined {
  const twice = header.find((field, column) => header.indexOf(field) !== column);
  if (twice !== undefined) return { field: twice, message: `Field ${twice} is in the header twice` };
  if (!objects) return undefined;
  const rules = rulesOf(object, objects);
  if (!rules) return { message: `Object "${object}" does not exist` };
  const unknown = header.find((field) => !Object.hasOwn(rules.fields, field));
  if (unknown === undefined) return undefined;
  return { field: unknown, message: `Field "${unknown}" does not exist on object ${object}` };
}

/** A row's key as one text; undefined without key fields. */
export function keyOf(cells: Cells, keyColumns: readonly number[]): string | undefined {
  if (keyColumns.length === 0) return undefined;
  if (keyColumns.length === 1) return cells[keyColumns[0] as number] ?? '';
  return JSON.stringify(keyColumns.map((column) => cells[column] ?? ''));
}
