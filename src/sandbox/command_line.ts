/** The command line of the sandbox: words to options, or to a sentence that says what is wrong with them. */
import { parseArgs } from 'node:util';
import { nearest } from '../airbyte/nearest.ts';
import type { Clock } from '../clock.ts';
import type { InFilterStyle, ObjectOptions, RecordErrorStyle } from './object_options.ts';
import type { SandboxOptions, UnknownObjectStyle } from './options.ts';
import type { OAuthClient } from './tokens.ts';
import { faultNames, parseRules, readObjects, readScript, Unusable } from './written_files.ts';

/** @see optionsOf */
export const help = `Plays Gainsight's Bulk API, object API and metadata on this machine: try a configuration without a tenant.

  npm run sandbox -- [options]

It prints its address, and runs until Ctrl-C. In the configuration of the connector write that address as
"api_base_url", and any text as "access_key" and "domain".

Where it listens, and whom it lets in:
  --port N                       listen there; without it on a free port
  --access-key K                 the only access key that is let in; without it any
  --oauth-client ID:SECRET       a client that may sign in by OAuth; without it none
  --oauth-seconds N              how long its token is valid: 86400
  --oauth-without-bulk           its token does not open the Bulk API

What the tenant has:
  --objects FILE                 its objects and fields, as JSON; without it every object exists and takes every field
  --unknown-object STYLE         how metadata answers about an object that is not in it: absent (the default), 404, 400
                                 or result_false
  --no-metadata                  it has no metadata: each such call is answered with 404
  --no-bulk-api                  it has no Bulk API
  --no-object-api                it has no object API
  --no-keep-rows                 check and count rows without keeping them, for large loads

What it allows, and how fast it is:
  --calls-per-hour N             submissions an hour: 10; 0 for no limit
  --calls-per-day N              submissions a day: 100; 0 for no limit
  --all-calls                    count every call of the Bulk API, not submissions alone
  --metadata-calls-per-minute N  100; 0 for no limit
  --object-calls-per-minute N    calls of the object API: 100; 0 for no limit
  --object-calls-per-day N       50000; 0 for no limit
  --rows-per-second N            how fast a job runs: 50000
  --pending-seconds N            how long a job waits before: 1
  --list-lag-seconds N           how long a new job is missing from the list: 0

How the object API behaves where no source settles it:
  --object-in-filter STYLE       a query by IN: works (the default), ignored, finds_nothing or refused
  --object-keys STYLE            keys are the same if exact (the default), or loose: regardless of case and outer space
  --object-types STYLE           loose (the default), or strict: a number field takes no text, a text field no number
  --object-errors STYLE          what errors show of a bad record: values (the default), first_value, records, nameless
  --object-query-lag-seconds N   how long a query does not show a new record: 0

What goes wrong:
  --fault RULE                   a rule as JSON; may be repeated
  --script FILE                  a file with a list of rules

  --help                         this text

A rule says on which call ("submit", "list", "status", "errors", "metadata", "insert", "update", "query", "token" or
"any"), from which one ("nth", counted from 1), how many times ("times"), and what happens ("do"). Without "nth" and
"times" it always does.

Examples:
  Two objects, one of whose fields takes two values:
    echo '{"Company": {"fields": {"Name": {"required": true}, "Stage": {"picklist": ["New", "Won"]}}},
           "Person": {"fields": {"Email": {}}}}' > objects.json
    npm run sandbox -- --port 4010 --objects objects.json
  The quota is used up after two files:
    npm run sandbox -- --calls-per-hour 2
  The second job fails after ten rows:
    npm run sandbox -- --fault '{"on": "submit", "nth": 2, "do": {"kind": "fail", "afterRows": 10}}'
  Gainsight is down for the first five questions about a job:
    npm run sandbox -- --fault '{"on": "status", "times": 5, "do": {"kind": "status", "status": 503}}'
  Another client takes six calls before the third submission:
    npm run sandbox -- --fault '{"on": "submit", "nth": 3, "do": {"kind": "foreign_jobs", "count": 6}}'
  The key is refused:
    npm run sandbox -- --access-key right

Faults, with their settings in src/sandbox/faults.ts:
${listed(faultNames)}
`;

/** In lines of at most 100 characters. */
function listed(names: readonly string[]): string {
  return names
    .join(', ')
    .replace(/(.{1,96})(?:, |$)/g, '  $1,\n')
    .trimEnd()
    .slice(0, -1);
}

const flags = {
  port: { type: 'string' },
  'access-key': { type: 'string' },
  'oauth-client': { type: 'string' },
  'oauth-seconds': { type: 'string' },
  'oauth-without-bulk': { type: 'boolean' },
  objects: { type: 'string' },
  'unknown-object': { type: 'string' },
  'no-metadata': { type: 'boolean' },
  'no-bulk-api': { type: 'boolean' },
  'no-object-api': { type: 'boolean' },
  'no-keep-rows': { type: 'boolean' },
  'calls-per-hour': { type: 'string' },
  'calls-per-day': { type: 'string' },
  'all-calls': { type: 'boolean' },
  'metadata-calls-per-minute': { type: 'string' },
  'object-calls-per-minute': { type: 'string' },
  'object-calls-per-day': { type: 'string' },
  'object-in-filter': { type: 'string' },
  'object-keys': { type: 'string' },
  'object-types': { type: 'string' },
  'object-errors': { type: 'string' },
  'object-query-lag-seconds': { type: 'string' },
  'rows-per-second': { type: 'string' },
  'pending-seconds': { type: 'string' },
  'list-lag-seconds': { type: 'string' },
  fault: { type: 'string', multiple: true },
  script: { type: 'string' },
  help: { type: 'boolean', short: 'h' },
} as const;

type Flag = keyof typeof flags;
type Values = Partial<Record<Flag, string | boolean | readonly string[]>>;

const unknownObjectStyles: readonly UnknownObjectStyle[] = ['400', '404', 'absent', 'result_false'];
const inFilterStyles: readonly InFilterStyle[] = ['works', 'ignored', 'finds_nothing', 'refused'];
const recordErrorStyles: readonly RecordErrorStyle[] = ['values', 'first_value', 'records', 'nameless'];

const highestPort = 65_535;

/**
 * The options of a command line.
 * @param args the words after the program's name
 * @returns undefined if it asks for help
 * @throws Unusable
 */
export function optionsOf(args: readonly string[], clock: Clock): SandboxOptions | undefined {
  const values = valuesOf(args);
  if (values.help) return undefined;
  const { 'access-key': accessKey, objects, script, fault = [] } = values;
  const number = numbersIn(values);
  const limit = (flag: Flag, fallback: number) => number(flag, fallback) || null;
  const oauth = oauthOf(values);
  const rules = [
    ...(typeof script === 'string' ? readScript(script) : []),
    ...(fault as readonly string[]).flatMap((text) => parseRules(text, '--fault')),
  ];
  const port = number('port', 0);
  if (port > highestPort) throw new Unusable(`--port needs a number up to ${highestPort}, not ${port}`);
  return {
    ...{ clock, port, script: rules, unknownObject: styleOf(values, 'unknown-object', unknownObjectStyles, 'absent') },
    ...(typeof accessKey === 'string' && { accessKey }),
    ...(typeof objects === 'string' && { objects: readObjects(objects) }),
    rowsPerSecond: number('rows-per-second', 50_000),
    pendingSeconds: number('pending-seconds', 1),
    listLag: number('list-lag-seconds', 0) * 1000,
    callsPerHour: limit('calls-per-hour', 10),
    callsPerDay: limit('calls-per-day', 100),
    countedCalls: values['all-calls'] ? 'all_calls' : 'job_submissions',
    metadataCallsPerMinute: limit('metadata-calls-per-minute', 100),
    metadata: values['no-metadata'] ? 'off' : 'on',
    bulkApi: values['no-bulk-api'] ? 'off' : 'on',
    objectApi: objectOptions(values),
    ...(oauth && { oauth }),
    keepRows: !values['no-keep-rows'],
  };
}

function numbersIn(values: Values): (flag: Flag, fallback: number) => number {
  return (flag, fallback) => numberOf(values, flag) ?? fallback;
}

function objectOptions(values: Values): Partial<ObjectOptions> {
  const number = numbersIn(values);
  return {
    access: values['no-object-api'] ? 'off' : 'on',
    callsPerMinute: number('object-calls-per-minute', 100) || null,
    callsPerDay: number('object-calls-per-day', 50_000) || null,
    inFilter: styleOf(values, 'object-in-filter', inFilterStyles, 'works'),
    keys: styleOf(values, 'object-keys', ['exact', 'loose'], 'exact'),
    types: styleOf(values, 'object-types', ['loose', 'strict'], 'loose'),
    recordErrors: styleOf(values, 'object-errors', recordErrorStyles, 'values'),
    queryLag: number('object-query-lag-seconds', 0) * 1000,
  };
}

function oauthOf(values: Values): OAuthClient | undefined {
  const { 'oauth-client': client, 'oauth-without-bulk': withoutBulk = false } = values;
  const seconds = numberOf(values, 'oauth-seconds');
  if (client === undefined) {
    const other = seconds === undefined ? withoutBulk && 'oauth-without-bulk' : 'oauth-seconds';
    if (other) throw new Unusable(`--${other} needs --oauth-client beside it`);
    return undefined;
  }
  const [, id, secret] = /^([^:]+):(.+)$/.exec(String(client)) ?? [];
  if (id === undefined || secret === undefined)
    throw new Unusable('--oauth-client needs an id and a secret with a colon between them');
  return { id, secret, opensBulk: !withoutBulk, ...(seconds !== undefined && { tokenSeconds: seconds }) };
}

/** Not strictly parsed: Node's words for an unknown option do not name the one that was meant. */
function valuesOf(args: readonly string[]): Values {
  const { values, tokens } = parseArgs({ args: [...args], options: flags, strict: false, tokens: true });
  for (const token of tokens) {
    if (token.kind === 'positional') throw new Unusable(`"${token.value}" is no option: options begin with --`);
    if (token.kind === 'option') checkOption(token.name, token.rawName, token.value);
  }
  return values as Values;
}

function checkOption(name: string, written: string, value: string | undefined): void {
  const known = Object.keys(flags);
  if (!Object.hasOwn(flags, name)) {
    const meant = nearest(name, known);
    throw new Unusable(`There is no option "${written}"${meant === undefined ? '' : `: did you mean --${meant}?`}`);
  }
  const takesValue = flags[name as Flag].type === 'string';
  if (takesValue && (value === undefined || value === '')) throw new Unusable(`--${name} needs a value after it`);
  if (!takesValue && value !== undefined) throw new Unusable(`--${name} takes no value`);
}

function numberOf(values: Values, flag: Flag): number | undefined {
  const text = values[flag];
  if (text === undefined) return undefined;
  if (!/^\d{1,15}$/.test(String(text))) throw new Unusable(`--${flag} needs a whole number, not "${text}"`);
  return Number(text);
}

function styleOf<S extends string>(values: Values, flag: Flag, styles: readonly S[], usual: S): S {
  const text = values[flag] ?? usual;
  const style = styles.find((each) => each === text);
  if (style === undefined) throw new Unusable(`--${flag} needs one of ${styles.join(', ')}, not "${text}"`);
  return style;
}
