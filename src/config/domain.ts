/** Turns the domain that a user enters into the base URL of all calls. */
import { isLoopback } from '../http/proxy.ts';

/** The address of a tenant's API. */
export interface Address {
  /** Without a slash at the end. */
  readonly baseUrl: string;
  /** Host, with the port unless it is the default: for messages. */
  readonly host: string;
}

/** An address, or what is wrong. Never quotes what was entered, which may be the access key. */
export type AddressOrFault = Address | { readonly fault: string };

const host = /^[a-z0-9_-]{1,63}(\.[a-z0-9_-]{1,63})*$/;

/** `acme`, `acme.us2`, `acme.gainsightcloud.com`, a custom host or an https URL without path, as `https://HOST/v1`. */
export function addressOfDomain(domain: string): AddressOrFault {
  const text = domain.trim().toLowerCase();
  const scheme = /^([a-z][a-z0-9+.-]*):\/\//.exec(text);
  if (scheme && scheme[1] !== 'https') {
    const surplus = scheme[1] === 'http' ? 'http://' : 'everything before the host';
    return { fault: `must be reached by https: leave out ${surplus}` };
  }
  const rest = withoutSlashes(text.slice(scheme?.[0].length ?? 0));
  if (rest.includes('@')) return { fault: 'must not hold a user name' };
  if (/[/?#\\]/.test(rest)) return { fault: 'must have no path: leave out everything after the host' };
  const [, name = '', port] = /^([^:]*?)\.?(?::(\d{1,5}))?$/.exec(rest) ?? [];
  const shown = 'must look like acme, acme.us2, acme.gainsightcloud.com or https://HOST';
  if (!host.test(name)) return { fault: shown };
  const full = isShort(name) ? `${name}.gainsightcloud.com` : name;
  if (!URL.canParse(`https://${full}:${port ?? 443}`) || port === '0') return { fault: shown };
  const url = new URL(`https://${full}:${port ?? 443}/v1`);
  return { baseUrl: url.href, host: url.host };
}

/** An address that replaces `https://HOST/v1` as a whole; plain http is allowed for loopback only. */
export function addressOfBaseUrl(text: string): AddressOrFault {
  if (!URL.canParse(text.trim())) return { fault: 'must be a URL' };
  const url = new URL(text.trim());
  if (url.protocol !== 'https:' && url.protocol !== 'http:') return { fault: 'must be an http or https URL' };
  if (url.protocol === 'http:' && !isLoopback(url.hostname)) {
    return { fault: 'must be reached by https: plain http is for loopback addresses only' };
  }
  if (url.username !== '' || url.password !== '') return { fault: 'must not hold a user name' };
  if (url.search !== '' || url.hash !== '') return { fault: 'must end with its path' };
  return { baseUrl: `${url.origin}${withoutSlashes(url.pathname)}`, host: url.host };
}

/** Without the slashes at its end. A pattern would be slow: it would try each slash of a run as the first. */
function withoutSlashes(text: string): string {
  let end = text.length;
  while (text.charAt(end - 1) === '/') end -= 1;
  return text.slice(0, end);
}

/** No top-level domain ends in a digit, so a last label that does is a Gainsight region; so is `eu`. */
function isShort(name: string): boolean {
  const labels = name.split('.');
  const last = labels.at(-1) ?? '';
  if (labels.length === 1) return true;
  return /[a-z].*\d$/.test(last) || (labels.length === 2 && last === 'eu');
}
