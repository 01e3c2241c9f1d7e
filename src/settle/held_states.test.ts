/** States in memory and on disk against a plain list. */
import fc from 'fast-check';
import t from 'tap';
import { MemoryTexts } from '../../integration_tests/support/memory_texts.ts';
import { HeldStates } from './held_states.ts';
import { PackedNumbers } from './packed_numbers.ts';

t.test('states come back first in first out, however many there are, and nothing is left of them', async () => {
  const action = fc.oneof(
    fc.record({ do: fc.constant('push' as const), times: fc.integer({ min: 1, max: 700 }) }),
    fc.record({ do: fc.constant('shift' as const), times: fc.integer({ min: 1, max: 700 }) }),
    fc.record({ do: fc.constant('truncate' as const), times: fc.integer({ min: 0, max: 900 }) }),
  );
  fc.assert(
    fc.property(fc.array(action, { maxLength: 12 }), (actions) => {
      const texts = new MemoryTexts();
      const held = new HeldStates(texts);
      let model: { text: number; at: number; accepted: number; rejected: number }[] = [];
      let made = 0;
      const does = {
        push(times: number) {
          for (let time = 0; time < times; time++) {
            made += 1;
            const state = { text: texts.put(`${made}`), at: made / 2, accepted: made, rejected: 2 ** 40 + made };
            held.push(state);
            model.push(state);
          }
        },
        shift(times: number) {
          for (let time = 0; time < times && model.length > 0; time++) {
            if (JSON.stringify(held.first) !== JSON.stringify(model[0])) throw new Error(JSON.stringify(held.first));
            held.shift();
            model = model.slice(1);
          }
        },
        truncate(length: number) {
          held.truncate(length);
          model = model.slice(0, length);
        },
      };
      for (const { do: act, times } of actions) {
        does[act](times);
        if (held.length !== model.length) throw new Error(`${held.length} states of ${model.length}`);
      }
      does.shift(model.length);
      return held.length === 0 && held.first === undefined && texts.size === 0;
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
