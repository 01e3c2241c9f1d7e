/** Names of streams: for messages, and as keys. */
import type { StreamDescriptor } from './protocol.ts';

/** `namespace.name`, or the bare name: for messages. */
export function label({ name, namespace }: StreamDescriptor): string {
  return namespace === undefined || namespace === '' ? name : `${namespace}.${name}`;
}

/** A text that only equal streams share. Sources write a missing namespace as null, as "", or not at all. */
export function streamKey({ name, namespace }: { name: string; namespace?: string | null | undefined }): string {
  return JSON.stringify([namespace || '', name]);
}
