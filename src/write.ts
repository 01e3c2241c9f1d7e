/** The flow: two loops with the schedule between them. Input to batches; batches by their route to outcomes and states. */

import type { ConfiguredCatalog } from './airbyte/catalog.ts';
import type { WriteEnd } from './airbyte/destination.ts';
import { stateDigest } from './airbyte/state_digest.ts';
import { itemsUntil, SerialQueue } from './async.ts';
import { day, minute } from './clock.ts';
import type { Config } from './config/config.ts';
import { EarlyRead } from './early_read.ts';
import { asTracedError, ConnectorError, Stopped } from './errors.ts';
import { formatCounted } from './format.ts';
import { endInput } from './input_end.ts';
import type { Arrival } from './intake.ts';
import type { UnknownStream } from './intake_streams.ts';
import { keepReport } from './keep_report.ts';
import { connect as connectRoutes } from './load/connect.ts';
import type { ConnectTenant } from './load/route.ts';
import { compareWithTenant } from './mapping_check.ts';
import type { Batch, Plan, Route } from './model.ts';
import { base32, nameList } from './names.ts';
import { brokenError, makePlans, type Plans } from './plan/plan.ts';
import { type Account, unaccounted } from './settle/accounts.ts';
import type { Failures, MainFailure } from './settle/failures.ts';
import { openingLine, streamLines } from './settle/opening_lines.ts';
import { checkName, checkStorage } from './settle/rejects/check_storage.ts';
import { removeOldFiles } from './settle/rejects/old_files.ts';
import { nestingOf } from './settle/rejects/open_store.ts';
import { keptLine, notKeptLine } from './settle/rejects/rejected_row_lines.ts';
import type { Settlement } from './settle/settlement.ts';
import { checkValues } from './value_preflight.ts';
import { name, version } from './version.ts';
import { type Sync, type World, wire } from './wiring.ts';

/** Number of characters of a state's digest in a file name. */
const stateDigestLength = 8;

/** How a sync ended, and what became of its records. */
export interface EndedSync {
  readonly end: WriteEnd;
  /** What a person reads first: the lines of the log that sum it up, where rejected rows are, and why it failed. */
  readonly summary: readonly string[];
  readonly accounts: Iterable<Account>;
}

/**
 * Loads the records of the input into Gainsight.
 * @param input Airbyte messages, a line each
 * @param connect makes the route of the batches
 * @throws ConnectorError if no stream could be loaded, or rejected rows could not be kept; none of the input was taken then
 */
export async function write(
  config: Config,
  catalog: ConfiguredCatalog,
  input: AsyncIterable<Buffer>,
  world: World,
  connect: ConnectTenant = connectRoutes,
): Promise<EndedSync> {
  const { run, attempt } = world.identity;
  const program = `${name} ${version}`;
  let made: Plans | undefined;
  try {
    made = makePlans(catalog, config);
  } finally {
    const routes = made?.plans.map(({ route }) => route) ?? [];
    world.output.log('INFO', openingLine({ program, run, attempt, host: world.client.host, routes }));
    // Before all else, as they may be the cause of what follows.
    for (const text of config.unknownSettings) world.output.log('WARN', `Without effect: ${text}.`);
  }
  const { plans } = made;
  if (plans.length > 0) await checkStorage(world.storage, checkName(world.random));

  const sync = wire(config, catalog, plans, world, connect);
  world.watch?.(sync.progress);
  const early = new EarlyRead(sync);
  return loadInput({ config, isClear: catalog.isClear, made }, sync, early, input)
    .catch(async (error) => {
      await keepReport(sync, { end: 'failed', failures: [asTracedError(error)], isClear: catalog.isClear });
      throw error;
    })
    .finally(() => early.end());
}

/** Loads what the input brings into what fits of the mapping. */
async function loadInput(
  { config, isClear, made }: { config: Config; isClear: boolean; made: Plans },
  sync: Sync,
  early: EarlyRead,
  input: AsyncIterable<Buffer>,
): Promise<EndedSync> {
  const { plans, broken, warnings, notes } = made;
  const { accounts, checkpoint, failures, history, output, schedule, settlement, tenant } = sync;
  if (broken.length > 0) {
    const failed = broken.map(({ plan }) => plan);
    failMappings(sync, failed, brokenError(broken));
  }
  const loadable = plans.filter(({ id }) => !schedule.isStopped(id));
  for (const line of streamLines(loadable, config.quota.object_api.auto_rows)) output.log('INFO', line);
  for (const note of notes) output.log('INFO', note);
  for (const warning of warnings) output.log('WARN', warning);
  // A Clear needs nothing of Gainsight, and has no plans.
  if (plans.length > 0) early.start();
  await tidy(config, sync);
  const isDescribed = await preflight(sync, plans, config);
  if (plans.length > 0 && !isDescribed) early.withoutMetadata();

  await sync.retries?.open();

  // One at a time: processing a chunk of the input, closing batches by their age, releasing the last states.
  const turns = new SerialQueue();
  const loaded = loadBatches(schedule, history.watch(tenant.route), settlement, failures);
  await readInput(sync, early, input, turns).catch((error) => failures.halt(error));
  // Without a file nothing else shows whether Gainsight would have taken one.
  if (accounts.ended.of === 0) await early.answered();
  // Running jobs are followed to their end, whatever happened; their states are released when they settle.
  schedule.close();
  await loaded;
  await early.end();
  await turns.run(() => checkpoint.release()).catch((error) => failures.halt(error));
  return { ...(await endSync(sync, isClear)), accounts };
}

/** Removes old files of rejected rows, as the settings say. What cannot be removed is no reason for a sync to fail. */
async function tidy(config: Config, { clock, output, stop, storage }: Sync): Promise<void> {
  const { keep_days } = config.rejected_rows;
  if (keep_days === 0 || !storage) return;
  const age = { now: clock.now(), longestMs: keep_days * day };
  try {
    const removed = await removeOldFiles(storage, nestingOf(config), age, stop);
    const what = formatCounted(removed, 'old file');
    if (removed > 0)
      output.log('INFO', `Removed ${what} of rejected rows and reports ("Rejected Rows: Keep for Days").`);
  } catch (error) {
    output.log('WARN', `Old files of rejected rows are not removed: ${asTracedError(error).message}`);
  }
}

/**
 * Compares mappings with the tenant's metadata, and lets values be checked by it.
 * @returns whether metadata was read
 * @throws ConnectorError if no stream of the sync can be loaded
 */
async function preflight(sync: Sync, plans: readonly Plan[], config: Config): Promise<boolean> {
  const { reading, schedule, tenant } = sync;
  // A refused key ends this as well.
  const parts = { ...sync, stop: reading.signal };
  const loadable = () => plans.filter(({ id }) => !schedule.isStopped(id));
  const { unfit, tenant: described } = await compareWithTenant(loadable(), config.preflight, tenant.facts, parts);
  if (unfit) failMappings(sync, unfit.plans, unfit.error);
  if (described && tenant.facts) await checkValues(loadable(), described, config, tenant.facts, parts);
  return described !== undefined;
}

/**
 * Fails the streams whose mapping does not fit the catalog or the tenant.
 * @throws ConnectorError if no stream of the sync can be loaded
 */
function failMappings({ accounts, failures, schedule }: Sync, plans: readonly Plan[], error: ConnectorError): void {
  const children = schedule.childrenOf(plans.map(({ id }) => id));
  const failed = new Set([...plans, ...children]);
  if ([...accounts].every(({ plan }) => failed.has(plan) || schedule.isStopped(plan.id))) throw error;
  failures.failMapping(plans, children, error);
}

/** Input → batches: reads to the end of the input, without ever waiting for quota. */
async function readInput(
  sync: Sync,
  early: EarlyRead,
  input: AsyncIterable<Buffer>,
  turns: SerialQueue,
): Promise<void> {
  const { failures, intake, progress, reading } = sync;
  void closeByAge(sync, turns).catch((error) => failures.halt(error));
  let isBroken = false;
  try {
    for await (const chunk of itemsUntil(input, reading.signal)) {
      progress.bytes += chunk.length;
      await turns.run(() => take(sync, intake.read(chunk)));
    }
    if (!reading.signal.aborted) await turns.run(() => take(sync, intake.end()));
  } catch (error) {
    if (!(error instanceof ConnectorError) || error.code !== 'input_broken') throw error;
    // A line that cannot be read ends the input; everything up to the last state before it is still loaded.
    failures.add(error, []);
    isBroken = true;
  }
  await turns.run(() => endInput(sync, early, isBroken));
}

/** Handles what the intake hands on; the records themselves are rows of batches by then. */
async function take(sync: Sync, arrivals: AsyncIterable<Arrival>): Promise<void> {
  await dropStopped(sync);
  for await (const arrival of arrivals) {
    if (arrival.kind === 'state') await hold(sync, arrival);
    else if (arrival.kind === 'unknown stream') failUnknown(sync, arrival.stream);
    else await sync.emit(arrival.text, { recordCount: 0, rejectedRecordCount: 0 });
  }
}

/** Holds a state until every record before it is proven. */
async function hold(sync: Sync, { type, text, line, plan }: Extract<Arrival, { kind: 'state' }>): Promise<void> {
  const { batcher, checkpoint, clock, failures, settlement } = sync;
  if (type !== 'STREAM' && failures.hasBrokenMapping) return stopInVain(sync);
  settlement.judgeRefused(plan);
  const before = batcher.stateCame(plan, () => digestOf(text));
  checkpoint.hold({ type, text, line, planId: plan?.id, at: clock.elapsed() }, before);
  await checkpoint.release();
}

/** A state of all streams covers the records of those that are not loaded: loading the others would save nothing. */
function stopInVain({ output, schedule }: Sync): void {
  // The rest of a chunk is still read.
  if (schedule.halted.aborted) return;
  const why = 'Each state of this source covers all streams, so none could be released before every mapping fits';
  output.log('ERROR', `${why}: no further files are sent.`);
  schedule.halt();
}

/** Records of an unknown stream are lost, so no state that may cover them is released from now on. */
function failUnknown({ accounts, checkpoint, failures }: Sync, { label, similar }: UnknownStream): void {
  const plans = similar.length > 0 ? similar : [...accounts].map(({ plan }) => plan);
  const listed = nameList(plans.map((plan) => plan.label));
  failures.add(new ConnectorError('stream_unknown', { stream: nameList([label]), listed }), []);
  checkpoint.withholdShared();
  for (const { id } of similar) checkpoint.withhold(id);
}

/** Closes batches whose states have waited too long: checks every minute while the input is read. */
async function closeByAge(sync: Sync, turns: SerialQueue): Promise<void> {
  const { agePolicy, clock, reading } = sync;
  for (;;) {
    await clock.sleep(minute, reading.signal);
    if (!(await agePolicy.isDue())) continue;
    await turns.run(() => dropStopped(sync));
    await turns.run(() => agePolicy.close());
  }
}

/** Drops the open batches of streams that failed. */
async function dropStopped({ batcher, schedule }: Sync): Promise<void> {
  for (const planId of schedule.takeStopped()) await batcher.drop(planId);
}

/** Batches → outcomes → states: several objects at a time, until the input has ended and nothing runs. */
export async function loadBatches(
  schedule: Sync['schedule'],
  route: Route,
  settlement: Pick<Settlement, 'settle' | 'prove'>,
  failures: Pick<Failures, 'fail'>,
): Promise<void> {
  const running = new Set<Promise<void>>();
  for await (const batch of schedule.turns()) {
    const loading = load(batch).finally(() => running.delete(loading));
    running.add(loading);
  }
  await Promise.all(running);

  async function load(batch: Batch): Promise<void> {
    const { id } = batch.plan;
    try {
      const outcome = await route.load(batch, schedule.withdrawn(id));
      await settlement.settle(batch, outcome);
      if (outcome.fault) failures.fail(batch.plan, outcome.fault);
      // The next batch of the object starts while this one waits to be proven; the sync ends only after that.
      schedule.done(batch);
      if (outcome.proven) await outcome.proven.then(() => settlement.prove(batch));
    } catch (error) {
      failures.fail(batch.plan, error);
      // A file that cannot be removed now is removed with the spool.
      if (schedule.isStopped(id)) await batch.remove().catch(() => undefined);
    } finally {
      schedule.done(batch);
    }
  }
}

/** The summary, and of all failures the one that decides what Airbyte does next. */
async function endSync(sync: Sync, isClear: boolean): Promise<Omit<EndedSync, 'accounts'>> {
  const { accounts, failures, history, intake, output, rejects, reporter, retries, stop } = sync;
  await rejects.finish().catch((error) => failures.halt(error));
  await retries?.finish().catch((error) => failures.halt(error));
  for (const { label, records } of intake.streams.unknown) {
    const counted = formatCounted(records, 'record');
    output.log('WARN', `${counted} of ${nameList([label])} not loaded: the catalog has no such stream.`);
  }
  const counts = reporter.summary({
    isClear,
    hasFailed: !failures.isEmpty,
    stoppedBy: stop.aborted ? stopWords(stop.reason) : undefined,
    open: stop.aborted ? history.open : [],
  });
  const unproven = failures.isEmpty && !stop.aborted ? unaccounted(accounts) : [];
  for (const error of unproven) failures.add(error, []);
  const failure = failures.end(!stop.aborted);
  const end = stop.aborted ? 'stopped' : endBy(failure);
  await keepReport(sync, { end, failures: failures.all, isClear });
  if (failure && end === 'failed') output.trace(failure.error, failure.streams, failure.dependent);
  return {
    end,
    summary: [...counts, ...whereRejected(sync), ...(failure && end === 'failed' ? [failure.error.message] : [])],
  };
}

/** Where a person finds the rejected rows, whose lines are many. */
function whereRejected({ accounts, rejects }: Pick<Sync, 'accounts' | 'rejects'>): string[] {
  const rows = [...accounts].reduce((sum, { reasons }) => sum + (reasons?.total ?? 0), 0);
  if (rows === 0) return [];
  if (rejects.kept.length > 0) return rejects.kept.map((file) => keptLine(file, rejects.comesAgain(file.plan)));
  const messages = 'Their keys and reasons are in the lines "rejected row" of the messages on standard output.';
  return [notKeptLine(rows), messages];
}

function endBy(failure: MainFailure | undefined): WriteEnd {
  return failure ? 'failed' : 'done';
}

/** What asked the sync to stop: a signal's name, as far as it is known. */
function stopWords(reason: unknown): string {
  return (reason instanceof Stopped && reason.message) || 'a request';
}

/** STATE of a file name. */
function digestOf(state: Buffer): string | undefined {
  const digest = stateDigest(state);
  return digest && base32(digest, stateDigestLength);
}
