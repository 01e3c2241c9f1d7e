/** Plays Airbyte's platform around a sync: numbers the states that it sends, and checks those that come back. */

interface SentState {
  readonly id: number;
  /** As it was sent, without `destinationStats` of its own. */
  readonly text: string;
  /** Records since the previous state of the same scope. */
  readonly records: number;
}

/** A state that came back, with its counts of the records since the previous one. */
export interface ReleasedState {
  readonly id: number;
  /** The state as it was sent. */
  readonly sent: string;
  readonly accepted: number;
  readonly rejected: number;
}

interface Message {
  readonly type?: string;
  readonly record?: Descriptor & { readonly stream: string };
  readonly state?: {
    readonly id?: unknown;
    readonly type?: string;
    readonly stream?: { readonly stream_descriptor: Descriptor & { readonly name: string } };
  };
}

interface Descriptor {
  readonly namespace?: string | null;
}

const stats = /,?"destinationStats":\{"recordCount":(\d+)\.0,"rejectedRecordCount":(\d+)\.0\}/g;

/** One attempt of a sync, as the platform sees it. */
export class Orchestrator {
  /** The input. */
  readonly lines: readonly string[];
  readonly released: ReleasedState[] = [];
  /** By scope, in order; states that came back, or were covered by a later one, are removed. */
  readonly #waiting = new Map<string, SentState[]>();
  readonly #byText = new Map<string, { readonly scope: string; readonly state: SentState }>();
  readonly #records = new Map<string, number>();
  #lastId = 0;

  readonly #spelled: Readonly<Record<string, string>>;

  /**
   * @param lines the source's output; states without an `id` get one, and `sourceStats`
   * @param spelled names that stand for another: that of the stream in the catalog
   */
  constructor(lines: readonly string[], spelled: Readonly<Record<string, string>> = {}) {
    this.#spelled = spelled;
    this.lines = lines.map((line) => this.#send(line));
  }

  /** States that neither came back nor were covered by a later one. */
  get missing(): number[] {
    return [...this.#waiting.values()].flat().map(({ id }) => id);
  }

  /**
   * Accepts a STATE line of the connector.
   * @throws Error if it was not sent, comes out of order, or its counts are not those of the records sent
   */
  take(line: string): ReleasedState {
    const [found] = [...line.matchAll(stats)].slice(-1);
    if (!found) throw new Error(`a state without statistics: ${line}`);
    const text = line.slice(0, found.index) + line.slice(found.index + found[0].length);
    const known = this.#byText.get(text);
    if (!known) throw new Error(`a state that was not sent: ${line}`);
    const { scope, state } = known;
    const waiting = this.#waiting.get(scope) ?? [];
    const at = waiting.indexOf(state);
    if (at < 0) throw new Error(`state ${state.id} comes after a later one, or twice`);
    const sent = waiting.splice(0, at + 1).reduce((sum, { records }) => sum + records, 0);
    const [accepted, rejected] = [Number(found[1]), Number(found[2])];
    if (accepted + rejected !== sent)
      throw new Error(`state ${state.id} counts ${accepted} + ${rejected} records, and ${sent} were sent before it`);
    const released = { id: state.id, sent: state.text, accepted, rejected };
    this.released.push(released);
    return released;
  }

  #send(line: string): string {
    const message = line.trim() === '' ? {} : (JSON.parse(line) as Message);
    if (message.type === 'RECORD' && message.record) {
      const scope = this.#scopeOf(message.record.stream, message.record.namespace);
      this.#records.set(scope, (this.#records.get(scope) ?? 0) + 1);
    }
    return message.type === 'STATE' && message.state ? this.#number(line, message.state) : line;
  }

  #number(line: string, { id, type, stream }: NonNullable<Message['state']>): string {
    const descriptor = type === 'STREAM' ? stream?.stream_descriptor : undefined;
    const scope = descriptor ? this.#scopeOf(descriptor.name, descriptor.namespace) : '*';
    const records = this.#taken(scope);
    this.#lastId = typeof id === 'number' ? id : this.#lastId + 1;
    // The state is the message's last member wherever a fixture leaves the numbering to us.
    const added = `,"sourceStats":{"recordCount":${records}.0},"id":${this.#lastId}}}`;
    const text = typeof id === 'number' ? line : line.replace(/\}\s*\}\s*$/, added);
    const state = { id: this.#lastId, text: withoutStats(text), records };
    this.#waiting.set(scope, [...(this.#waiting.get(scope) ?? []), state]);
    this.#byText.set(state.text, { scope, state });
    return text;
  }

  #scopeOf(name: string, namespace: string | null | undefined): string {
    const written = namespace ? `${namespace}.${name}` : name;
    return this.#spelled[written] ?? written;
  }

  /** Records of a scope since its last state. */
  #taken(scope: string): number {
    const scopes = scope === '*' ? [...this.#records.keys()] : [scope];
    const sum = scopes.reduce((total, each) => total + (this.#records.get(each) ?? 0), 0);
    for (const each of scopes) this.#records.delete(each);
    return sum;
  }
}

/**
 * The expected text of a returned state without the added statistics: its own are removed, with the comma before them.
 */
export function withoutStats(text: string): string {
  return text.trim().replace(/,\s*"destinationStats":\{[^{}]*\}/, '');
}
