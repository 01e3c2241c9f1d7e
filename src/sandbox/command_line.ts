/** The command line of the sandbox: words to options, or to a sentence that says what is wrong with them. */
import { parseArgs } from 'node:util';
import { nearest } from '../airbyte/nearest.ts';
import type { Clock } from '../clock.ts';
import type { SandboxOptions, UnknownObjectStyle } from './options.ts';
import { faultNames, parseRules, readObjects, readScript, Unusable } from './written_files.ts';

/** @see optionsOf */
export const help = `Plays Gainsight's Bulk API and metadata on this machine: try a configuration without a tenant.

  npm run sandbox -- [options]

It prints its address, and runs until Ctrl-C. In the configuration of the connector write that address as
"api_base_url", and any text as "access_key" and "domain".

Where it listens, and whom it lets in:
  --port N                       listen there; without it on a free port
  --access-key K                 the only access key that is let in; without it any

What the tenant has:
  --objects FILE                 its objects and fields, as JSON; without it every object exists and takes every field
  --unknown-object STYLE         how metadata answers about an object that is not in it: absent (the default), 404, 400
                                 or result_false
  --no-metadata                  it has no metadata: each such call is answered with 404
  --no-keep-rows                 check and count rows without keeping them, for large loads

What it allows, and how fast it is:
  --calls-per-hour N             submissions an hour: 10; 0 for no limit
  --calls-per-day N              submissions a day: 100; 0 for no limit
  --all-calls                    count every call of the Bulk API, not submissions alone
  --metadata-calls-per-minute N  100; 0 for no limit
  --rows-per-second N            how fast a job runs: 50000
  --pending-seconds N            how long a job waits before: 1
  --list-lag-seconds N           how long a new job is missing from the list: 0

What goes wrong:
  --fault RULE                   a rule as JSON; may be repeated
  --script FILE                  a file with a list of rules

  --help                         this text

A rule says on which call ("submit", "list", "status", "errors", "metadata" or "any"), from which one ("nth", counted
from 1), how many times ("times"), and what happens ("do"). Without "nth" and "times" it always does.

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
  objects: { type: 'string' },
  'unknown-object': { type: 'string' },
  'no-metadata': { type: 'boolean' },
  'no-keep-rows': { type: 'boolean' },
  'calls-per-hour': { type: 'string' },
  'calls-per-day': { type: 'string' },
  'all-calls': { type: 'boolean' },
  'metadata-calls-per-minute': { type: 'string' },
  'rows-per-second': { type: 'string' },
  'pending-seconds': { type: 'string' },
  'list-lag-seconds': { type: 'string' },
  fault: { type: 'string', multiple: true },
  script: { type: 'string' },
  help: { type: 'boolean', short: 'h' },
} as const;

type Flag = keyof typeof flags;
type Values = Partial<Record<Flag, string | boolean | readonly string[]>>;

const unknownObjectStyles: Record<UnknownObjectStyle, true> = {
  absent: true,
  '404': true,
  '400': true,
  result_false: true,
};

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
  const number = (flag: Flag, fallback: number) => numberOf(values, flag) ?? fallback;
  const limit = (flag: Flag, fallback: number) => number(flag, fallback) || null;
  const rules = [
    ...(typeof script === 'string' ? readScript(script) : []),
    ...(fault as readonly string[]).flatMap((text) => parseRules(text, '--fault')),
  ];
  const port = number('port', 0);
  if (port > highestPort) throw new Unusable(`--port needs a number up to ${highestPort}, not ${port}`);
  return {
    ...{ clock, port, script: rules, unknownObject: unknownObject(values) },
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
    keepRows: !values['no-keep-rows'],
  };
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

function unknownObject(values: Values): UnknownObjectStyle {
  const text = values['unknown-object'] ?? 'absent';
  if (typeof text === 'string' && Object.hasOwn(unknownObjectStyles, text)) return text as UnknownObjectStyle;
  throw new Unusable(`--unknown-object needs one of ${Object.keys(unknownObjectStyles).join(', ')}, not "${text}"`);
}
