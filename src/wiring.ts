/** The parts of a sync, put together; how they work together is to be read in `write.ts`. */

import type { ConfiguredCatalog } from './airbyte/catalog.ts';
import type { Output } from './airbyte/output.ts';
import { onAbort } from './async.ts';
import { AgePolicy } from './batch/age_policy.ts';
import { Backpressure } from './batch/backpressure.ts';
import { Batcher } from './batch/batcher.ts';
import { caps } from './batch/close_policy.ts';
import type { Clock } from './clock.ts';
import type { Config } from './config/config.ts';
import { callsOfJob, quotaWindows } from './config/quota_windows.ts';
import { Stopped } from './errors.ts';
import type { Client } from './gainsight/client.ts';
import { RowNumbering } from './gainsight/row_errors.ts';
import { Intake } from './intake.ts';
import { Adoption } from './load/bulk/adoption.ts';
import type { BulkContext, Identity } from './load/bulk/context.ts';
import { catalogToken } from './load/bulk/file_name.ts';
import { GivenBack } from './load/bulk/given_back.ts';
import { BulkRoute } from './load/bulk/job.ts';
import { JobList } from './load/bulk/job_list.ts';
import { LateJobs } from './load/bulk/late_jobs.ts';
import { ListedJobs } from './load/bulk/listed_jobs.ts';
import { Poller } from './load/bulk/poll.ts';
import { Submitter } from './load/bulk/submit.ts';
import type { ReportEvent } from './load/events.ts';
import { Ledger, paceAfterRestart } from './load/quota.ts';
import { QuotaGate } from './load/quota_gate.ts';
import { Reads } from './load/reads.ts';
import type { Faults, Splits, TenantRoute } from './load/route.ts';
import { Schedule } from './load/schedule.ts';
import type { Plan } from './model.ts';
import { AbsentColumns } from './plan/absent_columns.ts';
import { Accounts } from './settle/accounts.ts';
import { Checkpoint, type EmitState } from './settle/checkpoint.ts';
import { Failures } from './settle/failures.ts';
import { absentLine } from './settle/log_lines.ts';
import { RejectFiles } from './settle/rejects/folder.ts';
import { Rejects } from './settle/rejects/rejects.ts';
import { Reporter } from './settle/reporter.ts';
import { Settlement } from './settle/settlement.ts';
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

/** The parts of a sync, as far as the flow talks to them. */
export interface Sync {
  readonly accounts: Accounts;
  readonly agePolicy: AgePolicy;
  readonly batcher: Batcher;
  readonly checkpoint: Checkpoint<TextRef>;
  readonly clock: Clock;
  readonly emit: EmitState;
  readonly failures: Failures;
  readonly intake: Intake;
  readonly output: Output;
  /** Aborted when the input is read no more: it ended, or nothing can be sent any longer. */
  readonly reading: AbortController;
  readonly rejects: Rejects;
  readonly reporter: Reporter;
  readonly schedule: Schedule;
  readonly settlement: Settlement;
  readonly stop: AbortSignal;
  readonly tenant: TenantRoute;
}

/** What a route is made with beside the configuration. */
export interface ConnectParts {
  readonly world: World;
  readonly plans: readonly Plan[];
  readonly schedule: Schedule;
  readonly faults: Faults;
  readonly splits: Splits;
  readonly report: ReportEvent;
}

/** Makes a route; makes no call. */
export type ConnectTenant = (config: Config, parts: ConnectParts) => TenantRoute;

/** Puts a sync together, each part of those before it. Nothing is read, and no call is made. */
export function wire(
  config: Config,
  catalog: ConfiguredCatalog,
  plans: readonly Plan[],
  world: World,
  connect: ConnectTenant,
): Sync {
  const { clock, output, spool, stop } = world;
  const schedule = new Schedule(plans, stop);
  const accounts = new Accounts(plans);
  const rejects = rejectsOf(config, world, accounts);
  const emit = emitTo(output, accounts);
  const checkpoint = new Checkpoint(spool.texts, { accounts, rejects, emit });
  const failures = new Failures({ output, schedule, checkpoint });
  const reporter = new Reporter({ clock, output, accounts, schedule });
  const settlement = new Settlement(
    { accounts, checkpoint, failures, rejects, reporter, schedule },
    config.rejected_rows.fail_above_percent,
  );

  const report: ReportEvent = (event) => reporter.event(event);
  const tenant = connect(config, { world, plans, schedule, faults: failures, splits: settlement, report });
  const { callsPerJob, earlierJobs, quota } = tenant;

  const reading = abortedWith(stop, schedule.halted);
  const columns = new AbsentColumns((absence) =>
    output.log('WARN', absentLine(absence, accounts.of(absence.plan).received)),
  );
  const filling = { spool, caps: caps(config.files), states: checkpoint };
  const batcher = new Batcher({ ...filling, batches: settlement, columns, earlierJobs });
  const { signal } = reading;
  const backpressure = new Backpressure({ clock, output, spool, batcher, schedule, earlierJobs, signal });
  const agePolicy = new AgePolicy(
    { clock, batcher, states: checkpoint, schedule, earlierJobs, quota },
    config.files,
    callsPerJob,
  );
  const intake = new Intake(
    { output, accounts, schedule, settlement, columns, batcher, backpressure },
    { values: config.values, skipsDeleted: config.deleted_rows === 'skip', isClear: catalog.isClear },
  );
  return {
    ...{ accounts, agePolicy, batcher, checkpoint, clock, emit, failures, intake, output, reading },
    ...{ rejects, reporter, schedule, settlement, stop, tenant },
  };
}

/** Counts and writes states. */
function emitTo(output: Output, accounts: Accounts): EmitState {
  return (text, stats) => {
    accounts.states += 1;
    return output.state(text, stats);
  };
}

/** Aborted along with any of these, for the reason that the sync has stopped. */
function abortedWith(...signals: readonly AbortSignal[]): AbortController {
  const controller = new AbortController();
  for (const signal of signals) {
    onAbort(signal, () => controller.abort(new Stopped()));
    if (signal.aborted) controller.abort(new Stopped());
  }
  return controller;
}

function rejectsOf(config: Config, { client, identity, output }: World, accounts: Accounts): Rejects {
  const { accessKey, files, rejected_rows, values } = config;
  const { folder, log_detail, max_logged } = rejected_rows;
  const nullText = values.null_text;
  const secrets = [accessKey.reveal()];
  const { maxBytes } = caps(files);
  const kept = folder === '' ? undefined : new RejectFiles({ folder, nullText, ...identity, maxBytes, secrets });
  const { words } = client;
  return new Rejects({ accounts, output, words, logDetail: log_detail, maxLogged: max_logged, nullText, files: kept });
}

/** The bulk route, as the user has set it. */
export function connectBulk(config: Config, { world, ...parts }: ConnectParts): TenantRoute {
  const { quota, polling, rejected_rows } = config;
  const { client, clock, identity, random, startedAt, stop, uploadStop } = world;
  return createTenant({
    ...{ client, clock, identity, random, startedAt, ...parts },
    signal: stop,
    uploadSignal: uploadStop,
    ...{ quota, polling, rejected_rows },
  });
}

/** What Gainsight may say of a plan: no value of a row. */
function namesOf({ object, operation, columns }: Plan): string[] {
  return [object, operation, ...columns.map(({ field }) => field)];
}

/** What the load room works with, from outside. */
export interface TenantOptions extends Omit<BulkContext, 'callsPerJob' | 'token'>, Pick<Config, 'quota'> {
  readonly plans: readonly Plan[];
  readonly rejected_rows: Pick<Config['rejected_rows'], 'first_row_number'>;
  readonly schedule: Schedule;
  readonly faults: Faults;
  readonly splits: Splits;
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
export function createTenant(options: TenantOptions): TenantRoute {
  const { client, faults, plans, report, schedule, splits } = options;
  client.words.learn(plans.flatMap(namesOf));
  const token = catalogToken(plans);
  const givenBack = new GivenBack({ plans, token, report, words: client.words });
  const { callsPerJob, gate, reads, jobList, poller } = wireReads(options, givenBack, () => schedule.waiting);
  const context: BulkContext = { ...options, callsPerJob, token };
  const adoption = new Adoption(context, { schedule, jobList, poller, givenBack });
  const lateJobs = new LateJobs(context, { jobList, poller, adoption, givenBack });
  const submitter = new Submitter(context, { schedule, gate, jobList, givenBack });
  const numbering = new RowNumbering(options.rejected_rows.first_row_number);
  const shared = { reads, jobList, poller, givenBack };
  const route = new BulkRoute(context, { ...shared, adoption, lateJobs, submitter, numbering, splits });
  const earlierJobs = new ListedJobs({ schedule, adoption, lateJobs, faults }, callsPerJob);
  return { route, earlierJobs, quota: gate, callsPerJob };
}
