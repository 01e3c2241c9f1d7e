/** The commands `objects` and `fields`, by the command line, against a tenant on a real socket. */
import t, { type Test } from 'tap';
import { type Circumstances, setUpCommand } from '../../integration_tests/support/command_setup.ts';
import type { FaultRule } from '../sandbox/faults.ts';
import type { ObjectRules, SandboxOptions } from '../sandbox/options.ts';

const readOnly = { createable: false, updateable: false, readOnly: true };
const objects: Record<string, ObjectRules> = {
  Company: {
    fields: {
      Gsid: { described: { dataType: 'GSID', label: 'GSID', ...readOnly } },
      Name: { maxLength: 250 },
      Stage: { picklist: ['Open', 'Won'], described: { inactive: ['Lost'] } },
      Level__gc: { picklist: ['High'], described: { inactive: ['Low'], optionsByCategory: true } },
      Parent__gc: { described: { dataType: 'LOOKUP', lookup: ['company'] } },
      ARR__gc: { type: 'number', required: true, described: { label: 'Annual Revenue', decimals: 2 } },
      Margin__gc: { type: 'number', described: { formula: true } },
    },
  },
  Touch_Point__gc: { fields: {}, hidesFields: true },
  gsuser: { fields: {}, label: 'User' },
  raw_events: { fields: {}, objectType: 'SYSTEM', createable: false },
};

/** Runs command lines, of which none may call the Bulk API. */
async function setUp(t: Test, sandbox: Partial<SandboxOptions> = {}, changes: object = {}) {
  const { run, sandbox: tenant } = await setUpCommand(t, { objects, ...sandbox }, changes);
  return async (line: string, circumstances: Circumstances = {}) => {
    const ran = await run(line, circumstances);
    t.same(tenant.calls, [], `${line}: no call of the Bulk API`);
    return ran;
  };
}

t.test('objects that can be loaded are listed; with --all, the others too', async (t) => {
  const run = await setUp(t);
  t.same(await run('objects --config CONFIG'), {
    code: 0,
    stdout:
      'Object\tLabel\tType\tCreateable\tLoadable\ncompany\tCompany\tSTANDARD\tyes\tyes\n' +
      'touch_point__gc\tTouch Point\tCUSTOM\tyes\tyes\n',
    stderr: '',
  });
  const { stdout } = await run('objects --config CONFIG --all');
  t.match(stdout, '\ngsuser\tUser\tSTANDARD\tyes\tno\nraw_events\traw events\tSYSTEM\tno\tno\n');
});

t.test('objects as JSON', async (t) => {
  const run = await setUp(t);
  const { stdout } = await run('objects --config CONFIG --json');
  t.same(JSON.parse(stdout), [
    { name: 'company', label: 'Company', type: 'STANDARD', createable: true, loadable: true },
    { name: 'touch_point__gc', label: 'Touch Point', type: 'CUSTOM', createable: true, loadable: true },
  ]);
});

t.test('fields of an object in any case, with labels, lookups and what cannot be written', async (t) => {
  const run = await setUp(t);
  t.same(await run('fields COMPANY --config CONFIG'), {
    code: 0,
    stdout: [
      'Field\tLabel\tType\tRequired\tWritable\tLength\tValues',
      'Gsid\tGSID\tGSID\tno\tno\t\t',
      'Name\tName\tSTRING\tyes\tyes\t250\t',
      'Stage\tStage\tPICKLIST\tno\tyes\t\tOpen, Won, Lost (inactive)',
      'Level__gc\tLevel\tPICKLIST\tno\tyes\t\tHigh, Low (inactive)',
      'Parent__gc\tParent\tLOOKUP\tno\tyes\t\tlookup to company',
      'ARR__gc\tAnnual Revenue\tNUMBER\tyes\tyes\t\t',
      'Margin__gc\tMargin\tNUMBER\tno\tno\t\tformula',
      '',
    ].join('\n'),
    stderr: '',
  });
});

t.test('once no labels are to be had, no other picklist is asked for', async (t) => {
  const byCategory = { described: { optionsByCategory: true } };
  const fields = { A: { picklist: ['High'], ...byCategory }, B: { picklist: ['Low'], ...byCategory } };
  for (const [status, shown, calls] of [
    [404, 'B\tB\tPICKLIST\tno\tyes\t\tLow', 3],
    [503, 'B\tB\tPICKLIST\tno\tyes\t\t', 2],
  ] as const) {
    const script: FaultRule[] = [{ on: 'metadata', nth: 2, do: { kind: 'status', status } }];
    const { run, sandbox } = await setUpCommand(t, { objects: { Company: { fields } }, script });
    const { stdout } = await run('fields Company --config CONFIG');
    t.same(stdout.trimEnd().split('\n').at(-1), shown.trimEnd());
    t.equal(sandbox.metadataCalls.length, calls);
  }
});

t.test('fields as JSON', async (t) => {
  const run = await setUp(t);
  const { object, fields } = await run('fields Company --config CONFIG --json').then(({ stdout }) => {
    const { fields, ...object } = JSON.parse(stdout) as { fields: object[] };
    return { object, fields };
  });
  t.same(object, { name: 'company', label: 'Company', type: 'STANDARD', createable: true, loadable: true });
  t.same(fields[2], {
    ...{ name: 'Stage', label: 'Stage', type: 'PICKLIST', required: false, writable: true, length: null, decimals: 0 },
    options: [
      { label: 'Open', active: true },
      { label: 'Won', active: true },
      { label: 'Lost', active: false },
    ],
    lookup: [],
  });
});

t.test('on a terminal the columns are aligned, and narrowed until a line fits', async (t) => {
  const run = await setUp(t);
  const { stdout } = await run('objects --config CONFIG', { terminal: { isTTY: true, columns: 56 } });
  t.same(stdout.trimEnd().split('\n'), [
    'Object       Label        Type      Createable  Loadable',
    'company      Company      STANDARD  yes         yes',
    'touch_poin…  Touch Point  CUSTOM    yes         yes',
  ]);
});

const unreached = { api_base_url: 'http://127.0.0.1:1' };
const failures: [what: string, line: string, stderr: string | RegExp, SandboxOptions | object, object?][] = [
  [
    'a misspelt object',
    'fields Compny --config CONFIG',
    'The tenant has no object "Compny". Did you mean "company"? `destination-gainsight objects --config <file>` lists all.\n',
    {},
  ],
  ['a custom object without its ending', 'fields TouchPoint --config CONFIG', /Did you mean "touch_point__gc"\?/, {}],
  ['an object unlike any', 'fields invoice --config CONFIG', /^The tenant has no object "invoice"\. `/, {}],
  [
    'an object whose fields are hidden',
    'fields Touch_Point__gc --config CONFIG',
    'The access key may not see fields of "Touch_Point__gc".\n',
    {},
  ],
  [
    'no metadata',
    'objects --config CONFIG',
    /^\S+ does not show its objects and fields: GS_APIG_1000/,
    { metadata: 'off' },
  ],
  ['no objects', 'objects --config CONFIG', /^\S+ lists no object/, { objects: {} }],
  ['a refused key', 'objects --config CONFIG', /^Gainsight refuses the access key/, {}, { access_key: 'another' }],
  ['no connection', 'fields Company --config CONFIG', /^Gainsight cannot be reached: /, {}, unreached],
  [
    'no key at all',
    'objects --config CONFIG',
    /^The configuration does not fit: Access Key is missing, and the environment variable GAINSIGHT_ACCESS_KEY is not set\./,
    {},
    { access_key: undefined },
  ],
  ['no domain', 'objects --config CONFIG', /Gainsight Domain is missing/, {}, { domain: undefined }],
  ['no file', 'objects --config nowhere', /^The configuration file cannot be read: there is no such file\./, {}],
];
for (const [what, line, stderr, sandbox, changes] of failures) {
  t.test(`a failure is a sentence, and exit code 1: ${what}`, async (t) => {
    const run = await setUp(t, sandbox, changes);
    const ran = await run(line);
    t.match(ran, { code: 1, stdout: '', stderr });
    t.equal(ran.stderr.split('\n').length, 2, 'one line');
    t.notMatch(ran.stderr, /\{|the-access-key/);
  });
}

t.test('the key may come from the environment, and other settings may be wrong', async (t) => {
  const run = await setUp(t, {}, { access_key: 'outdated', streams: [{ object: 5 }], quota: 'none' });
  t.match(await run('objects --config CONFIG'), { code: 1 });
  const env = { GAINSIGHT_ACCESS_KEY: ' the-access-key-of-the-tests\n' };
  t.match(await run('objects --config CONFIG', { env }), {
    ...{
      code: 0,
      stderr: 'The access key of GAINSIGHT_ACCESS_KEY is used, and not the other one in the configuration.\n',
    },
  });
  const same = await setUp(t);
  t.match(await same('objects --config CONFIG', { env }), { code: 0, stderr: '' }, 'nothing to say');
  const none = await setUp(t, {}, { access_key: undefined });
  t.match(await none('objects --config CONFIG', { env }), { code: 0, stderr: '' }, 'nothing to choose');
});

t.test('an OAuth client signs in without an access key, and its secret is not shown', async (t) => {
  const [id, secret] = ['client-7', 's3cret-of-the-client'];
  const sign_in = { method: 'oauth_client', client_id: id, client_secret: secret };
  const setup = await setUpCommand(t, { objects, oauth: { id, secret } }, { sign_in });
  t.match(await setup.run('objects --config CONFIG'), { code: 0, stdout: /company\tCompany/ });
  t.match(await setup.run('jobs --config CONFIG', { env: { GAINSIGHT_ACCESS_KEY: 'other' } }), { code: 0 });
  t.ok(setup.sandbox.tokenCalls.length > 0);
  setup.configure({ access_key: undefined, sign_in: { ...sign_in, client_secret: 'wrong-secret-of-it' } });
  const { code, stderr } = await setup.run('jobs --config CONFIG');
  t.match([code, stderr], [1, /Gainsight refuses the OAuth client: .*Client Secret/]);
  t.notMatch(stderr, /wrong-secret-of-it/);
});
