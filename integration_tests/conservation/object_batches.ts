/**
 * Whatever goes wrong on the way: after the outcome of a batch the tenant has exactly one record of each key, the last
 * value has won, what is absent has stayed, and every row is accepted or rejected. By random tenants, faults and kills.
 */
import type { Test } from 'tap';
import type { Plan } from '../../src/model.ts';
import type { FaultScript } from '../../src/sandbox/faults.ts';
import type { SandboxOptions } from '../../src/sandbox/options.ts';
import type { StoredRow } from '../../src/sandbox/store.ts';
import { looseForm } from '../../src/sandbox/tenant.ts';
import {
  type LoadedBatch,
  type ObjectLoad,
  object,
  type SourceRecord,
  setUpObjectLoad,
  visitPlan,
} from '../support/object_load.ts';
import { pick, type Random, randomFrom } from '../support/random.ts';

const maxLength = 8;
const objects = { [object]: { fields: { Id__gc: {}, Name__gc: { maxLength }, Amount__gc: {} } } };

function scriptOf(random: Random): FaultScript {
  const status = (of: number, errorCode?: string) => ({
    kind: 'status' as const,
    status: of,
    ...(errorCode && { errorCode }),
  });
  const faults = {
    insert: [
      { kind: 'accept_then_drop' },
      { kind: 'accept_then_status', status: 504 },
      { kind: 'drop_before_read' },
      { kind: 'drop_then_write', seconds: 1 + random(240) },
      { kind: 'write_in_part', records: 1 + random(40) },
      status(503),
      status(429),
      status(400, 'GSOBJ_1003'),
      status(400, 'GS_APIG_2404'),
    ],
    update: [
      { kind: 'accept_then_drop' },
      { kind: 'write_in_part', records: 1 + random(40) },
      status(502),
      status(429),
    ],
    query: [{ kind: 'accept_then_truncate_json' }, status(500), status(400, 'GU_2400')],
  } as const;
  return Array.from({ length: random(5) }, () => {
    const on = pick(random, ['insert', 'insert', 'update', 'query'] as const);
    return { on, nth: 1 + random(6), do: pick<(typeof faults)[typeof on][number]>(random, faults[on]) };
  });
}

function optionsOf(random: Random): Partial<SandboxOptions> {
  return {
    objects,
    script: scriptOf(random),
    objectApi: {
      inFilter: pick(random, ['works', 'works', 'ignored', 'finds_nothing', 'refused']),
      inItems: pick(random, [null, null, 30, -30]),
      pageMax: pick(random, [5000, 5000, 9, 60]),
      queryLag: pick(random, [0, 0, 2000, 200_000]),
      keys: pick(random, ['exact', 'loose']),
      recordErrors: pick(random, ['values', 'first_value', 'nameless']),
      queryData: pick(random, ['list', 'records']),
    },
  };
}

const isBad = ({ Name__gc }: SourceRecord) => typeof Name__gc === 'string' && Name__gc.length > maxLength;

/** Records whose keys differ, though perhaps not to every tenant. */
function recordsOf(random: Random, keys: number): SourceRecord[] {
  const forms = [
    (id: string) => id,
    (id: string) => id,
    (id: string) => id,
    (id: string) => id.toUpperCase(),
    (id: string) => ` ${id}`,
  ];
  const bad = pick(random, [0, 0, 10, 50]);
  const records = Array.from({ length: 1 + random(pick(random, [5, 70, 200])) }, () => ({
    Id__gc: pick(random, forms)(`k${random(keys)}`),
    Name__gc: random(100) < bad ? `too long ${random(1000)}` : pick(random, [`n${random(1000)}`, null, undefined]),
    Amount__gc: pick(random, [random(1000), { digits: '12345678901234567890.5' }, null, undefined]),
  }));
  return [...new Map(records.map((record) => [record.Id__gc, record])).values()];
}

/** What a tenant has after the accepted rows. */
class Oracle {
  readonly #rows: Record<string, string | null>[];
  readonly #form: (cell: string) => string;

  constructor(rows: readonly StoredRow[], form: (cell: string) => string) {
    this.#rows = rows.map((row) => ({ ...row }));
    this.#form = form;
  }

  matches(record: SourceRecord) {
    const form = this.#form;
    return this.#rows.filter(({ Id__gc }) => form(Id__gc ?? '') === form(`${record['Id__gc']}`));
  }

  accept(record: SourceRecord, { operation, addsOnly }: Plan): void {
    const known = Object.entries(record).flatMap(([field, value]) =>
      value === undefined ? [] : [[field, cell(value)]],
    );
    const matches = this.matches(record);
    if (matches.length > 0 && !addsOnly) for (const match of matches) Object.assign(match, Object.fromEntries(known));
    if (matches.length === 0 && operation === 'UPSERT') this.#rows.push(Object.fromEntries(known));
  }

  get rows(): string[] {
    return linesOf(this.#rows);
  }
}

function cell(value: SourceRecord[string]): string | null {
  if (value === null || typeof value === 'string') return value;
  return typeof value === 'object' && 'digits' in value ? value.digits : String(value);
}

function linesOf(rows: readonly StoredRow[]): string[] {
  return rows
    .map(({ Id__gc, Name__gc = null, Amount__gc = null }) => JSON.stringify([Id__gc, Name__gc, Amount__gc]))
    .sort();
}

/** A tenant with one process after the other. */
class Processes {
  readonly load: ObjectLoad;
  readonly #random: Random;
  #attempt = 0;

  constructor(load: ObjectLoad, random: Random) {
    this.load = load;
    this.#random = random;
  }

  /** Loads a batch, again after every kill and every failure that passes. */
  async loadAll(t: Test, plan: Plan, records: readonly SourceRecord[]): Promise<LoadedBatch | undefined> {
    for (let kills = this.#random(3); this.#attempt < 20; kills--) {
      try {
        return await this.#loadOnce(plan, records, kills > 0);
      } catch (error) {
        const { code, message } = error as { code?: string; message: string };
        const passes = message === 'killed' || code === 'records_lost' || code === 'gainsight_unavailable';
        if (!passes) {
          t.fail(`${code} ${message}`);
          return undefined;
        }
      }
    }
    return undefined;
  }

  async #loadOnce(plan: Plan, records: readonly SourceRecord[], isKilled: boolean): Promise<LoadedBatch> {
    const process = this.load.process({ attempt: this.#attempt, seed: this.#random(1e6) });
    this.#attempt += 1;
    const done = new AbortController();
    if (isKilled) {
      const after = pick(this.#random, [1, 1000, 70_000, 650_000]);
      this.load.clock.sleep(after, done.signal).then(
        () => process.stop.abort(new Error('killed')),
        () => undefined,
      );
    }
    return process.load(plan, records).finally(() => done.abort());
  }
}

/** Similar keys are written one after the other. */
function inOrder(records: readonly SourceRecord[]): { readonly record: SourceRecord; readonly row: number }[] {
  const waves = new Map<string, number>();
  return records
    .map((record, row) => {
      const key = looseForm(`${record['Id__gc']}`);
      const wave = waves.get(key) ?? 0;
      waves.set(key, wave + 1);
      return { record, row, wave };
    })
    .sort((one, other) => one.wave - other.wave || one.row - other.row);
}

/** Loads one or two random batches into a random tenant. */
export async function checkBatches(t: Test, seed: number): Promise<void> {
  const random = randomFrom(seed);
  const options = optionsOf(random);
  const isLoose = options.objectApi?.keys === 'loose';
  const stored = random(4) === 0 ? 0 : random(120);
  const records = Array.from({ length: stored }, (_, at) => ({
    Id__gc: `k${at * 2}`,
    Name__gc: 'old',
    Amount__gc: '1',
  }));
  const load = await setUpObjectLoad(t, { ...options, records });
  const processes = new Processes(load, random);
  const oracle = new Oracle(records, isLoose ? looseForm : (text) => text);
  for (let batches = 1 + random(2); batches > 0; batches--) {
    const plan = visitPlan(pick(random, kinds));
    const rows = recordsOf(random, 250);
    const outcome = await processes.loadAll(t, plan, rows);
    if (!outcome) return;
    judge(t, { plan, rows, outcome, oracle, isLoose });
    // What was lost may still be done.
    await load.clock.sleep(600_000);
    t.same(linesOf(load.stored()), oracle.rows, `seed ${seed}`);
  }
}

/** Every row is rejected for a reason, or accepted. */
function judge(
  t: Test,
  of: { plan: Plan; rows: readonly SourceRecord[]; outcome: LoadedBatch; oracle: Oracle; isLoose: boolean },
): void {
  const { plan, rows, outcome, oracle, isLoose } = of;
  const rejected = new Set(outcome.rows.map(({ row }) => row));
  t.equal(rejected.size, outcome.rejected.length, 'each row is rejected once');
  for (const { record, row } of inOrder(rows)) {
    const isNew = oracle.matches(record).length === 0;
    const mayBe = isBad(record) || (plan.operation === 'UPSERT' ? isLoose : isNew);
    if (rejected.has(row)) t.ok(mayBe, `row ${row} is rejected for a reason`);
    else {
      if (isBad(record)) t.ok(plan.addsOnly && !isNew, `bad row ${row} is not accepted`);
      oracle.accept(record, plan);
    }
  }
}

const kinds = [{ operation: 'UPDATE' }, { operation: 'UPSERT' }, { operation: 'UPSERT' }, { addsOnly: true }] as const;
