/** The built program's commands for people that read the tenant's metadata; and a sync by what `init` writes. */
import { execFile } from 'node:child_process';
import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import t from 'tap';
import { connectorPath } from '../support/connector.ts';
import type { Program } from '../support/program.ts';
import { holdsAlways, setUpProgram } from '../support/small_sync.ts';
import { accessKey, holdsAccessKey } from '../support/tenant.ts';

const fields = {
  Gsid: { described: { dataType: 'GSID', createable: false, updateable: false, readOnly: true } },
  Name: { maxLength: 50 },
  External_Id__gc: { required: true },
  Seats__gc: { type: 'number', described: { label: 'Licensed Seats' } },
  Stage__gc: { picklist: ['Open'], described: { inactive: ['Lost'] } },
} as const;
const sandbox = { objects: { company: { fields }, gsuser: { fields: {} } } };

const column = { type: ['null', 'string'] };
const catalog = {
  streams: [
    {
      stream: {
        name: 'companies',
        json_schema: {
          properties: { external_id: column, NAME: column, licensed_seats: { type: 'integer' }, colour: column },
        },
      },
      ...{ sync_mode: 'incremental', destination_sync_mode: 'append_dedup', primary_key: [['external_id']] },
    },
  ],
};

/** Runs the program for a person, with pipes for its output. */
function run(program: Program, args: readonly string[], env: Record<string, string> = {}) {
  const { PATH = '' } = process.env;
  const command = ['-u', 'NODE_OPTIONS', process.execPath, connectorPath, ...args];
  return new Promise<{ code: unknown; stdout: string; stderr: string }>((resolve) => {
    const options = { cwd: program.folder, env: { PATH, ...env } };
    execFile('env', command, options, (error, stdout, stderr) => resolve({ code: error?.code ?? 0, stdout, stderr }));
  });
}

t.test('objects and fields are listed', async (t) => {
  const program = await setUpProgram(t, { sandbox });
  t.same(await run(program, ['objects', '--config', 'config.json']), {
    code: 0,
    stdout: 'Object\tLabel\tType\tCreateable\tLoadable\ncompany\tcompany\tSTANDARD\tyes\tyes\n',
    stderr: '',
  });
  const { code, stdout } = await run(program, ['fields', 'Company', '--config', 'config.json', '--json']);
  t.equal(code, 0);
  t.match(JSON.parse(stdout), {
    name: 'company',
    fields: [{ name: 'Gsid', writable: false }, { length: 50 }, {}, {}, {}],
  });
  t.same(program.exchanges, [], 'no call of the Bulk API');
});

t.test('discover prints them in one message of the protocol', async (t) => {
  const program = await setUpProgram(t, { sandbox, config: { streams: [] } });
  const result = await program.run('discover', '', {}, program.flags.slice(0, 2));
  holdsAlways(t, result, program);
  t.equal(result.code, 0);
  t.match(result.messages, [
    {
      destination_catalog: {
        operations: [
          { object_name: 'company', sync_mode: 'append_dedup', matching_keys: [['Gsid']] },
          { sync_mode: 'append' },
          { sync_mode: 'update' },
        ],
      },
    },
  ]);
});

t.test('a failure is a sentence with exit code 1, and a wrong command line has 2', async (t) => {
  const program = await setUpProgram(t, { sandbox });
  for (const [line, code, stderr] of [
    ['fields Compny --config config.json', 1, /^The tenant has no object "Compny"\. Did you mean "company"\?.*\n$/],
    ['objects --config nowhere.json', 1, /^The configuration file cannot be read: there is no such file\..*\n$/],
    ['init --catalog nowhere.json', 1, /^The configured catalog cannot be read: there is no such file\..*\n$/],
    ['objects --confg config.json', 2, /^error: unknown option '--confg'\n\(Did you mean --config\?\)/],
    ['fields --config config.json', 2, /^error: missing required argument 'object'/],
    ['init', 2, /^error: option '--catalog <file>' is missing/],
  ] as const) {
    t.match(await run(program, line.split(' ')), { code, stdout: '', stderr }, line);
  }
  const env = { GAINSIGHT_ACCESS_KEY: 'another' };
  t.match(await run(program, ['objects', '--config', 'config.json'], env), { code: 1, stderr: /^Gainsight refuses/m });
});

t.test('what init writes passes check, and loads the rows', async (t) => {
  const program = await setUpProgram(t, {
    sandbox,
    config: { streams: [], polling: { list_lag_seconds: 0 } },
    catalog,
  });
  const [, configPath = '', , catalogPath = ''] = program.flags;
  const ran = await run(program, ['init', '--catalog', catalogPath, '--config', configPath]);
  t.equal(ran.code, 0);
  t.equal(
    ran.stderr,
    'companies → company: no field for the columns "colour".\nEnter access_key before you use the configuration.\n',
  );
  t.notOk(holdsAccessKey(ran.stdout + ran.stderr), 'the key is not written');
  const written = JSON.parse(ran.stdout) as { access_key: string };
  t.match(written, {
    access_key: 'your-access-key',
    polling: { list_lag_seconds: 0 },
    streams: [{ stream: 'companies', object: 'company', key_fields: ['External_Id__gc'] }],
  });
  program.configure({ ...written, access_key: accessKey }, catalog);
  const checked = await program.run('check', '', {}, program.flags.slice(0, 2));
  t.match(checked.messages, [{ connectionStatus: { status: 'SUCCEEDED' } }]);
  const data = { external_id: 'C1', NAME: 'Acme', licensed_seats: 5, colour: 'red' };
  const record = { type: 'RECORD', record: { stream: 'companies', data, emitted_at: 1 } };
  const result = await program.run('write', `${JSON.stringify(record)}\n`);
  holdsAlways(t, result, program);
  t.equal(result.code, 0);
  t.same([...(program.sandbox.rows('company') ?? [])], [{ External_Id__gc: 'C1', Name: 'Acme', Seats__gc: '5' }]);
});

t.test('init without a configuration, or without metadata, follows the convention', async (t) => {
  const program = await setUpProgram(t, { sandbox: { metadata: 'off' }, catalog });
  const alone = await run(program, ['init', '--catalog', 'catalog.json', '--objects']);
  t.equal(alone.code, 0);
  t.match(
    alone.stderr,
    /^Without --config, names follow the convention[\s\S]*\n--objects needs --config[\s\S]*\nEnter domain and access_key/,
  );
  t.match(JSON.parse(alone.stdout), {
    domain: 'your-domain',
    streams: [
      { object: 'Company', fields: [{}, { column: 'NAME', field: 'Name' }, { field: 'Licensed_Seats__gc' }, {}] },
    ],
  });
  const off = await run(program, ['init', '--catalog', 'catalog.json', '--config', 'config.json']);
  t.equal(off.code, 0);
  t.match(off.stderr, /^Metadata of \S+ cannot be read \(GS_APIG_1000.*\), so names follow the convention/);
});

t.test('init lists the objects to choose from, and goes on from an entry that names one', async (t) => {
  const streams = { streams: [{ ...catalog.streams[0], stream: { ...catalog.streams[0]?.stream, name: 'kunden' } }] };
  const program = await setUpProgram(t, { sandbox, config: { streams: [] }, catalog: streams });
  const args = ['init', '--catalog', 'catalog.json', '--config', 'config.json', '--objects'];
  const first = await run(program, args);
  t.match(JSON.parse(first.stdout), { streams: [] });
  t.match(
    first.stderr,
    'Stream "kunden" is left out: no object is named like it.\nObjects of the tenant:\n  company  company\n',
  );
  const path = join(program.folder, 'config.json');
  const config = JSON.parse(readFileSync(path, 'utf8')) as object;
  writeFileSync(
    path,
    JSON.stringify({
      ...config,
      streams: [
        { stream: 'kunden', object: 'Company' },
        { stream: 'old', object: 'X' },
      ],
    }),
  );
  const second = await run(program, args);
  t.match(JSON.parse(second.stdout), {
    streams: [
      { stream: 'kunden', object: 'Company', fields: [{ field: 'External_Id__gc' }, {}, {}] },
      { stream: 'old', object: 'X' },
    ],
  });
});

t.test('names of the tenant and of the source give a terminal no order', async (t) => {
  const evil = 'a\u001b]0;x\u0007\u009b2J\u202e\u2028b\r\n\u{e0041}c__gc';
  const objects = { [evil]: { fields: { [evil]: {} }, label: evil } };
  const program = await setUpProgram(t, { sandbox: { objects } });
  const stream = { name: evil, json_schema: { properties: { [evil]: column, other: column } } };
  const modes = { sync_mode: 'incremental', destination_sync_mode: 'append_dedup' };
  writeFileSync(join(program.folder, 'catalog.json'), JSON.stringify({ streams: [{ stream, ...modes }] }));
  const config = ['--config', 'config.json'];
  for (const args of [
    ['objects', ...config],
    ['objects', ...config, '--json'],
    ['fields', evil, ...config],
    ['fields', evil, ...config, '--json'],
    ['fields', `x${evil}`, ...config],
    ['init', '--catalog', 'catalog.json', ...config, '--objects'],
  ]) {
    const { stdout, stderr } = await run(program, args);
    t.notMatch(stdout + stderr, /(?!\n|\t)[\p{Cc}\p{Cf}\p{Zl}\p{Zp}]/u, `${args[0]} ${args.at(-1)}`);
    if (args.at(-1) === '--json')
      t.ok(JSON.stringify(JSON.parse(stdout)).includes(JSON.stringify(evil)), 'nothing is lost');
    if (args[0] === 'init') t.match(JSON.parse(stdout).streams, [{ stream: evil, fields: [{ column: evil }] }]);
  }
});

t.test('the access key is in nothing that init or fields writes, wherever the configuration has it', async (t) => {
  const program = await setUpProgram(t, { sandbox });
  const streams = [...catalog.streams, { ...catalog.streams[0], stream: { name: accessKey, json_schema: {} } }];
  writeFileSync(join(program.folder, 'catalog.json'), JSON.stringify({ streams }));
  const path = join(program.folder, 'config.json');
  const { access_key: _, ...config } = JSON.parse(readFileSync(path, 'utf8'));
  const odd = {
    ...config,
    [accessKey]: { note: `the key is ${accessKey}` },
    streams: [{ stream: accessKey, object: 'X' }],
  };
  writeFileSync(path, JSON.stringify(odd));
  const args = ['--config', 'config.json'];
  for (const command of [
    ['init', '--catalog', 'catalog.json', '--objects', ...args],
    ['fields', accessKey, ...args],
  ]) {
    const { code, stdout, stderr } = await run(program, command, { GAINSIGHT_ACCESS_KEY: accessKey });
    t.notOk(holdsAccessKey(stdout + stderr), `${command[0]}`);
    if (command[0] !== 'init') continue;
    t.equal(code, 0);
    t.match(JSON.parse(stdout), { '***': { note: 'the key is ***' }, access_key: 'your-access-key' });
  }
});
