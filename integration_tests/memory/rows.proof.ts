/** Memory does not grow with the table. */
import t from 'tap';
import { holdsBounds } from './bounds.ts';

t.test('ten times the records take no more than a quarter more memory', async (t) => {
  const measure = async () => {
    // A peak is the higher the longer one looks for it, so that small syncs are watched for as long as the large one.
    const small: number[] = [];
    for (let round = 0; round < 3; round++) small.push((await holdsBounds(t, 'small')).memory);
    const large = await holdsBounds(t, 'large');
    return large.memory / Math.max(...small);
  };
  // Where others use the machine, garbage may once be collected late; growth would show each time.
  const first = await measure();
  const growth = first < 1.25 ? first : await measure();
  t.ok(growth < 1.25, `${growth.toFixed(2)} times the memory, ${first.toFixed(2)} at first`);
});
