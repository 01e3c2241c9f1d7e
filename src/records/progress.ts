/** The envelope of a RECORD line as far as it has been parsed; copied when a line begins like an earlier one. */
import type { KeyShape } from './shape.ts';

/** What was parsed of a RECORD line so far; initially nothing. */
export class Progress {
  /** The last `type` of the message is RECORD; undefined before one came. */
  isRecord: boolean | undefined = undefined;
  /** The last `record` is an object. */
  hasRecord = false;
  /** undefined: absent, or not a string. */
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

  /** Like Object.assign, which is too slow for each line. */
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
