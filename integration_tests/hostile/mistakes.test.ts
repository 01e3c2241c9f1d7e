/**
 * Mistakes that people make in a configuration, one row each: what `check` says, and what the start of a sync says. An
 * object, a field or a key that Gainsight does not know is in no row: only its answers show that.
 */

import t, { type Test } from 'tap';
import { check } from '../../src/commands/check.ts';
import { type Config, parseConfig } from '../../src/config/config.ts';
import { secretOf } from '../../src/config/sign_in.ts';
import { asTracedError } from '../../src/errors.ts';
import { createClient } from '../../src/gainsight/client.ts';
import { worldOf } from '../support/check_world.ts';
import { FakeClock } from '../support/fake_clock.ts';
import { runInProcess } from '../support/run_in_process.ts';
import { accessKey, holdsAccessKey, settingsFor, startTenant } from '../support/tenant.ts';

const map = (...pairs: readonly [column: string, field: string][]) =>
  pairs.map(([column, field]) => ({ column, field }));

const fields = map(['id', 'External_ID__gc'], ['name', 'Name'], ['stage', 'Stage'], ['arr', 'ARR__gc']);
const companies = { stream: 'companies', object: 'Company', key_fields: ['Name'], fields };
const contacts = { stream: 'contacts', object: 'Contact__gc', key_fields: ['Email'], fields: map(['email', 'Email']) };

/** A configuration whose entry for `companies` has these differences. */
const entry = (changes: object) => ({ streams: [{ ...companies, ...changes }, contacts] });
/** The same with another mapping of its columns, and the key that the mapping has. */
const mapped = (...pairs: readonly [string, string][]) => entry({ fields: map(...pairs), key_fields: [pairs[0]?.[1]] });

const properties = (...names: string[]) => Object.fromEntries(names.map((name) => [name, { type: 'string' }]));
const streamOf = (name: string, ...columns: string[]) => ({
  stream: { name, json_schema: { properties: properties(...columns) } },
  ...{ sync_mode: 'full_refresh', destination_sync_mode: 'append_dedup' },
});
const catalog = { streams: [streamOf('companies', 'id', 'name', 'stage', 'arr'), streamOf('contacts', 'email')] };

interface Row {
  readonly mistake: string;
  /** A text stands for the whole file. */
  readonly config: object | string;
  /** What `check` says; its status is FAILED. With `passes` it is SUCCEEDED, and this is what it adds. */
  readonly check?: string;
  readonly passes?: boolean;
  /** What the start of a sync says; default: the same as `check`. */
  readonly start?: string;
  /** The start of a sync only warns. */
  readonly warns?: boolean;
}

/** Only the catalog shows it. */
const byCatalog = { passes: true } as const;
const streams1 = 'Streams 1 (companies)';
const among = `"External_ID__gc", "Name", "Stage", "ARR__gc"`;
const remedy = 'name one of these, or map the missing column in "Fields"';
const schemaHas = 'It has: "id", "name", "stage", "arr". Correct the column in "Fields"';

const rows: readonly Row[] = [
  {
    mistake: 'an object with a space at its end',
    config: entry({ object: 'Company ' }),
    check: `${streams1} > Object "Company " has white space at an end: write "Company"`,
  },
  {
    mistake: 'a field with a space at its end',
    config: mapped(['name', 'Name ']),
    check: `${streams1} > Fields 1 (name) > Field "Name " has white space at an end: write "Name"`,
  },
  {
    mistake: 'a misspelt setting of an entry',
    config: { streams: [{ stream: 'companies', object: 'Company', key_fields: ['name'], feilds: fields }, contacts] },
    check: `${streams1} > "feilds" is not a setting (did you mean "fields"?)`,
    warns: true,
  },
  {
    mistake: 'a misspelt list of keys',
    config: entry({ key_fields: ['Name'], key_field: ['Name'] }),
    check: `${streams1} > "key_field" is not a setting (did you mean "key_fields"?)`,
    warns: true,
  },
  {
    mistake: 'a misspelt group',
    config: { ...entry({}), quotas: { calls_per_hour: 1 } },
    check: '"quotas" is not a setting (did you mean "quota"?)',
    warns: true,
  },
  {
    mistake: 'a setting outside of its group',
    config: { ...entry({}), calls_per_hour: 1 },
    check: '"calls_per_hour" is not a setting here: it belongs into Quota',
    warns: true,
  },
  {
    mistake: 'a misspelt parent',
    config: { streams: [companies, { ...contacts, load_after: ['companys'] }] },
    check:
      'Streams 2 (contacts) > Load After 1 "companys" names no entry of "Streams" (did you mean "companies"?): name',
  },
  {
    mistake: 'a key that is not mapped',
    config: entry({ key_fields: ['Region'] }),
    check: `${streams1} > Key Fields 1 "Region" is not among the fields of this entry, ${among}: ${remedy}`,
  },
  {
    mistake: 'a key that names the column',
    config: entry({ key_fields: ['id'] }),
    check: `${streams1} > Key Fields 1 "id" is a column: name its field, "External_ID__gc"`,
  },
  {
    mistake: 'a key in the wrong case',
    config: entry({ key_fields: ['NAME'] }),
    check: `${streams1} > Key Fields 1 "NAME" is not among the fields of this entry, ${among} (did you mean "Name"?): ${remedy}`,
  },
  {
    mistake: 'a key with a space at its end',
    config: entry({ key_fields: ['Name '] }),
    check: `${streams1} > Key Fields 1 "Name " has white space at an end: write "Name"`,
  },
  {
    mistake: 'a key with an invisible character',
    config: entry({ key_fields: ['Name\u200b'] }),
    check: `${streams1} > Key Fields 1 "Name\\u200b" has white space at an end: write "Name"`,
  },
  {
    mistake: 'two keys in one item',
    config: entry({ key_fields: ['Name,Stage'] }),
    check: `${streams1} > Key Fields 1 "Name,Stage" has a comma, which Gainsight takes for the end of a name: give each key field an item of its own, "Name", "Stage"`,
  },
  {
    mistake: 'a column that does not exist',
    config: mapped(['name', 'Name'], ['stages', 'Stage']),
    ...byCatalog,
    start: `Column "stages" of the stream companies is not in its schema (did you mean "stage"?). ${schemaHas}`,
  },
  {
    mistake: 'a column far from any',
    config: mapped(['name', 'Name'], ['segment', 'Segment__gc']),
    ...byCatalog,
    start: `Column "segment" of the stream companies is not in its schema. ${schemaHas}`,
  },
  {
    mistake: 'a column in the wrong case, which is found all the same',
    config: mapped(['NAME', 'Name']),
    ...byCatalog,
    start: 'Column "NAME" in "Fields" of companies is taken for "name" of its schema.',
    warns: true,
  },
  {
    mistake: 'a column with a space at its end, which is found all the same',
    config: mapped(['name ', 'Name']),
    passes: true,
    check: `Please check: ${streams1} > Fields 1 > Column "name " has white space at an end: write "name" unless the column is named so.`,
    start: 'Column "name " in "Fields" of companies is taken for "name" of its schema.',
    warns: true,
  },
  {
    mistake: 'column and field swapped',
    config: mapped(['Name', 'Name'], ['ARR__gc', 'arr']),
    ...byCatalog,
    start: `Column "ARR__gc" of the stream companies is not in its schema; column and field look swapped, as the schema has "arr". ${schemaHas}`,
  },
  {
    mistake: 'column and field swapped, of the same name but for its case',
    config: mapped(['Name', 'name']),
    ...byCatalog,
    start: 'Column "Name" and field "name" in "Fields" of companies look swapped: "name" is the column of the schema.',
    warns: true,
  },
  {
    mistake: 'a misspelt stream',
    config: entry({ stream: 'companys' }),
    ...byCatalog,
    start:
      'The connection selects the stream "companies", and no entry of "Streams" names it. Entry 1 names "companys": if that is meant, correct it to "companies". Add an entry for it',
  },
  {
    mistake: 'a namespace that the stream does not have',
    config: entry({ stream: 'warehouse.companies' }),
    ...byCatalog,
    start:
      'The connection selects the stream "companies", and no entry of "Streams" names it. Entry 1 names "companies" in the namespace "warehouse", and the connection sends it without one: in the connection set "Destination Namespace" to "Source-defined", or leave the namespace out of the entry. Add',
  },
  {
    mistake: 'a stream with a space at its end',
    config: entry({ stream: 'companies ' }),
    check: 'Streams 1 > Stream "companies " has white space at an end: write "companies"',
  },
  {
    mistake: 'two entries for a stream',
    config: { streams: [companies, contacts, companies] },
    check: 'Streams 3 (companies) is for the same stream as entry 1, "companies": remove one of the two',
  },
  {
    mistake: 'two columns for a field',
    config: mapped(['name', 'Name'], ['stage', 'Name']),
    check: `${streams1} > Fields 2 (stage) > Field "Name" is already the field of Fields 1: map one column to each field`,
  },
  {
    mistake: 'streams that load after each other',
    config: {
      streams: [
        { ...companies, load_after: ['contacts'] },
        { ...contacts, load_after: ['companies'] },
      ],
    },
    check: `${streams1} > Load After forms a cycle: companies after contacts after companies: remove one of these names`,
  },
  {
    mistake: 'a stream that loads after itself',
    config: entry({ load_after: ['companies'] }),
    check: `${streams1} > Load After forms a cycle: companies after companies: remove`,
  },
  {
    mistake: 'two columns crossed',
    config: mapped(['name', 'Stage'], ['stage', 'Name']),
    passes: true,
    check: `Please check: ${streams1} > Fields 1 (name) looks crossed with Fields 2: column "name" goes to field "Stage", and column "stage" to field "Name".`,
    start: 'WARN Fields 1 of companies looks crossed with Fields 2: column "name" goes to field "Stage", and column',
    warns: true,
  },
  {
    mistake: 'five mistakes at once',
    config: {
      streams: [
        { ...companies, objekt: 'Company', object: 'Company ', key_fields: ['name'] },
        { ...contacts, operation: 'upsert', load_after: ['companys'] },
      ],
      domain: 'http://acme.gainsightcloud.com',
    },
    check:
      'there are 5 faults. 1. Gainsight Domain must be reached by https: leave out http://; ' +
      `2. ${streams1} > "objekt" is not a setting (did you mean "object"?); ` +
      `3. ${streams1} > Object "Company " has white space at an end: write "Company"; ` +
      `4. ${streams1} > Key Fields 1 "name" is a column: name its field, "Name"; ` +
      '5. Streams 2 (contacts) > Operation must be one of UPSERT, UPDATE, INSERT (did you mean UPSERT?). Correct it',
  },
  {
    mistake: 'several mistakes that only the catalog shows',
    config: {
      streams: [
        { ...companies, fields: map(['nam', 'Name'], ['stages', 'Stage']) },
        { ...contacts, fields: map(['mail', 'Email']) },
      ],
    },
    ...byCatalog,
    start:
      'The mapping does not fit the schema of the connection: there are 3 faults. 1. Column "nam" of the stream companies',
  },
  {
    mistake: 'a domain with http://',
    config: { ...entry({}), domain: 'http://acme.gainsightcloud.com' },
    check: 'Gainsight Domain must be reached by https: leave out http://',
  },
  {
    mistake: 'a domain with a path',
    config: { ...entry({}), domain: 'https://acme.gainsightcloud.com/v1/ui/home' },
    check: 'Gainsight Domain must have no path: leave out everything after the host',
  },
  {
    mistake: 'a domain with a user',
    config: { ...entry({}), domain: 'me@acme.com' },
    check: 'Gainsight Domain must not hold a user name',
  },
  {
    mistake: 'a domain with a space',
    config: { ...entry({}), domain: 'acme gainsight' },
    check: 'Gainsight Domain must look like acme, acme.us2, acme.gainsightcloud.com or https://HOST',
  },
  { mistake: 'an empty domain', config: { ...entry({}), domain: '' }, check: 'Gainsight Domain must look like acme' },
  { mistake: 'no domain', config: { ...entry({}), domain: undefined }, check: 'Gainsight Domain is missing' },
  { mistake: 'an empty key', config: { ...entry({}), access_key: ' ' }, check: 'Access Key must not be empty' },
  {
    mistake: 'a key with a line break',
    config: { ...entry({}), access_key: `${accessKey}\n${accessKey}` },
    check: 'Access Key holds a line break or another character that cannot be sent: copy it again',
  },
  {
    mistake: 'a number in quotes',
    config: { ...entry({}), files: { max_megabytes: '75' } },
    check: 'Files: Largest File in MB must be a number',
  },
  {
    mistake: 'a number in quotes, of calls',
    config: { ...entry({}), quota: { calls_per_hour: '10' } },
    check: 'Quota: Calls per Hour must be a whole number',
  },
  {
    mistake: 'an operation in the wrong case',
    config: entry({ operation: 'upsert' }),
    check: `${streams1} > Operation must be one of UPSERT, UPDATE, INSERT (did you mean UPSERT?)`,
  },
  {
    mistake: 'keys as a text',
    config: entry({ key_fields: 'Name' }),
    check: `${streams1} > Key Fields must be a list`,
  },
  {
    mistake: 'fields as a group',
    config: entry({ fields: { name: 'Name' } }),
    check: `${streams1} > Fields must be a list`,
  },
  {
    mistake: 'an entry without an object',
    config: entry({ object: undefined }),
    check: `${streams1} > Object is missing`,
  },
  {
    mistake: 'a file that is not JSON',
    config: `{\n  "domain": "acme",\n  "access_key": ${accessKey}\n}`,
    check: 'The configuration file cannot be read: it is not JSON: line 3, column 17: a value is expected',
  },
  {
    mistake: 'a file with a comma too many',
    config: `{\n  "domain": "acme",\n  "access_key": ${JSON.stringify(accessKey)},\n}`,
    check:
      'it is not JSON: line 4, column 1: a name in double quotes is expected; the last entry of a group has no comma',
  },
  {
    mistake: 'a folder that does not exist',
    config: { ...entry({}), rejected_rows: { folder: '/nope/rejected' } },
    check: 'ENOENT',
  },
  {
    mistake: 'no entry at all',
    config: { streams: [] },
    passes: true,
    check: 'Please check: "Streams" has no entry and "Load Unlisted Streams" is off',
    start: '1. The connection selects the stream "companies", and no entry of "Streams" names it. Add an entry for it',
  },
];

/** The status and message of `check`. */
async function checked(t: Test, config: Row['config']): Promise<[status: string, message: string]> {
  const clock = new FakeClock();
  const { sandbox } = await startTenant(clock);
  t.teardown(() => sandbox.close());
  t.teardown(clock.addBusy(() => true));
  try {
    const parsed = parse(config, sandbox.url);
    const { baseUrl } = parsed;
    const client = createClient({ baseUrl, accessKey: secretOf(parsed.signIn), clock, userAgent: 'test' });
    return ['SUCCEEDED', await check(parsed, client, worldOf(parsed, clock, 0))];
  } catch (error) {
    const { failureType, message } = asTracedError(error);
    t.equal(failureType, 'config_error');
    return ['FAILED', message];
  }
}

function parse(config: Row['config'], url: string): Config {
  return parseConfig(typeof config === 'string' ? config : JSON.stringify(settingsFor(config, url)));
}

/** One record of each stream, with a value in every column. */
const records = catalog.streams
  .map(({ stream: { name, json_schema } }) => {
    const data = Object.fromEntries(Object.keys(json_schema.properties).map((column) => [column, 'x']));
    return JSON.stringify({ type: 'RECORD', record: { stream: name, data, emitted_at: 1 } });
  })
  .join('\n');

/** Everything that a sync says before the first job, and whether it loaded `companies`. */
async function started(t: Test, { config }: Row): Promise<{ says: string; isLoaded: boolean }> {
  try {
    parse(config, 'http://127.0.0.1:1/v1');
  } catch (error) {
    return { says: asTracedError(error).message, isLoaded: false };
  }
  if (typeof config === 'string') throw new Error('no text can be valid');
  const run = await runInProcess({ config, catalog, input: Buffer.from(records) });
  t.teardown(() => run.sandbox.close());
  const firstJob = run.logs.findIndex((line) => line.includes('submitted'));
  const before = firstJob < 0 ? run.logs : run.logs.slice(0, firstJob);
  const says = [...before, ...run.traces].join('\n');
  return { says, isLoaded: run.sandbox.rows('Company').length > 0 };
}

/** The tenant of this test takes every field, and so shows none. */
const allFits =
  /left: 10 and 100\. The tenant shows no fields of ["\w, ]+ to this access key, so these are not compared\.$/;

for (const row of rows)
  t.test(row.mistake, async (t) => {
    const [status, message] = await checked(t, row.config);
    t.equal(status, row.passes ? 'SUCCEEDED' : 'FAILED');
    t.match(message, row.check ?? 'left: 10 and 100.');
    if (row.check === undefined) t.match(message, allFits, 'nothing more is said');
    const { says, isLoaded } = await started(t, row);
    t.match(says, row.start ?? row.check?.replace(/\.$/, ''));
    t.equal(isLoaded, row.warns === true);
    t.notOk(holdsAccessKey(message + says), 'the access key is in no message');
  });

t.test('without a mistake nothing is said', async (t) => {
  const config = entry({});
  t.match(await checked(t, config), ['SUCCEEDED', allFits]);
  const { says, isLoaded } = await started(t, { mistake: 'none', config });
  t.notMatch(says, /WARN|ERROR|taken for/);
  t.ok(isLoaded);
});
