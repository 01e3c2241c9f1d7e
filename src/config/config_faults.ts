/** The faults of a configuration: those of the form's schema, those that it cannot express, and unknown settings. */
import { createRequire } from 'node:module';
import { type ConfigFault, ConfigSchema } from '../airbyte/config_schema.ts';
import type { ConnectorSpecification, JsonObject } from '../airbyte/protocol.ts';
import { label } from '../airbyte/streams.ts';
import type { UnknownSetting } from '../airbyte/unknown_settings.ts';
import { nameList } from '../names.ts';
import { type MappingFault, mappingFaults, mappingHints } from '../plan/faults.ts';
import { hasKeys } from '../plan/route_faults.ts';
import { bucketFaults } from './bucket.ts';
import { addressOfBaseUrl, addressOfDomain } from './domain.ts';
import { callsOfJob, quotaWindows } from './quota_windows.ts';
import { signInFaults } from './sign_in.ts';
import type { Configuration, StreamEntry } from './types.ts';

const { connectionSpecification: schema } = createRequire(import.meta.url)('#spec.json') as ConnectorSpecification;

/** The form of `spec.json`. */
export const form = new ConfigSchema(schema);

/** A fault whose text names its place. */
type Fault = Pick<ConfigFault, 'path' | 'text'>;

/**
 * The faults found by the form's schema, and those that it cannot express, in the order of the form. Unknown settings
 * alone are no faults here, see {@link Config}; beside others they are listed, as they may be the cause.
 */
export function configFaults(config: JsonObject, found: readonly ConfigFault[]): string[] {
  // The domain's pattern is for the form; `addressOfDomain` describes the fault more precisely.
  const reported = found.filter(({ path, keyword }) => path !== '/domain' || keyword !== 'pattern');
  // Some checks rely on the types, which a fault of the schema leaves open.
  const isSound = (path: string) => !reported.some((fault) => fault.path === path || fault.path.startsWith(`${path}/`));
  const faults = [
    ...reported,
    ...addressFaults(config as Partial<Configuration>),
    ...entryFaults(config as Partial<Configuration>, isSound),
    ...(reported.length === 0 ? contradictions(config as JsonObject & Configuration) : []),
  ].map((fault) => ('keyword' in fault ? fault : withPlace(fault, config)));
  if (faults.length === 0) return [];
  return form.inOrder([...faults, ...unknownFaults(config)]).map(({ text }) => text);
}

function withPlace({ path, text }: MappingFault, config: JsonObject): Fault {
  return { path, text: `${form.placeOf(path, config)} ${text}` };
}

/** The unknown settings, in words. */
export function unknownSettings(config: JsonObject): string[] {
  return form.inOrder(unknownFaults(config)).map(({ text }) => text);
}

/** What is probably, but not certainly, wrong in a valid configuration, in words. */
export function configHints(config: JsonObject & Pick<Configuration, 'streams' | 'load_unlisted_streams'>): string[] {
  const hints = mappingHints(config.streams, config.load_unlisted_streams);
  return form.inOrder(hints).map((hint) => withPlace(hint, config).text);
}

function unknownFaults(config: JsonObject): Fault[] {
  return form.unknownSettings(config).map((setting) => ({ path: setting.path, text: unknownText(setting, config) }));
}

function unknownText({ path, name, meant, known }: UnknownSetting, config: JsonObject): string {
  const place = form.placeOf(path, config);
  const where = `${place === '' ? '' : `${place} > `}${nameList([name])}`;
  if (meant === undefined) return `${where} is not a setting; here are: ${known.join(', ')}`;
  if (meant.isHere) return `${where} is not a setting (did you mean "${meant.name}"?)`;
  const home = meant.place === '' ? 'to the top level' : `into ${meant.place}`;
  if (meant.name === name) return `${where} is not a setting here: it belongs ${home}`;
  return `${where} is not a setting (did you mean "${meant.name}", which belongs ${home}?)`;
}

function addressFaults(config: Partial<Configuration>): MappingFault[] {
  const faults: MappingFault[] = [];
  const add = (path: string, text: string | undefined) => text !== undefined && faults.push({ path, text });
  if (typeof config.domain === 'string') add('/domain', faultOf(addressOfDomain(config.domain)));
  if (typeof config.api_base_url === 'string' && config.api_base_url.trim() !== '') {
    add('/api_base_url', faultOf(addressOfBaseUrl(config.api_base_url)));
  }
  return [...faults, ...signInFaults(config)];
}

function entryFaults(
  { streams, load_unlisted_streams }: Partial<Configuration>,
  isSound: (path: string) => boolean,
): MappingFault[] {
  if (!Array.isArray(streams)) return [];
  const entries = streams.map((entry, at) => (isSound(`/streams/${at}`) ? entry : undefined));
  const faults = mappingFaults(entries, namesIn(streams), load_unlisted_streams !== false);
  return [...faults, ...entries.flatMap(unreadFaults)];
}

/** An entry with a fault of its types names its stream nevertheless; undefined if one does not. */
function namesIn(streams: readonly unknown[]): Pick<StreamEntry, 'stream' | 'namespace'>[] | undefined {
  const names = streams.map((entry) => {
    const { stream, namespace = '' } = (entry ?? {}) as Partial<Record<keyof StreamEntry, unknown>>;
    return typeof stream === 'string' && typeof namespace === 'string' ? { stream, namespace } : undefined;
  });
  const known = names.filter((name) => name !== undefined);
  return known.length === names.length ? known : undefined;
}

function faultOf(address: object): string | undefined {
  return 'fault' in address ? String(address.fault) : undefined;
}

/** Settings that are valid alone but not together. */
function contradictions(config: Configuration): MappingFault[] {
  const { quota, rejected_rows, object_storage_config } = config;
  const faults: MappingFault[] = [];
  const needed = callsOfJob(quota);
  for (const { setting, title, limit, ownLimit } of quotaWindows(quota)) {
    if (ownLimit >= needed) continue;
    const where = ownLimit < limit ? `more than ${title} Left to Others` : 'where all calls are counted';
    faults.push({ path: `/quota/${setting}`, text: `must be at least ${needed} ${where}, as one job needs so many` });
  }
  const path = '/rejected_rows/folder';
  const hasBucket = object_storage_config?.storage_type === 'S3';
  // The operating system would end the name there.
  if (rejected_rows.folder.includes('\0')) faults.push({ path, text: 'must not hold the character NUL' });
  const hasFolder = rejected_rows.folder.trim() !== '';
  if (rejected_rows.log_detail === 'none' && !hasFolder && !hasBucket) {
    const found = 'no rejected row could be found again: set it, or Object Storage Configuration';
    faults.push({ path, text: `is missing, and with Detail in the Log "none" ${found}` });
  }
  if (hasFolder && hasBucket) {
    faults.push({
      path,
      text: 'must be empty with an Object Storage Configuration: rejected rows are kept in one place',
    });
  }
  if (rejected_rows.retry === 'next_sync' && !hasFolder && !hasBucket) {
    const found = 'rejected rows could not be kept until then: set it, or Object Storage Configuration';
    faults.push({ path, text: `is missing, and with Send Again "next_sync" ${found}` });
  }
  return [...faults, ...insertFaults(config), ...retryFaults(config), ...bucketFaults(object_storage_config)];
}

/** Who has written an object since a row was rejected is known from the list of jobs, which has no calls of the object API. */
function retryFaults({ rejected_rows, streams }: Configuration): MappingFault[] {
  if (rejected_rows.retry !== 'next_sync') return [];
  return [...streams.entries()].flatMap(([at, { route }]) => {
    const text = `must not be ${route} while Rejected Rows: Send Again is next_sync, as no list of Gainsight shows whether the object API has written such a row since: choose bulk_api, or off there`;
    return route === 'bulk_api' ? [] : [{ path: `/streams/${at}/route`, text }];
  });
}

/** Rows that are left out would make a file of an INSERT unrecognisable. */
function insertFaults({ preflight, streams }: Configuration): MappingFault[] {
  const inserted = streams.filter((entry) => !hasKeys(entry));
  if (preflight.values !== 'reject' || inserted.length === 0) return [];
  const names = nameList(inserted.map(({ stream, namespace }) => label({ name: stream, namespace })));
  const text = `must not be reject while ${names} is loaded by INSERT, where rows of an earlier file are known only if none is left out: choose count, or another Operation`;
  return [{ path: '/preflight/values', text }];
}

/** If values of an earlier row may replace those that were not read, it must be clear which row is the earlier one. */
function unreadFaults(entry: StreamEntry | undefined, at: number): MappingFault[] {
  // By the object API such a value stays as it is, in whatever call.
  if (entry?.unreadable_values !== 'separate_file' || entry.route === 'object_api') return [];
  const path = `/streams/${at}/unreadable_values`;
  const text = 'must not be separate_file';
  if (entry.operation === 'INSERT') {
    return [{ path, text: `${text} for INSERT, which leaves every field empty that its file lacks` }];
  }
  if (entry.latest_by !== 'cursor') return [];
  return [{ path, text: `${text} where Latest By is cursor, as values are then taken from the row that came before` }];
}
