/** What a tenant without the Bulk API has instead: whether its other APIs answer. */
import type { Client } from '../gainsight/client.ts';
import { isMissingPath } from '../gainsight/error_codes.ts';
import type { Answer } from '../gainsight/response.ts';

/**
 * Asks the metadata API and the object API a question each that changes nothing and uses no call of the bulk quota.
 * @returns words such as `its metadata answers, its object API does not (HTTP 503)`
 * @throws the signal's reason if `signal` is aborted
 */
export async function otherApis(client: Client, signal: AbortSignal): Promise<string> {
  const [metadata, objects] = await Promise.all([
    client.metadata.objects(signal),
    client.objects.query('Company', { select: ['Gsid'], limit: 1, offset: 0 }, signal),
  ]);
  return `its metadata ${answerText(metadata)}, its object API ${answerText(objects)}`;
}

/** An API that refuses a question about one object is there all the same. */
function answerText(answer: Answer<unknown>): string {
  if (answer.kind === 'done') return 'answers';
  if (answer.kind === 'refused' && isMissingPath(answer.errorCode)) return 'is missing as well';
  return `does not (${answer.words})`;
}
