/** The first question of a sync that sends no files: what it ends, what it never does, and when it is not asked. */
import t, { type Test } from 'tap';
import type { FakeClock } from '../integration_tests/support/fake_clock.ts';
import { type InProcessSync, runInProcess } from '../integration_tests/support/run_in_process.ts';
import { catalogOf, entryOf, logsAt, records, released, state } from '../integration_tests/support/small_sync.ts';
import { codesOf } from '../integration_tests/support/sync.ts';
import { hour, second } from './clock.ts';
import type { FaultRule } from './sandbox/faults.ts';
import type { SandboxOptions } from './sandbox/options.ts';

const streams = ['accounts'];
const lines = records('accounts', 'A1', 'A2') + state('accounts');

const [endless, whole, empty] = ['endless', 'whole', 'empty'] as const;
type Input = typeof endless | typeof whole | typeof empty;

interface Case extends Omit<Partial<InProcessSync>, 'input' | 'sandbox'> {
  readonly sandbox?: Partial<SandboxOptions>;
  readonly input: Input;
  readonly mode?: string;
  /** Metadata is not read. */
  readonly isBlind?: boolean;
}

/** A sync by the object API alone. */
async function sync(t: Test, { input, config = {}, mode, isBlind = false, ...more }: Case) {
  const source = async function* (clock: FakeClock) {
    if (input !== empty) yield Buffer.from(lines);
    if (input === endless) await clock.sleep(hour);
  };
  const preflight = isBlind ? { mapping: 'off', values: 'off' } : {};
  const result = await runInProcess({
    ...more,
    config: { streams: streams.map((stream) => entryOf(stream, { route: 'object_api' })), preflight, ...config },
    catalog: catalogOf(streams, mode),
    input: source,
  });
  t.teardown(() => result.sandbox.close());
  const queries = result.sandbox.objectCalls.filter(({ kind }) => kind === 'query').length;
  return { ...result, endMs: result.clock.elapsed(), queries };
}

const onEach = (fault: FaultRule['do']) =>
  ['metadata', 'query', 'insert', 'update'].map((on) => ({ on, do: fault }) as FaultRule);
const status = (code: number, errorCode?: string) =>
  ({ kind: 'status', status: code, ...(errorCode !== undefined && { errorCode }) }) as const;
const byClient = { sign_in: { method: 'oauth_client', client_id: 'ours', client_secret: 'a secret of theirs' } };

const refusals: [name: string, code: string, of: Omit<Case, 'input'>, queries?: number][] = [
  ['a refused key', 'access_refused', { sandbox: { script: onEach(status(401, 'GS_APIG_2401')) } }],
  ['the same as a 400', 'access_refused', { sandbox: { script: onEach(status(400, 'GSOBJ_1024')) } }],
  // The tenant has no client, and gives no token.
  ['a refused client', 'client_refused', { config: byClient }, 0],
  ['an address that is not listed', 'address_not_listed', { sandbox: { script: onEach(status(403, 'GS_APIG_2402')) } }],
  ['no object API', 'object_api_missing', { isBlind: true, sandbox: { objectApi: { access: 'off' } } }, 0],
];

for (const [name, code, of, queries = 1] of refusals) {
  for (const input of [endless, whole, empty] satisfies Input[]) {
    for (const isBlind of [of.isBlind ?? false, true]) {
      t.test(`${name} ends a sync whose source is ${input}${isBlind ? ', without metadata' : ''}`, async (t) => {
        const result = await sync(t, { ...of, input, isBlind });
        t.same([result.end, codesOf(result)], ['failed', [code]], result.logs.join('\n'));
        t.same(logsAt(result, 'ERROR'), [], 'it is reported once');
        t.ok(result.endMs < second, `it took ${result.endMs} ms`);
        t.equal(released(result), '', 'no state of its rows');
        if (input !== whole) t.equal(result.queries, queries, 'it was asked once');
      });
    }
  }
}

const doubts: [name: string, of: Omit<Case, 'input'>][] = [
  ['metadata alone', { sandbox: { script: [{ on: 'metadata', do: status(401) }] } }],
  ['an object', { isBlind: true, sandbox: { script: onEach(status(404)) } }],
  ['a request', { isBlind: true, sandbox: { script: onEach(status(400, 'GS_7400')) } }],
  ['nothing for a while: 503', { isBlind: true, sandbox: { script: onEach(status(503)) } }],
  ['nothing for a while: 429', { isBlind: true, sandbox: { script: onEach(status(429)) } }],
  ['nothing, but does not answer', { isBlind: true, sandbox: { script: onEach({ kind: 'delay', seconds: 3600 }) } }],
];

for (const [name, of] of doubts) {
  t.test(`a tenant that refuses ${name} does not fail a sync without rows`, async (t) => {
    const result = await sync(t, { ...of, input: empty });
    t.same([result.end, logsAt(result, 'WARN')], ['done', []], result.traces.join());
    t.ok(result.endMs <= 5 * second, `it took ${result.endMs} ms`);
    t.ok(result.queries <= 1);
  });
}

t.test('a sync that is tried again asks as well, once calls of the attempt before no longer count', async (t) => {
  const script = onEach(status(401, 'GS_APIG_2401'));
  const identity = { run: '7', attempt: 1 };
  for (const input of [endless, whole, empty] satisfies Input[]) {
    const result = await sync(t, { input, identity, sandbox: { script } });
    t.same([result.end, codesOf(result), released(result)], ['failed', ['access_refused'], ''], result.logs.join('\n'));
    t.same(
      result.sandbox.objectCalls.map(({ kind, elapsed }) => [kind, elapsed]),
      [['query', 60 * second]],
      input,
    );
    t.ok(result.endMs < 61 * second, `it took ${result.endMs} ms`);
  }
  const accepted = await sync(t, { input: empty, identity });
  t.same(
    [accepted.end, accepted.endMs, accepted.sandbox.objectCalls],
    ['done', 0, []],
    'not if metadata accepts the key',
  );
});

t.test('a key that metadata accepts is not asked about, and costs no call', async (t) => {
  const result = await sync(t, { input: empty });
  t.same([result.end, result.endMs, result.sandbox.objectCalls], ['done', 0, []]);
});

t.test('without metadata the question costs one call, also of the windows of the sync', async (t) => {
  const quota = { object_api: { per_minute: 2, reserved: 50 } };
  const result = await sync(t, { input: whole, isBlind: true, config: { quota } });
  t.same([result.end, released(result)], ['done', 'accounts 1'], result.traces.join());
  const [first, next] = result.sandbox.objectCalls.map(({ elapsed }) => elapsed);
  t.equal(first, 0);
  t.ok((next ?? 0) >= 60 * second, `the next at ${next} ms`);
});

t.test('the first lines name the ways that the streams of the sync go', async (t) => {
  const cases: [route: string | undefined, mode: string | undefined, ways: string][] = [
    ['object_api', undefined, ', by the object API'],
    ['auto', undefined, ', by bulk jobs or the object API'],
    [undefined, undefined, ', by bulk jobs'],
    ['object_api', 'overwrite', ''],
  ];
  for (const [route, mode, ways] of cases) {
    const config = { streams: [entryOf('accounts', { route }), entryOf('contacts')] };
    const result = await sync(t, { input: empty, config, ...(mode !== undefined && { mode }) });
    t.match(logsAt(result, 'INFO')[0], new RegExp(`127\\.0\\.0\\.1:\\d+${ways}$`), `${route} ${mode}`);
  }
});

t.test('a Clear asks nothing: it needs no key that works', async (t) => {
  const script = onEach(status(401));
  const result = await sync(t, { input: empty, mode: 'overwrite', isBlind: true, sandbox: { script } });
  t.same([result.end, result.sandbox.objectCalls, result.metadataExchanges], ['done', [], []]);
});

t.test('where files are sent as well, the list of jobs is read instead', async (t) => {
  const config = { streams: [entryOf('accounts', { route: 'auto' })] };
  const script: FaultRule[] = [{ on: 'list', do: status(401) }];
  const result = await sync(t, { input: empty, isBlind: true, config, sandbox: { script } });
  t.same([result.end, codesOf(result), result.sandbox.objectCalls], ['failed', ['access_refused'], []]);
});
