/** A generated warehouse of a software company: its customers, and what they used each month. */
import { type DemoColumn, type DemoTable, plainRecord } from './table.ts';

const companyCount = 1500;
const months = ['2025-09-01', '2025-10-01', '2025-11-01', '2025-12-01', '2026-01-01'];
const stages = ['Onboarding', 'Adoption', 'Renewal', 'Churned'];
const names = ['Acme', 'Borealis', 'Café Noir', 'Delta "D" Labs', 'Éclair, Inc.', 'Fjord', '御茶', 'Hélio 🚀'];
const kinds = ['Software', 'Foods', 'Freight', 'Energy', 'Studios'];

const companyColumns: readonly DemoColumn[] = [
  { column: 'id', field: 'External_ID__gc', rule: { required: true, maxLength: 20 } },
  { column: 'name', field: 'Name', rule: { required: true, maxLength: 80 } },
  { column: 'account.arr', field: 'ARR__gc', rule: { type: 'number' } },
  { column: 'account.stage', field: 'Stage', rule: { picklist: stages } },
  { column: 'products', field: 'Products__gc' },
  { column: 'renews_on', field: 'Renewal_Date', rule: { type: 'date' } },
  { column: 'is_partner', field: 'Is_Partner__gc', rule: { type: 'boolean' } },
  { column: 'notes', field: 'Notes__gc' },
];

const usageColumns: readonly DemoColumn[] = [
  { column: 'company_id', field: 'Company_External_ID__gc', rule: { required: true } },
  { column: 'month', field: 'Month__gc', rule: { required: true, type: 'date' } },
  { column: 'usage.active_users', field: 'Active_Users__gc', rule: { type: 'number' } },
  { column: 'usage.minutes', field: 'Minutes__gc', rule: { type: 'number' } },
  { column: 'features', field: 'Features__gc' },
];

/** The parent table: some rows come twice, as incremental sources send them, and four have an unknown stage. */
export function companyTable(): DemoTable {
  const first = Array.from({ length: companyCount }, (_, number) => company(number, 0));
  const again = first.flatMap((_, number) => (number % 5 === 0 ? [company(number, 1)] : []));
  return {
    stream: 'companies',
    object: 'Company',
    operation: 'UPSERT',
    columns: companyColumns,
    keyFields: ['External_ID__gc'],
    primaryKey: ['id'],
    loadAfter: [],
    stateEvery: 200,
    records: [...first, ...again].map((row) => plainRecord(row, companyColumns)),
  };
}

/** The child table with two key fields: in some rows the first is missing, so these can never be matched. */
export function usageTable(): DemoTable {
  const rows = months.flatMap((month, at) => Array.from({ length: companyCount }, (_, n) => usage(n, month, at)));
  return {
    stream: 'product_usage',
    object: 'Product_Usage__gc',
    operation: 'UPSERT',
    columns: usageColumns,
    keyFields: ['Company_External_ID__gc', 'Month__gc'],
    primaryKey: ['company_id', 'month'],
    loadAfter: ['companies'],
    stateEvery: 1000,
    records: rows.map((row) => plainRecord(row, usageColumns)),
  };
}

const companyId = (number: number): string => `C-${String(number).padStart(6, '0')}`;

function company(number: number, version: number): Record<string, unknown> {
  return {
    id: companyId(number),
    name: `${names[number % names.length]} ${kinds[number % kinds.length]} ${number}`,
    account: {
      arr: 12_000 + number * 37.5 + version * 1000,
      stage: number % 400 === 399 ? 'Prospect' : stages[number % stages.length],
    },
    products: ['Core', 'Insights', 'Mobile'].slice(0, 1 + (number % 3)),
    renews_on: number % 7 === 0 ? null : `2026-0${1 + (number % 9)}-15`,
    is_partner: number % 11 === 0,
    notes: number % 13 === 0 ? `Said: "call me, maybe"\nthen hung up` : '',
    _airbyte_loaded_at: '2026-01-05T09:00:00Z',
  };
}

function usage(number: number, month: string, at: number): Record<string, unknown> {
  return {
    company_id: (number + at * companyCount) % 700 === 699 ? null : companyId(number),
    month,
    usage: { active_users: (number * 7 + at * 13) % 500, minutes: ((number * 31 + at) % 9000) / 4 },
    features: number % 4 === 0 ? [] : ['search', 'export'].slice(0, number % 4),
  };
}
