/** Which records of a call are written and which refused, in how many calls, whatever the tenant's errors show. */
import t, { type Test } from 'tap';
import { setUpLoad } from '../../../integration_tests/support/load_setup.ts';
import type { RecordErrorStyle } from '../../sandbox/object_options.ts';
import type { SandboxOptions } from '../../sandbox/options.ts';
import { writeRecords } from './record_calls.ts';

const objects = { Visit__gc: { fields: { Id: { required: true }, Name: { maxLength: 8 }, Amount: {} } } };

/** Updates 50 records of which those of these numbers have another name. */
async function run(t: Test, bad: Readonly<Record<number, string>>, options: Partial<SandboxOptions> = {}) {
  const setup = await setUpLoad(t, { objects, ...options });
  const { client, clock, sandbox } = setup;
  const ids = Array.from({ length: 50 }, (_, row) => row);
  sandbox.addRecords(
    'Visit__gc',
    ids.map((id) => ({ Id: `v${id}` })),
  );
  const records = ids.map((row) => ({
    row,
    text: `{"Id":"v${row}","Name":${JSON.stringify(bad[row] ?? 'fine')},"Amount":12345678901234567.10}`,
  }));
  const write = (texts: readonly string[]) => client.objects.update('Visit__gc', ['Id'], { records: texts });
  const parts = { clock, random: () => 0.5, signal: new AbortController().signal, ...about };
  const result = await writeRecords(records, write, parts).catch((error: { code: string }) => error.code);
  const named = sandbox.rows('Visit__gc').filter(({ Name }) => Name === 'fine');
  const rows = typeof result === 'string' ? result : result.map(({ row }) => row);
  return { result, rows, calls: sandbox.objectCalls.length, written: named.length, named, clock };
}

const about = { host: 'acme', call: 'PUT /data', stream: { name: 'visits' }, report: () => undefined };

const long = (of: number) => `much too long ${of}`;
const two = { 7: long(7), 33: long(33) };
const same = { 7: 'much too long', 33: 'much too long' };
const pairs = { 7: 'Much Too Long ', 33: 'much too long' };
const cases: [name: string, bad: Readonly<Record<number, string>>, style: RecordErrorStyle, calls: number][] = [
  ['all are fine', {}, 'values', 1],
  ['one is named', { 49: long(49) }, 'values', 2],
  ['two are named', two, 'values', 2],
  ['two are named, one after the other', two, 'first_value', 3],
  ['two have the same value', same, 'values', 51],
  ['two have values of another form', pairs, 'first_value', 51],
  ['nobody is named', two, 'nameless', 51],
  ['every one is bad', Object.fromEntries(Array.from({ length: 50 }, (_, at) => [at, long(at)])), 'values', 1],
];
for (const [name, bad, recordErrors, calls] of cases) {
  t.test(name, async (t) => {
    const found = await run(t, bad, { objectApi: { recordErrors } });
    const rows = Object.keys(bad).map(Number);
    t.same([found.rows, found.calls, found.written], [rows, calls, 50 - rows.length]);
    if (found.named[0]) t.equal(found.named[0]['Amount'], '12345678901234567.10', 'digit for digit');
  });
}

t.test('a refused record keeps every reason, with its field', async (t) => {
  const { result } = await run(t, { 3: long(3) });
  t.match(result, [{ row: 3, errors: [{ field: 'Name', message: /^GSOBJ_1001: / }] }]);
});

t.test('a call that is too large is sent record by record', async (t) => {
  const script = [{ on: 'update', times: 2, do: { kind: 'status', status: 413 } }] as const;
  const { result, calls, written } = await run(t, {}, { script });
  t.match(result, [{ row: 0, errors: [{ message: /too large/ }] }]);
  t.same([calls, written], [51, 49]);
});

const lost: [name: string, script: SandboxOptions['script'], options?: Partial<SandboxOptions>][] = [
  ['a lost answer is sent again', [{ on: 'update', nth: 1, do: { kind: 'accept_then_drop' } }]],
  ['a gateway that gives up', [{ on: 'update', nth: 1, do: { kind: 'accept_then_status', status: 502 } }]],
  ['a refusal that is cut off', [{ on: 'update', nth: 1, do: { kind: 'accept_then_truncate_json' } }]],
  ['a 400 that a proxy answers', [{ on: 'update', nth: 1, do: { kind: 'status', status: 400, html: true } }]],
  ['a 400 without a body', [{ on: 'update', nth: 1, do: { kind: 'status', status: 400, empty: true } }]],
  ['a page instead of the answer', [{ on: 'update', nth: 1, do: { kind: 'status', status: 200, html: true } }]],
  ['a call written in part', [{ on: 'update', nth: 1, do: { kind: 'write_in_part', records: 9 } }]],
  [
    'a failure of the database as a refusal',
    [{ on: 'update', nth: 1, do: { kind: 'status', status: 400, errorCode: 'GSOBJ_1003' } }],
  ],
  ['429', [{ on: 'update', nth: 1, do: { kind: 'status', status: 429 } }]],
  [
    'GS_APIG_2404 at any status',
    [{ on: 'update', nth: 1, do: { kind: 'status', status: 400, errorCode: 'GS_APIG_2404' } }],
  ],
  ['GU_2400 at any status', [{ on: 'update', nth: 1, do: { kind: 'status', status: 400, errorCode: 'GU_2400' } }]],
];
for (const [name, script = []] of lost) {
  t.test(name, async (t) => {
    const { rows, written, clock } = await run(t, { 5: long(5) }, { script });
    t.same([rows, written], [[5], 49]);
    // A refusal that names records is not waited for.
    t.equal(clock.elapsed() >= 500, name !== 'a call written in part', 'after a pause');
  });
}

t.test('a call that cannot succeed ends with its error, and names no record', async (t) => {
  const ends: [code: string, status: number, errorCode: string][] = [
    ['access_refused', 401, 'GS_APIG_2401'],
    ['access_refused', 400, 'GSOBJ_1024'],
    ['address_not_listed', 403, 'GS_APIG_2402'],
    ['object_api_missing', 404, 'GS_APIG_1000'],
    ['call_refused', 400, 'GS_7400'],
  ];
  for (const [code, status, errorCode] of ends) {
    const { result, written } = await run(
      t,
      {},
      { script: [{ on: 'update', do: { kind: 'status', status, errorCode } }] },
    );
    t.same([result, written], [code, 0], errorCode);
  }
  for (const fault of [{ status: 503 }, { status: 400, html: true }]) {
    const script = [{ on: 'update', do: { kind: 'status', ...fault } }] as const;
    const { result, clock } = await run(t, {}, { script });
    t.equal(result, 'gainsight_unavailable');
    t.ok(clock.elapsed() <= 30 * 60_000, 'after half an hour');
  }
});

t.test('an update without a match is refused or done, as the tenant has it', async (t) => {
  const refused = await setUpLoad(t, { objects });
  const parts = { random: () => 0, signal: new AbortController().signal, ...about };
  const records = [{ row: 0, text: '{"Id":"nobody","Name":"x"}' }];
  for (const [options, expected] of [
    [{}, [{ row: 0, errors: [{ field: 'Id', message: /^GSOBJ_1011/ }] }]],
    [{ unmatchedUpdate: 'success' }, []],
  ] as const) {
    const { client, clock } = await setUpLoad(t, { objects, ...options });
    const write = (texts: readonly string[]) => client.objects.update('Visit__gc', ['Id'], { records: texts });
    t.match(await writeRecords(records, write, { ...parts, clock }), expected);
  }
  t.same(refused.sandbox.objectCalls, []);
});
