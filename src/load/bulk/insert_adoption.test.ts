/** INSERT batches after earlier runs and attempts: on a sandbox, with processes that were killed. */
import t from 'tap';
import {
  type Attempt,
  type LoadSetup,
  planInto,
  setUpLoad,
  startAttempt,
} from '../../../integration_tests/support/load_setup.ts';
import { fill, header } from '../../../integration_tests/support/spool.ts';
import { minute } from '../../clock.ts';
import { Stopped } from '../../errors.ts';
import type { Batch, CloseReason, Plan } from '../../model.ts';
import type { FaultScript } from '../../sandbox/faults.ts';

const insert = planInto(0, { operation: 'INSERT' });
const full = { ...insert, incremental: false };

/** `abc|de`: a state after the third row. A state's digest is derived from the rows before it, and a number. */
interface File {
  readonly rows: string;
  readonly reason?: CloseReason;
  /** States of another number are other states. */
  readonly number?: number;
}

function close({ spool }: LoadSetup, plan: Plan, { rows, reason = 'end', number = 0 }: File): Promise<Batch> {
  const batch = spool.openBatch(plan, header);
  let count = 0;
  for (const part of rows.split(/(?=\|)/)) {
    if (part.startsWith('|')) batch.markState(`${'ab'[number]}${'x'.repeat(count).padEnd(7, 'y')}`);
    const names = [...part.replace('|', '')];
    fill(batch, names, count);
    count += names.length;
  }
  return batch.close(reason);
}

interface Run {
  readonly run?: string;
  readonly attempt?: number;
  readonly isProven?: boolean;
}

/** A process that sends these files, and runs to its end. */
async function whole(setup: LoadSetup, plan: Plan, files: readonly File[], of: Run = {}): Promise<Attempt> {
  const { run = '41', attempt = 0, isProven = true } = of;
  const process = startAttempt(setup, [plan], { identity: { run, attempt }, polling: { submission_answer_ms: 0 } });
  for (const file of files) process.send(await close(setup, plan, file));
  process.schedule.end(plan.id, isProven);
  await process.finish();
  return process;
}

const names = (setup: LoadSetup) =>
  setup.sandbox
    .rows('Company')
    .map((row) => row['Name'])
    .join('');
const codes = ({ failures }: Attempt) => failures.map(({ error }) => error.code);
const warnings = ({ events }: Attempt) => events.flatMap((event) => (event.kind === 'warning' ? [event.text] : []));

t.test(
  'the next run takes over rows that the state shows to be the same, and stops at possible repetitions',
  async (t) => {
    const cases: Record<string, [Plan, File, File, string[], string]> = {
      'the same rows and state': [insert, { rows: 'abc|' }, { rows: 'abc|' }, [], 'abc'],
      'and more rows': [insert, { rows: 'abc|' }, { rows: 'abc|de|' }, [], 'abcde'],
      'another state': [insert, { rows: 'abc|' }, { rows: 'abc|', number: 1 }, ['insert_uncertain'], 'abc'],
      'no state there any more': [insert, { rows: 'abc|' }, { rows: 'abcde|' }, ['insert_uncertain'], 'abc'],
      'no states at all': [insert, { rows: 'abc' }, { rows: 'abc' }, ['insert_uncertain'], 'abc'],
      'a refresh': [insert, { rows: 'abc|' }, { rows: 'abc|' }, [], 'abcabc'],
      'a full refresh': [full, { rows: 'abc' }, { rows: 'abc' }, [], 'abcabc'],
      'repeated rows are sent': [
        { ...insert, sendsRepeated: true },
        { rows: 'abc|' },
        { rows: 'abc|', number: 1 },
        [],
        'abcabc',
      ],
    };
    for (const [name, [plan, first, second, expected, rows]] of Object.entries(cases)) {
      const setup = await setUpLoad(t);
      await whole(setup, { ...plan, generation: 1 }, [first]);
      await setup.clock.sleep(minute);
      const process = await whole(setup, { ...plan, generation: name === 'a refresh' ? 2 : 1 }, [second], {
        run: '42',
      });
      t.same(codes(process), expected, name);
      t.equal(names(setup), rows, name);
      t.equal(warnings(process).length, plan.sendsRepeated ? 1 : 0, name);
      if (plan.sendsRepeated) t.match(warnings(process)[0], /^3 rows of public.stream 0 are sent although job J000001/);
    }
  },
);

t.test('one row that equals the first of an earlier file is new if COMPLETE follows it', async (t) => {
  for (const [reason, of, expected, rows] of [
    ['complete', {}, [], 'abca'],
    ['end', {}, ['source_ended_early'], 'abc'],
    ['end', { attempt: 1 }, ['insert_uncertain'], 'abc'],
  ] as const) {
    const setup = await setUpLoad(t);
    await whole(setup, insert, [{ rows: 'abc|' }]);
    const process = await whole(setup, insert, [{ rows: 'a|', reason, number: 1 }], { run: '42', ...of });
    t.same(codes(process), expected, `${reason} ${JSON.stringify(of)}`);
    t.equal(names(setup), rows);
  }
});

t.test('uncertain rows stay uncertain in later runs, until the user answers', async (t) => {
  const script: FaultScript = [{ on: 'submit', nth: 1, do: { kind: 'fail', afterRows: 2 } }];
  for (const [loaded, rows, warning] of [
    ['all', 'ab', /^3 rows of public.stream 0 are left out: "Checked Jobs" says that job J000001 has loaded all/],
    ['none', 'ababc', /^3 rows of public.stream 0 are sent although job J000001 may hold them/],
  ] as const) {
    const setup = await setUpLoad(t, { script });
    const first = startAttempt(setup, [insert]);
    first.send(await close(setup, insert, { rows: 'abc|' }));
    await setup.clock.sleep(15_500);
    first.stop.abort(new Stopped());
    await first.finish();
    await setup.clock.sleep(minute);
    for (const run of ['42', '43']) {
      const process = await whole(setup, insert, [{ rows: 'abc|' }], { run });
      t.same(codes(process), ['insert_uncertain'], run);
      t.match(process.failures[0]?.error.message, /job J000001 ended before it had loaded all of its 3 rows/);
      for (const seen of ['all', 'none'])
        t.match(process.failures[0]?.error.message, `"checked_jobs": [{"job":"J000001","loaded":"${seen}"}]`);
      t.equal(setup.sandbox.jobs.length, 1, 'nothing is sent');
    }
    const plan: Plan = { ...insert, checkedJobs: new Map([['J000001', loaded]]) };
    const process = await whole(setup, plan, [{ rows: 'abc|' }], { run: '44' });
    t.same(codes(process), []);
    t.match(warnings(process), [warning]);
    t.equal(process.settled.length, 1);
    t.equal(names(setup), rows);
    // What was sent because of the answer is recognised by its own job in the next run.
    if (loaded === 'none') {
      t.same((await whole(setup, plan, [{ rows: 'abc|' }], { run: '45' })).reported(), ['adopted']);
      t.equal(names(setup), rows);
    }
  }
});

t.test('an answer applies to one slice of a run', async (t) => {
  const script: FaultScript = [{ on: 'submit', nth: 1, do: { kind: 'fail', afterRows: 2 } }];
  const setup = await setUpLoad(t, { script });
  await whole(setup, insert, [{ rows: 'abc|' }]);
  const plan: Plan = { ...insert, checkedJobs: new Map([['J000001', 'all']]) };
  const process = await whole(setup, plan, [{ rows: 'abc|' }, { rows: 'abc|' }], { run: '42' });
  t.same(codes(process), []);
  t.equal(names(setup), 'ababc', 'the second slice is sent');
  t.equal(warnings(process).length, 1);
});

t.test('a full refresh in another order sends nothing before all jobs of the run are matched', async (t) => {
  const cases: Record<string, [string[], string[], Run, string[], string]> = {
    'the same order': [['abc', 'de'], ['abc', 'de', 'f'], {}, [], 'abcdef'],
    'the files in another order': [['abc', 'de'], ['de', 'abc', 'f'], {}, [], 'abcdef'],
    'a new file first': [['abc'], ['xy', 'abc'], {}, [], 'abcxy'],
    'rows in another order': [['abc'], ['cab'], {}, ['insert_uncertain'], 'abc'],
    'the source died': [['abc', 'de'], ['x'], { isProven: false }, ['source_ended_early'], 'abcde'],
    'one file is missing': [['abc', 'de'], ['abc', 'x'], {}, ['insert_uncertain'], 'abcde'],
  };
  for (const [name, [first, second, of, expected, rows]] of Object.entries(cases)) {
    const setup = await setUpLoad(t);
    await whole(
      setup,
      full,
      first.map((each) => ({ rows: each })),
    );
    await setup.clock.sleep(minute);
    const process = await whole(
      setup,
      full,
      second.map((each) => ({ rows: each, reason: 'bytes' })),
      { attempt: 1, ...of },
    );
    t.same(codes(process), expected, name);
    t.equal(names(setup), rows, name);
  }
});

t.test('while more of a full refresh may come it waits, until the spool is full', async (t) => {
  const setup = await setUpLoad(t);
  await whole(setup, full, [{ rows: 'abc' }]);
  const process = startAttempt(setup, [full], {
    identity: { run: '41', attempt: 1 },
    polling: { submission_answer_ms: 0 },
  });
  process.send(await close(setup, full, { rows: 'xy', reason: 'bytes' }));
  await setup.clock.sleep(20 * minute);
  t.same([process.reported(), codes(process), setup.sandbox.jobs.length], [[], [], 1]);
  process.schedule.fill();
  await process.finish();
  t.same(codes(process), ['insert_uncertain']);
  t.match(
    process.failures[0]?.error.message,
    /job J000001 of an earlier attempt holds 3 rows that this attempt has not read/,
  );
  t.equal(setup.sandbox.jobs.length, 1);
});

t.test('jobs of another stream on the object, and of another run, do not delay a full refresh', async (t) => {
  const setup = await setUpLoad(t);
  const beside = { ...full, stream: { name: 'stream 0x', namespace: 'public' }, label: 'public.stream 0x' };
  await whole(setup, beside, [{ rows: 'abc' }]);
  await whole(setup, full, [{ rows: 'de' }], { run: '40' });
  t.same(codes(await whole(setup, full, [{ rows: 'fg' }], { attempt: 1 })), []);
  t.equal(names(setup), 'abcdefg');
});

t.test('a stream whose file names look the same is distinguished by its rows', async (t) => {
  const setup = await setUpLoad(t);
  const of = (id: number, name: string) => ({
    ...{ ...planInto(id, { operation: 'INSERT' }), incremental: false, stream: { name }, label: name },
  });
  const [spaced, joined] = [of(0, 'a b'), of(1, 'a_b')];
  await whole(setup, joined, [{ rows: 'de' }]);
  const identity = { run: '41', attempt: 1 };
  const after = startAttempt(setup, [spaced, joined], { identity, polling: { submission_answer_ms: 0 } });
  after.send(await close(setup, spaced, { rows: 'abc' }));
  after.send(await close(setup, joined, { rows: 'de' }));
  for (const plan of [spaced, joined]) after.end(plan);
  await after.finish();
  t.same(codes(after), []);
  t.equal(names(setup), 'deabc');
});

t.test('an INSERT finds its job although a later job of an UPSERT on the object was taken over', async (t) => {
  // An order in which the INSERT is decided last: the UPSERT's job is the newest, and takes over in its place.
  for (const inserted of [insert, full]) {
    const setup = await setUpLoad(t);
    await whole(setup, inserted, [{ rows: 'abc|' }]);
    const upsert = planInto(1);
    const before = startAttempt(setup, [upsert]);
    before.send(await setup.close(upsert, ['d', 'e']));
    before.end(upsert);
    await before.finish();

    const after = startAttempt(setup, [inserted, upsert], {
      ...{ identity: { run: '41', attempt: 1 }, polling: { submission_answer_ms: 0 } },
    });
    after.send(await setup.close(upsert, ['d', 'e']));
    after.end(upsert);
    await setup.clock.sleep(minute);
    t.same(after.reported(), ['adopted']);
    after.send(await close(setup, inserted, { rows: 'abc|' }));
    after.end(inserted);
    await after.finish();
    t.same(codes(after), []);
    t.same(after.reported(), ['adopted', 'adopted']);
    t.equal(setup.sandbox.jobs.length, 2, 'nothing is sent again');
  }
});

t.test('a full refresh waits for its own earlier job although an UPSERT took over a later one', async (t) => {
  const setup = await setUpLoad(t);
  await whole(setup, full, [{ rows: 'abc' }]);
  const upsert = planInto(1);
  const before = startAttempt(setup, [upsert]);
  before.send(await setup.close(upsert, ['d', 'e']));
  before.end(upsert);
  await before.finish();

  const after = startAttempt(setup, [full, upsert], {
    ...{ identity: { run: '41', attempt: 1 }, polling: { submission_answer_ms: 0 } },
  });
  after.send(await setup.close(upsert, ['d', 'e']));
  after.end(upsert);
  await setup.clock.sleep(minute);
  after.send(await close(setup, full, { rows: 'cab' }));
  after.end(full);
  await after.finish();
  t.same(codes(after), ['insert_uncertain']);
  t.equal(setup.sandbox.jobs.length, 2, 'nothing is sent');
});
