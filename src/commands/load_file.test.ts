import t from 'tap';
import type { PlanFile } from '../settle/rejects/plan_file.ts';
import { UnfitFile } from './load_faults.ts';
import { type LoadFile, readLoadFile } from './load_file.ts';
import { noticesOf } from './load_texts.ts';

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
  ['binary', Buffer.from([1, 2, 0, 3]), 'The file is UTF-16 without a mark, or no text: save it as "CSV UTF-8".'],
  ['no key', 'Name\nAnn\n', 'The key field "Id" has no column.'],
  [
    'other columns',
    'Id,Stage,Id,Colour\n1,a,2,b\n',
    'Column "Stage" is not in the plan (did you mean "Stage__gc"?).\nColumn "Colour" is not in the plan.\nColumn "Id" appears more than once.',
  ],
  [
    'other columns, a column without a name, and rows that are wrong as well',
    'Id,Stage,Name,\n1,a,b,c\n2,d\n,e,f,\n1,g,h,\n1,i,j,\n',
    'Column "Stage" is not in the plan (did you mean "Stage__gc"?).\nColumn 4 has no name.\n1 row has more or fewer cells than the header: line 3. Give each 4 cells, with quotes around text that has the separator or a quote, or delete the line.\n1 row has no value for the key field "Id": line 4. Fill in the key, or delete the line.\n2 rows replaced by a later one with the same key: lines 2 (by 5), 5 (by 6). If they are different records, correct their keys.',
  ],
  [
    'every kind at once',
    Buffer.from(`${header},Colour\n1,Zoë,x,y\n2,5" screen,x,y\n3,"Ann,x,y\n4,b\n,c,x,y\n`, 'latin1'),
    'Line 2 is not UTF-8: save the file as "CSV UTF-8".\nColumn "Colour" is not in the plan.\n1 row has a quote in a cell that does not begin with one (such a cell must be in quotes, and its own quotes doubled): line 3.\n1 row has a quote that is never closed: line 4.\n1 row has more or fewer cells than the header: line 5. Give each 4 cells, with quotes around text that has the separator or a quote, or delete the line.\n1 row has no value for the key field "Id": line 6. Fill in the key, or delete the line.',
  ],
  [
    'a quote that another line closes',
    `${header}\n1,"Ann,x\n2,b",y,z\n3,"Cid"d,z\n`,
    '1 row has more or fewer cells than the header: line 2. Give each 3 cells, with quotes around text that has the separator or a quote, or delete the line.\n1 row has text after the quote that closes a cell: line 4.',
  ],
  [
    'a first row without the header, in which one cell is the name of a field',
    `${Array.from({ length: 40 }, (_, at) => `v${at}`).join(',')},Name\n`,
    `The key field "Id" has no column.\n${Array.from({ length: 20 }, (_, at) => `Column "v${at}" is not in the plan.\n`).join('')}20 more columns are not in the plan.\nThe file has a header and no rows.`,
  ],
  [
    'the key alone',
    'Id\n1\n',
    'The file has only the key "Id": it changes no record, and a record of Company whose key is new would be added without any other value. Add the columns of the fields to change.',
  ],
  [
    'the key and reasons alone',
    'Id,_reject_reason\n1,x\n',
    'The file has only the key "Id", so that it changes nothing: add the columns of the fields to change.',
    { ...plan, operation: 'UPDATE' },
  ],
  [
    'keys of an UPDATE of nothing else',
    'Id\n1\n',
    'The file has only the key "Id", so that it changes nothing: add the columns of the fields to change.',
    { ...plan, operation: 'UPDATE', fields: ['Id'] },
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
    '2 rows have more or fewer cells than the header: lines 2, 3. Give each 3 cells, with quotes around text that has the separator or a quote, or delete these lines.\n3 rows have no value for the key field "Id": lines 4, 5, 6. Fill in the key, or delete these lines.\n1 row has no value at all: line 7. Enter the values, or delete the line.',
  ],
  [
    'an INSERT of nothing',
    `${header}\n,,\n`,
    '1 row has no value at all: line 2. Enter the values, or delete the line.',
    insert,
  ],
  [
    'a value that was never read',
    `${header}\n1,__debezium_unavailable_value,x\n`,
    '1 row has a placeholder in place of a value that the source did not read, for "Name": line 2. Enter the value, or delete the line.',
  ],
  ['a quote that is left open', `${header}\n1,"Ann,Open\n2,b,c\n`, '1 row has a quote that is never closed: line 2.'],
  [
    'an open quote in the header',
    '"Id,Name\n1,2\n',
    'Line 1 is not a header that can be read: it has a quote that is never closed.',
  ],
  [
    'line ends of an old Mac',
    `${header}\r1,Ann,Open\r`,
    'Line 1 is not a header that can be read: it has a carriage return without a line feed outside of quotes.',
  ],
  [
    'another encoding',
    Buffer.from(`${header}\n1,Zoë,x\n`, 'latin1'),
    'Line 2 is not UTF-8: save the file as "CSV UTF-8".',
  ],
  ['UTF-16', Buffer.from(`\ufeff${header}\n`, 'utf16le'), 'The file is UTF-16: save it as "CSV UTF-8".'],
  [
    'UTF-16 without a mark',
    Buffer.from(`${header}\n`, 'utf16le'),
    'The file is UTF-16 without a mark, or no text: save it as "CSV UTF-8".',
  ],
  [
    'a workbook',
    Buffer.from('PK\u0003\u0004 and more'),
    'The file is a workbook or an archive, and not CSV: save it as "CSV UTF-8".',
  ],
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
    message:
      /^30 rows have no value for the key field "Id": lines 2, 3, .*, 21 and 10 more\. Fill in the key, or delete these lines\.$/,
  });
  t.equal(rowsOf(read(`${header}\n1,${longest},x\n`))[0]?.[1]?.length, longest.length);
});

t.test('so many rows that cannot be read are not all looked for', async (t) => {
  t.throws(() => read(`${header}\n${'1,5" x,y\n'.repeat(500)}`), {
    message:
      /^100 rows have a quote in .*: lines 2, 3, .*, 21 and 80 more\.\nFurther rows were not read, as so many cannot be\.$/,
  });
});

t.test('a plan of keys alone adds records', async (t) => {
  t.equal(read('Id\n1\n', { ...plan, fields: ['Id'] }).rows, 1);
});

/** What a person reads about a file that can be loaded. */
const noted: readonly [what: string, content: string, notices: readonly string[], plan?: PlanFile][] = [
  ['nothing', `${header}\n1,Ann,Open\n`, []],
  [
    'a column less of an UPSERT',
    'Id,Name\n1,Ann\n',
    [
      'Not in the file, so left as they are: "Stage__gc"',
      'A row whose key Company does not have adds a record with only "Id", "Name": unless every key is there already, keep all columns in the file.',
    ],
  ],
  [
    'a column less of an UPDATE',
    'Id,Name\n1,Ann\n',
    ['Not in the file, so left as they are: "Stage__gc"'],
    { ...plan, operation: 'UPDATE' },
  ],
  [
    'equal rows of an INSERT',
    `${header}\n1,a,b\n1,a,c\n1,a,b\n`,
    ['1 row equal to a later one, and INSERT adds each of them: line 2 (again 4). Delete those that are not meant.'],
    insert,
  ],
  [
    'what a spreadsheet has changed',
    `\ufeff${header}\n1.23E+17,Ann,x\n2,ZoÃ«,y\n3,#REF!,########\n`,
    [
      '1 row has a number such as 1.23E+17, as if a spreadsheet had shortened it: line 2. Correct what the source does not have so.',
      '1 row has letters such as "Ã©" for "é", as if a program had opened the file in another encoding than UTF-8: line 3. Correct what the source does not have so.',
      '1 row has #REF!, #N/A, ##### or the like, which a spreadsheet shows in place of a value: line 4. Correct what the source does not have so.',
      'A spreadsheet seems to have saved this file: check that it has not changed long numbers, leading zeros and dates.',
    ],
  ],
];

t.test('a person reads what a load does besides, and what may have changed', async (t) => {
  for (const [what, content, notices, of] of noted) t.strictSame(noticesOf(read(content, of)), notices, what);
});
