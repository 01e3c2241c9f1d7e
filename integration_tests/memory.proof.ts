/** Memory and disk do not grow with the table, nor with streams and states: the cheaper cases of `npm run memory`. */
import { spawnSync } from 'node:child_process';
import t from 'tap';
import { memoryCases } from './memory/cases.ts';
import { type Measured, measure } from './memory/measure.ts';

/** Bytes; a megabyte is 1,000,000. */
const mostMemory = 150_000_000;
const dataLimit = startsWithin(256_000_000);

const measured = new Map<string, Measured>();
for (const name of ['small', 'large', 'states', 'full-spool', '1000-streams-quota']) {
  const test = memoryCases.find((each) => each.name === name);
  if (!test) throw new Error(`no case ${name}`);
  t.test(test.about, async (t) => {
    const result = await measure(test, dataLimit);
    measured.set(name, result);
    t.same(result.faults, []);
    t.ok(result.memory < mostMemory, `${result.memory} bytes of memory`);
    t.ok(result.disk <= (test.spoolMegabytes ?? 10_240) * 1_000_000, `${result.disk} bytes of disk`);
  });
}

t.test('ten times the records take no more than a quarter more', async (t) => {
  const [small, large] = [measured.get('small'), measured.get('large')];
  t.ok(large && small && large.memory < small.memory * 1.25);
});

/** Newer versions of Node reserve more than that for code alone and do not start; then there is no limit but ours. */
function startsWithin(bytes: number): number | undefined {
  const script = `ulimit -d ${Math.floor(bytes / 1024)} && exec "$0" -e 0`;
  return spawnSync('sh', ['-c', script, process.execPath]).status === 0 ? bytes : undefined;
}
