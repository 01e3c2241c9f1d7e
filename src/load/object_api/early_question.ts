/** One question at the start of a sync: whether the tenant lets the calls of the object API in. */
import { onAbort } from '../../async.ts';
import type { Client } from '../../gainsight/client.ts';
import { queryPath } from '../../gainsight/contract.ts';
import { decideRead } from '../retry.ts';
import { BatchCalls, type CallContext } from './batch_calls.ts';
import { callError } from './record_calls.ts';

/**
 * Asks for one record of an object, whatever it is.
 * @throws ConnectorError if no call can succeed; not if the answer may be about this object alone, or fails for a while
 */
export async function askEarly(
  object: string,
  context: CallContext & { readonly client: Pick<Client, 'objects' | 'host'> },
  signal: AbortSignal,
): Promise<void> {
  const { client, random } = context;
  const calls = new BatchCalls(context, signal);
  const stopListening = onAbort(signal, () => calls.end(signal.reason));
  try {
    const question = { select: ['Gsid'], limit: 1, offset: 0 };
    const answer = await calls.make(() => client.objects.query(object, question, calls.signal));
    const of = { host: client.host, call: `POST ${queryPath(object)}` };
    const at = { host: of.host, path: of.call, tries: 0, spentMs: 0, retryMs: 0, random: random() };
    const decision = decideRead(answer, at);
    if (answer.kind === 'done' || decision.do === 'done' || decision.do === 'wait') return;
    const error = callError(decision, answer, of);
    if (error.code !== 'call_refused' && error.failureType !== 'transient_error') throw error;
  } finally {
    stopListening();
    calls.end(new Error('the question was answered'));
  }
}
