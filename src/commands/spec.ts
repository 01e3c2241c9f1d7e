/** The command `spec`: what Airbyte's form asks for. */
import { createRequire } from 'node:module';
import type { AirbyteMessage, ConnectorSpecification } from '../airbyte/protocol.ts';

/** The SPEC message: `spec.json` as it is. */
export function spec(): Extract<AirbyteMessage, { type: 'SPEC' }> {
  return { type: 'SPEC', spec: createRequire(import.meta.url)('#spec.json') as ConnectorSpecification };
}
