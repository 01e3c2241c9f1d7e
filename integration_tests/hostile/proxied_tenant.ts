/** A tenant at a real name that only a proxy reaches, by TLS of an authority that only the connector's environment knows. */
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import type { Test } from 'tap';
import type { Program } from '../support/program.ts';
import { type SetUpOptions, setUpProgram } from '../support/small_sync.ts';
import { type Certificate, makeAuthority, makeCertificate } from './certificates.ts';
import { type LocalProxy, type ProxyOptions, startProxy, startTlsFront } from './relays.ts';

/** Where the tenant is: short for its domain in the configuration. */
export const host = 'acme.gainsightcloud.com';

export interface ProxiedTenant {
  readonly program: Program;
  readonly proxy: LocalProxy;
  /** Its URL without credentials. */
  readonly proxyUrl: string;
  readonly authority: Certificate;
  /** `NODE_EXTRA_CA_CERTS` for {@link authority}. */
  readonly trust: Readonly<Record<string, string>>;
}

export interface ProxiedTenantOptions extends SetUpOptions {
  readonly proxy?: ProxyOptions;
  /** What the tenant shows, given the authority; a good certificate unless given. */
  certificate?(authority: Certificate): Promise<Certificate>;
}

/** Starts all of it; it ends with the test. */
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
