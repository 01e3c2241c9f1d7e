import t from 'tap';
import { plainCells, typedCells } from './typed_row.ts';

t.test('a row says the type of each value', async (t) => {
  const cells = [
    { kind: 'text', text: 'a' },
    { kind: 'text', text: '' },
    { kind: 'number', text: '1.10' },
    { kind: 'boolean', text: 'true' },
    { kind: 'boolean', text: 'false' },
    { kind: 'null', text: '' },
    { kind: 'list', text: 'x;"y' },
  ];
  const simple = Buffer.from('a,"",1.10,ja,nein,,"x;""y",ssntf0l\n');
  t.same(typedCells(simple, 7), cells);
  t.same(typedCells(simple.subarray(0, -1), 7), cells, 'with or without its line feed');
  t.same(typedCells(Buffer.from('NULL,"NULL",0s'), 2), [
    { kind: 'null', text: '' },
    { kind: 'text', text: 'NULL' },
  ]);
});

t.test('a value that the record lacks or the source did not read is absent', async (t) => {
  const marks = Buffer.concat([Buffer.from('k,'), Buffer.from([0xff]), Buffer.from(',"[[1]]",'), Buffer.from([0xff])]);
  const absent = Buffer.concat([marks, Buffer.from(',s-ju\n')]);
  t.same(typedCells(absent, 4), [{ kind: 'text', text: 'k' }, undefined, { kind: 'json', text: '[[1]]' }, undefined]);
  t.same(typedCells(Buffer.from(',-'), 1), [undefined], 'even if the CSV file has an empty cell for it');
});

t.test('a row without types is refused', async (t) => {
  for (const text of ['a,b', 'a,s', 'a,b,s', 'a,b,sss', 'a,b,c,ss', '']) {
    t.throws(() => typedCells(Buffer.from(text), 2), { name: 'TypeError', message: /no types for 2 columns/ }, text);
  }
  t.throws(() => typedCells(Buffer.from('a,b,sx'), 2), { message: '"x" is no type of a value' });
});

t.test('the plain cells of a row are those of the row without types', async (t) => {
  const row = Buffer.concat([Buffer.from('a,'), Buffer.from([0xff]), Buffer.from(',"",,'), Buffer.from([0xff])]);
  const cells = ['a', null, '', null, '__debezium_unavailable_value'];
  t.same(plainCells(Buffer.concat([row, Buffer.from(',s-s0u')]), '', true), cells);
  t.same(plainCells(Buffer.from('NULL,"NULL",1,0sn\n'), 'NULL', true), [null, 'NULL', '1']);
  t.same(plainCells(Buffer.from('a,"s",s,sss'), 'sss', true), ['a', 's', 's'], 'even if the types look like no value');
  t.same(plainCells(Buffer.from('a,,""\n'), '', false), ['a', null, ''], 'as are those of a row without types');
});
