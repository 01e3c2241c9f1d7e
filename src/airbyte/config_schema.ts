/**
 * Checks a configuration against the JSON schema of a destination's specification: defaults, faults with the form's
 * titles, secrets.
 */
import { Ajv, type ErrorObject } from 'ajv';
import { parseJson } from './json_file.ts';
import type { JsonObject } from './protocol.ts';
import { sharedError } from './traced_error.ts';

/** What is wrong with a value of a configuration. */
export interface ConfigFault {
  /** Where: `/files/max_rows`; entries of a list by their index. */
  readonly path: string;
  /** The keyword of the schema that is violated. */
  readonly keyword: string;
  /** With the form's titles and without the value: `Files > Largest File in MB must be at most 80`. */
  readonly text: string;
}

/** What is read of a schema besides what the validator reads. */
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
    // A form has keywords that the validator does not know, and validating the schema takes longer than compiling it.
    const lenient = { strict: false, validateFormats: false, meta: false, validateSchema: false } as const;
    this.#validate = new Ajv({ allErrors: true, useDefaults: true, ...lenient, logger: false }).compile(schema);
  }

  /** Finds everything that is wrong with a configuration. Fills in defaults, in place. */
  faults(config: JsonObject): ConfigFault[] {
    if (this.#validate(config)) return [];
    return (this.#validate.errors ?? []).map((error) => ({
      path: error.instancePath,
      keyword: error.keyword,
      text: wordFault(error, this.#schema),
    }));
  }

  /** The texts in a configuration that the schema marks as `airbyte_secret`, without white space around them. */
  secretsIn(config: unknown): string[] {
    return [...new Set(secretsIn(this.#schema, config))];
  }
}

/**
 * Parses the text of a configuration, which must be an object.
 * @throws {TracedError} `config_unreadable`, `config_invalid`
 */
export function parseConfigText(text: string): JsonObject {
  const value = parseJson(text, 'config_unreadable');
  if (isObject(value)) return value;
  throw sharedError('config_invalid', { detail: 'it must be one JSON object' });
}

/**
 * Throws if there are faults.
 * @throws {TracedError} `config_invalid`, with the first twenty faults
 */
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

/** The schema of a member, which may be in an option of the form. */
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
