/** Jobs change the records as their operation requires; rows that break a rule are reported and left out. */
import t from 'tap';
import { setUpSandbox } from '../../integration_tests/support/sandbox_setup.ts';

t.test('INSERT appends every row, whatever exists', async (t) => {
  const { sandbox, load } = await setUpSandbox(t);
  const parts = { operation: 'INSERT', keyFields: undefined, file: 'Id,Name\n1,a\n1,a\n' };
  await load(parts);
  const { job } = await load(parts);
  t.match(job, { operation: 'INSERT', successCount: 2, failureCount: 0 });
  t.same(
    sandbox.rows('company'),
    [1, 2, 3, 4].map(() => ({ Id: '1', Name: 'a' })),
  );
});

t.test('UPSERT changes the fields that are sent and creates missing records; null and empty differ', async (t) => {
  const { sandbox, load } = await setUpSandbox(t);
  await load({ file: 'Id,Name,City\n1,Ada,London\n2,Bob,\n3,"",Rome\n' });
  await load({ file: 'Id,Name\n1,\n3,""\n4,Dan\n' });
  t.same(sandbox.rows('company'), [
    { Id: '1', Name: null, City: 'London' },
    { Id: '2', Name: 'Bob', City: null },
    { Id: '3', Name: '', City: 'Rome' },
    { Id: '4', Name: 'Dan' },
  ]);
});

t.test('UPDATE changes existing records and rejects other rows, naming the key', async (t) => {
  const { sandbox, load } = await setUpSandbox(t);
  await load({ operation: 'INSERT', keyFields: undefined, file: 'Id,Name\n1,a\n1,b\n2,c\n' });
  const { job, errors } = await load({ operation: 'UPDATE', file: 'Name,Id\nx,1\ny,7\n' });
  t.match(job, { status: 'COMPLETED', successCount: 1, failureCount: 1 });
  t.same(errors, [{ rowNumber: 3, fieldName: 'Id', errorMessage: 'GSOBJ_1011: No record of company matches "7"' }]);
  t.same(
    sandbox.rows('company').map((row) => row['Name']),
    ['x', 'x', 'c'],
    'every record of the key',
  );
  t.match(sandbox.jobs[1], { succeeded: 1, refused: [1] });
});

t.test('keys may be several and differ from job to job', async (t) => {
  const { sandbox, load } = await setUpSandbox(t);
  await load({ keyFields: 'A, B', file: 'A,B,V\n1,23,p\n12,3,q\n1,23,r\n' });
  t.equal(sandbox.jobs[0]?.duplicateKeys, 1);
  await load({ keyFields: 'V', file: 'V,A\nq,9\n' });
  await load({ keyFields: 'B,A', file: 'A,B,V\n9,3,last\n' });
  t.same(sandbox.rows('company'), [
    { A: '1', B: '23', V: 'r' },
    { A: '9', B: '3', V: 'last' },
  ]);
});

t.test('a row without its key is rejected', async (t) => {
  const { sandbox, load } = await setUpSandbox(t);
  const { job, errors } = await load({ file: 'Id,Name\n,a\n"",b\n3,c\n' });
  t.match(job, { successCount: 1, failureCount: 2 });
  t.match(errors, [
    { rowNumber: 2, fieldName: 'Id' },
    { rowNumber: 3, fieldName: 'Id' },
  ]);
  t.same(sandbox.rows('company'), [{ Id: '3', Name: 'c' }]);
});

t.test('rows that break a rule are rejected with a message that contains the value', async (t) => {
  const fields = {
    Id: { required: true },
    Age: { type: 'number' },
    Live: { type: 'boolean' },
    Born: { type: 'date' },
    Seen: { type: 'datetime' },
    Name: { maxLength: 3 },
    Tier: { picklist: ['Gold'] },
  } as const;
  const { sandbox, load } = await setUpSandbox(t, { objects: { company: { fields } } });
  const header = Object.keys(fields).join(',');
  const { job, errors } = await load({
    operation: 'INSERT',
    file: [
      header,
      '1,-1.50,true,2026-01-31,2026-01-31T10:00:00.000Z,😀😀😀,Gold',
      '2,,,,,,',
      '3,12,0,2026-01-31,1769853600000,"",Gold',
      ',1e5,yes,31.1.2026,soon,long,"Gold, Silver"',
      '',
    ].join('\n'),
  });
  t.match(job, { successCount: 3, failureCount: 1 }, 'several errors of one row are one failure');
  t.same(
    errors.map(({ rowNumber, fieldName, errorMessage }) => [rowNumber, fieldName, errorMessage]),
    [
      [5, 'Id', 'GSOBJ_1007: Null value "" is not allowed for field Id'],
      [5, 'Age', 'GSOBJ_1002: Invalid value "1e5" for field Age of type NUMBER'],
      [5, 'Live', 'GSOBJ_1002: Invalid value "yes" for field Live of type BOOLEAN'],
      [5, 'Born', 'GSOBJ_1002: Invalid value "31.1.2026" for field Born of type DATE'],
      [5, 'Seen', 'GSOBJ_1002: Invalid value "soon" for field Seen of type DATETIME'],
      [5, 'Name', 'GSOBJ_1001: Value "long" of field Name is longer than 3 characters'],
      [5, 'Tier', 'GSOBJ_1008: Dropdownlist item not found for field Tier: "Gold, Silver"'],
    ],
  );
  t.equal(sandbox.rows('company').length, 3);
});

t.test('a new record needs the required fields, an existing one does not', async (t) => {
  const { load } = await setUpSandbox(t, {
    objects: { company: { fields: { Id: {}, Name: { required: true }, City: {} } } },
  });
  await load({ file: 'Id,Name\n1,a\n' });
  const { job, errors } = await load({ file: 'Id,City\n1,Rome\n2,Oslo\n' });
  t.match(job, { successCount: 1, failureCount: 1 });
  t.match(errors, [{ rowNumber: 3, fieldName: 'Name' }]);
});

t.test('a file that cannot be loaded FAILs as a whole, with the reason in its errors', async (t) => {
  const objects = { company: { fields: { Id: {}, Name: {} } } };
  const cases: Record<string, [string | Buffer, RegExp, string?]> = {
    'too many cells': ['Id,Name\n1,a\n2,b,c\n', /cannot be read/],
    'an open quote': ['Id,Name\n1,"a\n2,b\n', /cannot be read/],
    'a quote inside a bare cell': ['Id,Name\n1,a"b\n', /cannot be read/],
    'bytes that are no UTF-8': [Buffer.from('Id,Name\n1,\xff\n', 'latin1'), /UTF-?8|encoded data/i],
    'a character cut off at the end': [Buffer.from('Id,Name\n1,\xe2\x82', 'latin1'), /encoded data/i],
    'an unknown field': ['Id,Nmae\n1,a\n', /"Nmae" does not exist on object company/, 'Nmae'],
    'a field twice': ['Id,Name,Name\n1,a,b\n', /twice/, 'Name'],
  };
  for (const [name, [file, message, field]] of Object.entries(cases)) {
    const { sandbox, load } = await setUpSandbox(t, { objects });
    const { job, errors } = await load({ file });
    t.match(job, { status: 'FAILED', processedRecords: 0, successCount: 0, failureCount: 0 }, name);
    t.equal(errors.length, 1, name);
    t.match(errors[0]?.errorMessage, message, name);
    t.equal(errors[0]?.fieldName, field, name);
    t.same(sandbox.rows('company'), [], name);
  }
});

t.test('an object that does not exist FAILs the job, and names of JavaScript properties are no objects', async (t) => {
  const { load } = await setUpSandbox(t, { objects: { company: { fields: { Id: {}, Name: {} } } } });
  for (const objectName of ['Compny', 'constructor', '__proto__']) {
    const { job, errors } = await load({ objectName });
    t.equal(job.status, 'FAILED', objectName);
    t.match(errors, [{ errorMessage: `Object "${objectName}" does not exist` }]);
  }
  const { job } = await load({ file: 'Id,toString\n1,a\n' });
  t.equal(job.status, 'FAILED', 'nor are they fields');
});

t.test('an object is found in any case, as metadata lists names in lower case', async (t) => {
  const objects = { Company: { fields: { Id: {}, Name: { maxLength: 3 } } } };
  const { sandbox, load } = await setUpSandbox(t, { objects });
  await load({ objectName: 'company', file: 'Id,Name\n1,a\n' });
  const { errors } = await load({ objectName: 'COMPANY', file: 'Id,Name\n1,b\n2,long\n' });
  t.equal(errors.length, 1, 'by its rules');
  t.same(sandbox.rows('Company'), [{ Id: '1', Name: 'b' }]);
});

t.test('fields of any name are kept', async (t) => {
  const { sandbox, load } = await setUpSandbox(t);
  await load({ file: 'Id,__proto__,"a,b"\n1,x,y\n' });
  t.same(JSON.stringify(sandbox.rows('company')), '[{"Id":"1","__proto__":"x","a,b":"y"}]');
});

t.test('jobs of one object may overlap: the one that ends last wins', async (t) => {
  const { sandbox, submit, clock } = await setUpSandbox(t, {
    script: [{ on: 'submit', nth: 1, do: { kind: 'stay_pending', seconds: 100 } }],
  });
  await submit({ file: 'Id,Name\n1,first\n' });
  await submit({ file: 'Id,Name\n1,second\n' });
  clock.advance(50_000);
  t.same(sandbox.rows('company'), [{ Id: '1', Name: 'second' }]);
  clock.advance(60_000);
  t.same(sandbox.rows('company'), [{ Id: '1', Name: 'first' }]);
});

t.test('without keeping rows a file is still checked and counted', async (t) => {
  const objects = { company: { fields: { Id: {}, Age: { type: 'number' } }, keepRows: false } } as const;
  const { sandbox, load } = await setUpSandbox(t, { objects });
  const rows = Array.from({ length: 5000 }, (_, row) => `${row % 4999},${row === 4000 ? 'old' : row}\n`);
  const { job, errors } = await load({ operation: 'UPDATE', file: `Id,Age\n${rows.join('')}` });
  t.match(job, { totalRecords: 5000, successCount: 4999, failureCount: 1 });
  t.match(errors, [{ rowNumber: 4002, fieldName: 'Age' }]);
  t.match(sandbox.jobs, [{ rows: undefined, lines: [], duplicateKeys: 1 }]);
  t.throws(() => sandbox.rows('company'), /keeps no rows/);
});
