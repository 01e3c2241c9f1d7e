/**
 * Random histories of syncs whose rejected rows are sent again, some of them killed at any request or line, with the laws
 * that hold after each: no row of Gainsight becomes older, and no rejected row is lost.
 */
import { cpSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Test } from 'tap';
import { randomFrom } from '../support/random.ts';
import {
  givenUpIn,
  openTenant,
  type RetrySettings,
  type RetryTenant,
  retryLines,
  retrySync,
  type Step,
  waitingIn,
} from '../support/retry_sync.ts';

const keys = ['1', '2', '3', '4'];
const names = ['Ada', 'Bob', 'bad1', 'bad2', 'worse'];
const mostSyncs = 7;

/** What happened to a key, in order; `note` holds the number of the event. */
interface Event {
  readonly number: number;
  readonly is: 'record' | 'deletion';
  readonly name: string;
}

/** A source: its events by key, and those of them that a released state covers. */
class Source {
  readonly events = new Map<string, Event[]>();
  #number = 0;

  /** Makes events, with a state after some of them, and after the last. */
  steps(random: (below: number) => number): Step[] {
    const steps: Step[] = [];
    for (let left = 1 + random(6); left >= 0; left -= 1) {
      // One row that is accepted: a stream of which no row is would fail.
      const id = left === 0 ? 'good' : (keys[random(keys.length)] as string);
      this.#number += 1;
      const name = left === 0 ? 'Ada' : (names[random(names.length)] as string);
      const is = left > 0 && random(6) === 0 ? 'deletion' : 'record';
      this.events.set(id, [...(this.events.get(id) ?? []), { number: this.#number, is, name }]);
      steps.push(is === 'deletion' ? [id] : [id, name, `${this.#number}`]);
      if (random(3) === 0) steps.push('state');
    }
    return [...steps, 'state'];
  }
}

/** Runs one history; returns the laws that it breaks. */
export async function brokenIn(t: Test, seed: number): Promise<string[]> {
  const killer = new Killer();
  const tenant = await openTenant(t, [], { onExchange: () => killer.pass() });
  const history = new History(tenant, killer, randomFrom(seed));
  for (let sync = 0; sync < mostSyncs; sync += 1) await history.sync(sync);
  return history.broken;
}

class History {
  readonly broken: string[] = [];
  readonly #tenant: RetryTenant;
  readonly #killer: Killer;
  readonly #random: (below: number) => number;
  /** Without other syncs no row becomes stale. */
  readonly #isStrict: boolean;
  readonly #config: object;
  readonly #source = new Source();
  #stored: ReadonlyMap<string, number>;

  constructor(tenant: RetryTenant, killer: Killer, random: (below: number) => number) {
    this.#tenant = tenant;
    this.#killer = killer;
    this.#random = random;
    this.#isStrict = random(2) === 0;
    this.#config = { files: { max_rows: random(2) === 0 ? 2 : 100 } };
    this.#stored = versionsIn(tenant);
  }

  /** One sync with all its attempts. */
  async sync(number: number): Promise<void> {
    const [tenant, random] = [this.#tenant, this.#random];
    if (number === 4) tenant.accept('bad1');
    if (number === 5) tenant.accept('bad2');
    const retry = !this.#isStrict && random(3) === 0 ? 'off' : 'next_sync';
    const settings: RetrySettings = { run: `${10 + number}`, config: this.#config, retry };
    let steps = this.#source.steps(random);
    for (let attempt = 0; ; attempt += 1) {
      const moments = attempt < 2 && random(2) === 0 ? 1 + random(30) : undefined;
      const covered = await this.#killer.during(tenant, moments, steps, { ...settings, attempt });
      this.#judge(`sync ${number}, attempt ${attempt}`, steps);
      if (covered === steps.length) break;
      steps = [...steps.slice(covered), ...(random(2) === 0 ? this.#source.steps(random) : [])];
    }
    if (this.#isStrict) this.#note(`sync ${number}`, lost(tenant, this.#source, this.#stored));
    tenant.clock.advance(600_000);
  }

  #judge(when: string, steps: readonly Step[]): void {
    const now = versionsIn(this.#tenant);
    const older = [...now].filter(([id, version]) => version < (this.#stored.get(id) ?? 0));
    this.#note(
      when,
      older.map(([id]) => `${id} became older`),
    );
    this.#note(when, revived(this.#source, this.#stored, now, steps));
    this.#stored = now;
    if (!this.#isStrict) return;
    const stale = this.#killer.lines.filter((line) => line.includes('another sync has loaded'));
    this.#note(
      when,
      stale.map(() => 'rows became stale without another sync'),
    );
  }

  #note(when: string, broken: readonly string[]): void {
    this.broken.push(...broken.map((what) => `${when}: ${what}`));
  }
}

/** The number of the event that each row of Gainsight comes from. */
function versionsIn({ sandbox }: RetryTenant): Map<string, number> {
  return new Map(sandbox.rows('company').map((row) => [row['id'] as string, Number(row['note'])]));
}

/** Rows that have changed to something older than an event before these steps. */
function revived(
  { events }: Source,
  before: ReadonlyMap<string, number>,
  now: ReadonlyMap<string, number>,
  steps: readonly Step[],
): string[] {
  return [...now].flatMap(([id, version]) => {
    if (version === before.get(id)) return [];
    const inSteps = steps.filter((step) => Array.isArray(step) && step[0] === id).length;
    const earlier = (events.get(id) ?? []).slice(0, (events.get(id) ?? []).length - inSteps);
    const newest = earlier.at(-1)?.number ?? 0;
    return version < newest ? [`${id} became event ${version}, which event ${newest} had replaced`] : [];
  });
}

/** Keys whose newest event is a rejected row that is nowhere. */
function lost(tenant: RetryTenant, { events }: Source, now: ReadonlyMap<string, number>): string[] {
  const waiting = new Set(waitingIn(tenant).map((row) => row.split(' ', 2).join(' ')));
  const givenUp = givenUpIn(tenant).join('');
  return [...events].flatMap(([id, all]) => {
    const last = all.at(-1) as Event;
    if (last.is === 'deletion' || now.get(id) === last.number)
      return waiting.has(`${id} ${last.name}`) && last.is === 'deletion' ? [`${id} waits though it was deleted`] : [];
    if (waiting.has(`${id} ${last.name}`) || givenUp.includes(`\n${id},${last.name},${last.number},`)) return [];
    return [`event ${last.number} of ${id} (${last.name}) is nowhere`];
  });
}

/** Kills a sync: what it does afterwards in its folder is undone, and what it then writes is not seen. */
class Killer {
  /** Log lines of the last sync about rows that are sent again. */
  lines: readonly string[] = [];
  #left = Number.POSITIVE_INFINITY;
  #kill: () => void = () => undefined;

  /** A moment at which a sync may be killed. */
  pass(): void {
    this.#left -= 1;
    if (this.#left === 0) this.#kill();
  }

  /** @returns number of steps that the last released state covers */
  async during(
    tenant: RetryTenant,
    moments: number | undefined,
    steps: readonly Step[],
    settings: RetrySettings,
  ): Promise<number> {
    const copy = mkdtempSync(join(tmpdir(), 'killed-'));
    const stop = new AbortController();
    let covered = 0;
    this.#left = moments ?? Number.POSITIVE_INFINITY;
    this.#kill = () => {
      cpSync(tenant.folder, copy, { recursive: true });
      stop.abort();
    };
    try {
      const run = await retrySync(tenant, steps, {
        ...settings,
        stop: stop.signal,
        onLine: (line) => {
          if (stop.signal.aborted) return;
          this.pass();
          const { type, state } = JSON.parse(line);
          if (type === 'STATE' && !stop.signal.aborted) covered = state.stream.stream_state.seq + 1;
        },
      });
      this.lines = retryLines(run);
      if (stop.signal.aborted) {
        rmSync(tenant.folder, { recursive: true });
        cpSync(copy, tenant.folder, { recursive: true });
      } else if (run.end !== 'done' && !run.traces.some((text) => text.includes('none was accepted')))
        throw new Error(`the sync ended as ${run.end}: ${run.traces}`);
    } finally {
      this.#left = Number.POSITIVE_INFINITY;
      rmSync(copy, { recursive: true });
    }
    return covered;
  }
}
