/** The rules of Airbyte's form: what a specification must be like so that the form can show and check it completely. */
import { Ajv } from 'ajv';

/** A JSON schema as far as the form supports it. */
export interface FormField {
  readonly [keyword: string]: unknown;
  readonly type?: string;
  readonly required?: readonly string[];
  readonly properties?: Readonly<Record<string, FormField>>;
  readonly items?: FormField;
  readonly oneOf?: readonly FormField[];
}

/** A field with its context. */
export interface PlacedField {
  /** `streams[].fields[].column`; an option of a oneOf is `storage(0)`. */
  readonly path: string;
  readonly name: string;
  readonly field: FormField;
  readonly parent: FormField;
  readonly isRequired: boolean;
  readonly isTop: boolean;
}

type Rule = (placed: PlacedField, form: FormField) => boolean;

/** Every field of a form, outermost first. */
export function fieldsOf(form: FormField): PlacedField[] {
  return inside(form, '', true);
}

function inside(parent: FormField, prefix: string, isTop = false): PlacedField[] {
  return Object.entries(parent.properties ?? {}).flatMap(([name, field]) => {
    const path = `${prefix}${name}`;
    const isRequired = parent.required?.includes(name) ?? false;
    const options = (field.oneOf ?? []).flatMap((option, at) => inside(option, `${path}(${at}).`));
    const items = field.items?.properties ? inside(field.items, `${path}[].`) : [];
    return [{ path, name, field, parent, isRequired, isTop }, ...inside(field, `${path}.`), ...options, ...items];
  });
}

// Keywords that the form reads, or that only the server reads, without harm.
const known =
  /^(type|title|description|default|examples|enum|const|order|group|required|properties|items|oneOf|display_type|minimum|maximum|minLength|pattern|pattern_descriptor|format|multiline|always_show|airbyte_secret|airbyte_hidden)$/;
/** Names that Airbyte masks in its own logs, as far as a connector like this could need them. */
const masked =
  /^(access_key|access_key_id|access_token|api_key|api_secret|api_token|client_secret|password|private_key|refresh_token|s3_access_key_id|s3_secret_access_key|secret|secret_access_key|secret_key|token)$/;
const ajv = new Ajv({ strict: false, validateFormats: false, logger: false });

/** A sentence for each rule; the function returns true if it holds. */
export const formRules: Readonly<Record<string, Rule>> = {
  'a name is in snake_case': ({ name }) => /^[a-z][a-z0-9]*(_[a-z0-9]+)*$/.test(name),
  'a type is one that has a control': ({ field }) =>
    /^(string|number|integer|boolean|array|object)$/.test(`${field.type}`) && typeof field.type === 'string',
  'a title is in Title Case': ({ field }) =>
    /^[A-Z]\S*( (\(?[A-Z]\S*|a|an|after|and|as|for|in|of|per|the|to))*$/.test(`${field['title'] ?? ''}`),
  'a title in a group begins with that of the group, which the form does not show': ({ path, field }, form) => {
    const [, group] = /^(\w+)\.\w+$/.exec(path) ?? [];
    if (group === undefined) return true;
    return `${field['title']}`.startsWith(`${form.properties?.[group]?.['title']}: `);
  },
  'a description is whole sentences': ({ field }) => /^[A-Z].{19,}\.$/s.test(`${field['description'] ?? ''}`),
  'a description closes its tags, and has simple ones': ({ field }) => isSimpleHtml(`${field['description']}`),
  'an order is a whole number of its own in its object': ({ field, parent }) =>
    Number.isInteger(field['order']) &&
    Object.values(parent.properties ?? {}).filter(({ order }) => order === field['order']).length === 1,
  'a group is only at the top level, and is one of the form’s': ({ field, isTop }, form) =>
    isTop ? groupsOf(form).includes(field['group']) : !('group' in field),
  'no keyword is one that the form does not know': ({ field }) => Object.keys(field).every((word) => known.test(word)),
  'an object has properties or options': ({ field: { type, properties, oneOf } }) =>
    type === 'object' ? (properties === undefined) !== (oneOf === undefined) : !properties && !oneOf,
  'a list is of texts, numbers or objects with properties': ({ field: { type, items } }) =>
    type === 'array' ? isListable(items) : items === undefined,
  'options are objects with a title and a constant of their own under one name': ({ field: { oneOf } }) =>
    oneOf === undefined || areLoggable(oneOf),
  'the options of a choice are different texts': ({ field }) => {
    const values = field['enum'] ?? field.items?.['enum'];
    if (values === undefined) return true;
    // An empty text only as the default: it then means that nothing was chosen.
    const chosen = Array.isArray(values) ? values.filter((value) => value !== '' || field['default'] !== '') : [];
    return Array.isArray(values) && new Set(values).size === values.length && isTexts(chosen);
  },
  'what is optional has a default, and what is required has none': ({ field, isRequired }) =>
    field.oneOf !== undefined ||
    'const' in field ||
    field['airbyte_secret'] === true ||
    isRequired !== 'default' in field,
  'defaults and examples are valid, as the form checks them and as the server does': ({ field }) =>
    valuesOf(field).every((value) => isValid(field, value)),
  'the form trims: a text that is preset or suggested has no space around it': ({ field }) =>
    [...valuesOf(field), field['const'], ...((field['enum'] as unknown[]) ?? [])].flat().every(isTrimmed),
  'a field to type into has examples': ({ field, isRequired }) =>
    !/^(string|number|integer)$/.test(`${field.type}`) ||
    ['enum', 'const', 'airbyte_secret', 'examples'].some((word) => word in field) ||
    (isRequired && 'format' in field),
  'a pattern has a descriptor in words': ({ field }) =>
    'pattern' in field === 'pattern_descriptor' in field &&
    !/[\\^$[\](){}|*+]/.test(`${field['pattern_descriptor'] ?? ''}`) &&
    `${field['pattern_descriptor'] ?? 'words'}`.length > 4,
  'a pattern is of a text, for a browser and for the server': ({ field }) =>
    !('pattern' in field) || (field.type === 'string' && isPattern(`${field['pattern']}`)),
  'a text that must not be empty is required or has a pattern, as the form checks no length': ({ field, isRequired }) =>
    !('minLength' in field) || (field.type === 'string' && isRequired),
  'limits are of numbers, and allow at least one value': ({ field: { type, minimum, maximum } }) =>
    (minimum === undefined && maximum === undefined) ||
    (/^(number|integer)$/.test(`${type}`) &&
      Number(minimum ?? Number.NEGATIVE_INFINITY) <= Number(maximum ?? Number.POSITIVE_INFINITY)),
  'a format is a date’s': ({ field }) => !('format' in field) || /^date(-time)?$/.test(`${field['format']}`),
  'a display type is that of a choice or of a long text': ({ field }) =>
    (!('display_type' in field) ||
      (field.oneOf !== undefined && /^(dropdown|radio)$/.test(`${field['display_type']}`))) &&
    (!('multiline' in field) || field.type === 'string'),
  'a secret is a text without a preset, under a name that Airbyte masks': ({ field, name }) =>
    field['airbyte_secret'] === true
      ? field.type === 'string' && masked.test(name) && valuesOf(field).length === 0
      : !masked.test(name),
  'a hidden field is optional': ({ field, isRequired }) => field['airbyte_hidden'] !== true || !isRequired,
  'only a field that could be collapsed is always shown': ({ field, isRequired }) =>
    field['always_show'] === undefined || (field['always_show'] === true && !isRequired && !field['airbyte_hidden']),
  'required fields exist': ({ field }) =>
    [field, field.items ?? {}].every((each) =>
      (each.required ?? []).every((name) => each.properties && name in each.properties),
    ),
};

/** Rules of the form as a whole. */
export const wholeRules: Readonly<Record<string, (form: FormField) => boolean>> = {
  'the form is an object of draft-07 with a title and without options': (form) =>
    form['$schema'] === 'http://json-schema.org/draft-07/schema#' &&
    form.type === 'object' &&
    typeof form['title'] === 'string' &&
    form.oneOf === undefined &&
    Object.keys(form.properties ?? {}).length > 0,
  'fields that the form requires exist': (form) =>
    (form.required ?? []).every((name) => name in (form.properties ?? {})),
  'groups have titles and names of their own, and each is used by what is shown': (form) => {
    const groups = (form['groups'] ?? []) as { title?: string }[];
    const shown = Object.values(form.properties ?? {}).filter((field) => field['airbyte_hidden'] !== true);
    return (
      groups.every(({ title }) => /^[A-Z]/.test(title ?? '')) &&
      new Set(groupsOf(form)).size === groups.length &&
      groupsOf(form).every((id) => shown.some((field) => field['group'] === id))
    );
  },
};

/** Every breach, as `PATH: RULE`; empty for a form that Airbyte can show. */
export function formFaults(form: FormField): string[] {
  const whole = Object.entries(wholeRules).flatMap(([rule, holds]) => (holds(form) ? [] : [`form: ${rule}`]));
  const fields = fieldsOf(form).flatMap((placed) =>
    Object.entries(formRules).flatMap(([rule, holds]) => (holds(placed, form) ? [] : [`${placed.path}: ${rule}`])),
  );
  return [...whole, ...fields];
}

function groupsOf(form: FormField): unknown[] {
  return ((form['groups'] ?? []) as { id: string }[]).map(({ id }) => id);
}

function valuesOf(field: FormField): unknown[] {
  const examples = Array.isArray(field['examples']) ? field['examples'] : [];
  return 'default' in field ? [field['default'], ...examples] : examples;
}

function isValid(field: FormField, value: unknown): boolean {
  try {
    return ajv.validate(field, value);
  } catch {
    return false; // no schema at all
  }
}

function isTexts(values: readonly unknown[]): boolean {
  return values.every((value) => typeof value === 'string' && value !== '');
}

function isTrimmed(value: unknown): boolean {
  return typeof value !== 'string' || value === value.trim();
}

function isListable(items: FormField | undefined): boolean {
  if (items === undefined || Array.isArray(items)) return false;
  return items.type === 'object' ? items.properties !== undefined : /^(string|number|integer)$/.test(`${items.type}`);
}

function areLoggable(options: readonly FormField[]): boolean {
  const constants = options.map(({ properties = {} }) =>
    Object.keys(properties).filter((key) => properties[key]?.['const']),
  );
  const [shared] = (constants[0] ?? []).filter((key) => constants.every((keys) => keys.includes(key)));
  if (shared === undefined) return false;
  const values = options.map(({ properties }) => properties?.[shared]?.['const']);
  const are = options.every(({ type, title, required }) => type === 'object' && title && required?.includes(shared));
  return are && isTexts(values) && new Set(values).size === values.length;
}

function isSimpleHtml(text: string): boolean {
  const tags = [...text.matchAll(/<(\/?)(\w+)[^>]*>/g)];
  const open: string[] = [];
  for (const [, slash, tag = ''] of tags) {
    if (!/^(a|b|code|i|li|ul)$/.test(tag)) return false;
    if (slash === '') open.push(tag);
    else if (open.pop() !== tag) return false;
  }
  return open.length === 0;
}

function isPattern(pattern: string): boolean {
  try {
    return [new RegExp(pattern), new RegExp(pattern, 'u')].length === 2;
  } catch {
    return false;
  }
}
