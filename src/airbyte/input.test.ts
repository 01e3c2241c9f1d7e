/** The message reader: which messages it finds, that nothing of them is lost, and where it ends. */
import { Readable } from 'node:stream';
import t from 'tap';
import { Input, type InputMessage } from './input.ts';

async function* chunksOf(text: string | Buffer, size: number): AsyncGenerator<Buffer> {
  const bytes = Buffer.from(text);
  // One buffer for all chunks, as with a pipe: a chunk is valid until the next one is requested.
  const buffer = Buffer.alloc(size);
  for (let at = 0; at < bytes.length; at += size) {
    const length = bytes.copy(buffer, 0, at, at + size);
    yield buffer.subarray(0, length);
  }
}

async function read(text: string | Buffer, size = 7, stop = new AbortController().signal): Promise<InputMessage[]> {
  return Readable.from(new Input(chunksOf(text, size), stop).messages()).toArray();
}

const record = (stream: string, data = '{}', more = '') =>
  `{"type":"RECORD","record":{"stream":"${stream}","data":${data},"emitted_at":1${more}}}`;
const state = (stream: string, cursor = '1') =>
  `{"type":"STATE","state":{"type":"STREAM","stream":{"stream_descriptor":{"name":"${stream}"},"stream_state":${cursor}},"id":3}}`;
const complete = (stream: string) =>
  `{"type":"TRACE","trace":{"type":"STREAM_STATUS","emitted_at":1,"stream_status":{"stream_descriptor":{"name":"${stream}"},"status":"COMPLETE"}}}`;

t.test('records keep every digit, however the input is split', async (t) => {
  const data = '{"n":900719925474099312345678901234, "d":1.10,"é":"\\u00e9\u2028","__proto__":{"x":[-0,1E400]}}';
  const text = `${record('a', data)}\r\n\n \t\n${record('b', '{"last":true}')}`;
  for (const size of [1, 2, 3, 7, 64, 1000]) {
    const messages = await read(text, size);
    t.match(messages, [
      { type: 'RECORD', stream: { name: 'a' }, changes: [], line: 1 },
      { type: 'RECORD', stream: { name: 'b' }, line: 4 },
    ]);
    t.same(
      messages.map((message) => message.type === 'RECORD' && message.data.toString()),
      [data, '{"last":true}'],
      `${size} bytes at a time`,
    );
  }
});

t.test('a record may be written in any order, and of a repeated member the last counts', async (t) => {
  const [message] = await read(
    '{"record":{"data":{"a":1},"meta":{"changes":[{"field":"a","change":"NULLED","reason":"r"},7]},"namespace":"n","stream":"x","data":{"a":2},"str\\u0065am":"y"},"type":"RECORD"}',
  );
  t.match(message, { stream: { name: 'y', namespace: 'n' }, changes: [{ field: 'a', change: 'NULLED' }] });
  t.equal(message?.type === 'RECORD' && message.data.toString(), '{"a":2}');
});

t.test('a state comes unchanged, with the number of records since the previous one of its scope', async (t) => {
  const lines = [
    ...[record('a'), record('b'), record('a'), state('a', '{"big":12345678901234567890}')],
    ...[record('a'), state('b'), state('a'), state('a'), record('a', '{}', ',"namespace":"n"'), record('b')],
    ...['{"type":"STATE","state":{"type":"GLOBAL","global":{}}}', '{"type":"STATE","state":{"data":{}}}'],
  ];
  const states = (await read(lines.join('\n'))).filter((message) => message.type === 'STATE');
  t.same(
    states.map(({ scope, stream, records }) => [scope, stream?.name, records]),
    [
      ['STREAM', 'a', 2],
      ['STREAM', 'b', 1],
      ['STREAM', 'a', 1],
      ['STREAM', 'a', 0],
      ['GLOBAL', undefined, 2],
      ['LEGACY', undefined, 0],
    ],
  );
  t.equal(states[0]?.text.toString(), lines[3]);
});

t.test('messages that a destination does not need are skipped', async (t) => {
  const others = ['{"type":"LOG","log":{}}', '{"type":"TRACE","trace":{"type":"ESTIMATE"}}', '{"type":"NEW"}'];
  t.match(await read([...others, complete('a')].join('\n')), [{ type: 'COMPLETE', stream: { name: 'a' }, line: 4 }]);
});

const brokenLines: readonly [what: string, line: string | Buffer, words: RegExp][] = [
  ['no JSON', '{"type":"RECORD"', /not valid JSON/],
  ['a byte order mark', `\ufeff${record('a')}`, /not valid JSON/],
  ['bytes that are no UTF-8', Buffer.from([0x22, 0xff, 0x22]), /not valid UTF-8/],
  ['no object', '7', /not a JSON object/],
  ['no type', '{}', /no "type"/],
  ['no record', '{"type":"RECORD"}', /without an object "record"/],
  ['no stream', '{"type":"RECORD","record":{"data":{}}}', /without a stream/],
  ['no data', '{"type":"RECORD","record":{"stream":"a","data":[]}}', /without an object "data"/],
  ['a namespace that is no text', record('a', '{}', ',"namespace":7'), /namespace is not text/],
  ['a state of nothing', '{"type":"STATE"}', /without an object "state"/],
];
for (const [what, line, words] of brokenLines) {
  t.test(`a line with ${what} ends the input, after everything before it`, async (t) => {
    const seen: string[] = [];
    const text = Buffer.concat([Buffer.from(`${record('a')}\n\n`), Buffer.from(line)]);
    const messages = new Input(chunksOf(text, 5), new AbortController().signal).messages();
    const reading = async () => {
      for await (const { type } of messages) seen.push(type);
    };
    await t.rejects(reading(), { code: 'input_broken', message: words });
    await t.rejects(read(line), { message: /Line 1 of the input/ });
    t.same(seen, ['RECORD']);
  });
}

t.test('after a stop no message comes, and an incomplete line is dropped', async (t) => {
  const stop = new AbortController();
  const seen: string[] = [];
  for await (const { type } of new Input(chunksOf(`${record('a')}\n`.repeat(4), 1000), stop.signal).messages()) {
    seen.push(type);
    if (seen.length === 2) stop.abort();
  }
  t.same(seen, ['RECORD', 'RECORD']);
  async function* halved(): AsyncGenerator<Buffer> {
    yield Buffer.from('{"type":"REC');
    stop.abort();
  }
  t.same(await Readable.from(new Input(halved(), stop.signal).messages()).toArray(), []);
});
