/** The whole flow on a sandbox: effects of one stream's failure, one slow call or an early end on everything else. */
import fc from 'fast-check';
import t, { type Test } from 'tap';
import type { FakeClock } from '../integration_tests/support/fake_clock.ts';
import { readLog, readLogs } from '../integration_tests/support/log_lines.ts';
import { type InProcessResult, type InProcessSync, runInProcess } from '../integration_tests/support/run_in_process.ts';
import { minute } from './clock.ts';
import { closeReasons } from './load/events.ts';

function record(stream: string, id: number | null, text = 'text'): string {
  return `${JSON.stringify({ type: 'RECORD', record: { stream, data: { id, text }, emitted_at: 1 } })}\n`;
}

function state(stream: string, cursor: number): string {
  const of = { stream_descriptor: { name: stream }, stream_state: { cursor } };
  return `${JSON.stringify({ type: 'STATE', state: { type: 'STREAM', stream: of } })}\n`;
}

function globalState(cursor: number): string {
  return `${JSON.stringify({ type: 'STATE', state: { type: 'GLOBAL', global: { shared_state: { cursor }, stream_states: [] } } })}\n`;
}

function complete(stream: string): string {
  const stream_status = { stream_descriptor: { name: stream }, status: 'COMPLETE' };
  return `${JSON.stringify({ type: 'TRACE', trace: { type: 'STREAM_STATUS', emitted_at: 1, stream_status } })}\n`;
}

/** `accounts` and `contacts` by UPSERT, `usage` and `visits` by INSERT, each into the object with its name. */
const operations = { accounts: 'UPSERT', contacts: 'UPSERT', usage: 'INSERT', visits: 'INSERT' } as const;

interface Sync extends Partial<InProcessSync> {
  readonly entries?: Readonly<Record<string, object>>;
}

async function sync(t: Test, input: string | InProcessSync['input'], { entries = {}, ...more }: Sync = {}) {
  const streams = Object.entries(operations).map(([stream, operation]) => ({
    ...{ stream, object: stream, operation },
    ...entries[stream],
  }));
  const catalog = {
    streams: Object.keys(operations).map((name) => ({
      stream: {
        name,
        json_schema: { properties: { id: { type: 'integer' }, text: { type: 'string' } } },
        supported_sync_modes: ['incremental'],
      },
      sync_mode: 'incremental',
      destination_sync_mode: 'append_dedup',
      primary_key: [['id']],
    })),
  };
  const run = await runInProcess({
    ...more,
    config: { streams, ...more.config },
    catalog,
    input: typeof input === 'string' ? Buffer.from(input) : input,
  });
  t.teardown(() => run.sandbox.close());
  t.same(run.leftovers, [], 'the spool is gone');
  return run;
}

/** Cursor and counts of each released state. */
function released({ states }: InProcessResult): string[] {
  return states.map((text) => {
    const { recordCount, rejectedRecordCount } = JSON.parse(text).state.destinationStats;
    return `${/"cursor":(\d+)/.exec(text)?.[1]}: ${recordCount} + ${rejectedRecordCount}`;
  });
}

const rows = (run: InProcessResult, object: string) => run.sandbox.rows(object).map(({ id }) => Number(id));
const count = (run: InProcessResult, level: string, text: string) =>
  run.logs.filter((line) => line.startsWith(level) && line.includes(text)).length;

t.test('values that Gainsight quotes in answers about a job are not logged', async (t) => {
  const quoting = { errorCode: 'GU_1102', errorDesc: 'No job for "Ada Lovelace" of contacts' };
  const script = [{ on: 'status', do: { kind: 'result_false', ...quoting } }] as const;
  const run = await sync(t, record('accounts', 1, 'Ada Lovelace'), { sandbox: { script } });
  t.match(run.traces, [/Gainsight refuses to answer GET \/bulk\/jobs\/J000001: GU_1102: No job for … of contacts/]);
  t.notMatch(run.lines.join(), 'Ada');
});

/** A source that sends a line a minute, and the longest time for which no line was taken. */
function trickle(lines: readonly string[]) {
  const waited = { longest: 0 };
  const source = async function* (clock: FakeClock) {
    for (const line of lines) {
      const at = clock.elapsed();
      yield Buffer.from(line);
      waited.longest = Math.max(waited.longest, clock.elapsed() - at);
      await clock.sleep(minute);
    }
  };
  return { source, waited };
}

t.test('a list that does not answer when closing by age needs it delays no stream', async (t) => {
  const lines = Array.from({ length: 40 }, (_, id) => record('accounts', id) + state('accounts', id));
  const { source, waited } = trickle(lines);
  const script = [{ on: 'list', nth: 2, times: 15, do: { kind: 'status', status: 503 } }] as const;
  const run = await sync(t, source, { sandbox: { script } });
  t.equal(run.end, 'done', run.traces.join(' '));
  t.ok(run.sandbox.calls.some(({ kind, status }) => kind === 'list' && status === 503));
  t.ok(waited.longest < 1000, `a line waited for ${waited.longest} ms`);
  const early = readLogs('submitted', run.logs).filter(({ reason }) => reason === closeReasons.age);
  t.equal(early.length, 1, 'it was closed when the list was there');
  t.equal(released(run).length, 40);
});

t.test('a tenant without a list fails only the INSERT streams, even if closing by age finds out', async (t) => {
  const lines = Array.from({ length: 40 }, (_, id) =>
    ['accounts', 'usage'].map((stream) => record(stream, id) + state(stream, id)).join(''),
  );
  const script = [{ on: 'list', do: { kind: 'status', status: 404 } }] as const;
  const run = await sync(t, trickle(lines).source, { sandbox: { script } });
  t.equal(run.end, 'failed');
  t.equal(run.traces.length, 1);
  t.match(run.traces[0], /^config_error .* INSERT of usage/);
  t.equal(count(run, 'ERROR', 'INSERT of usage'), 1, 'logged once, when it was found out');
  t.equal(rows(run, 'accounts').length, 40);
  t.equal(released(run).length, 40, 'the other stream lost nothing');
  t.same(run.sandbox.rows('usage'), []);
});

t.test(
  'a stream whose rows are all rejected by the connector fails, before its state and without a call',
  async (t) => {
    const bad = Array.from({ length: 60 }, () => record('accounts', null)).join('');
    for (const input of [bad + state('accounts', 1), bad]) {
      const run = await sync(t, input + record('contacts', 1) + state('contacts', 2));
      t.equal(run.end, 'failed');
      t.match(run.traces, [/^config_error 60 of 60 rows of accounts were rejected/]);
      t.same(released(run), ['2: 1 + 0']);
      t.same(rows(run, 'contacts'), [1]);
      t.equal(run.sandbox.jobs.length, 1);
    }
  },
);

t.test(
  'a stream that fails while the input continues sends nothing more, and is logged at once and once',
  async (t) => {
    const lines = Array.from(
      { length: 60 },
      (_, id) => record('accounts', id, 'x'.repeat(300)) + state('accounts', id),
    );
    const after = Array.from({ length: 3 }, (_, id) => record('usage', id) + state('usage', id));
    const run = await sync(t, trickle([...lines, ...after]).source, {
      config: { files: { max_megabytes: 0.002, max_age_minutes: 0 } },
      entries: { contacts: { load_after: ['accounts'] } },
      sandbox: {
        script: [{ on: 'submit', nth: 2, object: 'accounts', do: { kind: 'fail', message: 'no such field' } }],
      },
    });
    t.equal(run.end, 'failed');
    t.equal(run.sandbox.jobs.filter(({ object }) => object === 'accounts').length, 2);
    const failed = run.logs.findIndex((line) => line.startsWith('ERROR') && line.includes('no such field'));
    const plan = run.logs.findIndex((line) => readLog('plan', line));
    t.ok(failed >= 0 && failed < plan, 'before the end of the input');
    t.match(run.logs[failed], /as they load after it: contacts/);
    t.equal(count(run, 'ERROR', 'no such field'), 1);
    t.match(run.traces, [/no such field.*Not loaded because of that: contacts\./]);
    t.same(released(run).slice(-1), ['2: 3 + 0'], 'one for the whole file of an INSERT');
    const [loaded] = run.sandbox.jobs;
    t.equal(released(run).length, (loaded?.rowCount ?? 0) + 1, 'states of the file that was loaded');
  },
);

t.test('files that waited for parents start at once when a full spool lifts load_after', async (t) => {
  const input = Array.from({ length: 120 }, (_, id) => record('contacts', id, 'x'.repeat(200))).join('');
  const run = await sync(t, input + state('contacts', 1) + record('accounts', 1), {
    config: { files: { max_megabytes: 0.005 }, quota: { calls_per_hour: 100, calls_per_day: 1000 } },
    entries: { contacts: { load_after: ['accounts'] } },
    sandbox: { callsPerHour: null },
    spoolBytes: 12_000,
  });
  t.equal(run.end, 'done', run.traces.join(' '));
  t.equal(rows(run, 'contacts').length, 120);
  t.ok(run.clock.elapsed() < 10 * minute, `it took ${run.clock.elapsed() / minute} minutes`);
});

t.test('INSERT rows after the last state are sent only if the source reported COMPLETE', async (t) => {
  const both = (from: number, upTo: number) =>
    Array.from({ length: upTo - from }, (_, at) => record('usage', from + at) + record('visits', from + at)).join('');
  for (const [name, input, usage, visits] of [
    ['states of streams', both(0, 2) + state('usage', 1) + state('visits', 2) + both(2, 5) + complete('visits'), 2, 5],
    ['states of all', both(0, 2) + globalState(1) + both(2, 5) + complete('visits'), 2, 5],
    ['a state at the end', both(0, 3) + globalState(1), 3, 3],
    ['no state at all', both(0, 3), 3, 3],
    ['a state at the beginning', globalState(1) + both(0, 3) + complete('usage'), 3, 0],
  ] as const) {
    const run = await sync(t, input);
    t.same([rows(run, 'usage').length, rows(run, 'visits').length], [usage, visits], name);
    const isWhole = usage === visits;
    t.equal(run.end, isWhole ? 'done' : 'failed', name);
    t.match(run.traces, isWhole ? [] : [/^transient_error The input of (usage|visits) ended between two states/]);
  }
});

t.test('a line that is not JSON ends the input; rows before the last state are sent, and none after it', async (t) => {
  const bad = record('accounts', 9).replace('"id":9', '"id":NaN');
  const upserts = record('accounts', 1) + record('accounts', 2) + state('accounts', 1) + record('accounts', 3);
  const inserts = record('usage', 4) + state('usage', 2) + record('usage', 5) + record('contacts', 6);
  const run = await sync(t, upserts + inserts + bad + record('accounts', 7) + state('accounts', 3));
  t.equal(run.end, 'failed');
  t.match(run.traces, [/^system_error Line 9 of the input is broken: it is not valid JSON \(a RECORD of "accounts"\)/]);
  t.same(released(run).sort(), ['1: 2 + 0', '2: 1 + 0']);
  t.same([rows(run, 'accounts'), rows(run, 'usage'), rows(run, 'contacts')], [[1, 2], [4], []]);
});

t.test('a broken line under states of all streams', async (t) => {
  const good = record('accounts', 1) + record('usage', 2) + record('contacts', 3) + globalState(1);
  const run = await sync(t, `${good}${record('accounts', 4)}${record('usage', 5)}{"type":\n${globalState(2)}`);
  t.match(run.traces, [/^system_error Line 7 of the input/]);
  t.same(released(run), ['1: 3 + 0']);
  t.same([rows(run, 'accounts'), rows(run, 'usage'), rows(run, 'contacts')], [[1], [2], [3]]);
});

t.test(
  'streams that load after one whose source ended early are not loaded, and one line reports all of them',
  async (t) => {
    const ended = ['usage', 'visits']
      .map((stream) => record(stream, 1) + state(stream, 1) + record(stream, 2))
      .join('');
    const entries = { contacts: { load_after: ['usage'] }, accounts: { load_after: ['contacts'] } };
    const children = record('contacts', 3) + state('contacts', 2) + record('accounts', 4) + state('accounts', 3);
    const run = await sync(t, children + ended, { entries });
    t.equal(run.end, 'failed');
    t.match(run.traces, [/^transient_error The input of usage, visits ended between two states: 2 rows/]);
    t.same(released(run), ['1: 1 + 0', '1: 1 + 0']);
    t.same([rows(run, 'usage'), rows(run, 'visits')], [[1], [1]]);
    t.same([rows(run, 'contacts'), rows(run, 'accounts')], [[], []]);
    const lines = run.logs.filter((line) => line.startsWith('ERROR'));
    t.equal(lines.length, 1, lines.join(' '));
    t.match(lines[0], /Not loaded any further, as they load after it: contacts, accounts\./);
  },
);

t.test('a stream that ended early itself is not loaded either if what it loads after did', async (t) => {
  const input = [
    record('usage', 1) + state('usage', 1) + record('usage', 2),
    record('visits', 3) + state('visits', 2) + record('visits', 4),
    record('contacts', 5) + state('contacts', 3),
  ].join('');
  const entries = { visits: { load_after: ['usage'] }, contacts: { load_after: ['visits'] } };
  const together = `${record('usage', 1)}${record('visits', 3)}${record('contacts', 5)}${globalState(1)}`;
  for (const [name, text, states] of [
    ['states of streams', input, ['1: 1 + 0']],
    ['states of all', `${together}${record('usage', 2)}${record('visits', 4)}`, []],
  ] as const) {
    const run = await sync(t, text, { entries });
    t.match(run.traces, [/^transient_error The input of usage, visits ended between two states: 2 rows/], name);
    t.same(released(run), states, name);
    t.same([rows(run, 'visits'), rows(run, 'contacts')], [[], []], name);
    const [line] = run.logs.filter((each) => each.startsWith('ERROR'));
    t.match(line, /Not loaded any further, as they load after it: .*visits/, name);
  }
});

t.test('after a broken line no stream is loaded whose parents are not complete', async (t) => {
  const entries = { contacts: { load_after: ['accounts'] }, usage: { load_after: ['contacts'] } };
  const accounts = record('accounts', 1) + state('accounts', 1);
  const children = record('contacts', 3) + state('contacts', 2) + record('usage', 4) + state('usage', 3);
  const beside = record('visits', 5) + state('visits', 4);
  const broken = record('accounts', 2).replace('"id":2', '"id":NaN');
  for (const [name, input, loaded] of [
    ['rows after the last state', `${accounts}${record('accounts', 2)}${children}${beside}{"type":\n`, false],
    ['none, but the broken line may be one', accounts + children + beside + broken, false],
    ['no row at all', children + beside + broken, false],
    [
      'a parent that is complete',
      `${accounts}${complete('accounts')}${children}${complete('contacts')}${beside}{`,
      true,
    ],
  ] as const) {
    const run = await sync(t, input, { entries });
    t.match(run.traces, [/^system_error Line \d+ of the input/], name);
    const [parents, ...others] = ['accounts', 'contacts', 'usage', 'visits'].map((object) => rows(run, object));
    t.same(parents, input.startsWith(accounts) ? [1] : [], name);
    t.same(others, loaded ? [[3], [4], [5]] : [[], [], [5]], name);
    const states = [...(input.startsWith(accounts) ? [1] : []), ...(loaded ? [2, 3] : []), 4];
    t.same(
      released(run).sort(),
      states.map((cursor) => `${cursor}: 1 + 0`),
      name,
    );
    const warned = 'Not loaded any further, as streams that they load after are not complete: contacts, usage.';
    t.equal(count(run, 'WARN', warned), loaded ? 0 : 1, name);
  }
});

t.test('rows rejected by the connector count for all the input, not for the first of its files', async (t) => {
  const good = Array.from({ length: 700 }, (_, id) => record('accounts', id, 'x'.repeat(100)));
  const input = good.map((line, at) => (at % 11 === 10 ? line + record('accounts', null) : line)).join('');
  const run = await sync(t, input + state('accounts', 1), { config: { files: { max_megabytes: 0.02 } } });
  t.equal(run.end, 'done', run.traces.join(' '));
  t.same(released(run), ['1: 700 + 63']);
});

t.test('stopped at any moment, it ends without a trace, and no state is ahead of its rows', async (t) => {
  const streams = Object.keys(operations);
  const input = Array.from({ length: 12 }, (_, id) =>
    streams.map((stream) => record(stream, id, 'x'.repeat(200)) + (id % 2 ? state(stream, id) : '')).join(''),
  );
  await fc.assert(
    fc.asyncProperty(fc.nat(12), fc.nat(40), async (linesRead, linesLogged) => {
      const stop = new AbortController();
      let reported = 0;
      const source = async function* () {
        for (const [at, line] of input.entries()) {
          if (at === linesRead) stop.abort();
          yield Buffer.from(line);
        }
      };
      const stopAfter = () => {
        reported += 1;
        if (reported === linesLogged) stop.abort();
      };
      const run = await sync(t, source, {
        ...{ stop: stop.signal, onLine: stopAfter },
        config: { files: { max_megabytes: 0.001 }, quota: { calls_per_hour: 100, calls_per_day: 1000 } },
        entries: { contacts: { load_after: ['accounts'] } },
        sandbox: { callsPerHour: null, callsPerDay: null },
      });
      t.same(run.traces, []);
      t.equal(run.end, stop.signal.aborted ? 'stopped' : 'done');
      for (const text of run.states) {
        const { stream_descriptor, stream_state } = JSON.parse(text).state.stream;
        const there = new Set(rows(run, stream_descriptor.name));
        for (let id = 0; id <= stream_state.cursor; id++) t.ok(there.has(id), `${stream_descriptor.name} ${id}`);
      }
    }),
    { numRuns: 15, seed: 3 },
  );
});

t.test(
  'keys with white space at an end are warned of once, with their number, as far as the log may show them',
  async (t) => {
    const keys = ['ACME', 'ACME ', '\u3000ACME', 'A CME', '\u200bB', 'ä', 'ä\n', ' " '];
    const input = keys.map((key, id) => record('accounts', id, key)).join('') + state('accounts', 1);
    const entries = { accounts: { key_fields: ['text'] } };
    const warned = (run: InProcessResult) => run.logs.filter((line) => line.includes('white space'));
    const what =
      'WARN accounts → accounts: 4 of 8 records with white space at an end of text, which Gainsight may take for other keys than those without. Set "Values: Trim Texts", unless the keys in Gainsight have it too.';
    t.same(warned(await sync(t, input, { entries })), [`${what} For example: "ACME ", "\u3000ACME", "ä\\n"`]);
    const hidden = { rejected_rows: { log_detail: 'none', folder: t.testdir() } };
    t.same(warned(await sync(t, input, { entries, config: hidden })), [what]);
    t.same(warned(await sync(t, input, { entries, config: { values: { trim: true } } })), []);
    t.same(warned(await sync(t, record('accounts', 1, 'A') + state('accounts', 1), { entries })), []);
  },
);
