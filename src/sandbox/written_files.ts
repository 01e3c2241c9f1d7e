/** Files that a person writes for the sandbox: objects, and fault rules. */
import { readFileSync } from 'node:fs';
import { jsonFault } from '../airbyte/json_fault.ts';
import { FaultBook } from './fault_book.ts';
import type { Fault, FaultRule, FaultScript } from './faults.ts';
import { faultsOfShape, type Shape, suggestion } from './json_shape.ts';
import type { ObjectRules } from './options.ts';

/** What is wrong with a command line, or with a file that it names. */
export class Unusable extends Error {}

const described: Shape = {
  members: {
    ...{ label: 'text', dataType: 'text', createable: 'boolean', updateable: 'boolean', readOnly: 'boolean' },
    ...{ formula: 'boolean', hidden: 'boolean', indexed: 'boolean', defaultValue: 'text', decimals: 'number' },
    ...{ inactive: { list: 'text' }, optionsByCategory: 'boolean', lookup: { list: 'text' } },
  },
};

const field: Shape = {
  members: {
    ...{ required: 'boolean', type: { oneOf: ['string', 'number', 'boolean', 'date', 'datetime'] } },
    ...{ maxLength: 'number', picklist: { list: 'text' }, described },
  },
};

const objects: Shape = {
  map: {
    members: {
      ...{ fields: { map: field }, keepRows: 'boolean', label: 'text', createable: 'boolean' },
      ...{ objectType: { oneOf: ['STANDARD', 'CUSTOM', 'SYSTEM'] }, multiCurrency: 'boolean', hidesFields: 'boolean' },
    },
    required: ['fields'],
  },
};

type Members = Readonly<Record<string, Shape>>;

const retryAfter: Shape = { oneOf: ['none', 'seconds', 'date'] };
const status: Members = {
  ...{
    status: 'number',
    html: 'boolean',
    empty: 'boolean',
    retryAfter,
    seconds: 'number',
    errorCode: 'text',
    errorDesc: 'text',
  },
};
const refusal: Members = { errorCode: 'text', errorDesc: 'text' };
const redirect: Members = { to: 'text', status: 'number' };
const seconds: Members = { seconds: 'number' };

/** Members of each fault besides `kind`. */
const membersOf: Readonly<Record<Fault['kind'], Members>> = {
  drop_before_read: {},
  drop_mid_upload: { bytes: 'number' },
  foreign_jobs: {
    ...{ count: 'number', age: 'number', every: 'number', object: 'text', fileName: 'text', rows: 'number' },
    ...seconds,
  },
  foreign_records: { object: 'text', records: { list: { map: 'text' } } },
  foreign_deletions: { object: 'text', records: { list: { map: 'text' } } },
  clock_jump: seconds,
  delay: { ...seconds, when: { oneOf: ['before', 'after'] } },
  status,
  accept_then_status: status,
  result_false: refusal,
  accept_then_result_false: refusal,
  redirect,
  accept_then_redirect: redirect,
  drop_then_write: { seconds: 'number' },
  write_in_part: { records: 'number' },
  list_order: { order: { oneOf: ['newest', 'oldest', 'none'] } },
  list_without_records: { keepsTotal: 'boolean' },
  list_short: { missing: 'number' },
  list_without_ids: {},
  list_ignores_offset: {},
  other_job: { isNew: 'boolean', withoutId: 'boolean' },
  empty: {},
  other_shape: {},
  accept_then_drop: {},
  accept_then_truncate_json: {},
  stay_pending: seconds,
  stay_in_progress: seconds,
  go_back: seconds,
  unknown_status: { ...seconds, status: 'text' },
  unknown_status_completed_date: { status: 'text', afterRows: 'number' },
  fail: { afterRows: 'number', message: 'text' },
  vanish: { ...seconds, from: 'number' },
  hide: seconds,
  completed_date_ahead: {},
  counts: { ...seconds, as: { oneOf: ['short', 'over', 'missing', 'words'] }, by: 'number' },
  fewer_errors: { missing: 'number' },
  errors_shuffled: {},
  errors_duplicated: {},
  row_number_base: { base: { oneOf: [0, 1, 2, 'physical_lines'] } },
  file_note: { message: 'text', rowNumber: 'number' },
};

/** Faults that do nothing without these members. */
const requiredOf: { readonly [kind in Fault['kind']]?: readonly string[] } = {
  foreign_records: ['object', 'records'],
  foreign_deletions: ['object', 'records'],
  clock_jump: ['seconds'],
  delay: ['seconds'],
  status: ['status'],
  accept_then_status: ['status'],
  redirect: ['to'],
  accept_then_redirect: ['to'],
  list_order: ['order'],
  counts: ['as'],
  row_number_base: ['base'],
  file_note: ['message'],
};

/** Names of all faults. */
export const faultNames: readonly string[] = Object.keys(membersOf);

/** Calls that a rule may be about. */
const calls: Readonly<Record<FaultRule['on'], true>> = {
  ...{ submit: true, list: true, status: true, errors: true, metadata: true, any: true },
  ...{ insert: true, update: true, query: true, token: true },
};

const rule: Members = {
  on: { oneOf: Object.keys(calls) },
  nth: 'number',
  times: 'number',
  job: 'number',
  object: 'text',
};

/**
 * Objects of the tenant, from a file of JSON.
 * @throws Unusable with every fault
 */
export function readObjects(path: string): Record<string, ObjectRules> {
  const value = parseText(readText(path), `"${path}"`);
  refuse(faultsOfShape(value, objects, 'it'), `"${path}"`);
  return value as Record<string, ObjectRules>;
}

/**
 * Fault rules, from a file of JSON.
 * @throws Unusable with every fault
 */
export function readScript(path: string): FaultScript {
  return scriptOf(parseText(readText(path), `"${path}"`), `"${path}"`);
}

/**
 * One fault rule, or a list, as JSON.
 * @param where names the text in messages
 * @throws Unusable with every fault
 */
export function parseRules(text: string, where: string): FaultScript {
  const value = parseText(text, where);
  return scriptOf(Array.isArray(value) ? value : [value], where);
}

function scriptOf(value: unknown, where: string): FaultScript {
  if (!Array.isArray(value)) refuse(['it must be a list of rules: [{"on": …, "do": …}]'], where);
  const rules = value as readonly unknown[];
  refuse(
    rules.flatMap((each, at) => faultsOfRule(each, `rule ${at + 1}`)),
    where,
  );
  return rules as FaultScript;
}

function faultsOfRule(value: unknown, path: string): string[] {
  const { kind } = ((value as Partial<FaultRule> | null)?.do ?? {}) as { readonly kind?: unknown };
  const isText = typeof kind === 'string';
  if (isText && !Object.hasOwn(membersOf, kind))
    return [`${path} has no fault "${kind}"${suggestion(kind, faultNames)}`];
  const own = isText ? membersOf[kind as Fault['kind']] : {};
  const required = ['kind', ...((isText && requiredOf[kind as Fault['kind']]) || [])];
  const what: Shape = { members: { kind: 'text', ...own }, required };
  const found = faultsOfShape(value, { members: { ...rule, do: what }, required: ['on', 'do'] }, path);
  return found.length > 0 ? found : ruleFaults(value as FaultRule, path);
}

/** What never applies as it is written. */
function ruleFaults(value: FaultRule, path: string): string[] {
  try {
    new FaultBook([value]);
    return [];
  } catch (error) {
    return [(error as Error).message.replace(/^fault rule 1: /, `${path}: `)];
  }
}

function refuse(faults: readonly string[], where: string): void {
  if (faults.length === 0) return;
  const listed = faults.length === 1 ? ` ${faults[0]}` : faults.map((fault, at) => `\n  ${at + 1}. ${fault}`).join('');
  throw new Unusable(`${where} cannot be used:${listed}`);
}

function readText(path: string): string {
  try {
    return readFileSync(path, 'utf8').replace(/^\uFEFF/, '');
  } catch (error) {
    const { code } = error as NodeJS.ErrnoException;
    const why = { ENOENT: 'there is no such file', EISDIR: 'it is a folder', EACCES: 'it may not be read' }[code ?? ''];
    throw new Unusable(`"${path}" cannot be used: ${why ?? code}`, { cause: error });
  }
}

function parseText(text: string, where: string): unknown {
  try {
    return JSON.parse(text);
  } catch (error) {
    const fault = text.trim() === '' ? 'it is empty' : `it is not JSON: ${jsonFault(text)}`;
    throw new Unusable(`${where} cannot be used: ${fault}`, { cause: error });
  }
}
