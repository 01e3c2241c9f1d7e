/** Answers of the object API: inserts, updates and queries of the records that the sandbox keeps. */
import { type Answer, failure, success } from './answers.ts';
import {
  cellOf,
  isNumber,
  lookupsOf,
  type ObjectRoute,
  type RecordValue,
  recordsOf,
  type SentLookup,
  type SentRecord,
} from './object_calls.ts';
import { readWhere, type Where } from './object_query.ts';
import { type FieldRule, type ObjectRules, rulesOf, type Settings } from './options.ts';
import { refusal, uncut } from './rules.ts';
import { cutText, gsidField, type Row, type Table } from './store.ts';
import { keepsRows, looseForm, type Tenant } from './tenant.ts';

/** The most records of a call, and the most key fields of an update. */
const [mostRecords, mostKeys] = [50, 3];

/** One reason why a record is refused. */
interface Problem {
  readonly code: string;
  readonly message: string;
  readonly field: string;
  readonly value: unknown;
}

/** A record as it is written, and what its lookups did not find. */
interface Resolved {
  readonly record: SentRecord;
  readonly problems: readonly Problem[];
}

/** What a write does to the records. */
interface Write {
  readonly table: Table;
  readonly records: readonly SentRecord[];
  readonly resolved: readonly Resolved[];
  readonly rules: ObjectRules | undefined;
  /** Empty for an insert. */
  readonly keys: readonly string[];
  readonly elapsed: number;
}

/** The object API without HTTP. */
export class ObjectApi {
  readonly #tenant: Tenant;
  readonly #settings: Settings;

  constructor(tenant: Tenant, settings: Settings) {
    this.#tenant = tenant;
    this.#settings = settings;
  }

  /**
   * Answers a call.
   * @param keys the names of an update's key fields, as the address has them
   * @param onlyFirst the call fails half-way: so many of its valid records are written nevertheless; undefined: it does
   * not
   */
  answer(
    { what, object }: ObjectRoute,
    json: unknown,
    { keys, elapsed, onlyFirst }: { keys: string | null; elapsed: number; onlyFirst: number | undefined },
  ): Answer {
    const { objects } = this.#settings;
    const rules = rulesOf(object, objects);
    if (objects && !rules) return unknownObject;
    this.#tenant.advance(elapsed);
    const table = this.#tenant.store.table(object);
    table.identify();
    if (what === 'query') return this.#query(table, json, rules, elapsed);
    const records = recordsOf(json);
    if (!records || records.length === 0) return refuse('records is missing');
    if (records.length > mostRecords) return refuse(`There are more than ${mostRecords} records`);
    const names = what === 'update' ? (keys ?? '').split(',').filter((name) => name !== '') : [];
    if (what === 'update' && names.length === 0) return refuse('keys is missing');
    if (names.length > mostKeys) return refuse(`There are more than ${mostKeys} keys`);
    const lookups = lookupsOf((json as { lookups?: unknown }).lookups);
    if (!lookups) return refuse('lookups cannot be read');
    const resolved = records.map((record) => this.#resolved(record, lookups));
    return this.#write({ table, records, resolved, rules, keys: names, elapsed }, onlyFirst);
  }

  /** A record with the GSIDs of the records that its lookups find, or what is wrong with it. */
  #resolved(record: SentRecord, lookups: readonly SentLookup[]): Resolved {
    const values = new Map(Object.entries(record));
    const problems: Problem[] = [];
    for (const { target, object, fields, onSeveral, onNone } of lookups) {
      const table = this.#tenant.store.table(object);
      table.identify();
      const wanted = Object.entries(fields).map(([local, field]) => [field, cellOf(record[local] ?? null)] as const);
      const found = table.rows.filter((row) => wanted.every(([field, cell]) => row[table.column(field)] === cell));
      const [local = ''] = Object.keys(fields);
      for (const name of Object.keys(fields)) values.delete(name);
      const [first] = found;
      const isBad = first ? found.length > 1 && onSeveral !== 'FIRSTMATCH' : onNone === 'ERROR';
      const what = first ? 'Several records match' : 'No record matches';
      if (isBad)
        problems.push({ field: local, value: shown(record[local] ?? null), ...coded(`GSOBJ_1011: ${what} ${target}`) });
      else values.set(target, first?.[table.column(gsidField)] ?? null);
    }
    return { record: Object.fromEntries(values), problems };
  }

  /** All records are written, or none. */
  #write(write: Write, onlyFirst: number | undefined): Answer {
    const problems = write.resolved.map(({ record, problems }) =>
      problems.length > 0 ? problems : this.#problemsOf(record, write),
    );
    const isBad = problems.some((each) => each.length > 0);
    const records = write.resolved.map(({ record }) => record);
    const good = records.filter((_, at) => problems[at]?.length === 0);
    if (onlyFirst !== undefined) for (const record of good.slice(0, onlyFirst)) this.#apply(record, write);
    if (isBad) return this.#refused(write.records, problems);
    if (onlyFirst !== undefined) return failure(500, 'GSOBJ_1003', 'The database failed', true);
    if (!keepsRows(write.table.object, this.#settings))
      return success({ count: records.length, errors: null, records: records.map(() => ({ Gsid: 'none' })) });
    const changed = records.flatMap((record) => this.#apply(record, write));
    const id = write.table.column(gsidField);
    return success({ count: changed.length, errors: null, records: changed.map((row) => ({ Gsid: row[id] })) });
  }

  /** @returns the records that it changed or made */
  #apply(record: SentRecord, { table, keys, rules, elapsed }: Write): Row[] {
    const { objectApi, longText } = this.#settings;
    const cells = Object.entries(record).map(([field, value]) => {
      const cell = cellOf(value) ?? null;
      const { maxLength } = rules?.fields[field] ?? {};
      const isLong = longText === 'cut' && cell !== null && maxLength !== undefined && [...cell].length > maxLength;
      return [table.column(field), isLong ? cutText(cell, maxLength) : cell] as const;
    });
    const assign = (row: Row) => {
      for (const [column, cell] of cells) row[column] = cell;
      return row;
    };
    if (keys.length === 0) return [table.insert(assign([]), elapsed + objectApi.queryLag)];
    return this.#matches(record, keys, table).map(assign);
  }

  #matches(record: SentRecord, keys: readonly string[], table: Table): Row[] {
    const columns = keys.map((key) => table.column(key));
    const row: Row = [];
    for (const [at, column] of columns.entries()) row[column] = cellOf(record[keys[at] as string] ?? null) ?? null;
    return table.by(columns).get(table.key(row, columns) ?? '') ?? [];
  }

  #problemsOf(record: SentRecord, write: Write): Problem[] {
    const { keys, rules } = write;
    const declared = rules?.fields ?? {};
    const missing = Object.keys(declared).filter((field) => declared[field]?.required && !(field in record));
    const asked = [...(keys.length === 0 ? missing : []), ...keys.filter((key) => !(key in record))];
    const problems = [
      ...asked.map((field) => ({ field, value: null, ...coded(nullText(field)) })),
      ...Object.entries(record).flatMap(([field, value]) => this.#problemsOfValue(field, value, write)),
    ];
    return problems.length > 0 || keys.length === 0 ? problems : this.#unmatched(record, write);
  }

  #problemsOfValue(field: string, value: RecordValue, { keys, rules }: Write): Problem[] {
    if (field === gsidField && keys.includes(field)) return [];
    const { longText, objectApi, objects } = this.#settings;
    const declared = rules && Object.hasOwn(rules.fields, field) ? rules.fields[field] : undefined;
    if (objects && !declared) return [{ field, value, ...coded(`GSOBJ_1002: Field ${field} does not exist`) }];
    const judged = longText === 'cut' ? uncut(declared) : declared;
    const rule = { ...judged, ...(keys.includes(field) && { required: true }) };
    // The items of a list are chosen one by one.
    const items = Array.isArray(value) && rule.picklist ? (value as readonly RecordValue[]) : [value];
    for (const item of items) {
      const problem = problemOf(field, item, rule, objectApi.types === 'strict');
      if (problem) return [problem];
    }
    return [];
  }

  #unmatched(record: SentRecord, { keys, table }: Write): Problem[] {
    const { objectApi, unmatchedUpdate } = this.#settings;
    // Without rows an update finds a record for each, as that of a job does.
    const matches = keepsRows(table.object, this.#settings) ? this.#matches(record, keys, table).length : 1;
    const isDoubtful = matches > 1 && objectApi.ambiguousUpdate === 'refused';
    if (!isDoubtful && (matches > 0 || unmatchedUpdate === 'success')) return [];
    const field = keys.join(',');
    const value = keys.map((key) => cellOf(record[key] ?? null)).join(',');
    const found = matches === 0 ? 'No record matches' : 'Several records match';
    return [{ field, value, ...coded(`GSOBJ_1011: ${found} "${value}"`) }];
  }

  /** The errors are in another order than the records: no client may count on it. */
  #refused(records: readonly SentRecord[], problems: readonly (readonly Problem[])[]): Answer {
    const { recordErrors } = this.#settings.objectApi;
    const bad = [...problems.entries()].filter(([, each]) => each.length > 0);
    const named = recordErrors === 'first_value' ? bad.slice(0, 1) : bad.toReversed();
    const first = bad[0]?.[1][0] as Problem;
    const errors = named.map(([at, each]) => [
      {
        success: false,
        parsedValue: recordErrors === 'records' ? plain(records[at] as SentRecord) : {},
        errors: each.map(({ code, message, field, value }) => ({
          errorMessage: message,
          errorCode: code,
          fieldName: recordErrors === 'nameless' ? null : field,
          invalidValue: recordErrors === 'nameless' ? null : value,
        })),
      },
    ]);
    const answer = failure(400, first.code, first.message);
    return { ...answer, body: { ...(answer.body as object), data: { count: 0, errors, records: null } } as never };
  }

  #query(table: Table, json: unknown, rules: ObjectRules | undefined, elapsed: number): Answer {
    const { objectApi } = this.#settings;
    const { select, where, orderBy, limit = objectApi.pageMax, offset = 0 } = (json ?? {}) as Record<string, unknown>;
    if (!Array.isArray(select) || select.length === 0) return refuse('select is missing');
    const unknown = (select as string[]).find((field) => rules && field !== gsidField && !(field in rules.fields));
    if (unknown !== undefined) return refuse(`Field ${unknown} does not exist`, 'GSOBJ_1002');
    const [most, from] = [wholeNumber(limit), wholeNumber(offset)];
    if (most === undefined || from === undefined) return refuse('limit and offset are numbers');
    const found = this.#found(table, where);
    if (typeof found === 'string') return refuse(found);
    const shown = found.filter((row) => table.isShown(row, elapsed));
    const unsorted = objectApi.pageOrder === 'each_its_own' && from > 0 ? shown.toReversed() : shown;
    const sorted = orderBy === undefined ? unsorted : sortedBy(shown, orderBy as Record<string, string>, table);
    const page = sorted.slice(from, from + Math.min(most, objectApi.pageMax));
    const records = page.map((row) => selected(row, select as string[], table, rules));
    return success(objectApi.queryData === 'list' ? records : { records });
  }

  /** The records that a filter finds, or what is wrong with it. */
  #found(table: Table, where: unknown): readonly Row[] | string {
    if (where === undefined || where === null) return table.rows;
    const { inFilter, inItems, keys } = this.#settings.objectApi;
    const form = keys === 'loose' ? looseForm : (cell: string) => cell;
    const filter = readWhere(where, (one, other) => form(one) === form(other), inItems);
    if (typeof filter === 'string') return filter;
    if (filter.hasIn && inFilter !== 'works') {
      if (inFilter === 'refused') return 'Operator IN is not supported';
      return inFilter === 'ignored' ? table.rows : [];
    }
    return indexed(filter, table) ?? table.rows.filter((row) => filter.fits((field) => row[table.column(field)]));
  }
}

/** What a lone EQ or IN finds; undefined for any other filter. */
function indexed({ only }: Where, table: Table): Row[] | undefined {
  if (!only || (only.operator !== 'EQ' && only.operator !== 'IN') || only.values.includes(null)) return undefined;
  const columns = [table.column(only.field)];
  const index = table.by(columns);
  const keys = new Set(only.values.map((value) => table.key([value], [0]) ?? ''));
  return [...keys].flatMap((key) =>
    (index.get(key) ?? []).filter((row) => typeof row[columns[0] as number] === 'string'),
  );
}

function sortedBy(rows: readonly Row[], orderBy: Record<string, string>, table: Table): Row[] {
  const [[field, direction] = [gsidField, 'asc']] = Object.entries(orderBy);
  const column = table.column(field);
  const sign = direction === 'desc' ? -1 : 1;
  const compare = (one: string, other: string) => (one < other ? -1 : Number(one !== other));
  return [...rows].sort((a, b) => sign * compare(a[column] ?? '', b[column] ?? ''));
}

/** A record as a query shows it: numbers and booleans as such, dates as milliseconds since 1970. */
function selected(row: Row, select: readonly string[], table: Table, rules: ObjectRules | undefined): object {
  const values = select.map((field) => {
    const cell = row[table.column(field)] ?? null;
    return [field, cell === null ? null : typed(cell, rules?.fields[field]?.type)] as const;
  });
  return Object.fromEntries(values);
}

function typed(cell: string, type: FieldRule['type']): unknown {
  switch (type) {
    case 'number':
      return Number(cell);
    case 'boolean':
      return /^(true|1)$/i.test(cell);
    case 'date':
    case 'datetime':
      return Date.parse(cell);
    default:
      return cell;
  }
}

function isOfType(value: RecordValue, { type = 'string' }: FieldRule): boolean {
  if (value === null) return true;
  if (type === 'number') return isNumber(value);
  if (type === 'boolean') return typeof value === 'boolean';
  return typeof value === 'string';
}

/** A value as it came. */
function shown(value: RecordValue): unknown {
  return isNumber(value) ? Number(value.digits) : value;
}

function plain(record: SentRecord): object {
  return Object.fromEntries(Object.entries(record).map(([field, value]) => [field, shown(value)]));
}

/** Why a field refuses a value, which is shown as a list by picklists. */
function problemOf(field: string, value: RecordValue, rule: FieldRule, isStrict: boolean): Problem | undefined {
  const cell = cellOf(value);
  if (cell === undefined || (isStrict && !isOfType(value, rule)))
    return { field, value, ...coded(`GSOBJ_1002: The value of field ${field} has another type`) };
  const text = refusal(field, rule, cell);
  if (text === undefined) return undefined;
  if (rule.picklist && cell !== null) return { field, value: [shown(value)], ...inactive(field, cell) };
  return { field, value: shown(value), ...coded(text) };
}

function coded(text: string): Pick<Problem, 'code' | 'message'> {
  const [code = '', ...words] = text.split(': ');
  return { code, message: words.join(': ') };
}

function inactive(field: string, cell: string): Pick<Problem, 'code' | 'message'> {
  return { code: 'GSOBJ_1012', message: `Invalid/Inactive value provided for picklist. (${field} = ${cell})` };
}

function nullText(field: string): string {
  return `GSOBJ_1007: Null value is not allowed for field ${field}`;
}

/** A call that has another form than Gainsight documents. */
function refuse(errorDesc: string, errorCode = 'GS_7400'): Answer {
  return failure(400, errorCode, errorDesc, true);
}

const unknownObject: Answer = {
  ...failure(404, '', ''),
  body: { result: false, title: 'OBJECT_NOT_FOUND', errorDesc: 'Requested object not found.' } as never,
};

function wholeNumber(value: unknown): number | undefined {
  const text = typeof value === 'object' && value !== null ? (value as { digits?: string }).digits : String(value);
  return text !== undefined && /^\d{1,9}$/.test(text) ? Number(text) : undefined;
}
