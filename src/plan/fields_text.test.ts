/** The mapping as text: what is read, and what is no mapping. */
import t from 'tap';
import { readFieldsText } from './fields_text.ts';

const read: readonly [what: string, text: string, fields: [string, string][]][] = [
  ['nothing', '', []],
  ['a line', 'id = External_ID__gc', [['id', 'External_ID__gc']]],
  ['without spaces', 'id=External_ID__gc', [['id', 'External_ID__gc']]],
  ['many spaces', '  id   =   External_ID__gc  ', [['id', 'External_ID__gc']]],
  ['two cells of a sheet', 'id\tExternal_ID__gc', [['id', 'External_ID__gc']]],
  ['empty cells around and between them', '\tid\t\tExternal_ID__gc\t\t', [['id', 'External_ID__gc']]],
  ['tabs that align the equals signs', 'id\t=\tExternal_ID__gc', [['id', 'External_ID__gc']]],
  [
    'lines of Windows and of old sheets',
    'id = A\r\nname = B\rarr = C\n',
    [
      ['id', 'A'],
      ['name', 'B'],
      ['arr', 'C'],
    ],
  ],
  ['blank lines and comments', '\n  \n# the key:\n  # id = Old\nid = New\n\t\n', [['id', 'New']]],
  ['a mark of a file before the first name', '\ufeffid = A', [['id', 'A']]],
  ['a no-break space of a web page, and an invisible one', 'id\u00a0=\u00a0A\u200b', [['id', 'A']]],
  ['a path', 'address.city = City__gc', [['address.city', 'City__gc']]],
  ['a column with spaces, and with a # in it', 'Order # = Order_Number__gc', [['Order #', 'Order_Number__gc']]],
  ['a column with an equals sign: the last one counts', 'a=b = C', [['a=b', 'C']]],
  [
    'one column for two fields',
    'id = A\nid = B',
    [
      ['id', 'A'],
      ['id', 'B'],
    ],
  ],
];
for (const [what, text, fields] of read) {
  t.test(`read: ${what}`, async (t) => {
    const { fields: found, others } = readFieldsText(text);
    t.same([found.map(({ column, field }) => [column, field]), others], [fields, []]);
  });
}

const refused: readonly [what: string, text: string, ...others: string[]][] = [
  ['a column alone', 'id', '1: id'],
  ['no field', 'id =', '1: id ='],
  ['no column', ' = Id', '1: = Id'],
  ['an arrow', 'id -> Id', '1: id -> Id'],
  ['a colon', 'id: Id', '1: id: Id'],
  ['three cells', 'id\tId\ta note', '1: id\tId\ta note'],
  ['a cell too many behind an equals sign', 'id = Id\ta note', '1: id = Id\ta note'],
  ['lines are counted as they stand', '# key\n\nid = Id\r\nname\nstage', '4: name', '5: stage'],
];
for (const [what, text, ...others] of refused) {
  t.test(`no mapping: ${what}`, async (t) => {
    t.same(
      readFieldsText(text).others.map(({ line, text }) => `${line}: ${text}`),
      others,
    );
  });
}

t.test('fields know their lines', async (t) => {
  t.same(readFieldsText('# key\n\nid = Id').fields, [{ column: 'id', field: 'Id', line: 3 }]);
});
