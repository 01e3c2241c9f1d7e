/** The first question to Gainsight: what it ends, what it never does, and that nothing waits for its answer. */
import t, { type Test } from 'tap';
import type { FakeClock } from '../integration_tests/support/fake_clock.ts';
import { type InProcessResult, type InProcessSync, runInProcess } from '../integration_tests/support/run_in_process.ts';
import {
  catalogOf,
  configOf,
  entryOf,
  logsAt,
  records,
  released,
  state,
} from '../integration_tests/support/small_sync.ts';
import { codesOf } from '../integration_tests/support/sync.ts';
import { hour, minute, second } from './clock.ts';
import type { FaultRule } from './sandbox/faults.ts';

const streams = ['accounts'];
const lines = records('accounts', 'A1', 'A2') + state('accounts');
const answered = 'Gainsight answers: 10 calls left this hour, 100 today';
/** The usual delay before the first submission. */
const lag = 15 * second;

/** With lines, they come at once; then the source ends, or goes on for an hour. */
const [endless, whole, empty] = ['endless', 'whole', 'empty'] as const;
type Input = typeof endless | typeof whole | typeof empty;

interface Case extends Omit<Partial<InProcessSync>, 'input'> {
  readonly answer?: readonly FaultRule[];
  readonly input: Input;
  readonly mode?: string;
}

/** How the sync ended, and when, in milliseconds after its start; the answer costs real time, which the clock leaves out. */
async function sync(t: Test, { answer = [], input, config = {}, mode, ...more }: Case) {
  let readMs: number | undefined;
  const source = async function* (clock: FakeClock) {
    readMs = clock.elapsed();
    if (input !== empty) yield Buffer.from(lines);
    if (input === endless) await clock.sleep(hour);
  };
  const result = await runInProcess({
    ...{ sandbox: { script: answer }, ...more },
    config: { ...configOf(streams), polling: {}, preflight: { mapping: 'off', values: 'off' }, ...config },
    catalog: catalogOf(streams, mode),
    input: source,
  });
  if (!more.tenant) t.teardown(() => result.sandbox.close());
  t.same(result.leftovers, [], 'the spool is gone');
  return { ...result, endMs: result.clock.elapsed(), readMs };
}

const on = (...rules: readonly Omit<FaultRule, 'on'>[]) => rules.map((rule) => ({ on: 'list', ...rule }) as FaultRule);
const status = (code: number, errorCode?: string) =>
  ({ kind: 'status', status: code, ...(errorCode !== undefined && { errorCode }) }) as const;
const callsOf = ({ sandbox }: InProcessResult, kind: string) => sandbox.calls.filter((call) => call.kind === kind);
const isAnswered = (result: InProcessResult) => logsAt(result, 'INFO').includes(answered);

const refusals: Record<string, { readonly answer: readonly FaultRule[]; readonly code: string }> = {
  'a refused key': { answer: on({ do: status(401, 'GS_APIG_2401') }), code: 'access_refused' },
  'an address that is not listed': { answer: on({ do: status(403, 'GS_APIG_2402') }), code: 'address_not_listed' },
  'no Bulk API': { answer: on({ do: status(404, 'GS_APIG_1000') }), code: 'bulk_api_missing' },
};

for (const [name, { answer, code }] of Object.entries(refusals)) {
  for (const input of [endless, whole, empty] satisfies Input[]) {
    t.test(`${name} ends a sync whose source is ${input} in the first second`, async (t) => {
      const result = await sync(t, { answer, input });
      t.equal(result.end, 'failed');
      t.same(codesOf(result), [code]);
      t.match(result.traces, [/^config_error /]);
      t.same(logsAt(result, 'ERROR'), [], 'it is reported once');
      t.notMatch(logsAt(result, 'INFO').join(), 'Nothing to send', 'there may be much to send');
      t.ok(result.endMs < second, `it took ${result.endMs} ms`);
      t.equal(released(result), '', 'no state of its rows');
      t.same([callsOf(result, 'submit').length, callsOf(result, 'list').length], [0, 1], 'it was asked once');
    });
  }
}

t.test('a refused key ends the wait for metadata that does not come', async (t) => {
  const answer: FaultRule[] = [...on({ do: status(401) }), { on: 'metadata', do: { kind: 'delay', seconds: 60 } }];
  const result = await sync(t, { answer, input: whole, config: { preflight: { mapping: 'fail', values: 'count' } } });
  t.same([result.end, codesOf(result)], ['failed', ['access_refused']]);
  t.ok(result.endMs < second, `it took ${result.endMs} ms`);
});

/** None of these is a reason to end a sync: the read before the first submission asks again. */
const doubts: Record<string, FaultRule['do']> = {
  'an answer 503': status(503),
  'an answer 429': status(429),
  'a connection that breaks': { kind: 'drop_before_read' },
  'an answer after an hour': { kind: 'delay', seconds: 3600 },
  'a tenant without a list': status(404),
  'a list that is not whole': { kind: 'list_without_records' },
};

for (const [name, fault] of Object.entries(doubts)) {
  t.test(`${name} at first: rows do not wait, and are loaded`, async (t) => {
    const result = await sync(t, { answer: on({ nth: 1, do: fault }), input: whole });
    t.equal(result.end, 'done', result.traces.join());
    t.equal(released(result), 'accounts 1');
    t.same(logsAt(result, 'WARN'), []);
    t.equal(result.readMs, 0, 'the input is read at once');
    t.ok(result.endMs < minute, `it took ${result.endMs} ms`);
    t.notOk(isAnswered(result));
  });

  t.test(`${name}, for a sync without rows: it ends within seconds, and without a failure`, async (t) => {
    const result = await sync(t, { answer: on({ do: fault }), input: empty });
    t.equal(result.end, 'done', result.traces.join());
    t.same(logsAt(result, 'WARN'), []);
    t.ok(result.endMs <= 5 * second, `it took ${result.endMs} ms`);
    t.ok(logsAt(result, 'INFO').includes('Nothing to send: no job was made.'));
  });
}

t.test('Gainsight is asked at once, and again before the first submission', async (t) => {
  const result = await sync(t, { input: whole });
  t.equal(result.end, 'done');
  const [first, second] = callsOf(result, 'list').map(({ elapsed }) => elapsed);
  t.equal(first, 0);
  t.ok(second !== undefined && second >= lag, `the second was at ${second} ms`);
  t.ok((callsOf(result, 'submit')[0]?.elapsed ?? 0) >= lag);
  t.ok(isAnswered(result));
});

t.test('a job that the first answer lacks is known before anything is sent', async (t) => {
  const stop = new AbortController();
  const killed = await sync(t, {
    input: whole,
    sandbox: { listLag: 10 * second },
    stop: stop.signal,
    onLine: (line) => line.includes('submitted') && stop.abort(),
  });
  t.same([killed.end, killed.sandbox.ownJobs.length], ['stopped', 1]);
  const { sandbox, clock, exchanges, metadataExchanges } = killed;
  const tenant = { sandbox, clock, exchanges, metadataExchanges };
  const next = await sync(t, { input: whole, tenant, identity: { run: '7', attempt: 1 } });
  t.equal(next.end, 'done');
  t.ok(isAnswered(next), 'it was not listed then');
  t.equal(sandbox.ownJobs.length, 1, 'and was taken over');
  t.equal(released(next), 'accounts 1');
});

t.test('calls of others show in the first lines', async (t) => {
  const others: FaultRule[] = on({ nth: 1, do: { kind: 'foreign_jobs', count: 7, age: 600 } });
  const result = await sync(t, { answer: others, input: empty });
  t.ok(logsAt(result, 'INFO').includes('Gainsight answers: 3 calls left this hour, 93 today'));
});

const answers: [name: string, delaySeconds: number, isAnswered: boolean, plannedAt: number][] = [
  ['at once', 0, true, 0],
  ['after three seconds', 3, true, 3],
  ['after a minute', 60, false, 5],
];

for (const [name, seconds, comes, plannedAt] of answers) {
  t.test(`the plan comes behind an answer that comes ${name}, or without it`, async (t) => {
    const config = { streams: [entryOf('accounts', { route: 'object_api' }), entryOf('contacts')] };
    const answer: FaultRule[] = on({ nth: 1, do: { kind: 'delay', seconds } });
    const slow: FaultRule[] = [{ on: 'insert', do: { kind: 'delay', seconds: 9 } }];
    const times = new Map<string, number>();
    const clocks: FakeClock[] = [];
    const result = await runInProcess({
      sandbox: { script: [...answer, ...slow] },
      config: { ...configOf([]), polling: {}, preflight: { mapping: 'off', values: 'off' }, ...config },
      catalog: catalogOf(['accounts', 'contacts']),
      input: async function* (clock: FakeClock) {
        clocks.push(clock);
        yield Buffer.from(lines);
      },
      onLine: (line) => times.set(/(Gainsight answers|Plan|Total)/.exec(line)?.[0] ?? '', clocks[0]?.elapsed() ?? 0),
    });
    t.teardown(() => result.sandbox.close());
    t.equal(result.end, 'done', result.traces.join());
    const order = [...times.keys()].filter((each) => each !== '');
    t.same(order, [...(comes ? ['Gainsight answers'] : []), 'Plan', 'Total'], result.logs.join('\n'));
    t.equal(times.get('Plan'), plannedAt * second);
  });
}

t.test('a plan that waits for an answer is logged before a sync ends', async (t) => {
  const result = await runInProcess({
    sandbox: { script: on({ nth: 1, do: { kind: 'delay', seconds: 60 } }) },
    config: { ...configOf([]), streams: [entryOf('accounts', { route: 'object_api' }), entryOf('contacts')] },
    catalog: catalogOf(['accounts', 'contacts']),
    input: Buffer.from(lines),
  });
  t.teardown(() => result.sandbox.close());
  const order = logsAt(result, 'INFO').filter((line) => /^(Plan|Gainsight answers|Total)/.test(line));
  t.match(order, [/^Plan: 1 batch/, /^Total/], result.logs.join('\n'));
  t.ok(result.clock.elapsed() < 5 * second, `it took ${result.clock.elapsed()} ms`);
});

t.test('a sync without rows asks once and makes no job', async (t) => {
  const result = await sync(t, { input: empty });
  t.same([result.end, result.endMs], ['done', 0]);
  t.same([callsOf(result, 'list').length, result.sandbox.calls.length], [1, 1]);
  t.ok(isAnswered(result));
});

t.test('where every call counts, nothing is asked before the first submission', async (t) => {
  const config = { quota: { counted_calls: 'all_calls' } };
  const nothing = await sync(t, { input: empty, config });
  t.same([nothing.end, nothing.sandbox.calls], ['done', []]);
  const refused = await sync(t, { input: whole, config, answer: on({ do: status(401) }) });
  t.same(codesOf(refused), ['access_refused']);
  t.ok(callsOf(refused, 'list').every(({ elapsed }) => elapsed >= lag));
});

t.test('a Clear asks nothing: it needs no key that works', async (t) => {
  const result = await sync(t, { input: empty, mode: 'overwrite', answer: on({ do: status(401) }) });
  t.same([result.end, result.sandbox.calls], ['done', []]);
});

t.test('a stop ends the question as everything else', async (t) => {
  const stop = new AbortController();
  const running = sync(t, { input: endless, answer: on({ do: { kind: 'delay', seconds: 60 } }), stop: stop.signal });
  await new Promise((resolve) => setTimeout(resolve, 50));
  stop.abort();
  const result = await running;
  t.equal(result.end, 'stopped');
  t.ok(result.endMs < hour);
});
