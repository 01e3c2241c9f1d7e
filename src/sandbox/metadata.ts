/** Answers of the metadata API, from the objects that the sandbox was given. */
import type { IncomingMessage } from 'node:http';
import { type Answer, failure, success } from './answers.ts';
import type { FieldRule, ObjectRules, Settings } from './options.ts';

/** What a call of the metadata API asks for. */
export type MetadataRoute =
  | { readonly what: 'objects' | 'describe' }
  | { readonly what: 'describe one' | 'dropdown'; readonly name: string };

const prefix = '/v1/meta/services/';

/** The call behind a path; undefined if there is none. */
export function metadataRouteOf(method: string, path: string): MetadataRoute | undefined {
  if (!path.startsWith(prefix)) return undefined;
  const rest = path.slice(prefix.length);
  if (method === 'POST') return rest === 'objects/describe' ? { what: 'describe' } : undefined;
  if (method !== 'GET') return undefined;
  if (rest === 'objects/list') return { what: 'objects' };
  const [, object] = /^objects\/([^/]+)\/describe$/.exec(rest) ?? [];
  if (object !== undefined) return { what: 'describe one', name: decodeURIComponent(object) };
  const [, category] = /^dropdowns\/([^/]+)$/.exec(rest) ?? [];
  return category === undefined ? undefined : { what: 'dropdown', name: decodeURIComponent(category) };
}

/** The body of a request as JSON; undefined if there is none. */
export async function readJson(request: IncomingMessage): Promise<unknown> {
  const chunks: Buffer[] = [];
  for await (const chunk of request as AsyncIterable<Buffer>) chunks.push(chunk);
  try {
    return JSON.parse(Buffer.concat(chunks).toString('utf8'));
  } catch {
    return undefined;
  }
}

/** Answers a call. */
export function metadataAnswer(route: MetadataRoute, json: unknown, settings: Settings): Answer {
  switch (route.what) {
    case 'objects':
      return success(Object.entries(settings.objects ?? {}).map(([name, rules]) => summary(name, rules)));
    case 'describe':
      return describeMany((json as { objectNames?: unknown } | undefined)?.objectNames, settings);
    case 'describe one': {
      const found = describe(route.name, settings);
      return found ? success([found]) : unknown(settings);
    }
    case 'dropdown':
      return dropdown(route.name, settings);
  }
}

function describeMany(names: unknown, settings: Settings): Answer {
  if (!Array.isArray(names)) return failure(400, 'GS_7400', 'objectNames is missing');
  const found = names.map((name) => describe(String(name), settings));
  const isFailed = found.includes(undefined) && settings.unknownObject !== 'absent';
  return isFailed ? unknown(settings) : success(found.filter((object) => object !== undefined));
}

/** The refusal of a call about an object that the tenant does not have. */
function unknown({ unknownObject }: Settings): Answer {
  if (unknownObject === 'absent') return success([]);
  const status = { '404': 404, '400': 400, result_false: 200 }[unknownObject];
  const text = 'Requested object not found.';
  const answer = failure(status, '', text);
  return { ...answer, body: { result: false, title: 'OBJECT_NOT_FOUND', detail: text, errorDesc: text } as never };
}

/** Names are found in any case. */
function describe(name: string, { objects }: Settings): object | undefined {
  if (!objects) return { ...summary(name, { fields: {} }), fields: [] };
  const found = Object.entries(objects).find(([each]) => each.toLowerCase() === name.toLowerCase());
  if (!found) return undefined;
  const [object, rules] = found;
  const fields = rules.hidesFields ? [] : Object.entries(rules.fields);
  return { ...summary(object, rules), fields: fields.map(([field, rule]) => fieldOf(object, field, rule)) };
}

function summary(name: string, rules: ObjectRules): object {
  const objectType = rules.objectType ?? (/__gc$/i.test(name) ? 'CUSTOM' : 'STANDARD');
  return {
    objectName: name.toLowerCase(),
    label: rules.label ?? labelOf(name),
    ...{ objectType, transactional: false, multiCurrencySupported: rules.multiCurrency ?? false },
    ...{ readable: true, createable: rules.createable ?? true, schemaUpdateable: objectType !== 'SYSTEM' },
  };
}

const dataTypes = { string: 'STRING', number: 'NUMBER', boolean: 'BOOLEAN', date: 'DATE', datetime: 'DATETIME' };

function fieldOf(object: string, fieldName: string, rule: FieldRule): object {
  const { described = {}, required = false, type = 'string', picklist, maxLength } = rule;
  const { createable = true, updateable = true, readOnly = false, formula = false, hidden = false } = described;
  const categoryId = categoryOf(object, fieldName);
  return {
    ...{ fieldName, label: described.label ?? labelOf(fieldName), objectName: object.toLowerCase() },
    dataType: described.dataType ?? (picklist ? 'PICKLIST' : dataTypes[type]),
    options: described.optionsByCategory ? [] : items(object, fieldName, rule),
    meta: {
      ...(maxLength !== undefined && { length: maxLength }),
      ...{ required, nillable: !required, createable, updateable, readOnly, formulaField: formula, hidden },
      ...{ indexed: described.indexed ?? false, nameField: false, decimalPlaces: described.decimals ?? 0 },
      ...(described.defaultValue !== undefined && { defaultValue: described.defaultValue }),
      hasLookup: described.lookup !== undefined,
      ...(described.lookup && {
        lookupDetail: { lookupObjects: described.lookup.map((objectName) => ({ objectName })) },
      }),
      properties: picklist ? { PICKLIST_CATEGORY: fieldName, PICKLIST_CATEGORY_ID: categoryId } : {},
    },
  };
}

function items(object: string, field: string, { picklist = [], described = {} }: FieldRule) {
  const all = [...picklist, ...(described.inactive ?? [])];
  return all.map((label, at) => ({
    ...{ value: `${categoryOf(object, field)}-${at}`, label, systemName: label, displayOrder: at },
    active: at < picklist.length,
    defaultValue: false,
  }));
}

function dropdown(categoryId: string, { objects = {} }: Settings): Answer {
  for (const [object, { fields }] of Object.entries(objects)) {
    for (const [field, rule] of Object.entries(fields)) {
      if (!rule.picklist || categoryOf(object, field) !== categoryId) continue;
      const childItems = items(object, field, rule).map(({ value, label, systemName, active, displayOrder }) => ({
        ...{ gsid: value, name: label, systemName, active, displayOrder, categoryId, default: false },
      }));
      return success({ categoryDetails: { gsid: categoryId, name: field, count: childItems.length }, childItems });
    }
  }
  return failure(404, '', 'Category not found.');
}

function categoryOf(object: string, field: string): string {
  return `1I01-${object}-${field}`;
}

/** `Annual_Revenue__gc` → `Annual Revenue`. */
function labelOf(name: string): string {
  return name.replace(/__gc$/i, '').replaceAll('_', ' ');
}
