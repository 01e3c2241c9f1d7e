/** `load` is killed before and after each of its requests, and given again: every row is there, and no INSERT twice. */
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdirSync, mkdtempSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import t, { type Test } from 'tap';
import type { FaultRule } from '../../src/sandbox/faults.ts';
import { connectorPath } from '../support/connector.ts';
import { openProgram, type Program } from '../support/program.ts';

/** How long a request is held while the process is killed, in seconds. */
const held = 1;
/** For how long a killed submission may still become a job, in minutes: longer than it is held. */
const answerMinutes = 0.05;

const objects = { Accounts: { fields: { Id: {}, Tier: { picklist: ['Gold'] } } } };
const text = 'Id,Tier\n1,Gold\n2,Gold\n3,Lead\n';
const accepted = ['1,Gold', '2,Gold'];

function planOf(operation: string): object {
  const stream = { name: 'accounts', namespace: null };
  const key_fields = operation === 'INSERT' ? [] : ['Id'];
  return { version: 1, stream, object: 'Accounts', operation, key_fields, fields: ['Id', 'Tier'], null_text: '' };
}

const requests: readonly [on: FaultRule['on'], nth: number][] = [
  ['list', 1],
  ['list', 2],
  ['list', 3],
  ['submit', 1],
  ['status', 1],
  ['errors', 1],
];

async function start({ folder }: Program) {
  const { PATH = '' } = process.env;
  const args = [connectorPath, 'load', 'a.rejects.csv', '--config', 'config.json'];
  const child = spawn('env', ['-u', 'NODE_OPTIONS', process.execPath, ...args], {
    ...{ cwd: folder, env: { PATH, TMPDIR: join(folder, 'temporary') }, stdio: ['ignore', 'pipe', 'inherit'] },
  });
  let stdout = '';
  child.stdout?.setEncoding('utf8').on('data', (part) => {
    stdout += part;
  });
  const ended = once(child, 'close').then(([code]) => ({ code, stdout }));
  return { child, ended };
}

async function checkKilled(t: Test, operation: string, script: readonly FaultRule[]): Promise<void> {
  const folder = mkdtempSync(join(t.testdir(), 'load-'));
  mkdirSync(join(folder, 'kept'));
  const config = {
    polling: { list_lag_seconds: 0, submission_answer_minutes: answerMinutes },
    quota: { calls_per_hour: 1000, calls_per_day: 1000 },
    rejected_rows: { folder: join(folder, 'kept') },
  };
  const program = await openProgram({ folder, config, catalog: { streams: [] }, sandbox: { objects, script } });
  const { sandbox } = program;
  t.teardown(() => sandbox.close());
  writeFileSync(join(folder, 'a.rejects.csv'), text);
  writeFileSync(join(folder, 'a.rejects.plan.json'), JSON.stringify(planOf(operation)));
  const first = await start(program);
  let isOver = false;
  void first.ended.then(() => {
    isOver = true;
  });
  while (!isOver && sandbox.parked === 0) await new Promise((resolve) => setTimeout(resolve, 3));
  t.notOk(isOver, 'it is killed on its way');
  first.child.kill('SIGKILL');
  await first.ended;
  // One row is rejected, each time.
  const second = await (await start(program)).ended;
  t.equal(second.code, 1);
  t.match(second.stdout, /3 rows: 2 accepted, 1 rejected/);
  t.same(
    sandbox.rows('Accounts').map(({ Id, Tier }) => `${Id},${Tier}`),
    accepted,
    'each row once',
  );
  const made = sandbox.jobs.length;
  if (operation === 'INSERT') t.equal(made, 1, 'by one job');
  const third = await (await start(program)).ended;
  t.equal(third.code, 1);
  t.equal(sandbox.jobs.length, made, 'a further load sends nothing');
}

t.jobs = 4;

for (const operation of ['UPSERT', 'INSERT']) {
  for (const [on, nth] of requests) {
    for (const when of ['before', 'after'] as const) {
      const name = `${operation}: killed ${when} request ${nth} of the kind ${on}`;
      t.test(name, { buffered: true, timeout: 120_000 }, (t) =>
        checkKilled(t, operation, [{ on, nth, times: 1, do: { kind: 'delay', seconds: held, when } }]),
      );
    }
  }
}
