/** Batches that are loaded by the object API: rows with types in a real spool, the sandbox, a clock that skips waits. */
import type { Test } from 'tap';
import type { GainsightEvent } from '../../src/load/events.ts';
import { connectObjectApi, type ObjectApiSettings } from '../../src/load/object_api/connect.ts';
import type { Batch, ObjectDescription, Outcome, Plan, RejectedRow } from '../../src/model.ts';
import type { SandboxOptions } from '../../src/sandbox/options.ts';
import type { StoredRow } from '../../src/sandbox/store.ts';
import { type LoadSetup, setUpLoad } from './load_setup.ts';
import { randomFrom } from './random.ts';
import { keyDigest, planOf } from './spool.ts';

/** A value of a record: a number with more digits than a double is given as `{ digits }`; undefined is absent. */
export type Value =
  | string
  | boolean
  | null
  | number
  | { readonly digits: string }
  | readonly (string | boolean | null | number)[]
  | undefined;

/** A record by the names of its fields. */
export type SourceRecord = Readonly<Record<string, Value>>;

/** The object of these tests. */
export const object = 'Visit__gc';

const separator = ';';

/** A row of the spool: cells, and a letter for the type of each. */
export function typedRow(fields: readonly string[], record: SourceRecord): Buffer {
  const cells = fields.map((field) => cellOf(record[field]));
  return Buffer.from(`${[...cells.map(([cell]) => quoted(cell)), cells.map(([, type]) => type).join('')].join(',')}\n`);
}

function cellOf(value: Value): [cell: string, type: string] {
  if (value === undefined) return ['', '-'];
  if (value === null) return ['', '0'];
  if (typeof value === 'string') return [value, 's'];
  if (typeof value === 'number') return [String(value), 'n'];
  if (typeof value === 'boolean') return [String(value), value ? 't' : 'f'];
  if ('digits' in value) return [value.digits, 'n'];
  const isJson = value.some((element) => String(element).includes(separator));
  return isJson ? [JSON.stringify(value), 'j'] : [value.join(separator), 'l'];
}

function quoted(cell: string): string {
  return `"${cell.replaceAll('"', '""')}"`;
}

/** The fields of {@link visitPlan}. */
export const visitFields = ['Id__gc', 'Name__gc', 'Amount__gc'];

/** A plan of these fields; the first is the key. */
export function visitPlan(of: Partial<Plan> = {}, fields = visitFields): Plan {
  const keyFields = of.keyFields ?? [fields[0] ?? ''];
  return {
    ...planOf('UPSERT'),
    object,
    keyFields,
    keyColumns: keyFields.map((field) => fields.indexOf(field)),
    columns: fields.map((field) => ({ path: [field], field, isDateTime: false })),
    route: 'object_api',
    ...of,
  };
}

/** What one process of a sync is to have otherwise than usual. */
export interface ProcessOptions {
  readonly attempt?: number;
  readonly quota?: Partial<ObjectApiSettings['quota']>;
  readonly described?: readonly ObjectDescription[];
  readonly seed?: number;
}

/** A tenant, and processes that load into it. */
export interface ObjectLoad extends LoadSetup {
  readonly events: readonly GainsightEvent[];
  /** Records of {@link object} in the tenant. */
  stored(): readonly StoredRow[];
  /** A process that loads batches. */
  process(options?: ProcessOptions): LoadProcess;
}

/** One process. */
export interface LoadProcess {
  /** Aborted on SIGTERM. */
  readonly stop: AbortController;
  load(plan: Plan, records: readonly SourceRecord[], withdrawal?: AbortSignal): Promise<LoadedBatch>;
}

/** The outcome of a batch. */
export interface LoadedBatch extends Outcome {
  readonly rows: readonly RejectedRow[];
}

/** Starts a tenant with some records. */
export async function setUpObjectLoad(
  t: Test,
  { records = [], ...options }: Partial<SandboxOptions> & { readonly records?: readonly StoredRow[] } = {},
): Promise<ObjectLoad> {
  const setup = await setUpLoad(t, options);
  const events: GainsightEvent[] = [];
  const { client, clock, sandbox } = setup;
  if (records.length > 0) sandbox.addRecords(object, records);
  return {
    ...setup,
    events,
    stored: () => sandbox.rows(object),
    process({ attempt = 0, quota = {}, described = [], seed = 1 } = {}) {
      const stop = new AbortController();
      const random = randomFrom(seed);
      const { route } = connectObjectApi(
        {
          quota: { per_minute: 100, per_day: 50_000, reserved: 0, max_wait_ms: 3_600_000, ...quota },
          values: { list_separator: separator },
          polling: { submission_answer_ms: 600_000 },
        },
        {
          ...{ client, clock, identity: { run: '41', attempt }, startedAt: clock.elapsed(), schedule: { waiting: 0 } },
          ...{ signal: stop.signal, uploadSignal: stop.signal, report: (event: GainsightEvent) => events.push(event) },
          random: () => random(2 ** 32) / 2 ** 32,
          describe: () => new Map(described.map((each) => [each.name, each])),
        },
      );
      return {
        stop,
        async load(plan, rows, withdrawal = new AbortController().signal) {
          const batch = await closed(plan, rows, setup);
          try {
            const outcome = await route.load(batch, withdrawal);
            return { ...outcome, rows: [...outcome.rejected] };
          } finally {
            await batch.remove();
          }
        },
      };
    },
  };
}

function closed(plan: Plan, records: readonly SourceRecord[], { spool }: LoadSetup): Promise<Batch> {
  const fields = plan.columns.map(({ field }) => field);
  const batch = spool.openBatch(plan, Buffer.from(`${[...fields, 'types'].join(',')}\n`));
  for (const record of records) {
    const row = typedRow(fields, record);
    batch.append(row, row.length, keyDigest(JSON.stringify(plan.keyFields.map((field) => record[field]))));
  }
  return batch.close('end');
}
