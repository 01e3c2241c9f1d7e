import t from 'tap';
import { parseConfig } from '../config/config.ts';
import { discover } from './discover.ts';

const operations = (...streams: object[]) =>
  discover(parseConfig(JSON.stringify({ domain: 'acme', access_key: 'k', streams }))).operations;

t.test('without streams the catalog is empty', async (t) => {
  t.same(discover({ streams: [] }), { operations: [] });
});

t.test('an object is offered with the sync mode of its operation and its keys', async (t) => {
  t.same(operations({ stream: 'a', object: 'Company', key_fields: ['Name', 'Region'] }), [
    {
      object_name: 'Company',
      sync_mode: 'append_dedup',
      json_schema: { type: 'object', properties: { Name: {}, Region: {} }, additionalProperties: true },
      matching_keys: [['Name', 'Region']],
    },
  ]);
  t.match(operations({ stream: 'a', object: 'A', operation: 'UPDATE' }), [{ sync_mode: 'append_dedup' }]);
  t.same(operations({ stream: 'a', object: 'A', operation: 'INSERT', key_fields: ['Name'] }), [
    {
      object_name: 'A',
      sync_mode: 'append',
      json_schema: { type: 'object', properties: {}, additionalProperties: true },
    },
  ]);
});

t.test('other fields are not allowed if only the named ones are sent', async (t) => {
  const fields = [{ column: 'a', field: 'A' }];
  t.match(operations({ stream: 's', object: 'O', fields }), [
    { json_schema: { properties: { A: {} }, additionalProperties: false } },
  ]);
  t.match(operations({ stream: 's', object: 'O', fields, send_other_columns: true }), [
    { json_schema: { additionalProperties: true } },
  ]);
  t.match(operations({ stream: 's', object: 'O', fields, fields_text: 'b = B' }), [
    { json_schema: { properties: { A: {}, B: {} }, additionalProperties: false } },
  ]);
  t.match(operations({ stream: 's', object: 'O', fields, naming: 'gainsight_custom' }), [
    { json_schema: { additionalProperties: true } },
  ]);
});

t.test('entries with the same object and sync mode become one operation', async (t) => {
  const found = operations(
    { stream: 'a', object: 'O', key_fields: ['A'], fields: [{ column: 'a', field: 'A' }] },
    { stream: 'b', object: 'O', operation: 'UPDATE', key_fields: ['B'], fields: [{ column: 'b', field: 'B' }] },
    { stream: 'c', object: 'O', key_fields: ['A'], fields: [{ column: 'a', field: 'A' }] },
    { stream: 'd', object: 'O', operation: 'INSERT' },
  );
  t.match(found, [
    {
      sync_mode: 'append_dedup',
      matching_keys: [['A'], ['B']],
      json_schema: { properties: { A: {}, B: {} }, additionalProperties: false },
    },
    { sync_mode: 'append' },
  ]);
  t.equal(found.length, 2);
});
