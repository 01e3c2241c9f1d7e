/** States in memory and on disk compared with a plain list. */
import fc from 'fast-check';
import t from 'tap';
import { MemoryTexts } from '../../integration_tests/support/memory_texts.ts';
import { type HeldState, HeldStates } from './held_states.ts';
import { PackedNumbers } from './packed_numbers.ts';

/** Applies the same steps to held states and a plain list. */
class Pair {
  readonly texts = new MemoryTexts();
  readonly held = new HeldStates(this.texts);
  list: HeldState[] = [];
  #made = 0;

  push(times: number): void {
    for (let time = 0; time < times; time++) {
      this.#made += 1;
      const made = this.#made;
      const state = { text: this.texts.put(`${made}`), at: made / 2, accepted: made, rejected: 2 ** 40 + made };
      this.held.push(state);
      this.list.push(state);
    }
  }

  shift(times: number): void {
    for (let time = 0; time < times && this.list.length > 0; time++) {
      if (JSON.stringify(this.held.first) !== JSON.stringify(this.list[0])) throw new Error('another state is first');
      this.held.shift();
      this.list = this.list.slice(1);
    }
  }

  truncate(times: number): void {
    this.held.truncate(times);
    this.list = this.list.slice(0, times);
  }
}

t.test('states come back first in, first out, however many there are, and no text is left', async () => {
  const action = fc.tuple(fc.constantFrom('push', 'push', 'shift', 'truncate'), fc.integer({ min: 1, max: 900 }));
  fc.assert(
    fc.property(fc.array(action, { maxLength: 12 }), (actions) => {
      const pair = new Pair();
      for (const [act, times] of actions) {
        pair[act as 'push' | 'shift' | 'truncate'](times);
        if (pair.held.length !== pair.list.length) return false;
      }
      pair.shift(Number.POSITIVE_INFINITY);
      return pair.held.length === 0 && pair.held.first === undefined && pair.texts.size === 0;
    }),
    { seed: 6, numRuns: 150 },
  );
});

t.test('numbers of every size are read as they were packed', async () => {
  fc.assert(
    fc.property(fc.array(fc.oneof(fc.nat(300), fc.maxSafeNat()), { maxLength: 400 }), (numbers) => {
      const packed = new PackedNumbers();
      for (const number of numbers) packed.push(number);
      const [one, other] = [packed.reader(), packed.reader()];
      return packed.length === numbers.length && numbers.every((each) => one.next() === each && other.next() === each);
    }),
    { seed: 7, numRuns: 200 },
  );
});
