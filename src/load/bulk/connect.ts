/** Creates the parts of the bulk route. */
import type { Config } from '../../config/config.ts';
import { callsOfJob, quotaWindows } from '../../config/quota_windows.ts';
import { RowNumbering } from '../../gainsight/row_errors.ts';
import type { Plan } from '../../model.ts';
import { Ledger, paceAfterRestart } from '../quota.ts';
import { QuotaGate } from '../quota_gate.ts';
import { Reads } from '../reads.ts';
import type { RouteParts, TenantFacts, TenantRoute } from '../route.ts';
import { tenantFacts } from '../tenant_facts.ts';
import { Adoption } from './adoption.ts';
import { readCallsLeft } from './calls_left.ts';
import type { BulkContext } from './context.ts';
import { catalogToken } from './file_name.ts';
import { GivenBack } from './given_back.ts';
import { BulkRoute } from './job.ts';
import { JobList } from './job_list.ts';
import { LateJobs } from './late_jobs.ts';
import { ListedJobs } from './listed_jobs.ts';
import { Poller } from './poll.ts';
import { Submitter } from './submit.ts';

/** The settings that the route uses. */
export interface BulkSettings extends Pick<Config, 'quota' | 'polling'> {
  readonly rejected_rows: Pick<Config['rejected_rows'], 'first_row_number'>;
}

/** The parts that only read, and the quota that they share with submissions. */
export interface TenantReads {
  readonly callsPerJob: number;
  readonly ledger: Ledger;
  readonly gate: QuotaGate;
  readonly reads: Reads;
  readonly jobList: JobList;
  readonly poller: Poller;
}

type ReadsParts = Pick<RouteParts, 'client' | 'clock' | 'identity' | 'random' | 'report' | 'signal' | 'startedAt'> & {
  /** Provides the number of files that have not reached the quota. */
  readonly schedule: Pick<RouteParts['schedule'], 'waiting'>;
};

/** Creates the reads of one tenant. */
export function wireReads(
  { polling, quota }: Pick<BulkSettings, 'quota' | 'polling'>,
  parts: ReadsParts,
  givenBack: GivenBack,
): TenantReads {
  const { client, clock, identity, random, report, schedule, signal, startedAt } = parts;
  const allCallsCount = quota.counted_calls === 'all_calls';
  const callsPerJob = callsOfJob(quota);
  const ledger = new Ledger(quotaWindows(quota));
  const pace = identity.attempt > 0 ? paceAfterRestart(quota, callsPerJob, startedAt) : undefined;
  const gate = new QuotaGate({ ledger, clock, report, schedule, signal, quota, pace });
  const reads = new Reads({ client, clock, random, report, signal, gate: allCallsCount ? gate : undefined });
  const jobList = new JobList({ reads, clock, ledger, givenBack, report, signal, callsPerOwnJob: callsPerJob });
  const poller = new Poller({ reads, clock, jobList, givenBack, report, signal, polling, pollsCount: allCallsCount });
  return { callsPerJob, ledger, gate, reads, jobList, poller };
}

/** The bulk route, and how other routes keep the order of rows. */
export interface BulkTenant extends TenantRoute {
  readonly facts: TenantFacts;
  /**
   * Rows of the plan's object are about to be loaded without a job: waits until no job of ours can load older ones any
   * more. From then on no job of an earlier attempt is taken over on that object, as its rows would be older.
   * @throws ConnectorError as {@link Adoption.decide}
   */
  makeWay(plan: Plan, signal: AbortSignal): Promise<void>;
}

/** Creates the parts of the route, each from earlier ones. Makes no call. */
export function connectBulk(settings: BulkSettings, parts: RouteParts): BulkTenant {
  const { client, clock, faults, identity, plans, report, schedule, splits } = parts;
  const token = catalogToken(plans);
  const givenBack = new GivenBack({ plans, token, run: identity.run, report, words: client.words });
  const { callsPerJob, gate, reads, jobList, poller } = wireReads(settings, parts, givenBack);
  const context: BulkContext = { ...parts, polling: settings.polling, callsPerJob, token };
  const adoption = new Adoption(context, { schedule, jobList, poller, givenBack });
  const lateJobs = new LateJobs(context, { jobList, poller, adoption, givenBack });
  const submitter = new Submitter(context, { schedule, gate, jobList, givenBack });
  const { first_row_number: firstRowNumber } = settings.rejected_rows;
  const numbering = new RowNumbering(firstRowNumber, () => parts.retried.numbering);
  const shared = { reads, jobList, poller, givenBack };
  const route = new BulkRoute(context, { ...shared, adoption, lateJobs, submitter, numbering, splits });
  const earlierJobs = new ListedJobs({ schedule, adoption, lateJobs, faults }, callsPerJob);
  const facts = tenantFacts(parts, (plan, label) => adoption.hasLoaded(plan, label));
  const makeWay = async (plan: Plan, withdrawal: AbortSignal) => {
    await lateJobs.awaitListed(plan, withdrawal);
    await adoption.makeWay(plan, withdrawal);
  };
  const { quota } = settings;
  const callsLeft = (signal: AbortSignal) => readCallsLeft({ client, clock, quota }, signal);
  const early = quota.counted_calls === 'all_calls' ? {} : { callsLeft };
  return { route, earlierJobs, quota: gate, callsPerJob, facts, makeWay, ...early };
}
