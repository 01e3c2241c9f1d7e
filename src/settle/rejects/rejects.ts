/** Rejected rows: joined to their record, logged once each, stored and counted. */

import type { Output } from '../../airbyte/output.ts';
import { once } from '../../async.ts';
import type { RejectedRows } from '../../config/types.ts';
import type { Batch, Outcome, Plan, Reject, RejectedRow } from '../../model.ts';
import { plainCells } from '../../records/typed_row.ts';
import { type Accounts, isSent } from '../accounts.ts';
import { referenceText } from '../log_lines.ts';
import { RejectGroups, type RejectSample, shorten } from './reject_groups.ts';
import {
  groupLines,
  keptLine,
  keyOf,
  keysLine,
  notKeptLine,
  type RejectedBy,
  type RejectKey,
  type RowsOf,
  rowLine,
  unsureLine,
} from './rejected_row_lines.ts';
import type { Retries } from './retries.ts';
import type { ComesAgain, KeptFile, RejectStore } from './store.ts';

/** How rejected rows are logged and stored. */
export interface RejectsOptions {
  readonly accounts: Accounts;
  readonly output: Pick<Output, 'log' | 'drained'>;
  /** Filters Gainsight's messages. */
  readonly words: Words;
  /** `max_logged` rows of a job, or of those that the connector rejects in a stream, are logged one by one. */
  readonly settings: Pick<RejectedRows, 'log_detail' | 'max_logged'>;
  /** `values.null_text`. */
  readonly nullText: string;
  /** Receives the rows that jobs have rejected; undefined if none is sent again. */
  readonly retries?: Pick<Retries, 'rejected' | 'rejectedAgain' | 'rejecting'> | undefined;
  /** Undefined if rejected rows are only logged. */
  readonly store: RejectStore | undefined;
  /** What the source sends again of the rows of a stream, at the end of the sync. */
  readonly comesAgain: (plan: Plan) => ComesAgain;
}

/** Filters Gainsight's messages for the log. */
interface Words {
  of(text: string): string;
  /** Without values, whatever the log may show. */
  grouped(text: string): string;
  field(name: string): string;
}

const keysPerLine = 200;

/** The rejects of one job, of the calls of one batch, or those of one stream that the connector itself rejected. */
interface Series {
  readonly plan: Plan;
  readonly by: RejectedBy;
  readonly of: RowsOf;
  readonly groups: RejectGroups;
  /** Not logged yet. */
  waiting: RejectKey[];
}

function seriesOf(plan: Plan, by: RejectedBy = {}, of: RowsOf = 'this sync'): Series {
  return { plan, by, of, groups: new RejectGroups(), waiting: [] };
}

/** Logs and stores rejects. After a flush they are logged, and durable in their file. */
export class Rejects {
  readonly #options: RejectsOptions;
  /** Those that the connector itself rejected, by plan. */
  readonly #refused = new Map<number, Series>();

  readonly #explainUnsure = once(() => this.#options.output.log('WARN', unsureLine));

  constructor(options: RejectsOptions) {
    this.#options = options;
  }

  /**
   * Adds a row that the connector rejects.
   * @throws ConnectorError `rejects_unwritable`
   */
  async refuse(reject: Reject): Promise<void> {
    const { plan } = reject;
    const known = this.#refused.get(plan.id);
    const series = known ?? seriesOf(plan);
    if (!known) this.#refused.set(plan.id, series);
    // The connector's own reasons contain no values.
    await this.#take(series, reject, { logged: reject, counted: reject }, [reject.field]);
  }

  /**
   * Adds the rows of a batch that are rejected, by its job, by its calls or without either, and finally logs the counts by reason.
   * @throws ConnectorError `rejects_unwritable`
   */
  async reportBatch(batch: Batch, outcome: Outcome): Promise<void> {
    const { plan } = batch;
    if (!isSent(outcome)) return this.#refuseRows(batch, outcome);
    const { jobId } = outcome;
    const by = jobId === undefined ? { byCalls: true } : { jobId };
    const series = seriesOf(plan, by);
    await this.#options.retries?.rejecting(batch, outcome.rejected);
    for (const row of outcome.rejected) {
      const reject = await joinReject(batch, by, row, this.#options.nullText);
      this.#options.retries?.rejected(batch, reject);
      await this.#takeRefused(series, reject, row.errors);
    }
    if (outcome.unidentified > 0) await this.#keepUnidentified(batch, outcome, series);
    await this.#logWaiting(series);
    await this.#logGroups(series);
    if (jobId !== undefined) await this.#reportAgain(batch, jobId);
  }

  /** Rows of earlier syncs at the end of the file that were rejected again: in no count of the stream. */
  async #reportAgain(batch: Batch, jobId: string): Promise<void> {
    const series = seriesOf(batch.plan, { jobId }, 'an earlier sync');
    for (const { cells, rejected } of this.#options.retries?.rejectedAgain(batch) ?? []) {
      const { errors, row, sure } = rejected;
      const reject = { plan: batch.filePlan, jobId, row: row + 1, sure, ...joinErrors(errors), cells, records: 1 };
      await this.#takeRefused(series, reject, errors);
    }
    await this.#logWaiting(series);
    await this.#logGroups(series);
  }

  /** Whether a whole batch can be stored if not every rejected row is known. */
  get keepsBatches(): boolean {
    return this.#options.store !== undefined;
  }

  /** How the names of the files of this run begin in the storage. */
  get prefix(): string {
    return this.#options.store?.prefix ?? '';
  }

  /** The files of rejected rows so far. */
  get kept(): readonly KeptFile[] {
    return this.#options.store?.kept ?? [];
  }

  /** What the source sends again of the rows of a stream. */
  get comesAgain(): (plan: Plan) => ComesAgain {
    return this.#options.comesAgain;
  }

  /**
   * Logs what is waiting and makes the files durable: before a state is released.
   * @throws ConnectorError `rejects_unwritable`
   */
  async flush(): Promise<void> {
    for (const series of this.#refused.values()) await this.#logWaiting(series);
    await this.#options.store?.flush();
  }

  /**
   * At the end of the sync: logs how many rows the connector itself rejected, why, and where all rejected rows are kept.
   * @throws ConnectorError `rejects_unwritable`
   */
  async finish(): Promise<void> {
    await this.flush();
    for (const series of this.#refused.values()) await this.#logGroups(series);
    await this.#logKept();
  }

  /** A row that Gainsight rejected, with its message filtered. */
  #takeRefused(series: Series, reject: Reject, errors: RejectedRow['errors']): Promise<void> {
    const { settings, words } = this.#options;
    const printable = (of: (text: string) => string) =>
      joinErrors(
        errors.map(({ field, message }) => ({
          field: field === undefined ? undefined : words.field(field),
          message: shorten(of(message)) || 'no code given',
        })),
      );
    const logged = printable((text) => words.of(text));
    const counted = settings.log_detail === 'full_row' ? printable((text) => words.grouped(text)) : logged;
    return this.#take(
      series,
      reject,
      { logged, counted },
      errors.map(({ field }) => field),
    );
  }

  /** @param fields that are wrong, as they were named */
  async #take(
    series: Series,
    reject: Reject,
    said: { logged: Said; counted: Said },
    fields: readonly (string | undefined)[],
  ): Promise<void> {
    const { settings, store, output } = this.#options;
    const { log_detail, max_logged } = settings;
    store?.add(reject);
    this.#count(series, said.counted, 1, sampleOf(reject, fields, log_detail));
    if (log_detail === 'none') return;
    if (series.groups.total <= max_logged) {
      if (!reject.sure) this.#explainUnsure();
      output.log('WARN', rowLine({ ...reject, field: said.logged.field }, said.logged.reason, log_detail, series.of));
      await output.drained();
      return;
    }
    series.waiting.push(keyOf(reject));
    if (series.waiting.length >= keysPerLine) await this.#logWaiting(series);
  }

  async #logWaiting(series: Series): Promise<void> {
    if (series.waiting.length === 0) return;
    const rejects = series.waiting;
    series.waiting = [];
    this.#options.output.log('WARN', keysLine(series.plan, series.by, rejects, series.of));
    await this.#options.output.drained();
  }

  async #logKept(): Promise<void> {
    const { accounts, output, store } = this.#options;
    const rows = [...accounts].reduce((sum, { reasons }) => sum + (reasons?.total ?? 0), 0);
    if (!store && rows > 0) output.log('WARN', notKeptLine(rows));
    for (const file of this.kept) {
      output.log('WARN', keptLine(file, this.comesAgain(file.plan)));
      await output.drained();
    }
  }

  async #logGroups({ plan, by, groups, of }: Series): Promise<void> {
    for (const line of groupLines(plan, by, groups.sorted(), of)) {
      this.#options.output.log('WARN', line);
      await this.#options.output.drained();
    }
  }

  /** Rows that were not sent in a job count as rejected by the connector. */
  async #refuseRows(batch: Batch, { rejected }: Outcome): Promise<void> {
    for (const row of rejected)
      await this.refuse({ ...(await joinReject(batch, {}, row, this.#options.nullText)), row: undefined });
  }

  async #keepUnidentified(batch: Batch, outcome: Outcome, series: Series): Promise<void> {
    const { unidentified } = outcome;
    const { jobId } = series.by;
    this.#count(series, { reason: 'not named by Gainsight' }, unidentified);
    const path = await this.#options.store?.keepBatch(batch);
    const kept = path === undefined ? '' : ` The whole file is kept as ${path}.`;
    const text = `${jobId === undefined ? 'Gainsight' : `Job ${jobId}`} does not name ${unidentified} of the rows that it rejected.${kept}`;
    this.#options.output.log('WARN', `${text}${referenceText(outcome)}`);
  }

  #count(series: Series, { field, reason }: Said, rows: number, sample?: RejectSample): void {
    series.groups.add(field, reason, rows, sample);
    if (series.of === 'this sync') this.#options.accounts.rejectedRows(series.plan, { field, reason }, rows, sample);
  }
}

/** A row error joined to its row; several errors of one row are one reject. */
async function joinReject(batch: Batch, by: RejectedBy, rejected: RejectedRow, nullText: string): Promise<Reject> {
  const { row, sure, errors } = rejected;
  return {
    plan: batch.filePlan,
    ...by,
    // The rows of calls have no numbers that a person could find again.
    row: by.byCalls ? undefined : row + 1,
    sure,
    ...joinErrors(errors),
    cells: plainCells(await batch.readRow(row), nullText, batch.route === 'object_api'),
    records: await batch.recordsOf(row),
  };
}

/** All that Gainsight reports about one row: the fields that its errors name, and their messages. */
interface Said {
  readonly field?: string | undefined;
  readonly reason: string;
}

function joinErrors(errors: RejectedRow['errors']): Said {
  const fields = [...new Set(errors.flatMap(({ field }) => field ?? []))];
  const words = errors.map(({ field, message }) => (fields.length > 1 && field ? `${field}: ${message}` : message));
  return { field: fields.length > 0 ? fields.join(', ') : undefined, reason: words.join('; ') };
}

const mostSampledFields = 3;

/** What the log may show of a row in its group. */
function sampleOf(
  reject: Reject,
  fields: readonly (string | undefined)[],
  detail: RejectedRows['log_detail'],
): RejectSample {
  const { cells, plan } = reject;
  if (detail === 'none' || cells === undefined) return {};
  const key = plan.keyFields.length > 0 ? keyOf(reject).key : undefined;
  if (detail !== 'full_row') return { key };
  const columns = new Set(fields.map((name) => plan.columns.findIndex(({ field }) => field === name)));
  const values = [...columns].filter((column) => column >= 0).map((column) => cells[column] ?? null);
  return { key, values: values.length > 0 ? values.slice(0, mostSampledFields) : undefined };
}
