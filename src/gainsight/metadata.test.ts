/** Reading metadata: what is described, what is absent, and what does not count as an answer. */
import t from 'tap';
import { setUpLoad } from '../../integration_tests/support/load_setup.ts';
import type { ObjectRules, SandboxOptions, UnknownObjectStyle } from '../sandbox/options.ts';
import { descriptionsOf } from './metadata.ts';

const fields = {
  Gsid: { described: { dataType: 'GSID', createable: false, updateable: false, readOnly: true } },
  Name: { required: true, maxLength: 250, described: { label: 'Company Name', indexed: true } },
  Stage: { picklist: ['Open', 'Won'], described: { inactive: ['Lost'] } },
  Score: { type: 'number', described: { decimals: 2, defaultValue: '0' } },
} as const;
const objects: Record<string, ObjectRules> = { Company: { fields }, Orders__gc: { fields: {}, createable: false } };

/** The metadata of a tenant. */
async function metadataOf(t: Parameters<typeof setUpLoad>[0], options: Partial<SandboxOptions> = {}) {
  const { client, sandbox } = await setUpLoad(t, { objects, ...options });
  return { metadata: client.metadata, sandbox };
}

t.test('objects are described by the names asked for, whatever their case, with one call', async (t) => {
  const { metadata, sandbox } = await metadataOf(t);
  const answer = await metadata.describe(['COMPANY', 'orders__gc']);
  if (answer.kind !== 'done') throw new Error(answer.words);
  const { described, absent, objects } = answer.value;
  t.same([...absent], []);
  t.same(objects, [], 'the list is not read');
  t.match(described.get('orders__gc'), { name: 'orders__gc', createable: false, type: 'CUSTOM', fields: [] });
  t.match(described.get('COMPANY')?.fields, [
    { name: 'Gsid', dataType: 'GSID', readOnly: true, createable: false, updateable: false, required: false },
    { name: 'Name', label: 'Company Name', dataType: 'STRING', length: 250, required: true, indexed: true },
    {
      name: 'Stage',
      dataType: 'PICKLIST',
      hasDefault: false,
      options: [
        { label: 'Open', active: true },
        { label: 'Won', active: true },
        { label: 'Lost', active: false },
      ],
    },
    { name: 'Score', dataType: 'NUMBER', decimals: 2, hasDefault: true, length: undefined },
  ]);
  t.equal(sandbox.metadataCalls.length, 1);
  t.same(sandbox.calls, []);
});

t.test('more than 25 objects take several calls', async (t) => {
  const names = Array.from({ length: 60 }, (_, at) => `O${at}__gc`);
  const many = Object.fromEntries(names.map((name) => [name, { fields: { Name: {} } }]));
  const { metadata, sandbox } = await metadataOf(t, { objects: many });
  const answer = await metadata.describe(names);
  t.equal(answer.kind === 'done' && answer.value.described.size, 60);
  t.equal(sandbox.metadataCalls.length, 3);
});

for (const unknownObject of ['absent', '404', '400', 'result_false'] satisfies UnknownObjectStyle[]) {
  t.test(`an object that the tenant lacks is absent, and the others are described: ${unknownObject}`, async (t) => {
    const { metadata } = await metadataOf(t, { unknownObject });
    const answer = await metadata.describe(['Compny', 'Company']);
    if (answer.kind !== 'done') throw new Error(answer.words);
    t.same([...answer.value.absent], ['Compny']);
    t.match(answer.value.described.get('Company')?.fields, [{ name: 'Gsid' }, {}, {}, {}]);
    t.match(answer.value.objects, [{ name: 'company', label: 'Company' }, { name: 'orders__gc' }]);
  });
}

t.test('a name that no path can carry is absent by the list alone, and hides nothing of the others', async (t) => {
  const { metadata, sandbox } = await metadataOf(t);
  const names = ['', '.', '..', 'x'.repeat(100_000)];
  const answer = await metadata.describe([...names, 'Company', 'a/b?c#d']);
  if (answer.kind !== 'done') throw new Error(answer.words);
  t.same([...answer.value.absent], [...names, 'a/b?c#d']);
  t.same([...answer.value.described.keys()], ['Company']);
  t.equal(sandbox.metadataCalls.length, 3);
});

t.test('of many unknown objects 50 are asked for, and of the others nothing is known', async (t) => {
  const { metadata, sandbox } = await metadataOf(t);
  const names = Array.from({ length: 300 }, (_, at) => `Unknown_${at}__gc`);
  const answer = await metadata.describe([...names, 'Company']);
  if (answer.kind !== 'done') throw new Error(answer.words);
  t.same([...answer.value.absent], names.slice(0, 50));
  t.same([...answer.value.described.keys()], ['Company']);
  t.equal(sandbox.metadataCalls.length, 13 + 1 + 50);
});

t.test('the list of objects, and the items of a picklist that its description leaves out', async (t) => {
  const stage = { picklist: ['Open'], described: { inactive: ['Lost'], optionsByCategory: true } };
  const { metadata } = await metadataOf(t, { objects: { Company: { fields: { Stage: stage } } } });
  t.match(await metadata.objects(), { kind: 'done', value: [{ name: 'company', label: 'Company', createable: true }] });
  const answer = await metadata.describe(['company']);
  const field = answer.kind === 'done' ? answer.value.described.get('company')?.fields[0] : undefined;
  t.same(field?.options, []);
  const items = await metadata.dropdown(field?.picklistCategory ?? '');
  t.match(items, {
    kind: 'done',
    value: [
      { label: 'Open', active: true },
      { label: 'Lost', active: false },
    ],
  });
  t.match(await metadata.dropdown('nothing'), { kind: 'refused', status: 404 });
});

const broken: [name: string, options: Partial<SandboxOptions>, answer: object][] = [
  ['metadata is off', { metadata: 'off' }, { kind: 'refused', status: 404 }],
  ['404', { script: [{ on: 'metadata', do: { kind: 'status', status: 404 } }] }, { kind: 'refused', status: 404 }],
  ['403', { script: [{ on: 'metadata', do: { kind: 'status', status: 403 } }] }, { kind: 'refused', status: 403 }],
  ['result: false with 200', { script: [{ on: 'metadata', do: { kind: 'result_false' } }] }, { kind: 'refused' }],
  [
    'an HTML page with 200',
    { script: [{ on: 'metadata', do: { kind: 'status', status: 200, html: true } }] },
    { kind: 'lost', reason: 'unreadable' },
  ],
  ['half an answer', { script: [{ on: 'metadata', do: { kind: 'accept_then_truncate_json' } }] }, { kind: 'lost' }],
  ['empty data', { script: [{ on: 'metadata', do: { kind: 'empty' } }] }, { kind: 'lost', reason: 'unreadable' }],
  ['another shape', { script: [{ on: 'metadata', do: { kind: 'other_shape' } }] }, { kind: 'lost' }],
];
for (const [name, options, expected] of broken) {
  t.test(`no object counts as absent by this answer: ${name}`, async (t) => {
    const { metadata, sandbox } = await metadataOf(t, options);
    t.match(await metadata.describe(['Company', 'Compny']), expected);
    t.ok(sandbox.metadataCalls.length <= 2, `${sandbox.metadataCalls.length} calls`);
  });
}

t.test('an answer of more than 8 MB is not used, one of half of it is', async (t) => {
  const withLabel = (length: number) => ({
    Company: { fields: { Name: { described: { label: 'x'.repeat(length) } } } },
  });
  const { metadata } = await metadataOf(t, { objects: withLabel(5_000_000) });
  t.match(await metadata.describe(['Company']), { kind: 'done' });
  const large = await metadataOf(t, { objects: withLabel(9_000_000) });
  t.match(await large.metadata.describe(['Company']), { kind: 'lost', reason: 'TOO_LARGE' });
});

const object = (fields: unknown) => [{ objectName: 'company', fields }];
const shapes: [shape: string, data: unknown, described: unknown][] = [
  ['no object', [], []],
  ['an object without fields', object([]), [{ name: 'company', fields: [] }]],
  ['entries that are no objects', [null, 7, ...object([])], [{ name: 'company' }]],
  [
    'a type that is not known',
    object([{ fieldName: 'A', dataType: 'QUATERNION' }]),
    [{ fields: [{ dataType: 'QUATERNION' }] }],
  ],
  [
    'a field of which nothing is said',
    object([{ fieldName: 'A', meta: null, options: null }]),
    [{ fields: [{ name: 'A', options: [], lookupObjects: [], required: undefined, createable: undefined }] }],
  ],
  [
    'values of another type',
    object([{ fieldName: 'A', label: 7, meta: { required: 'true', length: '9', readOnly: 1 } }]),
    [{ fields: [{ name: 'A', label: undefined, required: undefined, length: undefined, readOnly: undefined }] }],
  ],
  [
    'a field without a name beside one with',
    object([{ label: 'A' }, { fieldName: 'B' }]),
    [{ fields: [{ name: 'B' }] }],
  ],
  ['fields without names', object([{ name: 'A' }]), undefined],
  ['no list of fields', object({ A: {} }), undefined],
  ['objects without names', [{ name: 'company', fields: [] }], undefined],
  ['no list', { objects: [] }, undefined],
  ['a text', 'company', undefined],
];
for (const [shape, data, expected] of shapes) {
  t.test(`a description with ${shape}`, async (t) => {
    if (expected === undefined) t.equal(descriptionsOf(data), undefined);
    else t.match(descriptionsOf(data), expected as object);
  });
}
