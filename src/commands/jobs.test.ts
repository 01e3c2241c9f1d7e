/** The command `jobs`, by the command line, against a tenant on a real socket of which only the list is known. */
import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import t from 'tap';
import { numberIn, readPage } from '../../integration_tests/pages/read_page.ts';
import { type CommandSetup, setUpCommand } from '../../integration_tests/support/command_setup.ts';
import { hour } from '../clock.ts';
import { formatFileName, type JobFileName } from '../load/bulk/file_name.ts';
import type { JobsOverview } from '../report/jobs_page.ts';
import type { ForeignJobs } from '../sandbox/faults.ts';
import type { SandboxOptions } from '../sandbox/options.ts';

const parts: JobFileName = {
  ...{ digest: 'a'.repeat(20), state: '0', rows: 100, send: 'send567890', run: '4711', attempt: 1, token: 'tokentok' },
  stream: 'warehouse.accounts',
};
const ownName = (more: Partial<JobFileName> = {}) => formatFileName({ ...parts, ...more });

/** Lines of the table as cells, and the lines after it. */
function read(stdout: string): { rows: string[][]; sums: string[] } {
  const [table = '', sums = ''] = stdout.split('\n\n');
  return { rows: table.split('\n').map((line) => line.split('\t')), sums: sums.trimEnd().split('\n') };
}

/** Adds a job and lets it end. */
function add({ sandbox, clock }: CommandSetup, job: ForeignJobs): string {
  const [id = ''] = sandbox.addForeignJob(job);
  clock.advance(60_000);
  return id;
}

/** Submits a file of two rows, of which Gainsight rejects the second. */
async function submitRejected(setup: CommandSetup): Promise<void> {
  const path = join(setup.folder, 'rows.csv');
  writeFileSync(path, 'Id,Stage\n1,Open\n2,Bogus\n');
  const fileName = ownName({ rows: 2, digest: 'b'.repeat(20), send: 'send567891' });
  await setup.client.submit({ object: 'Accounts', operation: 'UPSERT', keyFields: ['Id'], fileName, path });
  setup.clock.advance(60_000);
}

const objects = { Accounts: { fields: { Id: {}, Stage: { picklist: ['Open'] } } } };

t.test('jobs of the connector and of others, the newest first, with their sums and the calls', async (t) => {
  const setup = await setUpCommand(t, { objects });
  add(setup, { fileName: ownName(), object: 'Accounts', age: 7200 });
  add(setup, { fileName: 'nightly export.csv', object: 'Person', rows: 7, age: 3600 * 30 });
  add(setup, { fileName: 'too old.csv', age: 86_400 * 8 });
  await submitRejected(setup);
  const { code, stdout, stderr } = await setup.run('jobs --config CONFIG');
  t.same([code, stderr], [0, '']);
  const { rows, sums } = read(stdout);
  t.same(rows, [
    'Job|Created|By|Run|Attempt|Stream|Object|Status|Rows|Accepted|Rejected|Took|File'.split('|'),
    `J000004|2026-03-04 10:03 UTC|connector|4711|1|warehouse.accounts|Accounts|COMPLETED|2|1|1|1 s|${ownName({ rows: 2, digest: 'b'.repeat(20), send: 'send567891' })}`.split(
      '|',
    ),
    `J000001|2026-03-04 08:00 UTC|connector|4711|1|warehouse.accounts|Accounts|COMPLETED|100|100|0|1 s|${ownName()}`.split(
      '|',
    ),
    'J000002|2026-03-03 04:01 UTC|other|-|-|-|Person|COMPLETED|7|7|0|1 s|nightly export.csv'.split('|'),
  ]);
  t.match(sums, [
    '3 jobs since 2026-02-25 10:04 UTC: 2 of the connector and 1 of other clients · 109 rows, 108 accepted, 1 rejected',
    'Calls used: 1 of 10 this hour and 2 of 100 today; left: 9 and 98.',
    'Of these calls by other clients: 0 this hour and 0 today. The most in this list: 1 in one hour and 2 in one day.',
    /^To see why rows of job J000004 were rejected: destination-gainsight errors J000004 --config \S+config.json$/,
  ]);
  t.equal(setup.times('submit').length, 1, 'reading costs no call');
});

t.test('that calls of the object API are in no list is said where streams use it', async (t) => {
  const setup = await setUpCommand(t, { objects });
  const said = async (streams: unknown) => {
    setup.configure({ streams });
    return (await setup.run('jobs --config CONFIG')).stdout.includes('object API');
  };
  const routes = [undefined, 'bulk_api', 'object_api', 'auto'];
  const shown = [await said(undefined), await said('odd')];
  for (const route of routes) shown.push(await said([{ route: 'bulk_api' }, { route }]));
  t.same(shown, [false, false, false, false, true, true]);
});

t.test('the same as JSON', async (t) => {
  const setup = await setUpCommand(t, { objects }, { quota: { reserved_per_day: 40, calls_per_hour: 5 } });
  add(setup, { fileName: ownName(), object: 'Accounts', age: 7200 });
  add(setup, { fileName: 'nightly export.csv', object: 'Person', rows: 7 });
  t.same(await setup.json('jobs --config CONFIG --json --since 4h'), {
    since: '2026-03-04T06:02:00.000Z',
    list_is_complete: true,
    jobs: [
      {
        ...{ job: 'J000002', own: false, run: null, attempt: null, connection: null, stream: null, object: 'Person' },
        ...{ status: 'COMPLETED', rows: 7, processed: 7, accepted: 7, rejected: 0 },
        ...{ created: '2026-03-04T10:01:00.000Z', created_as_written: '2026-03-04T10:01:00.000Z', seconds: 1 },
        file: 'nightly export.csv',
      },
      {
        ...{ job: 'J000001', own: true, run: '4711', attempt: 1, connection: 'tokentok', stream: 'warehouse.accounts' },
        ...{ object: 'Accounts', status: 'COMPLETED', rows: 100, processed: 100, accepted: 100, rejected: 0 },
        ...{ created: '2026-03-04T08:00:00.000Z', created_as_written: '2026-03-04T08:00:00.000Z', seconds: 1.002 },
        file: ownName(),
      },
    ],
    sums: {
      jobs: { count: 2, at_least: false, own: 1, others: 1, unknown: 0 },
      rows: { count: 107, at_least: false },
      accepted: { count: 107, at_least: false },
      rejected: { count: 0, at_least: false },
    },
    calls: [
      { window: 'hour', used: 1, own: 0, others: 1, at_least: false, limit: 5, reserved: 0, left: 4, most: 1 },
      { window: 'day', used: 2, own: 1, others: 1, at_least: false, limit: 100, reserved: 40, left: 59, most: 2 },
    ],
  });
});

const shown: readonly [
  what: string,
  sandbox: Partial<SandboxOptions>,
  fileName: string,
  /** By, run, attempt, stream, rows. */
  cells: string,
][] = [
  ['as sent', {}, ownName(), 'connector 4711 1 warehouse.accounts 100'],
  ['in upper case', { names: 'upper' }, ownName(), 'connector 4711 1 warehouse.accounts 100'],
  ['behind a path', { names: 'path' }, ownName(), 'connector 4711 1 warehouse.accounts 100'],
  ['with a suffix', { names: 'suffix' }, ownName(), 'connector 4711 1 warehouse.accounts 100'],
  ['cut', { names: 'cut_32' }, ownName(), 'connector ? ? ? 100'],
  ['left out', { names: 'missing' }, ownName(), '? ? ? ? 100'],
  ['of an earlier version', {}, '12.0.abcdefgh.9.AbCdEfGhIjKlMnOp.accounts.csv', 'connector 12 0 accounts 9'],
  ['of another client', {}, 'accounts.csv', 'other - - - 100'],
];
t.test(
  'a job is recognised by its file, whatever the tenant made of the name; what it cut off is unknown',
  async (t) => {
    for (const [what, sandbox, fileName, cells] of shown) {
      const setup = await setUpCommand(t, sandbox);
      add(setup, { fileName });
      const { rows } = read((await setup.run('jobs --config CONFIG')).stdout);
      const [, , by, run, attempt, stream, , , count] = rows[1] ?? [];
      t.equal([by, run, attempt, stream, count].join(' '), cells, what);
    }
  },
);

t.test('names of others reach neither a terminal nor a program as control characters', async (t) => {
  const setup = await setUpCommand(t);
  add(setup, { fileName: 'a\tb\n\u001b[31m\u202e\u009b.csv', object: 'Per\u0007son' });
  const escaped = 'a\\u0009b\\u000a\\u001b[31m\\u202e\\u009b.csv';
  const { rows } = read((await setup.run('jobs --config CONFIG')).stdout);
  t.match(rows[1], { 6: 'Per\\u0007son', 12: escaped });
  const onTerminal = await setup.run('jobs --config CONFIG', { terminal: { isTTY: true, columns: 200 } });
  t.ok(onTerminal.stdout.includes(escaped));
  const json = await setup.run('jobs --config CONFIG --json');
  t.notMatch(json.stdout.replaceAll('\n', ''), /[\p{Cc}\p{Cf}]/u);
  t.match(JSON.parse(json.stdout), { jobs: [{ file: 'a\tb\n\u001b[31m\u202e\u009b.csv', object: 'Per\u0007son' }] });
});

t.test('what a tenant does not show is unknown, and the sums say so', async (t) => {
  const script = [
    { on: 'submit', do: { kind: 'counts', as: 'missing' } },
    { on: 'submit', nth: 2, do: { kind: 'counts', as: 'words' } },
    { on: 'submit', nth: 3, do: { kind: 'stay_in_progress' } },
  ] as const;
  const setup = await setUpCommand(t, { objects, script });
  for (let job = 0; job < 3; job++) await submitRejected(setup);
  const { rows, sums } = read((await setup.run('jobs --config CONFIG')).stdout);
  t.same(
    rows.slice(1).map((row) => [row[0], ...row.slice(7, 12)].join(' ')),
    ['J000003 IN_PROGRESS 2 1 1 -', 'J000002 COMPLETED 2 ? ? 1 s', 'J000001 COMPLETED 2 ? ? 1 s'],
  );
  t.match(
    sums[0],
    /^3 jobs since .*: 3 of the connector and 0 of other clients · 6 rows, at least 1 accepted, at least 1 rejected$/,
  );
  t.match(await setup.json('jobs --config CONFIG --json'), {
    jobs: [
      { accepted: 1, seconds: null },
      { accepted: null, rejected: null },
      { accepted: null, rejected: null },
    ],
    sums: { rows: { at_least: false }, accepted: { count: 1, at_least: true }, rejected: { at_least: true } },
  });
});

const dates: readonly [Partial<SandboxOptions>, created: string, took: string, note: RegExp][] = [
  [{ dates: 'iso' }, '2026-03-04 09:00 UTC', '1 s', /^To see|^Of these/],
  [{ dates: 'epoch' }, '2026-03-04 09:00 UTC', '1 s', /^Of these/],
  [
    { dates: 'local', zoneOffset: 2 * hour },
    '2026-03-04T11:00:00',
    '1 s',
    /^This tenant writes times without a time zone/,
  ],
  [{ dates: 'date' }, '2026-03-04', '?', /^1 job with a date that cannot be read/],
  [{ dates: 'words' }, 'a moment ago', '?', /^1 job with a date that cannot be read/],
];
t.test('dates are shown in UTC, or as they are written', async (t) => {
  for (const [sandbox, created, took, note] of dates) {
    const setup = await setUpCommand(t, sandbox);
    add(setup, { fileName: ownName(), age: 3600 });
    const { rows, sums } = read((await setup.run('jobs --config CONFIG')).stdout);
    t.same([rows[1]?.[1], rows[1]?.[11]], [created, took], `${sandbox.dates}`);
    t.match(sums.at(-1), note);
  }
});

t.test('a list of 5,000 jobs, in whatever order', async (t) => {
  for (const listOrder of ['newest', 'oldest', 'none'] as const) {
    const setup = await setUpCommand(t, { listOrder });
    setup.sandbox.addForeignJob({ count: 5000, age: 60, every: 60, fileName: 'another.csv' });
    setup.clock.advance(60_000);
    const { stdout, code } = await setup.run('jobs --config CONFIG --since 26h');
    t.equal(code, 0);
    const { rows, sums } = read(stdout);
    t.equal(rows.length, 1 + 26 * 60 - 1, listOrder);
    t.equal(rows[1]?.[0], 'J000001', 'the newest first');
    t.match(sums[1], 'Calls used: 59 of 10 this hour and 1439 of 100 today; left: 0 and 0.');
    if (listOrder === 'newest') t.equal(setup.times('list').length, 16, 'no page is read in vain');
    if (listOrder === 'none') {
      const all = await setup.json<{ jobs: object[] }>('jobs --config CONFIG --since 4w --json');
      t.equal(all.jobs.length, 5000);
    }
  }
});

t.test('the same as a page, beside the text or the JSON', async (t) => {
  const setup = await setUpCommand(t, { objects });
  add(setup, { fileName: ownName(), object: 'Accounts', age: 7200 });
  add(setup, { fileName: '<script>alert(1)</script>.csv', object: 'Person', rows: 7, age: 3600 * 30 });
  await submitRejected(setup);
  const overview = await setup.json<JobsOverview>('jobs --config CONFIG --json --html FOLDER/jobs.html');
  const { tables, terms, texts } = readPage(readFileSync(join(setup.folder, 'jobs.html'), 'utf8'));
  t.match(
    tables.get('Jobs'),
    overview.jobs.map(({ job, status, rows, accepted, rejected, file }) => ({
      ...{ Job: job, Status: status, Rows: `${rows}`, Accepted: `${accepted}`, Rejected: `${rejected}`, File: file },
    })),
  );
  t.match(
    tables.get('Calls now'),
    overview.calls.map(({ used, own, left }) => ({ Used: `${used}`, Ours: `${own}`, Left: `${left}` })),
  );
  t.equal(numberIn(terms.get('Rows')), overview.sums.rows.count);
  t.match(texts('pre')[0], /^destination-gainsight errors J000003 --config /);
  const { stdout } = await setup.run('jobs --config CONFIG --html FOLDER/jobs.html');
  t.match(stdout, /\nThe page is in ".*jobs\.html"\.\n$/);
  t.match(await setup.run('jobs --config CONFIG --html FOLDER/none/jobs.html'), {
    ...{ code: 1, stdout: '', stderr: /^The file ".*" cannot be written\.\n$/ },
  });
});

t.test('calls of the day before the period count in its first hours', async (t) => {
  const setup = await setUpCommand(t);
  for (const hours of [40, 30, 1]) setup.sandbox.addForeignJob({ count: 200, age: hours * 3600 });
  const overview = await setup.json<JobsOverview>('jobs --config CONFIG --since 24h --json --html FOLDER/jobs.html');
  t.equal(overview.sums.jobs.count, 200, 'jobs of the period alone');
  t.match(overview.calls, [{ most: 200 }, { most: 400 }]);
  const page = readPage(readFileSync(join(setup.folder, 'jobs.html'), 'utf8'));
  t.match(
    page.tables.get('Calls by hour')?.map((row) => Object.values(row).at(-1)),
    ['200', '400', /^200|400$/],
  );
});

t.test('a list that is visibly incomplete: what there is, and sums that say at least', async (t) => {
  const script = [{ on: 'list', times: 99, do: { kind: 'list_short', jobs: 1 } }] as const;
  const setup = await setUpCommand(t, { script });
  add(setup, { fileName: ownName(), age: 60 });
  add(setup, { fileName: ownName(), age: 30 });
  const { code, stdout } = await setup.run('jobs --config CONFIG');
  const { rows, sums } = read(stdout);
  t.same([code, rows.length], [0, 2]);
  t.match(sums, [
    /^At least 1 job since .*: 1 of the connector and 0 of other clients · at least 100 rows, at least 100 accepted/,
    /^Calls used: at least 1 of 10 this hour/,
    /^Of these/,
    'The list of jobs is visibly not complete: there may be more jobs, and more calls used.',
  ]);
  t.match(await setup.json('jobs --config CONFIG --json'), {
    list_is_complete: false,
    calls: [{ at_least: true }, {}],
  });
});

t.test('no jobs at all', async (t) => {
  const setup = await setUpCommand(t);
  const { stdout } = await setup.run('jobs --config CONFIG --since 2w');
  t.match(stdout, /^No jobs since 2026-02-18 10:00 UTC\.\nCalls used: 0 of 10 this hour and 0 of 100 today/);
});

t.test('where every call counts, reading costs calls, and a job of the connector stands for five', async (t) => {
  const quota = { counted_calls: 'all_calls', calls_per_hour: 50 };
  const setup = await setUpCommand(t, {}, { quota });
  add(setup, { fileName: ownName() });
  const { sums } = read((await setup.run('jobs --config CONFIG')).stdout);
  t.match(sums[1], 'Calls used, reads included: 7 of 50 this hour and 7 of 100 today; left: 43 and 93.');
});

t.test('a failure is a sentence, and a wrong command line has exit code 2', async (t) => {
  const gone = [{ on: 'list', times: 9, do: { kind: 'status', status: 404 } }] as const;
  const failures: readonly [line: string, code: number, stderr: RegExp, Partial<SandboxOptions>, object][] = [
    ['jobs --config CONFIG --since 7x', 2, /^error: option '--since <age>' needs hours, days or weeks/, {}, {}],
    ['jobs --config CONFIG --since 0d', 2, /^error: option '--since <age>' needs/, {}, {}],
    ['jobs --config CONFIG', 1, /^Gainsight refuses the access key/, {}, { access_key: 'another' }],
    ['jobs --config CONFIG', 1, /^\S+ has no Bulk API at \/bulk\/jobs: the tenant has no list/, { script: gone }, {}],
    ['jobs --config CONFIG', 1, /Calls per Day/, {}, { quota: { calls_per_day: 'many' } }],
  ];
  for (const [line, code, stderr, sandbox, changes] of failures) {
    const setup = await setUpCommand(t, sandbox, changes);
    const ran = await setup.run(line);
    t.match(ran, { code, stdout: '', stderr }, line);
    t.equal(ran.stderr.split('\n').length, 2, 'one line');
  }
});
