/**
 * Checks a configuration against the JSON schema of a destination's specification: defaults, faults with the form's
 * titles, unknown settings, secrets.
 */
import { changedSettings } from './changed_settings.ts';
import {
  compare,
  type FormSchema,
  isObject,
  type Located,
  locate,
  memberOf,
  optionsOf,
  pushTitle,
} from './form_schema.ts';
import { parseJson } from './json_file.ts';
import { nearest } from './nearest.ts';
import type { JsonObject } from './protocol.ts';
import { sharedError } from './traced_error.ts';
import { type UnknownSetting, unknownSettings } from './unknown_settings.ts';
import type { Validator, Violation } from './validator.ts';

/** What is wrong with a value of a configuration. */
export interface ConfigFault {
  /** Where: `/files/max_rows`; entries of a list by their index. */
  readonly path: string;
  /** The keyword of the schema that is violated. */
  readonly keyword: string;
  /** With the form's titles and without the value: `Files: Largest File in MB must be at most 80`. */
  readonly text: string;
}

/** The schema of a configuration, `connectionSpecification` of a {@link ConnectorSpecification}. */
export class ConfigSchema {
  readonly #schema: FormSchema;

  constructor(schema: JsonObject) {
    this.#schema = schema;
  }

  /**
   * Finds everything that is wrong with a configuration. Fills in defaults, in place.
   * @param validate the compiled schema
   */
  faults(config: JsonObject, validate: Validator): ConfigFault[] {
    if (validate(config)) return [];
    return (validate.errors ?? []).map((error) => ({
      path: error.instancePath,
      keyword: error.keyword,
      text: wordFault(error, locate(error.instancePath, this.#schema, config)),
    }));
  }

  /** The settings that the schema does not know. */
  unknownSettings(config: JsonObject): UnknownSetting[] {
    return unknownSettings(this.#schema, config);
  }

  /** The settings that differ from their defaults, without secrets. */
  changedSettings(config: JsonObject): JsonObject {
    return changedSettings(this.#schema, config);
  }

  /** A place in the titles of the form: `Streams 2 (accounts) > Key Fields`; the whole configuration: an empty text. */
  placeOf(path: string, config: JsonObject): string {
    return locate(path, this.#schema, config).titles.join(' > ');
  }

  /** Sorts by place: in the order of the form. */
  inOrder<T extends { readonly path: string }>(faults: readonly T[]): T[] {
    const placed = faults.map((fault) => ({ fault, order: locate(fault.path, this.#schema).order }));
    return placed.toSorted((one, other) => compare(one.order, other.order)).map(({ fault }) => fault);
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
 * @throws {TracedError} `config_invalid`, with all faults, numbered
 */
export function refuseFaults(faults: readonly string[]): void {
  if (faults.length > 0) throw sharedError('config_invalid', { detail: numbered(faults) }, { faults });
}

/** A single fault as it is; several with their total and their numbers, the first twenty of them. */
export function numbered(faults: readonly string[]): string {
  return faults.length < 2 ? (faults[0] ?? '') : `there are ${faults.length} faults. ${listed(faults)}`;
}

/** A single fault as it is; several with their numbers, the first twenty of them: `1. This; 2. That`. */
export function listed(faults: readonly string[]): string {
  if (faults.length < 2) return faults[0] ?? '';
  const texts = faults.slice(0, mostFaults).map((fault, at) => `${at + 1}. ${fault}`);
  return `${texts.join('; ')}${faults.length > mostFaults ? `; and ${faults.length - mostFaults} more` : ''}`;
}

const mostFaults = 20;

function wordFault(error: Violation, { titles, field, value }: Located): string {
  const limit = error.params as {
    missingProperty?: string;
    limit?: number;
    allowedValues?: string[];
    type?: string;
    tag?: string;
  };
  const where = titles.length > 0 ? titles.join(' > ') : 'it';
  switch (error.keyword) {
    case 'required': {
      const name = limit.missingProperty ?? '';
      const place = [...titles];
      pushTitle(place, memberOf(field, name)?.title ?? name);
      return `${place.join(' > ')} is missing`;
    }
    case 'discriminator':
      return choiceFault(titles, field, limit.tag ?? '');
    case 'type':
      return `${where} must be ${kinds[limit.type ?? ''] ?? limit.type}`;
    case 'enum':
      return `${where} must be one of ${limit.allowedValues?.join(', ')}${guess(value, limit.allowedValues)}`;
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

/** The member that chooses an option of a group is missing, or chooses none. */
function choiceFault(titles: readonly string[], field: FormSchema | undefined, chooser: string): string {
  const place = [...titles];
  pushTitle(place, memberOf(field, chooser)?.title ?? chooser);
  const options = (field?.oneOf ?? []).map(({ properties }) => properties?.[chooser]?.const);
  return `${place.join(' > ')} must be ${options.length > 1 ? 'one of ' : ''}${options.join(', ')}`;
}

const kinds: Readonly<Record<string, string>> = {
  string: 'a text',
  number: 'a number',
  integer: 'a whole number',
  boolean: 'true or false',
  array: 'a list',
  object: 'a group of settings',
};

/** The value itself is not quoted: any text may be a secret in the wrong place. */
function guess(value: unknown, allowed: readonly string[] = []): string {
  const meant = typeof value === 'string' ? nearest(value, allowed) : undefined;
  return meant === undefined ? '' : ` (did you mean ${meant}?)`;
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
