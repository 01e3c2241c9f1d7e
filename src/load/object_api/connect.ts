/** Creates the parts of the object route. */
import type { ObjectDescription } from '../../model.ts';
import { Ledger } from '../quota.ts';
import { QuotaGate } from '../quota_gate.ts';
import type { AccessQuestion, CallQuota, RouteParts } from '../route.ts';
import { askEarly } from './early_question.ts';
import { type ObjectQuota, objectWindows } from './object_quota.ts';
import { idleMs, type ObjectContext, ObjectRoute } from './object_route.ts';

/** The settings that the route uses. */
export interface ObjectApiSettings {
  readonly quota: ObjectQuota & { readonly max_wait_ms: number };
  readonly values: { readonly list_separator: string };
  readonly polling: { readonly submission_answer_ms: number };
}

/** What the route needs besides. */
export type ObjectApiParts = Pick<
  RouteParts,
  'client' | 'clock' | 'identity' | 'random' | 'report' | 'signal' | 'uploadSignal' | 'startedAt'
> & {
  readonly schedule: Pick<RouteParts['schedule'], 'waiting'>;
  /** What is known of the tenant's objects, by the name asked for; values of others are sent as the source has them. */
  readonly describe: () => ReadonlyMap<string, ObjectDescription>;
};

/** A route, and its calls. */
export interface ObjectApiRoute {
  readonly route: ObjectRoute;
  readonly quota: CallQuota;
  /** Asks for one record of an object: see {@link askEarly}. */
  readonly accessBy: (object: string) => AccessQuestion;
}

/** Creates the route. Makes no call. */
export function connectObjectApi(settings: ObjectApiSettings, parts: ObjectApiParts): ObjectApiRoute {
  const { clock, identity, report, schedule, signal, startedAt } = parts;
  const { polling, quota, values } = settings;
  const ledger = new Ledger(objectWindows(quota, identity.attempt));
  const gate = new QuotaGate({ ledger, clock, report, schedule, signal, quota, route: 'object_api' });
  const answerMs = polling.submission_answer_ms;
  const isRestarted = identity.attempt > 0;
  const context: ObjectContext = {
    ...parts,
    ...{ ledger, gate, answerMs },
    // Calls of the attempt before may still be done until then, and would replace what is loaded by older values.
    firstCallAt: isRestarted ? startedAt + Math.max(idleMs, answerMs) : 0,
    listSeparator: values.list_separator,
  };
  // A question changes nothing, but those of the attempt before may still count.
  const notBefore = isRestarted ? startedAt + idleMs : 0;
  const asking: ObjectContext = { ...context, firstCallAt: notBefore };
  return {
    route: new ObjectRoute(context),
    quota: gate,
    accessBy: (object) => ({ notBefore, ask: (signal) => askEarly(object, asking, signal) }),
  };
}
