/** Memory does not grow with the table. */
import t from 'tap';
import { holdsBounds } from './memory/bounds.ts';

t.test('ten times the records take no more than a quarter more memory', async (t) => {
  const measure = async () => {
    const small = await holdsBounds(t, 'small');
    const large = await holdsBounds(t, 'large');
    return large.memory / small.memory;
  };
  // On a machine that is busy, garbage may once be collected later than it became; growth would show each time.
  const growth = await measure();
  t.ok(growth < 1.25 || (await measure()) < 1.25, `${growth.toFixed(2)} times the memory`);
});
