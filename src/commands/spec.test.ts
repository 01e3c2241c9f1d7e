import { Ajv } from 'ajv';
import t from 'tap';
import { errorTable } from '../errors.ts';
import { spec } from './spec.ts';

interface Field {
  readonly [keyword: string]: unknown;
  readonly type?: string;
  readonly title?: string;
  readonly description?: string;
  readonly order?: number;
  readonly group?: string;
  readonly required?: readonly string[];
  readonly properties?: Record<string, Field>;
  readonly items?: Field;
}

const message = spec();
const form = message.spec.connectionSpecification as Field & { groups: { id: string; title: string }[] };

/** Every field of the form, with the path to it, the object that it stands in, and its schema. */
function fields(parent: Field, prefix = ''): { path: string; name: string; parent: Field; field: Field }[] {
  return Object.entries(parent.properties ?? {}).flatMap(([name, field]) => {
    const path = `${prefix}${name}`;
    const inner = [...fields(field, `${path}.`), ...(field.items ? fields(field.items, `${path}[].`) : [])];
    return [{ path, name, parent, field }, ...inner];
  });
}

t.test('the message is what a connector SPEC is', async (t) => {
  t.match(message, {
    type: 'SPEC',
    spec: {
      protocol_version: '0.2.0',
      documentationUrl: /^https:\/\/docs\.airbyte\.com\//,
      supportsIncremental: true,
      supported_destination_sync_modes: ['append_dedup', 'append'],
    },
  });
  t.equal(JSON.stringify(message).includes('\n'), false);
});

t.test('names, defaults and required fields are the agreed ones', async (t) => {
  const agreed = Object.fromEntries(
    fields(form).map(({ path, name, parent, field }) => [
      path,
      parent.required?.includes(name) ? 'required' : field['default'],
    ]),
  );
  t.same(agreed, {
    domain: 'required',
    access_key: 'required',
    api_base_url: '',
    streams: [],
    'streams[].stream': 'required',
    'streams[].namespace': '',
    'streams[].object': 'required',
    'streams[].operation': 'UPSERT',
    'streams[].key_fields': [],
    'streams[].fields': [],
    'streams[].fields[].column': 'required',
    'streams[].fields[].field': 'required',
    'streams[].send_other_columns': false,
    'streams[].load_after': [],
    load_unlisted_streams: false,
    deleted_rows: 'skip',
    values: {},
    'values.null_text': '',
    'values.boolean_format': 'true_false',
    'values.datetime_format': 'as_is',
    'values.list_separator': ';',
    rejected_rows: {},
    'rejected_rows.log_detail': 'keys',
    'rejected_rows.max_logged': 100,
    'rejected_rows.folder': '',
    'rejected_rows.fail_above_percent': 10,
    'rejected_rows.first_row_number': 'auto',
    quota: {},
    'quota.calls_per_hour': 10,
    'quota.calls_per_day': 100,
    'quota.reserved_per_day': 0,
    'quota.counted_calls': 'job_submissions',
    'quota.max_wait_minutes': 1440,
    files: {},
    'files.max_megabytes': 75,
    'files.max_rows': 1_000_000,
    'files.max_age_minutes': 30,
    'files.max_spool_megabytes': 10_240,
    polling: {},
    'polling.max_interval_seconds': 60,
    'polling.job_timeout_minutes': 240,
    'polling.list_lag_seconds': 15,
  });
  for (const { path, field } of fields(form)) {
    t.equal(field['airbyte_secret'] === true, path === 'access_key', path);
    t.equal(field['airbyte_hidden'] === true, ['api_base_url', 'polling.list_lag_seconds'].includes(path), path);
    if (Array.isArray(field['enum'])) t.equal(field['enum'][0], field['default'], `${path} lists its default first`);
  }
});

const keywords = [
  ...[
    'type',
    'title',
    'description',
    'default',
    'examples',
    'enum',
    'order',
    'group',
    'required',
    'properties',
    'items',
  ],
  ...[
    'minimum',
    'maximum',
    'minLength',
    'pattern',
    'pattern_descriptor',
    'always_show',
    'airbyte_secret',
    'airbyte_hidden',
  ],
];

t.test("Airbyte's form can render every field", async (t) => {
  for (const { path, field } of fields(form)) {
    t.match(
      field.title,
      /^[A-Z]\S*( ([A-Z]\S*|a|an|after|and|for|in|of|per|the|to))*$/,
      `${path} has a title in Title Case`,
    );
    t.match(field.description, /^[A-Z].{20,}\.$/s, `${path} has a description of whole sentences`);
    t.type(field.order, 'number', `${path} has an order`);
    t.same(
      Object.keys(field).filter((keyword) => !keywords.includes(keyword)),
      [],
      `${path} has no other keyword`,
    );
    t.equal('pattern' in field, 'pattern_descriptor' in field, `${path} explains its pattern`);
    t.match(field.type, /^(string|number|integer|boolean|array|object)$/, path);
    if (field.type === 'array')
      t.match(field.items?.type, /^(string|object)$/, `${path} is a list that can be rendered`);
    if (field.type === 'object') t.ok(field.properties, `${path} is no free-form object`);
    const isPlain = ['string', 'number', 'integer'].includes(field.type ?? '') && !field['enum'];
    if (isPlain && !field['airbyte_secret']) t.ok(field['examples'], `${path} has examples`);
  }
});

t.test('orders do not repeat, and groups exist at the top alone', async (t) => {
  const orders = new Map<Field, Set<unknown>>();
  const groups = form.groups.map(({ id }) => id);
  for (const { path, parent, field } of fields(form)) {
    const taken = orders.get(parent) ?? new Set();
    t.notOk(taken.has(field.order), `${path} has an order of its own`);
    orders.set(parent, taken.add(field.order));
    if (parent === form) t.ok(groups.includes(field.group ?? ''), path);
    else t.equal(field.group, undefined, path);
  }
  t.same(new Set(Object.values(form.properties ?? {}).map(({ group }) => group)), new Set(groups));
});

t.test('defaults and examples are themselves valid', async (t) => {
  const ajv = new Ajv({ strict: false });
  for (const { path, field } of fields(form)) {
    const validate = ajv.compile(field);
    for (const value of [
      ...('default' in field ? [field['default']] : []),
      ...((field['examples'] as unknown[]) ?? []),
    ]) {
      t.ok(validate(value), `${path}: ${JSON.stringify(value)}`);
    }
  }
});

t.test('the titles that errors name are titles of the form', async (t) => {
  const titles = new Set(fields(form).map(({ field }) => field.title));
  const airbytes = ['Append', 'Append + Deduped'];
  const named = Object.values(errorTable).flatMap(({ what, next }) =>
    [...`${what} ${next}`.matchAll(/"([^"{}]+)"/g)].map(([, title]) => title),
  );
  t.ok(named.length > 10);
  for (const title of named) t.ok(titles.has(title) || airbytes.includes(title ?? ''), `"${title}"`);
});
