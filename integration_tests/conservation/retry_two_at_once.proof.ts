/**
 * Two connections with one bucket or folder, and one object, at the same time: their requests come in an order drawn by a
 * seed. No row of Gainsight becomes older, no row waits that a newer one has replaced, and each rejected row waits, is given
 * up, or is counted in the log as one that another sync may have overtaken.
 */
import t, { type Test } from 'tap';
import { startBucket } from '../support/bucket_server.ts';
import { type Random, randomFrom } from '../support/random.ts';
import { givenUpIn, openTenant, type RetryTenant, retrySync, type Step, waitingRows } from '../support/retry_sync.ts';
import { quarterSeed } from './quarter.ts';

const seeds = 12;
const rounds = 5;
const names = ['Ada', 'Bob', 'bad1', 'bad2', 'worse'];

t.setTimeout(0);

/** A connection: its own stream and keys. */
class Connection {
  /** Number and name of the newest record of each key; a deletion has no name. */
  readonly newest = new Map<string, { readonly number: number; readonly name?: string }>();
  readonly stream: string;
  #number = 0;

  constructor(stream: string) {
    this.stream = stream;
  }

  steps(random: Random): Step[] {
    const steps: Step[] = [];
    for (let left = 1 + random(5); left >= 0; left -= 1) {
      const id = left === 0 ? `${this.stream} good` : `${this.stream} ${random(4)}`;
      const name = left === 0 ? 'Ada' : (names[random(names.length)] as string);
      this.#number += 1;
      const isDeletion = left > 0 && random(6) === 0;
      this.newest.set(id, { number: this.#number, ...(!isDeletion && { name }) });
      steps.push(isDeletion ? [id] : [id, name, `${this.#number}`]);
      if (random(3) === 0) steps.push('state');
    }
    return [...steps, 'state'];
  }
}

async function openShared(t: Test, random: Random, place: 'bucket' | 'folder'): Promise<RetryTenant> {
  const tenant = await openTenant(t, [], { pendingSeconds: 1 + random(90), rowsPerSecond: 1 + random(3) });
  if (place === 'folder') return tenant;
  const bucket = await startBucket({
    clock: tenant.clock,
    pageSize: 1 + random(5),
    act: () => (random(2) === 0 ? { wait: random(30_000) } : undefined),
  });
  t.teardown(() => bucket.close());
  return { ...tenant, bucket };
}

function storedIn({ sandbox }: RetryTenant): Map<string, number> {
  return new Map(sandbox.rows('company').map((row) => [row['id'] as string, Number(row['note'])]));
}

/** What became wrong in one round, and the keys whose rejected row is nowhere. */
function judge(tenant: RetryTenant, connections: readonly Connection[], before: ReadonlyMap<string, number>) {
  const stored = storedIn(tenant);
  const newest = new Map(connections.flatMap((each) => [...each.newest]));
  const waiting = waitingRows(tenant).map(({ row: { cells } }) => ({
    id: cells[0] as string,
    number: Number(cells[2]),
  }));
  const givenUp = givenUpIn(tenant).join('');
  const wrong = [...stored].flatMap(([id, number]) => (number < (before.get(id) ?? 0) ? [`${id} became older`] : []));
  for (const { id, number } of waiting)
    if (number < (newest.get(id)?.number ?? 0))
      wrong.push(`${id} waits with ${number}, which is not its newest record`);
  const isSomewhere = (id: string, number: number, name: string) =>
    stored.get(id) === number ||
    waiting.some((row) => row.id === id && row.number === number) ||
    givenUp.includes(`\n${id},${name},${number},`);
  const lost = [...newest].flatMap(([id, { number, name }]) =>
    name === undefined || isSomewhere(id, number, name) ? [] : [`${id} ${number}`],
  );
  return { wrong, lost };
}

async function brokenIn(t: Test, seed: number, place: 'bucket' | 'folder'): Promise<string[]> {
  const random = randomFrom(seed);
  const tenant = await openShared(t, random, place);
  const connections = [new Connection('accounts'), new Connection('others')];
  const config = { files: { max_rows: random(2) === 0 ? 3 : 100 } };
  const broken: string[] = [];
  const lost = new Set<string>();
  let overtaken = 0;
  for (let round = 0; round < rounds; round += 1) {
    if (round === 2) tenant.accept('bad1');
    if (round === 3) tenant.accept('bad2');
    const before = storedIn(tenant);
    const runs = await Promise.all(
      connections.map((each, at) =>
        retrySync(tenant, each.steps(random), { run: `${10 + 2 * round + at}`, stream: each.stream, config }),
      ),
    );
    for (const { end, logs, traces } of runs) {
      if (end !== 'done') broken.push(`round ${round}: ${end} ${traces}`);
      for (const line of logs) overtaken += Number(/(\d+) no longer sent, as another sync/.exec(line)?.[1] ?? 0);
    }
    const judged = judge(tenant, connections, before);
    broken.push(...judged.wrong.map((what) => `round ${round}: ${what}`));
    for (const each of judged.lost) lost.add(each);
    tenant.clock.advance(600_000);
  }
  if (lost.size > overtaken) broken.push(`${[...lost]} are nowhere, and ${overtaken} rows were overtaken`);
  return broken.map((what) => `${place}, seed ${seed}: ${what}`);
}

for (const place of ['bucket', 'folder'] as const) {
  t.test(`two syncs at the same time with one ${place}`, async (t) => {
    const step = quarterSeed === undefined ? 1 : 4;
    for (let seed = 0; seed < seeds; seed += step) t.same(await brokenIn(t, seed, place), []);
  });
}
