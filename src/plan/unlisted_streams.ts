/** Streams that no entry names, and why the entry that was meant for one does not. */
import type { StreamDescriptor } from '../airbyte/protocol.ts';
import { label } from '../airbyte/streams.ts';
import type { StreamEntry } from '../config/types.ts';
import { ConnectorError } from '../errors.ts';
import { nameList } from '../names.ts';
import { nearestOf } from './name_match.ts';

/** Entries that match no stream, each with its number in the form. */
export type IdleEntries = readonly { readonly entry: StreamEntry; readonly number: number }[];

/** The error for a stream without an entry. */
export function unlisted(stream: StreamDescriptor, idle: IdleEntries): ConnectorError {
  const hint = hintFor(stream, idle);
  const names = idle.map(({ entry }) => label({ name: entry.stream, namespace: entry.namespace }));
  const others = names.length === 0 ? '' : `; entries without a stream are ${nameList(names)}`;
  const details = { stream: nameList([label(stream)]), hint: hint === undefined ? others : `. ${hint}` };
  return new ConnectorError('stream_unlisted', details, { stream });
}

/**
 * Which of `idle` may be meant for a stream without an entry, why it does not match, and what to do; undefined if none
 * looks so.
 */
export function hintFor(stream: StreamDescriptor, idle: IdleEntries): string | undefined {
  return hintAtNamespace(stream, idle) ?? hintAtPrefix(stream, idle) ?? hintAtName(stream, idle);
}

/** Airbyte sends no namespaces unless the connection is set to. */
function hintAtNamespace({ name, namespace }: StreamDescriptor, idle: IdleEntries): string | undefined {
  for (const { entry, number } of idle) {
    const other = namespaceIn(entry, name);
    if (other === undefined) continue;
    const names = `Entry ${number} names ${nameList([name])} in the namespace ${nameList([other])}`;
    return namespace
      ? `${names}, and the connection sends it in ${nameList([namespace])}: correct "Namespace" of the entry`
      : `${names}, and the connection sends it without one: in the connection set "Destination Namespace" to "Source-defined", or leave the namespace out of the entry`;
  }
  return undefined;
}

/** The namespace under which an entry names a stream of this name. */
function namespaceIn({ stream, namespace }: StreamEntry, name: string): string | undefined {
  if (stream === name && namespace !== '') return namespace;
  return namespace === '' && stream.endsWith(`.${name}`) ? stream.slice(0, -name.length - 1) : undefined;
}

/** The connection puts its prefix before the name of every stream. */
function hintAtPrefix({ name }: StreamDescriptor, idle: IdleEntries): string | undefined {
  for (const { entry, number } of idle) {
    const added = prefixOf(name, entry.stream);
    const prefix = added ?? prefixOf(entry.stream, name);
    if (prefix === undefined) continue;
    const has = `seems to have ${added === undefined ? 'no' : 'the'} "Stream Prefix" ${nameList([prefix])}`;
    return `Entry ${number} names ${nameList([entry.stream])}, and the connection ${has}: name the stream ${nameList([name])} in the entry`;
  }
  return undefined;
}

/** What `name` has before `ending`; undefined if that is not all of it, or too little to be meant. */
function prefixOf(name: string, ending: string): string | undefined {
  const prefix = name.endsWith(ending) ? name.slice(0, -ending.length) : '';
  return prefix.length >= 2 && ending.length >= 3 ? prefix : undefined;
}

function hintAtName(stream: StreamDescriptor, idle: IdleEntries): string | undefined {
  const known = idle.map(({ entry, number }) => ({ name: entry.stream, number }));
  const meant = nearestOf(stream.name, known) ?? nearestOf(label(stream), known);
  if (meant === undefined) return undefined;
  return `Entry ${meant.number} names ${nameList([meant.name])}: if that is meant, correct it to ${nameList([stream.name])}`;
}
