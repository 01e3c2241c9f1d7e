/** The master test: every fixture stream under every fault case, and every law after each. */
import type { Test } from 'tap';
import { randomFrom } from './random.ts';
import type { FaultCase, FaultCases } from './support/fault_case.ts';
import { type Evidence, syncUnder } from './support/faulty_sync.ts';
import { codesOf } from './support/law.ts';
import { laws } from './support/laws.ts';
import type { StreamFixture } from './support/streams.ts';

/** A sync mostly waits for a socket or a file, also where time is not real. */
const syncsAtOnce = 8;

/** What breaks which law, in words. */
export function brokenLaws(evidence: Evidence): string[] {
  return Object.entries(laws).flatMap(([name, law]) => law(evidence).map((what) => `${name}: ${what}`));
}

/** Runs every fixture under every case. @returns how many syncs that were */
export async function prove(t: Test, cases: FaultCases, fixtures: readonly StreamFixture[]): Promise<number> {
  for (const [name, faults] of Object.entries(cases)) {
    await t.test(name, async (t) => {
      const codes = new Set<string>();
      const broken = await eachAtOnce(fixtures, async (fixture) => {
        const evidence = await syncUnder(fixture, faults);
        for (const code of codesOf(evidence.run)) codes.add(code);
        return brokenLaws(evidence).map((what) => `${fixture.name}: ${what}`);
      });
      t.same(broken.flat(), []);
      t.same(unseen(faults, codes), [], 'each end that is allowed is seen');
    });
  }
  return Object.keys(cases).length * fixtures.length;
}

/** Runs as many syncs as there are cases: each of them once, and every fixture. */
export async function proveSome(t: Test, cases: FaultCases, fixtures: readonly StreamFixture[], seed: number) {
  const random = randomFrom(seed);
  const shuffled = fixtures.map((fixture) => ({ fixture, at: random(1e9) })).toSorted((a, b) => a.at - b.at);
  const broken = await eachAtOnce([...Object.entries(cases).entries()], async ([at, [name, faults]]) => {
    const fixture = (shuffled[at % shuffled.length] as (typeof shuffled)[number]).fixture;
    return brokenLaws(await syncUnder(fixture, faults)).map((what) => `${fixture.name}, ${name}: ${what}`);
  });
  t.same(broken.flat(), [], `${broken.length} syncs from seed ${seed}`);
}

/** Ends that a case allows and no fixture has: either the fault does not strike, or more is allowed than needs be. */
function unseen({ ends = [], insertEnds = [] }: FaultCase, codes: ReadonlySet<string>): string[] {
  return [...ends, ...insertEnds].filter((code) => !codes.has(code));
}

/** Some at a time, the answers in order. */
export async function eachAtOnce<T, R>(items: readonly T[], work: (item: T) => Promise<R>): Promise<R[]> {
  const answers: R[] = [];
  let next = 0;
  const worker = async () => {
    for (let at = next++; at < items.length; at = next++) answers[at] = await work(items[at] as T);
  };
  await Promise.all(Array.from({ length: syncsAtOnce }, worker));
  return answers;
}
