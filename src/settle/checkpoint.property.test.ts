/** Random interleavings against a model that keeps every record and checks all of them for each state. */
import fc from 'fast-check';
import t from 'tap';
import { MemoryTexts } from '../../integration_tests/support/memory_texts.ts';
import { planOf } from '../../integration_tests/support/spool.ts';
import { Accounts } from './accounts.ts';
import { Checkpoint } from './checkpoint.ts';

interface ModelRecord {
  readonly planId: number;
  result: 'accepted' | 'rejected' | undefined;
  batchId: number | undefined;
}

type Item = ModelRecord | { readonly state: string; readonly planId: number | undefined };
type Emitted = [text: string, accepted: number, rejected: number];

const plans = 3;
/** Plan 0 is loaded by INSERT. */
const isInsert = (planId: number) => planId === 0;

/** The states that may have been released, computed the slow way. */
function expected(items: readonly Item[], scope: number | undefined): Emitted[] {
  const mine = items.filter((item) => scope === undefined || item.planId === scope || item.planId === undefined);
  const found: Emitted[] = [];
  let accepted = 0;
  let rejected = 0;
  for (const [index, item] of mine.entries()) {
    if ('state' in item) {
      if (isInside(mine, index)) continue;
      found.push([item.state, accepted, rejected]);
      accepted = 0;
      rejected = 0;
    } else if (item.result === undefined) break;
    else if (item.result === 'accepted') accepted += 1;
    else rejected += 1;
  }
  return found;
}

function isInside(items: readonly Item[], index: number): boolean {
  const files = (part: readonly Item[]) =>
    new Set(part.flatMap((item) => ('result' in item && isInsert(item.planId) ? [item.batchId] : [])));
  const later = files(items.slice(index + 1));
  return [...files(items.slice(0, index))].some((batchId) => batchId !== undefined && later.has(batchId));
}

interface ModelBatch {
  readonly id: number;
  readonly planId: number;
  records: ModelRecord[];
}

/** Applies the same steps to a checkpoint and the model. */
class Pair {
  readonly items: Item[] = [];
  readonly emitted: Emitted[] = [];
  readonly texts = new MemoryTexts();
  readonly global: boolean;
  readonly #accounts = new Accounts(Array.from({ length: plans }, (_, id) => planOf('UPSERT', id)));
  readonly #checkpoint: Checkpoint<number>;
  readonly #open = new Map<number, ModelBatch>();
  readonly #closed: ModelBatch[] = [];
  #ids = 0;
  #states = 0;

  constructor(global: boolean) {
    this.global = global;
    this.#checkpoint = new Checkpoint(this.texts, {
      accounts: this.#accounts,
      rejects: { flush: () => Promise.resolve() },
      emit: async (text, stats) => {
        this.emitted.push([String(text), stats.recordCount, stats.rejectedRecordCount]);
      },
    });
  }

  row(planId: number): void {
    const batch = this.#open.get(planId) ?? { id: this.#newId(), planId, records: [] };
    this.#open.set(planId, batch);
    const record: ModelRecord = { planId, result: undefined, batchId: batch.id };
    batch.records.push(record);
    this.items.push(record);
  }

  lost(planId: number, result: 'accepted' | 'rejected'): void {
    this.items.push({ planId, result, batchId: undefined });
    const account = this.#accounts.of({ id: planId });
    if (result === 'accepted') this.#accounts.skipped(account, false);
    else this.#accounts.refused(account.plan, false);
  }

  state(planId: number): void {
    this.#states += 1;
    const text = `state ${this.#states}`;
    const open = [...this.#open.values()].filter((batch) => this.global || batch.planId === planId);
    const sizes = open.map((batch) => sizeOf(batch));
    const type = this.global ? 'GLOBAL' : 'STREAM';
    this.#checkpoint.hold({ type, planId, text, line: 1, at: this.#states }, sizes);
    this.items.push({ state: text, planId: this.global ? undefined : planId });
  }

  /** @param at which record an INSERT batch is closed: its last state, or any (an adopted file may end anywhere) */
  closed(planId: number, at: 'last state' | number): void {
    const batch = this.#open.get(planId);
    if (!batch) return;
    this.#open.delete(planId);
    const wanted = at === 'last state' ? this.#checkpoint.lastStateAt(batch.id) : 1 + (at % batch.records.length);
    if (isInsert(planId) && wanted > 0 && wanted < batch.records.length) {
      this.#open.set(planId, this.#splitOff(batch, wanted));
    }
    this.#checkpoint.closed(sizeOf(batch));
    this.#closed.push(batch);
  }

  splitClosed(which: number, at: number): void {
    const batch = this.#closed[which % Math.max(1, this.#closed.length)];
    if (!batch || batch.records.length < 2) return;
    this.#closed.push(this.#splitOff(batch, 1 + (at % (batch.records.length - 1))));
  }

  settle(which: number, seed: number): void {
    const index = which % Math.max(1, this.#closed.length);
    const batch = this.#closed[index];
    if (!batch) return;
    this.#closed.splice(index, 1);
    for (const [row, record] of batch.records.entries())
      record.result = (seed >> (row % 20)) & 1 ? 'rejected' : 'accepted';
    const bounds = this.#checkpoint.bounds(batch.id);
    const rejected = bounds
      .slice(1)
      .map(
        (bound, span) => batch.records.slice(bounds[span], bound).filter(({ result }) => result === 'rejected').length,
      );
    this.#checkpoint.settle(batch.id, rejected);
  }

  /** A batch fails: its records stay unproven. */
  fail(which: number): void {
    const [batch] = this.#closed.splice(which % Math.max(1, this.#closed.length), 1);
    if (batch) this.#checkpoint.withhold(batch.planId, batch.id);
  }

  finish(): void {
    for (const planId of [...this.#open.keys()]) this.closed(planId, Number.MAX_SAFE_INTEGER - 1);
    while (this.#open.size > 0) this.finish();
    while (this.#closed.length > 0) this.settle(this.#closed.length - 1, 5);
  }

  async check(): Promise<void> {
    await this.#checkpoint.release();
    const scopes = this.global ? [undefined] : Array.from({ length: plans }, (_, planId) => planId);
    for (const scope of scopes) {
      const want = expected(this.items, scope);
      const texts = new Set(
        this.items.flatMap((item) => ('state' in item && item.planId === scope ? [item.state] : [])),
      );
      const got = this.emitted.filter(([text]) => texts.has(text));
      if (JSON.stringify(got) !== JSON.stringify(want)) {
        throw new Error(`released ${JSON.stringify(got)}, expected ${JSON.stringify(want)}`);
      }
    }
  }

  #splitOff(batch: ModelBatch, at: number): ModelBatch {
    const rest: ModelBatch = { id: this.#newId(), planId: batch.planId, records: batch.records.slice(at) };
    batch.records = batch.records.slice(0, at);
    for (const record of rest.records) record.batchId = rest.id;
    this.#checkpoint.split(batch.id, rest.id, at);
    return rest;
  }

  #newId(): number {
    this.#ids += 1;
    return this.#ids;
  }
}

function sizeOf(batch: ModelBatch) {
  return { planId: batch.planId, batchId: batch.id, records: batch.records.length, insert: isInsert(batch.planId) };
}

const planId = fc.nat(plans - 1);
const action = fc.oneof(
  { weight: 6, arbitrary: planId.map((plan) => (pair: Pair) => pair.row(plan)) },
  {
    weight: 1,
    arbitrary: fc.tuple(planId, fc.constantFrom('accepted' as const, 'rejected' as const)).map(
      ([plan, result]) =>
        (pair: Pair) =>
          pair.lost(plan, result),
    ),
  },
  { weight: 3, arbitrary: planId.map((plan) => (pair: Pair) => pair.state(plan)) },
  {
    weight: 2,
    arbitrary: fc.tuple(planId, fc.oneof(fc.constant('last state' as const), fc.nat(20))).map(
      ([plan, at]) =>
        (pair: Pair) =>
          pair.closed(plan, at),
    ),
  },
  {
    weight: 1,
    arbitrary: fc.tuple(fc.nat(5), fc.nat(20)).map(
      ([which, at]) =>
        (pair: Pair) =>
          pair.splitClosed(which, at),
    ),
  },
  {
    weight: 2,
    arbitrary: fc.tuple(fc.nat(5), fc.nat(2 ** 20)).map(
      ([which, seed]) =>
        (pair: Pair) =>
          pair.settle(which, seed),
    ),
  },
);

t.test('at any moment exactly the states with proven records are released, in order, with their sums', async () => {
  await fc.assert(
    fc.asyncProperty(fc.boolean(), fc.array(action, { maxLength: 60, size: 'max' }), async (global, actions) => {
      const pair = new Pair(global);
      for (const act of actions) {
        act(pair);
        await pair.check();
      }
      pair.finish();
      await pair.check();
    }),
    { seed: 3, numRuns: 1000 },
  );
});

t.test('after a failed batch no state that waits for it is released', async () => {
  await fc.assert(
    fc.asyncProperty(
      fc.boolean(),
      fc.array(action, { maxLength: 40, size: 'max' }),
      fc.nat(5),
      fc.array(action, { maxLength: 30, size: 'max' }),
      async (global, before, which, after) => {
        const pair = new Pair(global);
        for (const act of before) act(pair);
        await pair.check();
        pair.fail(which);
        for (const act of after) {
          act(pair);
          await pair.check();
        }
        pair.finish();
        await pair.check();
      },
    ),
    { seed: 4, numRuns: 500 },
  );
});

t.test('once everything is proven, the stats of the released states add up to the records before them', async () => {
  await fc.assert(
    fc.asyncProperty(fc.boolean(), fc.array(action, { maxLength: 60, size: 'max' }), async (global, actions) => {
      const pair = new Pair(global);
      for (const act of actions) act(pair);
      pair.finish();
      for (let plan = 0; plan < plans; plan++) pair.state(plan);
      await pair.check();
      const reported = pair.emitted.reduce((sum, [, accepted, rejected]) => sum + accepted + rejected, 0);
      return reported === pair.items.filter((item) => 'result' in item).length && pair.texts.size === 0;
    }),
    { seed: 5, numRuns: 500 },
  );
});
