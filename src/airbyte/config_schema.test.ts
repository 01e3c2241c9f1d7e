import t from 'tap';
import { ConfigSchema, parseConfigText, refuseFaults } from './config_schema.ts';
import type { JsonObject } from './protocol.ts';
import { compileFormValidator } from './schema_compiler.ts';

const secret = { type: 'string', title: 'Key', airbyte_secret: true };
const form = {
  $schema: 'http://json-schema.org/draft-07/schema#',
  type: 'object',
  required: ['host', 'login'],
  groups: [{ id: 'main', title: 'Main' }],
  properties: {
    host: { type: 'string', title: 'Host', format: 'hostname', pattern: '^[a-z]+$', pattern_descriptor: 'a name' },
    plain: { type: 'string', pattern: '^[a-z]+$' },
    port: { type: 'integer', title: 'Port', default: 443, minimum: 1 },
    login: {
      title: 'Login',
      type: 'object',
      display_type: 'radio',
      oneOf: [
        { title: 'By key', required: ['kind', 'key'], properties: { kind: { const: 'key' }, key: secret } },
        { title: 'By token', required: ['kind'], properties: { kind: { const: 'token' }, tokens: { items: secret } } },
      ],
    },
    pin: { type: 'integer', airbyte_secret: true },
    proxies: { type: 'array', title: 'Proxies', items: { type: 'object', properties: { password: secret } } },
  },
};

const check = (schema: JsonObject, config: JsonObject) =>
  new ConfigSchema(schema).faults(config, compileFormValidator(schema));
const faultsOf = (config: object) => check(form, config as JsonObject).map(({ text }) => text);
const login = { kind: 'key', key: 'k' };

t.test('a schema with keywords of the form is accepted, and defaults are filled in', async (t) => {
  const config = { host: 'a', login };
  t.same(faultsOf(config), []);
  t.match(config, { port: 443 });
});

t.test('faults are reported with the titles of the form', async (t) => {
  t.same(faultsOf({}), ['Host is missing', 'Login is missing']);
  t.same(faultsOf({ host: 'A', plain: 'A', port: 0, login }), [
    'Host must be a name',
    'plain must be of another form',
    'Port must be at least 1',
  ]);
  t.same(faultsOf({ host: 'a', login, proxies: [{}, { password: 7 }] }), ['Proxies 2 > Key must be a text']);
  t.match(faultsOf({ host: 'a', login: { kind: 'key' } }), ['Login > Key is missing']);
  t.same(check({ type: 'object', maxProperties: 0 }, { a: 1 }), [
    { path: '', keyword: 'maxProperties', text: 'it must NOT have more than 0 properties' },
  ]);
});

t.test('a title that carries its group is not preceded by it again', async (t) => {
  const hour = { type: 'integer', title: 'Quota: Calls per Hour' };
  const day = { type: 'integer', title: 'Quotas' };
  const quota = { type: 'object', title: 'Quota', required: ['hour', 'day'], properties: { hour, day } };
  const schema = { type: 'object', properties: { quota } };
  const textsOf = (config: JsonObject) => check(schema, config).map(({ text }) => text);
  t.same(textsOf({ quota: {} }), ['Quota: Calls per Hour is missing', 'Quota > Quotas is missing']);
  t.same(textsOf({ quota: { hour: 'x', day: 1 } }), ['Quota: Calls per Hour must be a whole number']);
});

t.test('secrets are found wherever the schema marks them, even in an invalid configuration', async (t) => {
  const schema = new ConfigSchema(form);
  const config = {
    host: 'not-secret',
    login: { kind: 'token', key: ' old ', tokens: ['one', 'two', ''] },
    pin: 4711,
    proxies: [{ password: 'three', user: 'not-secret' }, 'no object'],
  };
  t.same(schema.secretsIn(config).toSorted(), ['4711', 'old', 'one', 'three', 'two']);
  t.same(schema.secretsIn({ login: { key: { deep: ['x', { deeper: 'y' }] } } }), ['x', 'y']);
  for (const none of [null, 7, 'text', [], { login: null }]) t.same(schema.secretsIn(none), []);
});

t.test('the text of a configuration is one JSON object', async (t) => {
  t.same(parseConfigText('{"a":1}'), { a: 1 });
  for (const text of ['[]', 'null', '"a"']) t.throws(() => parseConfigText(text), { code: 'config_invalid' }, text);
  for (const text of ['', '{']) t.throws(() => parseConfigText(text), { code: 'config_unreadable' }, text);
});

t.test('without faults nothing is thrown', async (t) => {
  refuseFaults([]);
  t.throws(() => refuseFaults(['A is missing', 'B is missing']), {
    message: /does not fit: there are 2 faults\. 1\. A is missing; 2\. B is missing\. /,
  });
});

t.test('unknown settings are found at every level, except in groups that may have any', async (t) => {
  const schema = new ConfigSchema({
    ...form,
    properties: { ...form.properties, labels: { type: 'object' }, size: { type: 'object', properties: { rows: {} } } },
  });
  const unknownIn = (more: object) =>
    schema
      .unknownSettings({ host: 'a', login, ...more } as unknown as JsonObject)
      .map(({ path, name, meant }) => [path, name, meant?.name, meant?.place, meant?.isHere]);
  t.same(unknownIn({ labels: { any: 1 }, destinationType: 'x' }), []);
  t.same(unknownIn({ hostt: 'a' }), [['', 'hostt', 'host', '', true]]);
  t.same(unknownIn({ login: { kind: 'key', xyzzy: 'k' } }), [['/login', 'xyzzy', undefined, undefined, undefined]]);
  t.same(unknownIn({ login: { kind: 'key', tokns: [] } }), [['/login', 'tokns', 'tokens', 'Login', true]]);
  t.same(unknownIn({ rows: 1 }), [['', 'rows', 'rows', 'size', false]]);
  t.same(unknownIn({ proxies: [{}, { passwort: 'p' }] }), [['/proxies/1', 'passwort', 'password', 'Proxies', true]]);
  t.same(unknownIn({ constructor: 1, __proto__: { a: 1 } }), [['', 'constructor', undefined, undefined, undefined]]);
});

t.test('an entry of a list carries its name, unless that is a secret or no plain name', async (t) => {
  const items = { type: 'object', properties: { name: { type: 'string' }, size: { title: 'Size', type: 'integer' } } };
  const schema = new ConfigSchema({ properties: { list: { type: 'array', title: 'List', items } } });
  const place = (name: unknown) => schema.placeOf('/list/0/size', { list: [{ name }] } as unknown as JsonObject);
  t.equal(place('public.a-1'), 'List 1 (public.a-1) > Size');
  for (const name of ['a b', 'a\u200b', '', 7, undefined, 'x'.repeat(61)]) t.equal(place(name), 'List 1 > Size');
  const secrets = new ConfigSchema(form).placeOf('/proxies/0/password', { proxies: [{ password: 'p' }] });
  t.equal(secrets, 'Proxies 1 > Key');
});
