/** The client of a configured tenant, and its storage, over the network route that the environment describes. */
import { getProxyForUrl } from 'proxy-from-env';
import type { Output } from './airbyte/output.ts';
import { systemClock as clock, minute } from './clock.ts';
import type { Config } from './config/config.ts';
import type { SignIn } from './config/sign_in.ts';
import { type Client, createClient } from './gainsight/client.ts';
import { PlainWords } from './gainsight/plain_words.ts';
import type { Credentials } from './gainsight/sign_in.ts';
import { networkRouteOf } from './http/proxy.ts';
import { Sender } from './http/sending.ts';
import type { NetworkRoute } from './http/transport.ts';
import { addressOf } from './settle/rejects/bucket_client.ts';
import { type BucketAccess, openStorage } from './settle/rejects/open_store.ts';
import type { Storage } from './settle/rejects/storage.ts';
import { name, version } from './version.ts';

const env = process.env;

/**
 * Connects to the tenant, without calling it yet.
 * @param output is asked to hide the secrets of the network route
 * @throws ConnectorError `proxy_unusable`
 */
export function clientOf(config: Config, output: Pick<Output, 'hide'>): Client {
  const { baseUrl } = config;
  const credentials = credentialsOf(config.signIn);
  const route = routeTo(baseUrl, output);
  const words = new PlainWords(config.rejected_rows.log_detail);
  const submissionAnswerMs = config.polling.submission_answer_ms;
  const userAgent = `${name}/${version}`;
  const hide = (secrets: readonly string[]) => output.hide(secrets);
  return createClient({ ...credentials, baseUrl, clock, route, words, submissionAnswerMs, userAgent, hide });
}

function credentialsOf(signIn: SignIn): Credentials {
  if (signIn.method === 'access_key') return { accessKey: signIn.accessKey.reveal() };
  return { clientId: signIn.clientId, clientSecret: signIn.clientSecret.reveal() };
}

/** How long the answer to a part of a file may take after its last byte, in milliseconds. */
const partAnswerMs = minute;

/**
 * The folder or bucket of rejected rows; undefined: the settings name none. A bucket is not asked yet.
 * @param output is asked to hide the secrets of the network route
 * @param limits `retryMs`: how long a request is sent again after temporary failures, in milliseconds; `signal`: aborted
 * when no request may be in progress any more
 * @throws ConnectorError `proxy_unusable`
 */
export function storageOf(
  config: Config,
  output: Pick<Output, 'hide'>,
  limits: Pick<BucketAccess, 'random' | 'retryMs' | 'signal'>,
): Storage | undefined {
  const route = config.bucket ? routeTo(addressOf(config.bucket), output) : {};
  const sender = new Sender({ clock, route, submissionAnswerMs: partAnswerMs });
  return openStorage(config, { ...limits, clock, sender });
}

function routeTo(url: string, output: Pick<Output, 'hide'>): NetworkRoute {
  for (const variable of ['HTTPS_PROXY', 'HTTP_PROXY', 'ALL_PROXY'].flatMap((each) => [each, each.toLowerCase()])) {
    // A proxy without a scheme uses http, as is usual; the library would use the scheme of the address.
    if (env[variable]?.trim() && !env[variable].includes('://')) env[variable] = `http://${env[variable].trim()}`;
  }
  const extraCertificates = env['NODE_EXTRA_CA_CERTS'];
  const route = networkRouteOf({ proxy: getProxyForUrl(url), extraCertificates }, url);
  output.hide(route.secrets);
  return route;
}
