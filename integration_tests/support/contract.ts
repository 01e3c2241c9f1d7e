/**
 * Checks calls and responses against the Bulk API's OpenAPI description, which is kept as a fixture; those of the metadata
 * API and the object API, which it lacks, against schemas of their own.
 */
import { readFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { dirname, join } from 'node:path';
import { Ajv2020, type ValidateFunction } from 'ajv/dist/2020.js';
import { type MetadataSchemas, metadataSchemaOf } from './metadata_contract.ts';
import { objectSchemaOf } from './object_contract.ts';

/** A request and its response, as the sandbox's `onExchange` passes them. */
export interface CheckedExchange {
  readonly method: string;
  /** Below the server's URL, without the query. */
  readonly path: string;
  readonly query?: Readonly<Record<string, string>>;
  /** Names in lower case. Absent: not checked. */
  readonly requestHeaders?: Readonly<Record<string, string | string[] | undefined>>;
  /** The form's fields; `file` may contain anything. */
  readonly requestFields: Readonly<Record<string, string>> | undefined;
  /** The JSON of the request's body. */
  readonly requestJson?: unknown;
  readonly status: number;
  /** As JSON. */
  readonly body: unknown;
  /** The response is a fault made on purpose: only the request is checked. */
  readonly breaksContract?: boolean;
}

interface Operation {
  readonly parameters?: readonly Parameter[];
  readonly requestBody?: unknown;
  readonly responses: Readonly<Record<string, { readonly content?: unknown }>>;
}

interface Parameter {
  readonly name: string;
  readonly in: string;
  readonly schema?: object;
}

interface Document {
  readonly paths: Readonly<Record<string, Readonly<Record<string, Operation>>>>;
  readonly components: { readonly schemas: Readonly<Record<string, object>> };
}

const root = dirname(createRequire(import.meta.url).resolve('#package.json'));
const file = join(root, 'integration_tests/fixtures/gainsight-openapi.json');
const document = JSON.parse(readFileSync(file, 'utf8')) as Document;

// The description leaves objects open; an unknown name would be our mistake, so they are closed here.
const closed = Object.entries(document.components.schemas).map(
  ([name, schema]) => [name, { ...schema, additionalProperties: false }] as const,
);
const ajv = new Ajv2020({ allErrors: true, coerceTypes: false });
const ajvOfQueries = new Ajv2020({ allErrors: true, coerceTypes: true });
const dateTime = /^\d{4}-\d{2}-\d{2}T\d{2}:\d{2}:\d{2}(\.\d+)?(Z|[+-]\d{2}:\d{2})$/;
for (const one of [ajv, ajvOfQueries]) {
  one.addFormat('date-time', { validate: (text: string) => dateTime.test(text) && !Number.isNaN(Date.parse(text)) });
  one.addFormat('binary', true);
  // The description as a whole is no schema; its parts are referenced by pointers.
  one.addVocabulary(Object.keys(document));
  one.addSchema({ ...document, components: { schemas: Object.fromEntries(closed) } }, 'gainsight');
}

/**
 * Checks a request and its response.
 * @throws Error that lists every breach
 */
export function checkExchange(exchange: CheckedExchange): void {
  const breaches = [...signInBreaches(exchange), ...breachesOfApi(exchange)];
  if (breaches.length === 0) return;
  const { method, path, status } = exchange;
  throw new Error(`${method} ${path}, answered with ${status}, breaks the contract: ${breaches.join('; ')}`);
}

function breachesOfApi(exchange: CheckedExchange): string[] {
  const { path, breaksContract } = exchange;
  if (path.startsWith('/meta/')) return schemaBreachesOf(exchange, metadataSchemaOf(exchange));
  if (path.startsWith('/data/')) return schemaBreachesOf(exchange, objectSchemaOf(exchange));
  // The call for a token has a form, and an answer without an envelope.
  if (path.startsWith('/users/')) return [];
  return [...requestBreaches(exchange), ...(breaksContract ? [] : answerBreaches(exchange))];
}

/** Either an access key or a token signs in, never both. */
function signInBreaches({ requestHeaders, status, path, breaksContract }: CheckedExchange): string[] {
  // A caller that is refused at the door, or asks for a path that does not exist, need not sign in.
  if (!requestHeaders || status === 401 || (status === 404 && breaksContract)) return [];
  const [key, token] = [requestHeaders['accesskey'], requestHeaders['authorization']];
  if (key && token) return ['the header accessKey stands beside a token'];
  return key || token || path.startsWith('/users/') ? [] : ['the header accessKey is missing'];
}

/** How a call of the metadata API or the object API breaks what is known of it. Refusals may have any form. */
function schemaBreachesOf(exchange: CheckedExchange, known: MetadataSchemas | undefined): string[] {
  const { status, breaksContract, requestJson, body, query = {} } = exchange;
  if (!known) return breaksContract ? [] : ['the API has no such path and method'];
  const isAnswered = status === 200 && !breaksContract && (body as { result?: unknown }).result === true;
  // A request that was refused for its form may have any.
  if (breaksContract && status === 400) return [];
  return [
    ...breachesOf(known.query, query),
    ...(known.request && (requestJson !== undefined || status === 200) ? breachesOf(known.request, requestJson) : []),
    ...(isAnswered ? breachesOf(known.answer, body) : []),
  ];
}

function breachesOf(schema: object, value: unknown): string[] {
  const validate = ajv.compile(schema);
  return validate(value) ? [] : messages(validate, ajv);
}

/** How a request breaks the contract. A refused request may have a wrong form, but never a wrong path. */
function requestBreaches(exchange: CheckedExchange): string[] {
  const found = find(exchange);
  if (!found) return exchange.breaksContract ? [] : ['the contract has no such path and method'];
  const { requestFields, status, query = {} } = exchange;
  const breaches = queryBreaches(found.operation, query);
  if (!found.operation.requestBody || status === 400 || !requestFields) return breaches;
  breaches.push(...schemaBreaches(`${found.pointer}/requestBody/content/multipart~1form-data/schema`, requestFields));
  const { operation = '', keyFields } = requestFields;
  if (operation !== 'INSERT' && !keyFields) breaches.push(`keyFields are required for ${operation}`);
  return breaches;
}

function answerBreaches(exchange: CheckedExchange): string[] {
  const found = find(exchange);
  if (!found) return [];
  const response = found.operation.responses[exchange.status];
  if (!response) return [`the contract has no status ${exchange.status} here`];
  if (!response.content) return [];
  const pointer = `${found.pointer}/responses/${exchange.status}/content/application~1json/schema`;
  return schemaBreaches(pointer, exchange.body);
}

const queryValidators = new Map<Operation, ValidateFunction>();

function queryBreaches(operation: Operation, query: Readonly<Record<string, string>>): string[] {
  const parameters = (operation.parameters ?? []).filter((parameter) => parameter.in === 'query');
  const names = parameters.map(({ name }) => name);
  const unknown = Object.keys(query).filter((name) => !names.includes(name));
  const validate = queryValidators.get(operation) ?? ajvOfQueries.compile(schemaOfQuery(parameters));
  queryValidators.set(operation, validate);
  return [
    ...unknown.map((name) => `the query has no ${name}`),
    ...(validate({ ...query }) ? [] : messages(validate, ajvOfQueries)),
  ];
}

function schemaOfQuery(parameters: readonly Parameter[]): object {
  return { type: 'object', properties: Object.fromEntries(parameters.map(({ name, schema }) => [name, schema])) };
}

function find({ method, path }: CheckedExchange): { operation: Operation; pointer: string } | undefined {
  for (const [template, operations] of Object.entries(document.paths)) {
    const pattern = new RegExp(`^${template.replace(/\{\w+\}/g, '[^/]+')}$`);
    const operation = operations[method.toLowerCase()];
    if (!operation || !pattern.test(path)) continue;
    return { operation, pointer: `gainsight#/paths/${template.replaceAll('/', '~1')}/${method.toLowerCase()}` };
  }
  return undefined;
}

const validators = new Map<string, ValidateFunction>();

function schemaBreaches(pointer: string, value: unknown): string[] {
  // A pointer in a fragment is percent-encoded.
  const validate = validators.get(pointer) ?? ajv.compile({ $ref: encodeURI(pointer) });
  validators.set(pointer, validate);
  return validate(value) ? [] : messages(validate, ajv);
}

function messages({ errors }: ValidateFunction, by: Ajv2020): string[] {
  return (errors ?? []).map((error) => by.errorsText([error]) + JSON.stringify(error.params));
}
