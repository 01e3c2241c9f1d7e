/** What a sync would load and when: the flow of `write`, with a route that keeps each file in mind and sends none. */
import { Writable } from 'node:stream';
import type { ConfiguredCatalog } from './airbyte/catalog.ts';
import { Output } from './airbyte/output.ts';
import type { AirbyteLogLevel } from './airbyte/protocol.ts';
import type { TracedError } from './airbyte/traced_error.ts';
import type { Clock } from './clock.ts';
import type { Config } from './config/config.ts';
import { callsOfJob } from './config/quota_windows.ts';
import { secretOf } from './config/sign_in.ts';
import type { Client } from './gainsight/client.ts';
import { BoundsOfBatches, type CallBounds } from './load/object_api/call_bounds.ts';
import { objectWindows } from './load/object_api/object_quota.ts';
import { Ledger } from './load/quota.ts';
import { type ConnectTenant, noEarlierJobs } from './load/route.ts';
import { type Simulation, simulate, type TooLong } from './load/simulation.ts';
import type { Batch, Plan } from './model.ts';
import { type Account, type FileCounts, isByCalls } from './settle/accounts.ts';
import { groupLines, notKeptLine } from './settle/rejects/rejected_row_lines.ts';
import type { Spool } from './spool/spool.ts';
import { write } from './write.ts';

/** What a plan is made with besides configuration, catalog and records. */
export interface PlanWorld {
  /** Makes no call. */
  readonly client: Client;
  readonly clock: Clock;
  readonly spool: Spool;
  /** The calls made until now. */
  readonly ledger: Ledger;
  /** How long each job is assumed to take, in milliseconds. */
  readonly jobMs: number;
}

/** What a sync would load. */
export interface SyncPlan {
  /** Of each stream: its records, and those that the connector rejects. All rows of files count as accepted. */
  readonly accounts: readonly Account[];
  /** In the order in which they would go; without those after a wait that is too long. */
  readonly files: readonly PlannedFile[];
  /** All files for jobs, and their calls. */
  readonly total: FileCounts & { readonly calls: number };
  /** All batches for the object API. */
  readonly byCalls: PlannedCalls;
  /** When the last batch is loaded, in milliseconds after the start. */
  readonly endMs: number;
  readonly tooLong: TooLong | undefined;
  /** Why the sync would fail although Gainsight accepted every row. */
  readonly faults: readonly string[];
  /** What the log would warn of. */
  readonly warnings: readonly string[];
}

/** Batches for the object API, if it refuses no record and answers each call. */
export interface PlannedCalls {
  readonly batches: number;
  readonly rows: number;
  /** The fewest and the most calls that they take. */
  readonly least: number;
  readonly most: number;
  /** Those that are loaded, in the order of their first calls, with the fewest calls; see {@link SyncPlan.tooLong}. */
  readonly times: readonly Pick<PlannedFile, 'plan' | 'endedMs'>[];
  /** When the last of these is loaded, in milliseconds after the start. */
  readonly endMs: number;
}

/** A file that a sync would send. Times are in milliseconds after the start. */
export interface PlannedFile {
  readonly plan: Plan;
  readonly rows: number;
  readonly bytes: number;
  readonly submittedMs: number;
  readonly endedMs: number;
}

/**
 * Plans a sync of these records: encodes and deduplicates them and closes files as `write` does. Sends nothing, stores no
 * rejected row, and releases no state.
 * @param input Airbyte messages, a line each
 * @param plans of the catalog, none of them broken
 */
export async function planSync(
  config: Config,
  catalog: ConfiguredCatalog,
  plans: readonly Plan[],
  input: AsyncIterable<Buffer>,
  { client, clock, spool, ledger, jobMs }: PlanWorld,
): Promise<SyncPlan> {
  const batches: Batch[] = [];
  // A file that was removed no longer knows its bytes.
  const bytes = new Map<Batch, number>();
  const instant = () => ({ wall: clock.now(), elapsed: clock.elapsed() });
  const callsPerJob = callsOfJob(config.quota);
  const load = async (batch: Batch) => {
    batches.push(batch);
    if (!isByCalls(batch)) bytes.set(batch, batch.bytes);
    return { rejected: [], unidentified: 0 };
  };
  const connect: ConnectTenant = () => ({
    ...{ route: { load }, earlierJobs: noEarlierJobs },
    quota: { use: () => ledger.use(instant()), usedSoFar: [], made: [], forecast: () => 0 },
    callsPerJob,
  });
  const output = new PlanOutput(config, clock);
  const never = new AbortController().signal;
  const { accounts } = await write(
    withoutRejectedRows(config),
    catalog,
    input,
    {
      ...{ client, clock, output, spool, storage: undefined },
      ...{ startedAt: clock.elapsed(), stop: never, uploadStop: never },
      ...{ identity: { run: 'plan', attempt: 0 }, random: () => 0 },
    },
    connect,
  );
  const bounds = boundsOf(batches);
  const counted = new Set(linesOfRejects([...accounts]));
  const calls = {
    ledger: new Ledger(objectWindows(config.quota.object_api, 0)),
    of: (batch: Batch) => bounds.get(batch)?.least ?? 0,
  };
  const tenant = { ...config, ledger, calls, now: instant(), callsPerJob, jobMs };
  const { files, called, endMs, tooLong } = simulate(batches, plans, tenant);
  return {
    accounts: [...accounts],
    files: files.map(({ batch, submittedMs, endedMs }) => {
      return { plan: batch.plan, rows: batch.rows, bytes: bytes.get(batch) ?? 0, submittedMs, endedMs };
    }),
    total: totalOf(bytes, callsPerJob),
    byCalls: callsOf(bounds, called),
    // Rejected rows are in the accounts.
    warnings: output.warnings.filter((warning) => !counted.has(warning)),
    ...{ endMs, tooLong, faults: output.faults },
  };
}

/** The calls of each batch for the object API. */
function boundsOf(batches: readonly Batch[]): ReadonlyMap<Batch, CallBounds> {
  const bounds = new BoundsOfBatches();
  return new Map(batches.filter(isByCalls).map((batch) => [batch, bounds.of(batch)]));
}

function callsOf(bounds: ReadonlyMap<Batch, CallBounds>, called: Simulation['called']): PlannedCalls {
  const sum = (numbers: Iterable<number>) => [...numbers].reduce((all, each) => all + each, 0);
  const all = [...bounds];
  return {
    batches: all.length,
    rows: sum(all.map(([{ rows }]) => rows)),
    least: sum(all.map(([, { least }]) => least)),
    most: sum(all.map(([, { most }]) => most)),
    times: called.map(({ batch, endedMs }) => ({ plan: batch.plan, endedMs })),
    endMs: Math.max(0, ...called.map(({ endedMs }) => endedMs)),
  };
}

/** @param bytes of each file */
function totalOf(bytes: ReadonlyMap<Batch, number>, callsPerJob: number): SyncPlan['total'] {
  const sizes = [...bytes].map(([{ rows }, size]) => ({ rows, bytes: size }));
  return {
    files: sizes.length,
    rows: sizes.reduce((sum, { rows }) => sum + rows, 0),
    bytes: sizes.reduce((sum, { bytes: size }) => sum + size, 0),
    calls: sizes.length * callsPerJob,
  };
}

/** What the log says of rejected rows, if it shows none of their values. */
function linesOfRejects(accounts: readonly Account[]): string[] {
  const rows = accounts.reduce((sum, { reasons }) => sum + (reasons?.total ?? 0), 0);
  const groups = accounts.flatMap(({ plan, reasons }) => (reasons ? groupLines(plan, {}, reasons.sorted()) : []));
  return [...groups, notKeptLine(rows)];
}

/** Rows that the connector rejects are counted by reason, and neither logged nor kept. */
function withoutRejectedRows(config: Config): Config {
  return { ...config, rejected_rows: { ...config.rejected_rows, folder: '', log_detail: 'none' } };
}

/** Keeps the warnings and failures of the flow, and drops its messages. */
class PlanOutput extends Output {
  readonly warnings: string[] = [];
  readonly faults: string[] = [];

  constructor(config: Config, clock: Clock) {
    const nowhere = new Writable({ decodeStrings: false, write: (_text, _encoding, done) => done() });
    super(nowhere, { secrets: [secretOf(config.signIn)], clock });
  }

  override log(level: AirbyteLogLevel, message: string): void {
    if (level === 'WARN') this.warnings.push(this.redacted(message));
    if (level === 'ERROR') this.faults.push(this.redacted(message));
  }

  /** A failure of a stream was logged when it came. */
  override trace({ message }: TracedError): void {
    const text = this.redacted(message);
    if (!this.faults.some((fault) => fault.startsWith(text))) this.faults.push(text);
  }
}
