/** Changed names must never disable a safeguard unnoticed: each kind of change, with an attempt that was killed. */
import t, { type Test } from 'tap';
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
import type { Batch, Operation, Plan } from '../../model.ts';
import type { NameStyle, ObjectNameStyle, SandboxOptions } from '../../sandbox/options.ts';

const nameStyles: readonly NameStyle[] = ['as_sent', 'lower', 'upper', 'path', 'suffix', 'cut_32', 'missing'];
const objectStyles: readonly ObjectNameStyle[] = ['as_sent', 'upper', 'label'];
/** Every style of file names, with styles of objects in turn; those that hide most together as well. */
const styles = [
  ...nameStyles.map((names, at) => [names, objectStyles[at % 3] ?? 'as_sent'] as const),
  ...(['cut_32', 'missing'] as const).map((names) => [names, 'label'] as const),
];

const codes = ({ failures }: Attempt) => failures.map(({ error }) => error.code);
const warnings = ({ events }: Attempt) => events.flatMap((event) => (event.kind === 'warning' ? [event.text] : []));
const taken = (process: Attempt) => process.reported().filter((kind) => kind !== 'warning');

/** A file that ends at a state of the source. */
function closeAtState({ spool }: LoadSetup, plan: Plan): Promise<Batch> {
  const batch = fill(spool.openBatch(plan, header), [...'abc']);
  batch.markState('statetwo');
  return batch.close('end');
}

/** Attempt 0 sends a file and is killed while its job runs; attempt 1 has the same file. */
async function twice(t: Test, operation: Operation, sandbox: Partial<SandboxOptions>, seconds = 60) {
  const plan: Plan = planInto(0, { operation });
  const script = [{ on: 'submit', nth: 1, do: { kind: 'stay_in_progress', seconds } }] as const;
  const setup = await setUpLoad(t, { script, ...sandbox });
  const first = startAttempt(setup, [plan]);
  first.send(await closeAtState(setup, plan));
  await setup.clock.sleep(30_000);
  first.stop.abort(new Stopped());
  await first.finish();
  const second = startAttempt(setup, [plan], { identity: { run: '41', attempt: 1 } });
  second.send(await closeAtState(setup, plan));
  second.end(plan);
  await second.finish();
  // By then the jobs have ended.
  await setup.clock.sleep(5 * minute);
  const rows = setup.sandbox.rows('Company').map((row) => row['Name']);
  return { setup, second, rows: rows.join(''), calls: setup.times('submit') };
}

t.test('INSERT: rows are never duplicated, and unrecognisable names stop it', async (t) => {
  for (const [names, objectNames] of styles) {
    const name = `${names}, ${objectNames}`;
    const { second, rows } = await twice(t, 'INSERT', { names, objectNames });
    t.equal(rows, 'abc', name);
    t.same(codes(second), names === 'missing' ? ['insert_unrecognised'] : [], name);
    t.same(taken(second), names === 'missing' ? [] : ['adopted'], name);
  }
});

t.test('UPSERT: an earlier job is taken over, or awaited and followed by the same rows', async (t) => {
  for (const [names, objectNames] of styles) {
    const name = `${names}, ${objectNames}`;
    const { second, rows, calls } = await twice(t, 'UPSERT', { names, objectNames });
    t.same(codes(second), [], name);
    t.equal(rows, 'abc', name);
    // Without the run its owner is unknown, and without a name it is not recognised as ours.
    const expected = { cut_32: ['waiting for job', 'submitted'], missing: ['submitted'] };
    t.same(taken(second), expected[names as 'cut_32' | 'missing'] ?? ['adopted'], name);
    if (names === 'cut_32') t.ok((calls[1] ?? 0) >= 61, `${name}: old rows never overwrite new ones`);
  }
});

t.test('INSERT: a job of ours that is listed without an id is not ignored', async (t) => {
  const script = [{ on: 'list', nth: 3, times: 1000, do: { kind: 'list_without_ids' } }] as const;
  const { setup, second, rows } = await twice(t, 'INSERT', { script });
  t.same(codes(second), ['insert_without_list']);
  t.equal(setup.sandbox.jobs.length, 1, 'nothing is sent again');
  t.equal(rows, 'abc');
});

/** One process that sends some files. */
async function alone(t: Test, operation: Operation, sandbox: Partial<SandboxOptions>, files: readonly string[]) {
  const plan = planInto(0, { operation });
  const setup = await setUpLoad(t, sandbox);
  const process = startAttempt(setup, [plan]);
  for (const names of files) process.send(await setup.close(plan, [...names]));
  process.end(plan);
  await process.finish();
  return { process, jobs: setup.sandbox.jobs.length };
}

t.test('with unrecognisable names an INSERT stops after its first file, even if that was its only one', async (t) => {
  for (const files of [['abc'], ['abc', 'def']]) {
    const { process, jobs } = await alone(t, 'INSERT', { names: 'missing' }, files);
    t.equal(jobs, 1);
    t.equal(process.settled.length, 1, 'what was sent is proven');
    t.same(codes(process), ['insert_unrecognised']);
    t.match(process.failures[0]?.error.message, /\.csv not at all\), so an INSERT of public.stream 0/);
    t.equal(process.failures[0]?.error.failureType, 'config_error');
  }
});

t.test('an UPSERT warns once, and continues', async (t) => {
  const { process, jobs } = await alone(t, 'UPSERT', { names: 'missing' }, ['abc', 'def', 'ghi']);
  t.equal(jobs, 3);
  t.same(codes(process), []);
  t.match(warnings(process), [/^This tenant gives the file name \S+\.csv back not at all/]);
  t.equal(warnings(process).length, 1);
});

t.test('names that are changed but recognised cause no warning', async (t) => {
  for (const names of nameStyles.filter((style) => style !== 'missing')) {
    const { process } = await alone(t, 'INSERT', { names }, ['abc', 'def']);
    t.same([codes(process), warnings(process)], [[], []], names);
  }
});

t.test('another name of an object is learnt from our own jobs, and logged once', async (t) => {
  for (const [objectNames, expected] of [
    ['as_sent', []],
    ['upper', []],
    ['label', [/calls the object Company The Company Object/]],
  ] as const) {
    const { process } = await alone(t, 'UPSERT', { objectNames }, ['abc', 'def']);
    t.match(warnings(process), expected);
    t.equal(warnings(process).length, expected.length, objectNames);
  }
});

t.test('a lost answer is looked up even if the tenant cuts off the part that distinguishes submissions', async (t) => {
  for (const operation of ['INSERT', 'UPSERT'] as const) {
    const script = [{ on: 'submit', nth: 1, do: { kind: 'accept_then_drop' } }] as const;
    const { process, jobs } = await alone(t, operation, { names: 'cut_32', script }, ['abc', 'def']);
    t.equal(jobs, 2, operation);
    t.same(codes(process), []);
  }
});

t.test('a lost INSERT whose job the list shows without a name is uncertain', async (t) => {
  const script = [{ on: 'submit', nth: 1, do: { kind: 'accept_then_drop' } }] as const;
  const { process, jobs } = await alone(t, 'INSERT', { names: 'missing', script }, ['abc']);
  t.equal(jobs, 1);
  t.same(codes(process), ['insert_uncertain']);
});

t.test('an attempt of version 0.1.0 is recognised by this one', async (t) => {
  for (const operation of ['INSERT', 'UPSERT'] as const) {
    const plan = planInto(0, { operation, generation: 3 });
    const setup = await setUpLoad(t);
    const batch = await setup.close(plan, [...'abc']);
    const { object, keyFields } = plan;
    const { createHash } = await import('node:crypto');
    const context = `${JSON.stringify(['public', 'stream 0', object, operation, keyFields])}\n`;
    const hash = (text: string) =>
      createHash('sha256')
        .update(context + text)
        .digest('base64url');
    const digest = hash('Key,Name\n0,a\n').slice(0, 5) + hash('Key,Name\n0,a\n1,b\n2,c\n').slice(5, 16);
    const fileName = `41.0.abcdefgh12.3.${digest}.public.stream_0.csv`;
    await setup.client.submit(
      { object, operation, keyFields, fileName, path: batch.path },
      new AbortController().signal,
    );
    await setup.clock.sleep(minute);
    const process = startAttempt(setup, [plan], { identity: { run: '41', attempt: 1 } });
    process.send(batch);
    process.end(plan);
    await process.finish();
    t.same(process.reported(), ['adopted'], operation);
    t.equal(setup.sandbox.rows('Company').length, 3);
  }
});
