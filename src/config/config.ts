/** The configuration: a file of Airbyte's, checked against `spec.json` and made into what the rest of the connector works with. */
import { createRequire } from 'node:module';
import { inspect } from 'node:util';
import { Ajv, type ErrorObject } from 'ajv';
import { parseJson, readText } from '../airbyte/json_file.ts';
import { ConnectorError } from '../errors.ts';
import { type Address, addressOfBaseUrl, addressOfDomain } from './domain.ts';
import { type QuotaLimits, quotaWindows } from './quota_windows.ts';
import type { Configuration, Quota, StreamEntry } from './types.ts';

/** A text that shows itself only to who asks for it by name. */
export class Secret {
  readonly #text: string;

  constructor(text: string) {
    this.#text = text;
  }

  /** The text itself: for the request header and for redaction, nothing else. */
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

/** A valid configuration, every default filled in. */
export interface Config extends Omit<Configuration, 'domain' | 'access_key' | 'api_base_url'>, Address {
  readonly accessKey: Secret;
}

/**
 * Reads and checks the file given with `--config`.
 * @throws {ConnectorError} `config_unreadable`, `config_invalid`
 */
export async function readConfig(path: string): Promise<Config> {
  return parseConfig(await readText(path, 'config_unreadable'));
}

/**
 * Checks the text of a configuration. Fields that `spec.json` does not know are ignored.
 * @throws {ConnectorError} `config_unreadable`; `config_invalid` with every fault, in the form's words
 */
export function parseConfig(text: string): Config {
  const value = parseJson(text, 'config_unreadable');
  if (typeof value !== 'object' || value === null || Array.isArray(value)) {
    throw new ConnectorError('config_invalid', { detail: 'it must be one JSON object' });
  }
  const faults = validate(value) ? [] : wordFaults();
  // What follows relies on the types, which a fault of the schema leaves open.
  const own = ownFaults(value as Partial<Configuration>, faults.length === 0);
  if (faults.length + own.length > 0)
    throw new ConnectorError('config_invalid', { detail: joinFaults([...faults, ...own]) });
  return resolve(value as Configuration);
}

const spec = createRequire(import.meta.url)('#spec.json') as { connectionSpecification: FormSchema };
const schema = spec.connectionSpecification;
// Without the schema of schemas, which takes longer to compile than this one; a test holds it against that.
const validate = new Ajv({ allErrors: true, strict: true, useDefaults: true, meta: false, validateSchema: false })
  .addVocabulary(['group', 'groups', 'order', 'always_show', 'airbyte_secret', 'airbyte_hidden', 'pattern_descriptor'])
  .compile(schema);

function wordFaults(): string[] {
  // The domain's pattern is there for the form; `addressOfDomain` says more exactly what is wrong.
  const reported = (validate.errors ?? []).filter(
    ({ instancePath, keyword }) => instancePath !== '/domain' || keyword !== 'pattern',
  );
  return reported.map((error) => wordFault(error, schema));
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

/** Of all headers together many servers take 8 kB. */
const longestKey = 4000;

function faultOfKey(text: string): string | undefined {
  const key = text.trim();
  if (key === '') return 'must not be empty';
  if (key.length > longestKey) return `must not have more than ${longestKey.toLocaleString('en-US')} characters`;
  // What Node refuses to put into a header.
  const isSendable = /^[\x20-\x7e\x80-\xff]*$/.test(key);
  return isSendable ? undefined : 'holds a line break or another character that cannot be sent: copy it again';
}

/** Settings that are right alone and wrong together. */
function contradictions({ quota, rejected_rows, streams }: Configuration): string[] {
  const faults = streams.flatMap(unreadFaults);
  // With all calls counted one job needs five: submit, three polls, errors.
  const needed = quota.counted_calls === 'all_calls' ? 5 : 1;
  for (const { title, limit, ownLimit } of quotaWindows(limitsOf(quota))) {
    if (ownLimit >= needed) continue;
    const where = ownLimit < limit ? `more than ${title} Left to Others` : 'where all calls are counted';
    faults.push(`Quota > ${title} must be at least ${needed} ${where}, as one job needs so many`);
  }
  // The system would take the name to end there.
  if (rejected_rows.folder.includes('\0')) faults.push('Rejected Rows > Folder must not hold the character NUL');
  if (rejected_rows.log_detail === 'none' && rejected_rows.folder.trim() === '') {
    faults.push(
      'Rejected Rows > Folder is missing, and with Detail in the Log "none" no rejected row could be found again',
    );
  }
  return faults;
}

/** The settings that the windows of the quota are made of. */
export function limitsOf({ calls_per_hour, calls_per_day, reserved_per_day }: Quota): QuotaLimits {
  return { callsPerHour: calls_per_hour, callsPerDay: calls_per_day, reservedPerDay: reserved_per_day };
}

/** Where values of an earlier row may stand in for those that were not read, it must be clear which row is the earlier. */
function unreadFaults({ operation, latest_by, unreadable_values }: StreamEntry, at: number): string[] {
  if (unreadable_values !== 'separate_file') return [];
  const setting = `Streams ${at + 1} > Unreadable Values must not be separate_file`;
  if (operation === 'INSERT') return [`${setting} for INSERT, which leaves every field empty that its file lacks`];
  if (latest_by !== 'cursor') return [];
  return [`${setting} where Latest By is cursor, as values are then taken from the row that came before`];
}

function resolve({ domain, access_key, api_base_url, ...rest }: Configuration): Config {
  const address = api_base_url.trim() === '' ? addressOfDomain(domain) : addressOfBaseUrl(api_base_url);
  if ('fault' in address) throw new ConnectorError('config_invalid', { detail: address.fault });
  return { ...rest, ...address, accessKey: new Secret(access_key.trim()) };
}

/** What this file reads of a schema: the titles of its properties and the wording of its patterns. */
export interface FormSchema {
  readonly title?: string;
  readonly pattern_descriptor?: string;
  readonly properties?: Readonly<Record<string, FormSchema>>;
  readonly items?: FormSchema;
}

/** A validator's fault in words: `Files > Largest File in MB must be at most 80`. */
export function wordFault(error: ErrorObject, schema: FormSchema): string {
  const { titles, field } = locate(error.instancePath, schema);
  const limit = error.params as { missingProperty?: string; limit?: number; allowedValues?: string[]; type?: string };
  switch (error.keyword) {
    case 'required': {
      const name = limit.missingProperty ?? '';
      return `${[...titles, field?.properties?.[name]?.title ?? name].join(' > ')} is missing`;
    }
    case 'type':
      return `${titles.join(' > ')} must be ${kinds[limit.type ?? ''] ?? limit.type}`;
    case 'enum':
      return `${titles.join(' > ')} must be one of ${limit.allowedValues?.join(', ')}`;
    case 'minimum':
      return `${titles.join(' > ')} must be at least ${limit.limit}`;
    case 'maximum':
      return `${titles.join(' > ')} must be at most ${limit.limit}`;
    case 'minLength':
      return `${titles.join(' > ')} must not be empty`;
    case 'pattern':
      return `${titles.join(' > ')} must be ${field?.pattern_descriptor}`;
    default:
      return `${titles.join(' > ')} ${error.message}`;
  }
}

/** Many faults as one text, the first twenty of them word for word. */
export function joinFaults(faults: readonly string[]): string {
  const reported = faults.slice(0, 20).join('; ');
  return faults.length > 20 ? `${reported}; and ${faults.length - 20} more` : reported;
}

const kinds: Readonly<Record<string, string>> = {
  string: 'a text',
  number: 'a number',
  integer: 'a whole number',
  boolean: 'true or false',
  array: 'a list',
  object: 'a group of settings',
};

/** The titles along a path such as `/streams/1/object`; entries of a list are counted from 1. */
function locate(instancePath: string, schema: FormSchema): { titles: string[]; field: FormSchema | undefined } {
  const titles: string[] = [];
  let field: FormSchema | undefined = schema;
  for (const part of instancePath.split('/').slice(1)) {
    if (field?.items) {
      titles.push(`${titles.pop()} ${Number(part) + 1}`);
      field = field.items;
    } else {
      field = field?.properties?.[part];
      titles.push(field?.title ?? part);
    }
  }
  return { titles, field };
}
