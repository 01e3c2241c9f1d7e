/** The command `errors`, by the command line, against a tenant on a real socket. */
import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import t from 'tap';
import { type CommandSetup, setUpCommand } from '../../integration_tests/support/command_setup.ts';
import { formatFileName } from '../load/bulk/file_name.ts';
import type { SandboxOptions } from '../sandbox/options.ts';

const objects = {
  Accounts: { fields: { Id: { required: true }, Stage: { picklist: ['Open'] }, Seats: { type: 'number' } } },
} as const;
const name = { digest: 'a'.repeat(20), state: '0', rows: 8, send: 'send567890', run: '4711', attempt: 1 };
const ownName = formatFileName({ ...name, token: 'tokentok', stream: 'accounts' });

/** Submits a file and lets its job end. */
async function submit(setup: CommandSetup, rows: string, fileName = ownName): Promise<void> {
  const path = join(setup.folder, 'rows.csv');
  writeFileSync(path, `Id,Stage,Seats\n${rows}`);
  await setup.client.submit({ object: 'Accounts', operation: 'UPSERT', keyFields: ['Id'], fileName, path });
  setup.clock.advance(60_000);
}

const rows = '1,Open,1\n2,Jane,1\n3,Doe,1\n4,Jane,1\n5,Open,many\n6,Open,1\n7,Jane,2\n8,Open,few\n';
const jobLine = `Job J000001 on Accounts: COMPLETED after 1 s, created 2026-03-04 10:00 UTC · run 4711, attempt 1, stream accounts · 8 rows: 2 accepted, 6 rejected · file ${ownName}`;
const header = 'Errors\tField\tReason\tRows';
const stage =
  'GSOBJ_1008 (a value is not allowed by the type of its field): Dropdownlist item not found for field Stage: …';
const seats = 'GSOBJ_1002 (a value does not fit the type of its field): Invalid value … for field Seats of type NUMBER';
const table = [header, `4\tStage\t${stage}\t3-5, 8`, `2\tSeats\t${seats}\t6, 9`];
const numbersNote = 'Row numbers are those of Gainsight: usually the header of the file is row 1.';
const valuesNote = 'Values are hidden: "log_detail": "full_row" under "rejected_rows" of the configuration shows them.';
const lines = (...texts: string[]) => `${texts.join('\n')}\n`;

t.test('the errors of a job by field and reason, with their rows and without a value', async (t) => {
  const setup = await setUpCommand(t, { objects });
  await submit(setup, rows);
  t.same(await setup.run('errors J000001 --config CONFIG'), {
    code: 0,
    stdout: lines(jobLine, ...table, numbersNote, valuesNote),
    stderr: '',
  });
  t.equal(setup.times('submit').length, 1, 'it costs no call');
});

t.test('values are shown as the setting says', async (t) => {
  const details: readonly [detail: string, of: RegExp, has: RegExp, hasNot: RegExp][] = [
    ['keys', /^4\tStage\tGSOBJ_1008 .*: …\t3-5, 8$/m, /Values are hidden/, /Jane|Doe|many/],
    [
      'full_row',
      /^4\tStage\tGSOBJ_1008 .*: …\t3-5, 8\t.*Stage: "Jane" \| .*Stage: "Doe"$/m,
      /many/,
      /Values are hidden/,
    ],
    ['none', /^4\tStage\tGSOBJ_1008\t3-5, 8$/m, /Values are hidden/, /Jane|Doe|many|Dropdown/],
  ];
  for (const [log_detail, of, has, hasNot] of details) {
    const setup = await setUpCommand(t, { objects }, { rejected_rows: { log_detail, folder: '/kept' } });
    await submit(setup, rows);
    const { stdout } = await setup.run('errors J000001 --config CONFIG --csv FOLDER/errors.csv');
    const json = await setup.run('errors J000001 --config CONFIG --json');
    const csv = readFileSync(join(setup.folder, 'errors.csv'), 'utf8');
    t.match(stdout, of, log_detail);
    t.match(stdout, has);
    for (const text of [stdout, json.stdout, csv]) t.notMatch(text, hasNot, log_detail);
    if (log_detail === 'full_row') for (const text of [json.stdout, csv]) t.match(text, /Jane[\s\S]*many/);
  }
});

t.test('as JSON, with all rows; and every error as CSV', async (t) => {
  const setup = await setUpCommand(t, { objects });
  await submit(setup, rows);
  const { code, stdout } = await setup.run('errors J000001 --config CONFIG --json --csv FOLDER/errors.csv');
  t.equal(code, 0);
  t.match(JSON.parse(stdout), {
    job: { job: 'J000001', own: true, run: '4711', attempt: 1, stream: 'accounts', accepted: 2, rejected: 6 },
    errors: 6,
    rows: 6,
    groups: [
      { field: 'Stage', reason: stage, errors: 4, rows: [3, 4, 5, 8] },
      { field: 'Seats', reason: seats, errors: 2, rows: [6, 9] },
    ],
  });
  const csv = readFileSync(join(setup.folder, 'errors.csv'), 'utf8');
  t.match(csv, `row,field,reason\n3,Stage,${stage}\n4,Stage,${stage}\n5,Stage,${stage}\n6,Seats,${seats}\n`);
  t.equal(csv.split('\n').length, 8);
});

t.test('of jobs of other clients as well; names of fields come from metadata, or from the configuration', async (t) => {
  const known: readonly [what: string, sandbox: Partial<SandboxOptions>, changes: object, cells: string][] = [
    ['from metadata', {}, {}, '4\tStage'],
    ['from nowhere', { metadata: 'off' }, {}, '4\t…'],
    ['from an entry', { metadata: 'off' }, { streams: [{ fields: [{ column: 'a', field: 'Stage' }] }] }, '4\tStage'],
    ['from its keys', { metadata: 'off' }, { streams: [5, null, { key_fields: ['Stage'] }] }, '4\tStage'],
    ['not from nonsense', { metadata: 'off' }, { streams: 'Stage' }, '4\t…'],
  ];
  for (const [what, sandbox, changes, cells] of known) {
    const setup = await setUpCommand(t, { objects, ...sandbox }, changes);
    await submit(setup, rows, 'nightly\u001b.csv');
    const { stdout, stderr } = await setup.run('errors J000001 --config CONFIG');
    t.match(
      stdout.split('\n'),
      [/ · of another client · 8 rows: 2 accepted, 6 rejected · file nightly\\u001b\.csv$/, header, cells],
      what,
    );
    t.equal(stderr, '');
  }
});

t.test('a job without rejected rows', async (t) => {
  const setup = await setUpCommand(t, { objects });
  await submit(setup, '1,Open,1\n');
  t.same((await setup.run('errors J000001 --config CONFIG')).stdout.split('\n').slice(1), ['No row was rejected.', '']);
  t.match(await setup.json('errors J000001 --config CONFIG --json'), { errors: 0, rows: 0, groups: [] });
});

const others: readonly [
  what: string,
  sandbox: Partial<SandboxOptions>,
  rows: string,
  code: number,
  out: readonly (string | RegExp)[],
  err: RegExp | '',
][] = [
  [
    'a FAILED job: the error of its file, and the rows that nobody processed',
    { script: [{ on: 'submit', do: { kind: 'fail', afterRows: 3, message: 'GS_3250: The file is not valid' } }] },
    rows,
    0,
    [/: FAILED after .* · 8 rows: 1 accepted, 2 rejected, 5 not processed · /, header, /^2\tStage/, /^1\t-\tGS_3250/],
    '',
  ],
  [
    'a running job',
    { script: [{ on: 'submit', do: { kind: 'stay_in_progress' } }] },
    rows,
    1,
    [''],
    /^Job "J000001" is IN_PROGRESS \(8 of 8 rows\); it has its errors once it has ended\. Then run again: destination-gainsight errors J000001 --config \S+\n$/,
  ],
  [
    'a job that the tenant no longer has',
    { script: [{ on: 'submit', do: { kind: 'vanish' } }] },
    rows,
    1,
    [''],
    /^The tenant has no job "J000001"\. The log of a sync names its jobs, and this lists all: destination-gainsight jobs --config \S+\n$/,
  ],
  [
    'errors that the tenant no longer has',
    { script: [{ on: 'errors', do: { kind: 'status', status: 404 } }] },
    rows,
    1,
    [''],
    /^Gainsight has job "J000001", which is COMPLETED, but not its errors \(Gainsight request [\w-]+\)\. The log of the sync has them/,
  ],
  [
    'fewer errors than rejected rows',
    { script: [{ on: 'submit', do: { kind: 'fewer_errors', missing: 2 } }] },
    rows,
    0,
    [jobLine, header, /^3\t/, /^1\t/, 'Gainsight counts 6 rejected rows and names 4.', numbersNote, valuesNote, ''],
    '',
  ],
  [
    'no error at all',
    { script: [{ on: 'submit', do: { kind: 'fewer_errors', missing: 6 } }] },
    rows,
    0,
    [jobLine, 'Gainsight names no error of this job. Ask its support, with the id of the job.', ''],
    '',
  ],
  [
    'an error of the file with a row that there is not',
    { script: [{ on: 'submit', do: { kind: 'file_note', message: 'Some rows failed' } }] },
    rows,
    0,
    [jobLine, header, /^4\tStage/, /^2\tSeats/, /^1\t-\tSome rows failed\t0$/, numbersNote, valuesNote, ''],
    '',
  ],
  [
    'errors given twice',
    { script: [{ on: 'submit', do: { kind: 'errors_duplicated' } }] },
    rows,
    0,
    [jobLine, header, /^8\tStage\t.*\t3-5, 8$/, /^4\tSeats/, numbersNote, valuesNote, ''],
    '',
  ],
];
for (const [what, sandbox, content, code, out, err] of others) {
  t.test(what, async (t) => {
    const setup = await setUpCommand(t, { objects, ...sandbox });
    await submit(setup, content);
    const ran = await setup.run('errors J000001 --config CONFIG');
    t.equal(ran.code, code);
    t.match(ran.stdout.split('\n'), out);
    t.match(ran.stderr, err);
  });
}

t.test('100,000 errors are few lines, and a file', async (t) => {
  const setup = await setUpCommand(t, { objects });
  const rejected = Array.from({ length: 100_000 }, (_, at) => `${at},bad ${at % 20_000},1\n`).join('');
  await submit(setup, rejected, 'another.csv');
  const { stdout } = await setup.run('errors J000001 --config CONFIG --csv FOLDER/errors.csv');
  t.match(stdout.split('\n'), [
    /100,000 rows: 0 accepted, 100,000 rejected/,
    header,
    /^100,000\tStage\t.*\t2-100001$/,
    numbersNote,
    valuesNote,
    /^100,000 errors written to \S+errors\.csv\.$/,
  ]);
  t.equal(readFileSync(join(setup.folder, 'errors.csv'), 'utf8').split('\n').length, 100_002);
  t.equal(
    (await setup.json<{ groups: { rows: number[] }[] }>('errors J000001 --config CONFIG --json')).groups[0]?.rows
      .length,
    100_000,
  );
});

t.test('of very many reasons the most frequent are shown', async (t) => {
  const fields = Object.fromEntries(
    Array.from({ length: 150 }, (_, at) => [`F${at}__gc`, { type: 'number' }] as const),
  );
  const setup = await setUpCommand(t, { objects: { Accounts: { fields: { Id: {}, ...fields } } } });
  const path = join(setup.folder, 'rows.csv');
  writeFileSync(
    path,
    `Id,${Object.keys(fields).join(',')}\n1,${Object.keys(fields)
      .map(() => 'x')
      .join(',')}\n`,
  );
  await setup.client.submit({ object: 'Accounts', operation: 'UPSERT', keyFields: ['Id'], fileName: ownName, path });
  setup.clock.advance(60_000);
  const { stdout } = await setup.run('errors J000001 --config CONFIG');
  t.match(stdout, '\n50 more reasons: --json has all, --csv every error.\n');
  t.equal(stdout.split('\n').filter((line) => /^1\t/.test(line)).length, 100);
});

t.test('a failure is a sentence, and a wrong command line has exit code 2', async (t) => {
  const setup = await setUpCommand(t, { objects });
  await submit(setup, rows);
  for (const [line, code, stderr] of [
    ['errors --config CONFIG', 2, /^error: missing required argument 'job_id'/],
    ['errors .. --config CONFIG', 2, 'error: ".." cannot be the id of a job\n'],
    ['errors J9 --config CONFIG', 1, /^The tenant has no job "J9"/],
    ['errors J000001 --config CONFIG --csv FOLDER/nowhere/errors.csv', 1, /^The file "\S+" cannot be written\.\n$/],
    ['errors J000001 --config nowhere', 1, /^The configuration file cannot be read/],
  ] as const)
    t.match(await setup.run(line), { code, stdout: '', stderr }, line);
  setup.configure({ access_key: 'another' });
  t.match(await setup.run('errors J000001 --config CONFIG'), { code: 1, stderr: /^Gainsight refuses the access key/ });
});
