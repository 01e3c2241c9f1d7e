/** Rejected rows that are sent again in the next sync: what becomes of them, and that they cost no call. */
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import t from 'tap';
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

t.test('a rejected row is kept before its state is released, and goes with the next file', async (t) => {
  const tenant = await openTenant(t);
  const seen: string[][] = [];
  const first = await retrySync(tenant, [['1', 'Ada', 'a'], ['2', 'bad', 'b'], 'state'], {
    onLine: (line) => line.includes('"type":"STATE"') && void seen.push(waitingIn(tenant)),
  });
  t.equal(first.end, 'done');
  t.same(seen, [['2 bad (0)']]);
  t.same(countsOf(first), ['1 + 1']);
  t.same(retryLines(first), ['INFO Rejected rows sent again: 0 sent · 1 new · 1 row waits for the next sync']);
  tenant.accept('bad');
  const second = await retrySync(tenant, [['3', 'Cy', 'c'], 'state'], { run: '8' });
  t.equal(second.end, 'done');
  t.same(recordsOf(tenant), ['1 Ada a', '2 bad b', '3 Cy c']);
  t.same(sentTo(tenant), [2, 2], 'one call each');
  t.same(countsOf(second), ['1 + 0'], 'the row is in no count of a state');
  t.same(waitingIn(tenant), []);
  t.same(retryLines(second), [
    'INFO Rejected rows of earlier syncs: 1 row to be sent again.',
    'INFO Rejected rows sent again: 1 sent (1 accepted) · 0 rows wait for the next sync',
  ]);
  const sentAgain = (run: { readonly report?: string | undefined }) => JSON.parse(run.report ?? '{}').sent_again;
  t.match(sentAgain(first), { waited: 0, sent: 0, added: 1, waiting: 1 }, 'and so says the report');
  t.match(sentAgain(second), { waited: 1, sent: 1, accepted: 1, rejected: 0, void: 0, given_up: 0, waiting: 0 });
});

t.test('without the setting nothing is kept to be sent again', async (t) => {
  const tenant = await openTenant(t);
  await retrySync(tenant, [['1', 'Ada', 'a'], ['2', 'bad', 'b'], 'state'], { retry: 'off' });
  t.notOk(readdirSync(tenant.folder).includes('waiting'));
});

t.test('a row whose key comes again in its file, spelled in another way, does not wait', async (t) => {
  const tenant = await openTenant(t);
  const run = await retrySync(tenant, [['a', 'bad', 'old'], [' A', 'Ada', 'new'], ['b', 'bad', 'c'], 'state']);
  t.equal(run.end, 'done');
  t.same(waitingIn(tenant), ['b bad (0)'], 'Gainsight may take both keys for one');
});

t.test('the same of a key that comes again in a separate file of its batch', async (t) => {
  const unread = '__debezium_unavailable_value';
  const cases: [string, Parameters<typeof retrySync>[1]][] = [
    ['rejected before it', [['a', 'bad', 'old'], ['A ', 'Ada', unread], ['b', 'bad', 'c'], 'state']],
    ['rejected in it', [['a', 'bad', unread], ['A ', 'Ada', 'new'], ['b', 'bad', 'c'], 'state']],
    ['both rejected', [['a', 'bad', unread], ['A ', 'bad', 'new'], ['b', 'bad', 'c'], ['d', 'Ada', 'd'], 'state']],
  ];
  for (const [name, steps] of cases) {
    const tenant = await openTenant(t);
    const run = await retrySync(tenant, steps, { entry: { unreadable_values: 'separate_file' } });
    t.equal(run.end, 'done', name);
    t.equal(sentTo(tenant).length, 2, name);
    t.same(waitingIn(tenant), ['b bad (0)'], name);
  }
});

t.test('where nothing waits, nothing is written', async (t) => {
  const tenant = await openTenant(t);
  const run = await retrySync(tenant, [['1', 'Ada', 'a'], 'state']);
  t.same(readdirSync(tenant.folder), ['7.0.report.html', '7.0.report.json'], 'but the report of the sync');
  t.same(retryLines(run), []);
});

t.test('any record of its key replaces a row, whatever becomes of that record', async (t) => {
  const cases: [string, Parameters<typeof retrySync>[1], string[], string[]][] = [
    ['an accepted one', [['2', 'new', 'n']], ['2 new n'], []],
    [
      'one that is superseded',
      [
        ['2', 'bad2', 'n'],
        ['2', 'new', 'm'],
      ],
      ['2 new m'],
      [],
    ],
    ['one that Gainsight rejects', [['2', 'bad3', 'n']], [], ['2 bad3 (0)']],
    ['one that is deleted at the source', [['2']], [], []],
    ['one that came and was deleted', [['2', 'new', 'n'], ['2']], [], []],
    ['one that was deleted and came again', [['2'], ['2', 'new', 'n']], ['2 new n'], []],
    ['one whose key is spelled in another way', [[' 2 ', 'new', 'n']], [' 2  new n'], []],
    ['one that the connector rejects', [['2', '\u0000'.repeat(0), '__debezium_unavailable_value']], [], []],
  ];
  for (const [name, steps, expected, waits] of cases) {
    const tenant = await openTenant(t);
    await retrySync(tenant, [['1', 'Ada', 'a'], ['2', 'bad', 'b'], 'state']);
    tenant.accept('bad');
    const run = await retrySync(tenant, [...steps, ['3', 'Cy', 'c'], 'state'], { run: '8' });
    t.equal(run.end, 'done', name);
    t.same(recordsOf(tenant), [...expected, '1 Ada a', '3 Cy c'].sort(), name);
    t.same(waitingIn(tenant), waits, name);
    t.match(retryLines(run)[1], '0 sent · 1 replaced by a newer record', name);
  }
});

t.test('a row waits seven days, and as long as its mapping stays', async (t) => {
  const fields = ['id', 'name', 'note'].map((field) => ({ column: field === 'note' ? 'more' : field, field }));
  const cases: [string, number, Parameters<typeof retrySync>[2], boolean, RegExp | undefined][] = [
    ['six days', 6, {}, true, undefined],
    ['eight days', 8, {}, false, /waited for seven days/],
    ['another key', 0, { entry: { key_fields: ['name'] } }, false, /the mapping of the stream has changed/],
    ['another column', 0, { columns: ['id', 'name', 'more'] }, false, /the mapping of the stream has changed/],
    ['a field from another column', 0, { columns: ['id', 'name', 'more'], entry: { fields } }, false, /has changed/],
    [
      'another text for null',
      0,
      { config: { values: { null_text: 'NULL' } } },
      false,
      /the formats of values have changed/,
    ],
    [
      'dates in another form',
      0,
      { config: { values: { datetime_format: 'iso_utc_milliseconds' } } },
      false,
      /the formats/,
    ],
    ['UPDATE', 0, { entry: { operation: 'UPDATE' } }, false, /the mapping of the stream has changed/],
  ];
  for (const [name, days, settings, isSent, reason] of cases) {
    const tenant = await openTenant(t);
    await retrySync(tenant, [['1', 'Ada', 'a'], ['2', 'bad', 'b'], 'state']);
    tenant.accept('bad');
    tenant.clock.advance(days * 86_400_000);
    const run = await retrySync(tenant, [['1', 'Cy', 'c'], 'state'], { run: '8', ...settings });
    t.equal(run.end, 'done', name);
    t.equal(recordsOf(tenant).includes('2 bad b'), isSent, name);
    t.same(waitingIn(tenant), [], name);
    t.equal(givenUpIn(tenant).length, isSent ? 0 : 1, name);
    if (reason) t.match(retryLines(run)[0], reason, name);
  }
});

t.test('a file that is refused with such rows is sent once without them', async (t) => {
  const faults = [
    ['refused', { on: 'submit', nth: 2, do: { kind: 'status', status: 400 } }],
    ['too large', { on: 'submit', nth: 2, do: { kind: 'status', status: 413 } }],
    ['FAILED', { on: 'submit', nth: 2, do: { kind: 'fail' } }],
  ] as const;
  for (const [name, fault] of faults) {
    const tenant = await openTenant(t, [fault]);
    await retrySync(tenant, [['1', 'Ada', 'a'], ['2', 'bad', 'b'], 'state']);
    tenant.accept('bad');
    const run = await retrySync(tenant, [['3', 'Cy', 'c'], 'state'], { run: '8' });
    t.equal(run.end, 'done', name);
    t.same(recordsOf(tenant), ['1 Ada a', '3 Cy c'], name);
    t.same(countsOf(run), ['1 + 0'], name);
    t.equal(tenant.sandbox.calls.filter(({ kind }) => kind === 'submit').length, 3, name);
    t.same(waitingIn(tenant), [], name);
    t.match(givenUpIn(tenant)[0], '2,bad,b,name', name);
    t.match(retryLines(run)[1], 'the file that they were sent with was refused as a whole', name);
  }
});

t.test('a row that is rejected again is in no count, however the tenant numbers rows', async (t) => {
  for (const rowNumberBase of [0, 2] as const) {
    const tenant = await openTenant(t, [], { rowNumberBase });
    const rejected = { first_row_number: 'auto', fail_above_percent: 0 };
    const last = ['9', rowNumberBase === 2 ? 'bad9' : 'Ada', 'z'] as const;
    await retrySync(tenant, [['2', 'bad', 'b'], ['1', 'Ada', 'a'], last, 'state'], { rejected });
    t.ok(waitingIn(tenant).includes('2 bad (0)'));
    const steps = [['3', 'Cy', 'c'], ['4', 'Dee', 'd'], ['5', 'Eve', 'e'], 'state'] as const;
    const run = await retrySync(tenant, steps, { run: '8', rejected });
    t.equal(run.end, 'done', `${rowNumberBase}`);
    t.same(countsOf(run), ['3 + 0'], `${rowNumberBase}`);
    t.ok(waitingIn(tenant).includes('2 bad (1)'));
  }
});

t.test(
  'with the default settings one job shows how the tenant numbers rows, so that its rejected rows wait',
  async (t) => {
    for (const rowNumberBase of [0, 1, 2] as const) {
      const tenant = await openTenant(t, [], { rowNumberBase });
      const rejected = { first_row_number: 'auto', fail_above_percent: 10 };
      const rows = Array.from(
        { length: 40 },
        (_, at) => [`${at}`, at === 7 || at === 20 ? 'bad' : 'Ada', 'n'] as const,
      );
      const first = await retrySync(tenant, [...rows, 'state'], { rejected });
      t.same(countsOf(first), ['38 + 2'], `${rowNumberBase}`);
      t.same(waitingIn(tenant), ['20 bad (0)', '7 bad (0)'], `${rowNumberBase}`);
      tenant.accept('bad');
      await retrySync(tenant, [['50', 'Cy', 'c'], 'state'], { run: '8', rejected });
      t.equal(recordsOf(tenant).length, 41, `${rowNumberBase}`);
    }
  },
);

t.test('a row that is rejected again is logged and kept with its reason, in no count of its stream', async (t) => {
  const tenant = await openTenant(t);
  await retrySync(tenant, [['1', 'Ada', 'a'], ['2', 'bad', 'b'], ['5', 'worse', 'e'], 'state']);
  tenant.accept('bad');
  const run = await retrySync(tenant, [['3', 'Cy', 'c'], 'state'], { run: '8' });
  t.same(countsOf(run), ['1 + 0']);
  const again = run.logs.filter((line) => line.includes('rejected again'));
  t.match(again, [
    /^WARN row rejected again \{"stream":"accounts","object":"company","job":"J000002","row":3,"row_sure":true,"key":\{"id":"5"\},"field":"name"/,
    /^WARN accounts → company: 1 row of earlier syncs rejected again by job J000002: name: GSOBJ_1008 .*key "5" · to do: /,
    /1 rejected again/,
  ]);
  t.notOk(run.logs.some((line) => line.startsWith('WARN rejected row ')));
  const kept = readFileSync(join(tenant.folder, '8.0.1.accounts.rejects.csv'), 'utf8');
  t.match(kept, /^id,name,note,_reject_field,_reject_reason,_reject_sure\n5,worse,e,name,.*,true\n$/);
  t.ok(
    run.logs.some(
      (line) =>
        line.includes('1 rejected row kept in ') && line.includes('load it again with: destination-gainsight load '),
    ),
  );
});

t.test('rows of a stream that failed are not to be loaded, as the source sends them again', async (t) => {
  const tenant = await openTenant(t);
  const five = [0, 1, 2, 3, 4].map((at) => [`${at}`, 'bad', 'n'] as const);
  const run = await retrySync(tenant, [...five, 'state'], { retry: 'off' });
  t.equal(run.end, 'failed');
  const kept = run.logs.filter((line) => line.includes('rejected rows kept in'));
  t.match(kept, [/the source sends them again with the next attempt, so do not load them\.$/]);
  t.same(JSON.parse(run.report ?? '{}').verdict.next, []);
});

t.test('a required field that no column is mapped to is named, with what to do', async (t) => {
  const fields = { id: {}, name: {}, note: {}, Industry: { required: true } };
  const tenant = await openTenant(t, [], { objects: { company: { fields } } });
  const run = await retrySync(tenant, [['1', 'Ada', 'a'], 'state'], { retry: 'off' });
  const group = run.logs.find((line) => line.includes('1 row rejected by job'));
  t.match(group, /Industry: GSOBJ_1007 .* to do: map a column to Industry \("Fields" in the entry of the stream\)/);
});

t.test('rows whose rejection Gainsight does not name fail no stream that they are not of', async (t) => {
  const tenant = await openTenant(t, [{ on: 'errors', nth: 2, times: 1000, do: { kind: 'status', status: 404 } }]);
  const five = (name: string, from: number) => [0, 1, 2, 3, 4].map((at) => [`${from + at}`, name, 'n'] as const);
  await retrySync(tenant, [...five('bad', 0), ['9', 'Ada', 'a'], 'state']);
  t.equal(waitingIn(tenant).length, 5);
  const run = await retrySync(tenant, [...five('Cy', 10), 'state'], { run: '8' });
  t.equal(run.end, 'done');
  t.same(countsOf(run), ['0 + 5'], 'the rows of the file may be the rejected ones');
});

t.test('an attempt that takes over a file knows the rows at its end', async (t) => {
  for (const where of ['with the folder', 'without it']) {
    const tenant = await openTenant(t, [{ on: 'submit', nth: 2, do: { kind: 'stay_in_progress', seconds: 600 } }]);
    await retrySync(tenant, [['1', 'Ada', 'a'], ['2', 'bad', 'b'], ['5', 'worse', 'e'], 'state']);
    tenant.accept('bad');
    const steps = [['3', 'Cy', 'c'], ['4', 'bad4', 'd'], 'state'] as const;
    const killed = new AbortController();
    const first = await retrySync(tenant, steps, {
      run: '8',
      stop: killed.signal,
      onLine: (line) => line.includes(' submitted: ') && killed.abort(),
    });
    t.equal(first.end, 'stopped', where);
    t.same(waitingIn(tenant), ['2 bad (1)', '5 worse (1)'], where);
    const other = where === 'without it' ? { rejected: { folder: t.testdir({}) } } : {};
    const second = await retrySync(tenant, steps, { run: '8', attempt: 1, ...other });
    t.equal(second.end, 'done', where);
    t.same(recordsOf(tenant), ['1 Ada a', '2 bad b', '3 Cy c'], where);
    t.same(countsOf(second), ['1 + 1'], where);
    t.same(sentTo(tenant), where === 'without it' ? [3, 4, 2] : [3, 4], where);
    if (where === 'with the folder') t.same(waitingIn(tenant), ['4 bad4 (0)', '5 worse (1)'], where);
  }
});

t.test('rows of INSERT and of a full refresh do not wait', async (t) => {
  const cases: [string, Parameters<typeof retrySync>[2]][] = [
    ['INSERT', { entry: { operation: 'INSERT' } }],
    ['full refresh', { syncMode: 'full_refresh' }],
  ];
  for (const [name, settings] of cases) {
    const tenant = await openTenant(t);
    await retrySync(tenant, [['1', 'Ada', 'a'], ['2', 'bad', 'b'], 'state'], settings);
    t.same(waitingIn(tenant), [], name);
  }
});
