import t from 'tap';
import { type PlanFile, parsePlanFile, planFileName, rejectedAtOf } from './plan_file.ts';

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

t.test('a plan says when its rows were rejected, but for one of an earlier version', async (t) => {
  const atOf = (more: object) => rejectedAtOf(parsePlanFile(JSON.stringify({ ...plan, ...more })) as PlanFile);
  t.equal(atOf({ rejected_at: '2026-01-02T03:04:05.000Z' }), Date.UTC(2026, 0, 2, 3, 4, 5));
  for (const more of [{}, { rejected_at: 'yesterday' }, { rejected_at: null }, { rejected_at: 7 }])
    t.equal(atOf(more), undefined);
});
