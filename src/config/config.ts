/** The configuration: checks beyond the form's schema, and the form that the rest of the connector uses. */
import { createRequire } from 'node:module';
import { inspect } from 'node:util';
import { type ConfigFault, ConfigSchema, parseConfigText, refuseFaults } from '../airbyte/config_schema.ts';
import type { ConnectorSpecification, JsonObject } from '../airbyte/protocol.ts';
import { ConnectorError } from '../errors.ts';
import { type Address, addressOfBaseUrl, addressOfDomain } from './domain.ts';
import { callsOfJob, quotaWindows } from './quota_windows.ts';
import type { Configuration, Files, Polling, Quota, StreamEntry } from './types.ts';
import { type InUnits, inUnits } from './units.ts';

/** A text that is only shown on explicit request. */
export class Secret {
  readonly #text: string;

  constructor(text: string) {
    this.#text = text;
  }

  /** The text itself: for the request header and for redaction only. */
  reveal(): string {
    return this.#text;
  }

  toString(): string {
    return '***';
  }

  toJSON(): string {
    return '***';
  }

  [inspect.custom](): string {
    return '***';
  }
}

type Resolved = 'domain' | 'access_key' | 'api_base_url' | 'quota' | 'files' | 'polling';

/** A valid configuration with all defaults; durations are in milliseconds and sizes in bytes. */
export interface Config extends Omit<Configuration, Resolved>, Address {
  readonly accessKey: Secret;
  readonly quota: InUnits<Quota>;
  readonly files: InUnits<Files>;
  readonly polling: InUnits<Polling>;
}

const { connectionSpecification: schema } = createRequire(import.meta.url)('#spec.json') as ConnectorSpecification;

let formOnce: ConfigSchema | undefined;

/**
 * Checks the text of a configuration. Unknown fields are ignored.
 * @throws {TracedError} `config_unreadable`; `config_invalid` with every fault, with the form's titles
 */
export function parseConfig(text: string): Config {
  formOnce ??= new ConfigSchema(schema);
  const config = parseConfigText(text);
  refuseFaults(configFaults(config, formOnce.faults(config)));
  return configure(config);
}

/** The faults found by the form's schema, and those that it cannot express. */
export function configFaults(config: JsonObject, found: readonly ConfigFault[]): string[] {
  // The domain's pattern is for the form; `addressOfDomain` describes the fault more precisely.
  const reported = found.filter(({ path, keyword }) => path !== '/domain' || keyword !== 'pattern');
  // The following checks rely on the types, which a fault of the schema leaves open.
  return [...reported.map(({ text }) => text), ...ownFaults(config as Partial<Configuration>, reported.length === 0)];
}

/** Faults that a schema cannot express. */
function ownFaults(config: Partial<Configuration>, isSound: boolean): string[] {
  const faults: string[] = [];
  const add = (title: string, fault: string | undefined) => fault !== undefined && faults.push(`${title} ${fault}`);
  if (typeof config.domain === 'string') add('Gainsight Domain', faultOf(addressOfDomain(config.domain)));
  if (typeof config.api_base_url === 'string' && config.api_base_url.trim() !== '') {
    add('API Base URL', faultOf(addressOfBaseUrl(config.api_base_url)));
  }
  if (typeof config.access_key === 'string' && config.access_key !== '')
    add('Access Key', faultOfKey(config.access_key));
  return isSound ? [...faults, ...contradictions(config as Configuration)] : faults;
}

function faultOf(address: object): string | undefined {
  return 'fault' in address ? String(address.fault) : undefined;
}

/** Many servers accept 8 kB for all headers together. */
const longestKey = 4000;

function faultOfKey(text: string): string | undefined {
  const key = text.trim();
  if (key === '') return 'must not be empty';
  if (key.length > longestKey) return `must not have more than ${longestKey.toLocaleString('en-US')} characters`;
  // Characters that Node accepts in a header.
  const isSendable = /^[\x20-\x7e\x80-\xff]*$/.test(key);
  return isSendable ? undefined : 'holds a line break or another character that cannot be sent: copy it again';
}

/** Settings that are valid alone but not together. */
function contradictions({ quota, rejected_rows, streams }: Configuration): string[] {
  const faults = streams.flatMap(unreadFaults);
  const needed = callsOfJob(quota);
  for (const { title, limit, ownLimit } of quotaWindows(quota)) {
    if (ownLimit >= needed) continue;
    const where = ownLimit < limit ? `more than ${title} Left to Others` : 'where all calls are counted';
    faults.push(`Quota > ${title} must be at least ${needed} ${where}, as one job needs so many`);
  }
  // The operating system would end the name there.
  if (rejected_rows.folder.includes('\0')) faults.push('Rejected Rows > Folder must not hold the character NUL');
  if (rejected_rows.log_detail === 'none' && rejected_rows.folder.trim() === '') {
    faults.push(
      'Rejected Rows > Folder is missing, and with Detail in the Log "none" no rejected row could be found again',
    );
  }
  return faults;
}

/** If values of an earlier row may replace those that were not read, it must be clear which row is the earlier one. */
function unreadFaults({ operation, latest_by, unreadable_values }: StreamEntry, at: number): string[] {
  if (unreadable_values !== 'separate_file') return [];
  const setting = `Streams ${at + 1} > Unreadable Values must not be separate_file`;
  if (operation === 'INSERT') return [`${setting} for INSERT, which leaves every field empty that its file lacks`];
  if (latest_by !== 'cursor') return [];
  return [`${setting} where Latest By is cursor, as values are then taken from the row that came before`];
}

/** Converts a valid configuration to the form that the rest of the connector uses. */
export function configure(config: JsonObject): Config {
  const { domain, access_key, api_base_url, quota, files, polling, ...rest } = config as JsonObject & Configuration;
  const address = api_base_url.trim() === '' ? addressOfDomain(domain) : addressOfBaseUrl(api_base_url);
  if ('fault' in address) throw new ConnectorError('config_invalid', { detail: address.fault });
  const converted = { quota: inUnits(quota), files: inUnits(files), polling: inUnits(polling) };
  return { ...rest, ...converted, ...address, accessKey: new Secret(access_key.trim()) };
}
