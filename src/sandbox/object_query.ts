/** The filter of a query: conditions by name, joined by an expression such as `A OR (B AND C)`. */
import { cellOf, type RecordValue } from './object_calls.ts';

/** A record's value of a field, as the text of a cell. */
export type FieldReader = (field: string) => string | null | undefined;

/** One condition of a filter. */
export interface Condition {
  readonly field: string;
  readonly operator: string;
  readonly values: readonly (string | null)[];
}

/** Whether a record fits. */
export type Filter = (field: FieldReader) => boolean;

/** A filter, and its condition if there is but one. */
export interface Where {
  readonly fits: Filter;
  readonly only: Condition | undefined;
  /** A condition of it uses `IN`. */
  readonly hasIn: boolean;
}

/** Whether two values are the same. */
export type Same = (one: string, other: string) => boolean;

/**
 * Reads the `where` of a query.
 * @param inItems how many values of an `IN` count, the last if negative; null: all
 * @returns what is wrong with it, as a text
 */
export function readWhere(where: unknown, same: Same, inItems: number | null = null): Where | string {
  const { conditions, expression } = (where ?? {}) as { conditions?: unknown; expression?: unknown };
  if (!Array.isArray(conditions) || conditions.length === 0) return 'where has no conditions';
  const byAlias = new Map<string, Condition>();
  for (const each of conditions as Record<string, unknown>[]) {
    const { name, alias, operator, value } = each;
    if (typeof name !== 'string' || typeof alias !== 'string' || typeof operator !== 'string')
      return 'a condition lacks its name, alias or operator';
    if (!Array.isArray(value)) return `the value of condition ${alias} is no list`;
    const values = (value as RecordValue[]).map((one) => cellOf(one) ?? null);
    if (!Object.hasOwn(operators, operator)) return `there is no operator ${operator}`;
    const counted = operator === 'IN' ? countedOf(values, inItems) : values;
    byAlias.set(alias, { field: name, operator, values: counted });
  }
  const text = typeof expression === 'string' ? expression : [...byAlias.keys()].join(' AND ');
  const fits = new Expression(text, byAlias, same).read();
  if (typeof fits === 'string') return fits;
  const only = byAlias.size === 1 && byAlias.has(text.trim()) ? byAlias.get(text.trim()) : undefined;
  return { fits, only, hasIn: [...byAlias.values()].some(({ operator }) => operator === 'IN') };
}

function countedOf<T>(values: readonly T[], inItems: number | null): readonly T[] {
  if (inItems === null) return values;
  return inItems < 0 ? values.slice(inItems) : values.slice(0, inItems);
}

type Test = (cell: string | null | undefined, values: readonly (string | null)[], same: Same) => boolean;

const isAny: Test = (cell, values, same) =>
  values.some((value) => (value === null ? (cell ?? null) === null : typeof cell === 'string' && same(cell, value)));
const byText =
  (test: (cell: string, value: string) => boolean): Test =>
  (cell, [value]) =>
    typeof cell === 'string' && typeof value === 'string' && test(cell.toLowerCase(), value.toLowerCase());
const byOrder =
  (test: (sign: number) => boolean): Test =>
  (cell, [value]) =>
    typeof cell === 'string' && typeof value === 'string' && test(order(cell, value));

const operators: Readonly<Record<string, Test>> = {
  EQ: isAny,
  IN: isAny,
  NE: (...test) => !isAny(...test),
  NOT_IN: (...test) => !isAny(...test),
  GT: byOrder((sign) => sign > 0),
  GTE: byOrder((sign) => sign >= 0),
  LT: byOrder((sign) => sign < 0),
  LTE: byOrder((sign) => sign <= 0),
  CONTAINS: byText((cell, value) => cell.includes(value)),
  STARTS_WITH: byText((cell, value) => cell.startsWith(value)),
  ENDS_WITH: byText((cell, value) => cell.endsWith(value)),
};

/** By value if both are numbers, else by text. */
function order(one: string, other: string): number {
  const difference = Number(one) - Number(other);
  if (one.trim() !== '' && other.trim() !== '' && !Number.isNaN(difference)) return difference;
  return one < other ? -1 : Number(one !== other);
}

/** Reads an expression of aliases, `AND`, `OR` and parentheses; `AND` binds closer. */
class Expression {
  readonly #tokens: readonly string[];
  readonly #conditions: ReadonlyMap<string, Condition>;
  readonly #same: Same;
  #at = 0;

  constructor(text: string, conditions: ReadonlyMap<string, Condition>, same: Same) {
    this.#tokens = text.match(/[()]|[^\s()]+/g) ?? [];
    this.#conditions = conditions;
    this.#same = same;
  }

  /** @returns what is wrong with it, as a text */
  read(): Filter | string {
    const filter = this.#joined('OR', () => this.#joined('AND', () => this.#term()));
    return this.#at === this.#tokens.length ? (filter ?? this.#fault()) : this.#fault();
  }

  #joined(word: 'AND' | 'OR', part: () => Filter | undefined): Filter | undefined {
    const parts: Filter[] = [];
    do {
      const filter = part();
      if (!filter) return undefined;
      parts.push(filter);
    } while (this.#take(word));
    return word === 'AND'
      ? (field) => parts.every((filter) => filter(field))
      : (field) => parts.some((filter) => filter(field));
  }

  #term(): Filter | undefined {
    if (this.#take('(')) {
      const filter = this.#joined('OR', () => this.#joined('AND', () => this.#term()));
      return this.#take(')') ? filter : undefined;
    }
    const condition = this.#conditions.get(this.#tokens[this.#at] ?? '');
    if (!condition) return undefined;
    this.#at += 1;
    const { field, operator, values } = condition;
    const test = operators[operator] as Test;
    return (read) => test(read(field), values, this.#same);
  }

  #take(token: string): boolean {
    if (this.#tokens[this.#at]?.toUpperCase() !== token) return false;
    this.#at += 1;
    return true;
  }

  #fault(): string {
    return `the expression is wrong at "${this.#tokens[this.#at] ?? 'its end'}"`;
  }
}
