/** The command `plan`: what is wrong with a mapping, and what a sync of these records would load, without sending it. */
import { readCatalog } from '../airbyte/catalog.ts';
import type { JsonObject } from '../airbyte/protocol.ts';
import { redactor } from '../airbyte/redaction.ts';
import { TracedError } from '../airbyte/traced_error.ts';
import { systemClock as clock, day, second } from '../clock.ts';
import { type Config, parseConfig } from '../config/config.ts';
import { form } from '../config/config_faults.ts';
import { type QuotaWindow, quotaWindows } from '../config/quota_windows.ts';
import { ConnectorError, spokenToPerson } from '../errors.ts';
import { formatDuration } from '../format.ts';
import { objectWindows } from '../load/object_api/object_quota.ts';
import { Ledger } from '../load/quota.ts';
import { compare, mayNotFitText, unfitError, unreadText } from '../mapping_check.ts';
import { openSpool } from '../open_spool.ts';
import { makePlans } from '../plan/plan.ts';
import { type Mapping, mappingOfEntry, mappingOfPlan } from '../plan/preflight.ts';
import { random } from '../run_flow.ts';
import { checkName, checkStorage } from '../settle/rejects/check_storage.ts';
import { folderFault } from '../settle/rejects/folder_check.ts';
import { planSync } from '../sync_plan.ts';
import { storageOf } from '../tenant_client.ts';
import { ledgerOf } from './calls_used.ts';
import type { Command, CommandContext, CommandInput } from './command.ts';
import { collecting, entryOf, faultsOf, mappedIn, mappingsOf, soundPart } from './plan_faults.ts';
import { type CheckedMapping, document, type Planned, report } from './plan_output.ts';
import { readList } from './read_jobs.ts';
import { spec } from './spec.ts';
import {
  accessTo,
  askTenant,
  redactedOutput,
  retryMs,
  settingsAt,
  type TenantAccess,
  withReads,
} from './tenant_access.ts';
import { writeJson } from './write_json.ts';

const exitFaults = 1;
const exitUsage = 2;
const exitUnfit = 3;

const usualJobSeconds = 60;
/** How long the tenant's metadata is waited for, in milliseconds. */
const maxWaitMs = 20 * second;

export const plan: Command = {
  description:
    'Checks the mapping of a configuration against a catalog, and reports all that is wrong at once. With the records of ' +
    'a sync on standard input it also encodes and deduplicates them and closes files as write would, and prints what each ' +
    'stream would load, what would be rejected before it is sent, how many calls that takes, and when it would end at the ' +
    'earliest. Nothing is submitted; the rows go to the disk that write would use, and are removed.',
  options: [
    {
      term: '--config <file>',
      meaning: 'The configuration, as JSON. Without --online it needs no access key.',
      isRequired: true,
    },
    { term: '--catalog <file>', meaning: 'The configured catalog of Airbyte, as JSON.', isRequired: true },
    {
      term: '--online',
      meaning: 'Also compares the mapping with the objects and fields of the tenant, and counts the calls used there.',
    },
    {
      term: '--job-seconds <n>',
      meaning: `How long Gainsight takes for a file: ${usualJobSeconds} unless given. The log and the command jobs show it.`,
    },
    { term: '--json', meaning: 'As one JSON document, with each file.' },
  ],
  examples: [
    ['Check the mapping', 'destination-gainsight plan --config config.json --catalog catalog.json < /dev/null'],
    [
      'Plan a first load',
      'destination-gainsight plan --config config.json --catalog catalog.json --online < messages.jsonl',
    ],
    [
      'Go on in a script only if nothing needs correction and all fits the quota',
      'destination-gainsight plan --config config.json --catalog catalog.json < messages.jsonl && echo ready',
    ],
  ],
  exitCodes: [
    ['0', 'Nothing is wrong, and every file and call fits the quota, if need be after waits that write accepts.'],
    ['1', 'Something is wrong, or a file cannot be read: it is said what.'],
    ['2', 'The command line is wrong.'],
    ['3', 'It does not fit the quota: write would end at a wait longer than quota.max_wait_minutes.'],
  ],
  calls:
    'None. With --online it reads the list of jobs, which counts only where Gainsight counts all calls (the setting ' +
    'quota.counted_calls), and describes the objects, which counts to the 100 other calls a minute.',
  async run({ options }, context) {
    const jobMs = second * Number(options['jobSeconds'] ?? usualJobSeconds);
    if (!(jobMs > 0 && jobMs < day)) {
      context.stderr.write(`error: option '--job-seconds <n>' needs a number of seconds, less than a day\n`);
      return exitUsage;
    }
    const found = await findFaults(options, context);
    const planned =
      found.faults.length === 0 && found.plans.length > 0 ? await planRecords(found, jobMs, context) : undefined;
    const faults = [...found.faults, ...(planned?.faults ?? [])];
    const warnings = [...found.warnings, ...(planned?.warnings ?? [])];
    const stdout = found.tenant ? redactedOutput(context.stdout, found.tenant) : context.stdout;
    if (options['json'] === true) writeJson(stdout, document({ ...found, faults, warnings }, planned, jobMs));
    else report({ ...found, faults, warnings }, planned, jobMs, { ...context, stdout });
    if (faults.length > 0) return exitFaults;
    return planned?.tooLong ? exitUnfit : 0;
  },
};

/** The mapping, and what it was checked with. */
interface Found extends CheckedMapping {
  readonly config: Config | undefined;
  readonly tenant: TenantAccess | undefined;
  /** The calls used. */
  readonly ledger: Ledger;
}

/**
 * All faults that the files show, and with `--online` the tenant.
 * @throws {TracedError} if a file cannot be read
 */
async function findFaults(options: CommandInput['options'], context: CommandContext): Promise<Found> {
  const catalog = await readCatalog(String(options['catalog']), spec().supported_destination_sync_modes);
  const { settings, signIn } = await settingsAt(String(options['config']), context);
  const isOnline = options['online'] === true;
  const faults: string[] = [];
  const parse = (some: JsonObject) => parseConfig(JSON.stringify({ ...some, ...signIn(isOnline) }));
  const whole = collecting(faults, () => parse(settings));
  // What is wrong with some settings must not hide what the catalog and the tenant show of the others.
  const read = whole ?? soundPart(settings, parse);
  faults.push(...(whole?.unknownSettings ?? []).map((text) => `${text}.`));
  const planned = whole || !read ? catalog : mappedIn(catalog, settings, read);
  faults.push(...(await placeFaults(settings, whole, isOnline)));
  const made = read && planned.streams.length > 0 ? collecting(faults, () => makePlans(planned, read)) : undefined;
  faults.push(...(made?.broken ?? []).flatMap((each) => each.faults.map(({ message }) => message)));
  const warnings = [
    ...(read?.hints ?? []).map((text) => `${text}.`),
    ...(made?.warnings ?? []),
    ...(made?.notes ?? []),
  ];
  const broken = new Map(made?.broken.map(({ plan }) => [plan.id, plan]));
  const plans = (made?.plans ?? []).filter(({ id }) => !broken.has(id));
  const tenant = isOnline && read ? accessTo(read, settings) : undefined;
  const entries = read?.streams ?? [];
  const known = [...plans.map(mappingOfPlan), ...mappingsOf([...broken.values()], entries)];
  // An entry that names no stream of the catalog has no effect, unless something is wrong with the settings.
  const idle = whole ? [] : entries.filter((entry) => !catalog.streams.some(({ stream }) => entryOf(stream, [entry])));
  const mappings = [...known, ...idle.map(mappingOfEntry)];
  const asked = tenant ? await ask(tenant, mappings, context) : undefined;
  return {
    ...{ config: whole, catalog, plans, tenant },
    faults: [...new Set([...faults, ...(asked?.faults ?? [])])],
    warnings: [...warnings, ...(asked?.warnings ?? [])],
    ledger: asked?.ledger ?? new Ledger(read ? quotaWindows(read.quota) : []),
  };
}

/** What is wrong with the place of rejected rows; a bucket is asked online only. */
async function placeFaults(settings: JsonObject, config: Config | undefined, isOnline: boolean): Promise<string[]> {
  const fault = folderFault(settings);
  if (fault) return faultsOf(fault);
  if (!config?.bucket || !isOnline) return [];
  const secrets: string[] = [];
  const output = { hide: (more: readonly string[]) => secrets.push(...more) };
  try {
    const { signal } = new AbortController();
    await checkStorage(storageOf(config, output, { random, signal, retryMs }), checkName(random));
    return [];
  } catch (error) {
    if (!(error instanceof ConnectorError)) throw error;
    return faultsOf(error).map(redactor([...secrets, ...form.secretsIn(settings)]));
  }
}

/** What the tenant says; that it does not answer is a fault beside those of the files. */
async function ask(
  tenant: TenantAccess,
  mappings: readonly Mapping[],
  context: CommandContext,
): Promise<Pick<Found, 'faults' | 'warnings'> & { readonly ledger?: Ledger }> {
  try {
    return { ...(await compareWith(tenant, mappings, context)), ledger: await usedCalls(tenant, context) };
  } catch (error) {
    if (!(error instanceof TracedError)) throw error;
    return { faults: [tenant.redacted(spokenToPerson(error.message))], warnings: [] };
  }
}

/** What the tenant's metadata says about the mapping. */
async function compareWith(
  tenant: TenantAccess,
  mappings: readonly Mapping[],
  context: CommandContext,
): Promise<{ faults: string[]; warnings: string[] }> {
  const { config } = tenant;
  if (mappings.length === 0 || config.preflight.mapping === 'off') return { faults: [], warnings: [] };
  const compared = await askTenant(
    tenant,
    context,
    ({ metadata }) => compare(mappings, (names, signal) => metadata.describe(names, signal), { clock, maxWaitMs }),
    formatDuration(maxWaitMs),
  );
  if ('unread' in compared) return { faults: [], warnings: [`${unreadText(compared.unread)}.`] };
  const { findings } = compared;
  const errors = config.preflight.mapping === 'fail' ? findings.filter(({ level }) => level === 'error') : [];
  const others = findings.filter((finding) => !errors.includes(finding));
  return {
    faults: errors.length > 0 ? faultsOf(unfitError(errors)) : [],
    warnings: others.length > 0 ? [`${mayNotFitText(others)}.`] : [],
  };
}

async function usedCalls(tenant: TenantAccess, context: CommandContext): Promise<Ledger> {
  const list = await withReads(tenant, context, (reads) => readList(reads, tenant, day));
  return ledgerOf(tenant.config.quota, list);
}

/** Undefined without records: standard input is a terminal, or has none. */
async function planRecords(
  { config, catalog, plans, ledger }: Found,
  jobMs: number,
  { stdin, env, onExit }: CommandContext,
): Promise<Planned | undefined> {
  const input = stdin();
  if (!config || !input) return undefined;
  const spool = await openSpool(config, { env, clock });
  onExit(() => spool.removeSync());
  try {
    const { client } = accessTo(config, {});
    const planned = await planSync(config, catalog, plans, input, { client, clock, spool, ledger, jobMs });
    const isEmpty = planned.accounts.every(({ received }) => received === 0);
    if (isEmpty && planned.faults.length === 0) return undefined;
    const ofFiles = mostPerDay(quotaWindows(config.quota)) / planned.total.calls;
    const ofCalls = mostPerDay(objectWindows(config.quota.object_api, 0)) / planned.byCalls.most;
    return { ...planned, syncsPerDay: Math.min(ofFiles, ofCalls) };
  } finally {
    await spool.remove();
  }
}

/** How many calls of our own the windows allow in a day. */
function mostPerDay(windows: readonly QuotaWindow[]): number {
  return Math.min(...windows.map(({ lengthMs, ownLimit }) => (ownLimit * day) / lengthMs));
}
