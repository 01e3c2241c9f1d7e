/**
 * A connector that is stopped, no longer read or killed ends fast and quietly, and what was proven by then is released.
 */
import { once } from 'node:events';
import t, { type Test } from 'tap';
import { readLine } from '../support/log_lines.ts';
import type { Program, ProgramResult } from '../support/program.ts';
import {
  entryOf,
  holdsAlways,
  holdsFailure,
  records,
  released,
  type SetUpOptions,
  setUpProgram,
  state,
} from '../support/small_sync.ts';
import { holdsAccessKey } from '../support/tenant.ts';

const stopped = 143;
/** Accounts are loaded by the time that contacts, whose job never ends, are submitted. */
const halfDone: SetUpOptions = {
  config: { streams: [entryOf('accounts'), entryOf('contacts', { load_after: ['accounts'] })] },
  sandbox: { script: [{ on: 'submit', object: 'Contacts', do: { kind: 'stay_in_progress' } }] },
};
const input = records('accounts', 'A1') + state('accounts', 1) + records('contacts', 'C1') + state('contacts', 2);

/** Starts a sync and returns when its second job runs. */
async function untilSecondJob(program: Program) {
  const running = program.start('write');
  await running.write(input);
  running.end();
  await running.line((line) => readLine('submitted', line)?.stream === 'contacts');
  return running;
}

function holdsStopped(t: Test, result: ProgramResult, program: Program): void {
  holdsAlways(t, result, program);
  t.equal(result.code, stopped, 'exit 143');
  t.same(
    result.messages.filter(({ type }) => type === 'TRACE'),
    [],
    'no TRACE: nothing failed',
  );
}

t.jobs = 4;

for (const signal of ['SIGTERM', 'SIGINT'] as const) {
  t.test(`${signal} while a job runs ends the sync at once`, { buffered: true }, async (t) => {
    const program = await setUpProgram(t, halfDone);
    const running = await untilSecondJob(program);
    t.match(program.spool().join(''), /canary-row C1/, 'its rows are on disk');
    t.notMatch(program.spool().join(''), /canary-key/, 'and the access key does not');
    running.kill(signal);
    const result = await running.ended;
    t.equal(program.sandbox.jobs.at(-1)?.status, 'IN_PROGRESS', 'the job is not waited for');
    holdsStopped(t, result, program);
    t.equal(released(result), 'accounts 1', 'what is proven');
    const logged = result.logs.join('\n');
    t.match(logged, / 1 of 2 files done \(50 %\)\. Unknown: 1 row of 1 job that was submitted and not confirmed\. /);
    t.match(logged, / Contacts by UPSERT: 1 record: 0 accepted, 1 unknown · /, 'Gainsight may load it');
  });
}

t.test('SIGTERM while the input is open ends the sync at once, and sends nothing', { buffered: true }, async (t) => {
  const program = await setUpProgram(t);
  const running = program.start('write');
  await running.write(input + state('orders'));
  // The state of an unknown stream comes back at once: it shows that all before it was read.
  await running.line((line) => line.includes('orders'));
  running.kill('SIGTERM');
  const result = await running.ended;
  holdsStopped(t, result, program);
  t.equal(released(result), 'orders 1');
  t.same(program.sandbox.jobs, []);
});

t.test('a refused key ends the sync at once, though the input is open', { buffered: true }, async (t) => {
  // Nothing is submitted before the usual fifteen seconds.
  const program = await setUpProgram(t, { config: { access_key: 'canary-key-of-yesterday', polling: {} } });
  const since = performance.now();
  const running = program.start('write');
  await running.write(input);
  const result = await running.ended;
  holdsFailure(t, result, program, {
    ...{ code: 'access_refused', type: 'config_error' },
    says: ['Gainsight refuses the access key: GS_APIG_2401'],
  });
  t.equal(released(result), '');
  t.same(program.sandbox.jobs, []);
  t.ok(performance.now() - since < 15_000, 'before a submission would have asked');
});

t.test('an upload in flight has five seconds, and what it proves by then counts', { buffered: true }, async (t) => {
  for (const seconds of [1, 60]) {
    const program = await setUpProgram(t, {
      streams: ['accounts'],
      sandbox: { script: [{ on: 'submit', do: { kind: 'delay', when: 'after', seconds } }] },
    });
    const running = program.start('write');
    await running.write(records('accounts', 'A1') + state('accounts'));
    running.end();
    while (!program.sandbox.jobs.length) await new Promise((resolve) => setTimeout(resolve, 50));
    const since = performance.now();
    running.kill('SIGTERM');
    const result = await running.ended;
    const took = (performance.now() - since) / 1000;
    t.ok(took > Math.min(seconds, 5) - 1, `it has ${took} s of the ${seconds} s that the answer takes`);
    t.ok(seconds < 5 || took < seconds, 'an answer that takes longer is not awaited');
    holdsStopped(t, result, program);
    t.equal(released(result), '', 'no poll proved it');
  }
});

t.test('stdout closed while a job runs ends the sync, quietly', { buffered: true }, async (t) => {
  const program = await setUpProgram(t, {
    ...halfDone,
    // It is noticed with the next line that is written: that of the job's end.
    sandbox: { script: [{ on: 'submit', object: 'Contacts', do: { kind: 'stay_in_progress', seconds: 3 } }] },
  });
  const running = await untilSecondJob(program);
  running.child.stdout?.destroy();
  const [code] = await once(running.child, 'exit');
  const { stderr } = await running.ended;
  t.equal(code, stopped);
  t.equal(stderr, '');
  t.same(program.left(), []);
});

t.test('stdout closed before the first line ends each command, quietly', { buffered: true }, async (t) => {
  const program = await setUpProgram(t);
  for (const command of ['write', 'check', 'discover', 'spec']) {
    const running = program.start(command);
    running.child.stdout?.destroy();
    await running.write(input);
    running.end();
    const { code, stderr } = await running.ended;
    t.equal(code, stopped, command);
    t.equal(stderr, '', command);
  }
  t.same(program.left(), []);
});

t.test(
  'after kill -9 the next start removes the spool, but not that of a running process',
  { buffered: true },
  async (t) => {
    const program = await setUpProgram(t, halfDone);
    const killed = await untilSecondJob(program);
    const living = program.start('write');
    await living.write(records('accounts', 'A2') + state('orders'));
    await living.line((line) => line.includes('orders'));
    const [first, second] = program.left();
    t.ok(first && second, 'a folder each');
    killed.kill('SIGKILL');
    await killed.ended;
    t.same(program.left(), [first, second], 'it could not remove its spool itself');
    const next = await program.run('write');
    t.equal(next.code, 0);
    t.match(program.left(), [/-\d+-\d+$/]);
    t.ok(program.left()[0]?.includes(`-${living.child.pid}-`), 'that of the running process');
    living.kill('SIGTERM');
    await living.ended;
    t.same(program.left(), []);
    t.same(killed.lines.filter(holdsAccessKey), []);
  },
);
