/** Checks one line of the connector's standard output against the Airbyte protocol. */
import { readFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { dirname, join } from 'node:path';
import { Ajv } from 'ajv';
import { parse } from 'yaml';
import type { AirbyteMessage, AirbyteStateMessage, AirbyteTraceMessage } from '../../src/airbyte/protocol.ts';

const root = dirname(createRequire(import.meta.url).resolve('#package.json'));

/** airbyte_protocol.yaml. */
export const protocolSchema: { readonly definitions: Readonly<Record<string, object>> } = parse(
  readFileSync(join(root, 'integration_tests/fixtures/airbyte_protocol.yaml'), 'utf8'),
);

// What a strict validator would take for a mistake: Java's words, the version, a format, and what stands beside a $ref.
const ajv = new Ajv({
  strict: true,
  allErrors: true,
  keywords: ['existingJavaType', 'version'],
  validateFormats: false,
});
ajv.addSchema({ ...protocolSchema, $id: 'airbyte' });
const matchesSchema = ajv.compile<AirbyteMessage>({ $ref: 'airbyte#/definitions/AirbyteMessage' });

// The yaml requires only `type`, so a STATE without a state would pass. Only what a destination may write is listed.
const payloads: Record<string, string> = {
  STATE: 'state',
  LOG: 'log',
  SPEC: 'spec',
  CONNECTION_STATUS: 'connectionStatus',
  TRACE: 'trace',
  DESTINATION_CATALOG: 'destination_catalog',
};

/**
 * Parses the message in the line.
 * @throws Error that names every breach of the protocol, or of what Airbyte's platform needs beyond it
 */
export function checkMessage(line: string): AirbyteMessage {
  if (line.includes('\n')) throw new Error('More than one line');
  const message: unknown = JSON.parse(line);
  if (!matchesSchema(message)) throw new Error(`${ajv.errorsText(matchesSchema.errors)}: ${line.slice(0, 500)}`);
  const faults = [...payloadFaults(message), ...stateFaults(message), ...traceFaults(message)];
  if (faults.length > 0) throw new Error(`${faults.join('; ')}: ${line.slice(0, 500)}`);
  return message;
}

function payloadFaults(message: AirbyteMessage): string[] {
  const payload = payloads[message.type];
  if (payload === undefined) return [`a destination must not write ${message.type}`];
  const members = Object.keys(message).filter((member) => member !== 'type');
  return members.length === 1 && members[0] === payload
    ? []
    : [`${message.type} must hold ${payload} and nothing else`];
}

function stateFaults(message: AirbyteMessage): string[] {
  if (message.type !== 'STATE' || message.state === undefined) return [];
  const { state } = message;
  const faults: string[] = [];
  if (state.id !== undefined && !Number.isInteger(state.id)) faults.push('state.id must be an integer');
  const member = ({ STREAM: 'stream', GLOBAL: 'global', LEGACY: 'data' } as const)[state.type ?? 'LEGACY'];
  if (state[member] === undefined) faults.push(`a ${state.type ?? 'LEGACY'} state must hold ${member}`);
  return [...faults, ...statsFaults(state)];
}

function statsFaults(state: AirbyteStateMessage): string[] {
  const faults: string[] = [];
  for (const name of ['recordCount', 'rejectedRecordCount'] as const) {
    const count = state.destinationStats?.[name];
    if (count === undefined || !Number.isInteger(count) || count < 0) {
      faults.push(`destinationStats.${name} must be a count, and is ${count}`);
    }
  }
  return faults;
}

function traceFaults(message: AirbyteMessage): string[] {
  if (message.type !== 'TRACE' || message.trace === undefined) return [];
  const { trace } = message;
  if (trace.type !== 'ERROR') return [`a TRACE ${(trace as AirbyteTraceMessage).type} must not be written`];
  if (trace.error === undefined) return ['a TRACE ERROR must hold error'];
  const faults: string[] = [];
  if (!Number.isInteger(trace.emitted_at)) faults.push('emitted_at must be whole milliseconds');
  if (trace.error.failure_type === undefined) faults.push('failure_type is missing');
  if (trace.error.message === '') faults.push('the message is empty');
  if (trace.error.message.length > 50_000) faults.push('Airbyte cuts a message at 50,000 characters');
  return faults;
}
