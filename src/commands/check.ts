/**
 * The command `check`: is every setting known, can rejected rows be kept, does Gainsight accept the key, does the tenant
 * have what the streams are mapped to. Costs a call of the quota only where reads count.
 */
import { listed, refuseFaults } from '../airbyte/config_schema.ts';
import type { Clock } from '../clock.ts';
import type { Config } from '../config/config.ts';
import { callsOfJob } from '../config/quota_windows.ts';
import { asTracedError, ConnectorError, type TracedError } from '../errors.ts';
import { formatDuration } from '../format.ts';
import type { Client } from '../gainsight/client.ts';
import { type JobPage, paths, queryPath } from '../gainsight/contract.ts';
import { JobDates } from '../load/bulk/job_dates.ts';
import { callsOf } from '../load/bulk/listed_calls.ts';
import { pageSize } from '../load/bulk/paging.ts';
import { callError } from '../load/object_api/record_calls.ts';
import { decideRead } from '../load/retry.ts';
import { nameList } from '../names.ts';
import { usesObjectApi } from '../plan/route_faults.ts';
import { checkName, checkStorage } from '../settle/rejects/check_storage.ts';
import type { Storage } from '../settle/rejects/storage.ts';
import { withNotice } from './answer_notice.ts';
import { describeUse, ledgerOf } from './calls_used.ts';
import { checkMapping } from './check_mapping.ts';
import { otherApis } from './other_apis.ts';

/** All tries together, in milliseconds: Airbyte's form waits for the answer. */
const maxTryMs = 20_000;
const mostTries = 3;

/** The storage of rejected rows, whose requests end with the signal. */
type StorageOf = (signal: AbortSignal) => Storage | undefined;

/** What a check works with besides its configuration and client. */
export interface CheckWorld {
  readonly clock: Clock;
  /** In [0, 1). */
  readonly random: () => number;
  readonly storageOf: StorageOf;
  /** Receives a sentence if Gainsight has not answered for some seconds. */
  readonly notify: (text: string) => void;
}

type Asked = Parameters<typeof withNotice>[0];

/**
 * Writes a test file to the place of rejected rows, and asks Gainsight for its list of jobs and for the objects that
 * streams are mapped to.
 * @returns a message for the user: the host, the calls used and left, and what looks wrong in the configuration
 * @throws {TracedError} of type `config_error` if the user must correct something, with all that was found;
 * `transient_error` for a temporary failure
 */
export async function check(
  config: Config,
  client: Client,
  { clock, random, storageOf, notify }: CheckWorld,
): Promise<string> {
  const [known, stored, asked] = await Promise.allSettled([
    (async () => refuseFaults(config.unknownSettings))(),
    checkOf(storageOf, clock, random),
    ask(config, { client, clock, longest: formatDuration(maxTryMs), notify }, random),
  ]);
  const failures = [known, stored, asked].flatMap((each) =>
    each.status === 'rejected' ? [asTracedError(each.reason)] : [],
  );
  if (asked.status === 'rejected' || failures.length > 0) throw allOf(failures);
  const { connected, mapped } = asked.value;
  return [...connected, ...hintsOf(config).map((hint) => `Please check: ${hint}.`), ...mapped].join(' ');
}

/** One error for all: a failure that must be corrected hides no other. */
function allOf(failures: readonly TracedError[]): TracedError | undefined {
  const [first] = failures;
  const isTemporary = failures.every(({ failureType }) => failureType !== 'config_error');
  if (failures.length < 2 || isTemporary) return first;
  const faults = failures.flatMap((each) => each.faults).map((fault) => fault.replace(/\.$/, ''));
  return new ConnectorError('check_failed', { count: faults.length, detail: listed(faults) }, { faults });
}

/** What the tenant says. @returns which of its APIs answer, and sentences about the mapping */
async function ask(config: Config, asked: Asked, random: () => number) {
  const { clock } = asked;
  const objects = await withNotice(asked, (watched) => checkObjectApi(config, watched, clock));
  const bulk = needsNoFiles(config) ? undefined : await askForJobs(config, asked, random);
  const connected = [bulk?.text, objects].filter((text) => text !== undefined);
  const mapped = await withNotice(asked, (watched) => checkMapping(config, watched, clock, bulk?.jobs ?? []));
  return { connected, mapped };
}

/** @returns a sentence about the calls used, and the jobs of the first page */
async function askForJobs({ quota }: Config, asked: Asked, random: () => number) {
  const { client, clock } = asked;
  const { list, serverTime, tries } = await withNotice(asked, (watched) => firstPage(watched, clock, random));
  const now = { wall: clock.now(), elapsed: clock.elapsed() };
  const zone = new JobDates();
  const calls = callsOf(list.records ?? [], zone, {
    serverNow: serverTime ?? now.wall,
    callsPerOwnJob: callsOfJob(quota),
  });
  const ledger = ledgerOf(quota, { calls, reads: tries, now });
  // `write` reads further pages; here one page must do.
  const isWhole = showsAll(
    list,
    calls.map(({ ageMs }) => ageMs),
    ledger.longestMs,
  );
  const connected = `Connected to ${client.host}: the Bulk API answers. ${describeUse(ledger.use(now), quota, isWhole)}`;
  return { text: connected, jobs: list.records ?? [] };
}

/** Every stream goes by the object API: the tenant may have no Bulk API. */
function needsNoFiles({ load_unlisted_streams, streams }: Config): boolean {
  return !load_unlisted_streams && streams.length > 0 && streams.every(({ route }) => route === 'object_api');
}

/**
 * Asks the object API for one record of each object that streams load by it. Changes nothing.
 * @returns a sentence; undefined if no stream needs it
 * @throws ConnectorError `object_api_missing`, `call_refused` or another that a read ends with
 */
async function checkObjectApi({ streams }: Config, client: Client, clock: Clock): Promise<string | undefined> {
  const objects = [...new Set(streams.filter(usesObjectApi).map(({ object }) => object))];
  if (objects.length === 0) return undefined;
  const late = (words: string) => new ConnectorError('gainsight_unavailable', { words });
  await withinLimit(clock, late, async (signal) => {
    for (const object of objects) await askOne(object, client, clock, signal);
  });
  return `The object API of ${client.host} answers for ${nameList(objects)}.`;
}

async function askOne(object: string, client: Client, clock: Clock, signal: AbortSignal): Promise<void> {
  const since = clock.elapsed();
  const path = queryPath(object);
  for (let tries = 1; ; tries++) {
    const answer = await client.objects.query(object, { select: ['Gsid'], limit: 1, offset: 0 }, signal);
    const at = { host: client.host, path, tries, spentMs: clock.elapsed() - since, random: 0.5 };
    const decision = decideRead(answer, { ...at, retryMs: tries < mostTries ? maxTryMs : 0 });
    if (answer.kind === 'done') return;
    if (decision.do === 'fail' || decision.do === 'absent') {
      throw callError(decision, answer, { host: client.host, call: `POST ${path}` });
    }
    if (decision.do === 'wait') await clock.sleep(decision.waitMs, signal);
  }
}

/** The connection may map its streams to objects by itself, so that no entry is needed. */
function hintsOf({ hints, streams, load_unlisted_streams }: Config): readonly string[] {
  if (streams.length > 0 || load_unlisted_streams) return hints;
  const text =
    '"Streams" has no entry and "Load Unlisted Streams" is off, so that only streams are loaded which the connection itself maps to an object';
  return [text, ...hints];
}

/**
 * Whether the page shows every job that a window counts: it holds all jobs, or the newest first and some that are
 * older.
 */
function showsAll({ records = [], totalCount }: JobPage, ages: readonly number[], longestMs: number): boolean {
  if (totalCount === undefined ? records.length < pageSize : records.length >= totalCount) return true;
  const isNewestFirst = ages.every((age, i) => age >= (ages[i - 1] ?? Number.NEGATIVE_INFINITY));
  const [youngest = 0, oldest = 0] = [ages[0], ages.at(-1)];
  return isNewestFirst && oldest > youngest && oldest >= longestMs;
}

function firstPage(client: Client, clock: Clock, random: () => number) {
  const failures: string[] = [];
  const late = (words: string) =>
    new ConnectorError('gainsight_unavailable', { words: [words, ...failures.slice(-1)].join('; ') });
  return withinLimit(clock, late, (signal) => tryThrice({ client, clock, random, failures }, signal));
}

/** Writes a test file to the storage, and removes it. */
function checkOf(storageOf: StorageOf, clock: Clock, random: () => number): Promise<void> {
  let bucket = '';
  const late = (words: string) => new ConnectorError('bucket_unavailable', { bucket, words });
  return withinLimit(clock, late, (signal) => {
    const storage = storageOf(signal);
    bucket = storage?.place ?? '';
    return checkStorage(storage, checkName(random));
  });
}

/** @param late the error if it takes longer than Airbyte's form waits */
async function withinLimit<T>(
  clock: Clock,
  late: (words: string) => ConnectorError,
  act: (signal: AbortSignal) => Promise<T>,
): Promise<T> {
  const deadline = new AbortController();
  const done = new AbortController();
  const end = () => deadline.abort(late(`no answer within ${maxTryMs / 1000} seconds`));
  clock.sleep(maxTryMs, done.signal).then(end, () => undefined);
  try {
    return await act(deadline.signal);
  } catch (error) {
    throw error instanceof ConnectorError ? error.ofCheck() : error;
  } finally {
    done.abort();
  }
}

interface Tries {
  readonly client: Client;
  readonly clock: Clock;
  readonly random: () => number;
  /** What each failed try came to. */
  readonly failures: string[];
}

async function tryThrice(
  { client, clock, random, failures }: Tries,
  signal: AbortSignal,
): Promise<{ list: JobPage; serverTime: number | undefined; tries: number }> {
  const since = clock.elapsed();
  for (let tries = 1; ; tries++) {
    const answer = await client.list({ limit: pageSize, offset: 0 }, signal);
    const at = { host: client.host, path: paths.jobs, tries, spentMs: clock.elapsed() - since, random: random() };
    const decision = decideRead(answer, { ...at, retryMs: tries < mostTries ? maxTryMs : 0 });
    switch (decision.do) {
      case 'done':
        return { list: decision.value, serverTime: decision.serverTime, tries };
      case 'absent': {
        // Without an answer in time the sentence does without them.
        const others = await otherApis(client, signal).catch(() => undefined);
        const words = [decision.words, ...(others === undefined ? [] : [others])].join('; ');
        const { requestId } = decision;
        throw new ConnectorError('bulk_api_missing', { host: client.host, path: paths.jobs, words }, { requestId });
      }
      case 'fail':
        throw decision.error;
      case 'wait':
        failures.push(decision.words);
        await clock.sleep(decision.waitMs, signal);
    }
  }
}
