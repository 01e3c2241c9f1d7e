/** Crashes under several faults at a time, all derived from a number. */
import type { ErrorCode } from '../../src/errors.ts';
import type { Fault, FaultRule } from '../../src/sandbox/faults.ts';
import { pick, type Random, randomFrom } from '../support/random.ts';
import { type Crash, crashOf } from './matrix.ts';
import { ghostStep } from './steps.ts';

/**
 * How an attempt may end: with a retry by Airbyte or a question to the user. None of these may lose or duplicate a row.
 */
export const endsUnderFaults: ReadonlySet<string> = new Set<ErrorCode>([
  ...(['gainsight_unavailable', 'submission_lost', 'job_gone', 'job_came_late', 'source_ended_early'] as const),
  ...(['insert_uncertain', 'insert_without_list', 'counts_wrong', 'job_failed', 'rejects_unnamed'] as const),
]);

const soon = { retryAfter: 'seconds', seconds: 1 } as const;

/** Possible faults of each call, without those that hide a job from the list. */
const faults: readonly (readonly [FaultRule['on'], Fault])[] = [
  ['submit', { kind: 'accept_then_drop' }],
  ['submit', { kind: 'accept_then_truncate_json' }],
  ['submit', { kind: 'accept_then_status', status: 503 }],
  ['submit', { kind: 'accept_then_status', status: 408 }],
  ['submit', { kind: 'accept_then_status', status: 429, ...soon }],
  ['submit', { kind: 'status', status: 429, ...soon }],
  ['submit', { kind: 'status', status: 502, html: true }],
  ['submit', { kind: 'drop_before_read' }],
  ['submit', { kind: 'drop_mid_upload', bytes: 300 }],
  ['submit', { kind: 'other_job' }],
  ['submit', { kind: 'delay', seconds: 1, when: 'before' }],
  ['submit', { kind: 'delay', seconds: 1, when: 'after' }],
  ['submit', { kind: 'fail' }],
  ['submit', { kind: 'fail', afterRows: 2 }],
  ['submit', { kind: 'go_back', seconds: 0.3 }],
  ['submit', { kind: 'unknown_status', seconds: 0.5 }],
  ['submit', { kind: 'completed_date_ahead' }],
  ['submit', { kind: 'counts', as: 'short', seconds: 1 }],
  ['submit', { kind: 'counts', as: 'over', seconds: 1 }],
  ['submit', { kind: 'errors_duplicated' }],
  ['submit', { kind: 'hide', seconds: 0.5 }],
  ['list', { kind: 'status', status: 500 }],
  ['list', { kind: 'accept_then_truncate_json' }],
  ['list', { kind: 'list_without_records', keepsTotal: true }],
  ['list', { kind: 'list_short' }],
  ['list', { kind: 'list_order', order: 'none' }],
  ['list', { kind: 'foreign_jobs', count: 3 }],
  ['status', { kind: 'status', status: 503 }],
  ['status', { kind: 'other_job' }],
  ['status', { kind: 'accept_then_drop' }],
  ['errors', { kind: 'status', status: 500 }],
  ['errors', { kind: 'drop_before_read' }],
];

/** A crash of the matrix, with two to five faults in its first calls. */
export function mixedOf(seed: number): Crash {
  const random = randomFrom(seed + 77);
  const crash = crashOf(seed);
  // The check of an old process compares when files were sent, which faults must not change.
  if (crash.steps.includes(ghostStep)) return { ...mixedOf(seed + 100_000), seed };
  return { ...crash, faults: Array.from({ length: 2 + random(4) }, () => ruleOf(random)) };
}

function ruleOf(random: Random): FaultRule {
  const [on, fault] = pick(random, faults);
  // The first submission has no job before it, and the connector would wait for one of another client.
  const first = on === 'submit' && fault.kind === 'other_job' ? 2 : 1;
  return { on, nth: first + random(on === 'submit' ? 4 : 6), times: 1 + random(2), do: fault };
}
