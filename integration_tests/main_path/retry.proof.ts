/** More of `retry.test.ts`: rejected rows that are sent again, with every setting that rows depend on and under faults. */
import { mkdirSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import t from 'tap';
import { startBucket } from '../support/bucket_server.ts';
import {
  countsOf,
  givenUpIn,
  openTenant,
  recordsOf,
  retryLines,
  retrySync,
  sentTo,
  waitingIn,
} from '../support/retry_sync.ts';

t.test('a row that stays rejected is given up after five tries, in a file that a person can correct', async (t) => {
  const tenant = await openTenant(t);
  await retrySync(tenant, [['1', 'Ada', 'a'], ['2', 'bad', 'b,"c"'], 'state']);
  for (let sync = 1; sync <= 4; sync += 1) {
    await retrySync(tenant, [['1', 'Ada', `${sync}`], 'state'], { run: `${7 + sync}` });
    t.same(waitingIn(tenant), [`2 bad (${sync})`]);
  }
  const last = await retrySync(tenant, [['1', 'Ada', 'z'], 'state'], { run: '12' });
  t.equal(last.end, 'done');
  t.same(waitingIn(tenant), []);
  const [file = ''] = givenUpIn(tenant);
  t.match(file, /^id,name,note,_reject_field,_reject_reason,_reject_sure\n2,bad,"b,""c""",name,/);
  t.match(file, '(given up: tried 5 times)",true\n');
  const plans = readdirSync(join(tenant.folder, 'given_up')).filter((name) => name.endsWith('.plan.json'));
  t.match(JSON.parse(readFileSync(join(tenant.folder, 'given_up', plans[0] as string), 'utf8')), {
    ...{ object: 'company', operation: 'UPSERT', key_fields: ['id'], fields: ['id', 'name', 'note'] },
  });
  t.match(
    retryLines(last)[1],
    /^WARN 1 row that Gainsight rejected will not be sent again: tried 5 times\. Kept as \/(.*\.csv)\. Correct that file, then load it again with: destination-gainsight load \/\1 --config FILE$/,
  );
  const after = await retrySync(tenant, [['1', 'Ada', 'zz'], 'state'], { run: '13' });
  t.same(retryLines(after), []);
  t.same(sentTo(tenant), [2, 2, 2, 2, 2, 2, 1]);
});

t.test('a row goes with the file that ends its stream, when all records of the sync are known', async (t) => {
  const config = { files: { max_rows: 2 } };
  const cases: [string, Parameters<typeof retrySync>[1], string[], number[]][] = [
    [
      'no record of its key',
      [
        ['3', 'Cy', 'c'],
        ['4', 'Dee', 'd'],
        ['5', 'Eve', 'e'],
      ],
      ['2 bad b'],
      [2, 2],
    ],
    [
      'one in an earlier file',
      [
        ['2', 'new', 'n'],
        ['4', 'Dee', 'd'],
        ['5', 'Eve', 'e'],
      ],
      ['2 new n'],
      [2, 1],
    ],
    [
      'one in the last file',
      [
        ['3', 'Cy', 'c'],
        ['4', 'Dee', 'd'],
        ['2', 'new', 'n'],
      ],
      ['2 new n'],
      [2, 1],
    ],
    ['a deletion after the first file', [['3', 'Cy', 'c'], ['4', 'Dee', 'd'], ['2'], ['5', 'Eve', 'e']], [], [2, 1]],
    [
      'a last file without room',
      [
        ['3', 'Cy', 'c'],
        ['4', 'Dee', 'd'],
      ],
      [],
      [2],
    ],
  ];
  for (const [name, steps, expected, sent] of cases) {
    const tenant = await openTenant(t);
    await retrySync(tenant, [['1', 'Ada', 'a'], ['2', 'bad', 'b'], 'state']);
    tenant.accept('bad');
    await retrySync(tenant, [...steps, 'state'], { run: '8', config });
    t.same(
      recordsOf(tenant).filter((row) => row.startsWith('2')),
      expected,
      name,
    );
    t.same(sentTo(tenant).slice(1), sent, name);
    t.same(waitingIn(tenant), name.includes('room') ? ['2 bad (0)'] : [], name);
  }
});

t.test('a row that a later file of its own sync replaces does not wait', async (t) => {
  const tenant = await openTenant(t);
  const steps = [['1', 'bad', 'a'], ['2', 'bad', 'b'], ['1', 'new', 'n'], ['3', 'bad', 'c'], ['2'], 'state'] as const;
  await retrySync(tenant, steps, { config: { files: { max_rows: 2 } } });
  t.same(recordsOf(tenant), ['1 new n']);
  t.same(waitingIn(tenant), ['3 bad (0)']);
});

t.test('a job of a sync that has not compared its rows since makes rows stale', async (t) => {
  const rejectedOne = [['1', 'Ada', 'a'], ['2', 'bad', 'b'], 'state'] as const;
  const others: [string, (tenant: Awaited<ReturnType<typeof openTenant>>) => Promise<unknown>, boolean][] = [
    [
      'a sync without the setting',
      (tenant) => retrySync(tenant, [['2', 'new', 'n'], 'state'], { run: '8', retry: 'off' }),
      true,
    ],
    [
      'the same of another key',
      (tenant) => retrySync(tenant, [['3', 'Cy', 'n'], 'state'], { run: '8', retry: 'off' }),
      true,
    ],
    [
      'a sync of another connection without it',
      (tenant) => retrySync(tenant, [['3', 'Cy', 'n'], 'state'], { run: '8', retry: 'off', stream: 'others' }),
      true,
    ],
    [
      'a sync of another connection with it',
      (tenant) => retrySync(tenant, [['3', 'Cy', 'n'], 'state'], { run: '8', stream: 'others' }),
      false,
    ],
    [
      'one with it and with another folder',
      (tenant) =>
        retrySync(tenant, [['3', 'Cy', 'n'], 'state'], {
          run: '8',
          stream: 'others',
          rejected: { folder: t.testdir({}) },
        }),
      true,
    ],
    [
      'one that compares, of the same key',
      (tenant) => retrySync(tenant, [['2', 'new', 'n'], 'state'], { run: '8', stream: 'others' }),
      true,
    ],
    ['a sync that sends nothing', (tenant) => retrySync(tenant, ['state'], { run: '8', retry: 'off' }), false],
    ['a job of another client', async (tenant) => void tenant.sandbox.addForeignJob({ object: 'company' }), false],
    [
      'a stream with other keys',
      (tenant) =>
        retrySync(tenant, [['3', 'Cy', 'n'], 'state'], { run: '8', stream: 'others', entry: { key_fields: ['note'] } }),
      true,
    ],
    [
      'an INSERT',
      (tenant) =>
        retrySync(tenant, [['3', 'Cy', 'n'], 'state'], { run: '8', stream: 'others', entry: { operation: 'INSERT' } }),
      true,
    ],
  ];
  for (const [name, act, isStale] of others) {
    const tenant = await openTenant(t);
    await retrySync(tenant, rejectedOne);
    tenant.clock.advance(3_600_000);
    await act(tenant);
    tenant.clock.advance(3_600_000);
    tenant.accept('bad');
    const last = await retrySync(tenant, [['4', 'Dee', 'd'], 'state'], { run: '9' });
    t.equal(last.end, 'done', name);
    t.same(recordsOf(tenant).includes('2 bad b'), !isStale, name);
    t.same(waitingIn(tenant), [], name);
  }
});

t.test('a file without such rows is not sent again', async (t) => {
  const tenant = await openTenant(t, [{ on: 'submit', nth: 1, do: { kind: 'fail' } }]);
  const run = await retrySync(tenant, [['1', 'Ada', 'a'], ['2', 'bad', 'b'], 'state']);
  t.equal(run.end, 'failed');
  t.same(waitingIn(tenant), []);
  t.equal(tenant.sandbox.calls.filter(({ kind }) => kind === 'submit').length, 1);
});

t.test('an answer that is lost costs no row', async (t) => {
  const faults = [
    { on: 'submit', nth: 2, do: { kind: 'accept_then_drop' } },
    { on: 'submit', nth: 2, do: { kind: 'drop_mid_upload' } },
    { on: 'submit', nth: 2, do: { kind: 'status', status: 500 } },
    { on: 'submit', nth: 2, do: { kind: 'status', status: 429 } },
  ] as const;
  for (const fault of faults) {
    const tenant = await openTenant(t, [fault]);
    await retrySync(tenant, [['1', 'Ada', 'a'], ['2', 'bad', 'b'], ['5', 'worse', 'e'], 'state']);
    tenant.accept('bad');
    const run = await retrySync(tenant, [['3', 'Cy', 'c'], ['4', 'bad4', 'd'], 'state'], { run: '8' });
    t.equal(run.end, 'done', fault.do.kind);
    t.same(recordsOf(tenant), ['1 Ada a', '2 bad b', '3 Cy c'], fault.do.kind);
    t.same(countsOf(run), ['1 + 1'], fault.do.kind);
    t.same(waitingIn(tenant), ['4 bad4 (0)', '5 worse (1)'], fault.do.kind);
  }
});

t.test('rows whose outcome Gainsight does not name are sent once more', async (t) => {
  const tenant = await openTenant(t, [{ on: 'submit', nth: 2, do: { kind: 'fewer_errors' } }]);
  await retrySync(tenant, [['1', 'Ada', 'a'], ['2', 'bad', 'b'], ['5', 'worse', 'e'], 'state']);
  tenant.accept('bad');
  const run = await retrySync(tenant, [['3', 'Cy', 'c'], 'state'], { run: '8' });
  t.equal(run.end, 'done');
  t.same(waitingIn(tenant), ['2 bad (1)', '5 worse (1)']);
  await retrySync(tenant, [['3', 'Cy', 'cc'], 'state'], { run: '9' });
  t.same(waitingIn(tenant), ['5 worse (2)']);
});

t.test('rows whose number is not certain do not wait', async (t) => {
  const tenant = await openTenant(t);
  await retrySync(tenant, [['1', 'bad', 'a'], ['2', 'Ada', 'b'], 'state'], { rejected: { first_row_number: 'auto' } });
  t.same(waitingIn(tenant), []);
});

t.test('row numbers that count lines are those of the rows at the end, too', async (t) => {
  const script = [{ on: 'submit', do: { kind: 'row_number_base', base: 'physical_lines' } }] as const;
  const tenant = await openTenant(t, script);
  const rejected = { first_row_number: 'auto' };
  const note = 'a\nb\nc';
  await retrySync(tenant, [['1', 'two\nlines', note], ['2', 'bad', note], ['3', 'worse', note], 'state'], { rejected });
  t.same(waitingIn(tenant), ['2 bad (0)', '3 worse (0)']);
  tenant.accept('bad');
  await retrySync(tenant, [['4', 'two\nlines', note], 'state'], { run: '8', rejected });
  t.same(waitingIn(tenant), ['3 worse (1)']);
});

t.test('states of all streams', async (t) => {
  const tenant = await openTenant(t);
  const first = await retrySync(tenant, [['1', 'Ada', 'a'], ['2', 'bad', 'b'], 'global state']);
  tenant.accept('bad');
  const second = await retrySync(tenant, [['3', 'Cy', 'c'], 'global state', ['4', 'worse', 'd'], 'global state'], {
    run: '8',
  });
  t.same([...countsOf(first), ...countsOf(second)], ['1 + 1', '1 + 0', '0 + 1']);
  t.same(recordsOf(tenant), ['1 Ada a', '2 bad b', '3 Cy c']);
  t.same(waitingIn(tenant), ['4 worse (0)']);
});

t.test('a row with a value in a column that is left out waits', async (t) => {
  const tenant = await openTenant(t);
  const entry = { absent_columns: 'leave_out' };
  await retrySync(tenant, [['1', 'Ada', 'a'], ['2', 'bad', 'b'], ['3', 'bad', null], 'state'], { entry });
  tenant.accept('bad');
  await retrySync(tenant, [['4', 'Dee'], 'state'], { run: '8', entry });
  t.same(recordsOf(tenant), ['1 Ada a', '3 bad -', '4 Dee -'], 'without the column');
  t.same(waitingIn(tenant), ['2 bad (0)']);
  await retrySync(tenant, [['4', 'Dee', 'd'], 'state'], { run: '9', entry });
  t.same(recordsOf(tenant), ['1 Ada a', '2 bad b', '3 bad -', '4 Dee d']);
});

t.test('a row whose file lacked a column waits for a file that lacks it, too', async (t) => {
  const tenant = await openTenant(t);
  const entry = { absent_columns: 'leave_out' };
  await retrySync(tenant, [['1', 'Ada', 'a'], ['2', 'Bob', 'b'], 'state'], { entry });
  await retrySync(tenant, [['2', 'bad'], 'state'], { run: '8', entry, rejected: { fail_above_percent: 100 } });
  tenant.accept('bad');
  await retrySync(tenant, [['1', 'Ada', 'z'], 'state'], { run: '9', entry });
  t.same(recordsOf(tenant), ['1 Ada z', '2 Bob b'], 'it would empty the field');
  t.same(waitingIn(tenant), ['2 bad (0)']);
  await retrySync(tenant, [['1', 'Eve'], 'state'], { run: '10', entry });
  t.same(recordsOf(tenant), ['1 Eve z', '2 bad b']);
});

t.test('with a file for rows of which values were not read', async (t) => {
  const unread = '__debezium_unavailable_value';
  const entry = { unreadable_values: 'separate_file' };
  const cases: [string, Parameters<typeof retrySync>[1], string[]][] = [
    [
      'a row goes with the file of all columns',
      [
        ['3', 'Cy', 'c'],
        ['4', 'Dee', unread],
      ],
      ['2 bad b', '3 Cy c', '4 Dee -'],
    ],
    [
      'a record of its key in the separate file replaces it',
      [
        ['3', 'Cy', 'c'],
        ['2', 'new', unread],
      ],
      ['2 new -', '3 Cy c'],
    ],
  ];
  for (const [name, steps, expected] of cases) {
    const tenant = await openTenant(t);
    await retrySync(tenant, [['1', 'Ada', 'a'], ['2', 'bad', 'b'], 'state'], { entry });
    tenant.accept('bad');
    const run = await retrySync(tenant, [...steps, 'state'], { run: '8', entry });
    t.equal(run.end, 'done', name);
    t.same(recordsOf(tenant), ['1 Ada a', ...expected], name);
    t.same(waitingIn(tenant), [], name);
  }
});

t.test('where the greatest cursor of a key counts, any record of its key replaces a row', async (t) => {
  const tenant = await openTenant(t);
  const entry = { latest_by: 'cursor' };
  const columns = ['id', 'name', 'seq'];
  await retrySync(tenant, [['1', 'Ada', 1], ['2', 'bad', 5], ['3', 'bad', 5], 'state'], { entry, columns });
  tenant.accept('bad');
  await retrySync(tenant, [['2', 'new', 4], 'state'], { run: '8', entry, columns });
  t.same(recordsOf(tenant, columns), ['1 Ada 1', '2 new 4', '3 bad 5']);
});

t.test('files that are none of ours are named, and stay', async (t) => {
  const tenant = await openTenant(t);
  await retrySync(tenant, [['1', 'Ada', 'a'], ['2', 'bad', 'b'], 'state']);
  const [host = ''] = readdirSync(join(tenant.folder, 'waiting'));
  const folder = join(tenant.folder, 'waiting', host);
  const texts = { 'notes.txt': 'mine', 'later.json': '{"version":2,"jobs":[]}', 'cut.json': '{"version":1,"jo' };
  for (const [name, text] of Object.entries(texts)) writeFileSync(join(folder, name), text);
  mkdirSync(join(folder, 'below'));
  tenant.accept('bad');
  const run = await retrySync(tenant, [['3', 'Cy', 'c'], 'state'], { run: '8' });
  t.equal(run.end, 'done');
  t.same(recordsOf(tenant), ['1 Ada a', '2 bad b', '3 Cy c']);
  const named = run.logs.filter((line) => line.includes('cannot read it as a file of waiting rows'));
  t.same(named.map((line) => /[^/]*(?= is skipped)/.exec(line)?.[0]).sort(), Object.keys(texts).sort());
  t.same(
    Object.keys(texts).filter((name) => !readdirSync(folder).includes(name)),
    [],
  );
});

const readings: [when: string, from: number, next: string[], said: RegExp][] = [
  ['when a sync starts', 1, ['1 Ada a', '3 Cy d'], /1 no longer sent, as another sync has loaded rows/],
  ['only when a file is to be sent', 2, ['1 Ada a', '2 bad b', '3 Cy d'], /1 sent \(1 accepted\)/],
];

for (const [when, from, then, said] of readings) {
  t.test(`a file that the bucket lists but does not have ${when} is named, and rows wait for it`, async (t) => {
    const tenant = await openTenant(t);
    let missingFrom = Number.POSITIVE_INFINITY;
    const reads = new Map<string, number>();
    const bucket = await startBucket({
      clock: tenant.clock,
      act({ method, key }) {
        if (method !== 'GET' || !key.includes('/waiting/')) return;
        reads.set(key, (reads.get(key) ?? 0) + 1);
        return (reads.get(key) ?? 0) >= missingFrom ? { status: 404, code: 'NoSuchKey' } : undefined;
      },
    });
    t.teardown(() => bucket.close());
    const shared = { ...tenant, bucket };
    await retrySync(shared, [['1', 'Ada', 'a'], ['2', 'bad', 'b'], 'state']);
    const [file] = [...bucket.objects.keys()].filter((key) => key.includes('/waiting/'));
    tenant.accept('bad');
    missingFrom = from;
    const run = await retrySync(shared, [['3', 'Cy', 'c'], 'state'], { run: '8' });
    t.same([run.end, recordsOf(tenant)], ['done', ['1 Ada a', '3 Cy c']]);
    const warnings = run.logs.filter((line) => line.includes('no such file'));
    t.match(warnings, [
      new RegExp(`^WARN s3://acme/${file} is listed, but .*Restore it, or remove it from the store\\.$`),
    ]);
    t.equal(warnings.length, 1, 'once');
    missingFrom = Number.POSITIVE_INFINITY;
    const next = await retrySync(shared, [['3', 'Cy', 'd'], 'state'], { run: '9' });
    t.same([next.end, recordsOf(tenant)], ['done', then], 'the next sync knows its rows again');
    t.match(retryLines(next).at(-1), said);
  });
}

t.test('where the list of jobs does not show that nothing newer was loaded, rows wait', async (t) => {
  const tenant = await openTenant(t, [{ on: 'list', nth: 4, times: 100, do: { kind: 'list_short' } }]);
  await retrySync(tenant, [['1', 'Ada', 'a'], ['2', 'bad', 'b'], 'state']);
  tenant.accept('bad');
  const run = await retrySync(tenant, [['3', 'Cy', 'c'], 'state'], { run: '8' });
  t.equal(run.end, 'done');
  t.same(recordsOf(tenant), ['1 Ada a', '3 Cy c']);
  t.same(waitingIn(tenant), ['2 bad (0)']);
});

t.test('where all calls count, the setting takes none', async (t) => {
  const calls: number[] = [];
  for (const retry of ['off', 'next_sync'] as const) {
    const tenant = await openTenant(t, [], { countedCalls: 'all_calls' });
    const settings = {
      retry,
      config: { quota: { counted_calls: 'all_calls', calls_per_hour: 1000, calls_per_day: 1000 } },
    };
    await retrySync(tenant, [['1', 'Ada', 'a'], ['2', 'bad', 'b'], 'state'], settings);
    tenant.clock.advance(3_600_000);
    // A file with a rejected row, whose errors are read anyway.
    await retrySync(tenant, [['3', 'Cy', 'c'], ['4', 'bad4', 'd'], 'state'], { ...settings, run: '8' });
    calls.push(tenant.sandbox.calls.length);
  }
  t.equal(calls[1], calls[0]);
});
