/** The sandbox's metadata: what it says of declared objects, of unknown ones, and what it never does to the quota. */
import t from 'tap';
import { setUpSandbox } from '../../integration_tests/support/sandbox_setup.ts';
import type { ObjectRules, UnknownObjectStyle } from './options.ts';

const objects: Record<string, ObjectRules> = {
  Company: { fields: { Name: { required: true, maxLength: 250 }, Seats: { type: 'number' } } },
  Touch_Point__gc: {
    fields: {
      Stage__gc: { picklist: ['Open'], described: { inactive: ['Dormant'] } },
      Margin__gc: { type: 'number', described: { formula: true, createable: false, updateable: false, decimals: 2 } },
      Company__gc: { described: { dataType: 'LOOKUP', lookup: ['company'], label: 'Account' } },
    },
  },
};
const list = '/meta/services/objects/list?po=company&em=false';
const one = (object: string) =>
  `/meta/services/objects/${object}/describe?ic=false&cl=0&idd=false&ihc=false&piec=false`;

t.test('declared objects are listed and described, with labels and types from what is declared', async (t) => {
  const { get, describe, sandbox } = await setUpSandbox(t, { objects });
  t.match((await get(list)).json.data, [
    { objectName: 'company', label: 'Company', objectType: 'STANDARD', createable: true },
    { objectName: 'touch_point__gc', label: 'Touch Point', objectType: 'CUSTOM' },
  ]);
  const company = {
    objectName: 'company',
    fields: [
      { fieldName: 'Name', label: 'Name', dataType: 'STRING', meta: { length: 250, required: true, createable: true } },
      { fieldName: 'Seats', dataType: 'NUMBER', meta: { required: false, updateable: true, formulaField: false } },
    ],
  };
  const touchPoint = {
    objectName: 'touch_point__gc',
    fields: [
      {
        fieldName: 'Stage__gc',
        label: 'Stage',
        dataType: 'PICKLIST',
        options: [
          { label: 'Open', active: true },
          { label: 'Dormant', active: false },
        ],
      },
      { fieldName: 'Margin__gc', meta: { formulaField: true, createable: false, decimalPlaces: 2 } },
      { label: 'Account', meta: { hasLookup: true, lookupDetail: { lookupObjects: [{ objectName: 'company' }] } } },
    ],
  };
  t.match((await describe('Company', 'touch_point__GC')).json.data, [company, touchPoint], 'in any case');
  t.match((await get(one('COMPANY'))).json.data, [company]);
  t.same(sandbox.calls, [], 'none of them is a call of the Bulk API');
  t.same(
    sandbox.metadataCalls.map(({ kind, counted, status }) => [kind, counted, status]),
    [
      ['metadata', true, 200],
      ['metadata', true, 200],
      ['metadata', true, 200],
    ],
  );
});

t.test('without declared objects every one exists, with no field to be seen', async (t) => {
  const { describe } = await setUpSandbox(t);
  t.match((await describe('Anything')).json.data, [{ objectName: 'anything', createable: true, fields: [] }]);
});

t.test('the items of a picklist may only be found by their category', async (t) => {
  const fields = { Stage: { picklist: ['Open'], described: { optionsByCategory: true } } };
  const { describe, get } = await setUpSandbox(t, { objects: { Case: { fields } } });
  const data = (await describe('Case')).json.data as { fields: { options: []; meta: { properties: object } }[] }[];
  const [field] = data[0]?.fields ?? [];
  t.same(field?.options, []);
  const { PICKLIST_CATEGORY_ID: category } = (field?.meta.properties ?? {}) as { PICKLIST_CATEGORY_ID: string };
  t.match((await get(`/meta/services/dropdowns/${category}`)).json.data, {
    childItems: [{ name: 'Open', active: true }],
  });
  t.equal((await get('/meta/services/dropdowns/none')).status, 404);
});

const styles: [UnknownObjectStyle, status: number, json: object][] = [
  ['absent', 200, { result: true, data: [{ objectName: 'company' }] }],
  ['404', 404, { result: false, title: 'OBJECT_NOT_FOUND' }],
  ['400', 400, { result: false, title: 'OBJECT_NOT_FOUND' }],
  ['result_false', 200, { result: false, title: 'OBJECT_NOT_FOUND' }],
];
for (const [unknownObject, status, json] of styles) {
  t.test(`an object that the tenant lacks: ${unknownObject}`, async (t) => {
    const { describe } = await setUpSandbox(t, { objects, unknownObject });
    const answer = await describe('Company', 'Compny');
    t.equal(answer.status, status);
    t.match(answer.json, json);
  });
}

t.test('a tenant without metadata has none of its paths, and the key is asked for where there are some', async (t) => {
  const off = await setUpSandbox(t, { objects, metadata: 'off' });
  t.match(await off.get(list), { status: 404, json: { errorCode: 'GS_APIG_1000' } });
  t.match(await off.describe('Company'), { status: 404 });
  const on = await setUpSandbox(t, { objects });
  t.match(await on.get(list, {}), { status: 401 });
});

t.test('faults of "any" call leave metadata alone', async (t) => {
  const script = [
    { on: 'any', nth: 1, do: { kind: 'status', status: 500 } },
    { on: 'metadata', nth: 2, do: { kind: 'other_shape' } },
    { on: 'metadata', nth: 3, do: { kind: 'empty' } },
  ] as const;
  const { describe, list: jobs } = await setUpSandbox(t, {
    objects,
    script,
    countedCalls: 'all_calls',
    callsPerHour: 2,
  });
  t.match((await describe('Company')).json.data, [{}]);
  t.match((await describe('Company')).json.data, { objects: {} });
  t.same((await describe('Company')).json.data, []);
  t.equal((await jobs()).status, 500, 'the first call of the Bulk API');
  t.equal((await jobs()).status, 200, 'and the second of two in the hour');
});

t.test('metadata has a limit of its own, in minutes of the clock', async (t) => {
  const limits = { metadataCallsPerMinute: 2, callsPerHour: 1, retryAfter: 'seconds' } as const;
  const { clock, describe, list: jobs, sandbox } = await setUpSandbox(t, { objects, ...limits, clockOffset: 40_000 });
  const statuses = async (count: number) => {
    const found: number[] = [];
    for (let at = 0; at < count; at++) found.push((await describe('Company')).status);
    return found;
  };
  t.same(await statuses(3), [200, 200, 429]);
  const { headers, json } = await describe('Company');
  t.match(json, { result: false, errorCode: 'GS_APIG_2404' });
  t.equal(headers.get('retry-after'), '20');
  t.equal((await jobs()).status, 200);
  t.equal(sandbox.busiestHour().calls, 0);
  clock.advance(20_000);
  t.same(await statuses(2), [200, 200]);
});
