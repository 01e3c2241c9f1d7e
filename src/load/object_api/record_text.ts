/** Rows as the records of a call: JSON with the types that the tenant's fields have, or else those of the source. */
import type { SentLookup } from '../../gainsight/object_api.ts';
import type { ObjectDescription, Plan } from '../../model.ts';
import { type TypedCell, typedCells } from '../../records/typed_row.ts';
import { type Key, type KeyValue, keyOf } from './key_forms.ts';
import type { OutgoingRecord } from './record_calls.ts';

/** A row as it is sent. */
export interface RowRecord extends OutgoingRecord {
  /** Undefined if a key field has no value. */
  readonly key: Key | undefined;
  /** The lookups whose values it has: all records of a call have the same. */
  readonly lookups: readonly SentLookup[];
}

/** A value as it is sent: `json` is a text as it stands. */
type Value =
  | { readonly kind: 'text' | 'number' | 'boolean' | 'null' | 'json'; readonly text: string }
  | readonly string[];

interface Field {
  readonly name: string;
  readonly dataType: string | undefined;
  readonly lookup: SentLookup | undefined;
}

/** By the `dataType` of a field; fields of any other type take the value as it is. */
const numberTypes: ReadonlySet<string> = new Set(['NUMBER', 'CURRENCY', 'PERCENTAGE']);
const textTypes: ReadonlySet<string> = new Set([
  ...['STRING', 'EMAIL', 'URL', 'RICHTEXTAREA', 'PICKLIST', 'GSID', 'SFDCID', 'LOOKUP'],
]);
const plainNumber = /^-?(?:0|[1-9]\d*)(?:\.\d+)?(?:[eE][+-]?\d+)?$/;
const booleans: Readonly<Record<string, string>> = { true: 'true', false: 'false', 1: 'true', 0: 'false' };

/** Writes the rows of one plan. */
export class RecordText {
  readonly #fields: readonly Field[];
  readonly #keyColumns: readonly number[];
  readonly #separator: string;

  /**
   * @param description what metadata says of the plan's object, if it is known
   * @param separator between the values of a list: `values.list_separator`
   */
  constructor(plan: Plan, description: ObjectDescription | undefined, separator: string) {
    const types = new Map(description?.fields.map(({ name, dataType }) => [name, dataType]));
    const lookups = new Map(plan.lookups?.map((lookup) => [lookup.field, lookup]));
    this.#fields = plan.columns.map(({ field: name }) => {
      const lookup = lookups.get(name);
      // The value is of a field of another object, whose type is not known.
      if (lookup) return { name, dataType: undefined, lookup: { ...lookup, local: `lookup_${name}` } };
      return { name, dataType: types.get(name), lookup: undefined };
    });
    this.#keyColumns = plan.keyColumns;
    this.#separator = separator;
  }

  /**
   * A row as a record: fields that it does not have are left out.
   * @param bytes the CSV bytes of the row, with its types
   */
  of(row: number, bytes: Buffer): RowRecord {
    const cells = typedCells(bytes, this.#fields.length);
    const members: string[] = [];
    const lookups: SentLookup[] = [];
    const values = this.#fields.map(({ dataType }, column) => this.#value(cells[column], dataType));
    for (const [column, { name, lookup }] of this.#fields.entries()) {
      const value = values[column];
      if (!value) continue;
      // Null empties the field, whatever is looked for.
      const isLookedUp = lookup && !isNull(value);
      if (isLookedUp) lookups.push(lookup);
      members.push(`${JSON.stringify(isLookedUp ? lookup.local : name)}:${jsonOf(value)}`);
    }
    const key = this.#keyColumns.map((column) => keyValueOf(values[column]));
    return {
      row,
      text: `{${members.join(',')}}`,
      key: key.every((value) => value !== undefined) ? keyOf(key as KeyValue[]) : undefined,
      lookups,
    };
  }

  #value(cell: TypedCell, dataType = ''): Value | undefined {
    if (!cell) return undefined;
    const { kind, text } = cell;
    if (kind === 'list') return textTypes.has(dataType) ? { kind: 'text', text } : this.#items(text);
    if (kind === 'null') return { kind, text };
    if (kind === 'json') return this.#json(text, dataType);
    if (dataType === 'MULTISELECTDROPDOWNLIST') return this.#heldItems(text) ?? this.#items(text);
    if (textTypes.has(dataType)) return { kind: 'text', text };
    if (kind === 'text' && numberTypes.has(dataType) && plainNumber.test(text)) return { kind: 'number', text };
    const boolean = booleans[text.toLowerCase()];
    if (dataType === 'BOOLEAN' && boolean !== undefined) return { kind: 'boolean', text: boolean };
    return { kind, text };
  }

  #json(text: string, dataType: string): Value {
    const items = itemsIn(text);
    if (!items) return { kind: 'json', text };
    // Joined, its elements could not be distinguished.
    return textTypes.has(dataType) ? { kind: 'text', text } : items;
  }

  /** The elements of a list in a file of rejected rows, where it is JSON, as an element contains the separator. */
  #heldItems(text: string): readonly string[] | undefined {
    const items = text.startsWith('[') && isJson(text) ? itemsIn(text) : undefined;
    return items?.some((item) => item.includes(this.#separator)) ? items : undefined;
  }

  #items(text: string): readonly string[] {
    return text === '' ? [] : text.split(this.#separator);
  }
}

const tokens = /"(?:[^"\\]|\\.)*"|[[\]{}]|[^\s,:[\]{}"]+/g;

/** The elements of a list of plain values as texts, without nulls; undefined for any other JSON. */
function itemsIn(json: string): readonly string[] | undefined {
  const [first, ...rest] = json.match(tokens) ?? [];
  const elements = rest.slice(0, -1);
  if (first !== '[' || elements.some((token) => /^[[\]{}]/.test(token))) return undefined;
  return elements
    .filter((token) => token !== 'null')
    .map((token) => (token.startsWith('"') ? (JSON.parse(token) as string) : token));
}

function isJson(text: string): boolean {
  try {
    JSON.parse(text);
    return true;
  } catch {
    return false;
  }
}

function isItems(value: Value): value is readonly string[] {
  return Array.isArray(value);
}

function isNull(value: Value): boolean {
  return !isItems(value) && value.kind === 'null';
}

function jsonOf(value: Value): string {
  if (isItems(value)) return JSON.stringify(value);
  if (value.kind === 'null') return 'null';
  return value.kind === 'text' ? JSON.stringify(value.text) : value.text;
}

function keyValueOf(value: Value | undefined): KeyValue | undefined {
  if (!value || isItems(value) || value.kind === 'null' || value.kind === 'json') return undefined;
  return value.text.trim() === '' ? undefined : { kind: value.kind, text: value.text };
}

/** A value of a key as it is asked for. */
export function keyJson({ kind, text }: KeyValue): string {
  return kind === 'text' ? JSON.stringify(text) : text;
}
