import t from 'tap';
import { isDateTime, mayBe, membersOf } from './json_schema.ts';

const dateTime = { type: 'string', format: 'date-time', airbyte_type: 'timestamp_with_timezone' };

t.test('members are read in their order, through unions, and none where none are declared', async (t) => {
  const names = (schema: object) => [...membersOf(schema as Record<string, unknown>).keys()];
  t.same(names({ properties: { b: {}, a: {}, __proto__2: {} } }), ['b', 'a', '__proto__2']);
  t.same(names({ oneOf: [{ type: 'null' }, { properties: { a: {} } }, { anyOf: [{ properties: { b: {} } }] }] }), [
    'a',
    'b',
  ]);
  t.same(names({ properties: { a: true } }), ['a']);
  for (const schema of [{}, { properties: null }, { properties: [] }, { oneOf: 'x' }, { oneOf: [null, 1] }])
    t.same(names(schema), []);
});

t.test('a member that two variants declare may be either', async (t) => {
  const members = membersOf({ anyOf: [{ properties: { a: { type: 'string' } } }, { properties: { a: dateTime } }] });
  t.equal(isDateTime(members.get('a') ?? {}), true);
});

t.test('a date-time is recognised in a union or a list of types too', async (t) => {
  for (const schema of [
    dateTime,
    { ...dateTime, type: ['null', 'string'] },
    { oneOf: [{ type: 'null' }, dateTime] },
    { anyOf: [{ oneOf: [dateTime] }] },
  ]) {
    t.equal(isDateTime(schema), true);
  }
  for (const schema of [
    {},
    { type: 'string', format: 'date' },
    { type: 'string' },
    { items: dateTime },
    { properties: { a: dateTime } },
  ]) {
    t.equal(isDateTime(schema), false);
  }
});

t.test('a union may have any number of members', async (t) => {
  const anyOf = Array.from({ length: 300_000 }, () => ({ type: 'string' }));
  t.equal(isDateTime({ anyOf: [{ anyOf }, { format: 'date-time' }] }), true);
});

t.test('a value may be an object if its schema says so or says nothing', async (t) => {
  for (const schema of [
    {},
    { type: 'object' },
    { type: ['null', 'object'] },
    { properties: {} },
    { oneOf: [{ type: 'string' }, { type: 'object' }] },
  ]) {
    t.equal(mayBe(schema, 'object'), true, JSON.stringify(schema));
  }
  for (const schema of [
    { type: 'string' },
    { type: ['null', 'array'] },
    { anyOf: [{ type: 'string' }, { type: 'null' }] },
  ]) {
    t.equal(mayBe(schema, 'object'), false, JSON.stringify(schema));
  }
});
