/** The order in which streams must be loaded: resolves `load_after` to parents, and finds cycles. */

import type { StreamDescriptor } from '../airbyte/protocol.ts';
import { label } from '../airbyte/streams.ts';
import { ConnectorError } from '../errors.ts';

/** The result of `load_after`. */
export interface LoadOrder {
  /** For each stream the positions of those that must be loaded before it. */
  readonly parents: readonly (readonly number[])[];
  /** Names that match no stream of the catalog. */
  readonly unknown: readonly string[];
}

/** An order without cycles. */
export interface StreamOrder extends LoadOrder {
  /** `load_after_cycle`, naming the cycle, for each stream of one. Such a stream has no parents. */
  readonly cyclic: ReadonlyMap<number, ConnectorError>;
}

/** {@link resolveNames}, without cycles. */
export function orderStreams(
  streams: readonly StreamDescriptor[],
  loadAfter: readonly (readonly string[])[],
): StreamOrder {
  const { parents: named, unknown } = resolveNames(streams, loadAfter);
  const parents = [...named];
  const cyclic = new Map<number, ConnectorError>();
  for (let cycle = cycleIn(parents); cycle; cycle = cycleIn(parents)) {
    const error = new ConnectorError('load_after_cycle', { cycle: cycleText(cycle, streams) });
    for (const position of cycle) {
      cyclic.set(position, error);
      parents[position] = [];
    }
  }
  return { parents, unknown, cyclic };
}

/**
 * Resolves the names of `load_after`: a stream's name, or `namespace.name`; a name that matches several streams means
 * all of them.
 * @param loadAfter for each stream its names
 */
export function resolveNames(
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
  return { parents, unknown: [...unknown] };
}

/** A cycle, its first position also at its end: `a after b after a`. */
export function cycleText(cycle: readonly number[], streams: readonly StreamDescriptor[]): string {
  return cycle.map((position) => label(streams[position] as StreamDescriptor)).join(' after ');
}

/** The positions of streams that wait for each other, the first one also at the end; undefined: there are none. */
export function cycleIn(parents: LoadOrder['parents']): number[] | undefined {
  const left = new Set(parents.keys());
  for (const position of parentsFirst(parents)) left.delete(position);
  const [stuck] = left;
  return stuck === undefined ? undefined : cycleFrom(stuck, parents, left);
}

/** Positions, each behind its parents; those of a cycle, and behind one, are missing. */
export function parentsFirst(parents: LoadOrder['parents']): number[] {
  const waiting = parents.map((positions) => positions.length);
  const children = parents.map((): number[] => []);
  for (const [child, positions] of parents.entries()) for (const parent of positions) children[parent]?.push(child);
  // The list grows during the loop: each stream frees its children.
  const free = [...parents.keys()].filter((position) => waiting[position] === 0);
  for (const parent of free) {
    for (const child of children[parent] ?? []) {
      const count = (waiting[child] as number) - 1;
      waiting[child] = count;
      if (count === 0) free.push(child);
    }
  }
  return free;
}

/** Every stream left waits for another one left, so walking up the parents must find a cycle. */
function cycleFrom(start: number, parents: readonly (readonly number[])[], left: ReadonlySet<number>): number[] {
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
