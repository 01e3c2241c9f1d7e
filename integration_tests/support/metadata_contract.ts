/** The forms of Gainsight's metadata API, as far as its documentation shows them. */

/** The schemas of one call: its query, its body if it has one, and its answer. */
export interface MetadataSchemas {
  readonly query: object;
  readonly request?: object;
  readonly answer: object;
}

const text = { type: 'string', minLength: 1 };
const flag = { type: 'boolean' };
/** Options are texts, whatever they stand for. */
const flagText = { enum: ['true', 'false'] };

const requiredOf = (properties: object) => ({ type: 'object', required: Object.keys(properties), properties });
const listOf = (items: object) => ({ type: 'array', items });
const answerWith = (data: object) => requiredOf({ result: { const: true }, requestId: text, data });
const queryOf = (properties: object) => ({ ...requiredOf(properties), additionalProperties: false });
const noQuery = queryOf({});

const summary = {
  objectName: { type: 'string', pattern: '^[^A-Z]+$' },
  label: text,
  objectType: { enum: ['STANDARD', 'CUSTOM', 'SYSTEM'] },
  ...{ transactional: flag, multiCurrencySupported: flag, readable: flag, createable: flag, schemaUpdateable: flag },
};
const option = requiredOf({ value: text, label: text, systemName: text, active: flag, defaultValue: flag });
const meta = requiredOf({
  ...{ required: flag, nillable: flag, createable: flag, updateable: flag, readOnly: flag, formulaField: flag },
  ...{ hidden: flag, hasLookup: flag, properties: { type: 'object' } },
});
const field = requiredOf({
  ...{ fieldName: text, label: text, dataType: { type: 'string', pattern: '^[A-Z]+$' }, objectName: text },
  ...{ options: listOf(option), meta },
});
const described = answerWith(listOf(requiredOf({ ...summary, fields: listOf(field) })));

const describeRequest = {
  type: 'object',
  required: ['objectNames', 'removeHidden', 'includeChilds'],
  properties: {
    objectNames: { type: 'array', items: text, minItems: 1, maxItems: 25 },
    childLevels: { enum: ['0'] },
    host: { enum: ['MDA'] },
  },
  additionalProperties: flagText,
};
const item = requiredOf({ gsid: text, name: text, systemName: text, active: flag, categoryId: text });

const calls: readonly [method: string, path: RegExp, schemas: MetadataSchemas][] = [
  [
    'GET',
    /^\/meta\/services\/objects\/list$/,
    { query: queryOf({ po: text, em: flagText }), answer: answerWith(listOf(requiredOf(summary))) },
  ],
  ['POST', /^\/meta\/services\/objects\/describe$/, { query: noQuery, request: describeRequest, answer: described }],
  [
    'GET',
    /^\/meta\/services\/objects\/[^/]+\/describe$/,
    {
      query: queryOf({ ic: flagText, cl: { enum: ['0'] }, idd: flagText, ihc: flagText, piec: flagText }),
      answer: described,
    },
  ],
  [
    'GET',
    /^\/meta\/services\/dropdowns\/[^/]+$/,
    {
      query: noQuery,
      answer: answerWith(requiredOf({ categoryDetails: { type: 'object' }, childItems: listOf(item) })),
    },
  ],
];

/** The schemas of a call; undefined if there is no such call. */
export function metadataSchemaOf({ method, path }: { readonly method: string; readonly path: string }) {
  return calls.find(([verb, pattern]) => verb === method && pattern.test(path))?.[2];
}
