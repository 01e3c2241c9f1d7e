/** A client that counts its requests in progress, so that a fake clock can wait for them. */
import type { Client } from '../../src/gainsight/client.ts';
import type { Sandbox } from '../../src/sandbox/server.ts';

/** Counts the calls of a client. */
export function countCalls(client: Client) {
  let underway = 0;
  const count = async <T>(call: Promise<T>): Promise<T> => {
    underway += 1;
    return call.finally(() => {
      underway -= 1;
    });
  };
  const counted: Client = {
    host: client.host,
    words: client.words,
    metadata: {
      objects: (...args) => count(client.metadata.objects(...args)),
      describe: (...args) => count(client.metadata.describe(...args)),
      dropdown: (...args) => count(client.metadata.dropdown(...args)),
    },
    objects: {
      query: (...args) => count(client.objects.query(...args)),
      insert: (...args) => count(client.objects.insert(...args)),
      update: (...args) => count(client.objects.update(...args)),
    },
    submit: (...args) => count(client.submit(...args)),
    list: (...args) => count(client.list(...args)),
    job: (...args) => count(client.job(...args)),
    errors: (...args) => count(client.errors(...args)),
  };
  return {
    client: counted,
    /** Whether a request is in progress that does not wait in the sandbox. */
    isUnderway: ({ parked, abandoned }: Sandbox) => underway > parked - abandoned,
  };
}
