/** Whatever a client sends, the sandbox answers it, or closes its connection, and goes on. */
import { connect } from 'node:net';
import t, { type Test } from 'tap';
import { FakeClock } from '../../integration_tests/support/fake_clock.ts';
import { pick, type Random, randomFrom } from '../../integration_tests/support/random.ts';
import { type Sandbox, startSandbox } from './server.ts';

async function open(t: Test): Promise<Sandbox> {
  const clock = new FakeClock();
  const limits = { callsPerHour: null, callsPerDay: null, metadataCallsPerMinute: null };
  const objectApi = { callsPerMinute: null, callsPerDay: null };
  const sandbox = await startSandbox({ clock, ...limits, objectApi, oauth: { id: 'client', secret: 'secret' } });
  t.teardown(() => sandbox.close());
  return sandbox;
}

/** Sends bytes as they are; returns what comes back until the connection is closed. */
async function exchange({ url }: Sandbox, text: string): Promise<string> {
  const socket = connect({ host: '127.0.0.1', port: Number(new URL(url).port) });
  let answer = '';
  socket.setEncoding('latin1').on('data', (part) => {
    answer += part;
  });
  // A connection that is cut is an answer, too.
  socket.on('error', () => undefined);
  socket.end(text, 'latin1');
  // Not `once` of node:events, which fails with an error.
  await new Promise((resolve) => socket.once('close', resolve));
  return answer;
}

function requestOf(line: string, headers: readonly string[] = [], body = ''): string {
  const length = Buffer.byteLength(body, 'latin1');
  const all = [
    'Host: x',
    'Connection: close',
    'accesskey: k',
    ...headers,
    ...(body ? [`Content-Length: ${length}`] : []),
  ];
  return `${line} HTTP/1.1\r\n${all.join('\r\n')}\r\n\r\n${body}`;
}

const json = (line: string, body: string) => requestOf(line, ['Content-Type: application/json'], body);
const form = (body: string, type = 'multipart/form-data; boundary=b') =>
  requestOf('POST /v1/bulk/jobs', [`Content-Type: ${type}`], body);
const field = (name: string, value: string) =>
  `--b\r\nContent-Disposition: form-data; name="${name}"\r\n\r\n${value}\r\n`;
const query = 'POST /v1/data/objects/query/Company';
const refused = /^HTTP\/1\.1 400 .*GS_7400/s;
const absent = /^HTTP\/1\.1 404 .*GS_APIG_1000/s;

const malformed: readonly [what: string, request: string, answer: RegExp][] = [
  ['a broken escape in the id of a job', requestOf('GET /v1/bulk/jobs/%'), absent],
  ['a broken escape before /errors', requestOf('GET /v1/bulk/jobs/%E0%A4/errors'), absent],
  ['a broken escape in an object', requestOf('GET /v1/meta/services/objects/%ZZ/describe'), absent],
  ['a broken escape in a dropdown', requestOf('GET /v1/meta/services/dropdowns/%'), absent],
  ['a broken escape in a query', json('POST /v1/data/objects/query/%', '{}'), absent],
  ['a broken escape in an insert', json('POST /v1/data/objects/%', '{}'), absent],
  ['a broken escape elsewhere', requestOf('GET /%'), absent],
  ['a broken escape in the parameters', requestOf('GET /v1/bulk/jobs?status=%&limit=%E0'), /^HTTP\/1\.1 200 /],
  ['an address that is none', requestOf('GET http://['), /^HTTP\/1\.1 40[04] /],
  ['a path that begins with two slashes', requestOf('GET //'), absent],
  ['a request about the server', requestOf('OPTIONS *'), absent],
  ['another method', requestOf('DELETE /v1/bulk/jobs/J000001'), absent],
  ['a method that does not exist', requestOf('BREW /v1/bulk/jobs'), /^HTTP\/1\.1 400 /],
  ['a tunnel', requestOf('CONNECT x:443'), /^$|^HTTP\/1\.1 4/],
  ['an upgrade', requestOf('GET /v1/bulk/jobs', ['Connection: Upgrade', 'Upgrade: websocket']), /^HTTP\/1\.1 200 /],
  ['an expectation', requestOf('GET /v1/bulk/jobs', ['Expect: tea']), /^HTTP\/1\.1 417 /],
  ['headers that are too large', requestOf('GET /', [`x: ${'y'.repeat(100_000)}`]), /^HTTP\/1\.1 431 |^$/],
  ['no HTTP', 'hello\r\n\r\n', /^HTTP\/1\.1 400 /],
  ['a body that ends early', requestOf('POST /v1/bulk/jobs', ['Content-Length: 100']), /^$|^HTTP\/1\.1 400 /],
  ['no form', json('POST /v1/bulk/jobs', '{}'), refused],
  ['a form without its end', form(field('objectName', 'Company')), refused],
  ['a form without a boundary', form('x', 'multipart/form-data; boundary='), refused],
  ['a form of other bytes', form('\u0000\u00ff'.repeat(50)), refused],
  ['a part with the name of a prototype', form(`${field('__proto__', 'x')}--b--\r\n`), refused],
  ['JSON that breaks off', json(query, '{"select":["Name"'), refused],
  ['null', json(query, 'null'), refused],
  ['a condition that is null', json(query, '{"select":["Name"],"where":{"conditions":[null]}}'), refused],
  ['an order that is null', json(query, '{"select":["Name"],"orderBy":null}'), /^HTTP\/1\.1 (200|400) /],
  [
    'names of objects that are no texts',
    json('POST /v1/meta/services/objects/describe', '{"objectNames":[{"toString":1}]}'),
    refused,
  ],
  ['records that are none', json('POST /v1/data/objects/Company', '{"records":[null,1]}'), refused],
  [
    'a record with the name of a prototype',
    json('POST /v1/data/objects/Company', '{"records":[{"__proto__":{"a":1}}]}'),
    /^HTTP\/1\.1 /,
  ],
];

for (const [what, request, answer] of malformed)
  t.test(what, async (t) => {
    const sandbox = await open(t);
    t.match(await exchange(sandbox, request), answer);
    t.match(await exchange(sandbox, requestOf('GET /v1/bulk/jobs')), /^HTTP\/1\.1 200 /, 'it goes on');
  });

const values = ['null', '1', '-0', '"x"', '[]', '{}', 'true', '[null]', '[{}]', '["Name"]', '{"toString":1}', '1e999'];
const names = ['records', 'select', 'where', 'conditions', 'expression', 'orderBy', 'limit', 'offset', 'objectNames'];
names.push('name', 'alias', 'operator', 'value', 'lookups', '__proto__', 'constructor');

function randomJson(random: Random, depth: number): string {
  if (depth === 0 || random(3) === 0) return pick(random, values);
  const inner = () => randomJson(random, depth - 1);
  if (random(2) === 0) return `[${Array.from({ length: random(3) }, inner).join(',')}]`;
  return `{${Array.from({ length: random(4) }, () => `"${pick(random, names)}":${inner()}`).join(',')}}`;
}

const parts = [
  '/v1',
  '/bulk',
  '/jobs',
  '/errors',
  '/meta',
  '/services',
  '/objects',
  '/describe',
  '/dropdowns',
  '/data',
];
parts.push(
  '/query',
  '/Company',
  '/users/m2m/oauth/token',
  '/%',
  '/%00',
  '/%E0',
  '/..',
  '//',
  '?keys=',
  '?x=%',
  '#',
  ';',
  ' ',
);

function randomRequest(random: Random): string {
  const usual = ['/v1/bulk/jobs', '/v1/data/objects/Company', '/v1/data/objects/query/Company'];
  usual.push('/v1/meta/services/objects/describe', '/v1/users/m2m/oauth/token', '/');
  const path =
    random(2) === 0 ? pick(random, usual) : Array.from({ length: random(6) }, () => pick(random, parts)).join('');
  const method = pick(random, ['GET', 'POST', 'PUT', 'PATCH', 'HEAD', 'OPTIONS']);
  const body = random(3) === 0 ? field(pick(random, ['objectName', 'operation', 'file']), 'x') : randomJson(random, 4);
  const type = pick(random, ['application/json', 'multipart/form-data; boundary=b', 'text/plain', '']);
  return requestOf(`${method} ${path || '/'}`, [`Content-Type: ${type}`], random(4) === 0 ? body.slice(1) : body);
}

t.test('five hundred requests at random', async (t) => {
  const sandbox = await open(t);
  const random = randomFrom(20_261_130);
  for (let round = 0; round < 50; round++) {
    const requests = Array.from({ length: 10 }, () => randomRequest(random));
    const answers = await Promise.all(requests.map((request) => exchange(sandbox, request)));
    for (const [at, answer] of answers.entries()) {
      if (!/^HTTP\/1\.1 [24]\d\d |^$/.test(answer)) t.fail(`${requests[at]} is answered with ${answer}`);
    }
  }
  t.match(await exchange(sandbox, requestOf('GET /v1/bulk/jobs')), /^HTTP\/1\.1 200 /);
});
