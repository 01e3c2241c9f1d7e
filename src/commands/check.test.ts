/** What `check` reports of the calls used, from one page of the list, whatever the page contains. */
import t from 'tap';
import { FakeClock } from '../../integration_tests/support/fake_clock.ts';
import { parseConfig } from '../config/config.ts';
import { createClient } from '../gainsight/client.ts';
import type { SandboxOptions } from '../sandbox/options.ts';
import { startSandbox } from '../sandbox/server.ts';
import { check } from './check.ts';

const hours = 3600;

const cases: [name: string, jobs: [count: number, age: number][], options: Partial<SandboxOptions>, says: RegExp][] = [
  ['no job at all', [], {}, /used: 0 of 10 this hour and 0 of 100 today; left: 10 and 100\.$/],
  [
    'the last hour and the last day',
    [
      [2, 60],
      [3, 2 * hours],
      [4, 30 * hours],
    ],
    {},
    /used: 2 of 10 .* 5 of 100 /,
  ],
  [
    'years of older jobs',
    [
      [500, 30 * hours],
      [3, 60],
    ],
    {},
    /used: 3 of 10 this hour and 3 of 100 today/,
  ],
  [
    'years of older jobs, oldest first',
    [
      [500, 30 * hours],
      [3, 60],
    ],
    { listOrder: 'oldest' },
    /used: at least 0 of 10/,
  ],
  ['more jobs of today than a page holds', [[300, 60]], {}, /used: at least 200 of 10 this hour .*left: 0 and 0\.$/],
  ['pages that are clipped', [[30, 60]], { listPageMax: 25 }, /used: at least 25 of 10 /],
];

for (const [name, jobs, options, says] of cases) {
  t.test(name, async (t) => {
    const clock = new FakeClock();
    // The fake clock must not advance: on a loaded machine the twenty seconds would pass before the response has
    // arrived.
    t.teardown(clock.addBusy(() => true));
    const sandbox = await startSandbox({ clock, ...options });
    t.teardown(() => sandbox.close());
    for (const [count, age] of jobs) sandbox.addForeignJob({ count, age });
    const config = parseConfig(
      JSON.stringify({
        ...{ domain: 'acme', access_key: 'key', api_base_url: sandbox.url },
        streams: [{ stream: 'accounts', object: 'Company' }],
      }),
    );
    const client = createClient({ baseUrl: config.baseUrl, accessKey: 'key', clock, userAgent: 'test' });
    t.match(await check(config, client, clock, () => 0), says);
  });
}

t.test('a folder that cannot be written is reported before Gainsight is called', async (t) => {
  const clock = new FakeClock();
  const sandbox = await startSandbox({ clock });
  t.teardown(() => sandbox.close());
  const config = parseConfig(
    JSON.stringify({
      ...{ domain: 'acme', access_key: 'key', api_base_url: sandbox.url },
      rejected_rows: { folder: `${t.testdir()}/nowhere` },
    }),
  );
  const client = createClient({ baseUrl: config.baseUrl, accessKey: 'key', clock, userAgent: 'test' });
  await t.rejects(
    check(config, client, clock, () => 0),
    { code: 'rejects_unwritable', message: /nowhere": ENOENT/ },
  );
  t.same(sandbox.calls, []);
});
