/** Creates the parts of a sync; `write.ts` shows how they work together. */

import type { ConfiguredCatalog } from './airbyte/catalog.ts';
import type { Output } from './airbyte/output.ts';
import { wholeRedactor } from './airbyte/redaction.ts';
import { onAbort } from './async.ts';
import { AgePolicy } from './batch/age_policy.ts';
import { Backpressure } from './batch/backpressure.ts';
import { Batcher } from './batch/batcher.ts';
import { caps } from './batch/close_policy.ts';
import type { Clock } from './clock.ts';
import type { Config } from './config/config.ts';
import { Stopped } from './errors.ts';
import type { Client } from './gainsight/client.ts';
import { Intake } from './intake.ts';
import type { ReportEvent } from './load/events.ts';
import { type ConnectTenant, type Identity, noRetriedRows, type TenantRoute } from './load/route.ts';
import { Schedule } from './load/schedule.ts';
import type { Batch, Plan } from './model.ts';
import { AbsentColumns } from './plan/absent_columns.ts';
import { ValueChecks } from './records/value_check.ts';
import { JobHistory } from './report/job_history.ts';
import type { SyncFacts } from './report/sync_report.ts';
import { Accounts, unsettled } from './settle/accounts.ts';
import { Checkpoint, type EmitState } from './settle/checkpoint.ts';
import { absentLine } from './settle/doubt_lines.ts';
import { Failures } from './settle/failures.ts';
import { ProgressOfSync } from './settle/progress.ts';
import { openStore, secretsOf } from './settle/rejects/open_store.ts';
import { Rejects, type RejectsOptions } from './settle/rejects/rejects.ts';
import { Retries } from './settle/rejects/retries.ts';
import type { Storage } from './settle/rejects/storage.ts';
import { Reporter } from './settle/reporter.ts';
import { Settlement } from './settle/settlement.ts';
import { asSent, withRows } from './spool/longer_file.ts';
import type { Spool } from './spool/spool.ts';
import type { TextRef } from './spool/state_texts.ts';
import { version } from './version.ts';

/** What a sync works with besides its configuration and catalog. */
export interface World {
  readonly client: Client;
  readonly clock: Clock;
  readonly identity: Identity;
  readonly output: Output;
  /** In [0, 1): for jitter, and for names of submissions. */
  readonly random: () => number;
  readonly spool: Spool;
  /** Keeps what outlives the sync, its report for one; undefined if the settings name no place. */
  readonly storage: Storage | undefined;
  /** A file for the report of the sync besides, if a person asks for one. */
  readonly reportPath?: string | undefined;
  /** The rows are those of a file, which no source sends again. */
  readonly isOfFile?: boolean | undefined;
  /** When the process started, on the monotonic clock. */
  readonly startedAt: number;
  /** No new job, no polling: release what is proven, and end. */
  readonly stop: AbortSignal;
  /** An upload that is still in progress is aborted. */
  readonly uploadStop: AbortSignal;
  /** Is given the progress of the sync before it begins. */
  readonly watch?: ((progress: Pick<ProgressOfSync, 'now'>) => void) | undefined;
}

/** The parts of a sync that the flow uses. */
export interface Sync {
  readonly about: Pick<SyncFacts, 'version' | 'identity' | 'host' | 'startedAt' | 'settings'>;
  readonly accounts: Accounts;
  readonly agePolicy: AgePolicy;
  readonly batcher: Batcher;
  readonly checkpoint: Checkpoint<TextRef>;
  /** Empty until the tenant's metadata is read. */
  readonly checks: ValueChecks;
  readonly clock: Clock;
  readonly emit: EmitState;
  readonly failures: Failures;
  readonly history: JobHistory;
  readonly intake: Intake;
  readonly output: Output;
  readonly progress: ProgressOfSync;
  /** Aborted when the input is no longer read: it ended, or nothing more can be sent. */
  readonly reading: AbortController;
  readonly rejects: Rejects;
  readonly reporter: Reporter;
  /** How its report is named, and where it goes besides. */
  readonly reportAs: Pick<World, 'isOfFile' | 'reportPath'>;
  /** Undefined if no rejected row is sent again. */
  readonly retries: Retries | undefined;
  readonly schedule: Schedule;
  readonly settlement: Settlement;
  readonly stop: AbortSignal;
  readonly storage: Storage | undefined;
  readonly tenant: TenantRoute;
}

/** Creates the parts of a sync, each from earlier ones. Reads nothing and makes no call. */
export function wire(
  config: Config,
  catalog: ConfiguredCatalog,
  plans: readonly Plan[],
  world: World,
  connect: ConnectTenant,
): Sync {
  const { client, clock, identity, output, random, spool, startedAt, stop, storage, uploadStop } = world;
  const about = { version, identity, host: config.host, startedAt: clock.now(), settings: config.changedSettings };
  const { rejected_rows: settings, values } = config;
  const sizes = caps(config.files);
  const schedule = new Schedule(plans, stop);
  const accounts = new Accounts(plans);
  const ofStore = { ...identity, clock, maxBytes: sizes.maxBytes, spoolFolder: spool.folder };
  const store = openStore(config, storage, ofStore);
  const retries = retriesOf(config, plans, world);
  const shown = { words: client.words, comesAgain: comesAgainIn(world, accounts, schedule, () => checkpoint) };
  const rejects = new Rejects({ accounts, output, settings, ...shown, nullText: values.null_text, retries, store });
  const emit = emitTo(output, accounts, retries);
  const checkpoint: Checkpoint<TextRef> = new Checkpoint(spool.texts, { accounts, rejects, emit });
  const failures = new Failures({ output, schedule, checkpoint });
  const checks = new ValueChecks();
  const ahead = callsAhead(() => tenant);
  const reporter = new Reporter({ clock, output, accounts, schedule, checks, ...ahead, ...shownBy(config) });
  const history = new JobHistory(clock);
  const reading = abortedWith(stop, schedule.halted);
  const progress = new ProgressOfSync(accounts, () => clock.now(), reading.signal);
  const settling = { accounts, checkpoint, failures, rejects, reporter, retries, schedule };
  const settlement = new Settlement(settling, settings);

  const tenant = connect(config, {
    ...{ client, clock, identity, random, startedAt, plans, schedule, faults: failures, splits: settlement },
    retried: retries ?? noRetriedRows,
    report: reportTo(history, progress, reporter),
    signal: stop,
    uploadSignal: uploadStop,
  });
  const { callsPerJob, earlierJobs, quota } = tenant;

  const columns = absentColumns(output, accounts);
  const batcher = new Batcher({ spool, caps: sizes, states: checkpoint, batches: settlement, columns, earlierJobs });
  const { signal } = reading;
  const backpressure = new Backpressure({ clock, output, spool, batcher, schedule, earlierJobs, signal });
  const aging = { clock, batcher, states: checkpoint, schedule, earlierJobs, quota };
  const agePolicy = new AgePolicy(aging, config.files, callsPerJob);
  const intake = new Intake(
    { output, accounts, schedule, settlement, columns, checks, batcher, backpressure, retries },
    { values, skipsDeleted: config.deleted_rows === 'skip', isClear: catalog.isClear },
  );
  return {
    ...{ about, accounts, agePolicy, batcher, checkpoint, checks, clock, emit, failures, history, intake, output },
    ...{ progress, reading, rejects, reporter, reportAs: world, retries, schedule, settlement, stop, storage, tenant },
  };
}

/** What is known of the calls to come. */
function callsAhead(tenant: () => TenantRoute) {
  return {
    forecast: (files: number) => tenant().quota.forecast(files, tenant().callsPerJob),
    heldOf: (files: readonly Batch[]) => tenant().earlierJobs.heldOf(files),
  };
}

/** What the log shows. */
function shownBy({ quota, rejected_rows }: Config) {
  return { detail: rejected_rows.log_detail, autoRows: quota.object_api.auto_rows };
}

/** What the source sends again of the rows of a stream: of one that may not be loaded to its end, what no state covers. */
function comesAgainIn(
  { isOfFile, stop }: World,
  accounts: Accounts,
  schedule: Schedule,
  checkpoint: () => Checkpoint<TextRef>,
): RejectsOptions['comesAgain'] {
  if (isOfFile) return () => 'none';
  return ({ id }) => {
    if (!schedule.isStopped(id) && !stop.aborted && !schedule.halted.aborted) return 'none';
    const ofProven = checkpoint().comesAgain(id);
    return ofProven === 'none' && unsettled(accounts.of({ id })) > 0 ? 'some' : ofProven;
  };
}

/** Warns of columns that no record has. */
function absentColumns(output: Output, accounts: Accounts): AbsentColumns {
  return new AbsentColumns((absence) => output.log('WARN', absentLine(absence, accounts.of(absence.plan).received)));
}

/** The report of the sync learns what happens, then what shows its progress, and then the log. */
function reportTo(...receivers: readonly Pick<Reporter, 'event'>[]): ReportEvent {
  return (event) => {
    for (const receiver of receivers) receiver.event(event);
  };
}

/** What sends rejected rows again; undefined if none is. */
function retriesOf(config: Config, plans: readonly Plan[], world: World): Retries | undefined {
  const { files, rejected_rows, values } = config;
  const storage = rejected_rows.retry === 'next_sync' && plans.length > 0 ? world.storage : undefined;
  if (!storage) return undefined;
  const { client, clock, identity, output, random } = world;
  return new Retries({
    ...{ storage, plans, identity, host: client.host, clock, random, output },
    ...{ values, caps: caps(files), files: { withRows, asSent } },
    redact: wholeRedactor(secretsOf(config)),
  });
}

/** Counts and writes states, once what they cover of rejected rows is durable. */
function emitTo(output: Output, accounts: Accounts, retries: Retries | undefined): EmitState {
  return async (text, stats) => {
    await retries?.flush();
    accounts.states += 1;
    return output.state(text, stats);
  };
}

/** Aborted when any of these is, with the reason that the sync has stopped. */
function abortedWith(...signals: readonly AbortSignal[]): AbortController {
  const controller = new AbortController();
  for (const signal of signals) {
    onAbort(signal, () => controller.abort(new Stopped()));
    if (signal.aborted) controller.abort(new Stopped());
  }
  return controller;
}
