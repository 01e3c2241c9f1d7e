/** The streams of the catalog while they are read, and the look-up of names in the input. */

import type { StreamDescriptor } from './airbyte/protocol.ts';
import { label, streamKey } from './airbyte/streams.ts';
import type { Plan } from './model.ts';
import { Learning } from './records/line_templates.ts';
import type { RowEncoder } from './records/row_encoder.ts';
import type { ValueCheck } from './records/value_check.ts';
import type { Account, Accounts } from './settle/accounts.ts';

/** One stream of the catalog while it is read. */
export interface IntakeStream {
  readonly plan: Plan;
  readonly account: Account;
  /** Created with the first record: a catalog may have thousands of streams without any. */
  encoder: RowEncoder | undefined;
  /** Of the values in its rows, as far as metadata says what they must be like. */
  check: ValueCheck | undefined;
  /** Decides whether its records are worth learning from. */
  readonly learning: Learning;
  /** The source reported that it has sent all of it. */
  complete: boolean;
  /** A state of its own has come. */
  hasState: boolean;
}

/** Records of a stream that is not in the catalog: no setting applies to them, so the sync fails. */
export interface UnknownStream {
  readonly stream: StreamDescriptor;
  /** `namespace.name`, or the bare name. */
  readonly label: string;
  /** Plans whose stream differs only in case or namespace and may be meant. */
  readonly similar: readonly Plan[];
  /** Records received. */
  records: number;
}

/** Limits against input with endless names. */
const [mostUnknown, mostSpellings] = [100, 10_000];
/** Stands for all beyond {@link mostUnknown}. */
const others: StreamDescriptor = { name: 'further streams' };

/** All streams of the catalog, found by the names in records, states and statuses. */
export class IntakeStreams implements Iterable<IntakeStream> {
  /** By namespace, then by name. */
  readonly #streams = new Map<string | undefined, Map<string, IntakeStream>>();
  #byName: ReadonlyMap<string, readonly IntakeStream[]> | undefined;
  /** Names spelled differently from the catalog, and their streams. */
  readonly #respelled = new Map<string, IntakeStream | undefined>();
  readonly #unknown = new Map<string, UnknownStream>();
  readonly #onRespelled: (given: string, meant: Plan) => void;
  /** A state of all streams has come. */
  #hasSharedState = false;

  /** @param onRespelled called once for each name that matches a stream despite another spelling */
  constructor(accounts: Accounts, onRespelled: (given: string, meant: Plan) => void = () => undefined) {
    this.#onRespelled = onRespelled;
    for (const account of accounts) {
      const { plan } = account;
      const namespace = namespaceOf(plan.stream);
      const names = this.#streams.get(namespace) ?? new Map<string, IntakeStream>();
      const stream = {
        ...{ plan, account, encoder: undefined, check: undefined, learning: new Learning() },
        ...{ complete: false, hasState: false },
      };
      names.set(plan.stream.name, stream);
      this.#streams.set(namespace, names);
    }
  }

  /** All streams with a name, in any case; most syncs never ask. */
  #alike(name: string): readonly IntakeStream[] {
    this.#byName ??= byFoldedName(this);
    return this.#byName.get(fold(name)) ?? [];
  }

  *[Symbol.iterator](): Generator<IntakeStream> {
    for (const names of this.#streams.values()) yield* names.values();
  }

  /** The stream with this name; otherwise the only one that differs in case alone, or in having a namespace. */
  of(stream: StreamDescriptor): IntakeStream | undefined {
    return this.#streams.get(namespaceOf(stream))?.get(stream.name) ?? this.#respelledOf(stream);
  }

  /** A state came; without a stream one of all streams. */
  stateCame(stream: IntakeStream | undefined): void {
    if (stream) stream.hasState = true;
    else this.#hasSharedState = true;
  }

  /** Whether a state that covers records of the stream has come. */
  hasState(stream: IntakeStream): boolean {
    return stream.hasState || this.#hasSharedState;
  }

  /** Counts a record of a stream that is not in the catalog. Beyond a hundred names the others are counted together. */
  countUnknown(stream: StreamDescriptor): UnknownStream {
    const isNew = !this.#unknown.has(streamKey(stream));
    const named = isNew && this.#unknown.size >= mostUnknown ? others : stream;
    const key = streamKey(named);
    const similar = this.#alike(named.name).map(({ plan }) => plan);
    const unknown = this.#unknown.get(key) ?? { stream: named, label: label(named), similar, records: 0 };
    unknown.records += 1;
    this.#unknown.set(key, unknown);
    return unknown;
  }

  /** The counts of {@link countUnknown}. */
  get unknown(): Iterable<UnknownStream> {
    return this.#unknown.values();
  }

  /** Whether records came of a stream that is not in the catalog. */
  isCounted(stream: StreamDescriptor): boolean {
    return this.#unknown.has(streamKey(stream)) || this.#unknown.has(streamKey(others));
  }

  #respelledOf(stream: StreamDescriptor): IntakeStream | undefined {
    const key = streamKey(stream);
    if (this.#respelled.has(key)) return this.#respelled.get(key);
    const candidates = this.#alike(stream.name).filter(({ plan }) => isAlike(stream, plan.stream));
    const meant = candidates.length === 1 ? candidates[0] : undefined;
    if (this.#respelled.size < mostSpellings) this.#respelled.set(key, meant);
    if (meant) this.#onRespelled(label(stream), meant.plan);
    return meant;
  }
}

/** Whether they differ in case alone, or only in that one of the two has no namespace. */
function isAlike(given: StreamDescriptor, listed: StreamDescriptor): boolean {
  const [one, other] = [namespaceOf(given) ?? '', namespaceOf(listed) ?? ''];
  if (fold(one) === fold(other)) return true;
  return (one === '' || other === '') && given.name === listed.name;
}

function byFoldedName(streams: Iterable<IntakeStream>): Map<string, IntakeStream[]> {
  const found = new Map<string, IntakeStream[]>();
  for (const stream of streams) {
    const folded = fold(stream.plan.stream.name);
    const known = found.get(folded);
    if (known) known.push(stream);
    else found.set(folded, [stream]);
  }
  return found;
}

function fold(name: string): string {
  return name.toLowerCase();
}

/** Sources write a missing namespace as null, as an empty text, or not at all. */
function namespaceOf({ namespace }: StreamDescriptor): string | undefined {
  return namespace === '' ? undefined : namespace;
}
