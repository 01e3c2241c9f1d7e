/** What `check` reports of the calls used, from one page of the list, whatever the page contains. */

import t, { type Test } from 'tap';
import { worldOf } from '../../integration_tests/support/check_world.ts';
import { countCalls } from '../../integration_tests/support/counted_client.ts';
import { FakeClock } from '../../integration_tests/support/fake_clock.ts';
import { parseConfig } from '../config/config.ts';
import { createClient } from '../gainsight/client.ts';
import type { Exchange } from '../sandbox/exchange.ts';
import type { FaultRule } from '../sandbox/faults.ts';
import type { SandboxOptions } from '../sandbox/options.ts';
import { startSandbox } from '../sandbox/server.ts';
import { check } from './check.ts';

const hours = 3600;

/** As the connector names its files. */
const ownName = 'cwhqzfdbmago63mwrpw3.0.1500.0izyampfzg.4711.0.jrcvrklu.warehouse.companies.csv';

const cases: [
  name: string,
  jobs: [count: number, age: number, whose?: 'ours'][],
  options: Partial<SandboxOptions>,
  says: RegExp,
  quota?: object,
][] = [
  [
    'no job at all',
    [],
    {},
    /used: 0 of 10 this hour and 0 of 100 today; left: 10 and 100\. The tenant shows no fields/,
  ],
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
  ['more jobs of today than a page holds', [[300, 60]], {}, /used: at least 200 of 10 this hour .*left: 0 and 0\. /],
  ['pages that are clipped', [[30, 60]], { listPageMax: 25 }, /used: at least 25 of 10 /],
  [
    'calls left to others, which nobody has used',
    [],
    {},
    /used: 0 of 10 this hour and 0 of 100 today; left: 2 and 2, as 98 a day are left to others\. The tenant shows no fields/,
    { reserved_per_day: 98 },
  ],
  [
    'calls left to others, some of which they have used',
    [[60, 2 * hours]],
    {},
    /used: 0 of 10 this hour and 60 of 100 today; left: 5 and 5, as 95 a day are left to others\. The tenant shows no fields/,
    { reserved_per_day: 95 },
  ],
  [
    'calls left to others, and calls of this connector',
    [
      [60, 2 * hours],
      [3, 2 * hours, 'ours'],
    ],
    {},
    /used: 0 of 10 this hour and 63 of 100 today; left: 2 and 2, as 95 a day are left to others\. The tenant shows no fields/,
    { reserved_per_day: 95 },
  ],
  [
    'a tenant that counts every call',
    [],
    {},
    /Calls used, reads included: 1 of 10 this hour and 1 of 100 today; left: 9 and 99\. A file takes up to 5 calls\. The tenant shows no fields/,
    { counted_calls: 'all_calls' },
  ],
  [
    'a tenant that counts every call, with jobs of this connector',
    [
      [2, 60],
      [1, 60, 'ours'],
    ],
    {},
    /used, reads included: 8 of 10 this hour and 8 of 100 today; left: 2 and 92\./,
    { counted_calls: 'all_calls' },
  ],
];

for (const [name, jobs, options, says, quota] of cases) {
  t.test(name, async (t) => {
    const clock = new FakeClock();
    // The fake clock must not advance: on a loaded machine the twenty seconds would pass before the response has
    // arrived.
    t.teardown(clock.addBusy(() => true));
    const sandbox = await startSandbox({ clock, ...options });
    t.teardown(() => sandbox.close());
    for (const [count, age, whose] of jobs) {
      const ids = sandbox.addForeignJob({ count, age });
      if (whose) for (const id of ids) sandbox.renameJob(id, ownName);
    }
    const config = parseConfig(
      JSON.stringify({
        ...{ domain: 'acme', access_key: 'key', api_base_url: sandbox.url },
        streams: [{ stream: 'accounts', object: 'Company' }],
        ...(quota && { quota }),
      }),
    );
    const client = createClient({ baseUrl: config.baseUrl, accessKey: 'key', clock, userAgent: 'test' });
    t.match(await check(config, client, worldOf(config, clock, 0)), says);
  });
}

/** Checks a configuration on a tenant without jobs. */
async function checkOn(t: Test, changes: object, options: Partial<SandboxOptions> = {}) {
  const clock = new FakeClock();
  t.teardown(clock.addBusy(() => true));
  const sandbox = await startSandbox({ clock, ...options });
  t.teardown(() => sandbox.close());
  const usual = { domain: 'acme', access_key: 'key', api_base_url: sandbox.url };
  const config = parseConfig(JSON.stringify({ ...usual, ...changes }));
  const client = createClient({ baseUrl: config.baseUrl, accessKey: 'key', clock, userAgent: 'test' });
  return { sandbox, checked: check(config, client, worldOf(config, clock, 0)) };
}

t.test('a folder that cannot be written', async (t) => {
  const { checked } = await checkOn(t, { rejected_rows: { folder: `${t.testdir()}/nowhere` } });
  await t.rejects(checked, { code: 'rejects_unwritable', message: /nowhere": ENOENT/ });
});

const objects = { Company: { fields: { Id: {}, Name: {} } } };
const faulty = {
  quotas: {},
  streams: [
    { stream: 'accounts', object: 'Company', fields: [{ column: 'id', field: 'Idd' }], key_fields: ['Idd'] },
    { stream: 'contacts', object: 'Compny' },
  ],
};

t.test('a setting, the folder and the mapping: no fault hides another', async (t) => {
  const { checked } = await checkOn(t, { ...faulty, rejected_rows: { folder: `${t.testdir()}/nowhere` } }, { objects });
  const message =
    /^There are 4 faults: 1\. "quotas" is not a setting .*; 2\. Rejected rows cannot be written to .*; 3\. accounts > Key Fields: "Company" has no field "Idd" .*; 4\. contacts > Object: "Compny" does not exist in this tenant .*\. Correct them, then test the connection again\.$/;
  await t.rejects(checked, { code: 'check_failed', failureType: 'config_error', message });
});

t.test('what must be corrected is reported though Gainsight does not answer', async (t) => {
  const clock = new FakeClock();
  const sandbox = await startSandbox({ clock, script: [{ on: 'list', do: { kind: 'status', status: 503 } }] });
  t.teardown(() => sandbox.close());
  const settings = { domain: 'acme', access_key: 'key', api_base_url: sandbox.url, quotas: {} };
  const config = parseConfig(JSON.stringify(settings));
  const client = createClient({ baseUrl: config.baseUrl, accessKey: 'key', clock, userAgent: 'test' });
  const checked = check(config, client, worldOf(config, clock, 0.5));
  const message = /^There are 2 faults: 1\. .*"quotas" .*; 2\. Gainsight cannot be reached: .*503/;
  await t.rejects(checked, { code: 'check_failed', failureType: 'config_error', message });
});

t.test('the user tests a connection again, not Airbyte', async (t) => {
  const clock = new FakeClock();
  const sandbox = await startSandbox({
    clock,
    script: [{ on: 'list', do: { kind: 'status', status: 503 } }],
  });
  t.teardown(() => sandbox.close());
  const config = parseConfig(JSON.stringify({ domain: 'acme', access_key: 'key', api_base_url: sandbox.url }));
  const client = createClient({ baseUrl: config.baseUrl, accessKey: 'key', clock, userAgent: 'test' });
  await t.rejects(check(config, client, worldOf(config, clock, 0.5)), {
    code: 'gainsight_unavailable',
    message: /503.*\. Test the connection again in a few minutes; .* support\./,
  });
});

/** The words of a Gainsight that never answers, in the order in which `check` and its notice come. */
const silent: readonly [string, FaultRule[], number, RegExp[]][] = [
  [
    'that is down',
    [{ on: 'list', do: { kind: 'status', status: 503 } }],
    1,
    [/^Gainsight has not answered for 5 s \(.*503.*\)\. The connector waits for 20 s at most\.$/],
  ],
  [
    'that does not answer at all',
    [{ on: 'list', do: { kind: 'delay', seconds: 3600 } }],
    1,
    [/^Gainsight has not answered for 5 s\. The connector waits for 20 s at most\.$/],
  ],
  ['that answers the second time', [{ on: 'list', nth: 1, do: { kind: 'status', status: 503 } }], 0.5, []],
  [
    'whose metadata does not answer',
    [{ on: 'metadata', do: { kind: 'delay', seconds: 3600 } }],
    1,
    [/^Gainsight has not answered for 5 s\. /],
  ],
];
for (const [name, script, random, expected] of silent)
  t.test(`a Gainsight ${name}: a person who waits learns it ${expected.length} times`, async (t) => {
    const clock = new FakeClock();
    const sandbox = await startSandbox({ clock, script });
    t.teardown(() => sandbox.close());
    const config = parseConfig(JSON.stringify({ domain: 'acme', access_key: 'key', api_base_url: sandbox.url }));
    const { client, isUnderway } = countCalls(
      createClient({ baseUrl: config.baseUrl, accessKey: 'key', clock, userAgent: 'test' }),
    );
    t.teardown(clock.addBusy(() => isUnderway(sandbox)));
    const notices: string[] = [];
    await check(
      config,
      client,
      worldOf(config, clock, random, (text) => void notices.push(text)),
    ).catch((error) => t.equal(error.code, 'gainsight_unavailable'));
    t.equal(notices.length, expected.length);
    t.match(notices, expected);
  });

t.test('a store that cannot be reached is named, with what to do', async (t) => {
  const clock = new FakeClock();
  const sandbox = await startSandbox({ clock });
  t.teardown(() => sandbox.close());
  const bucket = { s3_bucket_name: 'acme', s3_bucket_region: 'eu-west-1', access_key_id: 'A', secret_access_key: 'b' };
  const place = { storage_type: 'S3', bucket_path: 'kept', ...bucket, s3_endpoint: 'http://127.0.0.1:1' };
  const reached = { domain: 'acme', access_key: 'key', api_base_url: sandbox.url };
  const config = parseConfig(JSON.stringify({ ...reached, object_storage_config: place }));
  const client = createClient({ baseUrl: config.baseUrl, accessKey: 'key', clock, userAgent: 'test' });
  const message =
    /^The bucket "s3:\/\/acme\/kept" at http:\/\/127\.0\.0\.1:1 for rejected rows cannot be reached: no answer within 20 seconds\. See whether the store is up, and whether the connector may reach this address, then test the connection again\.$/;
  await t.rejects(check(config, client, worldOf(config, clock, 0.5)), {
    code: 'bucket_unavailable',
    failureType: 'transient_error',
    message,
  });
});

t.test('settings that do not exist', async (t) => {
  const { checked } = await checkOn(t, { quotas: { calls_per_hour: 1 }, calls_per_hour: 1 });
  await t.rejects(checked, {
    code: 'config_invalid',
    message: /there are 2 faults\. 1\. "quotas" .* 2\. "calls_per_hour" is not a setting here: it belongs into Quota/,
  });
});

t.test('what is only probably wrong is said beside the result', async (t) => {
  const none = await checkOn(t, {});
  t.match(
    await none.checked,
    /100\. Please check: "Streams" has no entry and "Load Unlisted Streams" is off, .*object\. The metadata of the tenant/,
  );
  const mapped = await checkOn(t, { load_unlisted_streams: true });
  t.match(await mapped.checked, /left: 10 and 100\. The metadata of the tenant can be read\.$/);
  const fields = [
    { column: 'name', field: 'Stage' },
    { column: 'stage', field: 'Name' },
  ];
  const crossed = await checkOn(t, { streams: [{ stream: 'accounts', object: 'Company', fields }] });
  t.match(
    await crossed.checked,
    /100\. Please check: Streams 1 \(accounts\) > Fields 1 \(name\) looks crossed with Fields 2/,
  );
});

const alone: [name: string, Partial<SandboxOptions>, says: RegExp][] = [
  ['others answer', {}, /; its metadata answers, its object API answers\. Check "Gainsight Domain"\. /],
  [
    'no API at all',
    { metadata: 'off', objectApi: { access: 'off' } },
    /its metadata is missing as well, its object API is missing as well\./,
  ],
  [
    'others fail',
    {
      script: [
        { on: 'metadata', do: { kind: 'status', status: 503 } },
        { on: 'query', do: { kind: 'status', status: 400, errorCode: 'GSOBJ_1002' } },
      ],
    },
    /its metadata does not \(GU_503: .*\), its object API does not \(GSOBJ_1002/,
  ],
];
for (const [name, options, says] of alone) {
  t.test(`a tenant without the Bulk API: ${name}`, async (t) => {
    const clock = new FakeClock();
    t.teardown(clock.addBusy(() => true));
    const sandbox = await startSandbox({ clock, bulkApi: 'off', ...options });
    t.teardown(() => sandbox.close());
    const config = parseConfig(JSON.stringify({ domain: 'acme', access_key: 'key', api_base_url: sandbox.url }));
    const client = createClient({ baseUrl: config.baseUrl, accessKey: 'key', clock, userAgent: 'test' });
    const message =
      /^\S+ has no Bulk API at \/bulk\/jobs: GS_APIG_1000 \(there is no such path on this tenant\): Not Found; /;
    const checked = check(config, client, worldOf(config, clock, 0));
    await t.rejects(checked, { code: 'bulk_api_missing', message });
    const error = (await checked.catch((thrown) => thrown)) as Error;
    t.match(error.message, says);
    t.match(error.message, 'docs/first-hour.md');
    t.notMatch(error.message, /support/);
  });
}

interface ObjectCheck {
  readonly entries: readonly object[];
  readonly tenant?: Partial<SandboxOptions>;
  readonly says: RegExp;
  /** Of the error; absent: the check succeeds. */
  readonly code?: string;
  /** The calls made: those of the object API with their object. */
  readonly calls: string;
}

const byCalls = (of: string, more: object = {}) => ({
  ...{ stream: of, object: of, key_fields: ['Id'], route: 'object_api', ...more },
});
const query = (status: number, errorCode: string) =>
  [{ on: 'query', object: 'Usage__gc', do: { kind: 'status', status, errorCode } }] as const;

const objectChecks: Record<string, ObjectCheck> = {
  'all streams go by it: a missing Bulk API is no fault': {
    entries: [byCalls('Company'), byCalls('Usage__gc')],
    tenant: { bulkApi: 'off' },
    says: /^The object API of \S+ answers for "Company", "Usage__gc"\./,
    calls: 'Company, Usage__gc',
  },
  'each object is asked once': {
    entries: [byCalls('Company'), byCalls('Company', { stream: 'more', operation: 'UPDATE' })],
    says: /^The object API of \S+ answers for "Company"\./,
    calls: 'Company',
  },
  'beside files both must answer': {
    entries: [byCalls('Company'), { stream: 'b', object: 'Usage__gc', key_fields: ['Id'] }],
    says: /^Connected to \S+: the Bulk API answers\. .* The object API of \S+ answers for "Company"\./,
    calls: 'Company, /bulk/jobs',
  },
  'auto may need both': {
    entries: [byCalls('Company', { route: 'auto' })],
    tenant: { bulkApi: 'off' },
    code: 'bulk_api_missing',
    says: /set Route of their entries to object_api/,
    calls: 'Company, /bulk/jobs, /meta/services/objects/list, Company',
  },
  'streams by files alone do not need it': {
    entries: [{ stream: 'b', object: 'Usage__gc', key_fields: ['Id'] }],
    tenant: { objectApi: { access: 'off' } },
    says: /^Connected to \S+: the Bulk API answers\./,
    calls: '/bulk/jobs',
  },
  'it is not there': {
    entries: [byCalls('Company')],
    tenant: { objectApi: { access: 'off' } },
    code: 'object_api_missing',
    says: /has no object API that answers POST \/data\/objects\/query\/Company: GS_APIG_1000/,
    calls: 'Company',
  },
  'it refuses one of the objects': {
    entries: [byCalls('Company'), byCalls('Usage__gc')],
    tenant: { script: query(400, 'GSOBJ_1002') },
    code: 'call_refused',
    says: /^Gainsight refuses the call POST \/data\/objects\/query\/Usage__gc: GSOBJ_1002/,
    calls: 'Company, Usage__gc',
  },
  'an object that it does not know': {
    entries: [byCalls('Usage__gc')],
    tenant: { script: query(404, 'GSOBJ_1003') },
    code: 'call_refused',
    says: /query\/Usage__gc: GSOBJ_1003/,
    calls: 'Usage__gc',
  },
  'a refused key': {
    entries: [byCalls('Usage__gc')],
    tenant: { script: query(401, 'GS_APIG_2401') },
    code: 'access_refused',
    says: /GS_APIG_2401/,
    calls: 'Usage__gc',
  },
  'the key may not call from here': {
    entries: [byCalls('Usage__gc')],
    tenant: { script: query(403, 'GS_APIG_2402') },
    code: 'address_not_listed',
    says: /GS_APIG_2402/,
    calls: 'Usage__gc',
  },
};

for (const [name, { entries, tenant, says, code, calls }] of Object.entries(objectChecks)) {
  t.test(`the object API: ${name}`, async (t) => {
    const clock = new FakeClock();
    t.teardown(clock.addBusy(() => true));
    const made: string[] = [];
    const onExchange = ({ path }: Exchange) => void made.push(path.replace('/data/objects/query/', ''));
    const sandbox = await startSandbox({ clock, onExchange, ...tenant });
    t.teardown(() => sandbox.close());
    const settings = { domain: 'acme', access_key: 'key', api_base_url: sandbox.url, preflight: { mapping: 'off' } };
    const config = parseConfig(JSON.stringify({ ...settings, streams: entries }));
    const client = createClient({ baseUrl: config.baseUrl, accessKey: 'key', clock, userAgent: 'test' });
    const checked = check(config, client, worldOf(config, clock, 0));
    if (code === undefined) t.match(await checked, says);
    else await t.rejects(checked, { code, message: says });
    t.equal(made.join(', '), calls);
  });
}
