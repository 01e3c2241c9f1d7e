/** The network route to Gainsight from the environment: a proxy, and certificates besides Node's own. */
import { accessSync, constants } from 'node:fs';
import { ConnectorError } from '../errors.ts';
import type { NetworkRoute, ProxyServer } from './transport.ts';

/** The relevant environment variables. */
export interface Environment {
  /** The URL of the proxy for Gainsight's address; empty for none. */
  readonly proxy: string;
  /** `NODE_EXTRA_CA_CERTS`, which Node reads by itself. */
  readonly extraCertificates: string | undefined;
}

/** A route, and the parts of it that no output may contain. */
export interface SecretNetworkRoute extends NetworkRoute {
  readonly secrets: readonly string[];
}

/**
 * The route to a tenant.
 * @throws ConnectorError `proxy_unusable`; never quotes what was entered
 */
export function networkRouteOf({ proxy: text, extraCertificates }: Environment, baseUrl: string): SecretNetworkRoute {
  const certificates = { extraCertificates: certificateHint(extraCertificates) };
  const url = text.trim() === '' ? undefined : parseProxy(text);
  // For a proxy elsewhere a loopback address means itself, and plain http would carry the key there unencrypted.
  if (!url || (isLoopback(new URL(baseUrl).hostname) && !isLoopback(url.hostname))) {
    return { ...certificates, secrets: [] };
  }
  return { ...certificates, ...withCredentials(url) };
}

function parseProxy(text: string): URL {
  const fault = (detail: string) => new ConnectorError('proxy_unusable', { detail });
  if (!URL.canParse(text.trim())) throw fault('it is not a URL');
  const url = new URL(text.trim());
  if (url.protocol !== 'http:' && url.protocol !== 'https:') throw fault('it must be an http or https URL');
  // An unescaped slash in a password ends the host: what looks like host and path is then part of a secret.
  if (url.pathname !== '/' || url.search !== '' || url.hash !== '') throw fault('nothing may follow its port');
  return url;
}

function withCredentials(url: URL): { proxy: ProxyServer; secrets: readonly string[] } {
  const [user, password] = [url.username, url.password].map(decoded) as [string, string];
  const address = { url: `${url.protocol}//${url.host}`, host: url.host };
  if (user === '' && password === '') return { proxy: { ...address, authorization: undefined }, secrets: [] };
  const encoded = Buffer.from(`${user}:${password}`).toString('base64');
  // A user name alone is a secret. Besides a password it is not: it may be any word, which would be redacted
  // everywhere.
  const secrets = [password || user, url.password || url.username, encoded];
  return { proxy: { ...address, authorization: `Basic ${encoded}` }, secrets };
}

function decoded(text: string): string {
  try {
    return decodeURIComponent(text);
  } catch {
    return text; // a percent sign that stands for itself
  }
}

function certificateHint(file: string | undefined): string {
  if (file === undefined || file === '') return 'NODE_EXTRA_CA_CERTS is not set';
  try {
    accessSync(file, constants.R_OK);
  } catch {
    return `the file that NODE_EXTRA_CA_CERTS names, ${file}, cannot be read`;
  }
  return `nor does ${file} help, which NODE_EXTRA_CA_CERTS names`;
}

/** Whether the host of a URL is this machine. */
export function isLoopback(hostname: string): boolean {
  return hostname === 'localhost' || hostname === '[::1]' || /^127(\.\d{1,3}){3}$/.test(hostname);
}
