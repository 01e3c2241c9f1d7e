/**
 * The command `discover`: what records can be loaded into, in the form that Airbyte's data activation expects. Uses no
 * call of the Bulk API.
 */
import type { Context } from '../airbyte/destination.ts';
import type { Output } from '../airbyte/output.ts';
import type { DestinationCatalog, DestinationOperation, DestinationSyncMode } from '../airbyte/protocol.ts';
import type { Clock } from '../clock.ts';
import type { Configuration, StreamEntry } from '../config/types.ts';
import type { Client } from '../gainsight/client.ts';
import { mostDescribed } from '../gainsight/contract.ts';
import type { ObjectDescription, Operation } from '../model.ts';
import { nameList } from '../names.ts';
import { listedFields, sendsUnlisted } from '../plan/field_names.ts';
import { isLoadable } from '../plan/loadable.ts';
import { didYouMean, mostSuggestions, type Named } from '../plan/name_match.ts';
import { matchingKeys, type NamedFields, objectSchema } from '../plan/object_schema.ts';
import { longestCall, withNotice } from './answer_notice.ts';

/**
 * How many objects are listed with their fields: four calls, and a message of a few megabytes. A tenant may have
 * hundreds of objects, and of its calls of metadata 100 a minute are allowed, which other tools share.
 */
const mostTyped = 4 * mostDescribed;

const modeOf: Readonly<Record<Operation, DestinationSyncMode>> = {
  UPSERT: 'append_dedup',
  INSERT: 'append',
  UPDATE: 'update',
};
const operations = Object.keys(modeOf) as Operation[];

/** What `discover` works with besides its configuration and client. */
interface DiscoverWorld extends Pick<Context, 'stop'> {
  readonly clock: Clock;
  readonly output: Pick<Output, 'log'>;
}

/**
 * Lists the objects of the tenant that can be loaded in bulk, each with one operation per sync mode: the configured
 * ones first and always with their fields, then the others, of which those beyond {@link mostTyped} have only a name.
 * If metadata cannot be read, what the configuration names is listed, and one line of the log says so; another one comes
 * while Gainsight does not answer.
 */
export async function discover(
  { streams }: Pick<Configuration, 'streams'>,
  client: Client,
  { clock, output, stop }: DiscoverWorld,
): Promise<DestinationCatalog> {
  const asked = { client, clock, longest: longestCall, notify: (text: string) => output.log('WARN', text) };
  const list = await withNotice(asked, ({ metadata }) => metadata.objects(stop));
  // Every tenant has objects.
  if (list.kind !== 'done' || list.value.length === 0) {
    const why = list.kind === 'done' ? 'the list of objects is empty' : list.words;
    output.log('WARN', `Metadata cannot be read (${why}): only what the configuration names is listed, without types.`);
    return { operations: configuredOperations(streams) };
  }
  const configured = byObject(streams);
  const others = list.value.filter((object) => isLoadable(object) && !configured.has(object.name.toLowerCase()));
  const names = [...[...configured.values()].map(([entry]) => entry.object), ...others.map(({ name }) => name)];
  const most = Math.max(mostTyped, configured.size);
  const { described, absent, why } = await withNotice(asked, ({ metadata }) =>
    describe(metadata, names.slice(0, most), stop),
  );
  if (why !== undefined) {
    output.log('WARN', `Not every object can be described (${why}): the others are listed without their fields.`);
  }
  if (absent.size > 0) output.log('WARN', leftOut('this tenant has no such object', [...absent], list.value));
  return {
    operations: names
      .filter((name) => !absent.has(name))
      .flatMap((name) => {
        const entries = configured.get(name.toLowerCase()) ?? [];
        const object = described.get(name);
        if (object && object.fields.length > 0)
          return typedOperations(name, object, fieldsOf(name, object, namedBy(entries), output));
        return entries.length > 0 ? configuredOperations(entries) : nameOperations(name);
      }),
  };
}

/** Entries by their object, regardless of case, in their order. */
function byObject(streams: readonly StreamEntry[]): Map<string, [StreamEntry, ...StreamEntry[]]> {
  const entries = new Map<string, [StreamEntry, ...StreamEntry[]]>();
  for (const entry of streams) {
    const object = entry.object.toLowerCase();
    const known = entries.get(object);
    if (known) known.push(entry);
    else entries.set(object, [entry]);
  }
  return entries;
}

/** Describes objects until a call fails. `why`: what failed. */
async function describe(metadata: Client['metadata'], names: readonly string[], signal: AbortSignal) {
  const described = new Map<string, ObjectDescription>();
  const absent = new Set<string>();
  for (let at = 0; at < names.length; at += mostDescribed) {
    const answer = await metadata.describe(names.slice(at, at + mostDescribed), signal);
    if (answer.kind !== 'done') return { described, absent, why: answer.words };
    for (const [name, object] of answer.value.described) described.set(name, object);
    for (const name of answer.value.absent) absent.add(name);
  }
  return { described, absent };
}

/**
 * What the tenant has of the fields that the configuration names, as the tenant spells them. Airbyte would offer any other
 * as if it were there.
 */
function fieldsOf(
  name: string,
  { fields: known }: ObjectDescription,
  { fields, keys }: NamedFields,
  output: Pick<Output, 'log'>,
): NamedFields {
  const names = new Map(known.map((field) => [field.name.toLowerCase(), field.name]));
  for (const { name: exact } of known) names.set(exact, exact);
  const spelled = (field: string) => names.get(field) ?? names.get(field.toLowerCase());
  const missing = new Set([...keys.flat(), ...fields].filter((field) => spelled(field) === undefined));
  const why = `${nameList([name])} has no such field, or does not show it to this access key`;
  if (missing.size > 0) output.log('WARN', leftOut(why, [...missing], known));
  const inTenant = (all: readonly string[]) => all.map(spelled).filter((field) => field !== undefined);
  return {
    fields: inTenant(fields),
    keys: keys.filter((key) => !key.some((field) => missing.has(field))).map(inTenant),
  };
}

/** Names of the configuration that are not listed, each with the nearest one that there is. */
function leftOut(why: string, names: readonly string[], known: readonly Named[]): string {
  const named = names.map((name, at) => `${nameList([name])}${at < mostSuggestions ? didYouMean(name, known) : ''}`);
  return `Left out, as ${why}: ${named.join(', ')}.`;
}

/** What entries of one object name. */
function namedBy(entries: readonly StreamEntry[]): NamedFields {
  return {
    keys: entries.map(keyOf).filter((key) => key.length > 0),
    fields: entries.flatMap((entry) => listedFields(entry).map(({ field }) => field)),
  };
}

function keyOf({ operation, key_fields }: StreamEntry): readonly string[] {
  return operation === 'INSERT' ? [] : key_fields;
}

/** Each operation on an object whose fields are known. */
function typedOperations(name: string, object: ObjectDescription, named: NamedFields): DestinationOperation[] {
  const matching_keys = matchingKeys(object, named);
  return operations
    .filter((operation) => operation === 'INSERT' || matching_keys.length > 0)
    .map((operation) => ({
      object_name: name,
      sync_mode: modeOf[operation],
      json_schema: objectSchema(object, operation, named),
      ...(operation !== 'INSERT' && { matching_keys }),
    }));
}

/** Each operation on an object of which only the name is known: any field may be named. */
function nameOperations(name: string): DestinationOperation[] {
  return operations.map((operation) => ({
    object_name: name,
    sync_mode: modeOf[operation],
    json_schema: { type: 'object', properties: {}, additionalProperties: true },
  }));
}

/** Each configured object with the sync mode that corresponds to its operation. */
function configuredOperations(streams: readonly StreamEntry[]): DestinationOperation[] {
  const groups = new Map<string, StreamEntry[]>();
  for (const entry of streams) {
    const identity = JSON.stringify([entry.object, entry.operation]);
    const group = groups.get(identity);
    if (group) group.push(entry);
    else groups.set(identity, [entry]);
  }
  return [...groups.values()].map(configuredOperation);
}

/** Airbyte identifies operations by object and sync mode alone, so entries with the same two become one. */
function configuredOperation(entries: readonly StreamEntry[]): DestinationOperation {
  const [first] = entries as [StreamEntry];
  const { keys, fields } = namedBy(entries);
  const distinctKeys = new Map(keys.map((key) => [JSON.stringify(key), key]));
  return {
    object_name: first.object,
    sync_mode: modeOf[first.operation],
    json_schema: {
      type: 'object',
      properties: Object.fromEntries([...new Set([...keys.flat(), ...fields])].map((field) => [field, {}])),
      additionalProperties: entries.some(sendsUnlisted),
    },
    ...(distinctKeys.size > 0 && { matching_keys: [...distinctKeys.values()] }),
  };
}
