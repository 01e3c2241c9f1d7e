/** Describes the columns of a data set as a tenant's metadata would, so that each value has a rule that it fits. */
import { readFileSync } from 'node:fs';
import type { FieldDescription } from '../src/model.ts';
import type { BenchColumn } from './data/data_set.ts';

/** Only so much of a file is read: real tables repeat within it. */
const bytesRead = 10_000_000;
/** A column of texts with at most so many different ones is a picklist. */
const mostItems = 500;

/** The fields of the columns in a file of records. Lists, as in fields of several items, are of a type without a rule. */
export function describedFields(columns: readonly BenchColumn[], input: string): FieldDescription[] {
  const text = readFileSync(input, 'utf8').slice(0, bytesRead);
  const lines = text.slice(0, text.lastIndexOf('\n')).split('\n');
  const records = lines.map((line) => JSON.parse(line).record.data as Record<string, unknown>);
  return columns.map((column) => {
    const values = records.map((record) => record[column.name]).filter((value) => value !== null && value !== '');
    return { name: column.name, lookupObjects: [], options: [], ...typeOf(column, new Set(values)) };
  });
}

function typeOf({ kind }: BenchColumn, values: ReadonlySet<unknown>): Partial<FieldDescription> {
  if (kind === 'number') return { dataType: 'NUMBER', decimals: 9 };
  if (kind === 'boolean') return { dataType: 'BOOLEAN' };
  if (kind === 'list') return { dataType: 'MULTISELECTDROPDOWNLIST' };
  const texts = [...values].map(String);
  if (texts.every((text) => /^\d{4}-\d\d-\d\d(T|$)/.test(text))) return { dataType: 'DATETIME' };
  if (texts.length > mostItems) return { dataType: 'STRING', length: 32_000 };
  return { dataType: 'PICKLIST', options: texts.map((label) => ({ label, active: true })) };
}
