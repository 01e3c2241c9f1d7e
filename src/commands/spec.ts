/** The command `spec`: the form that Airbyte shows. */
import { createRequire } from 'node:module';
import type { ConnectorSpecification } from '../airbyte/protocol.ts';

/** `spec.json` unchanged. */
export function spec(): ConnectorSpecification {
  return createRequire(import.meta.url)('#spec.json') as ConnectorSpecification;
}
