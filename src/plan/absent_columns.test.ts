import t from 'tap';
import type { Plan } from '../model.ts';
import { type Absence, AbsentColumns } from './absent_columns.ts';

const plan: Plan = {
  id: 7,
  stream: { name: 's' },
  label: 's',
  object: 'Company',
  operation: 'UPSERT',
  keyFields: ['b'],
  keyColumns: [1],
  columns: ['a', 'b', 'c', 'd'].map((field) => ({ path: [field], field, isDateTime: false })),
  incremental: true,
  parents: [],
};

function setUp(changes: Partial<Plan>, ...seen: number[]) {
  const absences: Absence[] = [];
  const columns = new AbsentColumns((absence) => absences.push(absence));
  const own = { ...plan, ...changes };
  const see = (column: number) => columns.seenOf(own).fill(1, column, column + 1);
  for (const column of seen) see(column);
  const fields = () => {
    const filePlan = columns.filePlan(own);
    t.same(
      filePlan.keyColumns.map((column) => filePlan.columns[column]?.field),
      own.keyColumns.map((column) => own.columns[column]?.field),
    );
    return filePlan.columns.map(({ field }) => field).join('');
  };
  return { columns, absences, see, fields, own };
}

t.test('by default every column is sent, and absent ones are reported with the first file', async (t) => {
  const { columns, absences, own, see } = setUp({}, 1, 2);
  t.equal(columns.filePlan(own), own);
  t.match(absences, [{ plan: own, columns: [0, 3], isLeftOut: false }]);
  see(0);
  t.equal(columns.filePlan(own), own);
  t.equal(absences.length, 1, 'once');
});

t.test('if all were seen nothing is reported', async (t) => {
  const { absences, fields } = setUp({ absentColumns: 'leave_out' }, 0, 1, 2, 3);
  t.equal(fields(), 'abcd');
  t.same(absences, []);
});

t.test(
  'a column left out of the first file is sent from the file in which it is seen; no other column is left out',
  async (t) => {
    const { columns, absences, own, fields, see } = setUp({ absentColumns: 'leave_out' }, 1, 2);
    t.equal(fields(), 'bc');
    t.equal(columns.filePlan(own), columns.filePlan(own), 'files with the same columns share a plan');
    see(3);
    t.equal(fields(), 'bcd');
    see(0);
    t.equal(fields(), 'abcd');
    t.match(absences, [{ columns: [0, 3], isLeftOut: true }]);
  },
);

t.test('keys are never left out, and no file has keys alone', async (t) => {
  t.equal(setUp({ absentColumns: 'leave_out' }, 0).fields(), 'ab');
  const { fields, absences } = setUp({ absentColumns: 'leave_out' }, 1);
  t.equal(fields(), 'abcd');
  t.match(absences, [{ columns: [0, 2, 3], isLeftOut: false }]);
});

t.test('nothing is left out of an INSERT', async (t) => {
  const { fields, absences } = setUp(
    { absentColumns: 'leave_out', operation: 'INSERT', keyFields: [], keyColumns: [] },
    1,
  );
  t.equal(fields(), 'abcd');
  t.match(absences, [{ isLeftOut: false }]);
});
