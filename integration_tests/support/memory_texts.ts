/** A store of texts in memory that fails if a text is used after it was dropped. */
import type { TextStore } from '../../src/settle/held_states.ts';

export class MemoryTexts implements TextStore<number> {
  readonly #texts = new Map<number, string>();
  #next = 0;

  get size(): number {
    return this.#texts.size;
  }

  put(text: string): number {
    this.#next += 1;
    this.#texts.set(this.#next, text);
    return this.#next;
  }

  get(ref: number): string {
    const text = this.#texts.get(ref);
    if (text === undefined) throw new Error(`Text ${ref} was dropped`);
    return text;
  }

  drop(ref: number): void {
    if (!this.#texts.delete(ref)) throw new Error(`Text ${ref} was dropped twice`);
  }
}
