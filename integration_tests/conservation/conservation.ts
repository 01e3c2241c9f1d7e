/** The master test: every fixture stream under every fault case, with every law checked after each. */
import { once } from 'node:events';
import { availableParallelism } from 'node:os';
import { Worker } from 'node:worker_threads';
import type { Test } from 'tap';
import type { Evidence } from '../laws/evidence.ts';
import { breachesOf } from '../laws/law.ts';
import { laws } from '../laws/laws.ts';
import { randomFrom } from '../support/random.ts';
import { fixtureStreams, type StreamFixture } from '../support/streams.ts';
import { codesOf } from '../support/sync.ts';
import type { FaultCase, FaultCases } from './fault_case.ts';
import { syncUnder } from './faulty_sync.ts';
import { allOrQuarter, quarterSeed } from './quarter.ts';

/** A sync mostly waits for a socket or a file, even with a fake clock. */
const syncsAtOnce = 8;

/** Descriptions of the laws that are broken, and how. */
export function brokenLaws(evidence: Evidence): string[] {
  return breachesOf(laws, evidence);
}

/** The result of a fault case. */
export interface Judgement {
  readonly syncs: number;
  /** Which sync broke which law. */
  readonly broken: readonly string[];
  /** Allowed ends that no sync had. */
  readonly unseen: readonly string[];
}

/** A fault case, and the fixtures to run under it. */
export interface Portion {
  readonly name: string;
  readonly fixtures: readonly string[];
}

/** Runs these fixtures under one case. */
export async function judge(faults: FaultCase, fixtures: readonly StreamFixture[]): Promise<Judgement> {
  const codes = new Set<string>();
  const broken = await eachAtOnce(fixtures, async (fixture) => {
    const evidence = await syncUnder(fixture, faults);
    for (const code of codesOf(evidence.run)) codes.add(code);
    return brokenLaws(evidence).map((what) => `${fixture.name}: ${what}`);
  });
  return { syncs: broken.length, broken: broken.flat(), unseen: unseen(faults, codes) };
}

/**
 * Runs every fixture under each of these cases, or in a quarter run a different quarter of the fixtures under each.
 * Runs as many cases at once as there are cores.
 */
export async function prove(t: Test, cases: FaultCases): Promise<void> {
  const names = fixtureStreams().map(({ name }) => name);
  const workers: Worker[] = [];
  const idle: Worker[] = [];
  t.jobs = availableParallelism();
  t.setTimeout(0);
  let syncs = 0;
  const subtests = Object.keys(cases).map((name) =>
    t.test(name, { buffered: true }, async (t) => {
      const worker = idle.pop() ?? startWorker(workers);
      const portion: Portion = { name, fixtures: allOrQuarter(names, name) };
      worker.postMessage(portion);
      const [judgement] = (await once(worker, 'message')) as [Judgement];
      idle.push(worker);
      syncs += judgement.syncs;
      t.same(judgement.broken, []);
      t.equal(judgement.syncs, portion.fixtures.length, 'every sync was checked');
      // A quarter run cannot guarantee it: some ends occur with few inputs only.
      if (quarterSeed === undefined) t.same(judgement.unseen, [], 'each end that is allowed is seen');
    }),
  );
  await Promise.all(subtests);
  await Promise.all(workers.map((worker) => worker.terminate()));
  t.ok(syncs > 0, `${syncs} syncs`);
}

function startWorker(workers: Worker[]): Worker {
  const worker = new Worker(new URL('./worker.js', import.meta.url), { execArgv: [] });
  workers.push(worker);
  return worker;
}

/** Runs every fourth case, each on a fixture drawn by the seed. */
export async function proveSome(t: Test, cases: FaultCases, fixtures: readonly StreamFixture[], seed: number) {
  const random = randomFrom(seed);
  const shuffled = fixtures.map((fixture) => ({ fixture, at: random(1e9) })).toSorted((a, b) => a.at - b.at);
  const broken = await eachAtOnce(
    [
      ...Object.entries(cases)
        .filter((_, at) => at % 4 === 0)
        .entries(),
    ],
    async ([at, [name, faults]]) => {
      const fixture = (shuffled[at % shuffled.length] as (typeof shuffled)[number]).fixture;
      return brokenLaws(await syncUnder(fixture, faults)).map((what) => `${fixture.name}, ${name}: ${what}`);
    },
  );
  t.same(broken.flat(), [], `${broken.length} syncs from seed ${seed}`);
}

/** Ends that a case allows and no fixture has: either the fault has no effect, or too much is allowed. */
function unseen({ ends = [], insertEnds = [] }: FaultCase, codes: ReadonlySet<string>): string[] {
  return [...ends, ...insertEnds].filter((code) => !codes.has(code));
}

/** Works on several items at a time and returns the results in order. */
export async function eachAtOnce<T, R>(items: readonly T[], work: (item: T) => Promise<R>): Promise<R[]> {
  const answers: R[] = [];
  let next = 0;
  const worker = async () => {
    for (let at = next++; at < items.length; at = next++) answers[at] = await work(items[at] as T);
  };
  await Promise.all(Array.from({ length: syncsAtOnce }, worker));
  return answers;
}
