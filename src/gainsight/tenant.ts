/** The Gainsight room wired up: one tenant, its quota, its jobs. */
import type { Clock } from '../clock.ts';
import type { ConnectorError } from '../errors.ts';
import { Adoption } from '../load/bulk/adoption.ts';
import { JobRunner } from '../load/bulk/job.ts';
import { JobList } from '../load/bulk/job_list.ts';
import { Poller } from '../load/bulk/poll.ts';
import type { Redact } from '../load/bulk/reconcile.ts';
import { type Identity, Submitter } from '../load/bulk/submit.ts';
import { Dispatcher } from '../load/dispatcher.ts';
import type { ReportEvent } from '../load/events.ts';
import { Ledger, type QuotaLimits } from '../load/quota.ts';
import { QuotaGate } from '../load/quota_gate.ts';
import { Reads } from '../load/reads.ts';
import { Schedule } from '../load/schedule.ts';
import type { Batch, Outcome, Plan } from '../model.ts';
import type { Client } from './client.ts';
import { type FirstRowNumber, RowNumbering } from './numbering.ts';

/** What the room is told from outside. Durations in milliseconds. */
export interface TenantOptions {
  readonly client: Client;
  readonly clock: Clock;
  readonly plans: readonly Plan[];
  readonly identity: Identity;
  readonly random: () => number;
  readonly limits: QuotaLimits;
  /** Every call counts against the quota, not submissions alone. */
  readonly allCallsCount: boolean;
  readonly maxWait: number;
  readonly maxInterval: number;
  readonly jobTimeout: number;
  readonly listLag: number;
  /** When the process started, on the monotonic clock. */
  readonly startedAt: number;
  readonly firstRowNumber: FirstRowNumber;
  /** The part of a digest that tells with which row a file begins. */
  readonly firstRowPartOf: (digest: string) => string;
  /** Ends all waiting at once. */
  readonly signal: AbortSignal;
  /** Ends an upload in flight as well. */
  readonly uploadSignal: AbortSignal;
  readonly report: ReportEvent;
  readonly redact: Redact;
  readonly settled: (batch: Batch, outcome: Outcome) => Promise<void>;
  readonly split: (batch: Batch, head: Batch, rest: Batch) => void;
  readonly failed: (error: ConnectorError, stopped: readonly Plan[]) => void;
}

/** The parts of the room that the flow talks to. */
export interface Tenant {
  /** Calls that one job takes: 1, or 5 where every call counts. */
  readonly callsPerJob: number;
  readonly adoption: Adoption;
  readonly dispatcher: Dispatcher;
  readonly gate: QuotaGate;
  readonly schedule: Schedule;
}

/** A job where every call counts: its submission, three polls, its errors. */
const callsWhereAllCount = 5;

/** Wires one tenant up. Makes no call. */
export function createTenant(options: TenantOptions): Tenant {
  const { client, clock, identity, plans, random, signal, report, allCallsCount } = options;
  const callsPerJob = allCallsCount ? callsWhereAllCount : 1;
  const ledger = new Ledger(options.limits);
  const schedule = new Schedule(plans);
  const behind = () => schedule.waiting;
  const gate = new QuotaGate({ ledger, clock, report, signal, maxWait: options.maxWait, behind });
  const { redact } = options;
  const calls = new Reads({ client, clock, random, report, redact, signal, gate: allCallsCount ? gate : undefined });
  const jobList = new JobList({ calls, clock, ledger, report, callsPerOwnJob: callsPerJob });
  const { maxInterval, jobTimeout, listLag } = options;
  const poller = new Poller({
    calls,
    clock,
    jobList,
    report,
    signal,
    maxInterval,
    jobTimeout,
    pollsCount: allCallsCount,
  });
  const adoption: Adoption = new Adoption({
    ...{ clock, jobList, identity, poller, report, signal, listLag, jobTimeout },
    startedAt: options.startedAt,
    firstRowPartOf: options.firstRowPartOf,
    following: (object) => schedule.following(object),
    changed: (withdrawn) => dispatcher.changed(withdrawn),
  });
  const submitter = new Submitter({
    ...{ client, clock, jobList, gate, identity, random, report, signal, listLag, callsPerJob },
    uploadSignal: options.uploadSignal,
    redact,
    claim: (jobId) => adoption.claim(jobId),
    recheck: (batch) => adoption.recheck(batch),
  });
  const numbering = new RowNumbering(options.firstRowNumber);
  const runner = new JobRunner({ calls, clock, jobList, numbering, poller, submitter, report, redact });
  const { settled, split, failed } = options;
  const dispatcher: Dispatcher = new Dispatcher({ adoption, schedule, runner, signal, settled, split, failed });
  return { adoption, callsPerJob, dispatcher, gate, schedule };
}
