/** What the tenant's metadata shows of the objects of a sync, by whatever route it loads them. */
import type { Client } from '../gainsight/client.ts';
import type { ObjectDescription, Plan } from '../model.ts';
import type { TenantFacts } from './route.ts';

/**
 * Reads metadata, and lets messages of Gainsight show the names in it: no value of a row.
 * @param hasLoaded see {@link TenantFacts.hasLoaded}
 * @param learn is given each description
 */
export function tenantFacts(
  { client, plans }: { readonly client: Client; readonly plans: readonly Plan[] },
  hasLoaded: TenantFacts['hasLoaded'],
  learn: (objects: ReadonlyMap<string, ObjectDescription>) => void = () => undefined,
): TenantFacts {
  client.words.learn(plans.flatMap(namesOf));
  return {
    async describe(objects, signal) {
      const answer = await client.metadata.describe(objects, signal);
      if (answer.kind !== 'done') return answer;
      const { described } = answer.value;
      // A reason may be about a field that no column goes to.
      client.words.learn([...described.values()].flatMap(({ fields }) => fields.map(({ name }) => name)));
      learn(described);
      return answer;
    },
    dropdown: (categoryId, signal) => client.metadata.dropdown(categoryId, signal),
    hasLoaded,
  };
}

function namesOf({ object, operation, columns }: Plan): string[] {
  return [object, operation, ...columns.map(({ field }) => field)];
}
