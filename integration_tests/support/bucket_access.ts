/** How tests reach a bucket: by the fake clock, over real sockets. */

import type { Config } from '../../src/config/config.ts';
import { Sender } from '../../src/http/sending.ts';
import type { NetworkRoute } from '../../src/http/transport.ts';
import { type BucketAccess, openStorage } from '../../src/settle/rejects/open_store.ts';
import type { Storage } from '../../src/settle/rejects/storage.ts';
import type { BucketServer } from './bucket_server.ts';
import type { FakeClock } from './fake_clock.ts';

/** Time stands still while a request is in progress, unless it waits in the server. */
export function bucketAccess(
  clock: FakeClock,
  server?: Pick<BucketServer, 'waiting'>,
  route: NetworkRoute = {},
): BucketAccess {
  const sender = new Sender({ clock, route, submissionAnswerMs: 60_000 });
  let underway = 0;
  clock.addBusy(() => underway > 0 && !server?.waiting);
  return {
    ...{ clock, random: () => 0.5, retryMs: 120_000 },
    sender: {
      send(request, signal) {
        underway += 1;
        return sender.send(request, signal).finally(() => {
          underway -= 1;
        });
      },
    },
  };
}

/** The storage of the settings, as `check` opens it. */
export function storageOf(config: Config, clock: FakeClock): (signal: AbortSignal) => Storage | undefined {
  return (signal) => openStorage(config, { ...bucketAccess(clock), signal });
}
