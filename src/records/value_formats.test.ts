import t from 'tap';
import { encoderOf, type Settings } from '../../integration_tests/support/encoder.ts';
import type { Values } from '../config/types.ts';
import { ConnectorError } from '../errors.ts';
import type { Column } from '../model.ts';

const dateTime: Column = { path: ['a'], field: 'A', isDateTime: true };

t.test('each value has its cell', async (t) => {
  const cases: readonly [value: string, cell: string, formats?: Partial<Values>][] = [
    ['"text"', 'text'],
    ['""', '""'],
    ['"a,b"', '"a,b"'],
    ['" a"', '" a"'],
    ['"a "', '"a "'],
    ['"\\ta\\t"', '\ta\t'],
    ['"say \\"x\\""', '"say ""x"""'],
    ['"\\""', '""""'],
    ['"a\\nb"', '"a\nb"'],
    ['"a\\rb"', '"a\rb"'],
    ['"a\\/b\\\\c"', 'a/b\\c'],
    ['"a\\u002cb"', '"a,b"'],
    ['"\\u0020a"', '" a"'],
    ['"\\u00e9\\u8a9e\\ud83d\\ude00"', 'é語😀'],
    ['"\\ud83d"', '\ufffd'],
    ['"\\ude00\\ud83d"', '\ufffd\ufffd'],
    ['"\\ud83d\\u0041"', '\ufffdA'],
    ['"\\ud83d\\ud83d\\ude00"', '\ufffd😀'],
    ['"a\u2028b\\u2029"', 'a\u2028b\u2029'],
    ['"\\u0000\\u001f"', '\u0000\u001f'],
    ['123456789012345678901234567890', '123456789012345678901234567890'],
    ['1.10', '1.10'],
    ['-0', '-0'],
    ['1.5E+3', '1500'],
    ['0.1000000000000000055', '0.1000000000000000055'],
    ['true', 'true'],
    ['false', 'false'],
    ['true', '1', { boolean_format: '1_0' }],
    ['false', '0', { boolean_format: '1_0' }],
    ['[]', '""'],
    ['[ ]', '""'],
    ['[null]', '""'],
    ['["a"]', 'a'],
    ['[ "a" , null , 1.10 , true , "b c" ]', 'a;1.10;true;b c'],
    ['["a,b","\\"c\\""]', '"a,b;""c"""'],
    ['["a;b","c"]', 'a;b|c', { list_separator: '|' }],
    ['[true,1e2]', '1,100'.replace(',', ' | '), { list_separator: ' | ', boolean_format: '1_0' }],
    ['[1,[2]]', '"[1,[2]]"'],
    ['["a;b",{}]', '"[""a;b"",{}]"'],
    ['{}', '{}'],
    ['{ "a" : 1e2 }', '"{ ""a"" : 1e2 }"'],
    ['[[]]', '[[]]'],
    ['"2024-01-01T00:00:00+02:00"', '2024-01-01T00:00:00+02:00'],
    ['"x"', '"x"', { null_text: 'x' }],
    ['""', '""', { null_text: 'x' }],
    ['7', '"7"', { null_text: '7' }],
    ['true', '"true"', { null_text: 'true' }],
  ];
  for (const [value, cell, formats] of cases) {
    const { encode } = encoderOf({ ...(formats && { formats }) });
    t.same(
      encode(`{"a":${value}}`),
      { kind: 'row', row: `${cell}\n`, fault: undefined, digest: '', isDeleted: false, truncated: [] },
      value.replace(/[^ -~]/g, '?'),
    );
  }
});

t.test('no value is null_text without quotes', async (t) => {
  for (const null_text of ['', 'NULL', '\\N']) {
    const { encode } = encoderOf({ columns: ['a', 'b', 'c'], formats: { null_text } });
    t.equal(encode('{"a":null,"c":1}').row, `${null_text},${null_text},1\n`);
  }
  t.throws(() => encoderOf({ formats: { null_text: 'a,b' } }), ConnectorError);
});

t.test('a value that cannot be a cell rejects its row, which contains it as it came', async (t) => {
  const tooLarge = 'the number has an exponent beyond ±400';
  const separator = 'an element of the list contains the list separator';
  const noDate = 'the value is no date-time of the years 0 to 9999';
  const iso = { datetime_format: 'iso_utc_milliseconds' } as const;
  const cases: readonly [value: string, row: string, reason: string, Settings?][] = [
    ['1e401', '1e401\n', tooLarge],
    ['[1,-1E-401]', '"[1,-1E-401]"\n', tooLarge],
    ['["a;b"]', '"[""a;b""]"\n', separator],
    ['["a;\\u003bb","c"]', '"[""a;\\u003bb"",""c""]"\n', separator],
    ['["a:","b"]', '"[""a:"",""b""]"\n', separator, { formats: { list_separator: '::' } }],
    ['["a;b",1e401]', '"[""a;b"",1e401]"\n', tooLarge],
    ['[1e401,"a;b"]', '"[1e401,""a;b""]"\n', tooLarge],
    ['[1.5]', '[1.5]\n', separator, { formats: { list_separator: '.' } }],
    ['"soon"', 'soon\n', noDate, { columns: [dateTime], formats: iso }],
    ['5', '5\n', 'the value is no date-time', { columns: [dateTime], formats: iso }],
  ];
  for (const [value, row, reason, settings] of cases) {
    const { encode } = encoderOf(settings);
    t.match(encode(`{"a":${value}}`), { kind: 'reject', row, fault: { field: 'A', reason } }, value);
    t.match(encode('{"a":null,"b":1}'), { kind: 'reject', fault: { reason: /empty line/ } }, 'nothing of it is left');
  }
});

t.test('for the object API alone a list whose element contains the separator stays JSON', async (t) => {
  const { encode } = encoderOf({ route: 'object_api' });
  const row = (json: string) => encode(`{"a":${json}}`);
  t.match(row('["a;b","c"]'), { kind: 'row', row: '"[""a;b"",""c""]",j\n' });
  t.match(row('["a", "b;c"]'), { kind: 'row', row: '"[""a"", ""b;c""]",j\n' });
  t.match(row('["a","c"]'), { kind: 'row', row: 'a;c,l\n' });
  t.match(row('["a;b",1e401]'), { kind: 'reject', fault: { reason: /exponent/ } });
  t.match(encoderOf({ route: 'auto' }).encode('{"a":["a;b"]}'), { kind: 'reject', fault: { reason: /separator/ } });
});

t.test('texts are trimmed only if the setting asks for it, and nothing else is', async (t) => {
  const space = '\\u0009\\n\u00a0\u2003\u3000\ufeff \u1680\u2028\u202f\u205f';
  const cases: readonly [value: string, cell: string][] = [
    ['" a "', 'a'],
    ['"a"', 'a'],
    ['"   "', '""'],
    ['""', '""'],
    [`"${space}"`, '""'],
    [`"${space}a, b${space}"`, '"a, b"'],
    ['" \\"a\\" "', '"""a"""'],
    ['"\u2027é\u2027"', '\u2027é\u2027'],
    ['"\u3000\u3042\u3000"', '\u3042'],
    ['" 😀\u00a0"', '😀'],
    ['[" a ","b "]', '" a ;b "'],
    ['{"a":" b "}', '"{""a"":"" b ""}"'],
    ['1.10', '1.10'],
  ];
  for (const [value, cell] of cases) {
    const { row } = encoderOf({ formats: { trim: true } }).encode(`{"a":${value}}`);
    t.equal(row, `${cell}\n`, value.replace(/[^ -~]/g, '?'));
  }
});

t.test('a value that the source did not read rejects its row', async (t) => {
  const [feed, java] = [/REPLICA IDENTITY FULL/, /name of a Java object/];
  const cases: readonly [value: string, reason: RegExp | undefined][] = [
    ['"__debezium_unavailable_value"', feed],
    ['"__debezium_unavailable_valu\\u0065"', feed],
    ['["__debezium_unavailable_value"]', feed],
    ['["a","__debezium_unavailable_value"]', feed],
    ['{"a":[{"b":"__debezium_unavailable_value"}]}', feed],
    ['{"a":"\\t","b":"__debezium_unavailable_value"}', feed],
    ['["\\"",["__debezium_unavailable_value"]]', feed],
    ['{"__debezium_unavailable_value":"__debezium_unavailable_value"}', feed],
    ['"X19kZWJleml1bV91bmF2YWlsYWJsZV92YWx1ZQ=="', feed],
    ['"X19kZWJleml1bV91bmF2YWlsYWJsZV92YWx1ZQ\\u003d="', feed],
    ['["a","X19kZWJleml1bV91bmF2YWlsYWJsZV92YWx1ZQ=="]', feed],
    ['{"a":["X19kZWJleml1bV91bmF2YWlsYWJsZV92YWx1ZQ=="]}', feed],
    ['"5f5f646562657a69756d5f756e617661696c61626c655f76616c7565"', feed],
    ['{"a":"5f5f646562657a69756d5f756e617661696c61626c655f76616c7565"}', feed],
    ['"java.lang.Object@1b2c6ec2"', java],
    ['"[B@0"', java],
    ['"[Ljava.lang.String;@7852e922"', java],
    ['"org.postgresql.util.PGobject@c0ffee"', java],
    ['{"a":"oracle.sql.TIMESTAMPTZ@5e91993f","b":1}', java],
    ['"see __debezium_unavailable_value in the manual"', undefined],
    ['"__debezium_unavailable_values"', undefined],
    ['"__debezium"', undefined],
    ['"X19kZWJleml1bV91bmF2YWlsYWJsZV92YWx1ZQ="', undefined],
    ['"aX19kZWJleml1bV91bmF2YWlsYWJsZV92YWx1ZQ=="', undefined],
    ['"YWx1ZQ=="', undefined],
    ['"?a=b&c==d"', undefined],
    ['"5f5f646562657a69756d"', undefined],
    ['"15f5f646562657a69756d5f756e617661696c61626c655f76616c7565"', undefined],
    ['"jane.doe@feed"', undefined],
    ['"jane.Doe@acme.com"', undefined],
    ['"@deadbeef"', undefined],
    ['"room@5"', undefined],
    ['"java.lang.Object@1b2c6ec2f"', undefined],
    ['"a@b c@d, e@f"', undefined],
    ['5', undefined],
  ];
  for (const [value, reason] of cases) {
    const { encode } = encoderOf({ columns: ['b', 'a', 'c'] });
    const { kind, fault } = encode(`{"b":"before","a":${value},"c":"${'behind '.repeat(10)}"}`);
    t.match({ kind, fault }, reason ? { kind: 'reject', fault: { field: 'A', reason } } : { kind: 'row' }, value);
  }
});

t.test('a value that the source did not read is found anywhere in a row', async (t) => {
  const text = '__debezium_unavailable_value';
  for (const value of [text, Buffer.from(text).toString('base64'), Buffer.from(text).toString('hex'), 'a.B@1f']) {
    const { encode } = encoderOf({ columns: ['b', 'a', 'c'] });
    for (let before = 0; before < 70; before++) {
      for (const after of ['', '5f5f@__=='.repeat(4)]) {
        const { fault } = encode(`{"b":"${'5'.repeat(before)}","a":"${value}","c":"${after}"}`);
        t.match(fault, { field: 'A', reason: /^the source/ }, `${value} behind ${before} bytes`);
      }
    }
  }
});

t.test('date-times are formatted in columns whose schema declares them', async (t) => {
  const columns = [dateTime, { path: ['b'], field: 'B', isDateTime: false }];
  const data = '{"a":"2024-01-01 02:00:00+02","b":"2024-01-01 02:00:00+02"}';
  const row = (datetime_format: Values['datetime_format']) =>
    encoderOf({ columns, formats: { datetime_format } }).encode(data).row;
  t.equal(row('as_is'), '2024-01-01 02:00:00+02,2024-01-01 02:00:00+02\n');
  t.equal(row('iso_utc_milliseconds'), '2024-01-01T00:00:00.000Z,2024-01-01 02:00:00+02\n');
  t.equal(row('epoch_milliseconds'), '1704067200000,2024-01-01 02:00:00+02\n');
  const blank = encoderOf({ columns, formats: { datetime_format: 'epoch_milliseconds', null_text: 'NULL' } });
  t.match(blank.encode('{"a":" \\t","b":""}'), { kind: 'row', row: 'NULL,""\n' });
});
