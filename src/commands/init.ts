/** The command `init`: a configuration to start from. */
import { readCatalog } from '../airbyte/catalog.ts';
import type { JsonObject } from '../airbyte/protocol.ts';
import { hasOAuthClient } from '../config/sign_in.ts';
import type { ObjectDescription, ObjectSummary } from '../model.ts';
import { escapeControls, nameList } from '../names.ts';
import { draftEntries, type EntryDraft, type StreamTarget, targetsOf } from '../plan/draft.ts';
import { isLoadable } from '../plan/loadable.ts';
import type { Command, CommandContext } from './command.ts';
import { askTenant, openTenant, type TenantAccess } from './tenant_access.ts';
import { writeJson } from './write_json.ts';

/** What the user is to enter. */
const placeholders = { domain: 'your-domain', access_key: 'your-access-key' };

export const init: Command = {
  description:
    "Writes a configuration to start from to standard output: for each stream of the catalog the object that is named like it, and for each column the field: regardless of case, underscores and `__gc`, and by the field's label. " +
    'With a configuration, names are compared with the objects and fields of its tenant; its entries keep their object and ' +
    'settings, and those that map columns stay as they are: to choose an object, add an entry with stream and object, and ' +
    'run it again. Without, names follow the convention for custom ones: `annual_revenue` becomes `Annual_Revenue__gc`. ' +
    'What could not be matched is listed on standard error. The access key is never written.',
  options: [
    { term: '--catalog <file>', meaning: 'The configured catalog of Airbyte, as JSON.', isRequired: true },
    {
      term: '--config <file>',
      meaning:
        'A configuration to go on from; domain and access_key are enough. GAINSIGHT_ACCESS_KEY replaces the key.',
    },
    { term: '--objects', meaning: "Also list the tenant's objects, on standard error, to choose from." },
  ],
  examples: [
    ['By the names of the tenant', 'destination-gainsight init --catalog catalog.json --config config.json > new.json'],
    ['By convention alone', 'destination-gainsight init --catalog catalog.json > config.json'],
  ],
  exitCodes: [
    ['0', 'Written. Standard error says what is left to do.'],
    ['1', 'A file cannot be read or does not fit: a sentence on standard error says why.'],
    ['2', 'The command line is wrong.'],
  ],
  calls:
    'None. With --config it reads the list of objects and describes those that are used, 25 with a call, which count to ' +
    'the 100 other calls a minute.',
  async run({ options }, context) {
    const { streams } = await readCatalog(String(options['catalog']));
    const { config } = options;
    const tenant = typeof config === 'string' ? await openTenant(config, context, ['streams']) : undefined;
    const given = (tenant?.settings['streams'] ?? []) as readonly EntryDraft[];
    const names = await readObjects(tenant, context);
    const targets = targetsOf(streams, given, names.objects);
    const fields = await readFields(targets, names.objects && tenant, context);
    const drafted = draftEntries(targets, fields.described);
    const idle = given.filter((entry) => !targets.some((target) => target.entry === entry));
    const whole = { ...placeholders, ...tenant?.settings, streams: [...drafted.entries, ...idle] };
    const written = tenant ? mapTexts(whole, tenant.masked) : whole;
    const { access_key: _, ...others } = written as JsonObject;
    const hasKey = !hasOAuthClient(whole);
    writeJson(context.stdout, hasKey ? { ...(written as JsonObject), access_key: placeholders.access_key } : others);
    const chosen = options['objects'] === true ? objectLines(names.objects) : [];
    const lines = [...names.notes, ...fields.notes, ...drafted.notes, ...chosen, toEnter(tenant)];
    say(context, tenant ? lines.map(tenant.redacted) : lines);
    return 0;
  },
};

function say({ stderr }: CommandContext, lines: readonly string[]): void {
  for (const line of lines) stderr.write(`${escapeControls(line)}\n`);
}

const byConvention = 'names follow the convention for custom ones; compare them with Gainsight.';

/** The tenant's objects; undefined if they cannot be read. */
async function readObjects(
  tenant: TenantAccess | undefined,
  context: CommandContext,
): Promise<{ objects: readonly ObjectSummary[] | undefined; notes: string[] }> {
  if (!tenant) return { objects: undefined, notes: [`Without --config, ${byConvention}`] };
  const list = await askTenant(tenant, context, ({ metadata }) => metadata.objects());
  if (list.kind === 'done' && list.value.length > 0) return { objects: list.value, notes: [] };
  const why = list.kind === 'done' ? 'it lists no object' : list.words;
  return { objects: undefined, notes: [`Metadata of ${tenant.host} cannot be read (${why}), so ${byConvention}`] };
}

/** The fields of the objects that are used, as far as they can be read. */
async function readFields(
  targets: readonly StreamTarget[],
  tenant: TenantAccess | undefined,
  context: CommandContext,
): Promise<{ described: ReadonlyMap<string, ObjectDescription>; notes: string[] }> {
  const used = [...new Set(targets.flatMap(({ object }) => object ?? []))];
  if (!tenant || used.length === 0) return { described: new Map(), notes: [] };
  const answer = await askTenant(tenant, context, ({ metadata }) => metadata.describe(used));
  if (answer.kind !== 'done')
    return {
      described: new Map(),
      notes: [`Fields cannot be read (${answer.words}): ${byConvention}`],
    };
  const { described, absent } = answer.value;
  const unseen = used.filter((name) => !absent.has(name) && !described.get(name)?.fields.length);
  const about = (names: readonly string[], why: string) =>
    names.length > 0 ? [`${why} ${nameList(names)}: for their fields ${byConvention}`] : [];
  const notes = [
    ...about([...absent], 'The tenant does not have'),
    ...about(unseen, 'The access key may not see the fields of'),
  ];
  return { described, notes };
}

/** A value with each of its texts changed, names of members included. */
function mapTexts(value: unknown, change: (text: string) => string): unknown {
  if (typeof value === 'string') return change(value);
  if (Array.isArray(value)) return value.map((each) => mapTexts(each, change));
  if (typeof value !== 'object' || value === null) return value;
  return Object.fromEntries(Object.entries(value).map(([name, each]) => [change(name), mapTexts(each, change)]));
}

function toEnter(tenant: TenantAccess | undefined): string {
  const secret = tenant && hasOAuthClient(tenant.settings) ? 'client_secret' : 'access_key';
  return `Enter ${tenant ? secret : `domain and ${secret}`} before you use the configuration.`;
}

function objectLines(objects: readonly ObjectSummary[] | undefined): string[] {
  if (!objects) return ['--objects needs --config and a tenant whose metadata can be read.'];
  const lines = objects.filter(isLoadable).map(({ name, label }) => `  ${name}${label ? `  ${label}` : ''}`);
  return ['Objects of the tenant:', ...lines];
}
