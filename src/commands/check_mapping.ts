/** The part of `check` that compares the entries with the tenant's metadata. Costs no call of the quota. */
import { type Clock, second } from '../clock.ts';
import type { Config } from '../config/config.ts';
import type { Client } from '../gainsight/client.ts';
import type { BulkJob } from '../gainsight/contract.ts';
import type { Answer } from '../gainsight/response.ts';
import { isCompleted } from '../load/bulk/adopt.ts';
import { isOfStream, parseFileName } from '../load/bulk/file_name.ts';
import { compare, mayNotFitText, unfitError, unreadText, unseenText } from '../mapping_check.ts';
import type { ObjectDescriptions } from '../model.ts';
import { type Mapping, mappingOfEntry } from '../plan/preflight.ts';

/** All calls together, in milliseconds: Airbyte's form waits for the answer. */
const maxWaitMs = 20 * second;

/**
 * Compares the entries with the tenant's metadata.
 * @param jobs of the list
 * @returns a sentence for the user; none if this is switched off
 * @throws ConnectorError `mapping_unfit`, as long as no stream was loaded: on a connection that has worked, one wrong
 * mapping must not stop the other streams, and `write` stops its stream alone
 */
export async function checkMapping(
  config: Config,
  client: Client,
  clock: Clock,
  jobs: readonly BulkJob[],
): Promise<string[]> {
  const setting = config.preflight.mapping;
  if (setting === 'off') return [];
  const mappings = config.streams.map(mappingOfEntry);
  const compared = await compare(
    mappings,
    (names, signal) => (names.length > 0 ? client.metadata.describe(names, signal) : describeNone(client, signal)),
    { clock, maxWaitMs },
  );
  if ('unread' in compared) return [`${unreadText(compared.unread)}.`];
  const { findings, unseen } = compared;
  const errors = findings.filter(({ level }) => level === 'error');
  if (errors.length > 0 && setting === 'fail' && !hasWorked(jobs, mappings)) throw unfitError(errors);
  const notSeen = unseen.length > 0 ? [`${unseenText(unseen)}.`] : [];
  if (findings.length > 0) return [`${mayNotFitText(findings)}.`, ...notSeen];
  if (mappings.length === 0) return ['The metadata of the tenant can be read.'];
  return notSeen.length > 0 ? notSeen : ['The tenant has the objects and fields that "Streams" names.'];
}

/** Without entries it is only asked whether metadata can be read. */
async function describeNone(client: Client, signal: AbortSignal): Promise<Answer<ObjectDescriptions>> {
  const list = await client.metadata.objects(signal);
  const value = { described: new Map(), absent: new Set<string>(), objects: [] };
  return list.kind === 'done' ? { ...list, value } : list;
}

/** Whether the list shows a job of ours that loaded rows of one of the streams into its object. */
function hasWorked(jobs: readonly BulkJob[], mappings: readonly Mapping[]): boolean {
  return jobs.some((job) => {
    const { successCount, fileName, objectName } = job;
    const name = isCompleted(job) && successCount !== 0 ? parseFileName(fileName) : undefined;
    if (name === undefined) return false;
    return mappings.some(({ stream, object }) => {
      const isIts = isOfStream(name, stream) !== false || name.stream?.endsWith(`.${stream.toLowerCase()}`);
      return isIts && (objectName ?? object).toLowerCase() === object.toLowerCase();
    });
  });
}
