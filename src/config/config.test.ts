import { createRequire } from 'node:module';
import { format, inspect } from 'node:util';
import t from 'tap';
import { TracedError } from '../airbyte/traced_error.ts';
import { parseConfig } from './config.ts';
import { Secret } from './secret.ts';
import { secretOf } from './sign_in.ts';
import { inUnits } from './units.ts';

interface Field {
  readonly default?: unknown;
  readonly properties?: Record<string, Field>;
  readonly items?: Field;
}

const form = (createRequire(import.meta.url)('#spec.json') as { connectionSpecification: Field })
  .connectionSpecification;
const key = 'k3y-that-nobody-may-see';
const least = { domain: 'acme', access_key: key };

const parse = (changes: object) => parseConfig(JSON.stringify({ ...least, ...changes }));

/** The error for a configuration. */
function errorOf(text: string): TracedError {
  try {
    parseConfig(text);
  } catch (error) {
    if (error instanceof TracedError) return error;
    throw error;
  }
  throw new Error('the configuration was accepted');
}

const faultsOf = (changes: object) => errorOf(JSON.stringify({ ...least, ...changes })).message;

/** The form's default for an omitted value. */
function defaultOf(field: Field): unknown {
  if (!field.properties) return field.default;
  return Object.fromEntries(Object.entries(field.properties).map(([name, inner]) => [name, defaultOf(inner)]));
}

t.test('every default of the form is in the result', async (t) => {
  const config = parse({ streams: [{ stream: 's', object: 'o', fields: [{ column: 'c', field: 'f' }] }] });
  for (const [name, field] of Object.entries(form.properties ?? {})) {
    if (['domain', 'access_key', 'sign_in', 'api_base_url', 'streams'].includes(name)) continue;
    const expected = defaultOf(field);
    const isConverted = ['quota', 'files', 'polling'].includes(name);
    const found = (config as unknown as Record<string, unknown>)[name];
    t.same(found, isConverted ? inUnits(expected as object) : expected, name);
  }
  const entry = { ...(defaultOf(form.properties?.['streams']?.items ?? {}) as object), stream: 's', object: 'o' };
  t.same(config.streams, [{ ...entry, fields: [{ column: 'c', field: 'f' }] }]);
  t.same(parse({}).streams, []);
});

t.test('a given part keeps its values, and the rest is filled in', async (t) => {
  const config = parse({ quota: { calls_per_day: 40 }, values: {}, rejected_rows: { max_logged: 0 } });
  t.match(config.quota, { calls_per_day: 40, calls_per_hour: 10, reserved_per_day: 0 });
  t.match(config.values, { null_text: '', list_separator: ';' });
  t.match(config.rejected_rows, { max_logged: 0, fail_above_percent: 10 });
});

t.test('durations are in milliseconds and sizes in bytes', async (t) => {
  const config = parse({
    polling: { list_lag_seconds: 0.25, job_timeout_minutes: 0.01 },
    files: { max_megabytes: 0.001 },
  });
  t.equal(config.quota.max_wait_ms, 24 * 60 * 60 * 1000);
  t.same(config.files, {
    max_bytes: 1000,
    max_rows: 1_000_000,
    max_age_ms: 1_800_000,
    max_spool_bytes: 10_240_000_000,
  });
  t.same(config.polling, {
    max_interval_ms: 60_000,
    job_timeout_ms: 600,
    list_lag_ms: 250,
    submission_answer_ms: 600_000,
  });
});

t.test('two configurations share no default', async (t) => {
  const [one, other] = [parse({}), parse({})];
  t.not(one.quota, other.quota);
  t.not(one.streams, other.streams);
});

t.test('unknown settings have no effect and are named with the one that was probably meant', async (t) => {
  const streams = [{ stream: 'accounts', object: 'Company', feilds: [], calls_per_day: 3, operations: 'INSERT' }];
  const config = parse({ streams, quotas: { calls_per_hour: 1 }, calls_per_hour: 2, call_per_day: 3, colour: 'red' });
  t.match(config, { host: 'acme.gainsightcloud.com', quota: { calls_per_hour: 10 } });
  t.same(config.unknownSettings.slice(0, 3), [
    '"quotas" is not a setting (did you mean "quota"?)',
    '"calls_per_hour" is not a setting here: it belongs into Quota',
    '"call_per_day" is not a setting (did you mean "calls_per_day", which belongs into Quota?)',
  ]);
  t.match(config.unknownSettings[3], /^"colour" is not a setting; here are: domain, access_key, /);
  t.same(config.unknownSettings.slice(4), [
    'Streams 1 (accounts) > "feilds" is not a setting (did you mean "fields"?)',
    'Streams 1 (accounts) > "calls_per_day" is not a setting here: it belongs into Quota',
    'Streams 1 (accounts) > "operations" is not a setting (did you mean "operation"?)',
  ]);
});

t.test('a setting with a shorter name finds its own, not one that is spelled like it', async (t) => {
  t.same(parse({ date_format: 'x', values: { date_format: 'x' } }).unknownSettings, [
    '"date_format" is not a setting (did you mean "datetime_format", which belongs into Values?)',
    'Values > "date_format" is not a setting (did you mean "datetime_format"?)',
  ]);
});

t.test("settings that Airbyte adds, hidden ones and the form's own are known", async (t) => {
  const added = { destinationType: 'gainsight', object_storage_config: { storage_type: 'None' } };
  const hidden = { api_base_url: '', polling: { list_lag_seconds: 1, submission_answer_minutes: 1 } };
  t.same(parse({ ...added, ...hidden }).unknownSettings, []);
  t.match(parse({ quota: { destinationType: 'x' } }).unknownSettings, [/^Quota > "destinationType" is not a setting/]);
});

t.test('unknown settings beside faults are listed with them, in the order of the form', async (t) => {
  const changes = { quotas: {}, files: { max_rows: 0 }, streams: [{ stream: 'a', objct: 'A' }], domain: 'http://acme' };
  t.equal(
    faultsOf(changes),
    'The configuration does not fit: there are 5 faults. 1. "quotas" is not a setting (did you mean "quota"?); ' +
      '2. Gainsight Domain must be reached by https: leave out http://; ' +
      '3. Streams 1 (a) > Object is missing; ' +
      '4. Streams 1 (a) > "objct" is not a setting (did you mean "object"?); ' +
      '5. Files: Most Rows must be at least 1. ' +
      'Correct it in the destination settings and test the connection.',
  );
});

const faults: readonly [string, object, string][] = [
  [
    'a missing field of an entry',
    { streams: [{ stream: 'a', object: 'A' }, { stream: 'b' }] },
    'Streams 2 (b) > Object is missing',
  ],
  [
    'a missing field of a mapping',
    { streams: [{ stream: 'a', object: 'A', fields: [{ column: 'x' }] }] },
    'Streams 1 (a) > Fields 1 (x) > Field is missing',
  ],
  ['an empty text', { streams: [{ stream: '', object: 'A' }] }, 'Streams 1 > Stream must not be empty'],
  [
    'a list of the wrong type',
    { streams: [{ stream: 'a', object: 'A', key_fields: ['Name', 7] }] },
    'Streams 1 (a) > Key Fields 2 must be a text',
  ],
  [
    'a value not in the list',
    { streams: [{ stream: 'a', object: 'A', operation: 'upsert' }] },
    'Streams 1 (a) > Operation must be one of UPSERT, UPDATE, INSERT (did you mean UPSERT?)',
  ],
  [
    'separate files for INSERT',
    { streams: [{ stream: 'a', object: 'A', operation: 'INSERT', unreadable_values: 'separate_file' }] },
    'Streams 1 (a) > Unreadable Values must not be separate_file for INSERT, which leaves every field empty that its file lacks',
  ],
  [
    'separate files if the cursor decides which row is the latest',
    { streams: [{ stream: 'a', object: 'A', latest_by: 'cursor', unreadable_values: 'separate_file' }] },
    'Streams 1 (a) > Unreadable Values must not be separate_file where Latest By is cursor',
  ],
  [
    'rows of INSERT that should be rejected for their values',
    {
      preflight: { values: 'reject' },
      streams: [
        { stream: 'a', object: 'A', operation: 'INSERT' },
        { stream: 'b', object: 'B' },
      ],
    },
    'Preflight: Values must not be reject while "a" is loaded by INSERT, where rows of an earlier file are known only if none is left out: choose count, or another Operation',
  ],
  ['a number too large', { files: { max_megabytes: 81 } }, 'Files: Largest File in MB must be at most 80'],
  ['a number too small', { files: { max_megabytes: 0 } }, 'Files: Largest File in MB must be at least 0.001'],
  ['a number in quotes', { quota: { calls_per_hour: '10' } }, 'Quota: Calls per Hour must be a whole number'],
  ['a fraction of a call', { quota: { calls_per_hour: 1.5 } }, 'Quota: Calls per Hour must be a whole number'],
  ['a boolean in quotes', { load_unlisted_streams: 'false' }, 'Load Unlisted Streams must be true or false'],
  ['null', { quota: null }, 'Quota must be a group of settings'],
  ['an object for a list', { streams: {} }, 'Streams must be a list'],
  [
    'a null text that breaks the file',
    { values: { null_text: 'a,b' } },
    'Values: Text for Null must be a text without commas',
  ],
  ['a domain of the wrong type', { domain: 5 }, 'Gainsight Domain must be a text'],
  ['an invalid domain', { domain: 'no way' }, 'Gainsight Domain must look like acme'],
  ['a domain with a path', { domain: 'https://acme.gainsightcloud.com/v1' }, 'Gainsight Domain must have no path'],
  ['plain http to another machine', { api_base_url: 'http://10.0.0.1/v1' }, 'API Base URL must be reached by https'],
  ['an empty key', { access_key: '' }, 'Access Key must not be empty'],
  ['a blank key', { access_key: ' \n' }, 'Access Key must not be empty'],
  ['a key with a line break', { access_key: 'ab\ncd' }, 'Access Key holds a line break'],
  [
    'a key too long for servers',
    { access_key: 'k'.repeat(4001) },
    'Access Key must not have more than 4,000 characters',
  ],
  ['a key beyond Latin-1', { access_key: 'ключ' }, 'Access Key holds a line break or another character'],
  [
    'all calls reserved for others',
    { quota: { reserved_per_day: 100 } },
    'Quota: Calls per Day must be at least 1 more than Quota: Calls per Day Left to Others',
  ],
  [
    'too few calls for one job',
    { quota: { counted_calls: 'all_calls', calls_per_hour: 4 } },
    'Quota: Calls per Hour must be at least 5',
  ],
  [
    'an impossible folder',
    { rejected_rows: { folder: '/a\0b' } },
    'Rejected Rows: Folder must not hold the character NUL',
  ],
  [
    'a mapping as text with a line that is none',
    { streams: [{ stream: 'a', object: 'A', fields_text: 'id = Id\n\n# more\nname\n' }] },
    'Streams 1 (a) > Fields as Text has "name" in line 4, which is neither column = Field nor two cells of a sheet',
  ],
  [
    'rejected rows that are sent again by a route without a list',
    {
      ...{ rejected_rows: { folder: '/rejected', retry: 'next_sync' } },
      streams: [{ stream: 'a', object: 'A', route: 'object_api', key_fields: ['Id'] }],
    },
    'Streams 1 (a) > Route must not be object_api while Rejected Rows: Send Again is next_sync',
  ],
  ['rejected rows kept nowhere', { rejected_rows: { retry: 'next_sync' } }, 'Rejected Rows: Folder is missing'],
  ['rejected rows reported nowhere', { rejected_rows: { log_detail: 'none' } }, 'Rejected Rows: Folder is missing'],
];
for (const [name, changes, words] of faults) {
  t.test(`${name} is reported with the titles of the form`, async (t) => {
    t.match(faultsOf(changes), `The configuration does not fit: ${words}`);
    t.match(faultsOf(changes), /Correct it in the destination settings and test the connection\.$/);
  });
}

t.test('all faults are reported together', async (t) => {
  const text = JSON.stringify({ streams: [{}], files: { max_rows: 0 }, domain: 'a/b' });
  for (const words of [
    'Access Key is missing',
    'Gainsight Domain must have no path',
    'Streams 1 > Stream is missing',
    'Streams 1 > Object is missing',
    'Files: Most Rows must be at least 1',
  ]) {
    t.match(errorOf(text).message, words);
  }
});

t.test('an entry with a fault of its types hides none between the entries', async (t) => {
  const streams = [
    { stream: 'companies', object: 'Company', operation: 'upsert' },
    { stream: 'contacts', object: 'Contact', load_after: ['companyes'] },
  ];
  const message = faultsOf({ streams });
  t.match(message, 'Streams 1 (companies) > Operation must be one of');
  t.match(message, 'Load After 1 "companyes" names no entry of "Streams" (did you mean "companies"?)');
});

t.test('a fault that occurs a thousand times is reported twenty times', async (t) => {
  const message = faultsOf({ streams: Array.from({ length: 1000 }, (_, at) => ({ stream: `s${at}` })) });
  t.match(message, 'there are 1000 faults. 1. Streams 1 (s0) > Object is missing; 2.');
  t.match(message, '20. Streams 20 (s19) > Object is missing; and 980 more');
  t.notMatch(message, 'Streams 21');
});

t.test('the limits themselves are allowed', async (t) => {
  t.equal(parse({ files: { max_megabytes: 80 } }).files.max_bytes, 80_000_000);
  t.equal(parse({ files: { max_megabytes: 0.001, max_age_minutes: 0 } }).files.max_bytes, 1000);
  t.equal(parse({ quota: { counted_calls: 'all_calls', calls_per_hour: 5, calls_per_day: 5 } }).quota.calls_per_day, 5);
  t.equal(parse({ rejected_rows: { log_detail: 'none', folder: '/rejected' } }).rejected_rows.folder, '/rejected');
});

t.test('the address follows from the domain unless the base URL replaces it', async (t) => {
  t.match(parse({ domain: 'acme.us2' }), {
    baseUrl: 'https://acme.us2.gainsightcloud.com/v1',
    host: 'acme.us2.gainsightcloud.com',
  });
  t.match(parse({ api_base_url: 'http://127.0.0.1:4010/v1/' }), {
    baseUrl: 'http://127.0.0.1:4010/v1',
    host: '127.0.0.1:4010',
  });
});

t.test('the access key is trimmed and revealed only on request', async (t) => {
  const config = parse({ access_key: ` ${key}\n` });
  t.same(config.signIn.method, 'access_key');
  t.equal(secretOf(config.signIn), key);
  for (const shown of [
    JSON.stringify(config),
    inspect(config, { depth: 9, showHidden: true }),
    format('%s %o', config.signIn, config),
  ]) {
    t.notMatch(shown, key);
    t.match(shown, '***');
  }
  t.notMatch(JSON.stringify(structuredClone({ ...new Secret(key) })), key);
  t.notHas(config, { access_key: key });
});

t.test('an OAuth client signs in instead of the access key, which may be missing then', async (t) => {
  const client = { method: 'oauth_client', client_id: ' client-7 ', client_secret: ` ${key}\n` };
  for (const more of [{}, { access_key: 'not used' }]) {
    const { signIn, changedSettings, unknownSettings } = parseConfig(
      JSON.stringify({ domain: 'acme', sign_in: client, ...more }),
    );
    t.match(signIn, { method: 'oauth_client', clientId: 'client-7' });
    t.equal(secretOf(signIn), key);
    t.same([changedSettings['access_key'], unknownSettings], [undefined, []]);
    t.notMatch(JSON.stringify([signIn, changedSettings]), key);
  }
  t.equal(secretOf(parse({ sign_in: { method: 'access_key' } }).signIn), key);
  const faultOf = (config: object) => errorOf(JSON.stringify({ domain: 'acme', ...config })).message;
  t.match(faultOf({}), 'does not fit: Access Key is missing.');
  t.match(faultOf({ sign_in: { method: 'access_key' } }), 'does not fit: Access Key is missing.');
  t.match(faultOf({ sign_in: { method: 'oauth_client' } }), '2. Sign-In > Client Secret is missing.');
  t.match(faultOf({ sign_in: { method: 'oauth' } }), 'Sign-In > Method must be one of access_key, oauth_client');
  for (const [change, words] of [
    [{ client_id: 'a:b' }, 'Sign-In > Client ID must not hold a colon'],
    [{ client_id: ' ' }, 'Sign-In > Client ID must not be empty'],
    [{ client_secret: 'a\nb' }, 'Sign-In > Client Secret holds a line break'],
  ] as const) {
    t.match(faultOf({ sign_in: { ...client, ...change } }), words);
  }
});

t.test('an invalid text is rejected without being quoted', async (t) => {
  const whole = JSON.stringify(least);
  const cases: readonly [string, string][] = [
    ['', 'config_unreadable'],
    [whole.slice(0, -1), 'config_unreadable'],
    [`{"access_key": ${key}}`, 'config_unreadable'],
    [`[${whole}]`, 'config_invalid'],
    [`"${key}"`, 'config_invalid'],
    ['null', 'config_invalid'],
  ];
  for (const [text, code] of cases) {
    const error = errorOf(text);
    t.equal(error.code, code, text);
    t.equal(error.failureType, 'config_error');
    t.notMatch(inspect(error), key);
  }
});

t.test('no fault quotes what was entered', async (t) => {
  const entered = {
    domain: `https://${key}@acme.com/`,
    access_key: `${key}\n${key}`,
    streams: key,
    files: { max_rows: key },
  };
  t.notMatch(inspect(errorOf(JSON.stringify(entered))), key);
  t.notMatch(inspect(errorOf(JSON.stringify({ ...least, access_key: [key], values: { null_text: `${key},` } }))), key);
});
