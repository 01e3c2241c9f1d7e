/** How far a RECORD line is understood: kept apart, so that the next line can start from where this one got to. */
import type { KeyShape } from './shape.ts';

/** What the bytes of a RECORD line have told so far; at first nothing. */
export class Progress {
  /** The last `type` of the message is RECORD; undefined before one came. */
  isRecord: boolean | undefined = undefined;
  /** The last `record` is an object. */
  hasRecord = false;
  /** undefined: absent or no string. */
  stream: string | undefined = undefined;
  namespace: string | undefined = undefined;
  /** The last `namespace` is neither a string nor null. */
  namespaceIsWrong = false;
  shape: KeyShape;
  /** Where the last `meta` starts, from the line's start; -1: absent. */
  metaOffset = -1;

  constructor(shape: KeyShape) {
    this.shape = shape;
  }

  /** Object.assign, which is too slow for each line. */
  copyFrom(other: Progress): void {
    this.isRecord = other.isRecord;
    this.hasRecord = other.hasRecord;
    this.stream = other.stream;
    this.namespace = other.namespace;
    this.namespaceIsWrong = other.namespaceIsWrong;
    this.shape = other.shape;
    this.metaOffset = other.metaOffset;
  }
}
