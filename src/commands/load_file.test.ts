import t from 'tap';
import type { PlanFile } from '../settle/rejects/plan_file.ts';
import { type LoadFile, readLoadFile, UnfitFile } from './load_file.ts';

const plan: PlanFile = {
  version: 1,
  stream: { name: 'accounts', namespace: null },
  object: 'Company',
  operation: 'UPSERT',
  key_fields: ['Id'],
  fields: ['Id', 'Name', 'Stage__gc'],
  null_text: '',
};
const insert: PlanFile = { ...plan, operation: 'INSERT', key_fields: [] };

const read = (content: string | Buffer, of: PlanFile = plan, name = 'a.rejects.csv') =>
  readLoadFile(name, Buffer.from(content as string), of);
const rowsOf = (file: LoadFile) => [...file.cells()].map((cells) => [...cells]);

const header = 'Id,Name,Stage__gc';
const rows = [
  ['1', 'Ann', 'Open'],
  ['2', null, ''],
];

/** The same two rows, as programs save them. */
const saved: readonly [how: string, content: string | Buffer][] = [
  ['as we write them', `${header}\n1,Ann,Open\n2,,""\n`],
  [
    'with the reasons',
    `${header},_reject_field,_reject_reason,_reject_sure\n1,Ann,Open,Name,"too ""long""",true\n2,,"",,x,false\n`,
  ],
  ['with a byte order mark and line ends of Windows', `\ufeff${header}\r\n1,Ann,Open\r\n2,,""\r\n`],
  ['with semicolons', 'Id;Name;Stage__gc\n1;Ann;Open\n2;;""\n'],
  ['with tabs', 'Id\tName\tStage__gc\n1\tAnn\tOpen\n2\t\t""\n'],
  ['with all cells in quotes', '"Id","Name","Stage__gc"\n"1","Ann","Open"\n"2",,""\n'],
  ['with columns in another order', 'Stage__gc,Id,Name\nOpen,1,Ann\n"",2,\n'],
  ['with blank lines', `${header}\n\n1,Ann,Open\n2,,""\n\n\n`],
  ['without the last line feed', `${header}\n1,Ann,Open\n2,,""`],
];

t.test('a file is read as it stands, however it was saved', async (t) => {
  const runs = new Set<string>();
  for (const [how, content] of saved) {
    const file = read(content);
    t.strictSame(rowsOf(file), rows, how);
    t.match(file, { rows: 2, fields: plan.fields, leftOut: [], superseded: [] }, how);
    t.equal(file.isFromSpreadsheet, /Windows|semicolons|tabs/.test(how), how);
    runs.add(file.run);
  }
  t.equal(runs.size, 1, 'and it is the same load');
  t.match([...runs][0], /^load-[a-z2-7]{16}$/);
});

t.test('a load is another one with another row, plan, column or name', async (t) => {
  const text = `${header}\n1,Ann,Open\n`;
  const runs = [
    read(text),
    read(`${header}\n1,Ann,open\n`),
    read(text, { ...plan, object: 'Other' }),
    read(text, { ...plan, operation: 'UPDATE' }),
    read('Id,Name\n1,Ann\n'),
    read(text, plan, 'copy.rejects.csv'),
    read(`${header}\n1,Ann,\n`),
    read(`${header}\n1,Ann,""\n`),
  ].map(({ run }) => run);
  t.equal(new Set(runs).size, runs.length);
});

t.test('a column may be left out, and of rows with one key the last is sent', async (t) => {
  const file = read('Name,Id\nAnn,1\nBob,2\nCid,1\n');
  t.match(file, { fields: ['Id', 'Name'], leftOut: ['Stage__gc'], superseded: [{ line: 2, by: 4 }] });
  t.strictSame(rowsOf(read('Id,Name\n1,NULL\n2,"NULL"\n', { ...plan, null_text: 'NULL' })), [
    ['1', null],
    ['2', 'NULL'],
  ]);
});

const longest = 'x'.repeat(2_000_000);

/** Files of which nothing is sent, and every fault that is named. */
const unfit: readonly [what: string, content: string | Buffer, message: string, plan?: PlanFile, name?: string][] = [
  ['empty', '', 'The file is empty.'],
  ['a mark alone', '\ufeff', 'The file is empty.'],
  ['no rows', `${header}\n`, 'The file has a header and no rows.'],
  ['blank lines alone', `${header}\n\n\r\n`, 'The file has a header and no rows.'],
  [
    'no header',
    '1,Ann,Open\n',
    'Line 1 is not the header: it has none of the fields of the plan, which are "Id", "Name", "Stage__gc".',
  ],
  [
    'binary',
    Buffer.from('\u0000\u0001\u0002PK\n\u0003\u0004', 'latin1'),
    'Line 1 is not the header: it has none of the fields of the plan, which are "Id", "Name", "Stage__gc".',
  ],
  ['no key', 'Name\nAnn\n', 'The key field "Id" has no column.'],
  [
    'other columns',
    'Id,Stage,Id,Colour\n1,a,2,b\n',
    'Column "Stage" is not in the plan (did you mean "Stage__gc"?).\nColumn "Colour" is not in the plan.\nColumn "Id" appears more than once.',
  ],
  [
    'a column less of an INSERT',
    'Id,Name\n1,a\n',
    'Column "Stage__gc" is missing, and an INSERT needs all of them.',
    insert,
  ],
  [
    'ragged rows, rows without a key or any value',
    `${header}\n1,a\n2,b,c,d\n,x,y\n" ",x,y\n\u200b,x,y\n,,\n3,d,e\n`,
    '2 rows have more or fewer cells than the header: lines 2, 3.\n3 rows have no value for the key field "Id": lines 4, 5, 6.\n1 row has no value at all: line 7.',
  ],
  ['an INSERT of nothing', `${header}\n,,\n`, '1 row has no value at all: line 2.', insert],
  [
    'a value that was never read',
    `${header}\n1,__debezium_unavailable_value,x\n`,
    '1 row has a placeholder in place of a value that the source did not read, for "Name": line 2.',
  ],
  [
    'a quote that is left open',
    `${header}\n1,"Ann,Open\n2,b,c\n`,
    'The file is not CSV that can be read safely: line 2: a cell begins with a quote that is never closed.',
  ],
  ['an open quote in the header', '"Id,Name\n1,2\n', 'Line 1 is not a header: its quotes cannot be read.'],
  ['line ends of an old Mac', `${header}\r1,Ann,Open\r`, 'Line 1 is not a header: its quotes cannot be read.'],
  [
    'another encoding',
    Buffer.from(`${header}\n1,Zoë,x\n`, 'latin1'),
    'Line 2 is not UTF-8: save the file as "CSV UTF-8".',
  ],
  ['UTF-16', Buffer.from(`\ufeff${header}\n`, 'utf16le'), 'The file is UTF-16: save the file as "CSV UTF-8".'],
  [
    'a whole batch of an INSERT',
    `${header}\n1,a,b\n`,
    'It is the whole file of a job of accounts, and by INSERT the rows that Company has accepted of it would be there twice: leave only the missing rows in it, and save it under a name that does not end in .batch.csv.',
    insert,
    '7.0.1.accounts.batch.csv',
  ],
];

t.test('nothing of a file with faults is sent, and each is named with its lines', async (t) => {
  for (const [what, content, message, of, name] of unfit) {
    try {
      read(content, of, name);
      t.fail(what);
    } catch (error) {
      t.ok(error instanceof UnfitFile, what);
      t.equal((error as Error).message, message, what);
    }
  }
});

t.test('many faults are counted, and a long row is read', async (t) => {
  const many = Array.from({ length: 30 }, () => ',x,y').join('\n');
  t.throws(() => read(`${header}\n${many}\n`), {
    message: /^30 rows have no value for the key field "Id": lines 2, 3, .*, 21 and 10 more\.$/,
  });
  t.equal(rowsOf(read(`${header}\n1,${longest},x\n`))[0]?.[1]?.length, longest.length);
});
