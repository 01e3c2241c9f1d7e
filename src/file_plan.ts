/** The plan of a file without some columns of its stream's plan. */
import type { Column, Plan } from './model.ts';

/** The plan without these columns; all of its key fields must stay. */
export function withoutColumns(plan: Plan, columns: ReadonlySet<Column>): Plan {
  const kept = plan.columns.filter((column) => !columns.has(column));
  const keyColumns = plan.keyColumns.map((key) => kept.indexOf(plan.columns[key] as Column));
  return { ...plan, columns: kept, keyColumns };
}
