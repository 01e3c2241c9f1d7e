/** The command `plan`, by the command line: offline, and against a tenant on a real socket. */
import { readdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import t, { type Test } from 'tap';
import { setUpCommand } from '../../integration_tests/support/command_setup.ts';
import { catalogOf, entryOf, recordLine, records, state } from '../../integration_tests/support/small_sync.ts';
import type { SandboxOptions } from '../sandbox/options.ts';

const streams = ['accounts', 'contacts'];
const entries = { streams: streams.map((stream) => entryOf(stream)), polling: { list_lag_seconds: 0 } };
const line = 'plan --config CONFIG --catalog FOLDER/catalog.json';

/** Two streams with the columns Id and Name, and their configuration. */
async function setUp(
  t: Test,
  changes: object = {},
  sandbox: Partial<SandboxOptions> = {},
  catalog = catalogOf(streams),
) {
  const setup = await setUpCommand(t, sandbox, { ...entries, ...changes });
  writeFileSync(join(setup.folder, 'catalog.json'), JSON.stringify(catalog));
  return setup;
}

t.test('without records the mapping is checked', async (t) => {
  const setup = await setUp(t, { access_key: undefined });
  const expected = {
    code: 0,
    stdout:
      'Stream\tObject\tOperation\tKey Fields\tFields\naccounts\tAccounts\tUPSERT\tId\t2\ncontacts\tContacts\tUPSERT\tId\t2\n\n' +
      'The mapping fits the catalog. For files and calls, give the records on standard input.\n',
    stderr: '',
  };
  t.same(await setup.run(line), expected, 'on a terminal');
  t.same(await setup.run(line, { stdin: '' }), expected, 'where there is no input');
  t.match(await setup.json(`${line} --json`), {
    ...{ faults: [], warnings: [] },
    streams: [{ stream: 'accounts', object: 'Accounts', operation: 'UPSERT', key_fields: ['Id'], fields: 2 }, {}],
  });
  t.same(setup.sandbox.calls, [], 'nobody is called');
});

t.test('all faults of the mapping at once', async (t) => {
  const faulty = [
    entryOf('accounts', { key_fields: ['Idd'], feilds: [] }),
    entryOf('contacts', {
      fields: [
        { column: 'Nmae', field: 'Name' },
        { column: 'Id', field: 'Id' },
      ],
    }),
  ];
  const setup = await setUp(t, { streams: faulty, quotas: {} });
  const { code, stdout, stderr } = await setup.run(line, { stdin: records('accounts', 'A1') });
  t.same([code, stderr], [1, '']);
  t.match(stdout.trimEnd().split('\n'), [
    /^1\. "quotas" is not a setting/,
    /^2\. Streams 1 \(accounts\) > "feilds" is not a setting/,
    /^3\. Key field "Idd" of the stream accounts is not among the fields sent/,
    /^4\. Column "Nmae" of the stream contacts is not in its schema/,
  ]);
  const json = await setup.json<{ faults: string[] }>(`${line} --json`);
  t.equal(json.faults.length, 4);
});

t.test('faults of the form, too', async (t) => {
  const setup = await setUp(t, { quota: { calls_per_day: 'many' }, files: { max_rows: 0 } });
  const { code, stdout } = await setup.run(line);
  t.equal(code, 1);
  t.match(stdout.trimEnd().split('\n'), [
    /^1\. Quota: Calls per Day must be a whole number\.$/,
    /^2\. Files: Most Rows must be at least 1\.$/,
  ]);
});

t.test('a folder for rejected rows that is missing hides nothing, and nothing hides it', async (t) => {
  const setup = await setUp(t, { rejected_rows: { folder: '/nowhere/rejected' }, quotas: {} });
  const missing =
    /^2\. Rejected rows cannot be written to "\/nowhere\/rejected": ENOENT.*\. Set "Rejected Rows: Folder"/;
  const valid = await setup.run(line);
  t.equal(valid.code, 1);
  t.match(valid.stdout.split('\n'), [/^1\. "quotas" is not a setting/, missing]);
  setup.configure({ ...entries, rejected_rows: { folder: '/nowhere/rejected', max_logged: -1 } });
  t.match((await setup.run(line)).stdout.split('\n'), [/^1\. Rejected Rows: Most Logged per Job must be/, missing]);
});

t.test('a folder for rejected rows that can be written is left as it is', async (t) => {
  const folder = t.testdir();
  const setup = await setUp(t, { rejected_rows: { folder } });
  t.match(await setup.run(line), { code: 0, stderr: '' });
  t.same(readdirSync(folder), []);
});

const input = [
  records('accounts', 'A1', 'A2', 'A1'),
  `${recordLine('accounts', '{"Id":null,"Name":"x"}')}\n`,
  state('accounts'),
  records('contacts', 'C1'),
  state('contacts'),
].join('');

t.test('with records: files, rows, what is superseded and rejected, calls, and the end', async (t) => {
  const setup = await setUp(t);
  const before = readdirSync('/tmp').filter((name) => name.startsWith('destination-gainsight-'));
  const { code, stdout, stderr } = await setup.run(`${line} --job-seconds 20`, { stdin: input });
  t.equal(code, 0);
  t.same(stdout.split('\n'), [
    'Stream\tObject\tOperation\tRecords\tSuperseded\tSkipped\tRejected\tRows\tFiles\tSize',
    'accounts\tAccounts\tUPSERT\t4\t1\t0\t1\t2\t1\t42 bytes',
    'contacts\tContacts\tUPSERT\t1\t0\t0\t0\t1\t1\t25 bytes',
    '',
    'accounts: 1 row rejected: Id: the key field has no value',
    '2 files, 3 rows, 67 bytes: 2 calls. Earliest end: 21 s after the start, if Gainsight takes 20 s for a file and nobody else uses the quota.',
    'As a schedule: the quota suffices for 50 syncs like this a day, one every 28 min 48 s, if nobody else uses it.',
    '',
  ]);
  t.equal(stderr, '');
  t.same(setup.sandbox.calls, [], 'nobody is called');
  const after = readdirSync('/tmp').filter((name) => name.startsWith('destination-gainsight-'));
  t.same(after, before, 'nothing is left on disk');
});

t.test('the same as JSON', async (t) => {
  const setup = await setUp(t, { files: { max_rows: 1 } });
  const { stdout, code } = await setup.run(`${line} --job-seconds 9 --json`, { stdin: input });
  t.equal(code, 0);
  const json = JSON.parse(stdout);
  t.match(json, {
    faults: [],
    streams: [
      {
        ...{ stream: 'accounts', object: 'Accounts', operation: 'UPSERT', key_fields: ['Id'], fields: 2 },
        ...{ records: 4, superseded: 0, skipped: 0, rejected: 1, rows: 3, files: 3 },
        reasons: [{ reason: 'Id: the key field has no value', rows: 1 }],
        end_seconds: 27,
      },
      { stream: 'contacts', records: 1, rows: 1, files: 1, reasons: [], end_seconds: 9 },
    ],
    total: { files: 4, rows: 4, calls: 4 },
    ...{ job_seconds: 9, end_seconds: 27, fits_quota: true },
  });
  t.same(
    json.files.map(({ object, rows, submitted_seconds: at }: Record<string, unknown>) => [object, rows, at]),
    [
      ['Accounts', 1, 0],
      ['Contacts', 1, 0],
      ['Accounts', 1, 9],
      ['Accounts', 1, 18],
    ],
  );
});

t.test('waits for the quota are planned, and one that write would not accept is exit code 3', async (t) => {
  const quota = { calls_per_hour: 2, calls_per_day: 100 };
  const files = { max_rows: 1 };
  const fits = await setUp(t, { files, quota });
  const { code, stdout } = await fits.run(line, { stdin: input });
  t.equal(code, 0);
  t.match(stdout, '4 files, 4 rows, 100 bytes: 4 calls. Earliest end: 1 h 3 min after the start');
  const short = await setUp(t, { files, quota: { ...quota, max_wait_minutes: 30 } });
  const unfit = await short.run(line, { stdin: input });
  t.equal(unfit.code, 3);
  t.match(
    unfit.stdout,
    /4 calls\. It does not fit the quota: After 2 of 4 files the next call is possible only after another 59 min 29 s, and "Quota: Longest Wait" is shorter\./,
  );
  t.match(unfit.stdout, 'the quota suffices for 12 syncs like this a day, one every 2 h, ');
  const large = await setUp(t, { files, quota: { ...quota, calls_per_day: 3 } });
  t.match((await large.run(line, { stdin: input })).stdout, 'the quota suffices for one sync like this in 2 days, ');
  t.match(JSON.parse((await short.run(`${line} --json`, { stdin: input })).stdout), {
    fits_quota: false,
    syncs_per_day: 12,
    files: [{}, {}],
  });
});

/** So many records of a stream. */
const many = (stream: string, count: number) => records(stream, ...Array.from({ length: count }, (_, at) => `k${at}`));
const byCalls = (stream: string, more: object = {}) =>
  entryOf(stream, { operation: 'UPDATE', route: 'object_api', ...more });

t.test('calls of the object API are planned: how many, and when the last is made', async (t) => {
  // 2 of 4 a minute are ours, and each counts a minute and two seconds.
  const quota = { object_api: { per_minute: 4, reserved: 50 } };
  const cases: [name: string, entries: readonly object[], counts: [number, number], says: RegExp, ends: number[]][] = [
    [
      'two objects share the calls',
      [byCalls('accounts'), byCalls('contacts')],
      [6, 6],
      /^By the object API: 2 batches, 300 rows: 6 calls, if it refuses no record\. Earliest end: 2 min 4 s after/m,
      [124, 62],
    ],
    [
      'a child waits for its parent',
      [byCalls('accounts', { load_after: ['contacts'] }), byCalls('contacts')],
      [6, 6],
      /Earliest end: 2 min 4 s after the start\./,
      [124, 0],
    ],
    [
      'an UPSERT asks for a record and for its keys first',
      [byCalls('accounts', { operation: 'UPSERT' }), byCalls('contacts')],
      [11, 62],
      /300 rows: 11 to 62 calls, if it refuses no record\. Earliest end: 5 min 10 s after/,
      [310, 62],
    ],
    [
      'an INSERT by keys may find all of them there',
      [byCalls('accounts', { operation: 'INSERT' }), byCalls('contacts')],
      [7, 62],
      /300 rows: 7 to 62 calls, /,
      [186, 62],
    ],
  ];
  for (const [name, streams, [least, most], says, ends] of cases) {
    const setup = await setUp(t, { streams, quota });
    const stdin = `${many('accounts', 200)}${many('contacts', 100)}`;
    const { code, stdout } = await setup.run(line, { stdin });
    t.equal(code, 0, stdout);
    t.match(stdout, says, name);
    const json = JSON.parse((await setup.run(`${line} --json`, { stdin })).stdout);
    t.match(json.object_api, { batches: 2, rows: 300, least_calls: least, most_calls: most }, name);
    t.same(
      json.streams.map(({ end_seconds }: { end_seconds: number }) => Math.round(end_seconds)),
      ends,
      name,
    );
    t.same([json.total.files, json.fits_quota], [0, true]);
  }
});

t.test('calls that would wait longer than write accepts are exit code 3', async (t) => {
  const streams = [byCalls('accounts'), byCalls('contacts', { route: undefined, operation: 'UPSERT' })];
  const limits = { per_minute: 100, per_day: 3, reserved: 0 };
  const stdin = `${many('accounts', 200)}${many('contacts', 100)}`;
  const fits = await setUp(t, { streams, quota: { object_api: limits } });
  const waits = await fits.run(line, { stdin });
  t.equal(waits.code, 0);
  t.match(waits.stdout, /200 rows: 4 calls, .* Earliest end: 1 d after the start\./);
  const short = await setUp(t, { streams, quota: { object_api: limits, max_wait_minutes: 600 } });
  const unfit = await short.run(line, { stdin });
  t.equal(unfit.code, 3);
  t.match(
    unfit.stdout,
    /^By the object API: 1 batch, 200 rows: 4 calls, if it refuses no record\. It does not fit the quota: After 0 of 1 batch the next call is possible only after another 1 d, /m,
  );
  t.match(unfit.stdout, /^1 file, .* Earliest end: 1 min 1 s after the start, /m, 'files go on');
  const json = JSON.parse((await short.run(`${line} --json`, { stdin })).stdout);
  t.match(json, { fits_quota: false, syncs_per_day: 0.75 });
});

t.test('online: the calls that are used, and what the tenant has', async (t) => {
  const objects = { Accounts: { fields: { Id: {}, Name: {} } }, Contacts: { fields: { Id: {}, Name: {} } } };
  const setup = await setUp(t, {}, { objects });
  setup.sandbox.addForeignJob({ count: 9, age: 1800 });
  const planned = await setup.run(`${line} --online`, { stdin: input });
  t.equal(planned.code, 0);
  t.match(planned.stdout, /2 calls\. Earliest end: 31 min \d+ s after the start/, 'one now, one in half an hour');
  t.equal(setup.times('submit').length, 0, 'nothing is submitted');

  const other = await setUp(t, {}, { objects: { ...objects, Contacts: { fields: { Id: {} } } } });
  const unfit = await other.run(`${line} --online`, { stdin: input });
  t.equal(unfit.code, 1);
  t.match(unfit.stdout, /^contacts > Fields: "Contacts" has no field "Name"\.\n$/);

  const dark = await setUp(t, {}, { metadata: 'off' });
  const unread = await dark.run(`${line} --online`, { stdin: input });
  t.match(unread, { code: 0, stderr: /^warning: Gainsight's metadata cannot be read \(/ });

  const refused = await setUp(t, { access_key: 'another', streams: [entryOf('accounts', { key_fields: ['No'] })] });
  t.match(await refused.run(`${line} --online`, { stdin: input }), {
    ...{ code: 1, stderr: '' },
    stdout:
      /^1\. Key field "No" .*\n2\. The connection selects the stream "contacts".*\n3\. Gainsight refuses the access key/,
  });
  const gone = await setUp(t, { api_base_url: 'http://127.0.0.1:1/v1', preflight: { mapping: 'off' } });
  t.match(await gone.run(`${line} --online`), {
    code: 1,
    stdout: /^Gainsight cannot be reached: ECONNREFUSED: connect 127\.0\.0\.1:1\. Run the command again\.\n$/,
  });
  const keyless = await setUp(t, { access_key: undefined });
  t.match(await keyless.run(`${line} --online`), { code: 1, stdout: /Access Key is missing/, stderr: '' });
});

t.test('faults of settings, catalog and tenant are reported together', async (t) => {
  const objects = { Accounts: { fields: { Id: {}, Name: {} } }, Contacts: { fields: { Id: {} } } };
  const mapped = (column: string, field: string) => ({
    fields: [
      { column: 'Id', field: 'Id' },
      { column, field },
    ],
  });
  const streams = [entryOf('accounts', mapped('Nmae', 'Naem')), entryOf('contacts', mapped('Name', 'Nam'))];
  const both = await setUp(t, { streams }, { objects });
  t.match(await both.run(`${line} --online`), {
    ...{ code: 1, stderr: '' },
    stdout:
      /^1\. .*"Nmae" .*\n2\. contacts > Fields: "Contacts" has no field "Nam"\.\n3\. accounts > .*"Naem" \(did you mean "Name"/,
  });
  const broken = [...streams, { stream: 'third', object: '' }];
  const all = await setUp(t, { streams: broken, quota: { calls_per_hour: 'ten' } }, { objects });
  t.match(await all.run(`${line} --online`), {
    ...{ code: 1, stderr: '' },
    stdout:
      /^1\. .*Object must not be empty\.\n2\. .*must be a whole number\.\n3\. .*"Nmae" .*\n4\. contacts > .*\n5\. accounts > /,
  });
  const renamed = [{ ...entryOf('acounts'), object: 'Acounts' }, entryOf('contacts')];
  const quota = { calls_per_hour: 'ten' };
  const other = await setUp(t, { streams: renamed, quota }, { objects: { ...objects, Contacts: objects.Accounts } });
  t.match(
    (await other.run(`${line} --online`)).stdout,
    /^1\. .*must be a whole number.*\n2\. The connection selects the stream "accounts".*"acounts".*\n3\. .*"Acounts" does not exist/,
  );
  const text = await setUp(t, { streams: 'accounts' }, { objects });
  t.match(await text.run(`${line} --online`), {
    code: 1,
    stdout: /^1\. Streams must be/,
  });
  const nowhere = await setUp(t, { streams: broken, domain: 'a b', api_base_url: '' }, { objects });
  t.match(await nowhere.run(`${line} --online`), { code: 1, stdout: /^1\. Gainsight Domain .*\n2\. / });
});

t.test('what the records show to be wrong is a fault', async (t) => {
  const setup = await setUp(t);
  const keyless = `${recordLine('accounts', '{"Id":null,"Name":"x"}')}\n`.repeat(6) + state('accounts');
  t.match(await setup.run(line, { stdin: keyless }), {
    code: 1,
    stdout: /^6 of 6 rows of accounts were rejected; .*\nStream/,
  });
  const broken = await setup.run(line, { stdin: `${input}{"type":\n` });
  t.match(broken, { code: 1, stdout: /^Line \d+ of the input is broken/ });
  const unknown = await setup.run(line, { stdin: `${input}${records('tickets', 'T1')}` });
  t.match(unknown, { code: 1, stdout: /Records came of the stream "tickets", which is not in the catalog/ });
  const undeclared = await setup.run(line, {
    stdin: `${recordLine('accounts', '{"Id":"1","Extra":2}')}\n${state('accounts')}`,
  });
  t.match(undeclared, { code: 0, stderr: /^warning: .*Extra/m });
});

t.test('a Clear', async (t) => {
  const setup = await setUp(t, {}, {}, catalogOf(streams, 'overwrite'));
  t.same(await setup.run(line), {
    code: 0,
    stdout: 'Every stream is set to overwrite: this is a Clear, which loads nothing.\n',
    stderr: '',
  });
});

t.test('a failure is a sentence, and a wrong command line has exit code 2', async (t) => {
  const setup = await setUp(t);
  for (const [words, code, stderr] of [
    ['plan --config CONFIG', 2, /^error: option '--catalog <file>' is missing/],
    [`${line} --job-seconds soon`, 2, /^error: option '--job-seconds <n>' needs/],
    ['plan --config nowhere --catalog FOLDER/catalog.json', 1, /^The configuration file cannot be read/],
    ['plan --config CONFIG --catalog nowhere', 1, /^The configured catalog cannot be read/],
  ] as const)
    t.match(await setup.run(words), { code, stdout: '', stderr }, words);
});
