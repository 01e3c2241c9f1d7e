/** The object API as the client calls it: what it finds, whatever form the answer has. */
import t from 'tap';
import { setUpLoad } from '../../integration_tests/support/load_setup.ts';

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

t.test('an answer of another form is unreadable', async (t) => {
  const script = [{ on: 'query', do: { kind: 'redirect', to: '/elsewhere', status: 304 } }] as const;
  const { client } = await setUpLoad(t, { script });
  t.match(await client.objects.query('Company', { select: ['Gsid'], limit: 1, offset: 0 }), { kind: 'lost' });
});
