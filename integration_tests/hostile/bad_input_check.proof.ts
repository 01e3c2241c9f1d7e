/**
 * `check` in the built program: what the user must correct is a failed status, a temporary failure is a trace without
 * one.
 */

import t, { type Test } from 'tap';
import { check } from '../../src/commands/check.ts';
import { parseConfig } from '../../src/config/config.ts';
import { createClient } from '../../src/gainsight/client.ts';
import type { FaultRule } from '../../src/sandbox/faults.ts';
import type { SandboxOptions } from '../../src/sandbox/options.ts';
import { startSandbox } from '../../src/sandbox/server.ts';
import { allOrQuarter } from '../conservation/quarter.ts';
import { worldOf } from '../support/check_world.ts';
import { FakeClock } from '../support/fake_clock.ts';
import { holdsAlways, holdsFailure, type SetUpOptions, setUpProgram } from '../support/small_sync.ts';
import { accessKey } from '../support/tenant.ts';

const onList = (fault: FaultRule['do'], more: Partial<FaultRule> = {}): Partial<SandboxOptions> => ({
  script: [{ on: 'list', do: fault, ...more }],
});

interface Case extends SetUpOptions {
  readonly name: string;
  /** `SUCCEEDED` and `FAILED` are statuses; otherwise the code of a trace. */
  readonly ends: 'SUCCEEDED' | 'FAILED' | 'rate_limited' | 'gainsight_unavailable';
  readonly says: readonly (string | RegExp)[];
  readonly calls?: number;
}

const cases: readonly Case[] = [
  {
    ...{ name: 'a key that is accepted', ends: 'SUCCEEDED' },
    sandbox: onList({ kind: 'foreign_jobs', count: 3, age: 600 }),
    says: [
      /Connected to 127\.0\.0\.1:\d+: the Bulk API answers\. Calls used: 3 of 10 this hour and 3 of 100 today; left: 7 and 97\./,
    ],
  },
  {
    ...{ name: 'calls that are older than an hour', ends: 'SUCCEEDED' },
    sandbox: onList({ kind: 'foreign_jobs', count: 12, age: 7200 }),
    says: ['Calls used: 0 of 10 this hour and 12 of 100 today; left: 10 and 88.'],
  },
  {
    ...{ name: 'a key that is refused', ends: 'FAILED', config: { access_key: 'canary-key of another' } },
    says: ['Gainsight refuses the access key: GS_APIG_2401 (the sign-in is not ', 'enter it as "Access Key"'],
  },
  {
    ...{ name: 'a key that the refusal repeats', ends: 'FAILED' },
    sandbox: onList({ kind: 'status', status: 403, errorDesc: `Key ${accessKey} may not` }),
    says: ['GU_403: Key …'],
  },
  {
    ...{ name: 'no Bulk API', ends: 'FAILED', sandbox: onList({ kind: 'status', status: 404, html: true }) },
    says: [
      /127\.0\.0\.1:\d+ has no Bulk API at \/bulk\/jobs: HTTP 404.*; its metadata answers, its object API answers\. /,
      'Check "Gainsight Domain"',
      'docs/first-hour.md',
    ],
  },
  {
    ...{ name: 'a refusal with status 200', ends: 'FAILED', sandbox: onList({ kind: 'result_false' }) },
    says: ['Gainsight refuses to answer GET /bulk/jobs: GU_1101 (a failure of Gainsight)', 'ask Gainsight support'],
  },
  {
    ...{ name: 'a redirect', ends: 'FAILED' },
    sandbox: onList({ kind: 'redirect', to: 'https://login.acme.invalid/' }),
    says: ['redirect to login.acme.invalid', 'the browser shows when Gainsight is open'],
  },
  {
    ...{ name: 'a host that does not resolve', ends: 'FAILED', calls: 0 },
    config: { api_base_url: `https://${'x'.repeat(64)}.invalid/v1` },
    says: ['x.invalid does not exist', 'Correct "Gainsight Domain"'],
  },
  {
    ...{ name: 'a configuration with faults', ends: 'FAILED', calls: 0, config: { domain: 'a/b', access_key: '' } },
    says: [
      'there are 2 faults. 1. Gainsight Domain must have no path: leave out everything after the host; 2. Access Key must not be empty.',
      'Correct it in the destination settings',
    ],
  },
  {
    ...{ name: 'a configuration that is not JSON', ends: 'FAILED', calls: 0, config: `{"access_key":"${accessKey}` },
    says: ['The configuration file cannot be read: it is not JSON'],
  },
  {
    ...{ name: 'a server that fails twice', ends: 'SUCCEEDED', calls: 3 },
    sandbox: onList({ kind: 'status', status: 500 }, { nth: 1, times: 2 }),
    says: ['Connected to'],
  },
  {
    ...{ name: 'a server that fails thrice', ends: 'gainsight_unavailable', calls: 3 },
    sandbox: onList({ kind: 'status', status: 500 }),
    says: ['Gainsight cannot be reached: GU_500', 'Test the connection again in a few minutes'],
  },
  {
    ...{ name: 'an answer that is cut off', ends: 'gainsight_unavailable', calls: 3 },
    sandbox: onList({ kind: 'accept_then_truncate_json' }),
    says: ['the answer cannot be read'],
  },
  {
    ...{ name: 'too many calls', ends: 'rate_limited', sandbox: onList({ kind: 'status', status: 429 }) },
    says: ['too many calls were made: GU_429', 'Test the connection again in a few minutes'],
  },
  {
    ...{ name: 'a host that does not answer', ends: 'gainsight_unavailable', calls: 0 },
    config: { api_base_url: 'http://127.0.0.1:1/v1' },
    says: ['Gainsight cannot be reached: ECONNREFUSED', 'Test the connection again in a few minutes'],
  },
];

t.jobs = 4;
for (const { name, ends, says, calls = 1, ...options } of allOrQuarter(cases, 'check')) {
  t.test(name, { buffered: true }, async (t) => {
    const program = await setUpProgram(t, options);
    const result = await program.run('check');
    t.equal(program.sandbox.calls.filter(({ foreign }) => !foreign).length, calls, 'calls');
    if (ends !== 'SUCCEEDED' && ends !== 'FAILED')
      return holdsFailure(t, result, program, { code: ends, type: 'transient_error', says });
    holdsAlways(t, result, program);
    t.equal(result.code, 0);
    t.equal(result.lines.length, 1);
    const { status, message } = result.messages[0]?.['connectionStatus'] ?? {};
    t.equal(status, ends);
    for (const part of says) t.match(message, part);
  });
}

t.test('`check` gives up after 20 seconds without an answer', { buffered: true }, async (t: Test) => {
  const clock = new FakeClock();
  const sandbox = await startSandbox({ clock, ...onList({ kind: 'delay', seconds: 3600 }) });
  t.teardown(() => sandbox.close());
  const config = parseConfig(JSON.stringify({ domain: 'acme', access_key: 'k', api_base_url: sandbox.url }));
  const client = createClient({ baseUrl: sandbox.url, accessKey: 'k', clock, userAgent: 'test' });
  clock.addBusy(() => sandbox.parked === 0);
  const failed = check(config, client, worldOf(config, clock, 0)).catch((error) => ({
    error,
    after: clock.elapsed(),
  }));
  const error = { code: 'gainsight_unavailable', message: /no answer within 20 seconds/ };
  t.match(await failed, { error, after: 20_000 });
});
