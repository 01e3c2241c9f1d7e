/**
 * Two connections with one store for their rejected rows, a bucket or a folder, both killed while one of them writes there,
 * and started again: no row is lost, none is loaded twice, and each rejected row is kept.
 */
import { mkdirSync, mkdtempSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import t, { type Test } from 'tap';
import { systemClock } from '../../src/clock.ts';
import { type BucketServer, startBucket } from '../support/bucket_server.ts';
import { environmentOf, openProgram, type Program, type ProgramResult } from '../support/program.ts';
import { catalogOf, entryOf, recordLine, released, state } from '../support/small_sync.ts';
import { settingsFor } from '../support/tenant.ts';

interface Connection {
  readonly stream: string;
  readonly operation: 'UPSERT' | 'INSERT';
  readonly run: number;
  /** Numbers of records that the tenant accepts, and rejects. */
  readonly good: number;
  readonly bad: number;
}

/** For how long a killed submission may still become a job, in minutes. */
const answerMinutes = 0.02;
/** Of the UPSERT rejected rows are sent again in the next sync. */
const connections = [
  { stream: 'accounts', operation: 'UPSERT', run: 10, good: 5, bad: 3 },
  { stream: 'others', operation: 'INSERT', run: 20, good: 4, bad: 2 },
] satisfies Connection[];

interface World {
  readonly program: Program;
  /** The files of the store by their names. */
  files(): ReadonlyMap<string, string>;
  /** Calls this once when the store has been written to so many times, before or after it has the file. */
  onWrite(nth: number, kill: () => void): void;
}

const objectsOf = (accepted: string[]) =>
  Object.fromEntries(
    ['Accounts', 'Others'].map((name) => [name, { fields: { Id: {}, Name: { picklist: accepted } } }]),
  );

async function openWorld(t: Test, place: string, accepted: string[], act: 'reset' | 'lost'): Promise<World> {
  const folder = mkdtempSync(join(t.testdir(), 'shared-'));
  const kept = join(folder, 'kept');
  mkdirSync(kept);
  let due: { nth: number; kill: () => void } | undefined;
  let writes = 0;
  const isDue = () => {
    writes += 1;
    if (writes !== due?.nth) return false;
    due.kill();
    return true;
  };
  const isOwn = (name: string) => /rejects|waiting|report/.test(name);
  const bucket: BucketServer | undefined =
    place === 'bucket'
      ? await startBucket({
          clock: systemClock,
          act: ({ method, key }) => (method === 'PUT' && isOwn(key) && isDue() ? act : undefined),
        })
      : undefined;
  if (bucket) t.teardown(() => bucket.close());
  const sandbox = { objects: objectsOf(accepted) };
  const program = await openProgram({ folder, config: {}, catalog: { streams: [] }, sandbox });
  t.teardown(() => program.sandbox.close());
  for (const { stream, operation } of connections) {
    const rejected = { fail_above_percent: 100, first_row_number: '2', retry: 'next_sync' };
    const config = {
      streams: [entryOf(stream, { operation, ...(operation === 'INSERT' && { key_fields: [] }) })],
      polling: { list_lag_seconds: 0, submission_answer_minutes: answerMinutes },
      quota: { calls_per_hour: 1000, calls_per_day: 1000 },
      rejected_rows: { ...rejected, ...(!bucket && { folder: kept }) },
      ...bucket?.settings(),
    };
    writeFileSync(join(folder, `${stream}.json`), JSON.stringify(settingsFor(config, program.sandbox.url)));
    writeFileSync(join(folder, `${stream}.catalog.json`), JSON.stringify(catalogOf([stream])));
  }
  const inFolder = () =>
    readdirSync(kept, { recursive: true, withFileTypes: true }).flatMap((entry) =>
      entry.isFile() ? [join(entry.parentPath, entry.name)] : [],
    );
  return {
    program,
    files: () =>
      bucket
        ? new Map([...bucket.objects].map(([name, content]) => [name, content.toString()]))
        : new Map(inFolder().map((path) => [path, readFileSync(path, 'utf8')])),
    onWrite(nth, kill) {
      due = { nth, kill };
      if (!bucket) void whenSeen(() => inFolder().filter(isOwn).length >= nth, kill);
    },
  };
}

/** Looks as often as possible: a file is written in less than a millisecond. */
async function whenSeen(isSo: () => boolean, act: () => void): Promise<void> {
  const until = systemClock.elapsed() + 20_000;
  while (systemClock.elapsed() < until) {
    if (isSo()) return act();
    await new Promise((resolve) => setImmediate(resolve));
  }
}

/** The sync of an attempt: the records as in the first one, unless their state came back. */
function start({ program }: World, { stream, run, good, bad }: Connection, attempt: number, isLoaded: boolean) {
  const { folder } = program;
  const flags = ['--config', join(folder, `${stream}.json`), '--catalog', join(folder, `${stream}.catalog.json`)];
  const running = program.start('write', { env: environmentOf({ run: `${run}`, attempt }) }, flags);
  const names = [...Array.from({ length: good }, () => 'good'), ...Array.from({ length: bad }, () => 'bad')];
  const lines = names.map((name, at) => `${recordLine(stream, `{"Id":"${stream} ${at}","Name":"${name}"}`)}\n`);
  void running.write(isLoaded ? '' : lines.join('') + state(stream)).then(() => running.end());
  return running;
}

const rowsOf = ({ program }: World) =>
  ['Accounts', 'Others']
    .flatMap((object) => program.sandbox.rows(object).map(({ Id, Name }) => `${Id} ${Name}`))
    .sort();

/** Keys of the rows in files of rejected rows. */
const keptIn = ({ files }: World) =>
  new Set(
    [...files()].flatMap(([name, text]) =>
      name.endsWith('.rejects.csv') ? (text.match(/^\w+ \d+(?=,bad,)/gm) ?? []) : [],
    ),
  );

const idsOf = ({ stream, good, bad }: Connection, isGood: boolean) =>
  Array.from({ length: good + bad }, (_, at) => at)
    .filter((at) => at < good === isGood)
    .map((at) => `${stream} ${at}`);

/** @returns whether both processes were killed */
async function checkKilled(t: Test, place: string, nth: number, act: 'reset' | 'lost'): Promise<boolean> {
  const accepted = ['good'];
  const world = await openWorld(t, place, accepted, act);
  const first = connections.map((each) => start(world, each, 0, false));
  let isKilled = false;
  world.onWrite(nth, () => {
    isKilled = first.every(({ child }) => child.exitCode === null);
    for (const running of first) running.kill('SIGKILL');
  });
  const states = await Promise.all(
    first.map(({ ended, lines }) =>
      ended.catch(() => undefined).then(() => lines.some((line) => line.includes('"STATE"'))),
    ),
  );
  const second = await Promise.all(connections.map((each, at) => start(world, each, 1, states[at] === true).ended));
  holds(t, second, states);
  const good = connections.flatMap((each) => idsOf(each, true).map((id) => `${id} good`)).sort();
  t.same(rowsOf(world), good, 'each row once');
  const bad = connections.flatMap((each) => idsOf(each, false));
  const kept = keptIn(world);
  t.same(
    bad.filter((id) => !kept.has(id)),
    [],
    'each rejected row is kept',
  );
  accepted.push('bad');
  const [upsert] = connections as [Connection, Connection];
  const next = { ...upsert, run: 11, good: 1, bad: 0 };
  const third = await start(world, next, 0, false).ended;
  holds(t, [third], [false]);
  // As long as names of objects are not certain, a later job of the other connection may have loaded newer rows.
  const isOvertaken = /0 sent · 3 no longer sent, as another sync has loaded rows/.test(third.logs.join('\n'));
  const again = isOvertaken ? [] : idsOf(upsert, false).map((id) => `${id} bad`);
  t.same(rowsOf(world), [...good, ...again].sort(), 'and sent again once, unless the log says why not');
  t.match(third.logs.join('\n'), /0 rows wait for the next sync/);
  return isKilled;
}

function holds(t: Test, results: readonly ProgramResult[], wasReleased: readonly boolean[]): void {
  for (const [at, result] of results.entries()) {
    t.equal(result.code, 0, result.logs.join('\n'));
    if (!wasReleased[at]) t.match(released(result), / 1$/);
  }
}

t.jobs = 2;

/** What the bucket does with the write during which they are killed. */
const moments: readonly [place: 'bucket' | 'folder', act: 'reset' | 'lost', when: string][] = [
  ['bucket', 'reset', 'before it has the nth file'],
  ['bucket', 'lost', 'once it has the nth file'],
  ['folder', 'lost', 'once it has the nth file'],
];

for (const [place, act, when] of moments) {
  t.test(`a ${place}: both are killed ${when}`, { buffered: true, timeout: 300_000 }, async (t) => {
    let kills = 0;
    for (let nth = 1; nth <= 6; nth += 1) if (await checkKilled(t, place, nth, act)) kills += 1;
    t.ok(kills >= 3, `both were killed ${kills} times`);
  });
}
