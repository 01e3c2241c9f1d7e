import t from 'tap';
import { pick, randomFrom } from '../../integration_tests/support/random.ts';
import { decodeText } from '../airbyte/json_cursor.ts';
import { RecordScanner } from './record_scanner.ts';

function scan(scanner: RecordScanner, text: string | Buffer): string {
  const line = typeof text === 'string' ? Buffer.from(text) : text;
  const kind = scanner.scan(line, 0, line.length);
  return kind === 'broken' ? scanner.problem : kind;
}

/** The fields in order: decoded keys, and values as JSON text. */
function fields(scanner: RecordScanner): [string, string][] {
  const { bytes, keyStart, keyEnd, valueStart, valueEnd } = scanner.kernel;
  return Array.from({ length: scanner.fieldCount }, (_, i) => [
    decodeText(bytes, keyStart[i] as number, keyEnd[i] as number),
    bytes.toString('utf8', valueStart[i], valueEnd[i]),
  ]);
}

const record = (data: string) =>
  `{"type":"RECORD","record":{"namespace":"public","stream":"s","data":${data},"emitted_at":1}}`;

t.test('a record is found whatever the order of its keys', async (t) => {
  const lines = [
    '{"type":"RECORD","record":{"namespace":"n","stream":"s","data":{"a":1},"emitted_at":1}}',
    '{"record":{"data":{"a":1},"emitted_at":1,"stream":"s","namespace":"n"},"type":"RECORD"}',
    ' { "record" : { "stream" : "s" , "namespace" : "n" , "data" : { "a" : 1 } } , "type" : "RECORD" } \r',
    '{"type":"RECORD","record":{"n\\u0061mespace":"n","str\\u0065am":"\\u0073","d\\u0061ta":{"a":1}}}',
    '{"typ\\u0065":"REC\\u004fRD","recor\\u0064":{"namespace":"n","stream":"s","data":{"a":1}}}',
  ];
  const scanner = new RecordScanner();
  for (const line of [...lines, ...lines]) {
    t.equal(scan(scanner, line), 'record', line);
    t.same([scanner.namespace, scanner.stream, fields(scanner)], ['n', 's', [['a', '1']]]);
  }
});

t.test('streams that take turns are distinguished, however their records begin', async (t) => {
  const names = [
    's',
    'st',
    'ü',
    'a\\"b',
    'a\\\\',
    '',
    'record',
    '\\u0073',
    's","namespace":"n',
    'x'.repeat(1200),
    'x'.repeat(240),
  ];
  const heads: readonly ((name: string, namespace: string) => string)[] = [
    (name, namespace) => `{"type":"RECORD","record":{"stream":"${name}","namespace":"${namespace}","data":`,
    (name, namespace) => `{"type":"RECORD","record":{"namespace":"${namespace}","stream":"${name}","data":`,
    (name, namespace) => `{"record":{"namespace":"${namespace}","stream":"${name}","emitted_at":5,"data":`,
    (name) => `{"type":"RECORD","record":{"stream":"other","stream":"${name}","data":`,
    (name) => `{"type":"RECORD","record":{"stream":"${name}","stream":"s","data":`,
    (_, namespace) => `{"type":"RECORD","record":{"namespace":"${namespace}","data":`,
  ];
  const behind = ',"stream":"late"},"type":"RECORD"}';
  const random = randomFrom(11);
  const scanner = new RecordScanner();
  let head = heads[0] as (typeof heads)[0];
  for (let i = 0; i < 3000; i++) {
    if (random(8) === 0) head = pick(random, heads);
    const isLate = head === heads.at(-1) || random(20) === 0;
    const line = `${head(pick(random, names), pick(random, ['n', '', 'ü']))}{"a":${i}}${isLate ? behind : '},"type":"RECORD"}'}`;
    t.equal(scan(scanner, line), 'record', line);
    const { record } = JSON.parse(line) as { record: { stream: string; namespace?: string } };
    t.same([scanner.stream, scanner.namespace, fields(scanner)], [record.stream, record.namespace, [['a', `${i}`]]]);
  }
});

t.test('no position of one line is used for the next, whichever buffer that is in', async (t) => {
  const plain = '{"type":"RECORD","record":{"stream":"s","data":{"a":1}}}';
  const timed = plain.replace('}}}', '},"emitted_at":1}}');
  const scanner = new RecordScanner();
  const far = Buffer.from(`${' '.repeat(5000)}${timed}\n`);
  t.equal(scanner.scan(far, 5000, far.length - 1), 'record');
  t.equal(scan(scanner, timed.replace('"data"', '"data":{"a":1},"data"')), 'record', 'data twice, after a known head');

  // `record` begins where `data` ended in the previous line, so what comes before its first member is not the tail.
  const dataEnd = plain.length - 2;
  for (const first of ['"emitted_at":1', '"":1']) {
    const pad = 'p'.repeat(dataEnd - '{"type":"RECORD","pad":"","record":{'.length);
    const shifted = `{"type":"RECORD","pad":"${pad}","record":{${first},"stream":"s","data":{"a":1}}}`;
    for (const line of [plain, shifted, plain]) t.equal(scan(scanner, line), 'record', line);
    t.match(scan(scanner, plain.replace('}}}', `}${first}}}`)), /not valid JSON/);
    t.equal(scan(scanner, timed), 'record');
  }
});

t.test('of repeated keys the last wins, at each level', async (t) => {
  const cases: readonly [line: string, stream: string, data: [string, string][]][] = [
    ['{"type":"LOG","type":"RECORD","record":{"stream":"s","data":{}}}', 's', []],
    ['{"type":"RECORD","record":5,"record":{"stream":"s","data":{}}}', 's', []],
    ['{"type":"RECORD","record":{"stream":"a","data":{"x":1},"stream":"b","data":{"y":2}}}', 'b', [['y', '2']]],
    [
      '{"type":"RECORD","record":{"stream":"a","data":{"x":1},"data":{"y":2}},"record":{"data":{"z":3},"stream":"c"}}',
      'c',
      [['z', '3']],
    ],
    [
      '{"type":"RECORD","record":{"stream":"a","data":[],"data":{"k":1,"k":2}}}',
      'a',
      [
        ['k', '1'],
        ['k', '2'],
      ],
    ],
    ['{"type":"RECORD","record":{"stream":1,"stream":"a","namespace":1,"namespace":null,"data":{}}}', 'a', []],
  ];
  const scanner = new RecordScanner();
  for (const [line, stream, data] of [...cases, ...cases]) {
    t.equal(scan(scanner, line), 'record', line);
    t.same([scanner.stream, fields(scanner)], [stream, data]);
  }
});

t.test('a RECORD that cannot be used is broken, and the problem is named', async (t) => {
  const cases: readonly [line: string, problem: string][] = [
    ['{"type":"RECORD"}', 'it is a RECORD without an object "record"'],
    ['{"type":"RECORD","record":[]}', 'it is a RECORD without an object "record"'],
    ['{"type":"RECORD","record":{"stream":"s","data":{}},"record":null}', 'it is a RECORD without an object "record"'],
    ['{"type":"RECORD","record":{"data":{}}}', 'it is a RECORD without a stream'],
    ['{"type":"RECORD","record":{"stream":"s","data":{},"stream":null}}', 'it is a RECORD without a stream'],
    ['{"type":"RECORD","record":{"stream":"s"}}', 'it is a RECORD without an object "data"'],
    ['{"type":"RECORD","record":{"stream":"s","data":[{}]}}', 'it is a RECORD without an object "data"'],
    ['{"type":"RECORD","record":{"stream":"s","data":{},"data":null}}', 'it is a RECORD without an object "data"'],
    ['{"type":"RECORD","record":{"stream":"s","namespace":1,"data":{}}}', 'it is a RECORD whose namespace is not text'],
    ['{"type":"RECORD","record":{"stream":"s","data":{"a":"secret', 'it is not valid JSON'],
    [`\ufeff${record('{}')}`, 'it is not valid JSON'],
  ];
  const scanner = new RecordScanner();
  for (const [line, problem] of [...cases, ...cases]) t.equal(scan(scanner, line), problem, line);
});

t.test('other messages are recognised by their last type', async (t) => {
  const scanner = new RecordScanner();
  for (const line of [
    '{"type":"STATE","state":{}}',
    '{"type":"RECORD","type":"LOG"}',
    '{}',
    '[]',
    '"RECORD"',
    '17',
    '{"type":["RECORD"]}',
  ]) {
    t.equal(scan(scanner, line), 'other', line);
  }
});

t.test('text that is not UTF-8 is broken, also where a line like it was broken before', async (t) => {
  const scanner = new RecordScanner();
  for (const bytes of [Buffer.of(0xff), Buffer.of(0xc3), Buffer.of(0xed, 0xa0, 0x80), Buffer.of(0xc0, 0x80)]) {
    const good = Buffer.from(record('{"k":"é"}'));
    const asKey = Buffer.concat([
      Buffer.from('{"type":"RECORD","record":{"stream":"s","data":{"'),
      bytes,
      Buffer.from('":1}}}'),
    ]);
    const asStream = Buffer.concat([
      Buffer.from('{"type":"RECORD","record":{"stream":"'),
      bytes,
      Buffer.from('","data":{}}}'),
    ]);
    const ofAState = Buffer.concat([Buffer.from('{"type":"STATE","x":"'), bytes, Buffer.from('"}')]);
    for (const line of [asKey, asKey, asStream, asStream, ofAState])
      t.equal(scan(scanner, line), 'it is not valid UTF-8');
    t.equal(scan(scanner, good), 'record');
  }
});

t.test('a truncated line is broken wherever it is truncated and whatever follows in the buffer', async (t) => {
  const line = Buffer.from(record('{"a":"x\\u00e9","b":[1,{"c":null}],"d":-1.5e3}'));
  const scanner = new RecordScanner();
  scanner.scan(line, 0, line.length);
  for (let stop = 0; stop < line.length; stop++) t.equal(scanner.scan(line, 0, stop), 'broken', `cut at ${stop}`);
  t.equal(scanner.scan(line, 0, line.length), 'record');
});

t.test('meta.changes are read, wherever meta is', async (t) => {
  const changes = [
    { field: 'a', change: 'NULLED', reason: 'SOURCE_RETRIEVAL_ERROR' },
    { field: 'b', change: 'TRUNCATED' },
  ];
  const meta = `"meta":{"changes":[],"x":1,"changes":${JSON.stringify([...changes, 5, { field: 1 }])}}`;
  const scanner = new RecordScanner();
  for (const members of [`"stream":"s","data":{},${meta}`, `${meta},"stream":"s","data":{}`]) {
    const line = `{"type":"RECORD","record":{${members}}}`;
    for (let i = 0; i < 2; i++) {
      t.equal(scan(scanner, line), 'record');
      t.same(scanner.changes, changes);
    }
  }
  for (const none of ['null', '{}', '[]', '{"changes":[]}', '{"changes":[ ]}', '{"changes":{}}', '{"changes":null}']) {
    t.equal(scan(scanner, `{"type":"RECORD","record":{"stream":"s","meta":${none},"data":{}}}`), 'record', none);
    t.same(scanner.changes, [], none);
  }
});

t.test('nesting 100,000 deep, 50,000 columns, a string of 5 MB and 10,000 streams are accepted', async (t) => {
  const scanner = new RecordScanner();
  const deep = '['.repeat(100_000) + ']'.repeat(100_000);
  t.equal(scan(scanner, record(`{"a":${deep}}`)), 'record');
  t.equal(scan(scanner, record(`{"a":${'{"a":'.repeat(100_000)}1${'}'.repeat(100_000)}}`)), 'record');
  t.equal(scan(scanner, record(`{"a":${deep.slice(1)}}`)), 'it is not valid JSON');
  const wide = record(`{${Array.from({ length: 50_000 }, (_, i) => `"column ${i}":${i}`).join(',')}}`);
  for (let i = 0; i < 3; i++) {
    t.equal(scan(scanner, wide), 'record');
    t.same([scanner.fieldCount, fields(scanner)[49_999]], [50_000, ['column 49999', '49999']]);
  }
  t.equal(scan(scanner, record(`{"a":"${'x'.repeat(5_000_000)}"}`)), 'record');
  t.equal(scanner.kernel.valueEnd[0], (scanner.kernel.valueStart[0] as number) + 5_000_002);
  for (let i = 0; i < 10_000; i++) {
    scan(scanner, `{"type":"RECORD","record":{"stream":"stream ${i}","data":{"column of ${i}":1}}}`);
    if (scanner.stream !== `stream ${i}`) t.fail(`stream ${i}`);
  }
});

t.test('stream and type are read from the head of a line that is too long', async (t) => {
  const cases: readonly [head: string, isRecord: boolean, stream?: { name: string; namespace?: string | undefined }][] =
    [
      ['{"type":"RECORD","record":{"namespace":"n","stream":"s","data":{"a":"xxx', true, { name: 's', namespace: 'n' }],
      ['{"type":"RECORD","record":{"stream":"s","data":{"a":"xxx', true, { name: 's', namespace: undefined }],
      ['{"record":{"stream":"s","data":{"a":[1,2', true, { name: 's', namespace: undefined }],
      ['{"type":"RECORD","record":{"data":{"a":"xxx', true],
      ['{"type":"STATE","state":{"a":"xxx', false],
      ['{"type":"STATE","record":{"stream":"s","data":{"a":"xxx', false],
      ['xxx', false],
    ];
  const scanner = new RecordScanner();
  for (const [head, isRecord, stream] of cases) {
    const behind = Buffer.from(`${head}"},"stream":"another"}}`);
    t.same(scanner.scanHead(behind, 0, head.length), { isRecord, stream }, head);
  }
});

t.test('records with more fields than the table are read, wherever the table ends', async (t) => {
  for (const count of [16_383, 16_384, 16_385, 32_769]) {
    const scanner = new RecordScanner();
    const data = `{${Array.from({ length: count }, (_, i) => `"c${i}":${i}`).join(',')}}`;
    // The second time the keys come as expected.
    for (let round = 0; round < 2; round++) {
      t.equal(scan(scanner, record(data)), 'record');
      const last = fields(scanner)[count - 1];
      t.same([scanner.fieldCount, last], [count, [`c${count - 1}`, `${count - 1}`]]);
    }
  }
});
