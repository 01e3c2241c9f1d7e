/** The object API as the client calls it: what it finds, whatever form the answer has. */
import t from 'tap';
import { setUpLoad } from '../../integration_tests/support/load_setup.ts';
import { ObjectApi } from './object_api.ts';

for (const queryData of ['list', 'records'] as const) {
  t.test(`a query whose data is a ${queryData}`, async (t) => {
    const { client, sandbox } = await setUpLoad(t, { objectApi: { queryData } });
    const names = ['a', 'b', 'c'];
    sandbox.addRecords(
      'Visit__gc',
      names.map((Name) => ({ Name })),
    );
    const question = { select: ['Name'], limit: 2, offset: 1 };
    t.match(await client.objects.query('Visit__gc', question), { kind: 'done', value: [{ Name: 'b' }, { Name: 'c' }] });
    t.same(sandbox.calls, [], 'no call of the Bulk API');
  });
}

const counts: [data: unknown, count: number | undefined][] = [
  [{ count: 2, errors: null }, 2],
  [{ count: '2' }, 2],
  [{ count: 'two' }, Number.NaN],
  [{ count: [2] }, Number.NaN],
  [{ records: [{}, {}, {}] }, 3],
  [{ count: null, records: null }, undefined],
];
t.test('the count of a write: one that cannot be read is not taken for none', async (t) => {
  for (const [data, count] of counts) {
    const api = new ObjectApi(async () => ({ kind: 'done', value: data, serverTime: undefined }));
    t.same(await api.insert('Visit__gc', { records: [] }), { kind: 'done', value: { count }, serverTime: undefined });
  }
  const failed = new ObjectApi(async () => ({
    kind: 'done',
    value: { count: 1, errors: [[{}]] },
    serverTime: undefined,
  }));
  t.match(await failed.insert('Visit__gc', { records: [] }), { kind: 'lost', reason: 'unreadable' });
});

t.test('an answer of another form is unreadable', async (t) => {
  const script = [{ on: 'query', do: { kind: 'redirect', to: '/elsewhere', status: 304 } }] as const;
  const { client } = await setUpLoad(t, { script });
  t.match(await client.objects.query('Company', { select: ['Gsid'], limit: 1, offset: 0 }), { kind: 'lost' });
});
