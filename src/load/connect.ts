/** Makes the routes that a sync needs, and loads each batch by its own. */
import type { Config } from '../config/config.ts';
import type { Batch, ObjectDescription, Outcome, Plan, Route } from '../model.ts';
import { connectBulk } from './bulk/connect.ts';
import { connectObjectApi } from './object_api/connect.ts';
import type { ObjectRoute } from './object_api/object_route.ts';
import { type CallQuota, type EarlierJobs, noEarlierJobs, type RouteParts, type TenantRoute } from './route.ts';
import { tenantFacts } from './tenant_facts.ts';

/** Nothing is known of calls that need no list. */
const noCalls: CallQuota = { use: () => [], usedSoFar: [], made: [], forecast: () => 0 };

/** Whether files of the plan may go to the Bulk API. */
function takesFiles({ route }: Plan): boolean {
  return route !== 'object_api';
}

/**
 * Makes the routes. A sync without files knows nothing of the Bulk API, which its tenant may not have. Makes no call.
 */
export function connect(config: Config, parts: RouteParts): TenantRoute {
  const { plans } = parts;
  if (plans.every(({ route }) => route === undefined)) return connectBulk(config, parts);
  const described = new Map<string, ObjectDescription>();
  const calls = connectObjectApi(objectSettings(config), { ...parts, describe: () => described });
  const learn = (objects: ReadonlyMap<string, ObjectDescription>) => {
    for (const [name, object] of objects) described.set(name, object);
  };
  if (!plans.some(takesFiles)) {
    const facts = tenantFacts(parts, async () => false, learn);
    const { route, quota: objectQuota } = calls;
    const access = calls.accessBy(plans[0]?.object ?? '');
    return { route, earlierJobs: noEarlierJobs, quota: noCalls, callsPerJob: 0, objectQuota, facts, access };
  }
  const bulk = connectBulk(config, parts);
  const hasLoaded = async (plan: Plan, label?: string) => takesFiles(plan) && bulk.facts.hasLoaded(plan, label);
  return {
    ...{ callsPerJob: bulk.callsPerJob, quota: bulk.quota, objectQuota: calls.quota },
    route: new RouteOfEach(bulk, calls.route, plans, { ...parts, answerMs: config.polling.submission_answer_ms }),
    earlierJobs: ofFiles(bulk.earlierJobs),
    facts: tenantFacts(parts, hasLoaded, learn),
    callsLeft: bulk.callsLeft,
  };
}

function objectSettings({ polling, quota, values }: Config) {
  return { polling, quota: { ...quota.object_api, max_wait_ms: quota.max_wait_ms }, values };
}

/** When no call of an earlier attempt can be done any more. */
interface LateCallParts extends Pick<RouteParts, 'clock' | 'identity' | 'report' | 'signal' | 'startedAt'> {
  /** `polling.submission_answer_minutes`, in milliseconds. */
  readonly answerMs: number;
}

/** Loads each batch by its route. */
class RouteOfEach implements Route {
  readonly #bulk: ReturnType<typeof connectBulk>;
  readonly #calls: ObjectRoute;
  /** Objects to which files may go, in lower case. */
  readonly #ofFiles: ReadonlySet<string>;
  /** Objects whose records calls may change, likewise. */
  readonly #ofCalls: ReadonlySet<string>;
  readonly #late: LateCallParts;

  constructor(bulk: ReturnType<typeof connectBulk>, calls: ObjectRoute, plans: readonly Plan[], late: LateCallParts) {
    this.#bulk = bulk;
    this.#calls = calls;
    const objectsOf = (some: readonly Plan[]) => new Set(some.map(({ object }) => object.toLowerCase()));
    this.#ofFiles = objectsOf(plans.filter(takesFiles));
    this.#ofCalls = objectsOf(plans.filter(({ route }) => route !== undefined));
    this.#late = late;
  }

  /** Rows of an older file of ours must not be loaded after those of the calls, which no job would then show. */
  async load(batch: Batch, signal: AbortSignal): Promise<Outcome> {
    const { plan, route } = batch;
    if (route !== 'object_api') {
      if (this.#ofCalls.has(plan.object.toLowerCase())) await this.#awaitLateCalls(batch, signal);
      return this.#bulk.route.load(batch, signal);
    }
    if (this.#ofFiles.has(plan.object.toLowerCase())) await this.#bulk.makeWay(plan, signal);
    return this.#calls.load(batch, signal);
  }

  /**
   * An earlier attempt may have had fewer rows and sent them by calls. One that it made last may still be done: it would
   * add the records of a file once more, or put older values over them. So would an update of this one that was lost.
   */
  async #awaitLateCalls({ plan, rows }: Batch, withdrawal: AbortSignal): Promise<void> {
    const { answerMs, clock, identity, report, signal, startedAt } = this.#late;
    const now = clock.elapsed();
    const restartMs = identity.attempt === 0 ? 0 : startedAt + answerMs - now;
    const leftMs = Math.max(restartMs, this.#calls.lostUntil(plan) - now);
    if (leftMs <= 0) return;
    const until = clock.now() + leftMs;
    if (restartMs === leftMs)
      report({ kind: 'additions wait', object: plan.object, records: rows, why: 'restarted', until });
    else report({ kind: 'updates wait', object: plan.object, records: rows, until });
    await clock.sleep(leftMs, AbortSignal.any([signal, withdrawal]));
  }
}

/** No job holds rows that go by calls alone. */
function ofFiles(jobs: EarlierJobs): EarlierJobs {
  const of = (plan: Plan) => (takesFiles(plan) ? jobs : noEarlierJobs);
  return {
    ready: (plan) => of(plan).ready(plan),
    canBeKnown: (plan) => of(plan).canBeKnown(plan),
    isBarred: (batch) => of(batch.plan).isBarred(batch),
    sentBefore: (batch) => of(batch.plan).sentBefore(batch),
    heldOf: (files) => jobs.heldOf(files),
  };
}
