/** Finds the columns of which a record's `meta.changes` says that the source nulled or truncated them. */

import type { Column } from '../model.ts';

/** A change names a field by its path: a parent of a column, the column itself, or something nested in it. */
export class ChangedColumns {
  /** Column numbers by their paths as changes write them. */
  readonly #columns = new Map<string, number[]>();
  readonly #prefixes: readonly (readonly string[])[];

  constructor(columns: readonly Column[]) {
    for (const [column, { path }] of columns.entries()) {
      const written = path.join('.');
      this.#columns.set(written, [...(this.#columns.get(written) ?? []), column]);
    }
    this.#prefixes = columns.map(({ path }) => path.map((_, depth) => path.slice(0, depth + 1).join('.')));
  }

  /** The numbers of the changed columns, ascending. Maps and sets: 50,000 columns may have as many changes. */
  of(fields: readonly string[]): number[] {
    if (fields.length === 0) return [];
    const named = new Set(fields);
    const found = new Set<number>();
    for (const [column, prefixes] of this.#prefixes.entries())
      if (prefixes.some((prefix) => named.has(prefix))) found.add(column);
    for (const field of named) {
      // A column with exactly this name, which may contain dots, takes precedence over its apparent parents.
      if (this.#columns.has(field)) continue;
      for (const outer of outerPaths(field)) for (const column of this.#columns.get(outer) ?? []) found.add(column);
    }
    return [...found].sort((one, other) => one - other);
  }
}

/** The paths `a`, `a.b` and `a.b[0]` of `a.b[0].c`. */
function outerPaths(field: string): string[] {
  return [...field.matchAll(/[.[]/g)].map(({ index }) => field.slice(0, index));
}
