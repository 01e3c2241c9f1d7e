/** Which attempts have loaded rows into an object since a job, as far as the tenant's list of jobs shows it. */
import { ownJobs } from './adopt.ts';
import type { GivenBack } from './given_back.ts';
import type { JobList, ListedJob } from './job_list.ts';

/** An attempt whose name the tenant has cut off. */
const unknownWriter = '?';

/**
 * @param listLagMs a job that was made this much earlier may not have been listed, and run at the same time
 * @see WritersSince
 */
export function writersSince(
  { jobList, givenBack }: { readonly jobList: JobList; readonly givenBack: GivenBack },
  listLagMs: number,
  jobId: string,
  object: string,
): readonly string[] | undefined {
  const first = jobList.byId(jobId);
  if (!jobList.isWhole || !first || givenBack.lostName) return undefined;
  // An attempt submits jobs of an object one after the other.
  const isOfSameAttempt = ({ name }: ListedJob) =>
    name?.run !== undefined && name.run === first.name?.run && name.attempt === first.name.attempt;
  const isSince = (listed: ListedJob) =>
    !listed.isDated || !first.isDated || listed.created > first.created - (isOfSameAttempt(listed) ? 0 : listLagMs);
  const jobs = ownJobs(jobList.all(), (listed) => givenBack.isOn(listed, object)).filter(
    (listed) => listed.jobId !== jobId && isSince(listed),
  );
  return jobs.map(({ name: { run, attempt } }) =>
    run === undefined || attempt === undefined ? unknownWriter : `${run}.${attempt}`,
  );
}
