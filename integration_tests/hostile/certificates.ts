/** Certificates made for one test: an authority that nobody knows, and what it signs. */

import { generate } from 'selfsigned';
import { day } from '../../src/clock.ts';

/** A certificate and its key, as PEM. */
export interface Certificate {
  readonly cert: string;
  readonly key: string;
}

/** The certificate of an authority; two of one name are not one another. */
export function makeAuthority(name = 'Authority of the tests'): Promise<Certificate> {
  return make(name, { extensions: [{ name: 'basicConstraints', cA: true, critical: true }] });
}

/**
 * The certificate of a host.
 * @param authority who signs it; none: it signs itself
 * @param days when it ends, from now; a negative number has ended
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
