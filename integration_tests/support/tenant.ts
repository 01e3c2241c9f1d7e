/** A tenant for tests: a sandbox on a real socket with one access key, and every exchange kept. */
import type { Clock } from '../../src/clock.ts';
import type { Exchange } from '../../src/sandbox/exchange.ts';
import type { SandboxOptions } from '../../src/sandbox/options.ts';
import { type Sandbox, startSandbox } from '../../src/sandbox/server.ts';

/** The key of every tenant. JSON, URLs and Java escape parts of it in several ways, but never `canary-key`. */
export const accessKey = 'canary-key/+&="9f\'<';

/** Whether a text contains the access key, however it is escaped. */
export function holdsAccessKey(text: string): boolean {
  return /canary.key/i.test(text);
}

/** A sandbox that runs by a clock. */
export interface Tenant<C extends Clock = Clock> {
  readonly sandbox: Sandbox;
  readonly clock: C;
  /** Every request of the Bulk API and its response so far; grows while the sandbox runs. */
  readonly exchanges: readonly Exchange[];
  /** The same of the metadata API. */
  readonly metadataExchanges: readonly Exchange[];
}

/** Starts a tenant. The caller closes its sandbox. */
export async function startTenant<C extends Clock>(
  clock: C,
  options: Partial<SandboxOptions> = {},
): Promise<Tenant<C>> {
  const exchanges: Exchange[] = [];
  const metadataExchanges: Exchange[] = [];
  const onExchange = (exchange: Exchange) =>
    void (exchange.path.startsWith('/meta/') ? metadataExchanges : exchanges).push(exchange);
  const sandbox = await startSandbox({ clock, accessKey, onExchange, ...options });
  return { sandbox, clock, exchanges, metadataExchanges };
}

/** Settings for the configuration file: the address and the access key of a tenant, then these. */
export function settingsFor(config: object, url: string): object {
  return { domain: 'acme', access_key: accessKey, api_base_url: url, ...config };
}
