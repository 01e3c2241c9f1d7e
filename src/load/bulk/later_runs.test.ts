/** A process that waited while the next run loaded newer rows must not overwrite them. */
import t, { type Test } from 'tap';
import { type Attempt, planInto, setUpLoad, startAttempt } from '../../../integration_tests/support/load_setup.ts';
import { hour, minute } from '../../clock.ts';
import { Stopped } from '../../errors.ts';
import type { Plan } from '../../model.ts';
import type { SandboxOptions } from '../../sandbox/options.ts';

const plan = planInto(0);
const quota = { calls_per_hour: 99, calls_per_day: 99 };
const codes = ({ failures }: Attempt) => failures.map(({ error }) => error.code);
const warnings = ({ events }: Attempt) => events.flatMap((event) => (event.kind === 'warning' ? [event.text] : []));

interface Meeting {
  readonly ours?: string;
  readonly theirs?: string;
  readonly theirPlan?: Plan;
  readonly sandbox?: Partial<SandboxOptions>;
  /** The other run has ended before this process starts. */
  readonly isBefore?: boolean;
}

/** One process waits for quota; another run loads its rows in the meantime; then the first gets its place. */
async function meet(t: Test, { ours = '41', theirs = '42', theirPlan = plan, sandbox, isBefore = false }: Meeting) {
  const setup = await setUpLoad(t, { callsPerHour: null, ...sandbox });
  setup.sandbox.addForeignJob({ count: 10, age: 1800 });
  const other = async () => {
    const process = startAttempt(setup, [theirPlan], { identity: { run: theirs, attempt: 0 }, quota });
    process.send(await setup.close(theirPlan, ['new']));
    process.end(theirPlan);
    await process.finish();
    process.stop.abort(new Stopped());
    t.equal(process.settled.length, 1);
  };
  if (isBefore) await other();
  await setup.clock.sleep(minute);
  const process = startAttempt(setup, [plan], { identity: { run: ours, attempt: 0 } });
  process.send(await setup.close(plan, ['old']));
  process.end(plan);
  await setup.clock.sleep(minute);
  if (!isBefore) await other();
  await process.finish();
  const rows = setup.sandbox.rows('Company').map((row) => row['Name']);
  return { process, rows: rows.join(), sent: setup.sandbox.jobs.filter(({ foreign }) => !foreign).length };
}

t.test('a run that was overtaken by a later one stops before it sends', async (t) => {
  const habits: readonly Partial<SandboxOptions>[] = [
    {},
    { dates: 'local', zoneOffset: 2 * hour },
    { names: 'upper' },
    { objectNames: 'label' },
  ];
  for (const sandbox of habits) {
    const { process, rows, sent } = await meet(t, { sandbox });
    t.same(codes(process), ['attempt_replaced'], JSON.stringify(sandbox));
    t.same([rows, sent], ['new', 1]);
    t.equal(process.failures[0]?.error.failureType, 'transient_error');
  }
});

t.test('an earlier run, one that ended before, or another connection does not stop it', async (t) => {
  const beside: Plan = { ...plan, stream: { name: 'another' }, label: 'another' };
  for (const [name, meeting] of Object.entries({
    'an earlier run': { theirs: '40' },
    'a later one that ended before': { isBefore: true },
    'the same, though its date cannot be read': { isBefore: true, sandbox: { dates: 'words' } },
    'another connection': { theirPlan: beside },
  } satisfies Record<string, Meeting>)) {
    const { process, sent } = await meet(t, meeting);
    t.same([codes(process), sent], [[], 2], name);
    t.same(
      warnings(process).filter((text) => text.includes('another sync')),
      [],
      name,
    );
  }
});

t.test('if runs are not numbers it warns once and continues', async (t) => {
  for (const [ours, theirs] of [
    ['41', 'b'],
    ['5e', '42'],
  ] as const) {
    const { process, sent } = await meet(t, { ours, theirs });
    t.same([codes(process), sent], [[], 2]);
    t.match(warnings(process), [/of another sync has loaded rows of public.stream 0 since this one started/]);
    t.equal(warnings(process).length, 1);
  }
});
