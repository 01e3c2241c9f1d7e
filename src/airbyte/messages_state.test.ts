import fc from 'fast-check';
import t from 'tap';
import { spliceStats } from './messages.ts';
import { TracedError } from './traced_error.ts';

const splice = (line: string | Buffer) => spliceStats(line, stats).toString();
const stats = '{"recordCount":3}';
const put = `"destinationStats":${stats}`;

const cases: readonly [name: string, line: string, expected: string][] = [
  ['a plain state', '{"type":"STATE","state":{"data":1}}', `{"type":"STATE","state":{"data":1,${put}}}`],
  ['an empty state', '{"state":{}}', `{"state":{${put}}}`],
  ['an empty state with white space', '{"state":{ \t}}', `{"state":{${put} \t}}`],
  ['white space everywhere', ' { "state" : { "a" : 1 } , "b":2} \r', `{ "state" : { "a" : 1,${put} } , "b":2}`],
  ['an escaped key', '{"st\\u0061te":{"a":1}}', `{"st\\u0061te":{"a":1,${put}}}`],
  ['braces and quotes in strings', '{"state":{"a":"}\\"{,]"}}', `{"state":{"a":"}\\"{,]",${put}}}`],
  [
    'a nested state does not count',
    '{"x":{"state":{}},"state":{"state":{}}}',
    `{"x":{"state":{}},"state":{"state":{},${put}}}`,
  ],
  ['of two states the last', '{"state":{"a":1},"state":{"b":2}}', `{"state":{"a":1},"state":{"b":2,${put}}}`],
  [
    'integers of 30 digits',
    '{"state":{"id":123456789012345678901234567890,"x":1.10}}',
    `{"state":{"id":123456789012345678901234567890,"x":1.10,${put}}}`,
  ],
  ['existing statistics, alone', '{"state":{"destinationStats":{"a":[1]}}}', `{"state":{${put}}}`],
  ['existing statistics, first', '{"state":{ "destinationStats":1 , "a":2}}', `{"state":{ "a":2,${put}}}`],
  [
    'existing statistics, between others',
    '{"state":{"a":1, "destinationStats":{} , "b":2}}',
    `{"state":{"a":1 , "b":2,${put}}}`,
  ],
  ['existing statistics, last', '{"state":{"a":1 ,"destinationStats":null }}', `{"state":{"a":1,${put} }}`],
  ['repeated statistics', '{"state":{"destinationStats":1,"destinationStats":2,"a":3}}', `{"state":{"a":3,${put}}}`],
  ['statistics under an escaped key', '{"state":{"a":1,"destination\\u0053tats":0}}', `{"state":{"a":1,${put}}}`],
  [
    'text beyond ASCII',
    '{"é":"😀","state":{"ü":"\u2028"},"z":"é"}',
    `{"é":"😀","state":{"ü":"\u2028",${put}},"z":"é"}`,
  ],
];

t.test('statistics become the last member of the state and nothing else changes', async (t) => {
  for (const [name, line, expected] of cases) {
    t.equal(splice(line), expected, name);
    t.equal(splice(Buffer.from(line)), expected, `${name}, from bytes`);
  }
});

t.test('the result equals the line in content, whatever the members and the white space', async (t) => {
  const member = fc.tuple(fc.constantFrom('a', 'b', 'destinationStats', '"', '{'), fc.jsonValue({ maxDepth: 2 }));
  const space = fc.constantFrom('', ' ', '\t ');
  fc.assert(
    fc.property(fc.array(member, { maxLength: 6 }), space, space, (members, one, two) => {
      const text = members
        .map(([key, value]) => `${one}${JSON.stringify(key)}${two}:${JSON.stringify(value)}`)
        .join(`${two},`);
      const line = `{"id":7,"state":{${text}${one}},"x":[${two}]}`;
      const { destinationStats: _, ...rest } = Object.fromEntries(members);
      const result: unknown = JSON.parse(splice(line));
      t.same(result, {
        id: 7,
        state: { ...JSON.parse(JSON.stringify(rest)), destinationStats: { recordCount: 3 } },
        x: [],
      });
    }),
    { seed: 6, numRuns: 500 },
  );
});

t.test('a line without an object "state" is a bug', async (t) => {
  for (const line of ['{}', '{"state":1}', '{"state":{},"state":[]}']) {
    t.throws(() => spliceStats(line, stats), TracedError);
  }
});
