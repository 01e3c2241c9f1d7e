/** Memory does not grow with the table. */
import t from 'tap';
import { holdsBounds } from './memory/bounds.ts';

t.test('ten times the records take no more than a quarter more memory', async (t) => {
  const measure = async () => {
    const small = await holdsBounds(t, 'small');
    const large = await holdsBounds(t, 'large');
    return large.memory / small.memory;
  };
  // On a machine that is busy, garbage may once be collected late; growth would show each time.
  const first = await measure();
  const growth = first < 1.25 ? first : await measure();
  t.ok(growth < 1.25, `${growth.toFixed(2)} times the memory, ${first.toFixed(2)} at first`);
});
