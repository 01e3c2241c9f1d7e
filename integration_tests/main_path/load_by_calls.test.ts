/** The built program's command `load` with rejected rows of the object API: they go by the same route. */
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdirSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import t, { type Test } from 'tap';
import type { SandboxOptions } from '../../src/sandbox/options.ts';
import { connectorPath } from '../support/connector.ts';
import type { Program } from '../support/program.ts';
import { setUpProgram } from '../support/small_sync.ts';

const objects = { Accounts: { fields: { Id: {}, Name: { maxLength: 5 }, Tier: { picklist: ['Gold', 'Free'] } } } };
const stored = [
  { Id: '1', Name: 'old', Tier: 'Free' },
  { Id: '9', Name: 'old', Tier: 'Free' },
];
const plan = {
  version: 1,
  stream: { name: 'accounts', namespace: null },
  ...{ object: 'Accounts', operation: 'UPSERT', key_fields: ['Id'], fields: ['Id', 'Name', 'Tier'], null_text: '' },
  route: 'object_api',
};
const name = '7.0.1.accounts.rejects.csv';
const header = 'Id,Name,Tier,_reject_field,_reject_reason,_reject_sure';

interface Files {
  readonly rows: readonly string[];
  readonly plan?: object;
  readonly tenant?: Partial<SandboxOptions>;
}

/** A tenant without the Bulk API, a configuration that names no route, and a file of rejected rows beside its plan. */
async function setUp(t: Test, { rows, plan: changes, tenant }: Files): Promise<Program> {
  const program = await setUpProgram(t, {
    sandbox: { objects, bulkApi: 'off', ...tenant },
    config: { rejected_rows: { folder: join(t.testdirName, 'kept') } },
  });
  program.sandbox.addRecords('Accounts', stored);
  mkdirSync(join(program.folder, 'kept'));
  const text = [header, ...rows.map((row) => `${row},Tier,wrong,true`)].map((line) => `${line}\n`).join('');
  writeFileSync(join(program.folder, name), text);
  writeFileSync(join(program.folder, '7.0.1.accounts.rejects.plan.json'), JSON.stringify({ ...plan, ...changes }));
  return program;
}

async function load({ folder }: Program, ...flags: readonly string[]) {
  const { PATH = '' } = process.env;
  const args = ['-u', 'NODE_OPTIONS', process.execPath, connectorPath, 'load', name, '--config', 'config.json'];
  const child = spawn('env', [...args, ...flags], {
    cwd: folder,
    env: { PATH, TMPDIR: join(folder, 'temporary') },
  });
  let [stdout, stderr] = ['', ''];
  child.stdout.setEncoding('utf8').on('data', (text) => {
    stdout += text;
  });
  child.stderr.setEncoding('utf8').on('data', (text) => {
    stderr += text;
  });
  const [code] = await once(child, 'close');
  return { code, stdout, stderr };
}

const rowsIn = ({ sandbox }: Program) =>
  sandbox
    .rows('Accounts')
    .map(({ Id, Name, Tier }) => [Id, Name, Tier].join())
    .toSorted();
const kinds = ({ sandbox }: Program) => sandbox.objectCalls.map(({ kind }) => kind).join(' ');

interface Case extends Files {
  readonly code: number;
  readonly says: RegExp;
  readonly stored: readonly string[];
  readonly calls: RegExp;
}

const cases: Record<string, Case> = {
  'UPDATE changes what is there': {
    rows: ['1,Ann,Gold', '9,Bob,Gold'],
    plan: { operation: 'UPDATE' },
    ...{ code: 0, says: /^7\.0\.1\.accounts\.rejects\.csv: 2 rows: 2 accepted$/m },
    ...{ stored: ['1,Ann,Gold', '9,Bob,Gold'], calls: /^update$/ },
  },
  'UPSERT changes it, and adds what is missing': {
    rows: ['1,Ann,Gold', '2,Eve,Free'],
    ...{ code: 0, says: /: 2 rows: 2 accepted$/m },
    ...{ stored: ['1,Ann,Gold', '2,Eve,Free', '9,old,Free'], calls: /^query query .*update.* insert|insert.* update/ },
  },
  'an INSERT by keys adds, and leaves what is there': {
    rows: ['1,Ann,Gold', '2,Eve,Gold'],
    plan: { adds_only: true },
    ...{ code: 0, says: /: 2 rows: 2 accepted$/m },
    ...{ stored: ['1,old,Free', '2,Eve,Gold', '9,old,Free'], calls: /^(?!.*update).*insert/ },
  },
  'an empty cell leaves its field, as the row may have had no value': {
    rows: ['1,,Gold', '9,"",Gold'],
    plan: { operation: 'UPDATE' },
    ...{ code: 0, says: /: 2 rows: 2 accepted$/m },
    ...{ stored: ['1,old,Gold', '9,old,Gold'], calls: /^update$/ },
  },
  'a row that is refused again is kept again, with its route': {
    rows: ['1,too long,Gold', '9,Bob,Gold'],
    plan: { operation: 'UPDATE' },
    ...{ code: 1, says: /: 2 rows: 1 accepted, 1 rejected$/m },
    ...{ stored: ['1,old,Free', '9,Bob,Gold'], calls: /^update update$/ },
  },
};

t.jobs = 4;

for (const [what, { code, says, stored: expected, calls, ...files }] of Object.entries(cases)) {
  t.test(what, { buffered: true }, async (t) => {
    const program = await setUp(t, files);
    const ran = await load(program);
    t.equal(ran.code, code, `${ran.stdout}${ran.stderr}`);
    t.match(ran.stdout, says);
    t.same(rowsIn(program), expected);
    t.match(kinds(program), calls);
    t.same(program.sandbox.calls, [], 'the Bulk API is not asked');
    const kept = readdirSync(join(program.folder, 'kept')).filter((each) => each.endsWith('.plan.json'));
    t.equal(kept.length, code, 'a plan for what was rejected');
    for (const each of kept) {
      const again = JSON.parse(readFileSync(join(program.folder, 'kept', each), 'utf8'));
      t.match(again, { route: 'object_api', operation: 'UPDATE', key_fields: ['Id'] });
    }
    t.same(program.left(), []);
  });
}

t.test('a dry run says what it would take, and makes no call', { buffered: true }, async (t) => {
  const rows = Array.from({ length: 60 }, (_, at) => `${at},Ann,Gold`);
  for (const [changes, by, least] of [
    [{ operation: 'UPDATE' }, 'UPDATE', 2],
    [{}, 'UPSERT', 5],
    [{ adds_only: true }, 'INSERT \\(by keys\\)', 3],
  ] as const) {
    const program = await setUp(t, { rows, plan: changes });
    const { code, stdout, stderr } = await load(program, '--dry-run');
    t.equal(code, 0, stderr);
    t.match(stdout, new RegExp(`60 rows of accounts for Accounts by ${by}, by the key "Id"`));
    t.match(stdout, new RegExp(`^To send: .*60 rows.* at least ${least} calls of the object API$`, 'm'));
    t.match(stdout, /^No list of Gainsight shows calls of the object API/m);
    t.match(stdout, /^Nothing was sent\. A load would send this\.$/m);
    t.same([kinds(program), rowsIn(program)], ['', ['1,old,Free', '9,old,Free']]);
    await program.sandbox.close();
  }
});
