/**
 * Syncs over the object API under faults, repeated from their last states as Airbyte does, and the laws that hold for each:
 * judged by a simple model of each key, of which the connector knows nothing.
 */

import { hour, second } from '../../src/clock.ts';
import type { FaultRule } from '../../src/sandbox/faults.ts';
import type { Sandbox } from '../../src/sandbox/server.ts';
import type { StoredRow } from '../../src/sandbox/store.ts';
import type { Evidence } from '../laws/evidence.ts';
import { breachesOf } from '../laws/law.ts';
import { lawsOfEnds } from '../laws/laws_of_ends.ts';
import { lawsOfReport } from '../laws/laws_of_report.ts';
import { FakeClock } from '../support/fake_clock.ts';
import { readLine, readLogs } from '../support/log_lines.ts';
import { Orchestrator } from '../support/orchestrator.ts';
import { type InProcessResult, runInProcess } from '../support/run_in_process.ts';
import { codesOf } from '../support/sync.ts';
import { startTenant, type Tenant } from '../support/tenant.ts';
import type { ObjectFaultCase } from './object_api_cases.ts';
import { acceptedBy, formOf, type Habits, type History, keyOfRow } from './object_api_model.ts';
import {
  autoRows,
  catalogOf,
  columns,
  coveredBy,
  entriesOf,
  linesOf,
  type ObjectSource,
  type ObjectStream,
  objects,
} from './object_api_source.ts';

/** Maximum number of attempts of a sync. */
const mostAttempts = 4;

/** What is seen at one moment. */
interface Moment {
  /** Records of each stream that are proven by then. */
  readonly proven: ReadonlyMap<string, number>;
  readonly rows: ReadonlyMap<string, readonly StoredRow[]>;
  /** Rows logged as rejected by then: stream, key, and number of records. */
  readonly rejected: readonly { readonly stream: string; readonly key: string; readonly records: number }[];
}

/** An attempt that has ended. */
interface Attempt {
  readonly run: InProcessResult;
  /** Records of each stream that an earlier state covers: the source does not send them again. */
  readonly from: ReadonlyMap<string, number>;
  readonly before: Moment['rows'];
  readonly states: readonly (Moment & { readonly line: string })[];
  readonly after: Moment;
  /** What the platform finds wrong with the states. */
  readonly stateFaults: readonly string[];
}

/** The result of one sync with all its attempts. */
export interface ObjectSyncReport {
  readonly broken: readonly string[];
  readonly codes: readonly string[];
}

/** Runs a source under a case; returns which laws are broken. */
export function objectSync(source: ObjectSource, faults: ObjectFaultCase): Promise<ObjectSyncReport> {
  return new ObjectSync(source, faults).run();
}

class ObjectSync {
  readonly #source: ObjectSource;
  readonly #case: ObjectFaultCase;
  readonly #habits: Habits;
  readonly #broken: string[] = [];
  readonly #codes: string[] = [];
  /** The record that another client makes. */
  readonly #foreign: { readonly stream: ObjectStream; readonly row: StoredRow } | undefined;

  constructor(source: ObjectSource, faults: ObjectFaultCase) {
    this.#source = source;
    this.#case = faults;
    this.#habits = {
      isLoose: faults.objectApi?.keys === 'loose',
      countsUnmatched: faults.sandbox?.unmatchedUpdate === 'success',
    };
    this.#foreign = faults.foreign && foreignOf(source);
  }

  async run(): Promise<ObjectSyncReport> {
    const tenant = await this.#tenant();
    let from: ReadonlyMap<string, number> = new Map();
    const most = this.#case.lasts ? 2 : mostAttempts;
    try {
      for (let number = 0; number < most; number += 1) {
        const attempt = await this.#attempt(tenant, number, from);
        this.#judge(attempt, number);
        from = new Map([...from, ...attempt.states.flatMap(({ proven }) => [...proven])]);
        if (attempt.run.end === 'done') break;
        if (number + 1 === most && !this.#case.lasts) this.#note(number, [`it never ends: ${attempt.run.traces}`]);
        if (attempt.run.traces.some((text) => text.startsWith('config_error'))) break;
      }
      this.#noteAll('', this.#windowFaults(tenant.sandbox));
      return { broken: this.#broken, codes: this.#codes };
    } finally {
      await tenant.sandbox.close();
    }
  }

  async #tenant(): Promise<Tenant<FakeClock>> {
    const { script = [], sandbox, objectApi, foreign } = this.#case;
    const made = this.#foreign;
    const makes: FaultRule[] =
      foreign && made
        ? [
            {
              ...{ on: foreign.on, nth: foreign.nth, object: made.stream.object },
              do: { kind: 'foreign_records', object: made.stream.object, records: [made.row] },
            },
          ]
        : [];
    const tenant = await startTenant(new FakeClock({ patience: 5000 }), {
      ...{ objects, ...sandbox, objectApi: { ...objectApi } },
      script: [...script, ...makes],
    });
    for (const { object, stored } of this.#source.streams) tenant.sandbox.addRecords(object, stored);
    return tenant;
  }

  async #attempt(tenant: Tenant<FakeClock>, number: number, from: Attempt['from']): Promise<Attempt> {
    const { streams } = this.#source;
    const orchestrator = new Orchestrator(linesOf(this.#source, from));
    const { sandbox } = tenant;
    const before = rowsOf(streams, sandbox);
    const states: Attempt['states'][number][] = [];
    const stateFaults: string[] = [];
    const rejected: Moment['rejected'][number][] = [];
    const stop = new AbortController();
    const run = await runInProcess({
      ...{ tenant, stop: stop.signal, identity: { run: '7', attempt: number } },
      ...{ config: this.#config(), catalog: catalogOf(streams), spoolBytes: 1e8 },
      input: Buffer.from(orchestrator.lines.map((line) => `${line}\n`).join('')),
      onLine: (line) => {
        rejected.push(...rejectedIn(line, streams));
        if (line.includes('"type":"STATE"')) {
          try {
            orchestrator.take(line);
          } catch (error) {
            stateFaults.push((error as Error).message);
          }
          states.push({ line, proven: coveredBy(line), rows: rowsOf(streams, sandbox), rejected: [...rejected] });
        }
        if (number === 0 && this.#case.stopAt?.(line)) stop.abort();
      },
    });
    // What is in progress at the tenant ends, too: late writes, and calls that nobody waits for.
    if (run.end === 'done') await tenant.clock.sleep(hour);
    const proven = new Map(streams.map(({ name, records }) => [name, run.end === 'done' ? records.length : 0]));
    const missing = run.end === 'done' ? orchestrator.missing.map((id) => `state ${id} never came back`) : [];
    const after = { proven, rows: rowsOf(streams, sandbox), rejected };
    return { run, from, before, states, after, stateFaults: [...stateFaults, ...missing] };
  }

  #config(): object {
    const { streams } = this.#source;
    const { quota, ...others } = this.#case.config ?? {};
    const usual = { per_minute: 100, per_day: 50_000, reserved: 0, auto_rows: autoRows };
    const object_api = { ...usual, ...(quota as { object_api?: object } | undefined)?.object_api };
    const hasRoute = streams.some(({ route }) => route !== 'bulk_api');
    return {
      ...{ streams: entriesOf(streams), files: { max_rows: 60 }, ...others },
      ...(hasRoute && { quota: { object_api } }),
      rejected_rows: { fail_above_percent: 100, max_logged: 10_000 },
    };
  }

  #judge(attempt: Attempt, number: number): void {
    const { run, stateFaults } = attempt;
    this.#codes.push(...codesOf(run));
    this.#note(number, stateFaults);
    this.#note(number, this.#endFaults(attempt));
    for (const moment of attempt.states) this.#note(number, this.#unexplained(attempt, moment, 'a state'));
    if (run.end === 'done') {
      this.#note(number, this.#unexplained(attempt, attempt.after, 'the end'));
      this.#note(number, this.#rowsOfOthers(attempt));
    }
    this.#note(number, this.#doubles(attempt));
    this.#note(number, this.#countFaults(attempt));
  }

  /** The laws of ends and of the report, which are those of every sync. */
  #endFaults({ run }: Attempt): string[] {
    const { ends = [], stopAt } = this.#case;
    const streams = this.#source.streams.map((stream) => ({
      ...{ label: stream.name, object: stream.object, operation: stream.operation, keyFields: stream.keyFields },
      fields: Object.keys(columns),
      records: stream.records.map(({ values }) => ({
        cells: Object.keys(columns).map((field) => values.get(field)?.cell ?? null),
      })),
    }));
    const allowed = { ends, mayStop: stopAt !== undefined };
    const evidence = { fixture: {}, allowed, run, reference: { streams, states: [] }, kept: [] };
    return breachesOf({ ...lawsOfEnds, ...lawsOfReport }, evidence as unknown as Evidence);
  }

  /** Keys whose records, as far as they are proven at a moment, do not explain what Gainsight then has. */
  #unexplained(attempt: Attempt, moment: Moment, when: string): string[] {
    return this.#source.streams.flatMap((stream) => {
      const proven = moment.proven.get(stream.name) ?? 0;
      return [...this.#histories(stream, attempt)].flatMap(([key, history]) => {
        if (history.every(({ at }) => at >= proven) || this.#isInDoubt(stream, key)) return [];
        const seen = this.#seen(stream, key, attempt, moment);
        const explained = acceptedBy(stream, history, seen, this.#habits);
        if (explained.size > 0) return [];
        return [`${when} of ${stream.name} behind record ${proven}: ${key} was ${describe(history, seen)}`];
      });
    });
  }

  #seen(stream: ObjectStream, key: string, { before }: Attempt, { proven, rows, rejected }: Moment) {
    const ofKey = (each: Moment['rows']) =>
      (each.get(stream.object) ?? []).filter((row) => formOf(keyOfRow(stream, row), this.#habits) === key);
    const own = rejected.filter(
      (row) => row.stream === stream.name && !row.key.includes('null') && formOf(row.key, this.#habits) === key,
    );
    return {
      ...{ before: ofKey(before), now: ofKey(rows), rejected: own.map(({ records }) => records) },
      proven: proven.get(stream.name) ?? 0,
    };
  }

  /** Records of each key that the attempt read. */
  #histories(stream: ObjectStream, { from }: Attempt): Map<string, History> {
    const histories = new Map<string, History[number][]>();
    for (const [at, record] of stream.records.entries()) {
      if (record.key === undefined || at < (from.get(stream.name) ?? 0)) continue;
      const key = formOf(record.key, this.#habits);
      const history = histories.get(key) ?? [];
      history.push({ at, record });
      histories.set(key, history);
    }
    return histories;
  }

  /** Keys that come in several forms, and the one that another client uses, are judged by {@link #doubles} alone. */
  #isInDoubt(stream: ObjectStream, key: string): boolean {
    if (this.#foreign?.stream === stream && keyOfRow(stream, this.#foreign.row) === key) return true;
    if (!this.#case.wishes?.hasAliases) return false;
    const loose = formOf(key, { isLoose: true });
    const keys = [...stream.records.map((record) => record.key), ...stream.stored.map((row) => keyOfRow(stream, row))];
    const forms = keys.filter((each) => each !== undefined && formOf(each, { isLoose: true }) === loose);
    return new Set(forms).size > 1;
  }

  /** Records of Gainsight that are not the source's stay as they were. */
  #rowsOfOthers(attempt: Attempt): string[] {
    return this.#source.streams.flatMap((stream) => {
      const histories = this.#histories(stream, { ...attempt, from: new Map() });
      const of = (rows: Moment['rows']) =>
        (rows.get(stream.object) ?? [])
          .filter((row) => !histories.has(formOf(keyOfRow(stream, row), this.#habits)))
          .map((row) => JSON.stringify(row))
          .sort();
      const [now, before] = [of(attempt.after.rows), of(attempt.before)];
      return `${now}` === `${before}` ? [] : [`rows of others in ${stream.object}: ${now} for ${before}`];
    });
  }

  /** Keys of which Gainsight has more records than before, though it had one, or more than one more. */
  #doubles({ before, after }: Attempt): string[] {
    return this.#source.streams.flatMap((stream) => {
      const count = (rows: Moment['rows']) => {
        const counts = new Map<string, number>();
        for (const row of rows.get(stream.object) ?? []) {
          const key = formOf(keyOfRow(stream, row), this.#habits);
          counts.set(key, (counts.get(key) ?? 0) + 1);
        }
        return counts;
      };
      const [old, now] = [count(before), count(after.rows)];
      const foreign = this.#foreign?.stream === stream ? keyOfRow(stream, this.#foreign.row) : undefined;
      return [...now].flatMap(([key, found]) => {
        const most = Math.max(1, old.get(key) ?? 0) + Number(key === foreign);
        return found > most ? [`${found} records of ${key} in ${stream.object}, before ${old.get(key) ?? 0}`] : [];
      });
    });
  }

  /** Every record counts once, and rows without a key are rejected. */
  #countFaults(attempt: Attempt): string[] {
    const { run, after, from } = attempt;
    if (run.end !== 'done') return [];
    return this.#source.streams.flatMap((stream) => {
      const sent = stream.records.slice(from.get(stream.name) ?? 0);
      const lines = readLogs('summary', run.logs).filter(({ stream: name }) => name === stream.name);
      const counts = lines.at(-1);
      if (!counts) return sent.length > 0 ? [`${stream.name} has no summary`] : [];
      const logged = after.rejected.filter((row) => row.stream === stream.name);
      const rejected = logged.reduce((sum, { records }) => sum + records, 0);
      const keyless = sent.filter(({ key, isDeletion }) => key === undefined && !isDeletion).length;
      const [least, most] = this.#acceptedOf(stream, attempt);
      const faults = {
        [`${sent.length} were sent`]: counts.records !== sent.length,
        [`${rejected} are logged as rejected`]: counts.rejected !== rejected,
        [`${keyless} have no key`]: logged.filter(({ key }) => key.includes('null')).length !== keyless,
        'deletions are skipped': counts.skipped !== sent.filter(({ isDeletion }) => isDeletion).length,
        'none is left': counts.unsettled !== 0,
        'the sum is wrong': counts.records !== counts.accepted + counts.superseded + counts.rejected + counts.skipped,
        [`${least} to ${most} are accepted`]: counts.accepted < least || counts.accepted > most,
      };
      return Object.entries(faults)
        .filter(([, isSo]) => isSo)
        .map(([what]) => `${stream.name}: ${what}, ${JSON.stringify(counts)}`);
    });
  }

  /** The fewest and the most rows of a stream that may have been accepted. */
  #acceptedOf(stream: ObjectStream, attempt: Attempt): [least: number, most: number] {
    let [least, most] = [0, 0];
    for (const [key, history] of this.#histories(stream, attempt)) {
      const explained = this.#isInDoubt(stream, key)
        ? new Set([0, history.length])
        : acceptedBy(stream, history, this.#seen(stream, key, attempt, attempt.after), this.#habits);
      if (explained.size === 0) continue;
      least += Math.min(...explained);
      most += Math.max(...explained);
    }
    return [least, most];
  }

  /** The windows of the tenant, and the share of them that is ours. */
  #windowFaults(sandbox: Sandbox): string[] {
    const { objectApi, config, isShared } = this.#case;
    const ofQuota = (config?.['quota'] as { object_api?: { per_minute?: number; reserved?: number } } | undefined)
      ?.object_api;
    const { per_minute = objectApi?.callsPerMinute ?? 100, reserved = 0 } = ofQuota ?? {};
    const share = Math.floor((per_minute * (100 - reserved)) / 100);
    const counts = new Map<number, number>();
    for (const { at, counted } of sandbox.objectCalls) {
      const window = Math.floor(at / (60 * second));
      if (counted) counts.set(window, (counts.get(window) ?? 0) + 1);
    }
    const busiest = Math.max(0, ...counts.values());
    const refused = sandbox.objectCalls.filter(({ counted, status }) => !counted && status === 429).length;
    return [
      ...(busiest > share ? [`${busiest} calls in a minute, and ${share} are ours`] : []),
      ...(refused > 0 && !isShared ? [`${refused} calls were refused for their number`] : []),
    ];
  }

  #note(attempt: number, what: readonly string[]): void {
    this.#noteAll(`attempt ${attempt}: `, what);
  }

  #noteAll(where: string, what: readonly string[]): void {
    this.#broken.push(...what.map((each) => `${where}${each}`));
  }
}

function rowsOf(streams: readonly ObjectStream[], sandbox: Sandbox): Map<string, readonly StoredRow[]> {
  return new Map(streams.map(({ object }) => [object, sandbox.rows(object)]));
}

function rejectedIn(line: string, streams: readonly ObjectStream[]): Moment['rejected'][number][] {
  const row = readLine('rejectedRow', line);
  const stream = streams.find(({ name }) => name === row?.stream);
  if (!row || !stream) return [];
  const key = JSON.stringify(stream.keyFields.map((field) => row.key[field] ?? null));
  return [{ stream: stream.name, key, records: row.records }];
}

/** A record of a stream with new keys, as another client makes it. */
function foreignOf({ streams }: ObjectSource): { stream: ObjectStream; row: StoredRow } | undefined {
  for (const stream of streams.filter(({ route, operation }) => route === 'object_api' && operation !== 'UPDATE')) {
    const known = new Set(stream.stored.map((row) => keyOfRow(stream, row)));
    const record = stream.records.find(({ key, isDeletion }) => key !== undefined && !isDeletion && !known.has(key));
    if (!record) continue;
    const cells = stream.keyFields.map((field) => [field, record.values.get(field)?.cell ?? null]);
    return { stream, row: { ...Object.fromEntries(cells), Name__gc: 'of others' } };
  }
  return undefined;
}

function describe(
  history: History,
  { before, now, rejected }: { before: unknown; now: unknown; rejected: unknown },
): string {
  const records = history.map(({ at, record: { isDeletion, values } }) =>
    isDeletion ? `${at}: deleted` : `${at}: ${[...values.values()].map(({ json }) => json)}`,
  );
  return `${JSON.stringify(before)}, is ${JSON.stringify(now)}, rejected ${JSON.stringify(rejected)}, by ${records.join(' | ')}`;
}
