/** Gainsight's metadata: the objects of a tenant and their fields. Never retries; uses nothing of the bulk quota. */
import { Readable } from 'node:stream';
import type { Request } from '../http/exchange.ts';
import type {
  FieldDescription,
  ObjectDescription,
  ObjectDescriptions,
  ObjectSummary,
  PicklistOption,
} from '../model.ts';
import { metadataPaths, mostDescribed } from './contract.ts';
import { type Answer, isObject, unreadable, validated } from './response.ts';

/** Makes one call below the base URL. */
export type Call = (
  path: string,
  signal: AbortSignal | undefined,
  parts?: Pick<Request, 'method' | 'body' | 'isRead' | 'maxHeldBytes'>,
) => Promise<Answer<unknown>>;

/** Maximum size of an answer in bytes: 25 objects of some hundred fields have about 4 MB. */
const maxAnswerBytes = 8_000_000;

/** The most objects that are asked for alone: of the 100 calls a minute, which other tools share, half. */
const mostAlone = 50;
/** No object has a longer name, and a server may refuse the path. */
const longestName = 255;

/** What a describe returns of each object. All values are texts. A hidden field is described, as it can be loaded. */
const describeOptions = {
  includeChilds: 'false',
  childLevels: '0',
  populatePickListOptions: 'true',
  useCollectionId: 'false',
  removeDeleted: 'true',
  removeHidden: 'false',
  host: 'MDA',
  sortFieldsByLabel: 'true',
  populateFieldId: 'false',
  honorUserContext: 'true',
  honorCustomLookup: 'true',
  populateAutoSuggestDetails: 'false',
  externalContext: 'false',
};

/** The calls of the metadata API. Each rejects with the signal's reason if `signal` is aborted. */
export class Metadata {
  readonly #call: Call;

  constructor(call: Call) {
    this.#call = call;
  }

  /** Every object of the tenant, without fields. */
  async objects(signal?: AbortSignal): Promise<Answer<readonly ObjectSummary[]>> {
    return validated(await this.#get(metadataPaths.objects, signal), (data) => listOf(data, summaryOf));
  }

  /**
   * Describes objects, with one call for 25 of them if the tenant has them all. One unknown object may be missing from
   * the answer, or fail the whole call: only then the list of objects is read, and each missing one is asked for alone,
   * {@link mostAlone} at most, those first that are not listed. It is absent if neither shows it.
   * @param names regardless of case
   * @returns the first answer that says nothing about the objects, if there is one
   */
  async describe(names: readonly string[], signal?: AbortSignal): Promise<Answer<ObjectDescriptions>> {
    const described = new Map<string, ObjectDescription>();
    const learn = (objects: readonly ObjectDescription[]) => {
      for (const name of names) {
        const object = objects.find((each) => isSame(each.name, name));
        if (object) described.set(name, object);
      }
    };
    for (let at = 0; at < names.length; at += mostDescribed) {
      const answer = await this.#describeMany(names.slice(at, at + mostDescribed), signal);
      if (answer.kind === 'done') learn(answer.value);
      else if (!mayNameObject(answer)) return answer;
    }
    const missing = names.filter((name) => !described.has(name));
    if (missing.length === 0) return done({ described, absent: new Set(), objects: [] });
    const list = await this.objects(signal);
    if (list.kind !== 'done') return list;
    // Every tenant has objects: an empty list shows that metadata is not to be trusted.
    if (list.value.length === 0) return unreadable(list.requestId);
    const isListed = (name: string) => list.value.some((object) => isSame(object.name, name));
    const unlisted = missing.filter((name) => !isListed(name));
    const asked = [...unlisted, ...missing.filter(isListed)].slice(0, mostAlone);
    for (const name of asked.filter(canBeAsked)) {
      const answer = await this.#describeOne(name, signal);
      if (answer.kind === 'done') learn(answer.value);
      else if (!mayNameObject(answer)) return answer;
    }
    const absent = new Set(asked.filter((name) => !described.has(name) && !isListed(name)));
    return done({ described, absent, objects: list.value });
  }

  /** The items of a picklist whose description names none. */
  async dropdown(categoryId: string, signal?: AbortSignal): Promise<Answer<readonly PicklistOption[]>> {
    const answer = await this.#get(metadataPaths.dropdown(categoryId), signal);
    return validated(answer, (data) => (isObject(data) ? listOf(data['childItems'], itemOf) : undefined));
  }

  async #describeMany(names: readonly string[], signal: AbortSignal | undefined) {
    const body = jsonBody({ objectNames: names, ...describeOptions });
    const answer = await this.#call(metadataPaths.describe, signal, {
      body,
      isRead: true,
      maxHeldBytes: maxAnswerBytes,
    });
    return validated(answer, descriptionsOf);
  }

  async #describeOne(name: string, signal: AbortSignal | undefined) {
    // A lone surrogate cannot be part of a path.
    const answer = await this.#get(metadataPaths.describeOne(Buffer.from(name).toString()), signal);
    return validated(answer, descriptionsOf);
  }

  #get(path: string, signal: AbortSignal | undefined): Promise<Answer<unknown>> {
    return this.#call(path, signal, { maxHeldBytes: maxAnswerBytes });
  }
}

function done(value: ObjectDescriptions): Answer<ObjectDescriptions> {
  return { kind: 'done', value, serverTime: undefined };
}

/** Whether an answer may be about an unknown object, rather than about the call, the key or the tenant. */
function mayNameObject(answer: Exclude<Answer<unknown>, { kind: 'done' }>): boolean {
  if (answer.kind === 'lost' || answer.redirect !== undefined) return false;
  // Codes of the gateway are about the route, the key and the limits.
  if (answer.errorCode?.startsWith('GS_APIG_')) return false;
  return answer.status === 400 || answer.status === 404 || answer.status < 300;
}

/** Whether a path can carry the name: one of dots alone means another path, even if they are escaped. */
function canBeAsked(name: string): boolean {
  return name.length <= longestName && !/^\.{0,2}$/.test(name);
}

/** Names of objects are listed in lower case, and accepted in any. */
function isSame(one: string, other: string): boolean {
  return one.toLowerCase() === other.toLowerCase();
}

/** The body of a request with this content. */
export function jsonBody(value: object): NonNullable<Request['body']> {
  const bytes = Buffer.from(JSON.stringify(value));
  return {
    stream: () => Readable.from([bytes], { objectMode: false }),
    type: 'application/json',
    length: bytes.length,
  };
}

/** The entries of a list that can be read; undefined if it is none, or none of its entries can. */
function listOf<T>(data: unknown, of: (entry: Record<string, unknown>) => T | undefined): T[] | undefined {
  if (!Array.isArray(data)) return undefined;
  const read = data.flatMap((entry) => (isObject(entry) ? (of(entry) ?? []) : []));
  return read.length === 0 && data.length > 0 ? undefined : read;
}

/** The objects of an answer; undefined if it describes none, though it has some. Fields that cannot be read are left out. */
export function descriptionsOf(data: unknown): ObjectDescription[] | undefined {
  return listOf(data, descriptionOf);
}

function summaryOf(entry: Record<string, unknown>): ObjectSummary | undefined {
  const name = textOf(entry['objectName']);
  if (name === undefined) return undefined;
  return {
    name,
    label: textOf(entry['label']),
    type: textOf(entry['objectType']),
    readable: flagOf(entry['readable']),
    createable: flagOf(entry['createable']),
  };
}

function descriptionOf(entry: Record<string, unknown>): ObjectDescription | undefined {
  const summary = summaryOf(entry);
  const fields = Array.isArray(entry['fields']) ? listOf(entry['fields'], fieldOf) : undefined;
  if (!summary || !fields) return undefined;
  return { ...summary, fields, multiCurrency: flagOf(entry['multiCurrencySupported']) };
}

function fieldOf(entry: Record<string, unknown>): FieldDescription | undefined {
  const name = textOf(entry['fieldName']);
  if (name === undefined) return undefined;
  const meta = isObject(entry['meta']) ? entry['meta'] : {};
  const properties = isObject(meta['properties']) ? meta['properties'] : {};
  const options = listOf(entry['options'], optionOf) ?? [];
  return {
    ...{ name, options, label: textOf(entry['label']), dataType: textOf(entry['dataType']) },
    length: countOf(meta['length']),
    decimals: countOf(meta['decimalPlaces']),
    required: flagOf(meta['required']),
    hasDefault: hasDefault(meta['defaultValue'], entry['options']),
    createable: flagOf(meta['createable']),
    updateable: flagOf(meta['updateable']),
    readOnly: flagOf(meta['readOnly']),
    richText: flagOf(meta['richText']),
    formula: flagOf(meta['formulaField']),
    hidden: flagOf(meta['hidden']),
    indexed: flagOf(meta['indexed']),
    nameField: flagOf(meta['nameField']),
    picklistCategory: textOf(properties['PICKLIST_CATEGORY_ID']),
    lookupObjects: lookupObjectsOf(meta['lookupDetail']),
  };
}

function hasDefault(value: unknown, options: unknown): boolean {
  const isGiven = value !== undefined && value !== null && value !== '';
  return (
    isGiven || (Array.isArray(options) && options.some((option) => isObject(option) && option['defaultValue'] === true))
  );
}

/** An item in a description. */
function optionOf(entry: Record<string, unknown>): PicklistOption | undefined {
  const label = textOf(entry['label']);
  if (label === undefined) return undefined;
  const [id, systemName] = [textOf(entry['value']), textOf(entry['systemName'])];
  return { id, label, systemName, active: entry['active'] !== false };
}

/** An item in the answer about one picklist. */
function itemOf(entry: Record<string, unknown>): PicklistOption | undefined {
  const label = textOf(entry['name']);
  if (label === undefined) return undefined;
  const [id, systemName] = [textOf(entry['gsid']), textOf(entry['systemName'])];
  return { id, label, systemName, active: entry['active'] !== false };
}

function lookupObjectsOf(detail: unknown): string[] {
  const objects = isObject(detail) ? detail['lookupObjects'] : undefined;
  return listOf(objects, (entry) => textOf(entry['objectName'])) ?? [];
}

function textOf(value: unknown): string | undefined {
  return typeof value === 'string' && value !== '' ? value : undefined;
}

function flagOf(value: unknown): boolean | undefined {
  return typeof value === 'boolean' ? value : undefined;
}

function countOf(value: unknown): number | undefined {
  return typeof value === 'number' && Number.isSafeInteger(value) && value >= 0 ? value : undefined;
}
