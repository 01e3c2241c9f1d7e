/** The options of the object API: its limits, and what is not known of a real tenant or goes wrong there. */

/** How the query answers a filter by `IN`: it knows it, ignores it, finds nothing with it, or refuses it. */
export type InFilterStyle = 'works' | 'ignored' | 'finds_nothing' | 'refused';

/**
 * What the errors of a refused call show of its bad records: field and value of each, or of the first alone; the whole
 * record besides; or neither.
 */
export type RecordErrorStyle = 'values' | 'first_value' | 'records' | 'nameless';

/** Options of the object API. */
export interface ObjectOptions {
  /** `off`: each of its paths answers 404. Default: `on`. */
  readonly access: 'on' | 'off';
  /** Calls per clock minute of the server: 100. `null`: no limit. */
  readonly callsPerMinute: number | null;
  /** Calls per UTC day of the server: 50,000. `null`: no limit. */
  readonly callsPerDay: number | null;
  /** Default: `works`. */
  readonly inFilter: InFilterStyle;
  /** How many values of a filter by `IN` count: the first ones, or if negative the last. `null`, the default: all. */
  readonly inItems: number | null;
  /** How long a query does not show a record after its insert, in milliseconds: 0. */
  readonly queryLag: number;
  /** `data` of a query: the list itself, the default, or an object with the list in `records`. */
  readonly queryData: 'list' | 'records';
  /** Records of a page of a query: 5,000. */
  readonly pageMax: number;
  /** Pages of a query without `orderBy` are parts of one order, the default, or the first has another than the others. */
  readonly pageOrder: 'one' | 'each_its_own';
  /**
   * Whether keys are the same value only if they are `exact`, the default, or also if they differ by case, by accents, by
   * space around them or by the form of a number.
   */
  readonly keys: 'exact' | 'loose';
  /** An update whose key several records have: changes all of them, the default, or is refused. */
  readonly ambiguousUpdate: 'all' | 'refused';
  /** `strict`: a number field takes no text, and a text field no number. Default: `loose`. */
  readonly types: 'loose' | 'strict';
  /** Default: `values`. */
  readonly recordErrors: RecordErrorStyle;
}

/** The options with every default filled in. */
export function objectDefaults(options: Partial<ObjectOptions> = {}): ObjectOptions {
  return {
    access: 'on',
    callsPerMinute: 100,
    callsPerDay: 50_000,
    inFilter: 'works',
    inItems: null,
    queryLag: 0,
    queryData: 'list',
    pageMax: 5000,
    pageOrder: 'one',
    keys: 'exact',
    ambiguousUpdate: 'all',
    types: 'loose',
    recordErrors: 'values',
    ...options,
  };
}
