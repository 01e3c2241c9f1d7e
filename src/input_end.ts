/** The end of the input: drops rows that the source will send again, closes the other batches, and reports the plan. */

import type { EarlyRead } from './early_read.ts';
import { ConnectorError, Stopped } from './errors.ts';
import type { Plan } from './model.ts';
import type { Sync } from './wiring.ts';

/**
 * Closes the remaining batches, stream by stream; nothing if the sync was stopped or halted.
 * @param isBroken the input ended with a line that cannot be read, which has failed the whole sync
 */
export async function endInput(sync: Sync, early: EarlyRead, isBroken: boolean): Promise<void> {
  const { batcher, intake, reading, reporter, schedule, settlement } = sync;
  if (reading.signal.aborted) return;
  reading.abort(new Stopped());
  reporter.inputEnded();
  for (const { plan } of intake.streams) settlement.judgeRefused(plan);
  const unproven = await dropUnprovable(sync, isBroken);
  for (const { plan, complete } of intake.streams) {
    const { id } = plan;
    if (schedule.isStopped(id)) await batcher.drop(id);
    // Closing an INSERT batch at its last state leaves the rows after it in another batch.
    while (batcher.batchOf(id)) await batcher.close(id, complete ? 'complete' : 'end');
    schedule.end(id, !unproven.has(id));
  }
  void reportPlan(sync, early);
}

/**
 * Drops rows after the last state, which the source will send again: of broken input, and of an INSERT without
 * COMPLETE. Streams that load after one that lacks rows are stopped: they would not find them.
 * @returns the plans whose last row is followed by neither a state nor COMPLETE
 */
async function dropUnprovable(sync: Sync, isBroken: boolean): Promise<ReadonlySet<number>> {
  const { batcher, failures, intake, schedule } = sync;
  const ended: Plan[] = [];
  const unproven = new Set<number>();
  let rows = 0;
  for (const stream of intake.streams) {
    const { plan, complete } = stream;
    const isInsert = plan.operation === 'INSERT' && !complete;
    const isCut = isInsert && intake.streams.hasState(stream);
    if (isBroken || (isInsert && !isCut)) unproven.add(plan.id);
    if (schedule.isStopped(plan.id) || !(isBroken || isCut)) continue;
    const dropped = await batcher.dropTail(plan.id);
    // Of what came after a broken line nothing is known.
    if (dropped === 0 && (complete || !isBroken)) continue;
    unproven.add(plan.id);
    ended.push(plan);
    rows += dropped;
  }
  if (ended.length === 0) return unproven;
  const children = schedule.childrenOf(ended.map(({ id }) => id)).filter(({ id }) => !schedule.isStopped(id));
  if (isBroken) failures.stopAfter(children);
  else failEnded(sync, ended, children, rows);
  return unproven;
}

/** The rows up to the last state are sent; streams that load after these would not find the dropped ones. */
function failEnded({ failures }: Sync, ended: readonly Plan[], children: readonly Plan[], rows: number): void {
  const [first, ...others] = ended.map(({ stream }) => stream);
  const details = { stream: ended.map(({ label }) => label).join(', '), rows };
  const error = new ConnectorError('source_ended_early', details, others.length > 0 || !first ? {} : { stream: first });
  const failed = ended.filter((plan) => !children.includes(plan)).map(({ stream }) => stream);
  failures.add(error, children, failed);
  for (const child of children) failures.stop(child, error);
}

/** Logs the plan once the calls of the tenant are known; an error in between is reported by the job that meets it. */
async function reportPlan({ accounts, reporter, tenant }: Sync, early: EarlyRead): Promise<void> {
  const { callsPerJob, earlierJobs, objectQuota, quota } = tenant;
  const withFiles = [...accounts.withFiles];
  const first = withFiles.find(({ plan }) => plan.route !== 'object_api') ?? withFiles[0];
  if (!first) return;
  const isKnown = await earlierJobs.canBeKnown(first.plan);
  early.logPlan(() => reporter.plan(callsPerJob, isKnown ? quota.usedSoFar : undefined, objectQuota?.usedSoFar ?? []));
}
