/** Which columns a source means that says of a field that it was nulled or cut short. */

import type { Column } from '../model.ts';

/** A change names a field by its path, which may lie above a column, be it, or lie inside of it. */
export class ChangedColumns {
  /** By their paths as changes write them. */
  readonly #columns = new Map<string, number[]>();
  readonly #prefixes: readonly (readonly string[])[];

  constructor(columns: readonly Column[]) {
    for (const [column, { path }] of columns.entries()) {
      const written = path.join('.');
      this.#columns.set(written, [...(this.#columns.get(written) ?? []), column]);
    }
    this.#prefixes = columns.map(({ path }) => path.map((_, depth) => path.slice(0, depth + 1).join('.')));
  }

  /** The columns that are changed, ascending. Maps and sets, since a table of 50,000 columns may have as many changes. */
  of(fields: readonly string[]): number[] {
    if (fields.length === 0) return [];
    const named = new Set(fields);
    const found = new Set<number>();
    for (const [column, prefixes] of this.#prefixes.entries())
      if (prefixes.some((prefix) => named.has(prefix))) found.add(column);
    for (const field of named) {
      // A column of exactly this name, which may hold dots, is meant, and none that it seems to lie inside of.
      if (this.#columns.has(field)) continue;
      for (const outer of outerPaths(field)) for (const column of this.#columns.get(outer) ?? []) found.add(column);
    }
    return [...found].sort((one, other) => one - other);
  }
}

/** `a` and `a.b` of `a.b[0].c`, and `a.b[0]`. */
function outerPaths(field: string): string[] {
  return [...field.matchAll(/[.[]/g)].map(({ index }) => field.slice(0, index));
}
