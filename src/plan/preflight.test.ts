/** What the comparison of a mapping with the tenant's metadata finds: mistakes people make, and what is none. */
import t from 'tap';
import type { FieldDescription, ObjectDescription, ObjectDescriptions } from '../model.ts';
import { type Finding, type Mapping, preflight } from './preflight.ts';

const text = { dataType: 'STRING', options: [], lookupObjects: [], createable: true, updateable: true } as const;
const field = (name: string, changes: Partial<FieldDescription> = {}): FieldDescription => ({
  ...text,
  name,
  ...changes,
});

const company: ObjectDescription = {
  ...{ name: 'company', label: 'Company', createable: true, multiCurrency: true },
  fields: [
    field('Gsid', { dataType: 'GSID', createable: false, updateable: false, readOnly: true }),
    field('Name', { label: 'Company Name' }),
    field('Account_Id__gc', { label: 'Account Id', required: true }),
    field('Annual_Revenue__gc', { label: 'Annual Revenue', dataType: 'NUMBER' }),
    field('Region__gc', { label: 'Region', required: true, hasDefault: true }),
    field('Health__gc', { label: 'Health', dataType: 'NUMBER', formula: true }),
    field('Created_Day__gc', { dataType: 'DATE', readOnly: true }),
    field('Owner__gc', { createable: false, updateable: false }),
    field('Origin__gc', { updateable: false }),
    field('Closed__gc', { createable: false }),
    field('Notes__gc', { dataType: 'RICHTEXTAREA' }),
    field('Payload__gc', { dataType: 'JSON' }),
    field('Stage__gc', { dataType: 'PICKLIST' }),
    field('Amount__gc', { dataType: 'CURRENCY' }),
    field('CurrencyIsoCode'),
    field('NPS', { dataType: 'NUMBER' }),
    field('Secret__gc', { hidden: true, required: true }),
  ],
};
const objects = [
  { name: 'company', label: 'Company' },
  { name: 'touchpoint__gc', label: 'Customer Touchpoint' },
  { name: 'gsuser', label: 'User' },
];
const bare = (name: string, changes: Partial<ObjectDescription> = {}) => ({ name, fields: [], ...changes });

const tenant: ObjectDescriptions = {
  objects,
  absent: new Set(['Compny', 'Customer Touchpoint', 'touchpoint', 'Something Else']),
  described: new Map([
    ['Company', company],
    ['Email Log', bare('email_log', { createable: false })],
    ['GsUser', bare('gsuser', { createable: true, fields: [field('Email')] })],
    ['Hidden__gc', bare('hidden__gc', { createable: true })],
    ['Case__gc', bare('case__gc', { fields: [field('Case_Id__gc'), field('Name')] })],
  ]),
};

/** A mapping that fits. */
const fitting: Mapping = {
  ...{ stream: 'accounts', object: 'Company', operation: 'UPSERT', isWhole: true, byCalls: false, lookups: [] },
  ...{ keyFields: ['Account_Id__gc'], fields: ['Account_Id__gc', 'Name'] },
};
const sends = (...fields: string[]): Partial<Mapping> => ({ fields: [...fitting.fields, ...fields] });
/** Sends a field by a lookup of this object and field. */
const looksUp = (of: string, matchField: string): Partial<Mapping> => ({
  byCalls: true,
  lookups: [{ object: of, matchField }],
});
const findingsOf = (changes: Partial<Mapping>): Finding[] => preflight([{ ...fitting, ...changes }], tenant);
const linesOf = (changes: Partial<Mapping>) =>
  findingsOf(changes).map(({ level, stream, place, text }) => `${level}, ${stream} > ${place}: ${text}`);

t.test('a mapping that fits has no finding', async (t) => {
  t.same(linesOf({}), []);
});

const mistakes: [mistake: string, changes: Partial<Mapping>, line: string][] = [
  [
    'a misspelt object',
    { object: 'Compny' },
    'error, accounts > Object: "Compny" does not exist in this tenant (did you mean "company"?)',
  ],
  [
    'an object by its label',
    { object: 'Customer Touchpoint' },
    'error, accounts > Object: "Customer Touchpoint" does not exist in this tenant (did you mean "touchpoint__gc"?)',
  ],
  [
    'a custom object without its ending',
    { object: 'touchpoint' },
    'error, accounts > Object: "touchpoint" does not exist in this tenant (did you mean "touchpoint__gc"?)',
  ],
  [
    'an object like no other',
    { object: 'Something Else' },
    'error, accounts > Object: "Something Else" does not exist in this tenant',
  ],
  [
    'an object whose records only Gainsight adds',
    { object: 'Email Log' },
    'error, accounts > Object: the tenant does not let records of "Email Log" be added',
  ],
  [
    'the users, whose metadata says that they can be added',
    { object: 'GsUser', keyFields: ['Email'], fields: ['Email'] },
    'error, accounts > Object: "GsUser" is excluded from Gainsight\'s bulk import',
  ],
  [
    'a misspelt field',
    sends('Anual_Revenue__gc'),
    'error, accounts > Fields: "Company" has no field "Anual_Revenue__gc" (did you mean "Annual_Revenue__gc"?)',
  ],
  [
    'a field by its label',
    sends('Annual Revenue'),
    'error, accounts > Fields: "Company" has no field "Annual Revenue" (did you mean "Annual_Revenue__gc"?)',
  ],
  [
    'a custom field without its ending',
    sends('region'),
    'error, accounts > Fields: "Company" has no field "region" (did you mean "Region__gc"?)',
  ],
  ['a formula', sends('Health__gc'), 'error, accounts > Fields: "Health__gc" is a formula, which Gainsight computes'],
  ['a read-only field', sends('Created_Day__gc'), 'error, accounts > Fields: "Created_Day__gc" cannot be written'],
  [
    'a field that is neither set nor changed',
    sends('Owner__gc'),
    'error, accounts > Fields: "Owner__gc" cannot be written',
  ],
  ['the id of the record as a value', sends('Gsid'), 'error, accounts > Fields: "Gsid" cannot be written'],
  [
    'a misspelt key',
    { keyFields: ['Acount_Id__gc'] },
    'error, accounts > Key Fields: "Company" has no field "Acount_Id__gc" (did you mean "Account_Id__gc"?)',
  ],
  [
    'a key of rich text',
    { ...sends('Notes__gc'), keyFields: ['Notes__gc'] },
    'error, accounts > Key Fields: "Notes__gc" is of type RICHTEXTAREA, which cannot be a key',
  ],
  [
    'a key of JSON',
    { ...sends('Payload__gc'), keyFields: ['Payload__gc'] },
    'error, accounts > Key Fields: "Payload__gc" is of type JSON, which cannot be a key',
  ],
  [
    'an INSERT without a required field',
    { operation: 'INSERT', keyFields: [], fields: ['Name'] },
    'error, accounts > Fields: no column is mapped to "Account_Id__gc", which a new record of "Company" must have',
  ],
  [
    'an INSERT of companies without a name, which metadata does not mark as required',
    { operation: 'INSERT', keyFields: [], fields: ['Account_Id__gc'] },
    'error, accounts > Fields: no column is mapped to "Name", which a new record of "Company" must have',
  ],
  [
    'a lookup of an object that is not there',
    looksUp('Compny', 'Name'),
    'error, accounts > Lookups: "Compny" does not exist in this tenant (did you mean "company"?)',
  ],
  [
    'a lookup by a field that is not there',
    looksUp('Case__gc', 'Cse_Id__gc'),
    'error, accounts > Lookups: "Case__gc" has no field "Cse_Id__gc" (did you mean "Case_Id__gc"?)',
  ],
];
for (const [mistake, changes, line] of mistakes) {
  t.test(`an error: ${mistake}`, async (t) => {
    t.same(linesOf(changes), [line]);
  });
}

const doubts: [doubt: string, changes: Partial<Mapping>, line: string][] = [
  ['a field in other case', sends('REGION__gc'), '"REGION__gc" is spelled "Region__gc" in "Company"'],
  [
    'an UPSERT without a required field, which may meet existing records only',
    { keyFields: ['Name'], fields: ['Name'] },
    'no column is mapped to "Account_Id__gc", which a new record of "Company" must have',
  ],
  [
    'an UPDATE of a field that is only set once',
    { ...sends('Origin__gc'), operation: 'UPDATE' },
    '"Origin__gc" cannot be changed once a record exists',
  ],
  [
    'an INSERT of a field that is only changed later',
    { ...sends('Closed__gc'), operation: 'INSERT', keyFields: [] },
    '"Closed__gc" cannot be set when a record is added',
  ],
  [
    'a picklist as a key',
    { ...sends('Stage__gc'), keyFields: ['Stage__gc'] },
    '"Stage__gc" is of type PICKLIST; Gainsight documents keys of texts and numbers',
  ],
  [
    'an amount without its currency',
    sends('Amount__gc'),
    'no column is mapped to "CurrencyIsoCode", so that Gainsight takes its default currency for "Amount__gc"',
  ],
  [
    'a lookup by a field in other case',
    looksUp('Case__gc', 'case_id__gc'),
    '"case_id__gc" is spelled "Case_Id__gc" in "Case__gc"',
  ],
  ['a field that Gainsight keeps', sends('NPS'), '"NPS" is kept by Gainsight itself and may not be accepted'],
];
for (const [doubt, changes, text] of doubts) {
  t.test(`a warning: ${doubt}`, async (t) => {
    t.match(findingsOf(changes), [{ level: 'warning', text }]);
    t.equal(findingsOf(changes).length, 1);
  });
}

const harmless: [case_: string, changes: Partial<Mapping>][] = [
  ['a required field with a default that is not sent', {}],
  ['a hidden field', sends('Secret__gc')],
  ['the id of the record as the key of an UPDATE', { ...sends('Gsid'), operation: 'UPDATE', keyFields: ['Gsid'] }],
  ['an UPDATE without a required field', { operation: 'UPDATE', keyFields: ['Name'], fields: ['Name'] }],
  ['fields that are not all known', { operation: 'INSERT', keyFields: [], fields: [], isWhole: false }],
  ['an amount with its currency', sends('Amount__gc', 'CurrencyIsoCode')],
  ['an object of which the key sees no field', { object: 'Hidden__gc', fields: ['Anything'] }],
  ['a lookup that fits', looksUp('Case__gc', 'Case_Id__gc')],
  ['a lookup of an object of which the key sees no field', looksUp('Hidden__gc', 'Anything')],
  ['a lookup of an object that is not described, and not certainly absent', looksUp('Unknown', 'Anything')],
  ['users by the object API', { object: 'GsUser', keyFields: ['Email'], fields: ['Email'], byCalls: true }],
  ['an object that is not described, and not certainly absent', { object: 'Unknown' }],
];
t.test('a lookup is compared although the object of its stream does not exist', async (t) => {
  t.same(linesOf({ ...looksUp('Case__gc', 'Idd'), object: 'Something Else' }), [
    'error, accounts > Object: "Something Else" does not exist in this tenant',
    'error, accounts > Lookups: "Case__gc" has no field "Idd"',
  ]);
});

for (const [name, changes] of harmless) {
  t.test(`no finding: ${name}`, async (t) => {
    t.same(linesOf(changes), []);
  });
}

t.test('of many mistakes the first twenty name the nearest, as a comparison of all would take minutes', async (t) => {
  const fields = Array.from({ length: 700 }, (_, at) => field(`Some_Long_Custom_Field_${at}__gc`));
  const described = new Map([['Wide__gc', { name: 'wide__gc', fields }]]);
  const misspelt = fields.slice(0, 40).map(({ name }) => name.replace('Long', 'Lnog'));
  const mappings = Array.from({ length: 3 }, (_, at) => ({
    ...{ ...fitting, stream: `s${at}`, object: 'Wide__gc', keyFields: [], fields: misspelt },
  }));
  const found = preflight(mappings, { objects, absent: new Set(), described });
  t.equal(found.length, 3 * 40);
  t.equal(found.filter(({ text }) => text.includes('did you mean')).length, 20);
  t.match(
    found[19]?.text,
    /has no field "Some_Lnog_Custom_Field_19__gc" \(did you mean "Some_Long_Custom_Field_19__gc"\?\)$/,
  );
});
