/** How the values of a row are sent: by the type of the field where it is known, else as the source has them. */
import t from 'tap';
import { typedRow, type Value, visitPlan } from '../../../integration_tests/support/object_load.ts';
import type { FieldDescription } from '../../model.ts';
import { RecordText } from './record_text.ts';

const big = { digits: '12345678901234567890.10' };
const cases: [sent: Value, dataType: string | undefined, json: string][] = [
  ['a "b" ü', undefined, '"a \\"b\\" ü"'],
  [big, undefined, big.digits],
  [true, undefined, 'true'],
  [null, 'NUMBER', 'null'],
  [['a', 'b'], undefined, '["a","b"]'],
  [[], undefined, '[]'],
  ['12', undefined, '"12"'],
  [big.digits, 'NUMBER', big.digits],
  ['-0.5e3', 'CURRENCY', '-0.5e3'],
  ['007', 'NUMBER', '"007"'],
  ['12 %', 'PERCENTAGE', '"12 %"'],
  [big, 'STRING', `"${big.digits}"`],
  [false, 'PICKLIST', '"false"'],
  ['TRUE', 'BOOLEAN', 'true'],
  ['0', 'BOOLEAN', 'false'],
  [1, 'BOOLEAN', 'true'],
  ['yes', 'BOOLEAN', '"yes"'],
  ['Red;Blue', 'MULTISELECTDROPDOWNLIST', '["Red","Blue"]'],
  [['Red', 'Blue'], 'MULTISELECTDROPDOWNLIST', '["Red","Blue"]'],
  [5, 'MULTISELECTDROPDOWNLIST', '["5"]'],
  [['a', 'b'], 'STRING', '"a;b"'],
  [['Red; dark', 'Blue', 'a "[q]"'], 'MULTISELECTDROPDOWNLIST', '["Red; dark","Blue","a \\"[q]\\""]'],
  [['Red; dark', null, 1.5, true], undefined, '["Red; dark","1.5","true"]'],
  [['Red; dark', 'Blue'], 'STRING', '"[\\"Red; dark\\",\\"Blue\\"]"'],
  // As a file of rejected rows has such a list; any other text is taken apart at the separators.
  ['["Red; dark","Blue"]', 'MULTISELECTDROPDOWNLIST', '["Red; dark","Blue"]'],
  ['["Red;', 'MULTISELECTDROPDOWNLIST', '["[\\"Red",""]'],
  ['["Red"]', 'MULTISELECTDROPDOWNLIST', '["[\\"Red\\"]"]'],
  ['2026-03-04', 'DATE', '"2026-03-04"'],
  [5, 'OF_TOMORROW', '5'],
];
const fields = ['Id', 'F'];
const described = (dataType: string | undefined) => ({
  name: 'Visit__gc',
  fields: [{ name: 'F', dataType, options: [], lookupObjects: [] } satisfies FieldDescription],
});

for (const [value, dataType, json] of cases) {
  t.test(`${JSON.stringify(value)} in a field ${dataType ?? 'that is not known'}`, async (t) => {
    const text = new RecordText(visitPlan({}, fields), dataType ? described(dataType) : undefined, ';');
    t.equal(text.of(7, typedRow(fields, { Id: 'a', F: value })).text, `{"Id":"a","F":${json}}`);
  });
}

t.test('a field that the record does not have is left out', async (t) => {
  const text = new RecordText(visitPlan({}, fields), undefined, ';');
  const { row, key, text: json } = text.of(7, typedRow(fields, { Id: 'a' }));
  t.same([row, json, key?.values], [7, '{"Id":"a"}', [{ kind: 'text', text: 'a' }]]);
});

t.test('a record whose key has no value has none', async (t) => {
  const text = new RecordText(visitPlan({}, fields), undefined, ';');
  for (const Id of [undefined, null, ' ', ['a']]) t.equal(text.of(0, typedRow(fields, { Id, F: 1 })).key, undefined);
});

t.test('a value to look for is sent under a name of its own, and null empties the field', async (t) => {
  const lookup = { field: 'F', object: 'Company', matchField: 'Name', onNone: 'reject', onSeveral: 'first' } as const;
  const text = new RecordText(visitPlan({ lookups: [lookup] }, fields), undefined, ';');
  const acme = text.of(0, typedRow(fields, { Id: 'a', F: 'Acme' }));
  t.same([acme.text, acme.lookups], ['{"Id":"a","lookup_F":"Acme"}', [{ ...lookup, local: 'lookup_F' }]]);
  const none = text.of(0, typedRow(fields, { Id: 'a', F: null }));
  t.same([none.text, none.lookups], ['{"Id":"a","F":null}', []]);
});
