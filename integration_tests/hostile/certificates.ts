/** Certificates created for one test: an unknown authority, and what it signs. */

import { generate } from 'selfsigned';
import { day } from '../../src/clock.ts';

/** A certificate and its key, as PEM. */
export interface Certificate {
  readonly cert: string;
  readonly key: string;
}

/** The certificate of an authority; two with one name are different. */
export function makeAuthority(name = 'Authority of the tests'): Promise<Certificate> {
  return make(name, { extensions: [{ name: 'basicConstraints', cA: true, critical: true }] });
}

/**
 * The certificate of a host.
 * @param authority who signs it; absent: it is self-signed
 * @param days until it expires; negative: it has expired
 */
export function makeCertificate(host: string, authority?: Certificate, days = 1): Promise<Certificate> {
  return make(host, {
    notAfterDate: new Date(Date.now() + days * day),
    extensions: [{ name: 'subjectAltName', altNames: [{ type: 2, value: host }] }],
    ...(authority && { ca: authority }),
  });
}

async function make(name: string, options: Parameters<typeof generate>[1]): Promise<Certificate> {
  const made = await generate([{ name: 'commonName', value: name }], {
    ...{ keyType: 'ec', algorithm: 'sha256', notBeforeDate: new Date(Date.now() - 9 * day) },
    ...options,
  });
  return { cert: made.cert, key: made.private };
}
