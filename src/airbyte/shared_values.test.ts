import t from 'tap';
import { SharedValues } from './shared_values.ts';

t.test('of equal values the first is kept, and of others each', async (t) => {
  const shared = new SharedValues();
  const first = shared.of({ type: ['null', 'string'] });
  t.equal(shared.of({ type: ['null', 'string'] }), first);
  t.not(shared.of({ type: ['string', 'null'] }), first);
  t.not(shared.of(['null', 'string']), first);
  const set = new Set(['a']);
  t.equal(shared.of(set, 'set ["a"]'), set);
  t.equal(shared.of(new Set(['a']), 'set ["a"]'), set);
  t.strictSame(shared.of(['a']), ['a'], 'a key of another kind');
});
