import t from 'tap';
import { parsePlanFile, planFileName } from './plan_file.ts';

const plan = {
  version: 1,
  stream: { name: 'accounts', namespace: null },
  ...{ object: 'Company', operation: 'UPSERT', key_fields: ['Id'], fields: ['Id', 'Name'], null_text: '' },
};

t.test('a plan is read as it was written, and nothing else is taken for one', async (t) => {
  t.equal(planFileName('rejects/a.rejects.csv'), 'rejects/a.rejects.plan.json');
  t.strictSame(parsePlanFile(`\ufeff${JSON.stringify(plan)}`), plan);
  const others: readonly object[] = [
    { version: 2 },
    { stream: 'accounts' },
    { object: 7 },
    { operation: 'DELETE' },
    { operation: 'INSERT' },
    { key_fields: [] },
    { key_fields: ['Other'] },
    { fields: 'Id' },
    { null_text: null },
  ];
  for (const other of others) t.equal(parsePlanFile(JSON.stringify({ ...plan, ...other })), undefined);
  for (const text of ['', '{', 'null', '[]', '7']) t.equal(parsePlanFile(text), undefined, text);
});
