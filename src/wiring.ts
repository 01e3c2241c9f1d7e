/** Creates the parts of a sync; `write.ts` shows how they work together. */

import type { ConfiguredCatalog } from './airbyte/catalog.ts';
import type { Output } from './airbyte/output.ts';
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
import type { ConnectTenant, Identity, TenantRoute } from './load/route.ts';
import { Schedule } from './load/schedule.ts';
import type { Plan } from './model.ts';
import { AbsentColumns } from './plan/absent_columns.ts';
import { JobHistory } from './report/job_history.ts';
import type { SyncFacts } from './report/sync_report.ts';
import { Accounts } from './settle/accounts.ts';
import { Checkpoint, type EmitState } from './settle/checkpoint.ts';
import { Failures } from './settle/failures.ts';
import { absentLine } from './settle/log_lines.ts';
import { openStore } from './settle/rejects/open_store.ts';
import { Rejects } from './settle/rejects/rejects.ts';
import type { Storage } from './settle/rejects/storage.ts';
import { Reporter } from './settle/reporter.ts';
import { Settlement } from './settle/settlement.ts';
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
  /** When the process started, on the monotonic clock. */
  readonly startedAt: number;
  /** No new job, no polling: release what is proven, and end. */
  readonly stop: AbortSignal;
  /** An upload that is still in progress is aborted. */
  readonly uploadStop: AbortSignal;
}

/** The parts of a sync that the flow uses. */
export interface Sync {
  readonly about: Pick<SyncFacts, 'version' | 'identity' | 'host' | 'startedAt' | 'settings'>;
  readonly accounts: Accounts;
  readonly agePolicy: AgePolicy;
  readonly batcher: Batcher;
  readonly checkpoint: Checkpoint<TextRef>;
  readonly clock: Clock;
  readonly emit: EmitState;
  readonly failures: Failures;
  readonly history: JobHistory;
  readonly intake: Intake;
  readonly output: Output;
  /** Aborted when the input is no longer read: it ended, or nothing more can be sent. */
  readonly reading: AbortController;
  readonly rejects: Rejects;
  readonly reporter: Reporter;
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
  const store = openStore(config, storage, { ...identity, maxBytes: sizes.maxBytes, spoolFolder: spool.folder });
  const rejects = new Rejects({ accounts, output, words: client.words, settings, nullText: values.null_text, store });
  const emit = emitTo(output, accounts);
  const checkpoint = new Checkpoint(spool.texts, { accounts, rejects, emit });
  const failures = new Failures({ output, schedule, checkpoint });
  const reporter = new Reporter({ clock, output, accounts, schedule });
  const history = new JobHistory(clock);
  const settlement = new Settlement({ accounts, checkpoint, failures, rejects, reporter, schedule }, settings);

  const tenant = connect(config, {
    ...{ client, clock, identity, random, startedAt, plans, schedule, faults: failures, splits: settlement },
    report: (event) => {
      history.event(event);
      reporter.event(event);
    },
    signal: stop,
    uploadSignal: uploadStop,
  });
  const { callsPerJob, earlierJobs, quota } = tenant;

  const reading = abortedWith(stop, schedule.halted);
  const columns = new AbsentColumns((absence) =>
    output.log('WARN', absentLine(absence, accounts.of(absence.plan).received)),
  );
  const filling = { spool, caps: sizes, states: checkpoint };
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
    { values, skipsDeleted: config.deleted_rows === 'skip', isClear: catalog.isClear },
  );
  return {
    ...{ about, accounts, agePolicy, batcher, checkpoint, clock, emit, failures, history, intake, output, reading },
    ...{ rejects, reporter, schedule, settlement, stop, storage, tenant },
  };
}

/** Counts and writes states. */
function emitTo(output: Output, accounts: Accounts): EmitState {
  return (text, stats) => {
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
