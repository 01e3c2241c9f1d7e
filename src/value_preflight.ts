/** Makes the checks of values from the tenant's metadata, at the start of `write`. What cannot be read is not checked. */
import type { Config } from './config/config.ts';
import type { TenantFacts } from './load/route.ts';
import { maxWaitMs, within } from './mapping_check.ts';
import type { FieldDescription, ObjectDescriptions, PicklistOption, Plan } from './model.ts';
import { nameList } from './names.ts';
import { ValueCheck } from './records/value_check.ts';
import { ruleOf, type ValueRule } from './records/value_rules.ts';
import type { Sync } from './wiring.ts';

type Settings = Pick<Config, 'preflight' | 'values' | 'rejected_rows'>;
type Parts = Pick<Sync, 'checks' | 'clock' | 'output' | 'stop'>;

/**
 * Lets the rows of the plans be checked from now on.
 * @param tenant what it describes of their objects
 */
export async function checkValues(
  plans: readonly Plan[],
  tenant: ObjectDescriptions,
  settings: Settings,
  facts: TenantFacts,
  parts: Parts,
): Promise<void> {
  const { preflight, rejected_rows, values } = settings;
  if (preflight.values === 'off') return;
  const fieldsOf = (plan: Plan) => describedFields(plan, tenant, values);
  const picklists = await readPicklists(
    plans.flatMap((plan) => [...fieldsOf(plan).values()]),
    facts,
    parts,
  );
  const shared = { nullText: values.null_text, detail: rejected_rows.log_detail };
  const inserted: string[] = [];
  for (const plan of plans) {
    const rules = rulesOf(fieldsOf(plan), picklists);
    if (rules.size === 0) continue;
    // What a retry sends must not depend on metadata where only equal rows are recognised.
    const rejects = preflight.values === 'reject' && plan.operation !== 'INSERT';
    if (preflight.values === 'reject' && !rejects) inserted.push(plan.label);
    parts.checks.add(plan, new ValueCheck(plan, { ...shared, rules, rejects }));
  }
  if (inserted.length > 0)
    parts.output.log(
      'WARN',
      `Rows of ${nameList(inserted)} are loaded by INSERT: values that do not fit are only counted.`,
    );
}

/** The described fields of a plan by their columns, without those whose values the connector itself formats. */
function describedFields(
  { columns, object }: Plan,
  { described }: ObjectDescriptions,
  { datetime_format }: Settings['values'],
): Map<number, FieldDescription> {
  const byName = new Map(described.get(object)?.fields.map((field) => [field.name, field]));
  const fields = new Map<number, FieldDescription>();
  for (const [column, { field, isDateTime }] of columns.entries()) {
    const known = byName.get(field);
    if (known && !(isDateTime && datetime_format !== 'as_is')) fields.set(column, known);
  }
  return fields;
}

type Picklists = ReadonlyMap<string, readonly PicklistOption[]>;

function rulesOf(fields: ReadonlyMap<number, FieldDescription>, picklists: Picklists): Map<number, ValueRule> {
  const rules = new Map<number, ValueRule>();
  for (const [column, field] of fields) {
    const items = field.options.length > 0 ? field.options : (picklists.get(field.picklistCategory ?? '') ?? []);
    const rule = ruleOf(field, items);
    if (rule) rules.set(column, rule);
  }
  return rules;
}

/** Reads the items of picklists whose descriptions name none, one after the other, by their categories. */
async function readPicklists(
  fields: readonly FieldDescription[],
  facts: TenantFacts,
  { clock, output, stop }: Parts,
): Promise<Picklists> {
  const read = new Map<string, readonly PicklistOption[]>();
  const unnamed = fields.filter((field) => field.dataType === 'PICKLIST' && field.options.length === 0);
  const categories = new Set(unnamed.flatMap(({ picklistCategory }) => picklistCategory ?? []));
  await within({ clock, maxWaitMs, signal: stop }, async (signal) => {
    for (const category of categories) {
      const answer = signal.aborted ? undefined : await facts.dropdown(category, signal);
      if (answer?.kind === 'done') read.set(category, answer.value);
    }
  }).catch(() => undefined);
  const missing = unnamed.filter(({ picklistCategory: category }) => category !== undefined && !read.has(category));
  if (missing.length > 0 && !stop.aborted) {
    const names = nameList([...new Set(missing.map(({ name }) => name))]);
    output.log('WARN', `The items of the picklists ${names} cannot be read, so their values are not checked.`);
  }
  return read;
}
