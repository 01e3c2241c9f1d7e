/**
 * The parts that load files, set up for a test: real client and socket, real files, the sandbox, a clock that skips
 * waits.
 */

import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Test } from 'tap';
import type { TracedError } from '../../src/errors.ts';
import { type Client, createClient } from '../../src/gainsight/client.ts';
import { type BulkSettings, connectBulk, type TenantReads, wireReads } from '../../src/load/bulk/connect.ts';
import { GivenBack } from '../../src/load/bulk/given_back.ts';
import type { GainsightEvent, ReportEvent } from '../../src/load/events.ts';
import { noRetriedRows, type RouteParts, type TenantRoute } from '../../src/load/route.ts';
import { Schedule } from '../../src/load/schedule.ts';
import type { Batch, CloseReason, Operation, Outcome, Plan } from '../../src/model.ts';
import type { CallKind } from '../../src/sandbox/exchange.ts';
import type { SandboxOptions } from '../../src/sandbox/options.ts';
import type { Sandbox } from '../../src/sandbox/server.ts';
import { Failures } from '../../src/settle/failures.ts';
import type { Spool } from '../../src/spool/spool.ts';
import { loadBatches } from '../../src/write.ts';
import { type CheckedExchange, checkExchange } from './contract.ts';
import { countCalls } from './counted_client.ts';
import { FakeClock } from './fake_clock.ts';
import { randomFrom } from './random.ts';
import { fill, header, openSpool, planOf } from './spool.ts';
import { startTenant } from './tenant.ts';
import { usualPolling, usualQuota, usualRejectedRows } from './usual_settings.ts';

/** The access key of these tenants; it needs no escaping in patterns. */
export const plainKey = 'the-access-key-of-the-tests';

/** A sandbox and the parts that call it. */
export interface LoadSetup {
  readonly clock: FakeClock;
  readonly sandbox: Sandbox;
  readonly spool: Spool;
  readonly client: Client;
  /** Seconds on the monotonic clock at which calls of a kind arrived. */
  times(kind: CallKind): number[];
  /** A file of rows `0,name`, `1,name`, …; the same names give the same file. */
  close(plan: Plan, names: readonly string[], reason?: CloseReason): Promise<Batch>;
}

/** Starts a sandbox for a test; every exchange is checked against the contract when the test ends. */
export async function setUpLoad(t: Test, options: Partial<SandboxOptions> = {}): Promise<LoadSetup> {
  const clock = new FakeClock({ start: Date.UTC(2026, 2, 4, 10, 0), patience: 5000, quietRounds: 2 });
  const { sandbox, exchanges } = await startTenant(clock, { accessKey: plainKey, ...options });
  const folder = mkdtempSync(join(tmpdir(), 'load-'));
  const spool = await openSpool(folder);
  const { client, isUnderway } = countCalls(
    createClient({ baseUrl: sandbox.url, accessKey: plainKey, clock, userAgent: 'test' }),
  );
  // Time stands still while a request is in progress, unless it waits in the sandbox.
  const free = clock.addBusy(() => isUnderway(sandbox));
  t.teardown(async () => {
    free();
    await sandbox.close();
    await spool.remove();
    rmSync(folder, { recursive: true });
    for (const exchange of exchanges) checkExchange(exchange as CheckedExchange);
  });
  return {
    ...{ clock, sandbox, spool, client },
    times: (kind) =>
      sandbox.calls.flatMap((call) => (call.kind === kind && !call.foreign ? [call.elapsed / 1000] : [])),
    close: (plan, names, reason = 'end') => fill(spool.openBatch(plan, header), names).close(reason),
  };
}

/** A plan of stream `id` with the columns of {@link planOf}. */
export function planInto(id: number, of: Partial<Plan> & { readonly operation?: Operation } = {}): Plan {
  return { ...planOf(of.operation === 'INSERT' ? 'INSERT' : 'UPSERT', id), ...of };
}

/** Settings of a tenant that are not as `spec.json` has them. */
type Changes = { readonly [Group in keyof BulkSettings]?: Partial<BulkSettings[Group]> };

/** The usual settings but for these. */
function settingsOf(changes: Changes): BulkSettings {
  return {
    quota: { ...usualQuota, ...changes.quota },
    polling: { ...usualPolling, ...changes.polling },
    rejected_rows: { ...usualRejectedRows, ...changes.rejected_rows },
  };
}

/** The parts that reads go through, wired as in the connector. */
export interface Readers extends TenantReads {
  readonly events: readonly GainsightEvent[];
  readonly stop: AbortController;
}

/** Reads of a set-up's tenant. */
export function readersOf(setup: LoadSetup, changes: Changes = {}): Readers {
  const stop = new AbortController();
  const events: GainsightEvent[] = [];
  const own = {
    identity: { run: '41', attempt: 0 },
    signal: stop.signal,
    report: keepIn(events),
  };
  const givenBack = new GivenBack({ plans: [], token: '', run: '41', words: setup.client.words, report: own.report });
  const { client, clock } = setup;
  const parts = { client, clock, random: () => 0.5, startedAt: clock.elapsed(), schedule: { waiting: 0 }, ...own };
  const reads = wireReads(settingsOf(changes), parts, givenBack);
  return { ...reads, events, stop };
}

/** One attempt of a sync, as far as it loads files. */
export interface Attempt {
  readonly tenant: TenantRoute;
  readonly schedule: Schedule;
  /** What stops streams, as the connector has it; {@link failures} is what came to it. */
  readonly faults: Failures;
  readonly events: readonly GainsightEvent[];
  /** `event.kind`s; without progress, and without the wait for late jobs in later attempts. */
  readonly reported: () => string[];
  readonly settled: readonly { readonly batch: Batch; readonly outcome: Outcome }[];
  /** Batches whose outcome had to wait for something, once that had happened. */
  readonly proven: readonly Batch[];
  readonly splits: readonly { readonly first: Batch; readonly rest: Batch }[];
  readonly failures: readonly { readonly error: TracedError; readonly stopped: readonly number[] }[];
  /** Aborted on SIGTERM. */
  readonly stop: AbortController;
  /** Puts batches into the schedule. */
  send(...batches: Batch[]): void;
  /** Marks the end of the input: these plans get no more batches. */
  end(...plans: Plan[]): void;
  /** Resolves when nothing runs and nothing more can begin. */
  finish(): Promise<void>;
}

/** What an attempt is to have otherwise than usual. */
export type AttemptOptions = Partial<RouteParts> &
  Changes & {
    /** Settles a batch whose outcome was kept. */
    readonly settle?: (batch: Batch) => Promise<void>;
  };

/** Starts an attempt on a set-up's tenant; those of one identity's `run` are attempts of one sync. */
export function startAttempt(
  setup: LoadSetup,
  plans: readonly Plan[],
  { settle = (batch) => batch.remove(), quota = {}, polling = {}, rejected_rows = {}, ...options }: AttemptOptions = {},
): Attempt {
  const events: GainsightEvent[] = [];
  const settled: { batch: Batch; outcome: Outcome }[] = [];
  const proven: Batch[] = [];
  const splits: { first: Batch; rest: Batch }[] = [];
  const failures: { error: TracedError; stopped: number[] }[] = [];
  const stop = new AbortController();
  const identity = options.identity ?? { run: '41', attempt: 0 };
  const schedule = new Schedule(plans, stop.signal);
  const faults = new KeptFailures(schedule, failures);
  const random = randomFrom(1000 * Number(identity.run) + identity.attempt);
  const { client, clock } = setup;
  const tenant = connectBulk(settingsOf({ quota, polling, rejected_rows }), {
    ...{ client, clock, identity, plans, random: () => random(2 ** 32) / 2 ** 32, startedAt: clock.elapsed() },
    signal: stop.signal,
    uploadSignal: stop.signal,
    retried: noRetriedRows,
    report: keepIn(events),
    ...{ schedule, faults },
    splits: {
      split(first, rest) {
        splits.push({ first, rest });
        schedule.addFirst(rest);
      },
    },
    ...options,
  });
  const settlement = {
    async settle(batch: Batch, outcome: Outcome) {
      settled.push({ batch, outcome });
      await settle(batch);
    },
    prove: async (batch: Batch) => void proven.push(batch),
  };
  const loaded = loadBatches(schedule, tenant.route, settlement, faults);
  return {
    ...{ tenant, schedule, faults, events, settled, proven, splits, failures, stop },
    reported: () => events.map(({ kind }) => kind).filter((kind) => kind !== 'progress' && kind !== 'late jobs wait'),
    send(...batches) {
      for (const batch of batches) schedule.add(batch);
    },
    end(...ended) {
      for (const { id } of ended) schedule.end(id);
    },
    async finish() {
      schedule.close();
      await loaded;
    },
  };
}

/** Failures that keep what came to them. */
class KeptFailures extends Failures {
  readonly #kept: { error: TracedError; stopped: number[] }[];

  constructor(schedule: Schedule, kept: { error: TracedError; stopped: number[] }[]) {
    super({ schedule, output: { log: () => undefined }, checkpoint: { withhold: () => undefined } });
    this.#kept = kept;
  }

  override add(error: TracedError, stopped: readonly Plan[]): void {
    super.add(error, stopped);
    this.#kept.push({ error, stopped: stopped.map(({ id }) => id) });
  }
}

/** Keeps what happens to jobs; that the first file is about to be sent is of no interest to a test of one batch. */
function keepIn(events: GainsightEvent[]): ReportEvent {
  return (event) => {
    if (event.kind !== 'first submission') events.push(event);
  };
}
