/**
 * A Gainsight with invalid, endless or malicious responses: one TRACE says what to do, no other path is requested, no
 * secret is printed.
 */
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { pipeline } from 'node:stream/promises';
import { createGzip } from 'node:zlib';
import t, { type Test } from 'tap';
import { allOrQuarter } from '../conservation/quarter.ts';
import { configOf, holdsAlways, holdsFailure, records, setUpProgram, state } from '../support/small_sync.ts';
import { accessKey } from '../support/tenant.ts';

type Job = Record<string, unknown>;
type Respond = (response: ServerResponse, job: Job) => unknown;
type Kind = 'submit' | 'list' | 'job' | 'errors' | 'metadata';

interface Case {
  readonly name: string;
  /** Responses that replace the usual ones. */
  readonly answers: Partial<Record<Kind, Respond>>;
  /** `check` instead of `write`, where a write would retry for half an hour. */
  readonly command?: 'check';
  /** The expected code of the TRACE; absent: the sync succeeds. */
  readonly fails?: string;
  readonly type?: 'config_error' | 'transient_error';
  /** Merged into the usual configuration. */
  readonly config?: object;
  readonly says?: readonly (string | RegExp)[];
  readonly stream?: string;
}

const json = (response: ServerResponse, data: unknown) => response.end(JSON.stringify({ result: true, data }));
const raw =
  (text: string): Respond =>
  (response) =>
    response.end(text);
const patched =
  (patch: Job): Respond =>
  (response, job) =>
    json(response, { ...job, ...patch });
const refused = { successCount: 1, failureCount: 1 };
const unreachable = { command: 'check', fails: 'gainsight_unavailable', type: 'transient_error' } as const;
const spent = { fails: 'quota_spent', type: 'transient_error', says: ['Gainsight refused the last call'] } as const;

function* pour(head: string, piece: string | Buffer, pieces: number) {
  yield head;
  for (let at = 0; at < pieces; at++) yield piece;
}
const endless =
  (head: string, piece: string, pieces = 100_000): Respond =>
  (response) =>
    pipeline(pour(head, piece, pieces), response).catch(() => undefined);
const errorsOf = (text: (at: number) => string) =>
  Array.from({ length: 1000 }, (_, at) => `{"rowNumber":${at + 2},"errorMessage":"${text(at)}"},`).join('');

const ids: readonly Case[] = ['.', '..', '\ud800', 'a\nb', '', 'x'.repeat(1e6), { a: 1 }, null].map((jobId, at) => ({
  ...{ name: `job id ${at}, of no use: the job is looked up`, answers: { submit: patched({ jobId }) } },
}));

const field = (name: string) => ({ fieldName: name, dataType: 'STRING', meta: {} });
const metadata: readonly Case[] = [
  {
    name: 'metadata without end',
    answers: { metadata: endless('{"data":[', '{"objectName":"accounts","fields":[]},') },
  },
  {
    name: 'metadata that is refused with control characters and the key',
    answers: {
      metadata: (response) =>
        response
          .writeHead(403, `No ${accessKey.replace(/[^a-z-]/g, '')}`)
          .end(JSON.stringify({ result: false, errorDesc: `\u001b[2J${accessKey}` })),
    },
  },
  {
    name: 'metadata with names of control characters and the key',
    answers: {
      metadata: (response) =>
        json(response, [
          {
            objectName: 'ACCOUNTS',
            label: `\u001b[2J${accessKey}`,
            fields: ['\u001b[2JId', `Name ${accessKey}`].map(field),
          },
        ]),
    },
    ...{ fails: 'mapping_unfit', stream: 'accounts', says: ['"Accounts" has no field "Id"'] },
  },
];

const cases: readonly Case[] = [
  ...ids,
  ...metadata,
  ...[
    ['a job id that is a path', '../../../v2/x?y=1#z%2e é'],
    ['a job id of JavaScript', '__proto__'],
  ].map(([name = '', jobId]): Case => ({ name, answers: { submit: patched({ jobId }), job: patched({ jobId }) } })),
  {
    name: 'nulls for all that is not known yet',
    answers: {
      submit: patched({ status: 'PENDING', processedRecords: null, successCount: null, completedDate: null }),
    },
  },
  {
    ...{
      name: 'a status with control characters and the key',
      fails: 'job_failed',
      type: 'config_error',
      stream: 'accounts',
    },
    answers: {
      job: patched({
        status: `\u001b[2J${accessKey}\n{"type":"STATE"}`,
        completedDate: 'yesterday',
        processedRecords: -1e300,
      }),
    },
    says: ['it names no error'],
  },
  {
    name: 'records that are none',
    answers: { list: raw('{"data":{"records":[null,1,"x",[],{"jobId":{}}],"totalCount":"9"}}') },
  },
  { name: 'a total that is not true', answers: { list: raw('{"data":{"records":[],"totalCount":9007199254740991}}') } },
  {
    name: 'dates of other ages',
    answers: {
      list: (response) => {
        response.setHeader('date', 'Fri, 31 Dec 9999 23:59:59 GMT');
        const dates = ['-271821-04-20T00:00:00.000Z', '+275760-09-13T00:00:00.000Z', 'soon', 5, null];
        json(response, {
          records: dates.map((createdDate, at) => ({ jobId: `D${at}`, createdDate, status: 'COMPLETED' })),
        });
      },
    },
  },
  ...['9'.repeat(20), '9'.repeat(400), 'Fri, 31 Dec 9999 23:59:59 GMT'].map(
    (wait, at): Case => ({
      ...{ name: `Retry-After beyond all dates ${at}`, ...spent },
      answers: {
        submit: (response) => response.writeHead(429, { 'retry-after': wait }).end('{}'),
        list: (response) => json(response, { records: [] }),
      },
    }),
  ),
  {
    ...{
      name: 'a refusal that is no text, and the key at its end',
      fails: 'submission_refused',
      type: 'config_error',
      stream: 'accounts',
    },
    answers: {
      submit: (response) =>
        response
          .writeHead(400)
          .end(JSON.stringify({ requestId: { toString: 1 }, errorCode: [1], errorDesc: 'x'.repeat(490) + accessKey })),
    },
    says: ['HTTP 400 Bad Request'],
  },
  {
    ...{ name: 'a status line with the key', fails: 'submission_refused', type: 'config_error', stream: 'accounts' },
    answers: { submit: (response) => response.writeHead(400, `No ${accessKey}`).end('<html>') },
    says: ['HTTP 400 No …'],
  },
  {
    name: 'headers without end: the job is looked up',
    answers: { submit: (response) => response.writeHead(200, { 'x-much': 'y'.repeat(100_000) }).end('{}') },
  },
  {
    ...{ name: 'a list that is none', ...unreachable, says: ['the answer cannot be read'] },
    answers: { list: raw('{"data":{"records":{}}}') },
  },
  {
    ...{ name: 'a list without end', ...unreachable, says: ['too large'] },
    answers: { list: endless('{"data":', ' '.repeat(65_536)) },
  },
  {
    ...{ name: 'a list of nothing but depth', ...unreachable, says: ['too large'] },
    answers: { list: endless('{"data":', '['.repeat(65_536)) },
  },
  {
    ...{ name: 'a list that unpacks to a gigabyte', ...unreachable, says: ['too large'] },
    answers: {
      list: (response) => {
        response.writeHead(200, { 'content-encoding': 'gzip' });
        return pipeline(pour('{', Buffer.alloc(1_000_000, 0x20), 1000), createGzip({ level: 1 }), response).catch(
          () => undefined,
        );
      },
    },
  },
  {
    ...{
      name: 'a hundred megabytes of row errors, each in other words',
      fails: 'too_many_rejects',
      type: 'config_error',
      stream: 'accounts',
    },
    answers: { job: patched(refused), errors: manyErrors },
    config: { rejected_rows: { fail_above_percent: 0 } },
    says: ['of accounts were rejected'],
  },
  {
    ...{ name: 'row numbers of no row', fails: 'rejects_unnamed', type: 'config_error', stream: 'accounts' },
    answers: {
      job: patched(refused),
      errors: raw(
        '{"data":[{"rowNumber":-5},{"rowNumber":9007199254740991},{"rowNumber":1e308},null,5,[],{"rowNumber":"2"}]}',
      ),
    },
    says: ['1 of them are not named'],
  },
];

/** So many that their texts alone would take 250 MB. */
function manyErrors(response: ServerResponse): unknown {
  function* pieces() {
    yield '{"data":[';
    for (let at = 0; at < 400; at++) yield errorsOf((each) => `value ${at} ${each} ${'z'.repeat(200)}`);
    yield '{"rowNumber":2}]}';
  }
  return pipeline(pieces(), response).catch(() => undefined);
}

t.jobs = 2;
for (const {
  name,
  answers,
  command = 'write',
  config,
  fails,
  type = 'config_error',
  says = [],
  stream,
} of allOrQuarter(cases, 'answers')) {
  t.test(name, { buffered: true, timeout: 120_000 }, async (t) => {
    const tenant = await hostileTenant(t, answers);
    const program = await setUpProgram(t, { streams: ['accounts'], config: { api_base_url: tenant.url, ...config } });
    const input = records('accounts', 'A1', 'A2') + state('accounts');
    const result = await program.run(command, input, {
      env: { LOG_LEVEL: 'TRACE' },
      signal: AbortSignal.timeout(90_000),
    });
    if (fails) holdsFailure(t, result, program, { code: fails, type, says, stream });
    else holdsAlways(t, result, program);
    t.equal(result.code, fails ? 1 : 0, `${result.messages.find(({ trace }) => trace)?.['trace'].error.message}`);
    for (const line of result.lines) t.notMatch(line, /\\u00[01]/, 'no control character');
    for (const path of tenant.paths)
      t.match(
        path,
        /^\/v1\/meta\/services\/objects\/|^\/v1\/bulk\/jobs(\?limit=200&offset=\d+|\/(?!\.{1,2}(\/|$))[^/?#]+(\/errors)?)?$/,
      );
    const peak = Math.round((result.peakMemory ?? 0) / 1e6);
    t.ok(peak < 220, `${name}: ${peak} MB of memory`);
  });
}

t.test('warnings of packages for developers are not printed', { buffered: true, timeout: 120_000 }, async (t) => {
  const program = await setUpProgram(t, { config: { ...configOf([]), api_base_url: 'https://acme.invalid/v1' } });
  const env = { DEBUG: '*', HTTPS_PROXY: 'http://127.0.0.1:1', LOG_LEVEL: 'TRACE' };
  const result = await program.run('check', '', { env, signal: AbortSignal.timeout(90_000) });
  const says = ['through the proxy'];
  holdsFailure(t, result, program, { code: 'gainsight_unavailable', type: 'transient_error', says });
});

t.test('a missing folder for temporary files is reported as such', { buffered: true }, async (t) => {
  const program = await setUpProgram(t, { streams: ['accounts'] });
  const result = await program.run('write', records('accounts', 'A1'), { env: { TMPDIR: '/nowhere/at/all' } });
  const says = ['The folder for waiting rows cannot be used'];
  holdsFailure(t, result, program, { code: 'spool_folder_unusable', type: 'config_error', says });
});

/** Responds like a tenant whose jobs end at once, except where a test replaces a response. */
async function hostileTenant(t: Test, answers: Case['answers']): Promise<{ url: string; paths: string[] }> {
  const paths: string[] = [];
  let job: Job | undefined;
  const server = createServer(async (request, response) => {
    paths.push(request.url ?? '');
    const body = await textOf(request);
    const kind = kindOf(request);
    if (kind === 'submit') job = jobOf(body);
    const usual = { submit: job, job, list: { records: job ? [job] : [] }, errors: [], metadata: [] }[kind];
    const answer = answers[kind];
    if (answer) await answer(response, job ?? {});
    else json(response, usual);
  });
  await new Promise<void>((resolve) => void server.listen(0, '127.0.0.1', resolve));
  t.teardown(() => {
    server.closeAllConnections();
    server.close();
  });
  return { url: `http://127.0.0.1:${(server.address() as AddressInfo).port}/v1`, paths };
}

function kindOf({ method, url = '' }: IncomingMessage): Kind {
  if (url.startsWith('/v1/meta/')) return 'metadata';
  if (method === 'POST') return 'submit';
  if (url.includes('?limit=')) return 'list';
  return url.endsWith('/errors') ? 'errors' : 'job';
}

function jobOf(body: string): Job {
  const [, fileName = '', rows] = /filename="((?:[^."]+\.){2}(\d+)\.[^"]+)"/.exec(body) ?? [];
  const times = { createdDate: '2026-01-01T00:00:00Z', completedDate: '2026-01-01T00:00:01Z' };
  return {
    jobId: 'J1',
    objectName: 'Somewhere',
    status: 'COMPLETED',
    fileName,
    ...times,
    successCount: Number(rows),
    failureCount: 0,
  };
}

async function textOf(request: IncomingMessage): Promise<string> {
  const chunks: Buffer[] = [];
  for await (const chunk of request) chunks.push(chunk as Buffer);
  return Buffer.concat(chunks).toString('latin1');
}
