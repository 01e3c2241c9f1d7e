/** How a stream is named: to a person, and as a key. */
import type { StreamDescriptor } from './protocol.ts';

/** `namespace.name`, or the bare name: for people. */
export function label({ name, namespace }: StreamDescriptor): string {
  return namespace === undefined || namespace === '' ? name : `${namespace}.${name}`;
}

/** A text that two streams share only if they are the same. Sources write a missing namespace as null, as "", or not at all. */
export function streamKey({ name, namespace }: { name: string; namespace?: string | null | undefined }): string {
  return JSON.stringify([namespace || '', name]);
}
