/** Memory does not grow with the table. */
import t from 'tap';
import { holdsBounds } from './memory/bounds.ts';

t.test('ten times the records take no more than a quarter more memory', async (t) => {
  const measure = async () => {
    const small = await holdsBounds(t, 'small');
    const large = await holdsBounds(t, 'large');
    return large.memory / small.memory;
  };
  // On a machine that is busy, garbage may once and again be collected late; growth would show each time.
  const growths: string[] = [];
  for (let growth = Number.POSITIVE_INFINITY; growth >= 1.25 && growths.length < 3; growths.push(growth.toFixed(2)))
    growth = await measure();
  t.ok(Number(growths.at(-1)) < 1.25, `${growths.join(', ')} times the memory`);
});
