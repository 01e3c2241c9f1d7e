/** Selects the faults of a call: counts the calls that match each rule of the script. */
import type { CallKind } from './exchange.ts';
import type { AnswerFault, ArrivalFault, Fault, FaultRule, FaultScript, JobFault } from './faults.ts';

/**
 * When a fault applies: before the request is read, after it is read, or during the life of the job that it creates.
 */
interface Phases {
  arrival: ArrivalFault;
  answer: AnswerFault;
  job: JobFault;
}

const phaseOf: Record<Fault['kind'], keyof Phases> = {
  drop_before_read: 'arrival',
  drop_mid_upload: 'arrival',
  foreign_jobs: 'arrival',
  foreign_records: 'arrival',
  foreign_deletions: 'arrival',
  clock_jump: 'arrival',
  delay: 'answer',
  status: 'answer',
  result_false: 'answer',
  redirect: 'answer',
  empty: 'answer',
  other_shape: 'answer',
  drop_then_write: 'answer',
  write_in_part: 'answer',
  list_order: 'answer',
  list_without_records: 'answer',
  list_short: 'answer',
  list_without_ids: 'answer',
  list_ignores_offset: 'answer',
  other_job: 'answer',
  accept_then_drop: 'answer',
  accept_then_status: 'answer',
  accept_then_truncate_json: 'answer',
  accept_then_result_false: 'answer',
  accept_then_redirect: 'answer',
  stay_pending: 'job',
  stay_in_progress: 'job',
  go_back: 'job',
  unknown_status: 'job',
  unknown_status_completed_date: 'job',
  fail: 'job',
  vanish: 'job',
  hide: 'job',
  completed_date_ahead: 'job',
  counts: 'job',
  fewer_errors: 'job',
  errors_shuffled: 'job',
  errors_duplicated: 'job',
  row_number_base: 'job',
  file_note: 'job',
};

/** The calls that a fault of an answer or an upload can affect; absent: any. */
const onlyOn: { readonly [kind in Fault['kind']]?: readonly string[] } = {
  drop_mid_upload: ['submit'],
  empty: ['list', 'metadata', 'query'],
  foreign_records: ['insert', 'update', 'query'],
  foreign_deletions: ['insert', 'update', 'query'],
  drop_then_write: ['insert', 'update'],
  write_in_part: ['insert', 'update'],
  other_shape: ['metadata'],
  list_order: ['list'],
  list_without_records: ['list'],
  list_short: ['list'],
  list_without_ids: ['list'],
  list_ignores_offset: ['list'],
  other_job: ['submit', 'status'],
};

const bulkCalls: readonly string[] = ['submit', 'list', 'status', 'errors'];
const objectCalls: readonly string[] = ['insert', 'update', 'query'];
const calls: readonly string[] = [...bulkCalls, ...objectCalls, 'metadata', 'token', 'any'];

const aboutNothing: readonly string[] = ['list', 'metadata', 'token'];

/** What a call is about, as far as it is known. */
export interface Subject {
  readonly job?: number | undefined;
  readonly object?: string | undefined;
}

interface Entry {
  readonly rule: FaultRule;
  readonly phase: keyof Phases;
  /** Matching calls so far. */
  seen: number;
}

/** A rule of the script, and what became of it. */
export interface RuleNow {
  readonly rule: FaultRule;
  /** Matching calls so far. */
  readonly seen: number;
  /** Whether it applies to the next matching call, to a later one, or to no more. */
  readonly state: 'in force' | 'later' | 'over';
}

/** The faults that apply to one call, by phase. */
export type Struck = { readonly [Phase in keyof Phases]: Phases[Phase][] };

/** The script, with the number of matches of each rule so far. */
export class FaultBook {
  readonly #entries: readonly Entry[];

  /** @throws Error if a rule can never apply as it is written */
  constructor(script: FaultScript) {
    this.#entries = script.map((rule, index) => {
      const wrong = unusable(rule);
      if (wrong) throw new Error(`fault rule ${index + 1}: ${wrong}`);
      return { rule, phase: phaseOf[rule.do.kind], seen: 0 };
    });
  }

  /** Every rule, in the order of the script. */
  get rules(): RuleNow[] {
    return this.#entries.map(({ rule, seen }) => {
      const { first, last } = spanOf(rule);
      const state = seen + 1 < first ? 'later' : 'in force';
      return { rule, seen, state: seen >= last ? 'over' : state };
    });
  }

  /** The faults that apply to a call, as far as they are known on arrival; to be called once per call. */
  arrive(kind: CallKind, subject: Subject): Struck {
    const early = this.#entries.filter((entry) => !isLate(entry, kind));
    const of = <P extends keyof Phases>(phase: P) =>
      strike(
        early.filter((entry) => entry.phase === phase),
        kind,
        subject,
      ) as Phases[P][];
    return { arrival: of('arrival'), answer: of('answer'), job: of('job') };
  }

  /** The faults of a submission that can only be selected once its object and the number of its job are known. */
  learn<P extends 'answer' | 'job'>(phase: P, subject: Subject): Phases[P][] {
    const late = this.#entries.filter((entry) => entry.phase === phase && isLate(entry, 'submit'));
    return strike(late, 'submit', subject) as Phases[P][];
  }
}

/** Submissions run in parallel, so the number of a job is only certain when it is created. */
function isLate({ rule, phase }: Entry, kind: CallKind): boolean {
  return kind === 'submit' && phase !== 'arrival' && (rule.object !== undefined || rule.job !== undefined);
}

function strike(entries: readonly Entry[], kind: CallKind, subject: Subject): Fault[] {
  return entries
    .filter(({ rule }) => isOn(rule, kind) && fits(rule, subject))
    .flatMap((entry) => {
      entry.seen += 1;
      const { first, last } = spanOf(entry.rule);
      return entry.seen >= first && entry.seen <= last ? [entry.rule.do] : [];
    });
}

/** The first and the last of the matching calls that a rule applies to, counted from 1. */
function spanOf({ nth, times = nth === undefined ? Number.POSITIVE_INFINITY : 1 }: FaultRule) {
  const first = nth ?? 1;
  return { first, last: first + times - 1 };
}

/** A script for the Bulk API counts its calls as if there were no others. */
function isOn({ on }: FaultRule, kind: CallKind): boolean {
  return on === kind || (on === 'any' && bulkCalls.includes(kind));
}

function fits(rule: FaultRule, { job, object }: Subject): boolean {
  return (rule.job === undefined || rule.job === job) && (rule.object === undefined || rule.object === object);
}

function unusable(rule: FaultRule): string | undefined {
  const phase = Object.hasOwn(phaseOf, rule.do?.kind) ? phaseOf[rule.do.kind] : undefined;
  if (!phase) return `there is no fault "${rule.do?.kind}"`;
  if (!calls.includes(rule.on)) return `there is no call "${rule.on}"`;
  if (phase === 'job' && rule.on !== 'submit') return `"${rule.do.kind}" affects a job, so it requires "submit"`;
  const only = onlyOn[rule.do.kind];
  if (only && !only.includes(rule.on)) return `"${rule.do.kind}" applies to ${only.join(', ')} only`;
  if (rule.on !== 'any' && aboutNothing.includes(rule.on) && (rule.job ?? rule.object) !== undefined)
    return `"${rule.on}" is about no job and no object`;
  if (objectCalls.includes(rule.on) && rule.job !== undefined) return `"${rule.on}" is about no job`;
  if (phase === 'arrival' && rule.on === 'submit' && rule.object !== undefined) {
    return `"${rule.do.kind}" applies before the object is read`;
  }
  return undefined;
}
