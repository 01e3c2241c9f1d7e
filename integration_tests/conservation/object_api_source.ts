/** A source for syncs over the object API, drawn by a seed: streams of every operation and route, and their records. */
import type { SandboxOptions } from '../../src/sandbox/options.ts';
import type { StoredRow } from '../../src/sandbox/store.ts';
import { pick, type Random, randomFrom } from '../support/random.ts';

/** A value of a record. */
export interface Value {
  readonly json: string;
  /** What Gainsight then has in the field. */
  readonly cell: string | null;
}

/** A record, or the record of a deletion. */
export interface SourceRecord {
  readonly isDeletion: boolean;
  /** By field; those whose columns the record lacks are absent. */
  readonly values: ReadonlyMap<string, Value>;
  /** The values of the key fields as one text; undefined: one of them has none. */
  readonly key: string | undefined;
}

/** A stream, and where it goes. */
export interface ObjectStream {
  readonly name: string;
  readonly object: string;
  readonly operation: 'UPSERT' | 'UPDATE' | 'INSERT';
  readonly route: 'object_api' | 'auto' | 'bulk_api';
  readonly keyFields: readonly string[];
  readonly records: readonly SourceRecord[];
  /** What Gainsight has before the sync. */
  readonly stored: readonly StoredRow[];
}

/** What the source sends. */
export interface ObjectSource {
  readonly streams: readonly ObjectStream[];
  readonly steps: readonly Step[];
  readonly states: 'STREAM' | 'GLOBAL';
}

/** The next record of a stream, or a state behind it. */
export interface Step {
  readonly stream: ObjectStream;
  readonly is: 'record' | 'state';
  /** Records of each stream up to here. */
  readonly read: ReadonlyMap<string, number>;
}

/** What a case asks of the source. */
export interface SourceWishes {
  /** Keys that differ by case, space and the form of a number come beside each other. */
  readonly hasAliases?: boolean;
  /** Some records that Gainsight has share a key. */
  readonly hasTwins?: boolean;
  /** However the records are divided into batches, the same comes of them: no deletions, and a key is always refused or never. */
  readonly isSteady?: boolean;
  /** Records of each stream; default: a different number in each. */
  readonly length?: number;
  /** The names of the streams; default: some of all. */
  readonly streams?: readonly string[];
}

/** Most rows of a batch that `auto` sends by the object API. */
export const autoRows = 20;

/** Each field, its column, and what its object takes. */
export const columns: Readonly<Record<string, string>> = {
  Id__gc: 'id',
  Region__gc: 'region',
  Name__gc: 'name',
  Amount__gc: 'amount',
  Active__gc: 'active',
  Stage__gc: 'stage',
  Tags__gc: 'tags',
};
const longestName = 14;
const stages = ['Open', 'Won'];

/** The tenant's objects. */
export const objects: NonNullable<SandboxOptions['objects']> = Object.fromEntries(
  ['Visit__gc', 'Company', 'Event__gc', 'Delta__gc', 'Other__gc'].map((object) => [
    object,
    {
      fields: {
        ...{ Id__gc: {}, Region__gc: {}, Name__gc: { maxLength: longestName }, Amount__gc: { type: 'number' } },
        ...{ Active__gc: { type: 'boolean' }, Stage__gc: { picklist: stages }, Tags__gc: {} },
      },
    },
  ]),
);

/** Whether Gainsight refuses a record with these cells. */
export function isRefused(cells: Readonly<Record<string, string | null>>): boolean {
  const { Name__gc: name, Amount__gc: amount, Stage__gc: stage } = cells;
  if ((name ?? '').length > longestName) return true;
  if (amount && !/^-?\d+(\.\d+)?$/.test(amount)) return true;
  return Boolean(stage) && !stages.includes(stage as string);
}

/** The source with this number. */
export function sourceOf(seed: number, wishes: SourceWishes = {}): ObjectSource {
  const random = randomFrom(seed);
  const drawn = layouts.filter((_, at) => at === seed % layouts.length || random(2) === 0);
  const chosen = wishes.streams ? layouts.filter(({ name }) => wishes.streams?.includes(name)) : drawn;
  const streams = chosen.map((layout) => streamOf(layout, random, wishes));
  const states = random(2) === 0 ? 'STREAM' : 'GLOBAL';
  return { streams, steps: stepsOf(streams, random), states };
}

type Layout = Pick<ObjectStream, 'name' | 'object' | 'operation' | 'route'>;

const layouts: readonly Layout[] = [
  { name: 'visits', object: 'Visit__gc', operation: 'UPSERT', route: 'object_api' },
  { name: 'scores', object: 'Company', operation: 'UPDATE', route: 'object_api' },
  { name: 'events', object: 'Event__gc', operation: 'INSERT', route: 'object_api' },
  { name: 'deltas', object: 'Delta__gc', operation: 'UPSERT', route: 'auto' },
  { name: 'others', object: 'Other__gc', operation: 'UPSERT', route: 'bulk_api' },
];

function streamOf(layout: Layout, random: Random, wishes: SourceWishes): ObjectStream {
  const drawn = pick(random, [3, 12, 49, 50, 51, 120]);
  const { hasTwins = false, length = drawn } = wishes;
  const keyFields = random(3) === 0 ? ['Id__gc', 'Region__gc'] : ['Id__gc'];
  const draw = new RecordDraw(random, { layout, keyFields, keys: Math.ceil(length * 0.8), wishes });
  // A stream none of whose rows is accepted would fail.
  const good = draw.good();
  const records = [good, ...Array.from({ length }, () => draw.next()), good];
  const share = layout.operation === 'UPDATE' ? 8 : random(10);
  const stored = draw.keys
    .filter((key) => key === draw.goodKey || random(10) < share)
    .flatMap((key) => {
      const row = { ...cellsOf(key, keyFields), Name__gc: 'old name', Stage__gc: 'Won', Amount__gc: '1' };
      return hasTwins && random(4) === 0 ? [row, { ...row }] : [row];
    });
  // An object without records has none that a filter could find.
  const isEmpty = layout.operation !== 'UPDATE' && random(3) === 0;
  return { ...layout, keyFields, records, stored: isEmpty ? [] : stored };
}

/** The texts of a key's values. */
type Key = readonly string[];

function cellsOf(key: Key, keyFields: readonly string[]): StoredRow {
  return Object.fromEntries(keyFields.map((field, at) => [field, key[at] ?? null]));
}

/** Draws the records of one stream. */
class RecordDraw {
  readonly keys: readonly Key[];
  readonly goodKey: Key;
  readonly #random: Random;
  readonly #keyFields: readonly string[];
  readonly #wishes: SourceWishes;
  readonly #isNumeric: boolean;
  readonly #layout: Layout;
  #number = 0;

  constructor(
    random: Random,
    given: { layout: Layout; keyFields: readonly string[]; keys: number; wishes: SourceWishes },
  ) {
    this.#random = random;
    this.#layout = given.layout;
    this.#keyFields = given.keyFields;
    this.#wishes = given.wishes;
    this.#isNumeric = random(4) === 0;
    const regions = ['EU', 'US'];
    this.keys = Array.from({ length: given.keys + 1 }, (_, at) => {
      const id = this.#isNumeric ? `${1000 + at}` : `k-${at}`;
      return given.keyFields.length === 1 ? [id] : [id, regions[at % 2] as string];
    });
    this.goodKey = this.keys[given.keys] as Key;
  }

  good(): SourceRecord {
    return recordOf(
      new Map([...this.#keyValues(this.goodKey), ['Name__gc', text(`good ${this.#layout.name}`)]]),
      this.#keyFields,
    );
  }

  next(): SourceRecord {
    const random = this.#random;
    this.#number += 1;
    const { hasAliases = false, isSteady = false } = this.#wishes;
    const number = random(this.keys.length - 1);
    const key = this.keys[number] as Key;
    const values = new Map(this.#keyValues(hasAliases && random(3) === 0 ? aliasOf(key, random) : key));
    if (!isSteady && random(30) === 0) {
      const field = pick(random, this.#keyFields);
      if (random(2) === 0) values.delete(field);
      else values.set(field, none);
    }
    if (!isSteady && random(15) === 0) return { ...recordOf(values, this.#keyFields), isDeletion: true };
    for (const [field, draw] of Object.entries(this.#fields)) {
      if (random(3) === 0) continue;
      values.set(field, random(6) === 0 ? none : draw(!isSteady && random(25) === 0));
    }
    if (isSteady && number % 9 === 8) values.set('Stage__gc', text('no such stage'));
    return recordOf(values, this.#keyFields);
  }

  #keyValues(key: Key): [string, Value][] {
    const isNumber = (at: number) => at === 0 && this.#isNumeric && /^[1-9]\d*$/.test(key[0] ?? '');
    return this.#keyFields.map((field, at) => {
      const cell = key[at] as string;
      return [field, isNumber(at) ? { json: cell, cell } : text(cell)];
    });
  }

  /** A value of each field; a bad one is refused by Gainsight. */
  readonly #fields: Readonly<Record<string, (isBad: boolean) => Value>> = {
    Name__gc: (isBad) => text(isBad ? `a name too long ${this.#number}` : `name ${10_000 + this.#number}`),
    Amount__gc: (isBad) => {
      if (isBad) return text(`no number ${this.#number}`);
      const digits = `${this.#random(2) === 0 ? '-' : ''}${1 + this.#random(9)}${this.#number}.${pick(this.#random, ['5', '50', '00'])}`;
      // As a text, too: the field says what it is.
      return this.#random(4) === 0 ? text(digits) : { json: digits, cell: digits };
    },
    Active__gc: () => {
      const word = pick(this.#random, ['true', 'false']);
      return { json: word, cell: word };
    },
    Stage__gc: (isBad) => text(isBad ? `stage ${10_000 + this.#number}` : pick(this.#random, stages)),
    Tags__gc: () => {
      const items = Array.from({ length: 1 + this.#random(2) }, (_, at) => `tag ${at} of ${this.#number}`);
      return { json: JSON.stringify(items), cell: items.join(';') };
    },
  };
}

const none: Value = { json: 'null', cell: null };

function text(cell: string): Value {
  return { json: JSON.stringify(cell), cell };
}

/** The same key, for a tenant that does not distinguish case, space around a text, and forms of a number. */
function aliasOf([id = '', ...others]: Key, random: Random): Key {
  const forms = /^\d+$/.test(id) ? [`0${id}`, `${id}.0`, ` ${id}`] : [id.toUpperCase(), `${id} `, ` ${id}`];
  return [pick(random, forms), ...others];
}

function recordOf(values: ReadonlyMap<string, Value>, keyFields: readonly string[]): SourceRecord {
  const cells = keyFields.map((field) => values.get(field)?.cell ?? null);
  return { isDeletion: false, values, key: cells.includes(null) ? undefined : JSON.stringify(cells) };
}

/** All streams in turns, with states between them and at the end. */
function stepsOf(streams: readonly ObjectStream[], random: Random): Step[] {
  const read = new Map(streams.map(({ name }) => [name, 0]));
  const steps: Step[] = [];
  const add = (stream: ObjectStream, is: Step['is']) => void steps.push({ stream, is, read: new Map(read) });
  const left = () => streams.filter(({ name, records }) => (read.get(name) ?? 0) < records.length);
  while (left().length > 0) {
    const stream = pick(random, left());
    for (let turn = 1 + random(12); turn > 0 && left().includes(stream); turn -= 1) {
      read.set(stream.name, (read.get(stream.name) ?? 0) + 1);
      add(stream, 'record');
    }
    if (random(4) === 0) add(stream, 'state');
  }
  for (const stream of streams) add(stream, 'state');
  return steps;
}

/** The lines that the source sends, without the records that `covered` says are loaded. */
export function linesOf({ steps, states, streams }: ObjectSource, covered: ReadonlyMap<string, number>): string[] {
  return steps.flatMap(({ stream, is, read }) => {
    const at = read.get(stream.name) ?? 0;
    const before = covered.get(stream.name) ?? 0;
    if (is === 'record') return at <= before ? [] : [recordLine(stream, stream.records[at - 1] as SourceRecord)];
    const scope = states === 'GLOBAL' ? streams : [stream];
    const isNew = scope.some(({ name }) => (read.get(name) ?? 0) > (covered.get(name) ?? 0));
    // The last state of a stream comes in any case.
    return isNew || at === stream.records.length ? [stateLine(scope, states, read)] : [];
  });
}

function recordLine({ name }: ObjectStream, { values, isDeletion }: SourceRecord): string {
  const members = [...values].map(([field, { json }]) => `"${columns[field]}":${json}`);
  if (isDeletion) members.push('"_ab_cdc_deleted_at":"2026-01-05T09:00:00Z"');
  return `{"type":"RECORD","record":{"stream":"${name}","data":{${members}},"emitted_at":1767603600000}}`;
}

function stateLine(scope: readonly ObjectStream[], type: ObjectSource['states'], read: Step['read']): string {
  const stream_states = scope.map(({ name }) => ({
    stream_descriptor: { name },
    stream_state: { read: read.get(name) ?? 0 },
  }));
  const state =
    type === 'GLOBAL' ? { type, global: { shared_state: {}, stream_states } } : { type, stream: stream_states[0] };
  return JSON.stringify({ type: 'STATE', state });
}

/** How far a state line says that its streams were read. */
export function coveredBy(line: string): Map<string, number> {
  const { state } = JSON.parse(line);
  const states = state.type === 'GLOBAL' ? state.global.stream_states : [state.stream];
  return new Map(
    states.map((each: { stream_descriptor: { name: string }; stream_state: { read: number } }) => [
      each.stream_descriptor.name,
      each.stream_state.read,
    ]),
  );
}

/** The configuration's entries. */
export function entriesOf(streams: readonly ObjectStream[]): object[] {
  return streams.map(({ name, object, operation, route, keyFields }) => ({
    ...{ stream: name, object, operation, key_fields: keyFields },
    // What a released version does not know is left out.
    ...(route !== 'bulk_api' && { route }),
    fields: Object.entries(columns).map(([field, column]) => ({ column, field })),
  }));
}

/** The catalog. */
export function catalogOf(streams: readonly ObjectStream[]): object {
  const types: Record<string, object> = {
    amount: { type: ['null', 'number'] },
    active: { type: ['null', 'boolean'] },
    tags: { type: ['null', 'array'] },
  };
  const names = [...Object.values(columns), '_ab_cdc_deleted_at'];
  const properties = Object.fromEntries(names.map((name) => [name, types[name] ?? { type: ['null', 'string'] }]));
  return {
    streams: streams.map(({ name, operation, keyFields }) => ({
      stream: { name, json_schema: { type: 'object', properties }, supported_sync_modes: ['incremental'] },
      ...{ sync_mode: 'incremental', destination_sync_mode: operation === 'INSERT' ? 'append' : 'append_dedup' },
      primary_key: keyFields.map((field) => [columns[field]]),
    })),
  };
}
