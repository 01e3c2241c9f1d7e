/** Held states, first in, first out: a few in memory, the others on disk. */
import type { StateText } from '../airbyte/protocol.ts';

/** Stores texts outside memory. A reference is one number. */
export interface TextStore<Ref extends number = number> {
  put(text: StateText): Ref;
  get(ref: Ref): StateText;
  /** Frees the text; called once for each. */
  drop(ref: Ref): void;
}

/** A state that has come and has not been released. */
export interface HeldState<Ref extends number = number> {
  readonly text: Ref;
  /** When it came, by the caller's clock. */
  readonly at: number;
  /** Counts of the records between the previous state and this one, as far as they were known when it came. */
  readonly accepted: number;
  readonly rejected: number;
}

const numbersPerState = 4;
/** Number of states stored together on disk. */
const statesPerPiece = 256;
const pieceLength = numbersPerState * statesPerPiece;

/** Never written to. */
const none: never[] = [];

/** Millions of states take no more memory than some hundreds. */
export class HeldStates<Ref extends number = number> {
  readonly #texts: TextStore<Ref>;
  /** The oldest states, starting at index `#start`. */
  #head: ArrayLike<number> = none;
  #start = 0;
  /** Pieces on disk, the oldest first, starting at index `#firstPiece`. */
  #pieces: Ref[] = none;
  #firstPiece = 0;
  /** The newest states. */
  #tail: number[] = none;

  constructor(texts: TextStore<Ref>) {
    this.#texts = texts;
  }

  get length(): number {
    const numbers = this.#head.length - this.#start + this.#tail.length;
    return numbers / numbersPerState + (this.#pieces.length - this.#firstPiece) * statesPerPiece;
  }

  /** The oldest state. */
  get first(): HeldState<Ref> | undefined {
    this.#refill();
    const [head, start] = [this.#head, this.#start];
    if (start >= head.length) return undefined;
    return {
      text: head[start] as Ref,
      at: head[start + 1] as number,
      accepted: head[start + 2] as number,
      rejected: head[start + 3] as number,
    };
  }

  push({ text, at, accepted, rejected }: HeldState<Ref>): void {
    // Of thousands of streams most have one state: its array has no room for more.
    if (this.#tail.length === 0) this.#tail = [text, at, accepted, rejected];
    else this.#tail.push(text, at, accepted, rejected);
    if (this.#tail.length < pieceLength) return;
    const piece = this.#texts.put(Buffer.from(Float64Array.from(this.#tail).buffer));
    if (this.#pieces.length === 0) this.#pieces = [piece];
    else this.#pieces.push(piece);
    this.#tail = none;
  }

  /** Frees the oldest state and its text. */
  shift(): void {
    this.#refill();
    this.#texts.drop(this.#head[this.#start] as Ref);
    this.#start += numbersPerState;
  }

  /** Frees all except the oldest `length`, with their texts. */
  truncate(length: number): void {
    const all = this.length;
    if (length >= all) return;
    const kept = new HeldStates(this.#texts);
    for (let at = 0; at < all; at++) {
      if (at < length) kept.push(this.first as HeldState<Ref>);
      else this.#texts.drop((this.first as HeldState<Ref>).text);
      this.#start += numbersPerState;
    }
    this.#head = kept.#head;
    this.#start = kept.#start;
    this.#pieces = kept.#pieces;
    this.#firstPiece = kept.#firstPiece;
    this.#tail = kept.#tail;
  }

  #refill(): void {
    if (this.#start < this.#head.length) return;
    this.#start = 0;
    const piece = this.#pieces[this.#firstPiece];
    if (piece === undefined) {
      this.#head = this.#tail;
      this.#tail = none;
      return;
    }
    this.#head = numbersOf(this.#texts.get(piece));
    this.#texts.drop(piece);
    this.#firstPiece += 1;
    // Not at each step: shift() moves all elements after it.
    if (this.#firstPiece < 1000 && this.#firstPiece < this.#pieces.length) return;
    this.#pieces = this.#pieces.slice(this.#firstPiece);
    this.#firstPiece = 0;
  }
}

function numbersOf(text: StateText): Float64Array {
  const bytes = Buffer.from(text as Buffer);
  return new Float64Array(bytes.buffer.slice(bytes.byteOffset, bytes.byteOffset + bytes.length));
}
