import t from 'tap';
import { unreadReason } from '../../records/unread.ts';
import { faults } from '../../records/value_formats.ts';
import { nextStep } from './next_steps.ts';

/** Only `Name` is mapped. */
const plan = { columns: [{ path: ['name'], field: 'Name', isDateTime: false }] };

function stepFor(reason: string, field?: string): string {
  return nextStep({ field, reason }, plan);
}

const otherwise = stepFor('a reason that nobody knows');

t.test('the step fits the reason, whether it has words, a code, or both', async (t) => {
  for (const [reason, step] of [
    [
      'GSOBJ_1008 (a value is not allowed by the type of its field): Dropdownlist item not found for field …',
      /dropdown list/,
    ],
    ['GSOBJ_1012', /dropdown list/],
    [
      'GSOBJ_1001 (a text is longer than its field takes): Value … of field Name is longer than … characters',
      /shorten/,
    ],
    ['… exceeds the maximum length', /shorten/],
    ['GSOBJ_1007 (a field that must have a value has none): Null value … is not allowed for field Name', /^fill/],
    ['Mandatory field is missing', /^fill/],
    ['GS_3229 (a date cannot be read) at row number …', /Date-Time Format/],
    ['GSOBJ_1005', /Date-Time Format/],
    ['GS_3231 (a number cannot be read or is out of range) at row number …', /correct the number/],
    [
      'GSOBJ_1002 (a value does not fit the type of its field): Invalid value … for field Seats of type NUMBER',
      /correct the number/,
    ],
    ['GS_3232', /Boolean Format/],
    ['GS_3235 (the content is considered harmful) at row number …', /HTML/],
    ['GSOBJ_1004 (a GSID is missing or not valid)', /Load After/],
    ['GSOBJ_1011 (no record matches)', /UPSERT/],
    ['GSOBJ_1002', /field of its type/],
    ['GSOBJ_1003 (a failure of the database of Gainsight)', /load these rows again/],
    ['not named by Gainsight', /whole file/],
  ] as const)
    t.match(stepFor(reason), step, reason);
});

t.test('each reason of the connector has a step of its own', async (t) => {
  const own = [
    ...Object.values(faults),
    ...['__debezium_unavailable_value', 'java.lang.Object@1f'].map((cell) => unreadReason(cell, ';') ?? ''),
    'the key field has no value',
    'the source cut the key field short',
    'the source could not read the value',
    'the row alone is larger than a file may be',
    'the record is longer than 32 MB',
    'the value inside of a text of JSON is longer than a megabyte',
    'no column has a value, and an empty line is no row',
  ];
  for (const reason of own) t.not(stepFor(reason), otherwise, reason);
});

t.test('a field without a value is to be mapped, if no column goes to it', async (t) => {
  const reason = 'GSOBJ_1007 (a field that must have a value has none)';
  t.match(stepFor(reason, 'Industry'), /^map a column to Industry \("Fields" in the entry of the stream\)/);
  t.match(stepFor(reason, 'name, Region__gc'), /^map a column to Region__gc \(/);
  t.match(stepFor(reason, 'NAME'), /^fill the column/);
  t.match(stepFor(reason, '…'), /^fill the column/, 'a field that the log may not name');
});
