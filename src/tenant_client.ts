/** The client of a configured tenant, over the network route that the environment describes. */
import { getProxyForUrl } from 'proxy-from-env';
import type { Output } from './airbyte/output.ts';
import { systemClock as clock } from './clock.ts';
import type { Config } from './config/config.ts';
import { type Client, createClient } from './gainsight/client.ts';
import { PlainWords } from './gainsight/plain_words.ts';
import { networkRouteOf } from './http/proxy.ts';
import { name, version } from './version.ts';

const env = process.env;

/**
 * Connects to the tenant, without calling it yet.
 * @param output is asked to hide the secrets of the network route
 * @throws ConnectorError `proxy_unusable`
 */
export function clientOf(config: Config, output: Pick<Output, 'hide'>): Client {
  const { baseUrl } = config;
  const accessKey = config.accessKey.reveal();
  for (const variable of ['HTTPS_PROXY', 'HTTP_PROXY', 'ALL_PROXY'].flatMap((each) => [each, each.toLowerCase()])) {
    // A proxy without a scheme uses http, as is usual; the library would use the scheme of the address.
    if (env[variable]?.trim() && !env[variable].includes('://')) env[variable] = `http://${env[variable].trim()}`;
  }
  const extraCertificates = env['NODE_EXTRA_CA_CERTS'];
  const route = networkRouteOf({ proxy: getProxyForUrl(baseUrl), extraCertificates }, baseUrl);
  output.hide(route.secrets);
  const words = new PlainWords(config.rejected_rows.log_detail);
  const submissionAnswerMs = config.polling.submission_answer_ms;
  const userAgent = `${name}/${version}`;
  return createClient({ baseUrl, accessKey, clock, route, words, submissionAnswerMs, userAgent });
}
