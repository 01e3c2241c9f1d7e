/** Values that name a record of another object: what the tenant makes of them, and what is rejected. */
import t from 'tap';
import { setUpObjectLoad, visitPlan } from '../../../integration_tests/support/object_load.ts';
import type { Lookup } from '../../model.ts';

const fields = ['Id__gc', 'Company__gc'];
const lookup: Lookup = {
  field: 'Company__gc',
  object: 'company',
  matchField: 'Code',
  onNone: 'reject',
  onSeveral: 'reject',
};
const records = [
  { Id__gc: 'one', Company__gc: 'A' },
  { Id__gc: 'none', Company__gc: 'X' },
  { Id__gc: 'several', Company__gc: 'B' },
  { Id__gc: 'null', Company__gc: null },
  { Id__gc: 'absent' },
];

for (const [name, change, expected, rejected] of [
  ['rejected if no record has the value, or several', {}, ['one 1', 'null', 'absent 9'], [1, 2]],
  [
    'emptied, or the first',
    { onNone: 'empty', onSeveral: 'first' },
    ['one 1', 'none', 'several 2', 'null', 'absent 9'],
    [],
  ],
] as const) {
  t.test(name, async (t) => {
    const load = await setUpObjectLoad(t, { records: [{ Id__gc: 'absent', Company__gc: '9' }] });
    load.sandbox.addRecords('company', [
      { Code: 'A', Gsid: '1' },
      { Code: 'B', Gsid: '2' },
      { Code: 'B', Gsid: '3' },
    ]);
    const plan = visitPlan({ lookups: [{ ...lookup, ...change }] }, fields);
    const { rows } = await load.process().load(plan, records);
    const stored = load
      .stored()
      .map(({ Id__gc, Company__gc }) => [Id__gc, ...(Company__gc ? [Company__gc] : [])].join(' '));
    t.same(stored.sort(), [...expected].sort());
    t.same(
      rows.map(({ row, errors }) => [row, errors[0]?.field]),
      rejected.map((row) => [row, 'Company__gc']),
    );
  });
}
