/** The object route over real sockets: which calls it makes, and what the tenant has in the end. */
import t from 'tap';
import {
  type ObjectLoad,
  object,
  type SourceRecord,
  setUpObjectLoad,
  visitPlan,
} from '../../../integration_tests/support/object_load.ts';
import type { Exchange } from '../../sandbox/exchange.ts';
import type { FaultScript } from '../../sandbox/faults.ts';
import type { ObjectOptions } from '../../sandbox/object_options.ts';
import type { SandboxOptions } from '../../sandbox/options.ts';

const plan = visitPlan();
const visits = (from: number, upTo: number, Name__gc = 'new'): SourceRecord[] =>
  Array.from({ length: upTo - from }, (_, at) => ({ Id__gc: `v${from + at}`, Name__gc }));
const existing = (from: number, upTo: number) => visits(from, upTo, 'old') as { Id__gc: string; Name__gc: string }[];

/** The kinds of calls in their order, equal ones counted. */
function callsOf({ sandbox }: ObjectLoad): string {
  const kinds = sandbox.objectCalls.map(({ kind }) => kind);
  const runs = kinds.reduce<[kind: string, count: number][]>((found, kind) => {
    const last = found.at(-1);
    if (last?.[0] === kind) last[1] += 1;
    else found.push([kind, 1]);
    return found;
  }, []);
  return runs.map(([kind, count]) => (count === 1 ? kind : `${count} ${kind}`)).join(', ');
}

/** The ids of the tenant's records with this name, in order. */
function idsOf({ stored }: ObjectLoad, name = 'new'): string[] {
  return stored()
    .filter(({ Name__gc }) => Name__gc === name)
    .map(({ Id__gc }) => Id__gc ?? '')
    .sort();
}

const numbered = (from: number, upTo: number) =>
  visits(from, upTo)
    .map(({ Id__gc }) => Id__gc as string)
    .sort();

t.test('UPDATE: 50 records a call', async (t) => {
  const load = await setUpObjectLoad(t, { records: existing(0, 60) });
  const { calls, rows, requestId } = await load.process().load({ ...plan, operation: 'UPDATE' }, visits(0, 61));
  t.same([calls, rows.map(({ row }) => row)], [3, [60]]);
  t.match(rows[0], { sure: true, errors: [{ field: 'Id__gc', message: /^GSOBJ_1011/ }] });
  t.match(requestId, /^00000000-/);
  t.same(idsOf(load), numbered(0, 60));
  t.match(load.events.at(-1), { kind: 'calls done', calls: 3, updated: 60, added: 0 });
});

t.test('a key that is similar to another: a row is rejected only if the tenant finds the record by it', async (t) => {
  for (const inFilter of ['works', 'ignored', 'refused'] as const)
    for (const [keys, expected] of [
      ['exact', []],
      ['loose', [2]],
    ] as const) {
      // A question about all three rows would leave no record out.
      const load = await setUpObjectLoad(t, { records: existing(0, 3), objectApi: { inFilter, keys } });
      const { rows } = await load.process().load(plan, [...visits(0, 2), { Id__gc: 'V2', Name__gc: 'new' }]);
      t.same(
        rows.map(({ row }) => row),
        expected,
        `IN ${inFilter}, keys ${keys}`,
      );
      t.equal(load.stored().length, expected.length === 0 ? 4 : 3);
    }
});

t.test('UPSERT: asks which keys exist, changes those and adds the others', async (t) => {
  const load = await setUpObjectLoad(t, { records: existing(0, 60) });
  const { calls, rows } = await load.process().load(plan, visits(40, 80));
  t.equal(callsOf(load), '2 query, update, insert, query', 'a control, the keys, and once more those that were added');
  t.same([calls, rows], [5, []]);
  t.same([idsOf(load), idsOf(load, 'old')], [numbered(40, 80), numbered(0, 40)]);
});

t.test('an object without records: one is added and asked for before the others', async (t) => {
  const load = await setUpObjectLoad(t);
  await load.process().load(plan, visits(0, 120));
  t.same(idsOf(load), numbered(0, 120));
  t.equal(load.sandbox.objectCalls.filter(({ kind }) => kind === 'insert').length, 4, 'the first alone');
});

t.test('INSERT by keys: what exists stays as it is, and counts as loaded', async (t) => {
  const load = await setUpObjectLoad(t, { records: existing(0, 10) });
  const { rows } = await load.process().load({ ...plan, addsOnly: true }, visits(5, 20));
  t.same([rows, idsOf(load), idsOf(load, 'old')], [[], numbered(10, 20), numbered(0, 10)]);
  t.match(load.events.at(-1), { kind: 'calls done', updated: 0, added: 10, kept: 5 });
});

t.test('keys of several fields', async (t) => {
  const records = [
    { Id__gc: '1', City__gc: 'Rome', Name__gc: 'old' },
    { Id__gc: '1', City__gc: 'Oslo', Name__gc: 'old' },
  ];
  const load = await setUpObjectLoad(t, { records });
  const fields = ['Id__gc', 'City__gc', 'Name__gc'];
  const two = visitPlan({ keyFields: ['Id__gc', 'City__gc'] }, fields);
  await load.process().load(two, [
    { Id__gc: '1', City__gc: 'Oslo', Name__gc: 'new' },
    { Id__gc: '2', City__gc: 'Rome', Name__gc: 'new' },
  ]);
  t.same(
    load.stored().map((row) => Object.values(row).join(' ')),
    ['1 Rome old', '1 Oslo new', '2 Rome new'],
  );
});

const filters: [name: string, options: Partial<ObjectOptions>, error?: string][] = [
  ['IN works', {}],
  ['IN is ignored', { inFilter: 'ignored' }],
  ['IN finds nothing', { inFilter: 'finds_nothing' }],
  ['IN is refused', { inFilter: 'refused' }],
  ['IN is cut off after 20 values', { inItems: 20 }],
  ['IN counts the last 20 values alone', { inItems: -20 }],
  ['IN counts the first 20 values alone, and one control is known', { inItems: 20, pageMax: 1 }],
  ['IN counts the last 20 values alone, and one control is known', { inItems: -20, pageMax: 1 }],
  ['a page has 7 records', { pageMax: 7 }],
  ['a page has 1 record', { pageMax: 1 }],
  ['the data of a query is an object', { queryData: 'records' }],
];
for (const [name, objectApi] of filters) {
  t.test(`no record is added twice: ${name}`, async (t) => {
    const load = await setUpObjectLoad(t, { objectApi, records: existing(0, 100) });
    const process = load.process();
    for (let round = 0; round < 2; round++) {
      const { rows } = await process.load(plan, visits(30, 150));
      t.same(rows, []);
      t.same([idsOf(load), idsOf(load, 'old')], [numbered(30, 150), numbered(0, 30)]);
    }
  });
}

t.test('pages that repeat records do not show all of them: nothing is added', async (t) => {
  const objectApi = { pageMax: 7, pageOrder: 'each_its_own' } as const;
  const load = await setUpObjectLoad(t, { objectApi, records: existing(0, 100) });
  await t.rejects(load.process().load(plan, visits(30, 80)), { code: 'keys_unanswered', stream: plan.stream });
  t.equal(load.stored().length, 100);
});

t.test('keys that no question finds do not keep others from being asked about', async (t) => {
  const fields = { Id__gc: { type: 'number' }, Name__gc: {} } as const;
  // An answer shows its key with the digits of a double.
  const records = [{ Id__gc: '12345678901234567891', Name__gc: 'old' }, ...[1, 2].map((id) => ({ Id__gc: `${id}` }))];
  const load = await setUpObjectLoad(t, { objects: { [object]: { fields } }, records });
  const { rows } = await load.process().load(
    plan,
    [2, 3].map((Id__gc) => ({ Id__gc, Name__gc: 'new' })),
  );
  t.same([rows, idsOf(load), load.stored().length], [[], ['2', '3'], 4]);
});

t.test('a tenant that answers no question about keys is no place for an UPSERT', async (t) => {
  const script = [{ on: 'query', nth: 2, times: 100, do: { kind: 'empty' } }] as const;
  const load = await setUpObjectLoad(t, { script, records: existing(0, 10) });
  await t.rejects(load.process().load(plan, visits(5, 20)), { code: 'keys_unanswered', stream: plan.stream });
  t.equal(load.stored().length, 10);
});

t.test('a record that somebody deletes between question and update is added again', async (t) => {
  const records = [{ Id__gc: 'v3' }];
  const script = [{ on: 'update', nth: 1, do: { kind: 'foreign_deletions', object, records } }] as const;
  // Only the count of the answer shows it.
  const load = await setUpObjectLoad(t, { script, unmatchedUpdate: 'success', records: existing(0, 20) });
  const { rows } = await load.process().load(plan, visits(0, 30));
  t.same([rows, idsOf(load)], [[], numbered(0, 30)]);
  t.match(load.events.at(-1), { kind: 'calls done', updated: 19, added: 11 });
});

/** The operators of the filters of questions that were answered so far; `-` without one. */
function operatorsIn(exchanges: readonly { readonly requestJson?: unknown }[]): string {
  const operators = exchanges.flatMap(({ requestJson }) => {
    const { select, where } = (requestJson ?? {}) as {
      select?: unknown;
      where?: { conditions: { operator: string }[] };
    };
    return select === undefined ? [] : [where?.conditions[0]?.operator ?? '-'];
  });
  return operators.join(' ');
}

const failing: [name: string, script: FaultScript, operators: string][] = [
  [
    'with answers that nobody can read is asked otherwise',
    [{ on: 'query', nth: 2, times: 3, do: { kind: 'status', status: 400, html: true } }],
    '- IN IN IN EQ EQ',
  ],
  ['once is asked again', [{ on: 'query', nth: 2, do: { kind: 'status', status: 400, empty: true } }], '- IN IN IN'],
  [
    'three times is asked otherwise',
    [{ on: 'query', nth: 2, times: 3, do: { kind: 'status', status: 500 } }],
    '- IN IN IN EQ EQ',
  ],
  [
    'and answers the other question wrongly is asked as before',
    [
      { on: 'query', nth: 2, times: 3, do: { kind: 'status', status: 503 } },
      { on: 'query', nth: 5, do: { kind: 'empty' } },
      { on: 'query', nth: 7, times: 3, do: { kind: 'empty' } },
    ],
    '- IN IN IN EQ - EQ EQ EQ IN IN',
  ],
  [
    'and fails again is asked as before',
    [{ on: 'query', nth: 2, times: 6, do: { kind: 'status', status: 502 } }],
    '- IN IN IN EQ EQ EQ EQ EQ',
  ],
];
for (const [name, script, operators] of failing) {
  t.test(`a tenant that fails at a question by IN ${name}`, async (t) => {
    const exchanges: Exchange[] = [];
    const onExchange = (exchange: Exchange) => void exchanges.push(exchange);
    const load = await setUpObjectLoad(t, { script, onExchange, records: existing(0, 200) });
    await load.process().load(plan, visits(180, 210));
    t.same([idsOf(load), load.stored().length], [numbered(180, 210), 210]);
    t.equal(operatorsIn(exchanges), operators);
    t.ok(load.clock.elapsed() < 5 * 60_000, 'within minutes');
  });
}

const spellings: [sent: SourceRecord[string], stored: string][] = [
  ['ABC', 'abc'],
  ['abc ', 'abc'],
  ['Zoë', 'zoe'],
  ['5.0', '5'],
  ['05', '5'],
  [{ digits: '5.0' }, '5'],
  ['12345678901234567890', '12345678901234567891'],
];
for (const [sent, stored] of spellings) {
  t.test(`${JSON.stringify(sent)} and ${stored} may be one key`, async (t) => {
    for (const keys of ['loose', 'exact'] as const) {
      const records = [...existing(0, 3), { Id__gc: stored, Name__gc: 'old' }];
      const load = await setUpObjectLoad(t, { objectApi: { keys }, records });
      const { rows } = await load.process().load(plan, [{ Id__gc: sent, Name__gc: 'new' }]);
      // A tenant that takes them for two shows no record of the key.
      const isRejected = keys === 'loose';
      t.equal(load.stored().length, isRejected ? 4 : 5);
      t.match(rows, isRejected ? [{ row: 0, errors: [{ field: 'Id__gc', message: /not certain/ }] }] : []);
    }
  });
}

t.test('a key is not added where the tenant may take a record of another key for it', async (t) => {
  const records = [...existing(0, 3), { Id__gc: 'zoe', Name__gc: 'old' }];
  const load = await setUpObjectLoad(t, { objectApi: { keys: 'loose' }, records });
  const { rows } = await load.process().load(plan, [
    { Id__gc: 'zoe', Name__gc: 'new' },
    { Id__gc: 'zoë', Name__gc: 'similar' },
  ]);
  t.same([rows.map(({ row }) => row), idsOf(load), load.stored().length], [[1], ['zoe'], 4]);
});

t.test('keys with dates, which a query shows as milliseconds', async (t) => {
  const fields = ['Id__gc', 'Month__gc', 'Name__gc'];
  const objects = { [object]: { fields: { Id__gc: {}, Month__gc: { type: 'date' }, Name__gc: {} } } } as const;
  const months = (from: number, upTo: number, Name__gc: string) =>
    Array.from({ length: upTo - from }, (_, at) => {
      const month = `${2020 + Math.floor((from + at) / 12)}-${`${((from + at) % 12) + 1}`.padStart(2, '0')}-01`;
      return { Id__gc: 'a', Month__gc: month, Name__gc };
    });
  for (const keyFields of [['Id__gc', 'Month__gc'], ['Month__gc']]) {
    const load = await setUpObjectLoad(t, { objects, records: months(0, 30, 'old') });
    const dated = visitPlan({ keyFields }, fields);
    const { rows } = await load.process().load(dated, months(20, 80, 'new'));
    t.same([rows, load.stored().length], [[], 80], keyFields.join());
    t.equal(load.stored().filter(({ Name__gc }) => Name__gc === 'old').length, 20);
  }
});

t.test('a number is the key of a text with its digits', async (t) => {
  const load = await setUpObjectLoad(t, { records: [{ Id__gc: '5', Name__gc: 'old' }] });
  await load.process().load(plan, [{ Id__gc: 5, Name__gc: 'new' }]);
  t.same(idsOf(load), ['5']);
});

for (const operation of ['UPDATE', 'UPSERT'] as const) {
  t.test(`${operation}: rows of similar keys are written one after the other`, async (t) => {
    const load = await setUpObjectLoad(t, {
      objectApi: { keys: 'loose' },
      records: [{ Id__gc: 'a', Name__gc: 'old' }],
    });
    const { rows } = await load.process().load({ ...plan, operation }, [
      { Id__gc: 'a', Name__gc: 'first' },
      { Id__gc: 'A', Name__gc: 'second' },
    ]);
    t.equal(load.stored().length, 1);
    t.equal(load.stored()[0]?.['Name__gc'], operation === 'UPDATE' ? 'second' : 'first');
    t.equal(rows.length, operation === 'UPDATE' ? 0 : 1, 'whether it is the same record is not certain');
  });
}

const lostInserts: [name: string, options: Partial<SandboxOptions>, minutes: number][] = [
  ['done, and the answer lost', { script: [{ on: 'insert', nth: 1, do: { kind: 'accept_then_drop' } }] }, 1],
  [
    'done, and a proxy answers 400',
    { script: [{ on: 'insert', nth: 1, do: { kind: 'accept_then_status', status: 400, html: true } }] },
    1,
  ],
  [
    'not done, with a 400 without a body',
    { script: [{ on: 'insert', nth: 1, do: { kind: 'status', status: 400, empty: true } }] },
    11,
  ],
  ['not done', { script: [{ on: 'insert', nth: 1, do: { kind: 'status', status: 502 } }] }, 11],
  [
    'done three minutes later',
    { script: [{ on: 'insert', nth: 1, do: { kind: 'drop_then_write', seconds: 180 } }] },
    10,
  ],
  ['done in part', { script: [{ on: 'insert', nth: 1, do: { kind: 'write_in_part', records: 7 } }] }, 11],
  [
    'done, and not shown for three minutes',
    {
      script: [{ on: 'insert', nth: 1, do: { kind: 'accept_then_status', status: 502 } }],
      objectApi: { queryLag: 180_000 },
    },
    10,
  ],
  [
    'done and answered as too many calls, and not shown for three minutes',
    {
      script: [{ on: 'insert', nth: 1, do: { kind: 'accept_then_status', status: 429 } }],
      objectApi: { queryLag: 180_000 },
    },
    10,
  ],
  ['too many calls', { script: [{ on: 'insert', nth: 1, do: { kind: 'status', status: 429 } }] }, 2],
  [
    'too many calls at another status',
    { script: [{ on: 'insert', nth: 1, do: { kind: 'status', status: 400, errorCode: 'GU_2400' } }] },
    2,
  ],
];
for (const [name, options, minutes] of lostInserts) {
  t.test(`an insert that was ${name}`, async (t) => {
    const load = await setUpObjectLoad(t, { records: existing(0, 60), ...options });
    const { rows } = await load.process().load(plan, visits(50, 100));
    t.same(rows, []);
    t.ok(load.clock.elapsed() <= minutes * 60_000, `${load.clock.elapsed() / 60_000} minutes`);
    await load.clock.sleep(600_000);
    t.same([idsOf(load), idsOf(load, 'old')], [numbered(50, 100), numbered(0, 50)], 'also later');
  });
}

t.test('a key that was just added exists, although no query shows it yet', async (t) => {
  for (const keys of ['loose', 'exact'] as const) {
    const load = await setUpObjectLoad(t, { objectApi: { queryLag: 180_000, keys }, records: existing(0, 5) });
    const process = load.process();
    await process.load(plan, visits(10, 20, 'first'));
    t.same((await process.load(plan, visits(10, 20))).rows, []);
    t.same(idsOf(load), numbered(10, 20));
    t.ok(load.clock.elapsed() < 60_000, 'at once');
    const { rows } = await process.load(plan, [{ Id__gc: 'V11', Name__gc: 'similar' }]);
    t.equal(load.stored().length, keys === 'loose' ? 15 : 16);
    t.equal(rows.length, keys === 'loose' ? 1 : 0);
    t.ok(load.clock.elapsed() >= 180_000, 'a similar key only once it would be shown');
  }
});

t.test('an insert of which bad records are written in part', async (t) => {
  const objects = { [object]: { fields: { Id__gc: {}, Name__gc: { maxLength: 8 }, Amount__gc: {} } } };
  const script = [{ on: 'insert', nth: 1, do: { kind: 'write_in_part', records: 20 } }] as const;
  const styles = (['values', 'first_value', 'nameless'] as const).flatMap((recordErrors) =>
    [0, 2000, 200_000].map((queryLag) => ({ recordErrors, queryLag })),
  );
  for (const objectApi of styles) {
    const load = await setUpObjectLoad(t, { objects, script, records: existing(0, 5), objectApi });
    const records = visits(10, 60).map((record, at) =>
      at % 10 === 0 ? { ...record, Name__gc: `too long ${at}` } : record,
    );
    const { rows } = await load.process().load(plan, records);
    t.same(
      rows.map(({ row }) => row),
      [0, 10, 20, 30, 40],
    );
    t.equal(idsOf(load).length, 45, JSON.stringify(objectApi));
  }
});

t.test('calls that are too many: one more for each shows that it was not done', async (t) => {
  const script: FaultScript = [{ on: 'insert', nth: 1, times: 8, do: { kind: 'status', status: 429 } }];
  const load = await setUpObjectLoad(t, { script, records: existing(0, 60) });
  await load.process({ quota: { per_minute: 1000 } }).load(plan, visits(100, 500));
  t.same(idsOf(load), numbered(100, 500));
  const of = (kind: string) => load.sandbox.objectCalls.filter((call) => call.kind === kind).length;
  t.equal(of('insert'), 16);
  t.ok(of('update') <= 8, `${of('update')} updates`);
  t.ok(load.clock.elapsed() < 4 * 60_000, `${load.clock.elapsed()} ms`);
});

t.test('one of several calls that were too many was done: nothing is added twice', async (t) => {
  for (const nth of [1, 3, 8]) {
    const script: FaultScript = Array.from({ length: 8 }, (_, at) => {
      const kind = at + 1 === nth ? 'accept_then_status' : 'status';
      return { on: 'insert', nth: at + 1, do: { kind, status: 429 } };
    });
    const load = await setUpObjectLoad(t, { script, records: existing(0, 60), objectApi: { queryLag: 300_000 } });
    await load.process({ quota: { per_minute: 1000 } }).load(plan, visits(100, 500));
    t.same(idsOf(load), numbered(100, 500), `the insert ${nth}`);
  }
});

t.test('the calls of a day that end within a batch: it goes on a day later, or ends', async (t) => {
  const load = await setUpObjectLoad(t, { records: existing(0, 60) });
  const short = load.process({ quota: { per_day: 6, max_wait_ms: 3_600_000 } });
  const message = /of this day are used up.*; calls waiting: [1-8]\./;
  await t.rejects(short.load(plan, visits(30, 400)), { code: 'quota_spent', message });
  t.ok(load.stored().length < 400, 'not all of them');
  await load.clock.sleep(24 * 3_600_000);
  const long = load.process({ quota: { per_day: 6, max_wait_ms: 25 * 3_600_000 } });
  const from = load.clock.elapsed();
  await long.load(plan, visits(30, 400));
  t.same([idsOf(load), idsOf(load, 'old')], [numbered(30, 400), numbered(0, 30)]);
  const days = load.sandbox.objectCalls.map(({ elapsed }) => Math.floor((elapsed - from) / (24 * 3_600_000)));
  for (const day of new Set(days)) t.ok(days.filter((each) => each === day).length <= 6, `day ${day}`);
});

t.test('a refusal of bad records that is cut off is asked about, and then names them', async (t) => {
  const objects = { [object]: { fields: { Id__gc: {}, Name__gc: { maxLength: 8 }, Amount__gc: {} } } };
  const script = [{ on: 'insert', nth: 1, do: { kind: 'accept_then_truncate_json' } }] as const;
  const load = await setUpObjectLoad(t, { objects, script, records: existing(0, 5) });
  const records = visits(10, 60).map((record, at) => (at === 20 ? { ...record, Name__gc: 'much too long' } : record));
  const { rows } = await load.process().load(plan, records);
  t.match(rows, [{ row: 20, errors: [{ message: /^GSOBJ_1001/ }] }]);
  t.same(idsOf(load).length, 49);
});

t.test('a record that somebody else adds between question and insert is reported', async (t) => {
  const records = [{ Id__gc: 'v7', Name__gc: 'theirs' }];
  const script = [{ on: 'insert', nth: 1, do: { kind: 'foreign_records', object, records } }] as const;
  const load = await setUpObjectLoad(t, { script, records: existing(100, 110) });
  await load.process().load(plan, visits(0, 10));
  t.match(
    load.events.filter(({ kind }) => kind === 'several records'),
    [{ keys: 1 }],
  );
});

t.test('two records of one key are both changed, as by a file, or refused by the tenant', async (t) => {
  for (const ambiguousUpdate of ['all', 'refused'] as const) {
    const records = [...existing(0, 3), ...existing(0, 1)];
    const load = await setUpObjectLoad(t, { objectApi: { ambiguousUpdate }, records });
    const { rows } = await load.process().load(plan, visits(0, 1));
    t.equal(load.stored().length, 4);
    t.equal(rows.length, ambiguousUpdate === 'all' ? 0 : 1);
    t.match(
      load.events.filter(({ kind }) => kind === 'several records'),
      [{ keys: 1 }],
    );
  }
});

t.test('after a restart: no call for ten minutes, as an earlier one may still be done', async (t) => {
  const load = await setUpObjectLoad(t, { records: existing(0, 5) });
  await load.process({ attempt: 1 }).load(plan, visits(0, 10));
  t.same(idsOf(load), numbered(0, 10));
  const at = (kind: string) =>
    load.sandbox.objectCalls.filter((call) => call.kind === kind).map(({ elapsed }) => elapsed / 60_000);
  t.same([at('query')[0], at('update'), at('insert')], [10, [10], [10]]);
  t.match(load.events[0], { kind: 'additions wait', why: 'restarted', records: 10 });
});

t.test('a batch is withdrawn as long as no call was made, and stopped at any time', async (t) => {
  const load = await setUpObjectLoad(t, { records: existing(0, 5) });
  const { signal } = { signal: AbortSignal.abort(new Error('withdrawn')) };
  await t.rejects(load.process().load(plan, visits(0, 10), signal), { message: 'withdrawn' });
  const withdrawal = new AbortController();
  const loaded = load.process({ attempt: 1 }).load(plan, visits(0, 10), withdrawal.signal);
  withdrawal.abort(new Error('withdrawn in its first minute'));
  await t.rejects(loaded, { message: 'withdrawn in its first minute' });
  t.same(load.sandbox.objectCalls, []);
  const process = load.process({ attempt: 1 });
  const stopped = process.load(plan, visits(0, 10));
  await load.clock.sleep(120_000);
  process.stop.abort(new Error('stopped'));
  await t.rejects(stopped, { message: 'stopped' });
  t.equal(load.stored().length, 5);
});

t.test('a failure that no call can solve fails the batch, and nothing more is sent', async (t) => {
  const ends: [code: string, status: number, errorCode: string][] = [
    ['access_refused', 401, 'GS_APIG_2401'],
    ['object_api_missing', 404, 'GS_APIG_1000'],
    ['call_refused', 400, 'GS_7400'],
  ];
  for (const [code, status, errorCode] of ends) {
    for (const on of ['query', 'update', 'insert'] as const) {
      const script = [{ on, do: { kind: 'status', status, errorCode } }] as const;
      const load = await setUpObjectLoad(t, { script, records: existing(0, 60) });
      await t.rejects(load.process().load(plan, visits(0, 120)), { code }, `${code} on ${on}`);
    }
  }
  const script = [{ on: 'insert', do: { kind: 'status', status: 503 } }] as const;
  const load = await setUpObjectLoad(t, { script, records: existing(0, 60) });
  await t.rejects(load.process().load(plan, visits(50, 70)), { code: /records_lost|gainsight_unavailable/ });
});

t.test('a lost update that is done late brings no older row back', async (t) => {
  const load = await setUpObjectLoad(t, {
    records: [{ Id__gc: 'a' }, { Id__gc: 'b' }],
    script: [{ on: 'update', nth: 1, do: { kind: 'drop_then_write', seconds: 300 } }],
  });
  const process = load.process();
  const plan = visitPlan({ operation: 'UPDATE' });
  await process.load(plan, [{ Id__gc: 'a', Name__gc: 'old' }]);
  t.ok(load.clock.elapsed() < 60_000, 'the same values are sent again at once');
  await process.load(plan, [
    { Id__gc: 'a', Name__gc: 'new' },
    { Id__gc: 'b', Name__gc: 'new' },
  ]);
  t.ok(load.clock.elapsed() > 300_000, 'a newer row waits until the older one can no longer be written');
  t.match(load.events, [{ kind: 'unanswered' }, { kind: 'calls done' }, { kind: 'updates wait', records: 1 }]);
  t.same(
    load.stored().map((row) => row['Name__gc']),
    ['new', 'new'],
  );
});
