import t from 'tap';
import { ConfigSchema } from './config_schema.ts';

const secret = { type: 'string', airbyte_secret: true };
const schema = new ConfigSchema({
  type: 'object',
  properties: {
    host: { type: 'string' },
    key: secret,
    port: { type: 'integer', default: 443 },
    limits: { type: 'object', default: {}, properties: { hour: { default: 10 }, day: { default: 100 } } },
    tables: {
      type: 'array',
      items: {
        type: 'object',
        properties: { name: { type: 'string' }, keys: { items: {}, default: [] }, token: secret },
      },
    },
    place: {
      type: 'object',
      oneOf: [
        { properties: { kind: { const: 'none' } } },
        { properties: { kind: { const: 'bucket' }, bucket: { type: 'string' }, secret } },
      ],
    },
  },
});

t.test('only what differs from the default is shown, and no secret', async (t) => {
  const config = { host: 'h', key: 'k', port: 443, limits: { hour: 10, day: 50 } };
  t.strictSame(schema.changedSettings(config), { host: 'h', limits: { day: 50 } });
  t.strictSame(schema.changedSettings({ host: 'h', limits: { hour: 10, day: 100 } }), { host: 'h' });
});

t.test('secrets are left out in lists and options too, and so is what the schema does not know', async (t) => {
  t.strictSame(
    schema.changedSettings({
      place: { kind: 'bucket', bucket: 'b', secret: 's' },
      tables: [{ name: 'a', keys: ['Id'], token: 't' }, { token: 't' }, { name: 'b', keys: [] }],
      acess_key: 'k',
    }),
    { place: { kind: 'bucket', bucket: 'b' }, tables: [{ name: 'a', keys: ['Id'] }, null, { name: 'b' }] },
  );
});
