/** Plays a source: tables that change between attempts, read from a cursor, with a state every few rows. */
import type { Operation } from '../../src/model.ts';
import { type Random, randomFrom } from '../support/random.ts';

/** A stream, and where the connection sends it. */
export interface SourceStream {
  readonly name: string;
  readonly object: string;
  readonly operation: Operation;
  /** Every attempt reads a full refresh from its beginning. */
  readonly incremental: boolean;
  /** The stream that creates the records which this one updates; it is read first. */
  readonly parent?: string;
  /** A stream that loads before this one, though neither refers to the other's records. */
  readonly after?: string;
}

/** A row of a table. Its place never changes: a changed row gets a new one, after all others. */
export interface SourceRow {
  readonly place: number;
  /** Values by column; `Seq`, or the `Score` that an update sets, contains the place. */
  readonly data: Readonly<Record<string, string>>;
}

/** How an attempt reads. */
export interface Reading {
  readonly states: 'STREAM' | 'GLOBAL';
  /** A state comes after each row whose place modulo `every` is `phase`. */
  readonly every: number;
  readonly phase: number;
  /** Characters that pad each state. */
  readonly statePadding?: number;
  /** Every stream ends with a COMPLETE. */
  readonly complete: boolean;
  /** The source dies after this share of its lines. */
  readonly diesAfter?: number;
}

/** How far each stream was read; absent: it is read from the beginning. */
export type Cursors = ReadonlyMap<string, number>;

/** Gainsight rejects rows of this tier. */
export const refusedTier = 'Lead';

/** Rows of a stream that are read in succession. */
const turn = 5;

export class Source {
  readonly streams: readonly SourceStream[];
  readonly #tables = new Map<string, SourceRow[]>();
  readonly #random: Random;
  #lastPlace = 0;

  /** @param rows per stream */
  constructor(streams: readonly SourceStream[], rows: number, seed: number) {
    this.streams = streams;
    this.#random = randomFrom(seed);
    for (const { name } of streams) this.#tables.set(name, []);
    this.append(rows);
  }

  rows(stream: string): readonly SourceRow[] {
    return this.#tables.get(stream) ?? [];
  }

  /** Adds rows to each table. */
  append(rows: number): void {
    for (const stream of this.streams)
      for (let count = 0; count < rows; count++) this.#add(stream, this.#keyOf(stream));
  }

  /** Changes some rows of the tables that are loaded by key: each moves to the end. */
  change(rows: number): void {
    for (const stream of this.streams.filter(({ operation }) => operation !== 'INSERT')) {
      const table = this.#tables.get(stream.name) ?? [];
      for (let count = 0; count < rows; count++) {
        const [gone] = table.splice(this.#random(table.length), 1);
        if (gone) this.#add(stream, gone.data['Id'] ?? '');
      }
    }
  }

  /** A database may return the rows of a full refresh in any order. */
  reorder(): void {
    for (const { name } of this.streams.filter(({ incremental }) => !incremental)) {
      const table = this.#tables.get(name) ?? [];
      const first = 1 + this.#random(table.length - 1);
      const moved = [...table.slice(first), ...table.slice(0, first)];
      const reordered = table.map(({ place }, at) => ({ place, data: moved[at]?.data ?? {} }));
      this.#tables.set(name, reordered);
    }
  }

  /** Removes the latest rows, as if the database were restored from a copy: a key may get back an earlier row. */
  rollBack(rows: number, read: Cursors): void {
    for (const { name } of this.streams.filter(({ operation }) => operation === 'UPSERT')) {
      const table = this.#tables.get(name) ?? [];
      const isUnread = isAfter(read, name);
      for (let at = table.length - 1, left = rows; at > 0 && left > 0; at--) {
        const id = table[at]?.data['Id'];
        if (!table.some((row, other) => other < at && isUnread(row) && row.data['Id'] === id)) continue;
        table.splice(at, 1);
        left -= 1;
      }
    }
  }

  /** The lines of an attempt. */
  read(cursors: Cursors, reading: Reading): string[] {
    const position = new Map(cursors);
    const lines: string[] = [];
    const unread = new Map(
      this.streams.map((stream) => [stream.name, this.rows(stream.name).filter(isAfter(cursors, stream.name))]),
    );
    for (const stream of inTurns(this.streams, unread)) {
      const rows = unread.get(stream.name)?.splice(0, turn) ?? [];
      for (const { place, data } of rows) {
        lines.push(recordLine(stream.name, data));
        position.set(stream.name, place);
        if (place % reading.every === reading.phase % reading.every)
          lines.push(stateLine(this.streams, stream, position, reading));
      }
    }
    if (reading.diesAfter !== undefined) return lines.slice(0, Math.ceil(lines.length * reading.diesAfter));
    const scopes = reading.states === 'GLOBAL' ? this.streams.slice(0, 1) : this.streams;
    for (const stream of scopes) lines.push(stateLine(this.streams, stream, position, reading));
    return reading.complete ? [...lines, ...this.streams.map(completeLine)] : lines;
  }

  #keyOf({ name, operation, parent }: SourceStream): string {
    const parents = this.rows(parent ?? '');
    if (parents.length > 0) return parents[this.#random(parents.length)]?.data['Id'] ?? '';
    // Some keys come twice; an inserted row has a unique one.
    return operation === 'INSERT' ? `${name} ${this.#lastPlace + 1}` : `${name} ${this.#random(40)}`;
  }

  #add({ name, parent }: SourceStream, key: string): void {
    this.#lastPlace += 1;
    const place = this.#lastPlace;
    const made = {
      Seq: `${place}`,
      Text: `${'x'.repeat(this.#random(60))} ${place}`,
      Tier: Number(key.split(' ').at(-1)) % 6 === 5 ? refusedTier : 'Gold',
    };
    this.#tables
      .get(name)
      ?.push({ place, data: { Id: key, ...(parent === undefined ? made : { Score: `${place}` }) } });
  }
}

/** All streams in turn; one that updates another's records comes after it. */
function* inTurns(streams: readonly SourceStream[], unread: ReadonlyMap<string, SourceRow[]>) {
  const isLeft = ({ name }: SourceStream) => (unread.get(name)?.length ?? 0) > 0;
  for (const hasParent of [false, true]) {
    const group = streams.filter(({ parent }) => (parent !== undefined) === hasParent);
    while (group.some(isLeft)) yield* group.filter(isLeft);
  }
}

function isAfter(cursors: Cursors, stream: string) {
  return ({ place }: SourceRow) => place > (cursors.get(stream) ?? 0);
}

function recordLine(stream: string, data: object): string {
  return JSON.stringify({ type: 'RECORD', record: { stream, data, emitted_at: 1 } });
}

function stateLine(
  streams: readonly SourceStream[],
  { name }: SourceStream,
  position: Cursors,
  { states, statePadding = 0 }: Reading,
): string {
  const pad = 'p'.repeat(statePadding);
  const one = (stream: string) => ({
    stream_descriptor: { name: stream },
    stream_state: { cursor: position.get(stream) ?? 0, pad },
  });
  const global = { shared_state: {}, stream_states: streams.map((stream) => one(stream.name)) };
  const state = states === 'GLOBAL' ? { type: states, global } : { type: states, stream: one(name) };
  return JSON.stringify({ type: 'STATE', state });
}

function completeLine({ name }: SourceStream): string {
  const stream_status = { stream_descriptor: { name }, status: 'COMPLETE' };
  return JSON.stringify({ type: 'TRACE', trace: { type: 'STREAM_STATUS', emitted_at: 1, stream_status } });
}

/** Whether rows of an INSERT come after the last state that covers them, if there is one: they will be repeated. */
export function endsBetweenStates(streams: readonly SourceStream[], lines: readonly string[]): boolean {
  return streams.some(({ name, operation }) => {
    if (operation !== 'INSERT') return false;
    const lastState = lines.findLastIndex((line) => line.includes('"STATE"') && cursorsOf(line).has(name));
    const lastRecord = lines.findLastIndex((line) => line.includes(`"RECORD","record":{"stream":"${name}"`));
    return lastState >= 0 && lastRecord > lastState;
  });
}

/** How far a state says that its streams were read. */
export function cursorsOf(line: string): Map<string, number> {
  const { state } = JSON.parse(line);
  const states = state.type === 'GLOBAL' ? state.global.stream_states : [state.stream];
  return new Map(
    states.map((each: { stream_descriptor: { name: string }; stream_state: { cursor: number } }) => [
      each.stream_descriptor.name,
      each.stream_state.cursor,
    ]),
  );
}
