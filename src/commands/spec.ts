/** The command `spec`: the form that Airbyte shows. */
import { createRequire } from 'node:module';
import type { AirbyteMessage, ConnectorSpecification } from '../airbyte/protocol.ts';

/** The SPEC message: `spec.json` unchanged. */
export function spec(): Extract<AirbyteMessage, { type: 'SPEC' }> {
  return { type: 'SPEC', spec: createRequire(import.meta.url)('#spec.json') as ConnectorSpecification };
}
