/** The result of each line of the input, however it is split into chunks. */
import t, { type Test } from 'tap';
import { setUpBatcher } from '../integration_tests/support/batcher_setup.ts';
import { readAll, setUpIntake } from '../integration_tests/support/intake_setup.ts';
import { planOf } from '../integration_tests/support/spool.ts';
import type { Arrival } from './intake.ts';
import { IntakeStreams } from './intake_streams.ts';
import type { Plan, Reject } from './model.ts';
import { Accounts } from './settle/accounts.ts';

const accounts: Plan = { ...planOf('UPSERT', 0), stream: { name: 'accounts' }, label: 'accounts' };
const usage: Plan = { ...planOf('INSERT', 1), stream: { name: 'usage', namespace: 'public' }, label: 'public.usage' };

async function setUp(t: Test, { isClear = false, maxBytes = 1e6 } = {}) {
  const plans = isClear ? [] : [accounts, usage];
  const parts = await setUpBatcher(t, { maxBytes, plans });
  const did: unknown[] = [];
  const rejects: Reject[] = [];
  const stopped = new Set<number>();
  const intake = setUpIntake(
    {
      ...{ accounts: parts.accounts, batcher: parts.batcher },
      settlement: { refuse: async (reject) => void rejects.push(reject) },
      schedule: { isStopped: (planId) => stopped.has(planId) },
      output: { log: (_level, text) => did.push(`warn ${text}`) },
    },
    { skipsDeleted: true, isClear },
  );
  const read = (bytes: Buffer | 'end') => readAll(intake, bytes, (arrival) => did.push(textOf(arrival)));
  const take = async (...lines: (string | object)[]) => {
    const text = lines.map((line) => `${typeof line === 'string' ? line : JSON.stringify(line)}\n`).join('');
    await read(Buffer.from(text));
  };
  const rowsOf = async (plan: Plan) => {
    await parts.batcher.close(plan.id, 'end');
    return Promise.all(parts.sent.filter((batch) => batch.plan === plan).map(parts.rows));
  };
  const received = () => [...parts.accounts].map((account) => account.received);
  return {
    ...parts,
    intake,
    read,
    take,
    did,
    rejects,
    stopped,
    rowsOf,
    received,
    of: (plan: Plan) => parts.accounts.of(plan),
  };
}

function textOf(arrival: Arrival): string {
  switch (arrival.kind) {
    case 'state':
      return `state ${arrival.type} of ${arrival.plan?.label} at ${arrival.line}`;
    case 'foreign state':
      return `pass ${arrival.text}`;
    case 'unknown stream':
      return `unknown ${arrival.stream.label}, like ${arrival.stream.similar.map((plan) => plan.label)}`;
  }
}

const record = (stream: string, data: object, namespace?: string | null) => ({
  type: 'RECORD',
  record: { stream, ...(namespace === undefined ? {} : { namespace }), data, emitted_at: 1 },
});
const state = (name: string, namespace?: string) => ({
  type: 'STATE',
  state: { type: 'STREAM', stream: { stream_descriptor: { name, namespace } } },
});
const complete = (name: string, namespace?: string) => ({
  type: 'TRACE',
  trace: { type: 'STREAM_STATUS', stream_status: { stream_descriptor: { name, namespace }, status: 'COMPLETE' } },
});

t.test('records become rows of their plan; a namespace may be missing in three ways', async (t) => {
  const { take, rowsOf, received, did } = await setUp(t);
  for (const namespace of [undefined, null, '']) await take(record('accounts', { Key: 1, Name: 'a' }, namespace));
  await take(record('usage', { Key: 2 }, 'public'));
  t.same(await rowsOf(accounts), [['1,a']]);
  t.same(await rowsOf(usage), [['2,']]);
  t.same(received(), [3, 1]);
  t.same(did, []);
});

t.test('the input may be split anywhere, and the last line may have no line feed', async (t) => {
  const { read, rowsOf, did } = await setUp(t);
  const text = [
    record('accounts', { Key: 'é😀', Name: 'a\u2028b' }),
    state('accounts'),
    record('accounts', { Key: 2 }),
  ];
  const bytes = Buffer.from(text.map((line) => JSON.stringify(line)).join('\n'));
  for (const byte of bytes) await read(Buffer.from([byte]));
  await read('end');
  t.same(await rowsOf(accounts), [['é😀,a\u2028b', '2,']]);
  t.same(did, ['state STREAM of accounts at 2']);
});

t.test(
  'records of a stream that the catalog lacks are counted, and its states pass only if there are none',
  async (t) => {
    const { take, did, intake, received } = await setUp(t);
    const [orders, visits] = [state('orders'), state('visits')];
    await take(orders, record('orders', {}), record('orders', {}), record('USAGE', {}, 'other'), orders, visits);
    t.same(did, [
      `pass ${JSON.stringify(orders)}`,
      'warn Records of "orders" are not loaded: the catalog has no such stream.',
      'unknown orders, like ',
      'warn Records of "other.USAGE" are not loaded: the catalog has no such stream.',
      'unknown other.USAGE, like public.usage',
      `pass ${JSON.stringify(visits)}`,
    ]);
    t.same(received(), [0, 0]);
    t.same(
      [...intake.streams.unknown].map(({ label, records }) => [label, records]),
      [
        ['orders', 2],
        ['other.USAGE', 1],
      ],
    );
  },
);

t.test('a stream that differs in case, or in having a namespace, is the one in the catalog', async (t) => {
  const { take, did, intake, rowsOf } = await setUp(t);
  await take(record('usage', { Key: 1 }), record('usage', { Key: 2 }), state('usage'), complete('usage'));
  await take(record('Accounts', { Key: 3 }), state('accounts', 'crm'), record('Usage', { Key: 4 }, 'Public'));
  t.same(did, [
    'warn "usage" is taken for the stream "public.usage" of the catalog, the only one that differs from it by case or namespace alone.',
    'state STREAM of public.usage at 3',
    'warn "Accounts" is taken for the stream "accounts" of the catalog, the only one that differs from it by case or namespace alone.',
    'warn "crm.accounts" is taken for the stream "accounts" of the catalog, the only one that differs from it by case or namespace alone.',
    'state STREAM of accounts at 6',
    'warn "Public.Usage" is taken for the stream "public.usage" of the catalog, the only one that differs from it by case or namespace alone.',
  ]);
  t.same(await rowsOf(usage), [['1,', '2,', '4,']]);
  t.same(await rowsOf(accounts), [['3,']]);
  t.ok([...intake.streams].find(({ plan }) => plan === usage)?.complete);
});

t.test('a name that matches two streams matches neither', async (t) => {
  const twins = ['x', 'y'].map((namespace, id) => ({
    ...{ ...planOf('UPSERT', id), stream: { name: 'a', namespace } },
    label: `${namespace}.a`,
  }));
  const streams = new IntakeStreams(new Accounts(twins));
  t.equal(streams.of({ name: 'a' }), undefined);
  t.equal(streams.of({ name: 'a', namespace: 'X' })?.plan, twins[0]);
  t.equal(streams.of({ name: 'A' }), undefined, 'case and namespace together are two differences');
  t.same(streams.countUnknown({ name: 'A' }).similar, twins);
});

t.test('of endless names only some are logged', async (t) => {
  const { take, did, intake } = await setUp(t);
  for (let at = 0; at < 500; at++) await take(record(`unknown ${at}`, {}));
  const warned = did.filter((text) => `${text}`.startsWith('warn '));
  t.equal(warned.length, 101);
  t.equal(did.length, 202);
  const counts = [...intake.streams.unknown].map(({ records }) => records);
  t.same([counts.length, counts.at(-1)], [101, 400]);
  await take(state('unknown 400'));
  t.equal(did.length, 202, 'a state that may cover one of them does not pass');
});

t.test('deleted rows are skipped, rows without a key and rows too large are rejected with their cells', async (t) => {
  const { take, did, rejects, rowsOf, of } = await setUp(t, { maxBytes: 100 });
  await take(record('accounts', { Key: 1, _ab_cdc_deleted_at: '2026-01-01' }));
  await take(record('accounts', { Name: 'no key' }), record('accounts', { Key: 2, Name: 'x'.repeat(200) }));
  await take(record('accounts', { Key: 3, _ab_cdc_deleted_at: null }));
  t.same(did, []);
  t.equal(of(accounts).skipped, 1);
  t.same(
    rejects.map(({ field, reason, cells, records }) => ({ field, reason, cells, records })),
    [
      { field: 'Key', reason: 'the key field has no value', cells: [null, 'no key'], records: 1 },
      {
        field: undefined,
        reason: 'the row alone is larger than a file may be',
        cells: ['2', 'x'.repeat(200)],
        records: 1,
      },
    ],
  );
  t.same(await rowsOf(accounts), [['3,']]);
});

t.test('rows of several streams are kept apart', async (t) => {
  const { take, rowsOf } = await setUp(t);
  await take(
    record('accounts', { Key: 1, Name: 'long '.repeat(1000) }),
    record('usage', { Key: 2, Name: 'b' }, 'public'),
    record('accounts', { Key: 3, Name: 'c' }),
  );
  t.same(await rowsOf(usage), [['2,b']]);
  t.same(await rowsOf(accounts), [[`1,"${'long '.repeat(1000)}"`, '3,c']]);
});

t.test('records of a stopped stream are counted and dropped', async (t) => {
  const { take, stopped, batcher, rejects, of } = await setUp(t);
  stopped.add(usage.id);
  await take(record('usage', { Key: 1 }, 'public'));
  t.same([[...batcher.open], rejects], [[], []]);
  t.equal(of(usage).received, 1);
});

t.test('the intake knows which streams are complete and which have a state', async (t) => {
  const { take, intake } = await setUp(t);
  const reported = () => [...intake.streams].map((each) => [each.complete, intake.streams.hasState(each)]);
  t.same(reported(), [
    [false, false],
    [false, false],
  ]);
  await take(complete('accounts'), state('usage', 'public'), complete('orders'));
  t.same(reported(), [
    [true, false],
    [false, true],
  ]);
  await take({ type: 'STATE', state: { type: 'GLOBAL', global: {} } });
  t.same(reported(), [
    [true, true],
    [false, true],
  ]);
});

t.test('a Clear passes states through and accepts no record', async (t) => {
  const { take, did } = await setUp(t, { isClear: true });
  const global = { type: 'STATE', state: { type: 'GLOBAL', global: {} } };
  await take(state('accounts'), global);
  t.same(did, [`pass ${JSON.stringify(state('accounts'))}`, `pass ${JSON.stringify(global)}`]);
  await t.rejects(take(record('accounts', { Key: 1 })), { code: 'clear_with_records' });
});

t.test('a broken line is reported by its number, without its content', async (t) => {
  for (const line of [
    '{"type":"RECORD","record":{"stream":"accounts","data":{"secret"',
    '{"type":"STATE","state":{"secret":1',
    'secret',
    '{"type":"RECORD","record":{"stream":"accounts","data":["secret"]}}',
    '{"type":"RECORD","record":{"data":{"secret":1}}}',
    '{"type":"STATE","secret":1}',
    '["secret"]',
  ]) {
    const { take } = await setUp(t);
    const error = await take('', record('accounts', { Key: 1 }), line).then(
      () => undefined,
      (thrown) => thrown,
    );
    t.match(error, { code: 'input_broken', message: /^Line 3 of the input is broken/ }, line);
    t.notMatch(String(error?.message), /secret/);
  }
});

t.test('a RECORD too long to be held is rejected; any other line of that length ends the sync', async (t) => {
  const { take, rejects, of } = await setUp(t);
  await take(JSON.stringify(record('accounts', { Key: 1, Name: 'x'.repeat(33_000_000) })));
  t.match(rejects, [{ plan: accounts, reason: 'the record is longer than 32 MB', cells: undefined }]);
  t.equal(of(accounts).received, 1);
  await t.rejects(take(`{"type":"STATE","state":{"data":"${'x'.repeat(33_000_000)}"}}`), { code: 'input_broken' });
});
