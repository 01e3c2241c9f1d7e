/** Values beside the tenant's metadata, in syncs against the sandbox: what is counted, rejected, and never changed. */
import t, { type Test } from 'tap';
import { type InProcessResult, type InProcessSync, runInProcess } from '../integration_tests/support/run_in_process.ts';
import {
  catalogOf,
  configOf,
  entryOf,
  logsAt,
  recordLine,
  released,
  state,
} from '../integration_tests/support/small_sync.ts';
import type { FaultRule } from './sandbox/faults.ts';
import type { FieldRule, ObjectRules, SandboxOptions } from './sandbox/options.ts';

/** The sandbox accepts every value: only its metadata has rules. */
const described = (rule: FieldRule['described'] & object, more: FieldRule = {}): FieldRule => ({
  described: rule,
  ...more,
});

const fields: ObjectRules['fields'] = {
  Id: {},
  Name: { maxLength: 8 },
  Stage: described({ inactive: ['Dormant'] }, { picklist: ['Open', 'Won'] }),
  Score: described({ dataType: 'NUMBER', decimals: 1 }),
};
const objects = { Accounts: { fields } };
const columns = { Id: {}, Name: {}, Stage: {}, Score: {} };
const catalog = {
  streams: catalogOf(['accounts']).streams.map((each) => ({
    ...each,
    stream: { name: 'accounts', json_schema: { properties: columns } },
  })),
};
const good = [
  { Id: 'A1', Name: 'short', Stage: 'Open', Score: 1.5 },
  { Id: 'A2', Name: null, Stage: 'Won', Score: 2 },
];
/** So that no column is missing in all records. */
const nulls = { Name: null, Stage: null, Score: null };
const inputOf = (rows: readonly object[]) =>
  Buffer.from(
    `${rows.map((row) => `${recordLine('accounts', JSON.stringify({ ...nulls, ...row }))}\n`).join('')}${state('accounts')}`,
  );

interface Changes extends Partial<Omit<InProcessSync, 'sandbox'>> {
  readonly rows?: readonly object[];
  readonly values?: string;
  readonly mapping?: string;
  readonly detail?: string;
  readonly operation?: string;
  readonly sandbox?: Partial<SandboxOptions>;
}

async function sync(t: Test, changes: Changes = {}): Promise<InProcessResult> {
  const {
    rows = good,
    values = 'count',
    mapping = 'fail',
    detail = 'keys',
    sandbox,
    operation = 'UPSERT',
    ...more
  } = changes;
  const streams = [entryOf('accounts', operation === 'INSERT' ? { operation, key_fields: [] } : { operation })];
  const result = await runInProcess({
    config: { ...configOf([]), streams, preflight: { mapping, values }, rejected_rows: { log_detail: detail } },
    ...{ catalog, input: inputOf(rows), sandbox: { objects, ...sandbox }, ...more },
  });
  t.teardown(() => result.sandbox.close());
  return result;
}

const loaded = ({ sandbox }: InProcessResult) => sandbox.rows('Accounts').length;
const files = ({ sandbox }: InProcessResult) => sandbox.ownJobs.map(({ sha256 }) => sha256);
/** Without the time that reading metadata takes, and the tenant's port. */
const lines = ({ lines }: InProcessResult) =>
  lines.map((line) => line.replace(/(Total of .* in )\d+ (ms|s):/, '$1time:').replace(/127\.0\.0\.1:\d+/, 'tenant'));

t.test('values that fit are loaded without a word', async (t) => {
  const result = await sync(t);
  t.same(logsAt(result, 'WARN'), []);
  t.equal(loaded(result), 2);
});

t.test(
  'values that do not fit are counted by field and reason, with a warning that comes before the first file',
  async (t) => {
    const rows = [
      ...good,
      { Id: 'A3', Name: 'x', Score: 2.25 },
      { Id: 'A4', Name: 'y', Score: 'much' },
      { Id: 'A5', Score: 'more' },
    ];
    const result = await sync(t, { rows });
    t.same(logsAt(result, 'WARN'), [
      'accounts → Accounts: Score in 1 of 5 records: the number has more decimal places than the field, which has 1. Sent as it is. Gainsight may round it: round it in the source, or give the field more decimal places. For example: {"key":{"Id":"A3"}}',
      'accounts → Accounts: Score in 2 of 5 records: the value is no number. Sent as it is. Send digits alone, with a point before the decimal places. For example: {"key":{"Id":"A4"}}, {"key":{"Id":"A5"}}',
    ]);
    const submitted = result.logs.findIndex((text) => text.includes('submitted'));
    t.ok(result.logs.findIndex((text) => text.includes('Score in 2 of 5')) < submitted);
    t.equal(loaded(result), 5);
    t.equal(released(result), 'accounts 1');
  },
);

t.test('what came after the first file is counted at the end', async (t) => {
  const rows = Array.from({ length: 5 }, (_, at) => ({ Id: `A${at}`, Score: 'much' }));
  const streams = [entryOf('accounts')];
  const result = await sync(t, { rows, config: { ...configOf([]), streams, files: { max_rows: 2 } } });
  t.match(logsAt(result, 'WARN'), [
    /^accounts → Accounts: Score in 3 of 3 records: the value is no number\. Sent/,
    /^accounts → Accounts: Score in 5 of 5 records: the value is no number\.$/,
  ]);
});

t.test('the log shows of a value what the setting allows', async (t) => {
  const rows = [{ Id: 'secret key', Score: 'secret value' }];
  const shown = async (detail: string, more: object = {}) => {
    const streams = [entryOf('accounts')];
    const config = { ...configOf([]), streams, rejected_rows: { log_detail: detail, ...more } };
    const [warning = ''] = logsAt(await sync(t, { rows, config }), 'WARN');
    return warning.replace(/.*decimal places\./, '');
  };
  t.equal(await shown('none', { folder: t.testdir() }), '');
  t.equal(await shown('keys'), ' For example: {"key":{"Id":"secret key"}}');
  t.equal(await shown('full_row'), ' For example: {"key":{"Id":"secret key"},"value":"secret value"}');
});

const bad = [
  { Id: 'B1', Name: 'longer than eight' },
  { Id: 'B2', Stage: 'open' },
  { Id: 'B3', Stage: 'Dormant' },
  { Id: 'B4', Stage: 'Lost' },
  { Id: 'B5', Score: 'much' },
];

t.test('"reject" rejects their rows before they are sent, and every record counts once', async (t) => {
  const result = await sync(t, { rows: [...good, ...bad], values: 'reject' });
  t.equal(result.end, 'done');
  t.equal(loaded(result), 2);
  t.same(
    result.sandbox.ownJobs.map(({ rowCount, refused }) => [rowCount, refused.length]),
    [[2, 0]],
  );
  const reasons = logsAt(result, 'WARN')
    .flatMap((text) => /^rejected row (.*)/.exec(text)?.[1] ?? [])
    .map((json) => JSON.parse(json));
  t.same(
    reasons.map(({ key, field, reason }) => `${key.Id} ${field}: ${reason}`),
    [
      'B1 Name: the text is longer than the field, which takes 8 characters',
      'B2 Stage: the value is an item of the picklist only regardless of case or white space',
      'B3 Stage: the value is an item of the picklist that is not active',
      'B4 Stage: the value is no item of the picklist',
      'B5 Score: the value is no number',
    ],
  );
  t.match(result.logs.join('\n'), /Total of .* 7 records: 2 accepted, 5 rejected/);
  t.match(JSON.parse(result.states[0] ?? '').state.destinationStats, { recordCount: 2, rejectedRecordCount: 5 });
});

t.test('rows that "reject" rejects count for the limit, as any others', async (t) => {
  const result = await sync(t, { rows: bad, values: 'reject' });
  t.equal(result.end, 'failed');
  t.equal(result.sandbox.ownJobs.length, 0);
  t.match(result.traces, [/5 of 5 .*none was accepted/]);
});

t.test('"reject" never rejects a row of an INSERT: a mapping of the connection is only counted', async (t) => {
  const inserted = catalog.streams.map((each) => ({
    ...each,
    destination_sync_mode: 'append',
    destination_object_name: 'Accounts',
  }));
  const rows = [{ Id: 'A1', Score: 'much' }];
  const result = await sync(t, {
    rows,
    catalog: { streams: inserted },
    config: { ...configOf([]), preflight: { values: 'reject' } },
  });
  t.equal(loaded(result), 1);
  t.match(logsAt(result, 'WARN'), [
    'Rows of "accounts" are loaded by INSERT: values that do not fit are only counted.',
    /^accounts → Accounts: Score in 1 of 1 record: the value is no number/,
  ]);
});

t.test('"off" looks at no value, and with "Preflight: Mapping" off reads no metadata', async (t) => {
  const rows = [...good, { Id: 'A3', Score: 'much' }];
  const counted = await sync(t, { rows });
  const off = await sync(t, { rows, values: 'off' });
  t.same(logsAt(off, 'WARN'), []);
  t.equal(off.sandbox.metadataCalls.length, 1);
  t.same(files(counted), files(off));
  const neither = await sync(t, { rows, values: 'off', mapping: 'off' });
  t.equal(neither.sandbox.metadataCalls.length, 0);
  t.same(files(neither), files(off));
});

t.test('without metadata nothing is counted or rejected: the output is the same but for one line', async (t) => {
  const rows = [...good, { Id: 'A3', Score: 'much' }];
  const without = await sync(t, { rows, values: 'off', mapping: 'off' });
  for (const values of ['count', 'reject']) {
    for (const [mapping, what] of [
      ['fail', 'the mapping and the values are'],
      ['off', 'values are'],
    ] as const) {
      const result = await sync(t, { rows, values, mapping, sandbox: { metadata: 'off' } });
      const line = result.lines.filter((each) => each.includes(`so ${what} not compared with the tenant.`));
      t.equal(line.length, 1, `${values} ${mapping}`);
      t.same(
        lines(result).filter((each) => !each.includes(`so ${what} not compared`)),
        lines(without),
        `${values} ${mapping}`,
      );
      t.same(files(result), files(without));
    }
  }
});

const byCategory = {
  Accounts: { fields: { ...fields, Stage: described({ optionsByCategory: true }, { picklist: ['Open'] }) } },
};

t.test('the items of a picklist that its description lacks are asked for', async (t) => {
  const rows = [{ Id: 'A1', Stage: 'Lost' }];
  const result = await sync(t, { rows, values: 'reject', sandbox: { objects: byCategory } });
  t.equal(result.sandbox.metadataCalls.length, 2);
  t.match(logsAt(result, 'WARN')[0], /the value is no item of the picklist/);
});

t.test('a picklist that cannot be read costs one line, and its values pass', async (t) => {
  const script: FaultRule[] = [{ on: 'metadata', nth: 2, do: { kind: 'status', status: 500 } }];
  const rows = [
    { Id: 'A1', Stage: 'Open' },
    { Id: 'A2', Score: 'much' },
  ];
  const result = await sync(t, { rows, sandbox: { objects: byCategory, script } });
  t.match(logsAt(result, 'WARN'), [
    'The items of the picklists "Stage" cannot be read, so their values are not checked.',
    /Score in 1 of 2 records: the value is no number/,
  ]);
});

t.test('date-times that the connector itself writes are not judged', async (t) => {
  const streams = [
    {
      stream: {
        name: 'accounts',
        json_schema: { properties: { Id: {}, At: { type: 'string', format: 'date-time' } } },
      },
      sync_mode: 'incremental',
      destination_sync_mode: 'append',
    },
  ];
  const tenant = { Accounts: { fields: { Id: {}, At: described({ dataType: 'DATETIME' }) } } };
  const input = Buffer.from(
    `${recordLine('accounts', '{"Id":"A1","At":"2024-02-29T12:00:00+01:00"}')}\n${state('accounts')}`,
  );
  for (const datetime_format of ['as_is', 'iso_utc_milliseconds', 'epoch_milliseconds']) {
    const config = { ...configOf(['accounts']), values: { datetime_format } };
    const result = await sync(t, { input, catalog: { streams }, config, sandbox: { objects: tenant } });
    t.same(logsAt(result, 'WARN'), [], datetime_format);
  }
});
