/** What a value must be like by metadata: rule, value, verdict. */
import t from 'tap';
import type { FieldDescription, PicklistOption } from '../model.ts';
import { misfitOf, ruleOf } from './value_rules.ts';

const options: PicklistOption[] = [
  { id: '1I00OPEN', label: 'Open', active: true },
  { id: '1I00WON', label: 'Closed  Won', active: true },
  { id: '1I00OLD', label: 'Dormant', active: false },
];

const fits = 'fits';
const rows: [type: string, meta: Partial<FieldDescription>, value: string, verdict: string | RegExp][] = [
  ['STRING', { length: 5 }, 'abcde', fits],
  ['STRING', { length: 5 }, 'abcdef', 'the text is longer than the field, which takes 5 characters'],
  ['STRING', { length: 5 }, 'ééééé', fits],
  ['STRING', { length: 5 }, '🚀🚀🚀🚀🚀', fits],
  ['STRING', { length: 5 }, '🚀🚀🚀🚀🚀🚀', /longer/],
  ['STRING', { length: 5 }, '      ', /longer/],
  ['STRING', { length: 0 }, 'any length, as none is known', fits],
  ['STRING', {}, 'any length', fits],
  ['STRING', { length: 99 }, 'a < b, and c > d', fits],
  ['STRING', { length: 99 }, 'less than <5, more than 3>', fits],
  ['STRING', { length: 99 }, 'see <b>this</b>', /markup in angle brackets/],
  ['STRING', { length: 99 }, '<SCRIPT src=x', /markup/],
  ['STRING', { length: 99 }, 'Ann <ann@example.com>', /markup/],
  ['STRING', { length: 99, richText: true }, 'see <b>this</b>', fits],
  ['RICHTEXTAREA', { length: 5 }, '<p>longer</p>', fits],
  ['PICKLIST', { length: 3 }, 'Open', fits],
  ['PICKLIST', {}, '1I00OPEN', fits],
  ['PICKLIST', {}, '1I00OLD', fits],
  ['PICKLIST', {}, 'open', /only regardless of case or white space/],
  ['PICKLIST', {}, ' Open', /only regardless of case or white space/],
  ['PICKLIST', {}, 'Closed Won', /only regardless of case or white space/],
  ['PICKLIST', {}, 'Dormant', /not active/],
  ['PICKLIST', {}, 'Opened', 'the value is no item of the picklist'],
  ['PICKLIST', {}, '', fits],
  ['PICKLIST', { options: [] }, 'Opened', fits],
  ['MULTISELECTDROPDOWNLIST', {}, 'Open;Opened', fits],
  ['NUMBER', { decimals: 2 }, '12.50', fits],
  ['NUMBER', { decimals: 2 }, '-0.5', fits],
  ['NUMBER', { decimals: 2 }, ' 7 ', fits],
  ['NUMBER', { decimals: 2 }, '.5', fits],
  ['NUMBER', { decimals: 2 }, '1.250000', 'fits'],
  ['NUMBER', { decimals: 2 }, '1.255', 'the number has more decimal places than the field, which has 2'],
  ['NUMBER', { decimals: 0 }, '1.5', /more decimal places/],
  ['NUMBER', {}, '1.123456789', fits],
  ['NUMBER', { decimals: 2 }, '999999999999999999', fits],
  ['NUMBER', { decimals: 2 }, '-999999999999999999.99', fits],
  ['NUMBER', { decimals: 2 }, '0001000000000000000000', /more than 18 digits before its decimal point/],
  ['NUMBER', { decimals: 2 }, '000999999999999999999', fits],
  ['NUMBER', { decimals: 2 }, '1.5e3', fits],
  ['NUMBER', { decimals: 2 }, '1e-3', /more decimal places/],
  ['NUMBER', { decimals: 2 }, '1e30', /more than 18 digits/],
  ['NUMBER', { decimals: 2 }, '+2.e+2', fits],
  ['NUMBER', { decimals: 2 }, '1e999', /more than 18 digits/],
  ['NUMBER', { decimals: 2 }, '1e-999', fits],
  ['NUMBER', { decimals: 2 }, '1,000', 'the value is no number'],
  ['NUMBER', { decimals: 2 }, 'NaN', 'the value is no number'],
  ['NUMBER', { decimals: 2 }, '0x10', 'the value is no number'],
  ['NUMBER', { decimals: 2 }, '', fits],
  ['CURRENCY', {}, '$5', 'the value is no number'],
  ['PERCENTAGE', {}, '5%', 'the value is no number'],
  ['JSONNUMBER', {}, 'five', fits],
  ['BOOLEAN', {}, 'true', fits],
  ['BOOLEAN', {}, 'FALSE', fits],
  ['BOOLEAN', {}, '1', fits],
  ['BOOLEAN', {}, '0', fits],
  ['BOOLEAN', {}, 'null', fits],
  ['BOOLEAN', {}, 'yes', 'the value is not true, false, 1 or 0'],
  ['BOOLEAN', {}, '2', 'the value is not true, false, 1 or 0'],
  ['DATE', {}, '2024-02-29', fits],
  ['DATE', {}, '2023-02-29', /no date or date-time/],
  ['DATE', {}, '2024-12-31T23:59:59Z', fits],
  ['DATE', {}, '0000-00-00', /no date or date-time/],
  ['DATE', {}, '31.12.2024', /no date or date-time/],
  ['DATE', {}, '12/31/2024', /no date or date-time/],
  ['DATETIME', {}, '2024-12-31 23:59:59.123456+01:00', fits],
  ['DATETIME', {}, '2024-12-31T23:59:59.123 UTC', fits],
  ['DATETIME', {}, '1704067200000', /no date or date-time/],
  ['DATETIME', {}, 'yesterday', /no date or date-time/],
  ['EMAIL', { length: 3 }, 'not even an address', fits],
  ['URL', { length: 3 }, '<b>', fits],
  ['GSID', { length: 3 }, 'anything', fits],
  ['LOOKUP', { length: 3 }, 'anything', fits],
  ['HOLOGRAM', { length: 3, options }, 'of a type that nobody knows', fits],
];

for (const [dataType, meta, value, verdict] of rows) {
  t.test(`${dataType} ${JSON.stringify(meta)}: ${JSON.stringify(value)}`, async (t) => {
    const field: FieldDescription = { name: 'F', dataType, options, lookupObjects: [], ...meta };
    const rule = ruleOf(field, field.options);
    t.match((rule && misfitOf(rule, value)?.reason) ?? fits, verdict);
  });
}

t.test('what is wrong contains no value, and only markup is never a reason to reject', async (t) => {
  for (const [dataType, meta, value] of rows) {
    const field: FieldDescription = { name: 'F', dataType, options, lookupObjects: [], ...meta };
    const rule = ruleOf(field, field.options);
    const misfit = rule && misfitOf(rule, value);
    if (!misfit) continue;
    t.notOk(`${misfit.reason} ${misfit.remedy}`.includes(value), value);
    t.equal(misfit.isOnlyCounted === true, misfit.reason.includes('markup'), value);
  }
});
