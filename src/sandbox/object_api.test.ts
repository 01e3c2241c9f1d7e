/** The sandbox's object API: what it writes and finds, how it refuses, and everything that a tenant may do instead. */
import t from 'tap';
import { setUpSandbox, type Written } from '../../integration_tests/support/sandbox_setup.ts';
import type { ObjectOptions } from './object_options.ts';
import type { ObjectRules } from './options.ts';

const objects: Record<string, ObjectRules> = {
  Visit__gc: {
    fields: {
      Id__gc: { required: true },
      Name__gc: { maxLength: 8 },
      Amount__gc: { type: 'number' },
      Active__gc: { type: 'boolean' },
      Stage__gc: { picklist: ['Open', 'Won'] },
      Day__gc: { type: 'date' },
    },
  },
};
const visits = (...ids: string[]) => ({ records: ids.map((id) => ({ Id__gc: id, Name__gc: `n ${id}` })) });
const where = (operator: string, ...value: unknown[]) => ({
  select: ['Id__gc'],
  where: { conditions: [{ name: 'Id__gc', alias: 'A', value, operator }], expression: 'A' },
});
const idsOf = (data: unknown) => (data as { Id__gc: string }[]).map((record) => record.Id__gc);

t.test('insert and update write values of every kind, numbers digit for digit; what is absent stays', async (t) => {
  const { sandbox, objects: call } = await setUpSandbox(t, { objects });
  const inserted = await call(
    'POST',
    'Visit__gc',
    '{"records":[{"Id__gc":"1","Name__gc":"a \\"b\\" 7","Amount__gc":12345678901234567.10,"Active__gc":true,"Stage__gc":["Open","Won"]}]}',
  );
  t.match(inserted, { status: 200, json: { result: true, errorCode: null, data: { count: 1, errors: null } } });
  t.match(inserted.json.data?.records?.[0]?.Gsid, /^1S01\d{32}$/);
  const stored = { Id__gc: '1', Name__gc: 'a "b" 7', Active__gc: 'true', Stage__gc: 'Open;Won' };
  t.same(sandbox.rows('visit__GC'), [{ ...stored, Amount__gc: '12345678901234567.10' }]);
  const body = { records: [{ Id__gc: '1', Name__gc: null, Amount__gc: -3 }] };
  t.match((await call('PUT', 'Visit__gc?keys=Id__gc', body)).json.data, { count: 1 });
  t.same(sandbox.rows('Visit__gc'), [{ ...stored, Name__gc: null, Amount__gc: '-3' }]);
});

t.test('records of a bulk job are found, changed by GSID and by several keys', async (t) => {
  const { sandbox, load, objects: call } = await setUpSandbox(t);
  await load({ operation: 'INSERT', keyFields: undefined, file: 'Id,City,Name\n1,Rome,a\n1,Oslo,b\n' });
  const found = (await call('POST', 'query/company', { select: ['Gsid', 'City'], orderBy: { City: 'asc' } })).json
    .data as unknown as { Gsid: string; City: string }[];
  t.same(
    found.map(({ City }) => City),
    ['Oslo', 'Rome'],
  );
  await call('PUT', 'company?keys=Gsid', { records: [{ Gsid: found[0]?.Gsid, Name: 'by GSID' }] });
  await call('PUT', 'company?keys=Id,City', { records: [{ Id: '1', City: 'Rome', Name: 'by two' }] });
  t.same(sandbox.rows('company'), [
    { Id: '1', City: 'Rome', Name: 'by two' },
    { Id: '1', City: 'Oslo', Name: 'by GSID' },
  ]);
});

t.test('filters, pages and order of a query', async (t) => {
  const { objects: call } = await setUpSandbox(t, { objects });
  const stages = ['Open', 'Won', null];
  const records = Array.from({ length: 7 }, (_, at) => ({
    ...{ Id__gc: `v${at}`, Amount__gc: at, Stage__gc: stages[at % 3], Day__gc: '2026-03-04', Active__gc: at < 3 },
  }));
  await call('POST', 'Visit__gc', { records });
  const query = async (body: object) =>
    (await call('POST', 'query/Visit__gc', { select: ['Id__gc'], ...body })).json.data as unknown;
  const filtered = async (expression: string, ...conditions: [alias: string, name: string, string, unknown[]][]) => {
    const of = ([alias, name, operator, value]: (typeof conditions)[number]) => ({ name, alias, operator, value });
    return idsOf(await query({ where: { conditions: conditions.map(of), expression } })).join(' ');
  };
  t.equal(await filtered('A', ['A', 'Id__gc', 'EQ', ['v3']]), 'v3');
  t.equal(await filtered('A', ['A', 'Id__gc', 'IN', ['v6', 'v0', 'none']]), 'v6 v0');
  t.equal(await filtered('A', ['A', 'Amount__gc', 'GTE', [5]]), 'v5 v6');
  t.equal(await filtered('A', ['A', 'Stage__gc', 'EQ', [null]]), 'v2 v5');
  const [won, small, last] = [
    ['A', 'Stage__gc', 'EQ', ['Won']] as const,
    ['B', 'Amount__gc', 'LT', [3]] as const,
    ['C', 'Id__gc', 'ENDS_WITH', ['6']] as const,
  ].map(([alias, name, operator, value]) => [alias, name, operator, [...value]] as [string, string, string, unknown[]]);
  if (!won || !small || !last) throw new Error('three conditions');
  t.equal(await filtered('A AND B OR C', won, small, last), 'v1 v6', 'AND binds closer');
  t.equal(await filtered('(A OR C) AND B', won, small, last), 'v1');
  t.same(idsOf(await query({ orderBy: { Id__gc: 'desc' }, limit: 2, offset: 1 })), ['v5', 'v4']);
  const all = { select: ['Id__gc', 'Amount__gc', 'Active__gc', 'Stage__gc', 'Day__gc'], limit: 1 };
  t.same(await query(all), [
    { Id__gc: 'v0', Amount__gc: 0, Active__gc: true, Stage__gc: 'Open', Day__gc: Date.UTC(2026, 2, 4) },
  ]);
});

t.test('one bad record refuses the whole call, and the errors name field and value, not the place', async (t) => {
  const { sandbox, objects: call } = await setUpSandbox(t, { objects });
  const records = [
    { Id__gc: '1', Name__gc: 'too long by far' },
    { Id__gc: '2' },
    { Id__gc: '3', Stage__gc: 'Lost' },
    { Name__gc: 'no key' },
  ];
  const { status, json } = await call('POST', 'Visit__gc', { records });
  t.match([status, json], [400, { result: false, errorCode: 'GSOBJ_1001', data: { count: 0, records: null } }]);
  const errors = (json.data?.errors ?? []).flat().map(({ parsedValue, errors: each }) => [parsedValue, ...each]);
  t.match(errors, [
    [{}, { errorCode: 'GSOBJ_1007', fieldName: 'Id__gc', invalidValue: null }],
    [{}, { errorCode: 'GSOBJ_1012', fieldName: 'Stage__gc', invalidValue: ['Lost'] }],
    [{}, { errorCode: 'GSOBJ_1001', fieldName: 'Name__gc', invalidValue: 'too long by far' }],
  ]);
  t.same(sandbox.rows('Visit__gc'), []);
});

t.test('an update without a match, or with several', async (t) => {
  const refused = await setUpSandbox(t, { objects });
  t.match(await refused.objects('PUT', 'Visit__gc?keys=Id__gc', visits('9')), {
    status: 400,
    json: { errorCode: 'GSOBJ_1011', data: { errors: [[{ errors: [{ fieldName: 'Id__gc', invalidValue: '9' }] }]] } },
  });
  const accepted = await setUpSandbox(t, { objects, unmatchedUpdate: 'success' });
  t.match(await accepted.objects('PUT', 'Visit__gc?keys=Id__gc', visits('9')), {
    status: 200,
    json: { data: { count: 0 } },
  });
  t.same(accepted.sandbox.rows('Visit__gc'), []);
  for (const [ambiguousUpdate, status] of [
    ['all', 200],
    ['refused', 400],
  ] as const) {
    const { sandbox, objects: call } = await setUpSandbox(t, { objects, objectApi: { ambiguousUpdate } });
    sandbox.addRecords('Visit__gc', [{ Id__gc: '1' }, { Id__gc: '1' }]);
    const answer = await call('PUT', 'Visit__gc?keys=Id__gc', visits('1'));
    t.match([answer.status, answer.json.data?.count], [status, status === 200 ? 2 : 0]);
  }
});

t.test('the form of a call: 50 records, one to three keys, a known object', async (t) => {
  const { objects: call } = await setUpSandbox(t, { objects });
  const many = visits(...Array.from({ length: 51 }, (_, at) => String(at)));
  const refused: [method: 'POST' | 'PUT', path: string, body: object | string, words: string][] = [
    ['POST', 'Visit__gc', many, 'There are more than 50 records'],
    ['POST', 'Visit__gc', { records: [] }, 'records is missing'],
    ['POST', 'Visit__gc', '{', 'records is missing'],
    ['PUT', 'Visit__gc', visits('1'), 'keys is missing'],
    ['PUT', 'Visit__gc?keys=a,b,c,d', visits('1'), 'There are more than 3 keys'],
    ['POST', 'query/Visit__gc', { select: [] }, 'select is missing'],
    ['POST', 'query/Visit__gc', { select: ['Nane'] }, 'Field Nane does not exist'],
    ['POST', 'query/Visit__gc', where('LIKE', 'x'), 'there is no operator LIKE'],
  ];
  for (const [method, path, body, words] of refused) {
    const { status, json } = await call(method, path, body);
    t.match([status, json.errorDesc], [400, words]);
  }
  t.match(await call('POST', 'Nothing__gc', visits('1')), { status: 404, json: { title: 'OBJECT_NOT_FOUND' } });
  const off = await setUpSandbox(t, { objects, objectApi: { access: 'off' } });
  t.match(await off.objects('POST', 'Visit__gc', visits('1')), { status: 404, json: { errorCode: 'GS_APIG_1000' } });
});

t.test('calls of the object API have fixed windows of their own', async (t) => {
  const limits = { callsPerMinute: 3, callsPerDay: 5 };
  const {
    clock,
    sandbox,
    objects: call,
  } = await setUpSandbox(t, { objectApi: limits, retryAfter: 'seconds', callsPerHour: 1 });
  const statuses = async (count: number) => {
    const found: number[] = [];
    for (let at = 0; at < count; at++) found.push((await call('POST', 'a', visits('1'))).status);
    return found;
  };
  t.same(await statuses(4), [200, 200, 200, 429]);
  const { headers, json } = await call('POST', 'query/a', where('EQ', '1'));
  t.match([headers.get('retry-after'), json.errorCode], ['60', 'GS_APIG_2404']);
  clock.advance(60_000);
  t.same(await statuses(3), [200, 200, 429], 'the day is full');
  t.same([sandbox.calls, sandbox.objectCalls.filter(({ counted }) => counted).length], [[], 5]);
});

const attacks: [
  name: string,
  Partial<ObjectOptions>,
  test: (found: (query: object) => Promise<unknown>) => Promise<unknown>,
  expected: unknown,
][] = [
  ['IN is ignored', { inFilter: 'ignored' }, (found) => found(where('IN', 'c')), ['a', 'b']],
  ['IN finds nothing', { inFilter: 'finds_nothing' }, (found) => found(where('IN', 'a')), []],
  ['IN is refused', { inFilter: 'refused' }, (found) => found(where('IN', 'a')), 400],
  ['EQ is not IN', { inFilter: 'refused' }, (found) => found(where('EQ', 'a')), ['a']],
  ['another case and space', { keys: 'loose' }, (found) => found(where('IN', ' B')), ['b']],
  ['the exact key', {}, (found) => found(where('IN', ' B')), []],
  ['short pages', { pageMax: 1 }, (found) => found({ select: ['Id__gc'] }), ['a']],
];
for (const [name, objectApi, test, expected] of attacks) {
  t.test(name, async (t) => {
    const { objects: call } = await setUpSandbox(t, { objects, objectApi });
    await call('POST', 'Visit__gc', visits('a', 'b'));
    const found = async (query: object) => {
      const { status, json } = await call('POST', 'query/Visit__gc', query);
      return status === 200 ? idsOf(json.data) : status;
    };
    t.same(await test(found), expected);
  });
}

t.test('keys of another form are the same record, numbers too', async (t) => {
  const { sandbox, objects: call } = await setUpSandbox(t, { objects, objectApi: { keys: 'loose' } });
  await call('POST', 'Visit__gc', { records: [{ Id__gc: '007' }] });
  t.match((await call('PUT', 'Visit__gc?keys=Id__gc', visits(' 7.0'))).json.data, { count: 1 });
  t.same(sandbox.rows('Visit__gc'), [{ Id__gc: ' 7.0', Name__gc: 'n  7.0' }]);
});

t.test('a query lags behind an insert, an update does not', async (t) => {
  const { clock, objects: call } = await setUpSandbox(t, { objects, objectApi: { queryLag: 5000 } });
  await call('POST', 'Visit__gc', visits('a'));
  const found = async () => idsOf((await call('POST', 'query/Visit__gc', where('EQ', 'a'))).json.data);
  t.same(await found(), []);
  t.match((await call('PUT', 'Visit__gc?keys=Id__gc', visits('a'))).json.data, { count: 1 });
  clock.advance(5000);
  t.same(await found(), ['a']);
});

t.test('the data of a query may be an object with its records', async (t) => {
  const { objects: call } = await setUpSandbox(t, { objects, objectApi: { queryData: 'records' } });
  await call('POST', 'Visit__gc', visits('a'));
  t.same((await call('POST', 'query/Visit__gc', where('EQ', 'a'))).json.data, { records: [{ Id__gc: 'a' }] });
});

t.test('strict types', async (t) => {
  const { objects: call } = await setUpSandbox(t, { objects, objectApi: { types: 'strict' } });
  const insert = async (record: object) =>
    (await call('POST', 'Visit__gc', { records: [{ Id__gc: 'a', ...record }] })).status;
  t.equal(await insert({ Amount__gc: 1.5, Active__gc: false, Day__gc: '2026-03-04', Name__gc: null }), 200);
  t.equal(await insert({ Amount__gc: '1.5' }), 400);
  t.equal(await insert({ Active__gc: 'true' }), 400);
  t.equal(await insert({ Id__gc: 7 }), 400);
});

const styles: [ObjectOptions['recordErrors'], errors: unknown[]][] = [
  ['first_value', [{ parsedValue: {}, errors: [{ fieldName: 'Amount__gc', invalidValue: 'x' }] }]],
  [
    'records',
    [
      { parsedValue: { Id__gc: '3', Amount__gc: 'y' }, errors: [{ fieldName: 'Amount__gc', invalidValue: 'y' }] },
      { parsedValue: { Id__gc: '1', Amount__gc: 'x' }, errors: [{ fieldName: 'Amount__gc', invalidValue: 'x' }] },
    ],
  ],
  ['nameless', [{ errors: [{ fieldName: null, invalidValue: null }] }, { errors: [{ errorCode: 'GSOBJ_1002' }] }]],
];
for (const [recordErrors, expected] of styles) {
  t.test(`what the errors show of bad records: ${recordErrors}`, async (t) => {
    const { objects: call } = await setUpSandbox(t, { objects, objectApi: { recordErrors } });
    const records = [{ Id__gc: '1', Amount__gc: 'x' }, { Id__gc: '2' }, { Id__gc: '3', Amount__gc: 'y' }];
    const errors = (await call('POST', 'Visit__gc', { records })).json.data?.errors?.flat() ?? [];
    t.equal(errors.length, expected.length);
    t.match(errors, expected);
  });
}

t.test('a text that is too long may be cut, by either API', async (t) => {
  const { sandbox, load, objects: call } = await setUpSandbox(t, { objects, longText: 'cut' });
  await call('POST', 'Visit__gc', { records: [{ Id__gc: '1', Name__gc: 'twelve signs' }] });
  const parts = { objectName: 'Visit__gc', keyFields: 'Id__gc', file: 'Id__gc,Name__gc\n2,twelve signs\n' };
  t.match(await load(parts), { job: { successCount: 1, failureCount: 0 }, errors: [] });
  t.same(
    sandbox.rows('Visit__gc').map((row) => row['Name__gc']),
    ['twelv...', 'twelv...'],
  );
});

t.test('a bulk job: an UPDATE without a match that counts as success, and PARTIAL_SUCCESS', async (t) => {
  const unmatched = await setUpSandbox(t, { unmatchedUpdate: 'success' });
  const parts = { operation: 'UPDATE', file: 'Id,Name\n9,x\n' };
  t.match(await unmatched.load(parts), { job: { status: 'COMPLETED', successCount: 1, failureCount: 0 }, errors: [] });
  t.same(unmatched.sandbox.rows('company'), []);
  const partial = await setUpSandbox(t, { partialJob: 'PARTIAL_SUCCESS' });
  t.match((await partial.load(parts)).job, { status: 'PARTIAL_SUCCESS', successCount: 0, failureCount: 1 });
  t.match((await partial.load()).job, { status: 'COMPLETED', successCount: 1 });
});

t.test('faults: a lost answer, a write in part, a record made by somebody else', async (t) => {
  const script = [
    { on: 'insert', nth: 1, do: { kind: 'accept_then_status', status: 502 } },
    { on: 'insert', nth: 2, do: { kind: 'write_in_part', records: 2 } },
    { on: 'insert', nth: 3, do: { kind: 'write_in_part' } },
    { on: 'query', nth: 1, do: { kind: 'empty' } },
    {
      on: 'update',
      object: 'Visit__gc',
      do: { kind: 'foreign_records', object: 'Visit__gc', records: [{ Id__gc: 'f' }] },
    },
    { on: 'any', nth: 1, do: { kind: 'status', status: 503 } },
  ] as const;
  const { sandbox, objects: call, list } = await setUpSandbox(t, { objects, script });
  const insert = async (body: object) => (await call('POST', 'Visit__gc', body)).status;
  t.equal(await insert(visits('a')), 502);
  t.equal(await insert(visits('b', 'c', 'd')), 500);
  t.equal(await insert({ records: [{ Name__gc: 'no key' }, { Id__gc: 'e' }, { Id__gc: 'g' }] }), 400);
  const written = () => sandbox.rows('Visit__gc').map((row) => row['Id__gc']);
  t.same(written(), ['a', 'b', 'c', 'e']);
  t.same((await call('POST', 'query/Visit__gc', where('EQ', 'a'))).json.data, []);
  t.match((await call('PUT', 'Visit__gc?keys=Id__gc', visits('f'))).json.data as Written, { count: 1 });
  t.same(written(), ['a', 'b', 'c', 'e', 'f']);
  t.equal((await list()).status, 503, 'the first call of the Bulk API');
});

t.test('without rows each update finds its record, and what an insert adds is not kept', async (t) => {
  const { objects: call } = await setUpSandbox(t, { keepRows: false });
  t.match(await call('PUT', 'a?keys=Id__gc', visits('1', '2')), { status: 200, json: { data: { count: 2 } } });
  t.match(await call('POST', 'a', visits('3')), { status: 200, json: { data: { count: 1 } } });
  t.same((await call('POST', 'query/a', where('EQ', '3'))).json.data, []);
});
