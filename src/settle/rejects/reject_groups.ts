/** Groups rejected rows by field and reason: how many, and a few of their values and keys, in bounded memory. */
import { truncate } from '../../names.ts';

const longestReason = 2000;
const longestSample = 100;
const mostGroups = 100;
const mostValues = 5;
const mostKeys = 3;
/** The group of all reasons beyond the most. */
const otherReasons = 'other reasons';

/** A reason, truncated to fit a log line. */
export function shorten(reason: string): string {
  return truncate(reason, longestReason);
}

/** What a group shows of one of its rows; what the log may not contain is undefined. */
export interface RejectSample {
  /** The cells of the fields that the reason is about; null: no value. */
  readonly values?: readonly (string | null)[] | undefined;
  /** The cells of the key fields. */
  readonly key?: readonly (string | null)[] | undefined;
}

/** Rejected rows with one reason. */
export interface RejectGroup {
  /** Undefined if the reason is about the whole row, or stands for several. */
  readonly field: string | undefined;
  readonly reason: string;
  readonly rows: number;
  /** The first five distinct values as JSON texts, each with its number of rows. */
  readonly values: ReadonlyMap<string, number>;
  /** Rows with further values. */
  readonly rowsOfOtherValues: number;
  /** The first three distinct keys as JSON texts. */
  readonly keys: ReadonlySet<string>;
}

type Growing = { -readonly [Name in 'rows' | 'rowsOfOtherValues']: number } & {
  readonly field: string | undefined;
  readonly reason: string;
  readonly values: Map<string, number>;
  readonly keys: Set<string>;
};

/** Rejected rows by field and reason; beyond a hundred groups together. */
export class RejectGroups {
  readonly #groups = new Map<string, Growing>();
  #total = 0;

  get total(): number {
    return this.#total;
  }

  /** @param reason without values: otherwise there could be as many groups as rows */
  add(field: string | undefined, reason: string, rows = 1, sample: RejectSample = {}): void {
    const group = this.#groupOf(field, reason);
    group.rows += rows;
    this.#total += rows;
    if (group.reason === otherReasons) return;
    if (sample.values) addValue(group, textOf(sample.values), rows);
    if (sample.key && group.keys.size < mostKeys) group.keys.add(textOf(sample.key));
  }

  /** The largest first. */
  sorted(): readonly RejectGroup[] {
    return [...this.#groups.values()].sort((one, other) => other.rows - one.rows);
  }

  #groupOf(field: string | undefined, reason: string): Growing {
    const known = this.#groups.get(reasonText({ field, reason }));
    if (known) return known;
    if (this.#groups.size >= mostGroups && reason !== otherReasons) return this.#groupOf(undefined, otherReasons);
    const group = { field, reason, rows: 0, values: new Map(), rowsOfOtherValues: 0, keys: new Set<string>() };
    this.#groups.set(reasonText(group), group);
    return group;
  }
}

/** `Stage: the value is not allowed` */
export function reasonText({ field, reason }: Pick<RejectGroup, 'field' | 'reason'>): string {
  return field === undefined ? reason : `${field}: ${reason}`;
}

function addValue(group: Growing, value: string, rows: number): void {
  const known = group.values.get(value);
  if (known === undefined && group.values.size >= mostValues) group.rowsOfOtherValues += rows;
  else group.values.set(value, (known ?? 0) + rows);
}

/** One cell alone, several as a list: as JSON, which shows spaces, and distinguishes an empty text from no value. */
function textOf(cells: readonly (string | null)[]): string {
  const shown = cells.map((cell) => cell && truncate(cell, longestSample));
  return JSON.stringify(shown.length === 1 ? shown[0] : shown);
}
