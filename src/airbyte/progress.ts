/** How far a RECORD line is understood: kept apart, so that the next line can start from where this one got to. */
import type { KeyShape } from './shape.ts';

/** What the bytes of a RECORD line have told so far. */
export interface Progress {
  /** The last `type` of the message is RECORD; undefined before one came. */
  isRecord: boolean | undefined;
  /** The last `record` is an object. */
  hasRecord: boolean;
  /** undefined: absent or no string. */
  stream: string | undefined;
  namespace: string | undefined;
  /** The last `namespace` is neither a string nor null. */
  namespaceIsWrong: boolean;
  shape: KeyShape;
  /** Where the last `meta` starts, from the line's start; -1: absent. */
  metaOffset: number;
}

/** Nothing is known yet. */
export function progressOf(shape: KeyShape): Progress {
  const unknown = { isRecord: undefined, stream: undefined, namespace: undefined };
  return { ...unknown, hasRecord: false, namespaceIsWrong: false, shape, metaOffset: -1 };
}

/** Object.assign, which is too slow for each line. */
export function copyProgress(from: Progress, to: Progress): void {
  to.isRecord = from.isRecord;
  to.hasRecord = from.hasRecord;
  to.stream = from.stream;
  to.namespace = from.namespace;
  to.namespaceIsWrong = from.namespaceIsWrong;
  to.shape = from.shape;
  to.metaOffset = from.metaOffset;
}
