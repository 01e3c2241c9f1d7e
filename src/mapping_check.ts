/**
 * Compares the mapping with the tenant's metadata, in `check` and at the start of `write`. Where metadata cannot be read,
 * one line says so and everything goes on.
 */
import { listed } from './airbyte/config_schema.ts';
import type { Output } from './airbyte/output.ts';
import { onAbort } from './async.ts';
import { type Clock, second } from './clock.ts';
import type { Preflight } from './config/types.ts';
import { ConnectorError } from './errors.ts';
import type { Answer } from './gainsight/response.ts';
import type { TenantFacts } from './load/route.ts';
import type { ObjectDescriptions, Plan } from './model.ts';
import { nameList } from './names.ts';
import { type Finding, type Mapping, mappingOfPlan, preflight } from './plan/preflight.ts';

/** What was found, or why metadata could not be read. */
export type Compared =
  | {
      readonly findings: readonly Finding[];
      /** Objects whose fields the tenant does not show, so that only their names are compared. */
      readonly unseen: readonly string[];
      readonly tenant: ObjectDescriptions;
    }
  | { readonly unread: string };

/** How long `write` waits for each of metadata, its picklists and the list of jobs, in milliseconds. */
export const maxWaitMs = 10 * second;

/**
 * Compares mappings with the tenant. Never rejects: this must not be the reason that a sync does not run.
 * @param describe asks for objects by their names
 */
export async function compare(
  mappings: readonly Mapping[],
  describe: (objects: readonly string[], signal: AbortSignal) => Promise<Answer<ObjectDescriptions>>,
  limits: { readonly clock: Clock; readonly maxWaitMs: number; readonly signal?: AbortSignal },
): Promise<Compared> {
  try {
    const objects = [
      ...new Set(mappings.flatMap(({ object, lookups }) => [object, ...lookups.map((each) => each.object)])),
    ];
    const answer = await within(limits, (signal) => describe(objects, signal));
    if (answer === 'late') return { unread: `no answer within ${limits.maxWaitMs / second} seconds` };
    if (answer.kind !== 'done') return { unread: answer.words };
    const { absent, described } = answer.value;
    const unseen = objects.filter((name) => !absent.has(name) && !described.get(name)?.fields.length);
    return { findings: preflight(mappings, answer.value), unseen, tenant: answer.value };
  } catch (error) {
    return { unread: error instanceof Error ? error.message : String(error) };
  }
}

/**
 * The line about metadata that cannot be read.
 * @param what is not compared
 */
export function unreadText(unread: string, what = 'the mapping is'): string {
  return `Gainsight's metadata cannot be read (${unread}), so ${what} not compared with the tenant`;
}

/** What is compared in a sync; undefined: nothing. */
function comparedParts({ mapping, values }: Preflight): string | undefined {
  if (mapping === 'off') return values === 'off' ? undefined : 'values are';
  return values === 'off' ? 'the mapping is' : 'the mapping and the values are';
}

/** The line about objects whose fields are not shown, without a full stop. */
export function unseenText(unseen: readonly string[]): string {
  return `The tenant shows no fields of ${nameList(unseen)} to this access key, so these are not compared`;
}

function streamsOf(findings: readonly Finding[]): string[] {
  return [...new Set(findings.map(({ stream }) => stream))];
}

/** Findings in one text: the title of the setting, then what is wrong; numbered if there are several. */
function findingsText(findings: readonly Finding[]): string {
  const showsStream = streamsOf(findings).length > 1;
  return listed(findings.map((finding) => (showsStream ? textOf(finding) : placedText(finding))));
}

/** A finding that stands alone. */
function textOf(finding: Finding): string {
  return `${finding.stream} > ${placedText(finding)}`;
}

function placedText({ place, text }: Finding): string {
  return `${place}: ${text}`;
}

/** Streams that are not loaded, and why. */
export interface UnfitStreams {
  readonly plans: readonly Plan[];
  readonly error: ConnectorError;
}

/** The parts of a sync that the comparison uses. */
interface Parts {
  readonly clock: Clock;
  readonly output: Pick<Output, 'log'>;
  readonly stop: AbortSignal;
}

/** What the comparison has shown. */
export interface TenantComparison {
  /** The streams that are not loaded. */
  readonly unfit?: UnfitStreams | undefined;
  /** Absent if metadata was not read. */
  readonly tenant?: ObjectDescriptions;
}

/**
 * Compares the plans with the tenant. A stream whose mapping certainly does not fit is not loaded, unless it was loaded
 * before: then metadata may be mistaken, and it is warned of, as all doubts are.
 * @param facts absent: the route knows no tenant, and nothing is compared
 */
export async function compareWithTenant(
  plans: readonly Plan[],
  settings: Preflight,
  facts: TenantFacts | undefined,
  { clock, output, stop }: Parts,
): Promise<TenantComparison> {
  const parts = comparedParts(settings);
  if (plans.length === 0 || parts === undefined || !facts) return {};
  const limits = { clock, maxWaitMs, signal: stop };
  const compared = await compare(
    plans.map(mappingOfPlan),
    (objects, signal) => facts.describe(objects, signal),
    limits,
  );
  if (stop.aborted) return {};
  if ('unread' in compared) {
    // A tenant may never show its metadata: that is nothing to act on, and `check` has said it.
    output.log('INFO', `${unreadText(compared.unread, parts)}.`);
    return {};
  }
  const { findings, tenant, unseen } = compared;
  if (unseen.length > 0) output.log('INFO', `${unseenText(unseen)}.`);
  if (settings.mapping === 'off') return { tenant };
  // All at once: a list that does not answer is waited for once.
  const judged = await Promise.all(
    plans.map(async (plan): Promise<Judged> => {
      const found = findings.filter(({ stream }) => stream === plan.label);
      const errors = settings.mapping === 'fail' ? found.filter(({ level }) => level === 'error') : [];
      const label = tenant.described.get(plan.object)?.label;
      const loaded = errors.length > 0 ? await hasLoaded(plan, label, facts, limits) : undefined;
      return { plan, found, errors, loaded };
    }),
  );
  return stop.aborted ? {} : { unfit: conclude(judged, output), tenant };
}

/** What was found about one stream. */
interface Judged {
  readonly plan: Plan;
  readonly found: readonly Finding[];
  /** Those that fail the stream unless it was loaded before. */
  readonly errors: readonly Finding[];
  /** Undefined if it is not known. */
  readonly loaded: boolean | undefined;
}

const isUnfit = ({ errors, loaded }: Judged): boolean => errors.length > 0 && loaded === false;

/** Warns of what stops nothing. */
function conclude(judged: readonly Judged[], output: Parts['output']): UnfitStreams | undefined {
  for (const each of judged) {
    const { found, errors, loaded } = each;
    const rest = isUnfit(each) ? found.filter((finding) => !errors.includes(finding)) : found;
    const why = errors.length > 0 && !isUnfit(each) ? ` It is loaded nevertheless: ${reasons[`${loaded}`]}.` : '';
    if (rest.length > 0) output.log('WARN', `${mayNotFitText(rest)}.${why}`);
  }
  const plans = judged.filter(isUnfit).map(({ plan }) => plan);
  if (plans.length === 0) return undefined;
  const errors = judged.filter(isUnfit).flatMap((each) => each.errors);
  return { plans, error: unfitError(errors, plans.length === 1 ? plans[0] : undefined) };
}

/** Why a stream is loaded although its mapping does not fit, by whether it was loaded before. */
const reasons: Readonly<Record<string, string>> = {
  true: 'Gainsight has loaded this stream into the object before',
  undefined: 'it is not known whether Gainsight has loaded this stream into the object before',
};

/**
 * The error of streams whose mapping certainly does not fit.
 * @param plan the only stream, if it is one of the catalog
 */
export function unfitError(errors: readonly Finding[], plan?: Plan): ConnectorError {
  const details = { streams: nameList(streamsOf(errors)), faults: findingsText(errors) };
  return new ConnectorError('mapping_unfit', details, { stream: plan?.stream, faults: errors.map(textOf) });
}

/** A sentence about findings that stop nothing, without a full stop. */
export function mayNotFitText(findings: readonly Finding[]): string {
  return `The mapping of ${nameList(streamsOf(findings))} may not fit this tenant: ${findingsText(findings)}`;
}

/** Undefined if it cannot be known. */
async function hasLoaded(
  plan: Plan,
  label: string | undefined,
  facts: TenantFacts,
  limits: { readonly clock: Clock; readonly maxWaitMs: number; readonly signal?: AbortSignal },
): Promise<boolean | undefined> {
  const loaded = await within(limits, () => facts.hasLoaded(plan, label).catch(() => undefined));
  return loaded === 'late' ? undefined : loaded;
}

/** The result of `work`, or `late` if it takes longer; its signal is then aborted. */
export async function within<T>(
  { clock, maxWaitMs, signal }: { readonly clock: Clock; readonly maxWaitMs: number; readonly signal?: AbortSignal },
  work: (signal: AbortSignal) => Promise<T>,
): Promise<T | 'late'> {
  const end = new AbortController();
  const done = new AbortController();
  const stopListening = onAbort(signal, () => end.abort());
  if (signal?.aborted) end.abort();
  const late = clock.sleep(maxWaitMs, done.signal).then(
    () => 'late' as const,
    () => 'late' as const,
  );
  const stopped = new Promise<'late'>((resolve) => onAbort(end.signal, () => resolve('late')));
  try {
    return await Promise.race([work(end.signal), late, stopped]);
  } finally {
    stopListening();
    end.abort();
    done.abort();
  }
}
