/**
 * Asks which keys an object has. An answer that lacks a key is believed only if the same question has found the key of a
 * record that is known to exist, the control, and nothing that it did not ask for: a tenant may not know a filter, and
 * then ignore or refuse it, find nothing, or find only some, such as the first or the last. So there is a control at both
 * ends. Otherwise a record that exists would be added once more.
 */
import { second } from '../../clock.ts';
import { ConnectorError } from '../../errors.ts';
import { longestPage, mostRecords } from '../../gainsight/contract.ts';
import type { FoundRecord, Question, Where } from '../../gainsight/object_api.ts';
import type { Answer, Lost, Refused } from '../../gainsight/response.ts';
import type { Plan } from '../../model.ts';
import { foundKey, inFormOf, isSameKey, type Key } from './key_forms.ts';
import { type CallParts, isMute, untilAnswered } from './record_calls.ts';
import { keyJson } from './record_text.ts';

/** What an object has of a key. */
export interface KeyCount {
  /** Records whose key is certainly the same. */
  readonly same: number;
  /** Records whose key is the same or another one, as the tenant has it. */
  readonly similar: number;
}

interface Count {
  readonly key: Key;
  same: number;
  similar: number;
}

/** Makes the call of a question. */
export type Ask = (question: Question) => Promise<Answer<readonly FoundRecord[]>>;

/** The filters, in the order in which they are tried: `IN` takes the values of one field. */
type FilterKind = 'in' | 'each';

/** Controls that a question is tried with. */
const mostControls = 3;
/** A query of so many records gives enough controls, and shows that a page has more than a question may find. */
const firstPage = 2 * mostRecords + 2;

/** Failures of Gainsight at a question by `IN` after which the other filter is tried. */
const mostFailures = 3;

/** Why a question is not answered, as part of an error. */
const unproven = 'a question about keys does not find a record that exists, or finds others';

/** The keys of one object by some fields. Used by several batches at once. */
export class KeyQuestions {
  readonly #plan: Pick<Plan, 'object' | 'keyFields'>;
  #kind: FilterKind;
  /** `IN` was given up as Gainsight failed at it, which may have been an outage; or was taken again after that. */
  #turned: 'away' | 'back' | undefined;
  /** Keys of records that exist, no two of them similar. */
  #controls: readonly Key[] = [];
  /** The most records that one answer has had: a tenant may have shorter pages than it documents. */
  #longest = 0;
  /** Controls with which a question by the filter was not proven. */
  #unfound: ReadonlySet<Key> = new Set();
  /** Filters that have left out a record that exists and was not asked for: they are certainly not ignored. */
  readonly #selective = new Set<FilterKind>();
  /** The most values of a question by the filter that was proven at both ends. */
  #longestProven = 0;
  /** Keys that may be asked for besides. */
  #mostBesides = mostRecords - 1;
  #looking: Promise<void> | undefined;
  /** Keys that were added and that no answer has shown yet, since when and how long that may be so; the oldest first. */
  readonly #unseen = new Map<string, { readonly key: Key; readonly since: number; readonly until: number }>();
  /** The shortest time after which an answer has shown a key that was added, and the longest after which one has not. */
  readonly #age = { shown: Number.POSITIVE_INFINITY, hidden: Number.NEGATIVE_INFINITY };

  constructor(plan: Pick<Plan, 'object' | 'keyFields'>) {
    this.#plan = plan;
    this.#kind = plan.keyFields.length === 1 ? 'in' : 'each';
  }

  /** Whether questions can be proven. If not after {@link look}, the object has no record with a key. */
  get hasControl(): boolean {
    return this.#controls.length > 0;
  }

  /** How many keys may be asked for besides: the answer about them is welcome, not needed. */
  get mostBesides(): number {
    return this.#mostBesides;
  }

  /** After how many milliseconds a question shows what was added, as far as this is known from keys added before. */
  get shownAfterMs(): number | undefined {
    return this.#age.hidden < this.#age.shown && this.#age.shown < Number.POSITIVE_INFINITY
      ? this.#age.shown
      : undefined;
  }

  /** Reads some records without a filter, for controls. */
  look(ask: Ask, parts: CallParts): Promise<void> {
    this.#looking ??= this.#look(ask, parts).finally(() => {
      this.#looking = undefined;
    });
    return this.#looking;
  }

  /** Records with these keys were added: a query may not show them before `until`, by the monotonic clock. */
  added(keys: readonly Key[], until: number, now: number): void {
    for (const [normal, unseen] of this.#unseen) {
      if (unseen.until > now) break;
      this.#unseen.delete(normal);
    }
    for (const key of keys) this.#unseen.set(key.normal, { key, since: now, until });
  }

  /**
   * Counts the records of keys, no two of which are similar. Those that were added lately count although they are not
   * shown yet.
   * @param besides keys whose records are counted as well, if a question may have so many
   * @returns by {@link Key.normal}; without those of `besides` if they were too many
   * @throws ConnectorError `keys_unanswered` if no question can be proven
   */
  async count(
    keys: readonly Key[],
    besides: readonly Key[],
    ask: Ask,
    parts: CallParts,
  ): Promise<ReadonlyMap<string, KeyCount>> {
    // A record that is not shown yet would not be found by a similar key either.
    for (let pauseMs = second; ; pauseMs *= 2) {
      const hidden = this.#similarUnseen(keys, parts.clock.elapsed());
      if (hidden.length === 0) break;
      await this.#count(hidden, [], ask, parts);
      if (this.#similarUnseen(keys, parts.clock.elapsed()).length > 0) await parts.clock.sleep(pauseMs, parts.signal);
    }
    const counted = await this.#count(keys, besides, ask, parts);
    const counts = new Map(counted.counts);
    const isDoubtful = ({ same, similar }: KeyCount) => same === 0 && similar > 0;
    const doubtful = keys.filter(({ normal }) => isDoubtful(counts.get(normal) ?? { same: 0, similar: 0 }));
    if (doubtful.length > 0 && !counted.isSelective) {
      // A tenant that ignores the filter finds a similar key even if it takes it for another one. A question about few
      // keys shows that, as it leaves records out.
      await this.look(ask, parts);
      for (const [normal, count] of (await this.#count(doubtful, [], ask, parts, 1)).counts) counts.set(normal, count);
    }
    for (const key of keys) {
      const unseen = this.#unseen.get(key.normal);
      const count = counts.get(key.normal);
      if (count && unseen && unseen.until > parts.clock.elapsed()) count.same = 1;
    }
    return counts;
  }

  /** Keys that are similar to these without being the same, and may not be shown yet. */
  #similarUnseen(keys: readonly Key[], now: number): Key[] {
    return keys.flatMap((key) => {
      const unseen = this.#unseen.get(key.normal);
      return unseen && unseen.until > now && !isSameKey(unseen.key, key) ? [unseen.key] : [];
    });
  }

  /** @param mostEnds the most controls in one question */
  async #count(
    keys: readonly Key[],
    besides: readonly Key[],
    ask: Ask,
    parts: CallParts,
    mostEnds = 2,
  ): Promise<{ readonly counts: ReadonlyMap<string, Count>; readonly isSelective: boolean }> {
    let asked = [...keys, ...besides];
    for (let looks = 0; ; ) {
      const kind = this.#kind;
      const known = this.#controls;
      const controls = this.#controlsFor(asked).slice(0, mostEnds);
      const found = controls.length > 0 && (await this.#found(kind, asked, controls, ask, parts));
      if (found) {
        if (leavesOut(known, [...asked, ...controls])) this.#selective.add(kind);
        const counts = this.#countsOf(found, asked, parts.clock.elapsed());
        return { counts, isSelective: this.#selective.has(kind) };
      }
      if (this.#kind !== kind) looks = 0;
      else if (asked.length > keys.length) {
        // There may be too many values.
        asked = [...keys];
        this.#mostBesides = 0;
      } else if (looks === 0) {
        // The control may have been deleted.
        looks += 1;
        await this.look(ask, parts);
      } else if (looks < Math.min(mostControls, this.#controls.length)) {
        // A filter may not find the key of a control, as with more digits than an answer shows.
        looks += 1;
      } else if (kind === 'in') {
        looks = 0;
        this.#takes('each');
      } else if (this.#turned === 'away') {
        looks = 0;
        this.#turned = 'back';
        this.#takes('in');
      } else {
        const { object } = this.#plan;
        throw new ConnectorError('keys_unanswered', { object, detail: unproven }, { stream: parts.stream });
      }
    }
  }

  #takes(kind: FilterKind): void {
    this.#kind = kind;
    this.#unfound = new Set();
    this.#longestProven = 0;
  }

  /** The records that a proven question finds; undefined if it is not. */
  async #found(
    kind: FilterKind,
    asked: readonly Key[],
    controls: readonly Key[],
    ask: Ask,
    parts: CallParts,
  ): Promise<Key[] | undefined> {
    let all: Key[] | undefined;
    const questions = this.#questionsAbout(asked, controls);
    for (const values of questions) {
      const records = await this.#pages(kind, whereOf(kind, this.#plan.keyFields, values), ask, parts);
      const found = records?.map((record) => this.#keyOf(record));
      const normals = new Set(values.map(({ normal }) => normal));
      const findsOthers = found?.some((key) => !key || !normals.has(key.normal));
      const isFound = (control: Key) => found?.some((key) => key && isSameKey(key, control));
      const failed = findsOthers ? controls : controls.filter((control) => !isFound(control));
      if (this.#kind === kind) this.#unfound = new Set([...this.#unfound, ...failed]);
      if (failed.length > 0) return undefined;
      all = found as Key[];
    }
    const isAtBothEnds = controls.length + questions.length > 2;
    if (isAtBothEnds) this.#longestProven = Math.max(this.#longestProven, questions[0]?.length ?? 0);
    return all;
  }

  /**
   * The values of a question that has a control at both ends. With one control it is asked twice, until so many values
   * are known to count: a tenant that knows only some of a list takes the first or the last.
   */
  #questionsAbout(asked: readonly Key[], [control, another]: readonly Key[]): Key[][] {
    const others = asked.filter(({ normal }) => normal !== control?.normal && normal !== another?.normal);
    const [example] = asked as [Key];
    const [front, back] = [another ?? control, control].map((key) => inFormOf(key as Key, example)) as [Key, Key];
    if (another) return [[front, ...others, back]];
    const isKnown = others.length < this.#longestProven || others.length === 0;
    return isKnown
      ? [[...others, back]]
      : [
          [front, ...others],
          [...others, back],
        ];
  }

  /** Two controls that are similar to none of the keys, or at least no others than some of them; one if there is but one. */
  #controlsFor(asked: readonly Key[]): readonly Key[] {
    const normals = new Map(asked.map((key) => [key.normal, key]));
    const isSame = (control: Key) => isSameKey(control, normals.get(control.normal) ?? control);
    const findable = this.#controls.filter((control) => !this.#unfound.has(control));
    const known = findable.length > 0 ? findable : this.#controls;
    const others = known.filter(({ normal }) => !normals.has(normal));
    const fitting = [...others, ...known.filter((control) => normals.has(control.normal) && isSame(control))];
    return (fitting.length > 0 ? fitting : known.slice(0, 1)).slice(0, 2);
  }

  /** All records of a filter; undefined if the tenant refuses it, Gainsight fails at it, or its pages do not show all. */
  async #pages(kind: FilterKind, where: Where, ask: Ask, parts: CallParts): Promise<FoundRecord[] | undefined> {
    const records: FoundRecord[] = [];
    for (let pages = 1; ; pages++) {
      const page = await this.#page({ where, limit: longestPage, offset: records.length }, ask, parts, kind);
      if (!page) return undefined;
      records.push(...page);
      if (page.length === 0 || (await this.#isWhole(page.length, ask, parts))) {
        return pages === 1 || hasEachOnce(records) ? withoutRepeated(records) : undefined;
      }
    }
  }

  /** Whether an answer of so many records is certainly all: others have had more, or a look shows more. */
  async #isWhole(length: number, ask: Ask, parts: CallParts): Promise<boolean> {
    if (length < this.#longest) return true;
    if (length < firstPage && this.#longest < firstPage) await this.look(ask, parts);
    const isWhole = length < this.#longest;
    this.#longest = Math.max(this.#longest, length);
    return isWhole;
  }

  async #look(ask: Ask, parts: CallParts): Promise<void> {
    const controls = new Map<string, Key>();
    for (let offset = 0; controls.size === 0; ) {
      const page = await this.#page({ limit: offset === 0 ? firstPage : longestPage, offset }, ask, parts);
      if (!page || page.length === 0) break;
      this.#longest = Math.max(this.#longest, page.length);
      offset += page.length;
      for (const record of page) {
        const key = this.#keyOf(record);
        if (key) controls.set(key.normal, key);
      }
    }
    this.#controls = [...controls.values()];
  }

  /** @param kind undefined: without a filter, where a refusal fails the stream */
  async #page(
    question: Pick<Question, 'where' | 'limit' | 'offset'>,
    ask: Ask,
    parts: CallParts,
    kind?: FilterKind,
  ): Promise<readonly FoundRecord[] | undefined> {
    const select = [...new Set([...this.#plan.keyFields, 'Gsid'])];
    let failures = 0;
    const interpret = (failed: Refused | Lost) => {
      if (failed.kind === 'refused' && !isMute(failed))
        return kind !== undefined && isAboutFilter(failed) ? true : undefined;
      if (failed.kind === 'refused' || /^HTTP 5/.test(failed.reason)) failures += 1;
      return kind === 'in' && failures >= mostFailures && this.#turnsAway() ? true : undefined;
    };
    const answer = await untilAnswered(() => ask({ select, ...question }), parts, interpret);
    return answer.kind === 'done' ? answer.value : undefined;
  }

  /** Gainsight fails at `IN`: whether the other filter is asked instead, as it is once. */
  #turnsAway(): boolean {
    if (this.#turned === 'back') return false;
    this.#turned = 'away';
    this.#takes('each');
    return true;
  }

  #countsOf(found: readonly Key[], asked: readonly Key[], now: number): ReadonlyMap<string, Count> {
    const counts = new Map<string, Count>(asked.map((key) => [key.normal, { key, same: 0, similar: 0 }]));
    for (const key of found) {
      const count = counts.get(key.normal);
      if (!count) continue;
      const isSame = isSameKey(key, count.key);
      count[isSame ? 'same' : 'similar'] += 1;
    }
    for (const [normal, { same }] of counts) this.#learnAge(normal, same > 0, now);
    return counts;
  }

  #learnAge(normal: string, isShown: boolean, now: number): void {
    const unseen = this.#unseen.get(normal);
    if (!unseen) return;
    const age = now - unseen.since;
    if (isShown) {
      this.#age.shown = Math.min(this.#age.shown, age);
      this.#unseen.delete(normal);
    } else this.#age.hidden = Math.max(this.#age.hidden, age);
  }

  #keyOf(record: FoundRecord): Key | undefined {
    return foundKey(this.#plan.keyFields.map((field) => record[field]));
  }
}

/** Whether a question about these keys, which finds no others, has left out one that is known. */
function leavesOut(known: readonly Key[], asked: readonly Key[]): boolean {
  const normals = new Set(asked.map(({ normal }) => normal));
  return known.some(({ normal }) => !normals.has(normal));
}

/** Whether a refusal may be about the filter: the request as such was accepted before, without one. */
function isAboutFilter({ status, errorCode, redirect }: Refused): boolean {
  const isOfAccess =
    status === 401 || status === 403 || errorCode === 'GSOBJ_1024' || /^GS_APIG_/.test(errorCode ?? '');
  return redirect === undefined && status !== 408 && status !== 429 && status !== 404 && !isOfAccess;
}

function whereOf(kind: FilterKind, fields: readonly string[], keys: readonly Key[]): Where {
  const jsonOf = (key: Key, at: number) => keyJson(key.values[at] as Key['values'][number]);
  const [field = ''] = fields;
  if (kind === 'in') {
    const values = keys.map((key) => jsonOf(key, 0));
    return { conditions: [{ field, alias: 'A', operator: 'IN', values }], expression: 'A' };
  }
  const conditions = keys.flatMap((key, row) =>
    fields.map((name, at) => ({
      ...{ field: name, alias: aliasOf(row * fields.length + at), operator: 'EQ' as const },
      values: [jsonOf(key, at)],
    })),
  );
  const groups = keys.map((_, row) => {
    const aliases = fields.map((_, at) => aliasOf(row * fields.length + at)).join(' AND ');
    return fields.length > 1 ? `(${aliases})` : aliases;
  });
  return { conditions, expression: groups.join(' OR ') };
}

/** Without vowels, so that two of them are no word of an expression: `AND`, `OR`, `IN`. */
const letters = 'BCDFGHJKLMNPQRSTVWXZ';

function aliasOf(number: number): string {
  const [first, last] = [Math.floor(number / letters.length), number % letters.length];
  return `${first === 0 ? '' : letters[first - 1]}${letters[last]}`;
}

/**
 * Whether pages show different records, so that together they are all. A tenant may order each page in another way: as
 * many records as a page repeats are on none, and would be added once more.
 */
function hasEachOnce(records: readonly FoundRecord[]): boolean {
  const ids = records.map((record) => record['Gsid']);
  return ids.every((id) => typeof id === 'string') && new Set(ids).size === ids.length;
}

function withoutRepeated(records: readonly FoundRecord[]): FoundRecord[] {
  const byId = new Map(records.map((record, at) => [record['Gsid'] ?? at, record]));
  return [...byId.values()];
}
