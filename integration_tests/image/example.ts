/** The example of the README: its configuration, and the two tables that it is for. */
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { companyTable, usageTable } from '../demo/companies.ts';
import type { DemoTable } from '../demo/table.ts';
import { packageFolder } from './names.ts';

interface Example {
  readonly domain: string;
  readonly access_key: string;
  readonly streams: readonly { readonly stream: string; readonly fields: readonly { readonly field: string }[] }[];
}

/** The first configuration in the README. */
export function exampleConfiguration(): Example {
  const readme = readFileSync(join(packageFolder, 'README.md'), 'utf8');
  const [, text] = /```json\n(\{\n {2}"domain"[\s\S]*?)\n```/.exec(readme) ?? [];
  if (text === undefined) throw new Error('the README has no example of a configuration');
  return JSON.parse(text) as Example;
}

/** The tables, with only the columns that the example sends. */
export function exampleTables(): DemoTable[] {
  const { streams } = exampleConfiguration();
  return [companyTable(), usageTable()].map((table) => {
    const sent = streams.find(({ stream }) => stream === table.stream)?.fields.map(({ field }) => field) ?? [];
    const places = sent.map((field) => table.columns.findIndex((column) => column.field === field));
    return {
      ...table,
      columns: places.map((at) => table.columns[at] as DemoTable['columns'][number]),
      records: table.records.map(({ json, cells }) => ({ json, cells: places.map((at) => cells[at] ?? null) })),
    };
  });
}
