/** Fault cases of the object API. */
import type { ErrorCode } from '../../src/errors.ts';
import type { FaultRule, FaultScript } from '../../src/sandbox/faults.ts';
import type { ObjectOptions } from '../../src/sandbox/object_options.ts';
import type { SandboxOptions } from '../../src/sandbox/options.ts';
import { first, once, rule } from './fault_case.ts';
import type { SourceWishes } from './object_api_source.ts';

/** Something that goes wrong, or is unusual, in a sync over the object API. */
export interface ObjectFaultCase {
  readonly script?: FaultScript;
  readonly objectApi?: Partial<ObjectOptions>;
  readonly sandbox?: Partial<SandboxOptions>;
  readonly config?: Readonly<Record<string, object>>;
  readonly wishes?: SourceWishes;
  /** Codes with which an attempt may fail. Absent: it must succeed. */
  readonly ends?: readonly ErrorCode[];
  /** The same, and no attempt need succeed. */
  readonly lasts?: true;
  /** Other clients use a part of the tenant's windows. */
  readonly isShared?: true;
  /** Another client makes a record that the source has: before this call. */
  readonly foreign?: { readonly on: 'query' | 'insert' | 'update'; readonly nth: number };
  /** SIGTERM is sent with the first line for which this is true. */
  readonly stopAt?: (line: string) => boolean;
}

/** Cases by what goes wrong. */
export type ObjectFaultCases = Readonly<Record<string, ObjectFaultCase>>;

const writes = ['insert', 'update'] as const;
const calls = ['query', ...writes] as const;
const elsewhere = 'https://elsewhere.example/';

/** A rule for each of several kinds of call. */
function onEach(on: readonly FaultRule['on'][], fault: FaultRule['do'], more: Partial<FaultRule> = {}): FaultScript {
  return on.map((each) => rule(each, fault, more));
}

const refusedCalls: ObjectFaultCases = {
  'nothing goes wrong': {},
  'two calls of each kind are answered with 429 and no time': {
    script: onEach(calls, { kind: 'status', status: 429 }, first(2)),
  },
  'two calls of each kind are answered with 429 and seconds': {
    script: onEach(calls, { kind: 'status', status: 429, retryAfter: 'seconds', seconds: 90 }, first(2)),
  },
  'two calls of each kind are answered with GS_APIG_2404': {
    script: onEach(calls, { kind: 'status', status: 400, errorCode: 'GS_APIG_2404' }, first(2)),
  },
  'two calls of each kind are answered with GU_2400': {
    script: onEach(calls, { kind: 'status', status: 400, errorCode: 'GU_2400' }, first(2)),
  },
  'others use nine tenths of each minute': {
    objectApi: { callsPerMinute: 10 },
    isShared: true,
  },
  'two calls of each kind are answered with 500, and nothing is done': {
    script: onEach(calls, { kind: 'status', status: 500 }, first(2)),
  },
  'every second write is answered with 503 and an HTML page, and nothing is done': {
    script: [2, 4, 6].flatMap((nth) => onEach(writes, { kind: 'status', status: 503, html: true }, { nth })),
    ends: ['records_lost'],
  },
  'every write is answered with 500': {
    script: onEach(writes, { kind: 'status', status: 500 }),
    ends: ['gainsight_unavailable', 'records_lost'],
    lasts: true,
  },
  'every question is answered with 500': {
    script: onEach(['query'], { kind: 'status', status: 500 }),
    ends: ['gainsight_unavailable'],
    lasts: true,
  },
  'the second write is answered with 401': {
    script: onEach(writes, { kind: 'status', status: 401 }, { nth: 2 }),
    ends: ['access_refused'],
  },
  'the second write is answered with 403': {
    script: onEach(writes, { kind: 'status', status: 403 }, { nth: 2 }),
    ends: ['access_refused'],
  },
  'the first write is answered with a redirect': {
    script: onEach(writes, { kind: 'redirect', to: elsewhere }, once),
    ends: ['redirect_refused'],
  },
  'the tenant has no object API': { objectApi: { access: 'off' }, ends: ['object_api_missing'], lasts: true },
};

const lostAnswers: ObjectFaultCases = {
  'the connection drops before the first call of each kind is read': {
    script: onEach(calls, { kind: 'drop_before_read' }, once),
  },
  'the connection drops after the first call of each kind is done': {
    script: onEach(calls, { kind: 'accept_then_drop' }, once),
  },
  'the connection drops after every second write is done': {
    script: [2, 4, 6, 8].flatMap((nth) => onEach(writes, { kind: 'accept_then_drop' }, { nth })),
    ends: ['records_lost'],
  },
  'two writes of each kind are done and answered with 500': {
    script: onEach(writes, { kind: 'accept_then_status', status: 500 }, first(2)),
  },
  'two writes of each kind are done and answered with 502 and an HTML page': {
    script: onEach(writes, { kind: 'accept_then_status', status: 502, html: true }, first(2)),
  },
  'the first write of each kind is done and answered with 408': {
    script: onEach(writes, { kind: 'accept_then_status', status: 408 }, once),
  },
  'the first write of each kind is done and answered with 429': {
    script: onEach(writes, { kind: 'accept_then_status', status: 429 }, once),
  },
  'the first write of each kind is done and answered with cut-off JSON': {
    script: onEach(writes, { kind: 'accept_then_truncate_json' }, once),
    // Of a refusal of records it is not seen what it is about.
    ends: ['call_refused'],
  },
  'the first write of each kind is done and answered with `result: false`': {
    script: onEach(writes, { kind: 'accept_then_result_false', errorCode: 'GU_1101', errorDesc: 'x' }, once),
  },
  'the first INSERT is lost, and done three minutes later': {
    script: [rule('insert', { kind: 'drop_then_write', seconds: 180 }, once)],
  },
  'three INSERTs are lost, and done nine minutes later': {
    script: [1, 3, 5].map((nth) => rule('insert', { kind: 'drop_then_write', seconds: 540 }, { nth })),
  },
  'the first UPDATE is lost, and done three minutes later': {
    script: [rule('update', { kind: 'drop_then_write', seconds: 180 }, once)],
  },
  'three UPDATEs are lost, and done nine minutes later': {
    script: [1, 3, 5].map((nth) => rule('update', { kind: 'drop_then_write', seconds: 540 }, { nth })),
  },
  'the first INSERT is done 40 seconds after its time-out': {
    script: [rule('insert', { kind: 'delay', seconds: 640, when: 'before' }, once)],
  },
  'the first INSERT is answered after its time-out': {
    script: [rule('insert', { kind: 'delay', seconds: 700, when: 'after' }, once)],
  },
  'the first UPDATE is answered after its time-out': {
    script: [rule('update', { kind: 'delay', seconds: 700, when: 'after' }, once)],
  },
  'the first write of each kind is written in part, and fails': {
    script: onEach(writes, { kind: 'write_in_part', records: 7 }, once),
  },
  'every second write is written in part, and fails': {
    script: [2, 4, 6].flatMap((nth) => onEach(writes, { kind: 'write_in_part', records: 3 }, { nth })),
  },
  'the first INSERT is lost, and questions do not show its records for a minute': {
    script: [rule('insert', { kind: 'accept_then_drop' }, once)],
    objectApi: { queryLag: 60_000 },
  },
  'the first INSERT is lost, and questions do not show its records for five minutes': {
    script: [rule('insert', { kind: 'accept_then_drop' }, once)],
    objectApi: { queryLag: 300_000 },
  },
};

const questions: ObjectFaultCases = {
  'questions show new records after five seconds': { objectApi: { queryLag: 5000 } },
  'questions show new records after two minutes': { objectApi: { queryLag: 120_000 } },
  'IN is ignored': { objectApi: { inFilter: 'ignored' } },
  'IN is ignored, and a page has five records': { objectApi: { inFilter: 'ignored', pageMax: 5 } },
  'IN counts the first ten values alone': { objectApi: { inItems: 10 } },
  'IN counts the last ten values alone': { objectApi: { inItems: -10 } },
  'IN finds nothing': { objectApi: { inFilter: 'finds_nothing' } },
  'IN is refused': { objectApi: { inFilter: 'refused' } },
  'the second question finds nothing': { script: [rule('query', { kind: 'empty' }, { nth: 2 })] },
  'the third question finds nothing': { script: [rule('query', { kind: 'empty' }, { nth: 3 })] },
  'every question finds nothing': {
    script: [rule('query', { kind: 'empty' })],
    ends: ['keys_unanswered'],
    lasts: true,
  },
  'a page has ten records': { objectApi: { pageMax: 10 } },
  'a page has one record': { objectApi: { pageMax: 1 } },
  'the records of a question stand in an object': { objectApi: { queryData: 'records' } },
  'the second question is answered with cut-off JSON': {
    script: [rule('query', { kind: 'accept_then_truncate_json' }, { nth: 2 })],
  },
  'keys are loose': { objectApi: { keys: 'loose' }, wishes: { hasAliases: true } },
  'keys are exact, and the source has other forms of them': { wishes: { hasAliases: true } },
  'keys are loose, and questions show new records after a minute': {
    objectApi: { keys: 'loose', queryLag: 60_000 },
    wishes: { hasAliases: true },
  },
  'another client makes a record before the second question': { foreign: { on: 'query', nth: 2 } },
  'another client makes a record between a question and the INSERT': { foreign: { on: 'insert', nth: 1 } },
};

const refusals: ObjectFaultCases = {
  'the errors of a call name the first bad record alone': { objectApi: { recordErrors: 'first_value' } },
  'the errors of a call show the records': { objectApi: { recordErrors: 'records' } },
  'the errors of a call name nothing': { objectApi: { recordErrors: 'nameless' } },
  'the errors of a call name nothing, and the first write of each kind is lost': {
    objectApi: { recordErrors: 'nameless' },
    script: onEach(writes, { kind: 'accept_then_drop' }, once),
  },
  'an UPDATE without a match counts as done': { sandbox: { unmatchedUpdate: 'success' } },
  'some records share a key, and are all changed': { wishes: { hasTwins: true } },
  'some records share a key, and their change is refused': {
    objectApi: { ambiguousUpdate: 'refused' },
    wishes: { hasTwins: true },
  },
  'fields take values of their own type alone': { objectApi: { types: 'strict' } },
  'fields take values of their own type alone, and there is no metadata': {
    objectApi: { types: 'loose' },
    sandbox: { metadata: 'off' },
  },
};

const oauth = { id: 'client', secret: 'canary-secret' };
const signsIn = { sign_in: { method: 'oauth_client', client_id: oauth.id, client_secret: oauth.secret } };

const others: ObjectFaultCases = {
  'each token ends with its first call': { sandbox: { oauth: { ...oauth, endsBy: 'first call' } }, config: signsIn },
  'tokens end after five seconds': { sandbox: { oauth: { ...oauth, tokenSeconds: 5 } }, config: signsIn },
  'the clock of the tenant jumps by ten minutes': {
    script: onEach(writes, { kind: 'clock_jump', seconds: 600 } as FaultRule['do'], { nth: 2 }),
  },
  'half of each minute is reserved, and a minute has eight calls': {
    objectApi: { callsPerMinute: 8 },
    config: { quota: { object_api: { per_minute: 8, reserved: 50 } } },
  },
  'the answers to bulk jobs are lost': { script: [rule('submit', { kind: 'accept_then_drop' }, first(2))] },
  'it is stopped when the first state comes back': { stopAt: (line) => line.includes('"type":"STATE"') },
};

/** All of them. */
export const objectFaultCases: ObjectFaultCases = {
  ...{ ...refusedCalls, ...lostAnswers, ...questions, ...refusals, ...others },
};
