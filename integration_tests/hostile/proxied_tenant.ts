/**
 * A tenant with a real host name, reachable only through a proxy, whose TLS authority is known only by the connector's
 * environment.
 */
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import type { Test } from 'tap';
import type { Program } from '../support/program.ts';
import { type SetUpOptions, setUpProgram } from '../support/small_sync.ts';
import { type Certificate, makeAuthority, makeCertificate } from './certificates.ts';
import { type LocalProxy, type ProxyOptions, startProxy, startTlsFront } from './relays.ts';

/** The tenant's host: `acme` as domain in the configuration. */
export const host = 'acme.gainsightcloud.com';

export interface ProxiedTenant {
  readonly program: Program;
  readonly proxy: LocalProxy;
  /** Its URL without credentials. */
  readonly proxyUrl: string;
  readonly authority: Certificate;
  /** Sets `NODE_EXTRA_CA_CERTS` to {@link authority}. */
  readonly trust: Readonly<Record<string, string>>;
}

export interface ProxiedTenantOptions extends SetUpOptions {
  readonly proxy?: ProxyOptions;
  /** Creates the tenant's certificate, given the authority. Default: a valid one. */
  certificate?(authority: Certificate): Promise<Certificate>;
}

/** Starts everything; it ends with the test. */
export async function startProxiedTenant(t: Test, options: ProxiedTenantOptions = {}): Promise<ProxiedTenant> {
  const authority = await makeAuthority();
  const certificate = await (options.certificate?.(authority) ?? makeCertificate(host, authority));
  const program = await setUpProgram(t, {
    streams: ['accounts'],
    ...options,
    config: { api_base_url: '', ...(options.config as object) },
  });
  const front = await startTlsFront(t, certificate, Number(new URL(program.sandbox.url).port));
  const proxy = await startProxy(t, { routes: { [`${host}:443`]: front }, ...options.proxy });
  const file = join(program.folder, 'authority.pem');
  writeFileSync(file, authority.cert);
  const proxyUrl = `http://127.0.0.1:${proxy.port}`;
  return { program, proxy, proxyUrl, authority, trust: { NODE_EXTRA_CA_CERTS: file } };
}
