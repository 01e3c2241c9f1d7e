/** The forms of Gainsight's object API and of its call for a token, as far as documentation and live clients show them. */
import type { MetadataSchemas } from './metadata_contract.ts';

const text = { type: 'string', minLength: 1 };
const record = { type: 'object', minProperties: 1 };
const records = {
  type: 'object',
  required: ['records'],
  properties: { records: { type: 'array', items: record, minItems: 1, maxItems: 50 }, lookups: { type: 'object' } },
  additionalProperties: false,
};
const noQuery = { type: 'object', additionalProperties: false };
/** One to three fields. */
const keys = {
  ...{ type: 'object', required: ['keys'], additionalProperties: false },
  properties: { keys: { type: 'string', pattern: '^[^,]+(,[^,]+){0,2}$' } },
};
const envelope = (data: object) => ({
  type: 'object',
  required: ['result', 'errorCode', 'errorDesc', 'requestId', 'data'],
  properties: { result: { const: true }, errorCode: { type: 'null' }, errorDesc: { type: 'null' }, data },
});
const gsid = { type: 'object', required: ['Gsid'], properties: { Gsid: text } };
const written = envelope({
  type: 'object',
  required: ['count', 'errors', 'records'],
  properties: { count: { type: 'integer' }, errors: { type: 'null' }, records: { type: 'array', items: gsid } },
});
const condition = {
  ...{ type: 'object', required: ['name', 'alias', 'value', 'operator'], additionalProperties: false },
  properties: { name: text, alias: text, value: { type: 'array', minItems: 1 }, operator: text },
};
const question = {
  type: 'object',
  required: ['select'],
  properties: {
    select: { type: 'array', items: text, minItems: 1 },
    where: {
      ...{ type: 'object', required: ['conditions', 'expression'], additionalProperties: false },
      properties: { conditions: { type: 'array', items: condition, minItems: 1 }, expression: text },
    },
    orderBy: { type: 'object', additionalProperties: { enum: ['asc', 'desc'] } },
    limit: { type: 'integer', minimum: 1, maximum: 5000 },
    offset: { type: 'integer', minimum: 0 },
  },
  additionalProperties: false,
};
const found = envelope({ anyOf: [{ type: 'array' }, { type: 'object', required: ['records'] }] });

const calls: readonly [method: string, path: RegExp, schemas: MetadataSchemas][] = [
  ['POST', /^\/data\/objects\/query\/[^/]+$/, { query: noQuery, request: question, answer: found }],
  ['POST', /^\/data\/objects\/[^/]+$/, { query: noQuery, request: records, answer: written }],
  ['PUT', /^\/data\/objects\/[^/]+$/, { query: keys, request: records, answer: written }],
];

/** The schemas of a call; undefined if there is no such call. */
export function objectSchemaOf({ method, path }: { readonly method: string; readonly path: string }) {
  return calls.find(([verb, pattern]) => verb === method && pattern.test(path))?.[2];
}
