/** In which order streams must be loaded: `load_after` as parents, and no circle among them. */

import type { StreamDescriptor } from '../airbyte/protocol.ts';
import { label } from '../airbyte/streams.ts';
import { ConnectorError } from '../errors.ts';

/** What `load_after` comes to. */
export interface LoadOrder {
  /** For each stream the positions of those that must be done before it. */
  readonly parents: readonly (readonly number[])[];
  /** Names that no stream of the catalog bears. */
  readonly unknown: readonly string[];
}

/**
 * Resolves the names of `load_after`: a stream's name, or `namespace.name`; a name that several bear means all of them.
 * @param loadAfter for each stream its names
 * @throws {ConnectorError} `load_after_cycle`, naming the circle
 */
export function orderStreams(
  streams: readonly StreamDescriptor[],
  loadAfter: readonly (readonly string[])[],
): LoadOrder {
  const bearers = new Map<string, Set<number>>();
  for (const [position, stream] of streams.entries()) {
    for (const name of [stream.name, label(stream)]) {
      bearers.set(name, (bearers.get(name) ?? new Set()).add(position));
    }
  }
  const unknown = new Set<string>();
  const parents = loadAfter.map((names) => {
    const found = new Set<number>();
    for (const name of names) {
      const positions = bearers.get(name);
      if (!positions) unknown.add(name);
      for (const position of positions ?? []) found.add(position);
    }
    return [...found];
  });
  refuseCircle(streams, parents);
  return { parents, unknown: [...unknown] };
}

function refuseCircle(streams: readonly StreamDescriptor[], parents: readonly (readonly number[])[]): void {
  const left = new Set(parents.keys());
  const waiting = parents.map((positions) => positions.length);
  const children = parents.map((): number[] => []);
  for (const [child, positions] of parents.entries()) for (const parent of positions) children[parent]?.push(child);
  // The list grows while it is walked: what is free sets its children free.
  const free = [...left].filter((position) => waiting[position] === 0);
  for (const parent of free) {
    left.delete(parent);
    for (const child of children[parent] ?? []) {
      const count = (waiting[child] as number) - 1;
      waiting[child] = count;
      if (count === 0) free.push(child);
    }
  }
  const [stuck] = left;
  if (stuck === undefined) return;
  const cycle = circleFrom(stuck, parents, left).map((position) => label(streams[position] as StreamDescriptor));
  throw new ConnectorError('load_after_cycle', { cycle: cycle.join(' after ') });
}

/** Whatever is left waits for something that is left as well, so that walking up must come round. */
function circleFrom(start: number, parents: readonly (readonly number[])[], left: ReadonlySet<number>): number[] {
  const visited = new Map<number, number>();
  const walk: number[] = [];
  let position = start;
  while (!visited.has(position)) {
    visited.set(position, walk.length);
    walk.push(position);
    position = (parents[position] ?? []).find((parent) => left.has(parent)) as number;
  }
  return [...walk.slice(visited.get(position)), position];
}
