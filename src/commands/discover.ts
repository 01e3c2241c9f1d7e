/** The command `discover`: what the configuration can load into, in the form that Airbyte's data activation expects. */
import type { DestinationCatalog, DestinationOperation } from '../airbyte/protocol.ts';
import type { Configuration, StreamEntry } from '../config/types.ts';
import { listedFields, sendsUnlisted } from '../plan/field_names.ts';

/** Each configured object with the sync mode that corresponds to its operation. */
export function discover({ streams }: Pick<Configuration, 'streams'>): DestinationCatalog {
  const groups = new Map<string, StreamEntry[]>();
  for (const entry of streams) {
    const identity = JSON.stringify([entry.object, syncMode(entry)]);
    const group = groups.get(identity);
    if (group) group.push(entry);
    else groups.set(identity, [entry]);
  }
  return { operations: [...groups.values()].map(operation) };
}

function syncMode({ operation }: StreamEntry): 'append' | 'append_dedup' {
  return operation === 'INSERT' ? 'append' : 'append_dedup';
}

/** Airbyte identifies operations by object and sync mode alone, so entries with the same two become one. */
function operation(entries: readonly StreamEntry[]): DestinationOperation {
  const [first] = entries as [StreamEntry];
  const keys = entries.map((entry) => (entry.operation === 'INSERT' ? [] : entry.key_fields));
  const fields = entries.flatMap((entry) => listedFields(entry).map(({ field }) => field));
  const distinctKeys = new Map(keys.filter((key) => key.length > 0).map((key) => [JSON.stringify(key), key]));
  return {
    object_name: first.object,
    sync_mode: syncMode(first),
    json_schema: {
      type: 'object',
      properties: Object.fromEntries([...new Set([...keys.flat(), ...fields])].map((field) => [field, {}])),
      additionalProperties: entries.some(sendsUnlisted),
    },
    ...(distinctKeys.size > 0 && { matching_keys: [...distinctKeys.values()] }),
  };
}
