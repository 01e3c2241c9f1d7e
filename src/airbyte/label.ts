/** How a stream is named to a person. */
import type { StreamName } from '../model.ts';

/** `namespace.name`, or the bare name: for people. */
export function label({ name, namespace }: StreamName): string {
  return namespace === undefined || namespace === '' ? name : `${namespace}.${name}`;
}
