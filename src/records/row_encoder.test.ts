import fc from 'fast-check';
import t from 'tap';
import { encoderOf } from '../../integration_tests/support/encoder.ts';
import type { Column } from '../model.ts';
import { decodeRow } from './csv.ts';
import { Kernel } from './kernel/kernel.ts';

t.test('columns are found by name and by path, the last of repeated keys', async (t) => {
  const path = (...path: string[]): Column => ({ path, field: path.join('.'), isDateTime: false });
  const { encode, unknown, encoder } = encoderOf({ columns: ['a', path('a', 'b'), path('a', 'b', 'ü'), 'é', 'a'] });
  t.equal(encoder.header.toString(), 'A,a.b,a.b.ü,É,A\n');
  t.equal(encode('{"a":1,"é":2}').row, '1,,,2,1\n');
  t.equal(
    encode('{"\\u00e9":3,"x":0,"a":1,"a":{"b":{"\\u00fc":5},"c":1}}').row,
    '"{""b"":{""\\u00fc"":5},""c"":1}","{""\\u00fc"":5}",5,3,"{""b"":{""\\u00fc"":5},""c"":1}"\n',
  );
  t.equal(encode('{"a":{"b":{"ü":1},"b":{"ü":1,"\\u00fc":"x,"}}}').row.split(',"x,"').length, 2);
  t.equal(encode('{"a":{"b":{"ü":1}},"a":{}}').row, '{},,,,{}\n');
  t.equal(encode('{"a":[{"b":1}],"y":1,"\\u0078":1}').row, '"[{""b"":1}]",,,,"[{""b"":1}]"\n');
  t.equal(encode('{"__proto__":1,"y":1,"a":true}').row, 'true,,,,true\n');
  t.same(unknown, ['x', 'y', '__proto__'], 'columns that the plan does not read are reported once');
});

t.test('only a limited number of unknown columns is reported', async (t) => {
  const { encode, unknown } = encoderOf();
  for (let i = 0; i < 1500; i++) t.equal(encode(`{"u${i}":1,"a":${i}}`).row, `${i}\n`);
  t.equal(unknown.length, 1000);
});

t.test('a very long name is reported but not remembered', async (t) => {
  const { encode, unknown } = encoderOf();
  const name = 'u'.repeat(100_000);
  for (let i = 0; i < 3; i++) t.equal(encode(`{"${name}":1,"a":${i}}`).row, `${i}\n`);
  t.same(unknown, [name, name, name]);
});

t.test('a row needs a value for every key field', async (t) => {
  const { encode } = encoderOf({ columns: ['a', 'b', 'c'], keys: [0, 2] });
  for (const data of ['{"a":1,"b":2}', '{"a":1,"b":2,"c":null}', '{"a":1,"b":2,"c":""}', '{"a":1,"b":2,"c":[]}']) {
    const { kind, fault, digest, row } = encode(data);
    t.same(
      { kind, fault, digest },
      { kind: 'reject', fault: { field: 'C', reason: 'the key field has no value' }, digest: '' },
      data,
    );
    t.match(row, /^1,2,(|"")\n$/);
  }
  t.match(encode('{"a":"x","b":2,"c":0}'), { kind: 'row', row: 'x,2,0\n', digest: /^[0-9a-f]{32}$/ });
});

t.test('two rows have one digest only if their key cells are the same', async (t) => {
  const { encode } = encoderOf({ columns: ['a', 'b', 'c'], keys: [2, 0] });
  const digest = (a: string, c: string, b = '0') => encode(`{"a":${a},"b":${b},"c":${c}}`).digest;
  t.equal(digest('"x"', '"y"'), digest('"x"', '"y"', '"other"'));
  t.equal(digest('"x"', '1'), digest('"\\u0078"', '"1"'));
  const pairs = [
    ['"a"', '"b"'],
    ['"b"', '"a"'],
    ['"a,b"', '"c"'],
    ['"a"', '"b,c"'],
    ['"a\\""', '"c"'],
    ['"a"', '"\\"c"'],
    ['"a\\nb"', '"c"'],
    ['"a "', '"c"'],
    ['"a"', '"c\\u0000"'],
    ['"twelve bytes"', '"c"'],
    ['"thirteen long"', '"c"'],
    ['"twelve bytesx"', '"c"'],
    ['"thirteen long"', '"x"'],
    ...Array.from({ length: 5000 }, (_, at): [string, string] => [`"a key of some length ${at % 50}"`, `"${at}"`]),
    ...Array.from({ length: 50 }, (_, at): [string, string] => [`"${'\\u0000'.repeat(at)}"`, '"z"']),
  ];
  t.equal(digest('"x"', '1'), Buffer.from('1\nx,\0\0\0\0\0\0\0\0\0\0\0\x84', 'latin1').toString('hex'));
  t.match(digest('"fourteen bytes"', '1'), /^[0-9a-f]{30}[0-7][0-9a-f]$/, 'a hash is no short key');
  t.equal(new Set(pairs.map(([a, c]) => digest(a as string, c as string))).size, pairs.length);
});

t.test(
  'a value that was not read is marked if its row may go in a separate file, and rejects the row in a key',
  async (t) => {
    const settings = { columns: ['a', 'b', 'k', 'c'], unreadableValues: 'separate_file' } as const;
    const { encode, encoder } = encoderOf({ ...settings, keys: [2] });
    const unread = '"__debezium_unavailable_value"';
    const row = (data: string) => {
      const { kind, digest } = encode(data);
      return [kind, encoder.bytes.toString('latin1', 0, encoder.length), digest];
    };
    const key = encode('{"k":"the key, in quotes"}').digest;
    const quoted = '"the key, in quotes"';
    t.same(row(`{"a":${unread},"b":"x","k":${quoted},"c":1}`), ['row', `\xff,x,${quoted},1\n`, key]);
    t.same(row(`{"a":"x, y","b":{"z":[${unread}]},"k":${quoted},"c":null}`), ['row', `"x, y",\xff,${quoted},\n`, key]);
    t.same(row(`{"a":"[B@1f","b":["x",${unread}],"k":${quoted},"c":${unread}}`), [
      'row',
      `\xff,\xff,${quoted},\xff\n`,
      key,
    ]);
    t.ok(encoder.findKey(), 'the key is found in the shortened row');
    t.equal(encoder.keyDigest.toString('hex'), key);
    t.match(encode(`{"a":1,"k":${unread}}`), { kind: 'reject', fault: { field: 'K' } });
    t.match(encode(`{"a":${unread},"k":null}`), { kind: 'reject', row: /^__debezium/, fault: { field: 'K' } });
    const insert = encoderOf(settings);
    t.match(insert.encode(`{"a":${unread},"b":1}`), {
      kind: 'reject',
      fault: { field: 'A', reason: /REPLICA IDENTITY/ },
    });
  },
);

t.test('a field that the source could not read rejects its row, a truncated one is reported', async (t) => {
  const columns = ['a', { path: ['b', 'c'], field: 'Bc', isDateTime: false }];
  const { encode } = encoderOf({ columns });
  const meta = (field: string, change: string) => `,"meta":{"changes":[{"field":"${field}","change":"${change}"}]}`;
  const unreadable = (field: string) => ({
    kind: 'reject',
    fault: { field, reason: 'the source could not read the value' },
  });
  t.match(encode('{"a":null,"b":{"c":1}}', meta('a', 'NULLED')), unreadable('A'));
  t.match(encode('{"a":1}', meta('b', 'NULLED')), unreadable('Bc'));
  t.match(encode('{"a":1}', meta('b.c', 'NULLED')), unreadable('Bc'));
  t.match(encode('{"a":1}', meta('other', 'NULLED')), { kind: 'row', row: '1,\n', truncated: [] });
  t.match(encode('{"a":1}', meta('a', 'TRUNCATED')), { kind: 'row', row: '1,\n', truncated: ['A'] });
  t.match(encode('{"a":1}'), { kind: 'row', truncated: [] });
});

t.test('a deleted row is recognised, whether or not the column is sent', async (t) => {
  for (const columns of [['a'], ['a', '_ab_cdc_deleted_at']]) {
    const { encode, unknown } = encoderOf({ columns });
    t.equal(encode('{"a":1,"_ab_cdc_deleted_at":"2024-01-01"}').isDeleted, true);
    t.equal(encode('{"a":1,"_ab_cdc_deleted_at":null}').isDeleted, false);
    t.equal(encode('{"a":1}').isDeleted, false);
    t.same(unknown, []);
  }
});

t.test('a row that would be an empty line is rejected', async (t) => {
  t.match(encoderOf().encode('{"a":null}'), {
    kind: 'reject',
    row: '\n',
    fault: { reason: /an empty line is no row/ },
  });
  t.match(encoderOf({ formats: { null_text: 'NULL' } }).encode('{}'), { kind: 'row', row: 'NULL\n' });
  t.match(encoderOf({ columns: ['a', 'b'] }).encode('{}'), { kind: 'row', row: ',\n' });
});

t.test('2,000 columns and a string of 5 MB', async (t) => {
  const columns = Array.from({ length: 2000 }, (_, i) => `c${i}`);
  const { encode } = encoderOf({ columns });
  for (let round = 0; round < 3; round++) {
    const data = `{${columns.map((name, i) => `"${name}":${i * round}`).join(',')}}`;
    t.equal(encode(data).row, `${columns.map((_, i) => i * round).join(',')}\n`);
  }
  for (const text of ['x'.repeat(5_000_000), 'a,"\n'.repeat(1_250_000), '😀'.repeat(1_250_000)]) {
    const { row } = encode(`{"c1":${JSON.stringify(text)}}`);
    t.ok(decodeRow(Buffer.from(row), '')[1] === text, 'it is the same text');
  }
});

t.test('a row depends on its record alone, and encoders may share a kernel', async (t) => {
  const columns = ['a', 'b', { path: ['c', 'd'], field: 'CD', isDateTime: false }];
  const member = fc.tuple(
    fc.constantFrom('a', 'b', 'c', 'x', '_ab_cdc_deleted_at'),
    fc.oneof(fc.json({ maxDepth: 2 }), fc.constantFrom('null', '1e999', '["a;b"]', '{"d":"x, "}', '{"d":1,"e":2}')),
  );
  const record = fc.tuple(
    fc.array(member, { maxLength: 6 }),
    fc.constantFrom('', ',"meta":{"changes":[{"field":"b","change":"NULLED"}]}'),
  );
  fc.assert(
    fc.property(fc.array(record, { maxLength: 8 }), fc.constantFrom([], [0], [0, 1]), (records, keys) => {
      const kernel = new Kernel();
      const [one, other] = [encoderOf({ columns, keys, kernel }), encoderOf({ columns: ['x', 'a'], kernel })];
      for (const [members, more] of records) {
        const data = `{${members.map(([key, value]) => `"${key}":${value}`).join(',')}}`;
        t.same(
          one.encode(data, more),
          encoderOf({ columns, keys }).encode(data, more),
          'the row is the one it would be alone',
        );
        other.encode(data, more);
      }
    }),
    { seed: 2, numRuns: 60 },
  );
});

t.test('a row is complete at whatever length its memory has to grow', async (t) => {
  const fixed = '2,'.length + '\n'.length;
  const firstMemory = 2 ** 20;
  for (let length = firstMemory - 20; length <= firstMemory + 4; length++) {
    const plain = 'x'.repeat(length - fixed);
    const cases: readonly [b: string, cell: string][] = [
      [`"${plain}"`, plain],
      [`",${plain.slice(3)}"`, `",${plain.slice(3)}"`],
      [`"\\n${plain.slice(3)}"`, `"\n${plain.slice(3)}"`],
      [`["${plain.slice(2)}","y"]`, `${plain.slice(2)};y`],
    ];
    for (const [b, cell] of cases) {
      const { encode } = encoderOf({ columns: ['a', 'b'] });
      if (encode(`{"a":"2","b":${b}}`).row !== `2,${cell}\n`) t.fail(`${length} bytes, ${b.slice(0, 8)}`);
    }
  }
});
