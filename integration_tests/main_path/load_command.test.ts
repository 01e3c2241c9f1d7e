/** The built program's command `load`: what a person sees, what it costs, and how it ends. */
import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { cpSync, mkdirSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import t, { type Test } from 'tap';
import { systemClock } from '../../src/clock.ts';
import type { FaultRule } from '../../src/sandbox/faults.ts';
import type { SandboxOptions } from '../../src/sandbox/options.ts';
import { planFileName } from '../../src/settle/rejects/plan_file.ts';
import { readPage } from '../pages/read_page.ts';
import { bucketKeys, startBucket } from '../support/bucket_server.ts';
import { connectorPath } from '../support/connector.ts';
import { startOnTerminal } from '../support/on_terminal.ts';
import type { Program } from '../support/program.ts';
import { setUpProgram } from '../support/small_sync.ts';
import { accessKey, holdsAccessKey } from '../support/tenant.ts';

const objects = { Accounts: { fields: { Id: {}, Name: { maxLength: 5 }, Tier: { picklist: ['Gold'] } } } };
const plan = {
  version: 1,
  stream: { name: 'accounts', namespace: null },
  ...{ object: 'Accounts', operation: 'UPSERT', key_fields: ['Id'], fields: ['Id', 'Name', 'Tier'], null_text: '' },
};
const insert = { ...plan, operation: 'INSERT', key_fields: [] };
const name = '7.0.1.accounts.rejects.csv';
const good =
  'Id,Name,Tier,_reject_field,_reject_reason,_reject_sure\n1,Ann,Gold,Tier,wrong,true\n2,Bob,,Tier,wrong,true\n';

interface Files {
  readonly text?: string;
  readonly plan?: object;
  readonly sandbox?: Partial<SandboxOptions>;
  readonly config?: object;
}

/** A tenant, a configuration, and a file of rejected rows beside its plan. */
async function setUp(t: Test, files: Files = {}): Promise<Program> {
  const program = await setUpProgram(t, {
    sandbox: { objects, ...files.sandbox },
    config: {
      // The shortest that the form allows.
      polling: { list_lag_seconds: 0, submission_answer_minutes: 0.01 },
      rejected_rows: { folder: join(t.testdirName, 'kept') },
      ...files.config,
    },
  });
  mkdirSync(join(program.folder, 'kept'));
  writeFileSync(join(program.folder, name), files.text ?? good);
  writeFileSync(join(program.folder, '7.0.1.accounts.rejects.plan.json'), JSON.stringify(files.plan ?? plan));
  return program;
}

interface Running {
  readonly child: ChildProcess;
  /** Its output so far. */
  text(): string;
  readonly ended: Promise<{ code: number | null; stdout: string; stderr: string }>;
}

function start({ folder }: Program, args: readonly string[], env: Record<string, string> = {}): Running {
  const { PATH = '' } = process.env;
  const child = spawn('env', ['-u', 'NODE_OPTIONS', process.execPath, connectorPath, 'load', ...args], {
    cwd: folder,
    env: { PATH, TMPDIR: join(folder, 'temporary'), ...env },
  });
  let [stdout, stderr] = ['', ''];
  child.stdout.setEncoding('utf8').on('data', (text) => {
    stdout += text;
  });
  child.stderr.setEncoding('utf8').on('data', (text) => {
    stderr += text;
  });
  const ended = once(child, 'close').then(([code]) => ({ code, stdout, stderr }));
  return { child, text: () => stdout, ended };
}

const usual = [name, '--config', 'config.json'];
const run = (program: Program, args: readonly string[] = usual, env: Record<string, string> = {}) =>
  start(program, args, env).ended;

const submissions = ({ exchanges }: Program) => exchanges.filter(({ method }) => method === 'POST').length;
const rows = ({ sandbox }: Program) => sandbox.rows('Accounts').map(({ Id, Name, Tier }) => [Id, Name, Tier].join());
/** The pages, the oldest first. */
const reports = ({ folder }: Program) =>
  readdirSync(join(folder, 'kept'))
    .filter((each) => each.endsWith('.html'))
    .sort();
const kept = ({ folder }: Program) => readdirSync(join(folder, 'kept')).filter((each) => each.endsWith('.csv'));

async function until(isSo: () => boolean): Promise<void> {
  while (!isSo()) await new Promise((resolve) => setTimeout(resolve, 20));
}

t.jobs = 4;

t.test('a corrected file is loaded once, however often the command is given', { buffered: true }, async (t) => {
  const program = await setUp(t);
  const first = await run(program);
  t.equal(first.stderr, '');
  t.equal(first.code, 0);
  t.match(first.stdout, /^Job J000001 submitted: accounts → Accounts by UPSERT, 2 rows/m);
  t.match(first.stdout, /^7\.0\.1\.accounts\.rejects\.csv: 2 rows: 2 accepted · 9 calls left this hour, 99 today$/m);
  t.same(rows(program), ['1,Ann,Gold', '2,Bob,']);
  const second = await run(program);
  t.same([second.code, second.stderr, submissions(program)], [0, '', 1]);
  t.match(second.stdout, /^Nothing was sent: an earlier load has sent these rows in job J000001\.$/m);
  writeFileSync(join(program.folder, name), `\ufeff${good.replaceAll('\n', '\r\n').replaceAll(',', ';')}`);
  t.match(await run(program), { code: 0, stdout: /^Nothing was sent/m }, 'as a spreadsheet saves it');
  writeFileSync(join(program.folder, name), good.replace('Ann', 'Eve'));
  t.match(await run(program), { code: 0 });
  t.same(rows(program), ['1,Eve,Gold', '2,Bob,'], 'another value is another load');
  t.equal(submissions(program), 2);
  t.same([kept(program), program.left()], [[], []]);
});

t.test('rows that are rejected again are kept again, with their plan', { buffered: true }, async (t) => {
  const program = await setUp(t, { text: good.replace('Ann', 'Annabelle') });
  const { code, stdout } = await run(program);
  t.equal(code, 1);
  t.match(stdout, /2 rows: 1 accepted, 1 rejected/);
  t.match(stdout, /^WARN .*Name.*GSOBJ_1001/m, 'the log says why');
  const [file = '', ...more] = kept(program);
  t.same(more, []);
  t.match(file, /^load-[a-z2-7]{16}\.0\.1\.accounts\.rejects\.csv$/);
  const path = join(program.folder, 'kept', file);
  const pageAt = (each: string | undefined) => readPage(readFileSync(join(program.folder, 'kept', each ?? ''), 'utf8'));
  const [report, ...noMore] = reports(program);
  t.same(noMore, []);
  const page = pageAt(report);
  t.strictSame(
    [page.headings[0], page.terms.get('Rejected')],
    ['Loaded, but rows were rejected', '1'],
    'with a report',
  );
  const again = await run(program);
  t.equal(again.code, 1);
  const [first, second, ...others] = reports(program);
  t.same([first, others], [report, []], 'the second load has a report of its own');
  t.same(pageAt(first), page, 'and that of the first is as it was');
  t.equal(pageAt(second).terms.get('Rejected'), '1');
  t.match(
    again.stdout,
    /^Nothing was sent: .*\nTo send the rejected ones again, load the new file in which they are kept, or a copy /m,
  );
  const text = readFileSync(path, 'utf8');
  t.match(text, /\n1,Annabelle,Gold,Name,/);
  writeFileSync(path, text.replace('1,Annabelle', '1,Anna'));
  t.match(await run(program, [path, '--config', 'config.json']), { code: 0, stderr: '' });
  t.same(rows(program).sort(), ['1,Anna,Gold', '2,Bob,']);
});

for (const isKept of [true, false])
  t.test(`at a terminal, rejected rows that are ${isKept ? '' : 'not '}kept`, { buffered: true }, async (t) => {
    const lines = Array.from({ length: 150 }, (_, at) => `${at},Annabelle,Gold\n`);
    const program = await setUp(t, {
      text: `Id,Name,Tier\n${lines.join('')}`,
      ...(!isKept && { config: { rejected_rows: {} } }),
    });
    const [file = '', config = ''] = [name, 'config.json'].map((each) => join(program.folder, each));
    const words = ['load', file, '--config', config, '2>', join(program.folder, 'err')];
    const { code, text } = await startOnTerminal(words, { columns: 200, env: { TMPDIR: program.folder } }).ended;
    t.equal(code, 1);
    const shown = text.trimEnd().split('\r\n');
    t.match(shown.at(-1), /rejects\.csv: 150 rows: 0 accepted, 150 rejected · 9 calls left/);
    const ofRows = shown
      .map((line, at) => [line, at] as const)
      .filter(([line]) => /^WARN rejected rows? \{/.test(line));
    if (!isKept) {
      t.equal(
        ofRows.length,
        101,
        'a line for each of the first hundred, and one for the others: nothing else has them',
      );
      return;
    }
    t.match(shown.slice(-12, -6), [
      /^WARN accounts → Accounts: 150 rows rejected by job J000001: Name: .* to do: shorten the text/,
      /^WARN accounts → Accounts: 150 rejected rows kept in .*\. Correct that file, then load it again with: destination/,
      /^accounts → Accounts by UPSERT: 150 records/,
      /^Total of 1 stream/,
      /^The report of this /,
      /^The first 5 of 150 rejected rows:$/,
    ]);
    const from = shown.length - 6;
    t.same(
      ofRows.map(([, at]) => at),
      [0, 1, 2, 3, 4].map((each) => from + each),
    );
  });

t.test('nothing of a wrong file, plan or command line is sent', { buffered: true }, async (t) => {
  const program = await setUp(t, { text: 'Id,Name,Tiers\n1,a,b\n,c,d\n' });
  const { folder } = program;
  writeFileSync(join(folder, 'alone.csv'), good);
  writeFileSync(join(folder, 'other.plan.json'), '{}');
  mkdirSync(join(folder, 'a.csv'));
  const config = ['--config', 'config.json'];
  const answers: readonly [args: readonly string[], code: number, stderr: RegExp][] = [
    [
      usual,
      1,
      /^Column "Tiers" is not in the plan \(did you mean "Tier"\?\)\.\n1 row has no value for the key field "Id": line 3\. Fill in the key, or delete the line\.\nNothing was sent\.\n$/,
    ],
    [['none.csv', ...config], 1, /^There is no file "none\.csv"\.\n/],
    [
      ['alone.csv', ...config],
      1,
      /^There is no plan "alone\.plan\.json": keep it beside the file, or name it with --plan\.\n/,
    ],
    [['alone.csv', ...config, '--plan', 'other.plan.json'], 1, /"other\.plan\.json" is not a plan/],
    [['config.json', ...config], 1, /does not end in \.csv: name its plan with --plan/],
    [['a.csv', ...config], 1, /"a\.csv" cannot be read: it is a folder/],
    [['s3://bucket/a.rejects.csv', ...config], 1, /"s3:\/\/bucket\/a\.rejects\.csv" is not in /],
    [[name], 2, /option '--config <file>' is missing/],
    [[...usual, '--dry-rnu'], 2, /unknown option '--dry-rnu'\n\(Did you mean --dry-run\?\)/],
    [config, 2, /missing required argument 'file'/],
  ];
  for (const [args, code, stderr] of answers) {
    const found = await run(program, args);
    t.equal(found.code, code, args.join(' '));
    t.match(found.stderr, stderr);
    t.equal(found.stdout, '');
  }
  t.same(program.exchanges, []);
});

t.test('a store that quotes the keys in its refusal is shown without them', { buffered: true }, async (t) => {
  const { accessKeyId, secretAccessKey } = bucketKeys;
  const quoted = secretAccessKey.replaceAll('<', '&lt;');
  const messages = [`No ${accessKeyId} with ${quoted}`, `${'x'.repeat(285)} ${quoted}`];
  for (const message of messages) {
    const xml = `<Error><Code>SignatureDoesNotMatch</Code><Message>${message}</Message></Error>`;
    const server = await startBucket({ clock: systemClock, act: () => ({ status: 403, xml }) });
    t.teardown(() => server.close());
    const program = await setUp(t, { config: { rejected_rows: {}, ...server.settings() } });
    for (const option of ['--dry-run', '--json']) {
      const address = 's3://acme/gainsight/7/7.0.1.accounts.rejects.csv';
      const { code, stdout, stderr } = await run(program, [address, '--config', 'config.json', option]);
      t.same([code, stdout], [1, '']);
      t.match(stderr, /SignatureDoesNotMatch: .*\*\*\*/);
      t.notMatch(stderr, accessKeyId);
      t.notMatch(stderr, 'bucket-canary');
    }
    t.same(program.exchanges, []);
  }
});

t.test('a dry run shows what would be sent and overwritten, and sends nothing', { buffered: true }, async (t) => {
  const text = 'Name,Id\nAnn,1\nBob,2\nEve,1\n';
  // The files were written just now, as those of a download.
  const rejected_at = new Date(Date.now() - 7_200_000).toISOString();
  const program = await setUp(t, { text, plan: { ...plan, rejected_at } });
  program.sandbox.addForeignJob({ object: 'Accounts', rows: 7, age: 1800 });
  const { code, stdout, stderr } = await run(program, [...usual, '--dry-run']);
  t.same([code, stderr], [0, '']);
  const lines = stdout.split('\n');
  t.match(lines, [
    '7.0.1.accounts.rejects.csv: 3 rows of accounts for Accounts by UPSERT, by the key "Id"',
    'Columns: "Id", "Name"',
    'Not in the file, so left as they are: "Tier"',
    'A row whose key Accounts does not have adds a record with only "Id", "Name": unless every key is there already, keep all columns in the file.',
    '1 row replaced by a later one with the same key: line 2 (by 4). If they are different records, correct their keys.',
    'To send: 1 file, 2 rows, 20 bytes · 1 call of the quota · 9 calls left this hour, 99 today',
    /^1 job on Accounts since .* UTC, when the first row of this file was rejected:$/,
    /^ {2}J000001 at .* UTC, 7 rows of another client$/,
    'Rows of this file may be older, and would overwrite what they loaded.',
    'Nothing was sent. A load would send this.',
    '',
  ]);
  const json = await run(program, [...usual, '--dry-run', '--json']);
  t.match(JSON.parse(json.stdout), {
    ...{ object: 'Accounts', operation: 'UPSERT', rows: 3, superseded: [{ line: 2, by: 4 }] },
    ...{ fields_left_out: ['Tier'], files: [{ rows: 2 }], calls: 1, calls_left: { hour: 9 }, newer_jobs: ['J000001'] },
    ...{ rejected_at, rejected_at_is_certain: true },
  });
  t.equal(submissions(program), 0);
  t.same([kept(program), program.left()], [[], []]);
  const loaded = await run(program);
  t.match(loaded.stdout, /^WARN A row whose key Accounts does not have adds a record with only "Id", "Name"/m);
  t.match(loaded.stdout, /^WARN Not in the file, so left as they are: "Tier"$/m);
  t.same(rows(program), ['2,Bob,', '1,Eve,'], 'the last row of a key');
});

t.test('a dry run names the job that has loaded the rows', { buffered: true }, async (t) => {
  for (const of of [plan, insert]) {
    const program = await setUp(t, { plan: of, text: good.replace('Ann', 'Annabelle') });
    t.equal((await run(program)).code, 1);
    const { code, stdout, stderr } = await run(program, [...usual, '--dry-run']);
    t.same([code, stderr], [0, '']);
    t.match(
      stdout,
      /^Already loaded, by job J000001, which rejected 1 row; to send them again, .*\.\nTo send: nothing\n[\s\S]*Nothing was sent, and a load would send nothing\.\n$/m,
      of.operation,
    );
    const json = JSON.parse((await run(program, [...usual, '--dry-run', '--json'])).stdout);
    t.match(json, { files: [], calls: 0, loaded_by: ['J000001'], uncertain_jobs: [] });
    const copy = join(program.folder, 'copy.rejects.csv');
    cpSync(join(program.folder, name), copy);
    cpSync(join(program.folder, '7.0.1.accounts.rejects.plan.json'), planFileName(copy));
    const another = await run(program, [copy, '--config', 'config.json', '--dry-run']);
    t.match(another.stdout, /^To send: 1 file, 2 rows/m);
    const doubt = /^The same rows are in job J000001: a load would stop with insert_uncertain\. Say in /m;
    t.equal(another.code, Number(of === insert));
    if (of === insert) t.match(another.stdout, doubt);
    else t.notMatch(another.stdout, doubt);
    t.equal(submissions(program), 1);
  }
});

t.test('a dry run says what a load would fail for', { buffered: true }, async (t) => {
  const program = await setUp(t, {
    plan: { ...plan, object: 'Account', rejected_at: new Date().toISOString() },
    config: { rejected_rows: { folder: '/nowhere' } },
  });
  const { code, stdout, stderr } = await run(program, [...usual, '--dry-run']);
  t.same([code, stdout], [1, '']);
  const [place, mapping, ...more] = stderr.trimEnd().split('\n');
  t.match(place, /^Rejected rows cannot be written to "\/nowhere": ENOENT/);
  t.match(
    mapping,
    /^The mapping of "accounts" does not fit this tenant: Object: "Account" does not exist in this tenant/,
  );
  t.same(more, ['Nothing was sent, and a load would fail.']);
  t.equal(submissions(program), 0);
});

t.test('a dry run asks whether a tenant without a list takes files', { buffered: true }, async (t) => {
  const list: FaultRule = { on: 'list', do: { kind: 'status', status: 404 } };
  for (const [name, sandbox, code, says] of [
    [
      'no Bulk API',
      { bulkApi: 'off' },
      1,
      /has no Bulk API at \/bulk\/jobs: .*\n[\s\S]*Nothing was sent, and a load would/,
    ],
    [
      'no list alone',
      { script: [list] },
      0,
      /^The tenant has no list of jobs\.\n[\s\S]*Nothing was sent\. A load would send/m,
    ],
  ] as const) {
    const program = await setUp(t, { sandbox });
    const dry = await run(program, [...usual, '--dry-run']);
    t.match(dry, { code }, name);
    t.match(dry.stderr + dry.stdout, says, name);
    t.equal((await run(program)).code, code, `${name}: a load ends alike`);
  }
});

t.test(
  'a dry run compares values with the tenant, and keeps nothing of what it would reject',
  { buffered: true },
  async (t) => {
    const text = 'Id,Name,Tier\n1,Ann,Gold\n2,Bob,Lead\n';
    for (const values of ['count', 'reject']) {
      const rejected_rows = { folder: join(t.testdirName, 'kept'), log_detail: 'none' };
      const program = await setUp(t, { text, config: { preflight: { values }, rejected_rows } });
      const { code, stdout } = await run(program, [...usual, '--dry-run']);
      t.equal(code, Number(values === 'reject'));
      t.match(
        stdout,
        values === 'count'
          ? /^accounts → Accounts: Tier in 1 of 2 records: the value is no item of the picklist\. A load sends it as it is\. [\s\S]*\nNothing was sent\. A load would send this\.\n$/m
          : /^1 row would be rejected before sending$[\s\S]*\nNothing was sent, and a load would not load every row\.\n$/m,
      );
      t.same([kept(program), program.left()], [[], []]);
    }
  },
);

t.test('a plan of an earlier version does not say when its rows were rejected', { buffered: true }, async (t) => {
  const program = await setUp(t);
  program.sandbox.addForeignJob({ object: 'Accounts', rows: 7, age: 1800 });
  const { code, stdout } = await run(program, [...usual, '--dry-run']);
  t.equal(code, 0);
  t.match(stdout, /^No job has loaded rows into Accounts since .* UTC, the time of this file\.$/m);
  t.match(stdout, /^Its plan does not say when the rows were rejected\. If the files were copied/m);
});

t.test(
  'the key may come from the environment, the plan from elsewhere, the result as JSON',
  { buffered: true },
  async (t) => {
    const program = await setUp(t);
    const { folder } = program;
    const { access_key: _, ...config } = JSON.parse(readFileSync(join(folder, 'config.json'), 'utf8'));
    writeFileSync(join(folder, 'keyless.json'), JSON.stringify({ ...config, streams: [{ stream: 'other' }] }));
    writeFileSync(join(folder, 'corrected.csv'), good);
    const args = ['corrected.csv', '--plan', '7.0.1.accounts.rejects.plan.json', '--config', 'keyless.json', '--json'];
    const without = await run(program, args);
    t.equal(without.code, 1);
    t.match(without.stderr, /GAINSIGHT_ACCESS_KEY/);
    const { code, stdout, stderr } = await run(program, args, { GAINSIGHT_ACCESS_KEY: accessKey });
    t.equal(code, 0);
    t.match(JSON.parse(stdout), {
      ...{ file: 'corrected.csv', end: 'done', rows: 2, accepted: 2, rejected: 0, unproven: 0 },
      ...{ jobs: [{ job: 'J000001', by: 'submitted' }], calls_left: { hour: 9, day: 99 } },
    });
    t.match(stderr, /^Job J000001 submitted/m, 'the log is apart');
    t.notOk(holdsAccessKey(stdout + stderr));
  },
);

t.test('a dry run without the list of jobs, and of a row that fits no file, says so', { buffered: true }, async (t) => {
  const program = await setUp(t, {
    text: `Id,Name,Tier\n1,Ann,Gold\n2,${'x'.repeat(1500)},Gold\n`,
    config: { files: { max_megabytes: 0.001 } },
  });
  const { code, stdout, stderr } = await run(program, [...usual, '--dry-run'], { GAINSIGHT_ACCESS_KEY: 'another' });
  t.equal(code, 1);
  t.match(stdout, /^accounts → Accounts: 1 row rejected before sending: the row alone is larger than a file may be/m);
  t.match(stdout, /^1 row would be rejected before sending$/m);
  t.notMatch(stdout, /kept nowhere/);
  t.match(stdout, /^To send: 1 file, 1 row, 24 bytes · 1 call of the quota$/m);
  t.match(stderr, /^Gainsight refuses the access key: .*\n$/m);
  t.match(stdout, /^So it is not known whether Accounts was loaded since /m);
  const loaded = await run(program);
  t.equal(loaded.code, 1);
  t.match(loaded.stdout, /the row alone is larger than a file may be/);
  t.match(loaded.stdout, /2 rows: 1 accepted, 1 rejected/);
});

t.test('calls are only named as left if the list of jobs was read', { buffered: true }, async (t) => {
  const text = `Id,Name,Tier\n1,${'x'.repeat(1500)},Gold\n`;
  const program = await setUp(t, { text, config: { files: { max_megabytes: 0.001 } } });
  program.sandbox.addForeignJob({ count: 4, age: 60 });
  const { code, stdout } = await run(program);
  t.equal(code, 1);
  t.match(stdout, /^7\.0\.1\.accounts\.rejects\.csv: 1 row: 0 accepted, 1 rejected$/m);
  writeFileSync(join(program.folder, name), good);
  t.match((await run(program)).stdout, /2 accepted · 5 calls left this hour, 95 today$/m);
  t.match((await run(program)).stdout, /2 accepted · 5 calls left this hour, 95 today\nNothing was sent: /m);
});

t.test('Ctrl-C leaves a job that the next load takes over', { buffered: true }, async (t) => {
  const program = await setUp(t, {
    sandbox: { script: [{ on: 'submit', do: { kind: 'stay_in_progress', seconds: 3 } }] },
  });
  const running = start(program, usual);
  await until(() => /submitted/.test(running.text()));
  running.child.kill('SIGINT');
  const stopped = await running.ended;
  t.same([stopped.code, stopped.stderr], [130, '']);
  t.match(stopped.stdout, /2 rows: 0 accepted, 2 not loaded, or not proven to be/);
  t.match(
    stopped.stdout,
    /^WARN Stopped by SIGINT before every file was loaded: .*\. Run the command again: it sends what/m,
  );
  t.match(stopped.stdout, /^Stopped\. Run the same command again to go on/m);
  const next = await run(program);
  t.equal(next.code, 0);
  t.match(next.stdout, /^Job J000001 taken over/m);
  t.same([submissions(program), rows(program), program.left()], [1, ['1,Ann,Gold', '2,Bob,'], []]);
});

t.test('when the calls of the day are used up it waits, and says until when', { buffered: true }, async (t) => {
  const program = await setUp(t);
  program.sandbox.addForeignJob({ count: 100, age: 7200 });
  const running = start(program, usual);
  await until(() => /^Waiting until/m.test(running.text()));
  t.match(
    running.text(),
    /^Waiting until \d{4}-.* UTC \(in 2\d h.*\): all calls of this day are used, 100 of them by others · .*still to send: 1 file, 2 rows/m,
  );
  running.child.kill('SIGINT');
  t.equal((await running.ended).code, 130);
  t.equal(submissions(program), 0);
});

t.test('an INSERT is loaded once, and in doubt not at all', { buffered: true }, async (t) => {
  const program = await setUp(t, { plan: insert });
  t.match(await run(program), { code: 0, stderr: '' });
  t.match(await run(program), { code: 0, stdout: /^Nothing was sent: an earlier load has sent these rows/m });
  t.equal(rows(program).length, 2);
  writeFileSync(join(program.folder, name), `${good}3,Cid,Gold,,,\n`);
  const longer = await run(program);
  t.equal(longer.code, 1);
  t.match(longer.stderr, /job J000001 .* holds the same 2 rows.*"loaded":"none"/s);
  t.equal(rows(program).length, 2, 'its first rows are there already');
  const answered = { job: 'J000001', loaded: 'all' };
  const config = JSON.parse(readFileSync(join(program.folder, 'config.json'), 'utf8'));
  const streams = [{ stream: 'accounts', object: 'Accounts', operation: 'INSERT', checked_jobs: [answered] }];
  writeFileSync(join(program.folder, 'config.json'), JSON.stringify({ ...config, streams }));
  t.match(await run(program), { code: 0 });
  t.same(rows(program), ['1,Ann,Gold', '2,Bob,', '3,Cid,Gold'], 'the answer in the entry of the stream counts');
});

t.test('a job that fails is reported with what to do', { buffered: true }, async (t) => {
  const program = await setUp(t, {
    sandbox: { script: [{ on: 'submit', times: 1, do: { kind: 'fail', afterRows: 0 } }] },
  });
  const failed = await run(program);
  t.equal(failed.code, 1);
  t.match(failed.stderr, /^Gainsight ended job J000001 on Accounts as FAILED/);
  t.notMatch(failed.stderr, /Airbyte/);
  t.equal(failed.stderr.trim().split('\n').length, 1, 'in one sentence');
  t.match(await run(program), { code: 0, stderr: '' }, 'the next load sends it again');
  t.same(rows(program), ['1,Ann,Gold', '2,Bob,']);
});
