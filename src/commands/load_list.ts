/**
 * What the list of jobs says about a file to load: jobs that have loaded its rows already, and later ones than the
 * rejection of its rows, whose rows it may overwrite.
 */
import { Stopped } from '../airbyte/traced_error.ts';
import { systemClock as clock, second } from '../clock.ts';
import type { Config } from '../config/config.ts';
import { ConnectorError } from '../errors.ts';
import type { Client } from '../gainsight/client.ts';
import { paths } from '../gainsight/contract.ts';
import { isMissingPath } from '../gainsight/error_codes.ts';
import { heldInOrder, isCompleted, isUseless, mayHaveLoaded, type OwnJob, ownJobs } from '../load/bulk/adopt.ts';
import { wireReads } from '../load/bulk/connect.ts';
import { holds } from '../load/bulk/file_name.ts';
import { GivenBack } from '../load/bulk/given_back.ts';
import type { ListedJob } from '../load/bulk/job_list.ts';
import type { WindowUse } from '../load/quota.ts';
import type { SliceDigest } from '../model.ts';
import type { LoadFile } from './load_file.ts';

/** How long a person waits for the list, in milliseconds. */
const maxWaitMs = 20 * second;

/** What the list of jobs shows. */
export interface LoadList {
  /** Jobs that have loaded rows into the object since the rows were rejected, oldest first. */
  readonly newer: readonly ListedJob[];
  /** The jobs that a load would take over in place of sending the first files, one for each. */
  readonly sent: readonly OwnJob[];
  /** Jobs with the same rows for which an INSERT stops, as the entry of its stream does not answer for them. */
  readonly doubtful: readonly OwnJob[];
  /** The list is complete as far back as it was read: seven days. */
  readonly isWhole: boolean;
  /** Each window of the quota, with the remaining calls. */
  readonly quota: readonly WindowUse[];
}

/** The list of jobs cannot be read. */
export interface NoList {
  /** Why, as a sentence. */
  readonly unread: string;
  /** A load would fail for it. */
  readonly isFault: boolean;
}

/** What the list is asked for. */
interface Asked {
  readonly file: LoadFile;
  /** Of the files that a load would make of it, in their order. */
  readonly digests: readonly SliceDigest[];
  /** In milliseconds since 1970. */
  readonly rejectedAt: number;
}

/** Reads the list of jobs. */
export async function readLoadList(config: Config, client: Client, asked: Asked): Promise<LoadList | NoList> {
  const [deadline, done] = [new AbortController(), new AbortController()];
  clock.sleep(maxWaitMs, done.signal).then(
    () => deadline.abort(new Stopped()),
    () => undefined,
  );
  const { signal } = deadline;
  const { operation, object } = asked.file.plan;
  const report = () => undefined;
  const givenBack = new GivenBack({ plans: [], token: '', run: '', report, words: client.words });
  const identity = { run: '', attempt: 0 };
  const parts = { client, clock, identity, random: () => 1, report, signal, startedAt: clock.elapsed() };
  const { gate, jobList } = wireReads(config, { ...parts, schedule: { waiting: 0 } }, givenBack);
  let missing: ConnectorError | undefined;
  try {
    await jobList.refresh();
    if (jobList.absent) missing = await missingApi(client, signal);
  } catch (error) {
    if (error instanceof ConnectorError) return { unread: error.ofCheck().message, isFault: true };
    if (!(error instanceof Stopped)) throw error;
    return { unread: `Gainsight has not answered within ${maxWaitMs / second} seconds.`, isFault: true };
  } finally {
    done.abort(new Stopped());
  }
  if (missing) return { unread: missing.ofCheck().message, isFault: true };
  if (jobList.absent) return { unread: 'The tenant has no list of jobs.', isFault: operation === 'INSERT' };
  const from = clock.elapsed() - (clock.now() - asked.rejectedAt);
  const { isWhole } = jobList;
  const all = jobList.all();
  const newer = all.filter((listed) => listed.created > from && givenBack.isShownOn(listed.job, object));
  const { sent, doubtful } =
    operation === 'INSERT' ? insertedBefore(asked, all) : sentBefore(asked, isWhole ? all : []);
  const [entry] = config.streams;
  const isAnswered = ({ jobId, job }: OwnJob) =>
    entry?.checked_jobs.some((checked) => checked.job === jobId) ||
    (entry?.repeated_rows === 'send' && isCompleted(job));
  return { newer, sent, doubtful: doubtful.filter((job) => !isAnswered(job)), isWhole, quota: gate.use() };
}

/** A tenant may take files without listing them; one without the path takes none. */
async function missingApi(client: Client, signal: AbortSignal): Promise<ConnectorError | undefined> {
  const answer = await client.list({ limit: 1, offset: 0 }, signal);
  if (answer.kind !== 'refused' || !isMissingPath(answer.errorCode)) return undefined;
  const { words, requestId } = answer;
  return new ConnectorError('bulk_api_missing', { host: client.host, path: paths.jobs, words }, { requestId });
}

type Before = Pick<LoadList, 'sent' | 'doubtful'>;

/** UPSERT and UPDATE: as the flow decides. The run is that of the file alone. */
function sentBefore({ file: { run }, digests }: Asked, all: readonly ListedJob[]): Before {
  const sent = heldInOrder(
    ownJobs(all, ({ name }) => name?.run === run),
    digests,
  );
  return { sent, doubtful: [] };
}

/** INSERT: whole files alone. That a job holds the first rows of a file is found when it is loaded. */
function insertedBefore({ file: { run }, digests }: Asked, all: readonly ListedJob[]): Before {
  const [sent, doubtful]: [OwnJob[], OwnJob[]] = [[], []];
  for (const digest of digests) {
    const twins = ownJobs(all, ({ name }) => name !== undefined && holds(name, digest));
    const own = twins.find((job) => job.name.run === run && !isUseless(job) && !sent.includes(job));
    if (own) sent.push(own);
    else doubtful.push(...twins.filter((job) => !isUseless(job) || mayHaveLoaded(job)));
  }
  return { sent, doubtful };
}
