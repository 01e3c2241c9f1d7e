/** Says why a command is silent: Gainsight has not answered for some seconds. */
import { type Clock, second } from '../clock.ts';
import type { Client } from '../gainsight/client.ts';
import type { Answer } from '../gainsight/response.ts';

/** How long a command may be silent, in milliseconds. */
export const maxSilenceMs = 5 * second;
/** How long a call that gets no answer at all takes, in words. */
export const longestCall = 'about a minute';

interface Parts {
  readonly client: Client;
  readonly clock: Clock;
  /** How long the command waits at most, in words. */
  readonly longest: string;
  /** Takes the sentence, once. */
  readonly notify: (text: string) => void;
}

/**
 * Notifies if Gainsight answers nothing for {@link maxSilenceMs}.
 * @param act makes its calls with the client that it is given
 */
export async function withNotice<T>(
  { client, clock, longest, notify }: Parts,
  act: (client: Client) => Promise<T>,
): Promise<T> {
  const over = new AbortController();
  let why = '';
  const watched = async <A>(call: Promise<Answer<A>>): Promise<Answer<A>> => {
    const answer = await call;
    if (answer.kind === 'done') over.abort();
    else why = ` (${answer.words})`;
    return answer;
  };
  const notice = () =>
    notify(
      `Gainsight has not answered for ${maxSilenceMs / second} s${why}. The connector waits for ${longest} at most.`,
    );
  clock.sleep(maxSilenceMs, over.signal).then(notice, () => undefined);
  const { metadata, objects } = client;
  try {
    return await act({
      ...client,
      list: (...args) => watched(client.list(...args)),
      job: (...args) => watched(client.job(...args)),
      errors: (...args) => watched(client.errors(...args)),
      metadata: {
        objects: (...args) => watched(metadata.objects(...args)),
        describe: (...args) => watched(metadata.describe(...args)),
        dropdown: (...args) => watched(metadata.dropdown(...args)),
      },
      objects: {
        query: (...args) => watched(objects.query(...args)),
        insert: (...args) => objects.insert(...args),
        update: (...args) => objects.update(...args),
      },
    });
  } finally {
    over.abort();
  }
}
