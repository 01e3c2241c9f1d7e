/** Jobs that have loaded rows into an object since a moment: a file from before may hold older values. */
import { Stopped } from '../airbyte/traced_error.ts';
import { systemClock as clock, second } from '../clock.ts';
import type { Config } from '../config/config.ts';
import { ConnectorError } from '../errors.ts';
import type { Client } from '../gainsight/client.ts';
import { wireReads } from '../load/bulk/connect.ts';
import { GivenBack } from '../load/bulk/given_back.ts';
import type { ListedJob } from '../load/bulk/job_list.ts';
import type { WindowUse } from '../load/quota.ts';

/** How long a person waits for the list, in milliseconds. */
const maxWaitMs = 20 * second;

/** What the list of jobs shows. */
export interface NewerJobs {
  /** Oldest first. */
  readonly jobs: readonly ListedJob[];
  /** The list is complete as far back as it was read: seven days. */
  readonly isWhole: boolean;
  /** Each window of the quota, with the remaining calls. */
  readonly quota: readonly WindowUse[];
}

/**
 * Reads the list of jobs.
 * @param since in milliseconds since 1970
 * @returns why it cannot be read, as a sentence, if so
 */
export async function jobsSince(
  config: Config,
  client: Client,
  object: string,
  since: number,
): Promise<NewerJobs | string> {
  const [deadline, done] = [new AbortController(), new AbortController()];
  clock.sleep(maxWaitMs, done.signal).then(
    () => deadline.abort(new Stopped()),
    () => undefined,
  );
  const { signal } = deadline;
  const identity = { run: '', attempt: 0 };
  const report = () => undefined;
  const givenBack = new GivenBack({ plans: [], token: '', run: '', report, words: client.words });
  const parts = { client, clock, identity, random: () => 1, report, signal, startedAt: clock.elapsed() };
  const { gate, jobList } = wireReads(config, { ...parts, schedule: { waiting: 0 } }, givenBack);
  try {
    await jobList.refresh();
  } catch (error) {
    if (error instanceof ConnectorError) return error.ofCheck().message;
    if (error instanceof Stopped) return `Gainsight has not answered within ${maxWaitMs / second} seconds.`;
    throw error;
  } finally {
    done.abort(new Stopped());
  }
  if (jobList.absent) return 'The tenant has no list of jobs.';
  const from = clock.elapsed() - (clock.now() - since);
  const jobs = jobList.all().filter((listed) => listed.created > from && givenBack.isShownOn(listed.job, object));
  return { jobs, isWhole: jobList.isWhole, quota: gate.use() };
}
