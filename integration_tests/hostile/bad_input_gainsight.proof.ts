/**
 * A refusal by Gainsight ends the sync with one TRACE that says what to do; what is already loaded keeps its states.
 */
import t from 'tap';
import { allOrQuarter } from '../conservation/quarter.ts';
import {
  type ExpectedFailure,
  entryOf,
  holdsFailure,
  logsAt,
  records,
  released,
  type SetUpOptions,
  setUpProgram,
  state,
} from '../support/small_sync.ts';
import { accessKey } from '../support/tenant.ts';

interface Case extends ExpectedFailure {
  readonly name: string;
  readonly sandbox?: SetUpOptions['sandbox'];
  /** Merged into the usual configuration. */
  readonly config?: Record<string, unknown>;
  readonly contacts?: string;
  /** States that were released. Default: that of the stream without a fault. */
  readonly released?: string;
  /** Jobs that were accepted. Default: one per stream. */
  readonly jobs?: number;
}

const id = { Id: {}, Name: {} };
const onContacts = { on: 'submit', object: 'Contacts' } as const;
const ofContacts = { type: 'config_error', stream: 'contacts' } as const;
const ofAll = { type: 'config_error', released: '', jobs: 0 } as const;
const insertContacts = { streams: [entryOf('accounts'), entryOf('contacts', { operation: 'INSERT' })] };
const contactsLater = { streams: [entryOf('accounts'), entryOf('contacts', { load_after: ['accounts'] })] };
// A label of more than 63 characters is invalid: it never resolves, with or without a network.
const nowhere = `${'x'.repeat(64)}.invalid`;

const keyCases: readonly Case[] = [
  {
    ...{ name: 'an access key that is refused', code: 'access_refused', ...ofAll },
    config: { access_key: 'canary-key-of-yesterday' },
    says: ['Gainsight refuses the access key: GS_APIG_2401', 'Administration > Connectors > Gainsight API'],
  },
  {
    ...{ name: 'an access key that the refusal repeats', code: 'access_refused', ...ofAll },
    sandbox: { script: [{ on: 'list', do: { kind: 'status', status: 403, errorDesc: `No such key: ${accessKey}` } }] },
    says: ['No such key: …', 'enter it as "Access Key"'],
  },
  {
    ...{ name: 'an access key that is revoked between two jobs', code: 'access_refused', ...ofAll },
    config: contactsLater,
    sandbox: { script: [{ on: 'submit', nth: 2, do: { kind: 'status', status: 401 } }] },
    ...{ released: 'accounts 1', jobs: 1, says: ['refuses the access key'] },
  },
  {
    ...{ name: 'an access key that is revoked while a job runs', code: 'access_refused', ...ofAll },
    config: contactsLater,
    sandbox: { script: [{ on: 'status', do: { kind: 'status', status: 401 } }] },
    ...{ jobs: 1, says: ['refuses the access key'] },
  },
  {
    ...{ name: 'a host that does not resolve', code: 'host_unknown', ...ofAll },
    config: { api_base_url: `https://${nowhere}/v1` },
    says: [`The host ${nowhere} does not exist`, 'Correct "Gainsight Domain"'],
  },
  {
    ...{ name: 'a redirect', code: 'redirect_refused', ...ofAll },
    sandbox: { script: [{ on: 'any', do: { kind: 'redirect', to: 'https://login.acme.invalid/?from=x' } }] },
    says: ['redirect to login.acme.invalid', 'the access key is not sent to another host', '"Gainsight Domain"'],
  },
  {
    ...{ name: 'a list that is refused with an explicit message', code: 'read_refused', ...ofAll },
    sandbox: { script: [{ on: 'list', do: { kind: 'result_false', errorDesc: 'The tenant is being moved' } }] },
    says: ['Gainsight refuses to answer GET /bulk/jobs: GU_1101 (a failure of Gainsight)', 'ask Gainsight support'],
  },
];

/** Without the comparison with metadata it is the file that Gainsight refuses. */
const unchecked = { preflight: { mapping: 'off', values: 'off' } };

const fileCases: readonly Case[] = [
  {
    ...{ name: 'an object that does not exist', code: 'job_failed', ...ofContacts, config: unchecked },
    sandbox: { objects: { Accounts: { fields: id } } },
    says: ['on Contacts as FAILED: Object "Contacts" does not exist', 'Correct what it names'],
  },
  {
    ...{ name: 'a field that does not exist', code: 'job_failed', ...ofContacts, config: unchecked },
    sandbox: { objects: { Accounts: { fields: id }, Contacts: { fields: { Id: {} } } } },
    says: ['Name: Field "Name" does not exist on object Contacts', 'Correct what it names'],
  },
  {
    ...{ name: 'a job that FAILs over a value', code: 'job_failed', ...ofContacts },
    sandbox: {
      script: [{ ...onContacts, do: { kind: 'fail', afterRows: 1, message: 'Value "canary-row C1" is no date' } }],
    },
    says: ['FAILED: Value … is no date', 'then sync again', /job J\d+ on/],
  },
  {
    ...{ name: 'an INSERT that FAILs in the middle', code: 'insert_uncertain', ...ofContacts },
    ...{ config: insertContacts, contacts: records('contacts', 'C1', 'C2', 'C3') },
    sandbox: { script: [{ ...onContacts, do: { kind: 'fail', afterRows: 2 } }] },
    says: [
      /contacts\.csv/,
      'FAILED after 2 of 3 rows: GS_3250 (the file is not valid): The file is not valid.',
      'look in Contacts for the rows of that file',
      'INSERT is never sent twice',
    ],
  },
  {
    ...{ name: 'an INSERT without any answer', code: 'insert_uncertain', ...ofContacts },
    config: insertContacts,
    sandbox: {
      script: [
        { ...onContacts, do: { kind: 'accept_then_drop' } },
        { ...onContacts, do: { kind: 'hide' } },
      ],
    },
    says: [
      /not known which rows of the file \S+contacts\.csv are in Contacts/,
      'look in Contacts for the rows of that file',
    ],
  },
  {
    ...{ name: 'an INSERT at a tenant that lists no jobs', code: 'insert_without_list', ...ofContacts },
    ...{ config: insertContacts, jobs: 1 },
    sandbox: { script: [{ on: 'list', do: { kind: 'status', status: 404 } }] },
    says: ['INSERT of contacts could be sent twice', 'Load Contacts by UPSERT with key fields'],
  },
  {
    ...{ name: 'a file that is refused as too large', code: 'file_too_large', ...ofContacts, jobs: 1 },
    ...{ contacts: records('contacts', ...Array.from({ length: 5000 }, (_, at) => `C${at}`)) },
    sandbox: { maxFileBytes: 50_000 },
    says: ['for Contacts as too large (0.1 MB): GS_7413', 'Lower "Files: Largest File in MB" below that'],
  },
  {
    ...{ name: 'a file that is refused', code: 'submission_refused', ...ofContacts, jobs: 1 },
    sandbox: {
      script: [{ ...onContacts, do: { kind: 'status', status: 400, errorDesc: 'No key "Id" for "canary-row C1"' } }],
    },
    says: ['file for Contacts: GU_400: No key "Id" for …', 'Check the object, the operation', 'Gainsight request'],
  },
  {
    ...{ name: 'a file that is refused with status 200', code: 'submission_refused', ...ofContacts, jobs: 1 },
    sandbox: { script: [{ ...onContacts, do: { kind: 'result_false' } }] },
    says: ['file for Contacts: GU_1101 (a failure of Gainsight): ', 'Check the object'],
  },
  {
    ...{ name: 'a stream with all rows rejected', code: 'too_many_rejects', ...ofContacts },
    sandbox: { objects: { Accounts: { fields: id }, Contacts: { fields: { Id: {}, Name: { picklist: ['A'] } } } } },
    contacts: records('contacts', 'C1', 'C2', 'C3', 'C4', 'C5'),
    says: ['5 of 5 rows of contacts were rejected; none was accepted', 'Correct the reasons listed in the log'],
  },
  {
    ...{ name: 'rejected rows that cannot be stored', code: 'rejects_unwritable', ...ofAll },
    config: { rejected_rows: { folder: '/nowhere/at/all' } },
    says: ['cannot be written to "/nowhere/at/all"', 'Set "Rejected Rows: Folder"'],
  },
  {
    ...{ name: 'a quota used up for longer than the connector may wait', code: 'quota_spent', released: '', jobs: 0 },
    config: { quota: { max_wait_minutes: 1 } },
    sandbox: { script: [{ on: 'list', nth: 1, do: { kind: 'foreign_jobs', count: 10, age: 600 } }] },
    type: 'transient_error',
    says: ['The next Gainsight call is possible at 20', 'the calls of this hour are used up', '"Quota: Longest Wait"'],
  },
];

t.jobs = 4;
for (const { name, config, sandbox = {}, ...one } of allOrQuarter([...keyCases, ...fileCases], 'gainsight')) {
  t.test(name, { buffered: true }, async (t) => {
    const program = await setUpProgram(t, { sandbox, ...(config && { config }) });
    const contacts = one.contacts ?? records('contacts', 'C1');
    const input = `${records('accounts', 'A1', 'A2')}${state('accounts', 1)}${contacts}${state('contacts', 2)}`;
    const result = await program.run('write', input);
    holdsFailure(t, result, program, one);
    t.equal(released(result), one.released ?? 'accounts 1', 'only the states of proven records');
    const own = program.sandbox.jobs.filter(({ foreign }) => !foreign);
    t.equal(own.length, one.jobs ?? 2, 'jobs');
    if (one.released ?? 'accounts 1') t.same(keysOf(program.sandbox.rows('Accounts')), ['A1', 'A2']);
  });
}

t.test('failed streams are named in one TRACE, the others keep their states', { buffered: true }, async (t) => {
  const streams = ['accounts', 'contacts', 'tickets'];
  const objects = { Tickets: { fields: id } };
  const program = await setUpProgram(t, { streams, sandbox: { objects }, config: unchecked });
  const input = streams.map((stream, at) => records(stream, 'X1') + state(stream, at)).join('');
  const result = await program.run('write', input);
  holdsFailure(t, result, program, {
    ...{ code: 'job_failed', type: 'config_error' },
    says: ['Object "Accounts" does not exist', 'Failed streams: accounts, contacts.'],
  });
  const failed = ['Accounts', 'Contacts'].map((object) => new RegExp(`FAILED: Object "${object}" does not exist`));
  t.match(logsAt(result, 'ERROR'), failed, 'each failure is logged');
  t.equal(released(result), 'tickets 2');
});

t.test('a stream that loads after a failed one is not sent, and is named', { buffered: true }, async (t) => {
  const program = await setUpProgram(t, {
    config: { ...unchecked, streams: [entryOf('accounts', { load_after: ['contacts'] }), entryOf('contacts')] },
    sandbox: { objects: { Accounts: { fields: id } } },
  });
  const input = records('accounts', 'A1') + state('accounts', 1) + records('contacts', 'C1') + state('contacts', 2);
  const result = await program.run('write', input);
  holdsFailure(t, result, program, {
    ...{ code: 'job_failed', type: 'config_error' },
    says: ['Object "Contacts" does not exist', 'Not loaded because of that: accounts.'],
    stream: 'contacts',
  });
  t.equal(released(result), '');
  t.equal(program.sandbox.jobs.length, 1);
});

function keysOf(rows: readonly { readonly [field: string]: unknown }[]): unknown[] {
  return rows.map((row) => row['Id']);
}
