/** The parts of a sync, put together; how they work together is to be read in `write.ts`. */

import type { ConfiguredCatalog } from './airbyte/catalog.ts';
import type { Output } from './airbyte/output.ts';
import type { StateText } from './airbyte/protocol.ts';
import { AgePolicy } from './batch/age_policy.ts';
import { Backpressure } from './batch/backpressure.ts';
import { Batcher } from './batch/batcher.ts';
import { caps } from './batch/close_policy.ts';
import type { Clock } from './clock.ts';
import type { Config } from './config/config.ts';
import { callsOfJob, quotaWindows } from './config/quota_windows.ts';
import { ConnectorError, type TracedError } from './errors.ts';
import type { Client } from './gainsight/client.ts';
import { RowNumbering } from './gainsight/row_errors.ts';
import { Intake, type IntakePorts } from './intake.ts';
import { Adoption } from './load/bulk/adoption.ts';
import type { BulkContext, Identity } from './load/bulk/context.ts';
import { catalogToken } from './load/bulk/file_name.ts';
import { GivenBack } from './load/bulk/given_back.ts';
import { BulkRoute } from './load/bulk/job.ts';
import { JobList } from './load/bulk/job_list.ts';
import { LateJobs } from './load/bulk/late_jobs.ts';
import { Poller } from './load/bulk/poll.ts';
import { Submitter } from './load/bulk/submit.ts';
import { Dispatcher } from './load/dispatcher.ts';
import { Ledger, paceAfterRestart } from './load/quota.ts';
import { QuotaGate } from './load/quota_gate.ts';
import { Reads } from './load/reads.ts';
import { Schedule } from './load/schedule.ts';
import type { Batch, Outcome, Plan } from './model.ts';
import { AbsentColumns } from './plan/absent_columns.ts';
import { Checkpoint, type StateStats } from './settle/checkpoint.ts';
import { absentLine } from './settle/log_lines.ts';
import { RejectFiles } from './settle/rejects/folder.ts';
import { Rejects } from './settle/rejects/rejects.ts';
import { Reporter } from './settle/reporter.ts';
import { Settlement } from './settle/settlement.ts';
import { Tallies } from './settle/tally.ts';
import type { OpenBatch } from './spool/open_batch.ts';
import type { Spool } from './spool/spool.ts';
import type { TextRef } from './spool/state_texts.ts';

/** What a sync works with beside its configuration and catalog. */
export interface World {
  readonly client: Client;
  readonly clock: Clock;
  readonly identity: Identity;
  readonly output: Output;
  /** In [0, 1): jitter, and the names of submissions. */
  readonly random: () => number;
  readonly spool: Spool;
  /** When the process started, on the monotonic clock. */
  readonly startedAt: number;
  /** No new job, no polling: release what is proven, and end. */
  readonly stop: AbortSignal;
  /** An upload that is still under way is given up. */
  readonly uploadStop: AbortSignal;
}

/** What the flow does when a part has something for it. */
export interface Hooks {
  /** A batch was closed. */
  readonly send: (batch: Batch) => Promise<void>;
  /** A job has ended. */
  readonly settled: (batch: Batch, outcome: Outcome) => Promise<void>;
  /** What its outcome still waited for has come true. */
  readonly proven: (batch: Batch) => Promise<void>;
  /** A state may go. */
  readonly emit: (text: StateText, stats: StateStats) => Promise<void>;
  /** A stream, or with none stopped the whole, failed. */
  readonly failed: (error: TracedError, stopped: readonly Plan[]) => void;
  /** Aborted when the input is read no more. */
  readonly reading: AbortSignal;
  /** What a line of the input came to. */
  readonly intake: Pick<IntakePorts, 'hold' | 'pass' | 'reject' | 'skip' | 'unknown'>;
}

/** The parts, as far as the flow talks to them. */
export interface Parts {
  readonly checkpoint: Checkpoint<TextRef>;
  readonly plans: readonly Plan[];
  readonly batcher: Batcher;
  readonly agePolicy: AgePolicy;
  readonly intake: Intake;
  readonly rejects: Rejects;
  readonly reporter: Reporter;
  readonly settlement: Settlement;
  readonly tallies: Tallies;
  readonly tenant: Tenant;
}

/** Puts a sync together. Nothing is read, and no call is made. */
export function wire(
  config: Config,
  catalog: ConfiguredCatalog,
  plans: readonly Plan[],
  world: World,
  hooks: Hooks,
): Parts {
  const { clock, output, spool } = world;
  const tallies = new Tallies();
  const rejects = rejectsOf(config, world);
  const reporter = new Reporter({ clock, output, tallies, rejects, isStopped: (id) => tenant.schedule.isStopped(id) });
  const checkpoint = new Checkpoint(spool.texts, { beforeRelease: () => rejects.flush(), emit: hooks.emit });
  const { fail_above_percent: failAbovePercent } = config.rejected_rows;
  const settlement = new Settlement({ checkpoint, rejects, tallies, failAbovePercent });
  const tenant: Tenant = tenantOf(config, world, plans, {
    report: (event) => reporter.event(event),
    settled: hooks.settled,
    proven: hooks.proven,
    split: (first, rest) => {
      checkpoint.split(first.id, rest.id, first.rows);
      settlement.split(first, rest);
      reporter.split(first, rest);
    },
    failed: hooks.failed,
  });
  const absent = absentColumnsOf(output, (plan) => intake.streams.records(plan));
  const batcher = new Batcher({
    filePlan: (plan) => absent.filePlan(plan),
    ...{ spool, caps: caps(config.files), states: checkpoint, send: hooks.send },
    sentBefore: (batch) => sentBefore(tenant, batch),
  });
  const backpressure = new Backpressure({
    ...{ clock, batcher, spool, signal: hooks.reading, schedule: tenant.schedule },
    isBarred: (batch) => isBarred(tenant, batch),
    lift: () => {
      tenant.schedule.lift();
      tenant.dispatcher.change();
    },
    changed: (signal) => tenant.schedule.changed(signal),
    warn: (text) => output.log('WARN', text),
  });
  const intake: Intake = new Intake(
    { plans, values: config.values, skipsDeleted: config.deleted_rows === 'skip', isClear: catalog.isClear },
    {
      ...hooks.intake,
      batcher,
      isStopped: (plan) => tenant.schedule.isStopped(plan.id),
      room: () => backpressure.room(),
      warn: (text) => output.log('WARN', text),
      seen: (plan) => absent.seenOf(plan),
    },
  );
  const agePolicy = agePolicyOf(config, clock, batcher, checkpoint, tenant);
  return { checkpoint, plans, batcher, agePolicy, intake, rejects, reporter, settlement, tallies, tenant };
}

/** @param records received of a plan until now */
function absentColumnsOf(output: Output, records: (plan: Plan) => number): AbsentColumns {
  return new AbsentColumns((absence) => output.log('WARN', absentLine(absence, records(absence.plan))));
}

function rejectsOf({ accessKey, files, rejected_rows, values }: Config, { client, identity, output }: World): Rejects {
  const { folder, log_detail, max_logged } = rejected_rows;
  const nullText = values.null_text;
  const secrets = [accessKey.reveal()];
  const { maxBytes } = caps(files);
  const kept = folder === '' ? undefined : new RejectFiles({ folder, nullText, ...identity, maxBytes, secrets });
  const { words } = client;
  return new Rejects({ output, words, logDetail: log_detail, maxLogged: max_logged, nullText, files: kept });
}

function tenantOf(
  config: Config,
  world: World,
  plans: readonly Plan[],
  hooks: Pick<Parameters<typeof createTenant>[0], 'report' | 'settled' | 'proven' | 'split' | 'failed'>,
): Tenant {
  const { quota, polling, rejected_rows } = config;
  const { client, clock, identity, random, startedAt, stop, uploadStop } = world;
  return createTenant({
    ...{ client, clock, identity, plans, random, startedAt, ...hooks },
    signal: stop,
    uploadSignal: uploadStop,
    ...{ quota, polling, rejected_rows },
  });
}

/** What Gainsight may say of a plan: no value of a row. */
function namesOf({ object, operation, columns }: Plan): string[] {
  return [object, operation, ...columns.map(({ field }) => field)];
}

function agePolicyOf(
  config: Config,
  clock: Clock,
  batcher: Batcher,
  checkpoint: Checkpoint<TextRef>,
  tenant: Tenant,
): AgePolicy {
  const { gate, schedule, callsPerJob } = tenant;
  const options = { clock, batcher, files: config.files, callsPerJob };
  return new AgePolicy(options, {
    held: () => checkpoint.oldestHeld(),
    isFree: (object) => schedule.isFree(object),
    unfinishedParents: (planId) => schedule.unfinishedParents(planId),
    waitingPlans: () => schedule.waitingPlans,
    quotaKnown: (plan) => whenReady(tenant, plan),
    windows: () => gate.use(),
    isBarred: (batch) => isBarred(tenant, batch),
  });
}

/**
 * An INSERT batch whose first row is that of an earlier, larger job may be its beginning: only its twin may be cut. While
 * such a job may still come, each may.
 */
async function isBarred(tenant: Tenant, batch: OpenBatch): Promise<boolean> {
  const { plan, rows } = batch;
  if (plan.operation !== 'INSERT') return false;
  await whenReady(tenant, plan);
  if (tenant.schedule.isStopped(plan.id) || !(await tenant.lateJobs.areListed())) return true;
  return tenant.adoption.mayGrow(plan, rows, batch.firstRowDigest());
}

/** Where a batch is to end, as its rows were sent before. Where reads cost quota the input does not wait to be told. */
async function sentBefore(tenant: Tenant, batch: OpenBatch): Promise<number> {
  const { plan } = batch;
  if (tenant.callsPerJob > 1 && !tenant.adoption.isReady()) return 0;
  await whenReady(tenant, plan);
  return tenant.schedule.isStopped(plan.id) ? 0 : tenant.adoption.sentBefore(batch, batch.firstRowDigest());
}

/** Resolves when the tenant's jobs are known. Where they cannot be, that is the fault of an INSERT alone. */
async function whenReady({ adoption, dispatcher }: Tenant, plan: Plan): Promise<void> {
  try {
    await adoption.ready(plan);
  } catch (error) {
    if (!(error instanceof ConnectorError) || !error.stream) throw error;
    dispatcher.stop(plan, error);
  }
}

/** What the load room works with, from outside. */
export interface TenantOptions extends Omit<BulkContext, 'callsPerJob' | 'token'>, Pick<Config, 'quota'> {
  readonly plans: readonly Plan[];
  readonly rejected_rows: Pick<Config['rejected_rows'], 'first_row_number'>;
  /** A batch has its outcome. */
  readonly settled: (batch: Batch, outcome: Outcome) => Promise<void>;
  /** What its outcome still waited for has come true. */
  readonly proven: (batch: Batch) => Promise<void>;
  /** An earlier job holds the first rows of a batch: it became two. */
  readonly split: (first: Batch, rest: Batch) => void;
  /** A stream, or with none stopped the whole, failed. */
  readonly failed: (error: TracedError, stopped: readonly Plan[]) => void;
}

/** The parts of the room that the flow talks to. */
export interface Tenant {
  /** Calls that one job takes: 1, or 5 where every call counts. */
  readonly callsPerJob: number;
  readonly adoption: Adoption;
  readonly dispatcher: Dispatcher;
  readonly gate: QuotaGate;
  readonly lateJobs: LateJobs;
  readonly schedule: Schedule;
}

/** The parts that only read what the tenant knows, and the quota that they share with submissions. */
export interface TenantReads {
  readonly callsPerJob: number;
  readonly ledger: Ledger;
  readonly gate: QuotaGate;
  readonly reads: Reads;
  readonly jobList: JobList;
  readonly poller: Poller;
}

/** What they need. */
export type ReadsOptions = Pick<
  TenantOptions,
  'client' | 'clock' | 'identity' | 'polling' | 'quota' | 'random' | 'report' | 'signal' | 'startedAt'
>;

/** Wires the reads of one tenant up. @param behind files that wait for calls */
export function wireReads(options: ReadsOptions, givenBack: GivenBack, behind: () => number): TenantReads {
  const { client, clock, identity, polling, quota, random, report, signal, startedAt } = options;
  const allCallsCount = quota.counted_calls === 'all_calls';
  const callsPerJob = callsOfJob(quota);
  const ledger = new Ledger(quotaWindows(quota));
  const pace = identity.attempt > 0 ? paceAfterRestart(quota, callsPerJob, startedAt) : undefined;
  const gate = new QuotaGate({ ledger, clock, report, signal, quota, behind, pace });
  const reads = new Reads({ client, clock, random, report, signal, gate: allCallsCount ? gate : undefined });
  const jobList = new JobList({ reads, clock, ledger, givenBack, report, signal, callsPerOwnJob: callsPerJob });
  const poller = new Poller({ reads, clock, jobList, givenBack, report, signal, polling, pollsCount: allCallsCount });
  return { callsPerJob, ledger, gate, reads, jobList, poller };
}

/** Makes the parts of the load room, each of those before it. Makes no call. */
export function createTenant(options: TenantOptions): Tenant {
  const { client, plans, report } = options;
  client.words.learn(plans.flatMap(namesOf));
  const schedule = new Schedule(plans);
  const token = catalogToken(plans);
  const warn = (text: string) => report({ kind: 'warning', text });
  const givenBack = new GivenBack({ plans, token, warn, words: client.words });
  const { callsPerJob, gate, reads, jobList, poller } = wireReads(options, givenBack, () => schedule.waiting);
  const context: BulkContext = { ...options, callsPerJob, token };
  const adoption = new Adoption(context, { schedule, jobList, poller, givenBack });
  const lateJobs = new LateJobs(context, { jobList, poller, adoption, givenBack });
  const submitter = new Submitter(context, { schedule, gate, jobList, givenBack });
  const numbering = new RowNumbering(options.rejected_rows.first_row_number);
  const split = async (batch: Batch, rows: number): Promise<void> => {
    const rest = await batch.splitOff(rows);
    options.split(batch, rest);
    schedule.addFirst(rest);
  };
  const shared = { reads, jobList, poller, givenBack };
  const route = new BulkRoute(context, { ...shared, adoption, lateJobs, submitter, numbering, split });
  const { settled, proven, failed } = options;
  const dispatcher = new Dispatcher({ schedule, route, signal: options.signal, settled, proven, failed });
  return { adoption, callsPerJob, dispatcher, gate, lateJobs, schedule };
}
