/** A configuration held against the JSON schema of a destination's specification: defaults, faults in the form's words, secrets. */
import { Ajv, type ErrorObject } from 'ajv';
import { parseJson } from './json_file.ts';
import type { JsonObject } from './protocol.ts';
import { sharedError } from './traced_error.ts';

/** What is wrong with a value of a configuration. */
export interface ConfigFault {
  /** Where: `/files/max_rows`; entries of a list by their index. */
  readonly path: string;
  /** The keyword of the schema that says so. */
  readonly keyword: string;
  /** In the form's words, without the value: `Files > Largest File in MB must be at most 80`. */
  readonly text: string;
}

/** What is read of a schema beside what the validator reads. */
interface FormSchema {
  readonly title?: string;
  readonly pattern_descriptor?: string;
  readonly airbyte_secret?: boolean;
  readonly properties?: Readonly<Record<string, FormSchema>>;
  readonly items?: FormSchema;
  readonly oneOf?: readonly FormSchema[];
  readonly anyOf?: readonly FormSchema[];
  readonly allOf?: readonly FormSchema[];
}

/** The schema of a configuration, `connectionSpecification` of a {@link ConnectorSpecification}. */
export class ConfigSchema {
  readonly #schema: FormSchema;
  readonly #validate: ReturnType<Ajv['compile']>;

  constructor(schema: JsonObject) {
    this.#schema = schema;
    // A form has words that no validator knows, and the schema of schemas takes longer to compile than a form does.
    const lenient = { strict: false, validateFormats: false, meta: false, validateSchema: false } as const;
    this.#validate = new Ajv({ allErrors: true, useDefaults: true, ...lenient, logger: false }).compile(schema);
  }

  /** Everything that is wrong with a configuration. Defaults are filled in, in place. */
  faults(config: JsonObject): ConfigFault[] {
    if (this.#validate(config)) return [];
    return (this.#validate.errors ?? []).map((error) => ({
      path: error.instancePath,
      keyword: error.keyword,
      text: wordFault(error, this.#schema),
    }));
  }

  /** The texts in a configuration that the schema marks as `airbyte_secret`, without the white space around them. */
  secretsIn(config: unknown): string[] {
    return [...new Set(secretsIn(this.#schema, config))];
  }
}

/** The object that is the text of a configuration. @throws {TracedError} `config_unreadable`, `config_invalid` */
export function parseConfigText(text: string): JsonObject {
  const value = parseJson(text, 'config_unreadable');
  if (isObject(value)) return value;
  throw sharedError('config_invalid', { detail: 'it must be one JSON object' });
}

/** Does nothing where there is no fault. @throws {TracedError} `config_invalid`, with the first twenty faults word for word */
export function refuseFaults(faults: readonly string[]): void {
  if (faults.length === 0) return;
  const more = faults.length > 20 ? `; and ${faults.length - 20} more` : '';
  throw sharedError('config_invalid', { detail: `${faults.slice(0, 20).join('; ')}${more}` });
}

function wordFault(error: ErrorObject, schema: FormSchema): string {
  const { titles, field } = locate(error.instancePath, schema);
  const limit = error.params as { missingProperty?: string; limit?: number; allowedValues?: string[]; type?: string };
  const where = titles.length > 0 ? titles.join(' > ') : 'it';
  switch (error.keyword) {
    case 'required': {
      const name = limit.missingProperty ?? '';
      return `${[...titles, memberOf(field, name)?.title ?? name].join(' > ')} is missing`;
    }
    case 'type':
      return `${where} must be ${kinds[limit.type ?? ''] ?? limit.type}`;
    case 'enum':
      return `${where} must be one of ${limit.allowedValues?.join(', ')}`;
    case 'minimum':
      return `${where} must be at least ${limit.limit}`;
    case 'maximum':
      return `${where} must be at most ${limit.limit}`;
    case 'minLength':
      return `${where} must not be empty`;
    case 'pattern':
      return `${where} must ${field?.pattern_descriptor ? `be ${field.pattern_descriptor}` : 'be of another form'}`;
    default:
      return `${where} ${error.message}`;
  }
}

const kinds: Readonly<Record<string, string>> = {
  string: 'a text',
  number: 'a number',
  integer: 'a whole number',
  boolean: 'true or false',
  array: 'a list',
  object: 'a group of settings',
};

/** The titles along a path such as `/streams/1/object`; entries of a list are counted from 1. */
function locate(path: string, schema: FormSchema): { titles: string[]; field: FormSchema | undefined } {
  const titles: string[] = [];
  let field: FormSchema | undefined = schema;
  for (const part of path.split('/').slice(1)) {
    if (field?.items) {
      titles.push(`${titles.pop()} ${Number(part) + 1}`);
      field = field.items;
    } else {
      field = memberOf(field, part);
      titles.push(field?.title ?? part);
    }
  }
  return { titles, field };
}

/** A member's schema, which an option of the form may hold. */
function memberOf(schema: FormSchema | undefined, name: string): FormSchema | undefined {
  if (schema === undefined) return undefined;
  const own = schema.properties?.[name];
  return (
    own ??
    optionsOf(schema)
      .map((option) => memberOf(option, name))
      .find((found) => found !== undefined)
  );
}

function optionsOf({ oneOf = [], anyOf = [], allOf = [] }: FormSchema): FormSchema[] {
  return [...oneOf, ...anyOf, ...allOf];
}

function secretsIn(schema: FormSchema, value: unknown): string[] {
  if (schema.airbyte_secret === true) return textsIn(value);
  const ofOptions = optionsOf(schema).flatMap((option) => secretsIn(option, value));
  const { items, properties = {} } = schema;
  if (Array.isArray(value)) return [...ofOptions, ...(items ? value.flatMap((each) => secretsIn(items, each)) : [])];
  if (!isObject(value)) return ofOptions;
  return [...ofOptions, ...Object.entries(properties).flatMap(([name, member]) => secretsIn(member, value[name]))];
}

function textsIn(value: unknown): string[] {
  if (typeof value === 'object' && value !== null) return Object.values(value).flatMap(textsIn);
  const text = typeof value === 'string' || typeof value === 'number' ? String(value).trim() : '';
  return text === '' ? [] : [text];
}

function isObject(value: unknown): value is JsonObject {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}
