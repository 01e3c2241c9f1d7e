/**
 * Compares the mapping with the tenant's metadata. A finding is an error only where metadata is certain: what the tenant
 * leaves out, or the access key may not see, is none.
 */
import { label } from '../airbyte/streams.ts';
import type { StreamEntry } from '../config/types.ts';
import type { FieldDescription, Lookup, ObjectDescription, ObjectDescriptions, Operation, Plan } from '../model.ts';
import { nameList } from '../names.ts';
import { isExcluded } from './excluded_objects.ts';
import { listedFields, sendsUnlisted } from './field_names.ts';
import { isRequired } from './loadable.ts';
import { didYouMean, mostSuggestions, type Named } from './name_match.ts';
import { hasKeys } from './route_faults.ts';

/** How one stream is mapped, as far as it is known. */
export interface Mapping {
  /** The stream, for messages. */
  readonly stream: string;
  readonly object: string;
  readonly operation: Operation;
  readonly keyFields: readonly string[];
  /** The Gainsight fields that columns are mapped to. */
  readonly fields: readonly string[];
  /** No other field is sent. */
  readonly isWhole: boolean;
  /** Rows go by calls of the object API alone. */
  readonly byCalls: boolean;
  readonly lookups: readonly Pick<Lookup, 'object' | 'matchField'>[];
}

/** What does not fit between a mapping and the tenant. */
export interface Finding {
  /** `warning`: Gainsight may load the rows nevertheless. */
  readonly level: 'error' | 'warning';
  readonly stream: string;
  /** The setting of the stream's entry, by its title. */
  readonly place: 'Object' | 'Fields' | 'Key Fields' | 'Lookups';
  /** What is wrong, with the nearest name that the tenant has; without a full stop. */
  readonly text: string;
}

/** The mapping of a plan: all of it is known. */
export function mappingOfPlan(plan: Plan): Mapping {
  const { label: stream, object, keyFields, columns, route, lookups = [] } = plan;
  const operation = plan.addsOnly ? 'INSERT' : plan.operation;
  const fields = columns.map(({ field }) => field);
  return { stream, object, operation, keyFields, fields, isWhole: true, byCalls: route === 'object_api', lookups };
}

/** The mapping of an entry: without the catalog it is not known which columns there are. */
export function mappingOfEntry(entry: StreamEntry): Mapping {
  const { stream, namespace, object, operation, key_fields, lookups, route } = entry;
  return {
    ...{ stream: label({ name: stream, namespace }), object, operation },
    keyFields: hasKeys(entry) ? key_fields : [],
    fields: listedFields(entry).map(({ field }) => field),
    isWhole: !sendsUnlisted(entry),
    byCalls: route === 'object_api',
    lookups: lookups.map(({ object: of, match_field: matchField }) => ({ object: of, matchField })),
  };
}

/**
 * Compares mappings with what the tenant describes, in their order. The nearest name is looked for in the first findings
 * only, {@link mostSuggestions} of them.
 */
export function preflight(mappings: readonly Mapping[], tenant: ObjectDescriptions): Finding[] {
  let suggestions = 0;
  const meant = ({ name, known }: NonNullable<Part['unknown']>) =>
    suggestions++ < mostSuggestions ? didYouMean(name, known) : '';
  return mappings.flatMap((mapping) =>
    partsOf(mapping, tenant).map(({ level, place, text, unknown }) => ({
      ...{ level, stream: mapping.stream, place },
      text: unknown ? `${text}${meant(unknown)}` : text,
    })),
  );
}

/** A finding of one mapping. */
type Part = Omit<Finding, 'stream'> & {
  /** A name that the tenant does not have, and those that it has. */
  readonly unknown?: { readonly name: string; readonly known: readonly Named[] };
};

function partsOf(mapping: Mapping, tenant: ObjectDescriptions): Part[] {
  const lookups = mapping.lookups.flatMap((lookup) => lookupFindings(lookup, tenant));
  if (tenant.absent.has(mapping.object)) return [objectUnknown('Object', mapping, tenant), ...lookups];
  const object = tenant.described.get(mapping.object);
  if (!object) return lookups;
  return [...objectFindings(mapping, object), ...fieldFindings(mapping, object), ...lookups];
}

const error = (place: Finding['place'], text: string): Part => ({ level: 'error', place, text });
const warning = (place: Finding['place'], text: string): Part => ({ level: 'warning', place, text });

/** Whether the object of a lookup and its field are there. */
function lookupFindings(lookup: Mapping['lookups'][number], tenant: ObjectDescriptions): Part[] {
  const { object, matchField: name } = lookup;
  if (tenant.absent.has(object)) return [objectUnknown('Lookups', lookup, tenant)];
  const fields = tenant.described.get(object)?.fields ?? [];
  if (fields.length === 0 || fields.some((field) => field.name === name)) return [];
  const spelled = fields.find((field) => field.name.toLowerCase() === name.toLowerCase());
  const [shown, of] = [nameList([name]), nameList([object])];
  if (spelled) return [warning('Lookups', `${shown} is spelled ${nameList([spelled.name])} in ${of}`)];
  return [{ ...error('Lookups', `${of} has no field ${shown}`), unknown: { name, known: fields } }];
}

function objectUnknown(
  place: Finding['place'],
  { object }: Pick<Mapping, 'object'>,
  { objects }: ObjectDescriptions,
): Part {
  const text = `${nameList([object])} does not exist in this tenant`;
  return { ...error(place, text), unknown: { name: object, known: objects } };
}

function objectFindings({ object, byCalls }: Mapping, { createable, fields }: ObjectDescription): Part[] {
  const name = nameList([object]);
  // Its fields show that it is the tenant's own object of users or persons, and not another of that name.
  if (fields.length > 0 && isExcluded(object) && !byCalls)
    return [error('Object', `${name} is excluded from Gainsight's bulk import`)];
  return createable === false ? [error('Object', `the tenant does not let records of ${name} be added`)] : [];
}

/** Nothing is known of the fields of an object that shows none. */
function fieldFindings(mapping: Mapping, object: ObjectDescription): Part[] {
  if (object.fields.length === 0) return [];
  const byName = new Map(object.fields.map((field) => [field.name, field]));
  const byLowerCase = new Map(object.fields.map((field) => [field.name.toLowerCase(), field]));
  const names = new Set([...mapping.keyFields, ...mapping.fields]);
  return [
    ...[...names].flatMap((name) =>
      byName.has(name)
        ? findingsOf(byName.get(name) as FieldDescription, mapping)
        : unknownField(name, byLowerCase.get(name.toLowerCase()), mapping, object),
    ),
    ...missingFindings(mapping, object),
    ...currencyFindings(mapping, object, byName),
  ];
}

function findingsOf(field: FieldDescription, mapping: Mapping): Part[] {
  const isKey = mapping.keyFields.includes(field.name);
  const found = keyFinding(field, isKey) ?? writeFinding(field, isKey, mapping.operation);
  return found ? [{ ...found, place: placeOf(isKey) }] : [];
}

const placeOf = (isKey: boolean): Finding['place'] => (isKey ? 'Key Fields' : 'Fields');

/** @param spelled the field of this name in another case */
function unknownField(
  name: string,
  spelled: FieldDescription | undefined,
  mapping: Mapping,
  { fields }: ObjectDescription,
): Part {
  const [shown, object] = [nameList([name]), nameList([mapping.object])];
  const place = placeOf(mapping.keyFields.includes(name));
  if (spelled) return warning(place, `${shown} is spelled ${nameList([spelled.name])} in ${object}`);
  return { ...error(place, `${object} has no field ${shown}`), unknown: { name, known: fields } };
}

/** Types by which Gainsight's documented calls find no record, and those that are only undocumented as keys. */
const noKeys = new Set(['RICHTEXTAREA', 'JSON']);
const unusualKeys = new Set(['DATE', 'DATETIME', 'BOOLEAN', 'PICKLIST', 'MULTISELECTDROPDOWNLIST', 'LOOKUP']);

function keyFinding({ name, dataType = '' }: FieldDescription, isKey: boolean): Omit<Part, 'place'> | undefined {
  if (!isKey) return undefined;
  const shown = nameList([name]);
  if (noKeys.has(dataType)) return { level: 'error', text: `${shown} is of type ${dataType}, which cannot be a key` };
  if (unusualKeys.has(dataType))
    return { level: 'warning', text: `${shown} is of type ${dataType}; Gainsight documents keys of texts and numbers` };
  return undefined;
}

/** Fields that Gainsight's own pages never send, although metadata may not mark them. */
const unsent = new Set(
  'scorecardid trend currentscore previousscore nps createdby createddate modifiedby modifieddate'.split(' '),
);

function writeFinding(field: FieldDescription, isKey: boolean, operation: Operation): Omit<Part, 'place'> | undefined {
  const { name, createable, updateable, readOnly, formula } = field;
  const shown = nameList([name]);
  // A record may be found by its id, which is not changed by that.
  if (isKey && name.toLowerCase() === 'gsid') return undefined;
  if (formula) return { level: 'error', text: `${shown} is a formula, which Gainsight computes` };
  if (readOnly || (createable === false && updateable === false))
    return { level: 'error', text: `${shown} cannot be written` };
  if (operation === 'UPDATE' && !isKey && updateable === false)
    return { level: 'warning', text: `${shown} cannot be changed once a record exists` };
  if (operation === 'INSERT' && createable === false)
    return { level: 'warning', text: `${shown} cannot be set when a record is added` };
  if (unsent.has(name.toLowerCase()))
    return { level: 'warning', text: `${shown} is kept by Gainsight itself and may not be accepted` };
  return undefined;
}

/** An UPSERT may meet existing records only, and an UPDATE always does. */
function missingFindings({ object, operation, fields, isWhole }: Mapping, described: ObjectDescription): Part[] {
  if (!isWhole || operation === 'UPDATE') return [];
  const sent = new Set(fields.map((field) => field.toLowerCase()));
  const missing = described.fields.filter(
    (field) => isRequired(field, described) && !sent.has(field.name.toLowerCase()),
  );
  if (missing.length === 0) return [];
  const text = `no column is mapped to ${nameList(missing.map(({ name }) => name))}, which a new record of ${nameList([object])} must have`;
  return [operation === 'INSERT' ? error('Fields', text) : warning('Fields', text)];
}

function currencyFindings(
  { fields, isWhole }: Mapping,
  { multiCurrency }: ObjectDescription,
  byName: ReadonlyMap<string, FieldDescription>,
): Part[] {
  if (!multiCurrency || !isWhole || fields.includes('CurrencyIsoCode')) return [];
  const amounts = fields.filter((field) => byName.get(field)?.dataType === 'CURRENCY');
  if (amounts.length === 0) return [];
  const text = `no column is mapped to "CurrencyIsoCode", so that Gainsight takes its default currency for ${nameList(amounts)}`;
  return [warning('Fields', text)];
}
