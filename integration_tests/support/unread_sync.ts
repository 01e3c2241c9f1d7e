/** Whole syncs of records with values that the source did not read, and their expected results. */
import type { FaultScript } from '../../src/sandbox/faults.ts';
import type { SandboxOptions } from '../../src/sandbox/options.ts';
import type { FakeClock } from './fake_clock.ts';
import { type InProcessResult, runInProcess } from './run_in_process.ts';
import type { Tenant } from './tenant.ts';

/** The first is the key. */
export const columns = ['id', 'a', 'b', 'c', 'd'];
const placeholder = '__debezium_unavailable_value';

/** A step of the source: a record's key and its values, `?` for one that was not read; a deletion; or a state. */
export type Step = readonly [id: string, ...values: string[]] | 'state';

/** How it is run. */
export interface Settings {
  readonly maxRows?: number;
  readonly faults?: FaultScript;
  readonly operation?: 'UPSERT' | 'UPDATE';
  readonly tenant?: Tenant<FakeClock>;
  readonly attempt?: number;
  readonly stop?: AbortSignal;
  readonly rules?: Partial<SandboxOptions>;
  /** Merged into the configuration, member by member. */
  readonly config?: Readonly<Record<string, object>>;
  readonly onLine?: (line: string) => void;
}

function recordOf([id, ...values]: Exclude<Step, 'state'>): object {
  const cells = values.map((value, at) => [columns[at + 1], value === '?' ? placeholder : value]);
  const deleted = values.length === 0 ? { _ab_cdc_deleted_at: '2026-01-05' } : {};
  return { stream: 'companies', data: { id, ...Object.fromEntries(cells), ...deleted }, emitted_at: 1 };
}

function stateOf(seq: number): object {
  return { type: 'STREAM', stream: { stream_descriptor: { name: 'companies' }, stream_state: { seq } } };
}

function inputOf(steps: readonly Step[]): Buffer {
  const lines = steps.map((step, seq) =>
    step === 'state' ? { type: 'STATE', state: stateOf(seq) } : { type: 'RECORD', record: recordOf(step) },
  );
  return Buffer.from(lines.map((line) => `${JSON.stringify(line)}\n`).join(''));
}

/** Runs a sync of these steps. */
export function sync(steps: readonly Step[], settings: Settings = {}): Promise<InProcessResult> {
  const { maxRows = 1000, faults = [], operation = 'UPSERT', attempt = 0, tenant, stop, onLine, config } = settings;
  const json_schema = { type: 'object', properties: Object.fromEntries(columns.map((name) => [name, {}])) };
  return runInProcess({
    config: {
      streams: [{ stream: 'companies', object: 'company', operation, unreadable_values: 'separate_file' }],
      ...config,
      files: { max_rows: maxRows, ...config?.['files'] },
      rejected_rows: { fail_above_percent: 100, max_logged: 1000, ...config?.['rejected_rows'] },
    },
    catalog: {
      streams: [
        {
          stream: { name: 'companies', json_schema, supported_sync_modes: ['incremental'] },
          ...{ sync_mode: 'incremental', destination_sync_mode: 'append_dedup', primary_key: [['id']] },
        },
      ],
    },
    input: inputOf(steps),
    sandbox: { script: faults, ...settings.rules },
    identity: { run: '7', attempt },
    ...(tenant && { tenant }),
    ...(stop && { stop }),
    ...(onLine && { onLine }),
  });
}

/** The rows of Gainsight as `id a b c d`, `-` for a field that a row does not have. */
export function rowsOf({ sandbox }: Pick<InProcessResult, 'sandbox'>): string[] {
  return sandbox
    .rows('company')
    .map((row) => columns.map((field) => row[field] ?? '-').join(' '))
    .sort();
}

/** Each job's fields and rows. */
export function jobsOf({ sandbox }: Pick<InProcessResult, 'sandbox'>): string[] {
  return sandbox.ownJobs.map(({ header, rowCount }) => `${header.join(' ')}: ${rowCount}`);
}

/** Each released state's number and counts. */
export function statesOf({ states }: InProcessResult): string[] {
  return states.map((line) => {
    const { stream, destinationStats: stats } = JSON.parse(line).state;
    return `${stream.stream_state.seq}: ${stats.recordCount} + ${stats.rejectedRecordCount}`;
  });
}

/** For each key and column the last value that was read. */
export function lastRead(steps: readonly Step[], stored = new Map<string, string[]>()): Map<string, string[]> {
  for (const step of steps) {
    if (step === 'state') continue;
    const [id, ...values] = step;
    const before = stored.get(id) ?? columns.slice(1).map(() => '-');
    stored.set(
      id,
      values.map((value, at) => (value === '?' ? (before[at] ?? '-') : value)),
    );
  }
  return stored;
}

/** The rows in the form of {@link rowsOf}. */
export function textsOf(rows: ReadonlyMap<string, readonly string[]>): string[] {
  return [...rows].map(([id, values]) => [id, ...values].join(' ')).sort();
}

/** Rows with all of their values. */
export const first: readonly Step[] = [
  ['1', 'a1', 'b1', 'c1', 'd1'],
  ['2', 'a2', 'b2', 'c2', 'd2'],
  ['3', 'a3', 'b3', 'c3', 'd3'],
  'state',
];
/** Rows after {@link first} with values that were not read: three files. */
export const later: readonly Step[] = [
  ['1', 'A1', '?', 'C1', 'D1'],
  ['2', 'A2', 'B2', '?', 'D2'],
  'state',
  ['2', 'AA2', '?', 'CC2', 'DD2'],
  ['3', 'A3', '?', '?', 'D3'],
  ['4', 'a4', 'b4', 'c4', 'd4'],
  'state',
];
