/** The Gainsight room at work in a test: real client and socket, real files, the sandbox, a clock that waits for nobody. */

import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Test } from 'tap';
import { minute } from '../../src/clock.ts';
import type { TracedError } from '../../src/errors.ts';
import { type Client, createClient } from '../../src/gainsight/client.ts';
import type { Identity } from '../../src/load/bulk/context.ts';
import { GivenBack } from '../../src/load/bulk/given_back.ts';
import { JobList } from '../../src/load/bulk/job_list.ts';
import { Poller } from '../../src/load/bulk/poll.ts';
import type { GainsightEvent } from '../../src/load/events.ts';
import { Ledger } from '../../src/load/quota.ts';
import { QuotaGate } from '../../src/load/quota_gate.ts';
import { Reads } from '../../src/load/reads.ts';
import type { Batch, CloseReason, Operation, Outcome, Plan } from '../../src/model.ts';
import type { CallKind } from '../../src/sandbox/exchange.ts';
import type { SandboxOptions } from '../../src/sandbox/options.ts';
import { type Sandbox, startSandbox } from '../../src/sandbox/server.ts';
import type { Spool } from '../../src/spool/spool.ts';
import { createTenant, type Tenant, type TenantOptions } from '../../src/wiring.ts';
import { type CheckedExchange, checkExchange } from './contract.ts';
import { FakeClock } from './fake_clock.ts';
import { randomFrom } from './random.ts';
import { fill, header, openSpool, planOf } from './spool.ts';

/** The access key of every bench. */
export const benchKey = 'the-access-key-of-the-bench';

/** A sandbox and what talks to it. */
export interface TenantBench {
  readonly clock: FakeClock;
  readonly sandbox: Sandbox;
  readonly spool: Spool;
  readonly client: Client;
  /** Seconds on the monotonic clock at which calls of a kind arrived. */
  times(kind: CallKind): number[];
  /** A file of rows `0,name`, `1,name`, …; the same names make the same file. */
  close(plan: Plan, names: readonly string[], reason?: CloseReason): Promise<Batch>;
}

/** Starts a sandbox that a test owns; every exchange is held against the contract when the test ends. */
export async function tenantBench(t: Test, options: Partial<SandboxOptions> = {}): Promise<TenantBench> {
  const clock = new FakeClock({ start: Date.UTC(2026, 2, 4, 10, 0), patience: 5000, quietRounds: 2 });
  const exchanges: CheckedExchange[] = [];
  const onExchange = (exchange: unknown) => void exchanges.push(exchange as CheckedExchange);
  const sandbox = await startSandbox({ clock, accessKey: benchKey, onExchange, ...options });
  const folder = mkdtempSync(join(tmpdir(), 'tenant-bench-'));
  const spool = await openSpool(folder);
  const work = { calls: 0 };
  // Time stands still while a request is on its way, unless the sandbox sleeps over it.
  const free = clock.addBusy(() => work.calls > sandbox.parked - sandbox.abandoned);
  t.teardown(async () => {
    free();
    await sandbox.close();
    await spool.remove();
    rmSync(folder, { recursive: true });
    for (const exchange of exchanges) checkExchange(exchange);
  });
  const client = createClient({ baseUrl: sandbox.url, accessKey: benchKey, clock, userAgent: 'bench' });
  return {
    ...{ clock, sandbox, spool },
    client: counted(client, work),
    times: (kind) =>
      sandbox.calls.flatMap((call) => (call.kind === kind && !call.foreign ? [call.elapsed / 1000] : [])),
    close: (plan, names, reason = 'end') => fill(spool.openBatch(plan, header), names).close(reason),
  };
}

function counted(client: Client, work: { calls: number }): Client {
  const during = async <T>(call: Promise<T>): Promise<T> => {
    work.calls += 1;
    try {
      return await call;
    } finally {
      work.calls -= 1;
    }
  };
  return {
    host: client.host,
    submit: (submission, signal) => during(client.submit(submission, signal)),
    list: (page, signal) => during(client.list(page, signal)),
    job: (jobId, signal) => during(client.job(jobId, signal)),
    errors: (jobId, signal) => during(client.errors(jobId, signal)),
  };
}

/** A plan of stream `id`; the columns are those of {@link planOf}. */
export function planInto(id: number, of: Partial<Plan> & { readonly operation?: Operation } = {}): Plan {
  return { ...planOf(of.operation === 'INSERT' ? 'INSERT' : 'UPSERT', id), ...of };
}

/** The parts that reads go through. */
export interface Readers {
  readonly ledger: Ledger;
  readonly gate: QuotaGate;
  readonly reads: Reads;
  readonly jobList: JobList;
  readonly poller: Poller;
  readonly events: readonly GainsightEvent[];
  readonly stop: AbortController;
}

/** Reads of a bench's tenant. */
export function readersOf(
  { client, clock }: TenantBench,
  options: { readonly allCallsCount?: boolean; readonly jobTimeout?: number; readonly maxInterval?: number } = {},
): Readers {
  const { allCallsCount = false, jobTimeout = 240 * minute, maxInterval = minute } = options;
  const stop = new AbortController();
  const events: GainsightEvent[] = [];
  const report = (event: GainsightEvent) => void events.push(event);
  const { signal } = stop;
  const ledger = new Ledger({ callsPerHour: 10, callsPerDay: 100, reservedPerDay: 0 });
  const gate = new QuotaGate({ ledger, clock, report, signal, maxWait: 1440 * minute, behind: () => 0 });
  const redact = (words: string) => words;
  const reads = new Reads({
    client,
    clock,
    random: () => 0.5,
    report,
    redact,
    signal,
    gate: allCallsCount ? gate : undefined,
  });
  const givenBack = new GivenBack({ plans: [], token: '', warn: (text) => report({ kind: 'warning', text }) });
  const jobList = new JobList({ reads, clock, ledger, report, givenBack, callsPerOwnJob: allCallsCount ? 5 : 1 });
  const poller = new Poller({
    reads,
    clock,
    jobList,
    report,
    signal,
    maxInterval,
    jobTimeout,
    pollsCount: allCallsCount,
  });
  return { ledger, gate, reads, jobList, poller, events, stop };
}

/** One process of the connector, as the room sees it. */
export interface Process {
  readonly tenant: Tenant;
  readonly events: readonly GainsightEvent[];
  /** `event.kind`s; progress, and the wait for late jobs of each attempt but the first, left out. */
  readonly reported: () => string[];
  readonly settled: readonly { readonly batch: Batch; readonly outcome: Outcome }[];
  /** Batches whose outcome had to wait for something, once it had come true. */
  readonly proven: readonly Batch[];
  readonly splits: readonly { readonly first: Batch; readonly rest: Batch }[];
  readonly failures: readonly { readonly error: TracedError; readonly stopped: readonly number[] }[];
  /** SIGTERM. */
  readonly stop: AbortController;
  /** Puts batches into their lanes. */
  send(...batches: Batch[]): void;
  /** The input has ended: these plans get no more batches. */
  end(...plans: Plan[]): void;
}

/** Starts a process on a bench's tenant; runs of one identity's `run` are attempts of one sync. */
export function startProcess(
  { client, clock }: TenantBench,
  plans: readonly Plan[],
  options: Partial<TenantOptions> & { readonly identity?: Identity } = {},
): Process {
  const events: GainsightEvent[] = [];
  const settled: { batch: Batch; outcome: Outcome }[] = [];
  const proven: Batch[] = [];
  const splits: { first: Batch; rest: Batch }[] = [];
  const failures: { error: TracedError; stopped: number[] }[] = [];
  const stop = new AbortController();
  const identity = options.identity ?? { run: '41', attempt: 0 };
  const random = randomFrom(1000 * Number(identity.run) + identity.attempt);
  const tenant = createTenant({
    ...{ client, clock, plans, identity, allCallsCount: false, firstRowNumber: 'auto' },
    random: () => random(2 ** 32) / 2 ** 32,
    limits: { callsPerHour: 10, callsPerDay: 100, reservedPerDay: 0 },
    ...{ maxWait: 1440 * minute, maxInterval: minute, jobTimeout: 240 * minute, listLag: 15_000 },
    submissionAnswerMs: 10 * minute,
    startedAt: clock.elapsed(),
    signal: stop.signal,
    uploadSignal: stop.signal,
    report: (event) => void events.push(event),
    redact: (text) => text,
    settled: async (batch, outcome) => {
      settled.push({ batch, outcome });
      await batch.remove();
    },
    proven: async (batch) => void proven.push(batch),
    split: (first, rest) => void splits.push({ first, rest }),
    failed: (error, stopped) => void failures.push({ error, stopped: stopped.map(({ id }) => id) }),
    ...options,
  });
  const { dispatcher, schedule } = tenant;
  return {
    ...{ tenant, events, settled, proven, splits, failures, stop },
    reported: () => events.map(({ kind }) => kind).filter((kind) => kind !== 'progress' && kind !== 'late jobs wait'),
    send(...batches) {
      for (const batch of batches) schedule.add(batch);
      dispatcher.change();
    },
    end(...ended) {
      for (const { id } of ended) schedule.end(id);
      dispatcher.change();
    },
  };
}
