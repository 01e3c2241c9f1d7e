/**
 * Processes the lines of the input: a record becomes a row of a batch or a reject, or is skipped; a state is passed on.
 */

import { readMessage } from './airbyte/messages.ts';
import type { Output } from './airbyte/output.ts';
import type { StreamDescriptor } from './airbyte/protocol.ts';
import { label } from './airbyte/streams.ts';
import type { Backpressure } from './batch/backpressure.ts';
import type { Batcher, EncodedRow } from './batch/batcher.ts';
import type { Values } from './config/types.ts';
import { ConnectorError } from './errors.ts';
import { type IntakeStream, IntakeStreams, type UnknownStream } from './intake_streams.ts';
import type { Schedule } from './load/schedule.ts';
import type { Plan } from './model.ts';
import { nameList, truncate } from './names.ts';
import type { AbsentColumns } from './plan/absent_columns.ts';
import { Kernel } from './records/kernel/kernel.ts';
import { LineSplitter } from './records/line_splitter.ts';
import { learnTemplate, TemplateRows } from './records/line_templates.ts';
import { RecordScanner } from './records/record_scanner.ts';
import { RowEncoder } from './records/row_encoder.ts';
import { RowShapes } from './records/row_shape.ts';
import { plainCells } from './records/typed_row.ts';
import type { ValueChecks } from './records/value_check.ts';
import { sizesOf } from './records/value_formats.ts';
import type { Accounts } from './settle/accounts.ts';
import type { Retries } from './settle/rejects/retries.ts';
import type { Settlement } from './settle/settlement.ts';

/** A line that is not a record, for the flow to decide on. A text is valid until the next arrival is requested. */
export type Arrival =
  /** A state came, after all records so far of its stream (`plan`) or, without one, of all streams. */
  | {
      readonly kind: 'state';
      readonly type: 'STREAM' | 'GLOBAL' | 'LEGACY';
      readonly text: Buffer;
      readonly line: number;
      readonly plan: Plan | undefined;
    }
  /** A state of a stream that the catalog lacks, and that had no records: nothing needs to be proven for it. */
  | { readonly kind: 'foreign state'; readonly text: Buffer }
  /** The first record of a stream that the catalog lacks: no setting applies to it. */
  | { readonly kind: 'unknown stream'; readonly stream: UnknownStream };

/** Where parsed records, skipped records and rejects go. */
export interface IntakeParts {
  readonly output: Pick<Output, 'log'>;
  readonly accounts: Accounts;
  readonly schedule: Pick<Schedule, 'isStopped'>;
  readonly settlement: Pick<Settlement, 'refuse'>;
  readonly columns: Pick<AbsentColumns, 'seenOf'>;
  /** Complete when the first record comes. */
  readonly checks: Pick<ValueChecks, 'of'>;
  readonly batcher: Pick<Batcher, 'append' | 'appendRows' | 'compactDeletions' | 'delete'>;
  readonly backpressure: Pick<Backpressure, 'room'>;
  /** Receives records that are skipped as deleted; undefined if no rejected row is sent again. */
  readonly retries?: Pick<Retries, 'passed'> | undefined;
}

interface Options {
  readonly values: Values;
  readonly skipsDeleted: boolean;
  /** Airbyte's Clear: states pass, records are an error. */
  readonly isClear: boolean;
}

const mostNamesWarned = 100;

/** Messages that sources write among their records: nothing is missing if a destination does not get them. */
const ofSources: ReadonlySet<string> = new Set(['LOG', 'TRACE', 'CONTROL']);

/** A row that a file may get. */
interface Row extends EncodedRow {
  /** A key field has no value. */
  readonly lacksKey: boolean;
}

/** Result of a line: nothing to wait for, something to wait for, or a message for the flow. */
type Pending = undefined | Arrival | Promise<void>;

/** Reads lines in order; the caller must take all arrivals of a chunk before the next chunk. */
export class Intake {
  readonly #parts: IntakeParts;
  readonly #options: Options;
  readonly #kernel: Kernel;
  readonly #shapes: RowShapes;
  readonly #splitter: LineSplitter;
  readonly #scanner: RecordScanner;
  readonly #rows: TemplateRows;
  readonly #streams: IntakeStreams;
  readonly #warned = new Set<string>();
  /** Streams that had records, by the ids of their plans. */
  readonly #byPlan: IntakeStream[] = [];
  #last: IntakeStream | undefined;

  constructor(parts: IntakeParts, options: Options) {
    this.#parts = parts;
    this.#options = options;
    const plans = [...parts.accounts].map(({ plan }) => plan);
    this.#kernel = new Kernel(sizesOf(plans, options.values));
    this.#shapes = new RowShapes(this.#kernel, options.values);
    this.#splitter = new LineSplitter(this.#kernel);
    this.#scanner = new RecordScanner(this.#kernel);
    this.#rows = new TemplateRows(this.#kernel, this.#splitter, this.#scanner);
    this.#streams = new IntakeStreams(parts.accounts, (given, meant) => this.#warnOfSpelling(given, meant));
  }

  /** The streams of the catalog, as far as they were read. */
  get streams(): IntakeStreams {
    return this.#streams;
  }

  /**
   * Processes the next bytes of the input.
   * @throws ConnectorError `input_broken`, `clear_with_records`, `disk_failed`
   */
  read(chunk: Buffer): AsyncGenerator<Arrival> {
    this.#splitter.push(chunk);
    return this.#lines();
  }

  /** The input has ended: the last line may have no line feed. */
  end(): AsyncGenerator<Arrival> {
    this.#splitter.end();
    return this.#lines();
  }

  async *#lines(): AsyncGenerator<Arrival> {
    for (let arrival = await this.#next(); arrival; arrival = await this.#next()) {
      yield arrival;
      // States need room in the spool as well.
      if (arrival.kind === 'state') await this.#parts.backpressure.room();
    }
  }

  /** Reads records up to the next line that is none. */
  async #next(): Promise<Arrival | undefined> {
    const [rows, splitter] = [this.#rows, this.#splitter];
    for (;;) {
      let pending: Pending;
      if (rows.count > 0) {
        pending = this.#take(rows);
      } else if (!rows.read()) {
        const kind = splitter.next();
        if (kind === undefined) return undefined;
        pending = kind === 'line' ? this.#line() : this.#longLine();
      }
      // Most lines need no waiting, and a promise for each would cost more than the line.
      if (pending === undefined) continue;
      const arrival = await pending;
      if (arrival) return arrival;
    }
  }

  /** Takes rows of one plan that the kernel has encoded. */
  #take(rows: TemplateRows): undefined | Promise<void> {
    const stream = this.#byPlan[rows.plan] as IntakeStream;
    const { account, plan } = stream;
    stream.learning.succeeded();
    if (this.#parts.schedule.isStopped(plan.id)) return this.#count(stream, rows);
    if (rows.isAlone) {
      const length = rows.stop;
      rows.takeAll();
      account.received += 1;
      const encoder = this.#encoderOf(stream);
      return this.#append(stream, encoder, encoder.accept(length));
    }
    const { count } = rows;
    if (this.#parts.batcher.appendRows(plan, rows)) {
      rows.takeAll();
      account.received += count;
      return this.#parts.backpressure.room();
    }
    account.received += 1;
    return this.#appendRow(stream, rows.takeOne());
  }

  /** Takes records of a stream that was stopped; the kernel encodes no further ones. */
  #count(stream: IntakeStream, rows: TemplateRows): undefined {
    this.#encoderOf(stream).stop();
    stream.account.received += rows.count;
    rows.takeAll();
  }

  #line(): Pending {
    const { buffer, start, stop } = this.#splitter;
    const kind = this.#scanner.scan(buffer, start, stop);
    if (kind === 'record') return this.#record();
    if (kind === 'broken') throw this.#broken(this.#problem());
    // Not `buffer`: the kernel's memory may have grown.
    return this.#message(this.#splitter.buffer.subarray(start, stop));
  }

  #record(): Pending {
    const scanner = this.#scanner;
    const stream = this.#find(scanner);
    if (!stream) return this.#unknown({ name: scanner.stream, namespace: scanner.namespace });
    stream.account.received += 1;
    const encoder = this.#encoderOf(stream);
    const isStopped = this.#parts.schedule.isStopped(stream.plan.id);
    const result = isStopped ? encoder.stop() : encoder.encode(scanner);
    if (stream.learning.missed()) learnTemplate(scanner, encoder);
    if (result === undefined) return undefined;
    return this.#append(stream, encoder, result);
  }

  #append(stream: IntakeStream, encoder: RowEncoder, result: 'row' | 'reject'): undefined | Promise<void> {
    const { plan } = stream;
    if (encoder.isDeleted && this.#options.skipsDeleted) return this.#skipDeleted(stream, encoder);
    if (encoder.truncated.length > 0) this.#warnOfTruncated(plan, encoder.truncated);
    if (result === 'reject') return this.#reject(plan, encoder, encoder.fault ?? { reason: 'unknown' });
    const misfit = stream.check?.judge(encoder);
    if (misfit !== undefined) return this.#reject(plan, encoder, misfit);
    if (encoder.hasPaddedKey) {
      const keyOf = () => plan.keyColumns.map((column) => this.#cellsOf(plan, encoder)[column] ?? null);
      this.#parts.accounts.padded(stream.account, keyOf);
    }
    return this.#appendRow(stream, encoder);
  }

  #appendRow({ plan, encoder }: IntakeStream, row: Row): undefined | Promise<void> {
    const { backpressure, batcher } = this.#parts;
    const pending = batcher.append(plan, row, (encoder as RowEncoder).header);
    return pending === undefined ? backpressure.room() : this.#afterClose(plan, row, pending);
  }

  /** Gainsight cannot delete, so rows known to be deleted are not sent. */
  #skipDeleted({ plan, account }: IntakeStream, encoder: RowEncoder): undefined | Promise<void> {
    const { accounts, batcher, retries } = this.#parts;
    const hasKey = encoder.findKey();
    if (!hasKey && plan.keyColumns.length > 0)
      this.#warnOnce(
        `Deleted rows of ${short(plan.label)} come without a key; where rows of theirs wait to be sent, these are sent.`,
      );
    if (hasKey && retries) retries.passed(plan, this.#cellsOf(plan, encoder), true);
    const isInBatch = hasKey && batcher.delete(plan, encoder);
    accounts.skipped(account, isInBatch);
    return isInBatch ? batcher.compactDeletions(plan.id) : undefined;
  }

  async #afterClose(plan: Plan, row: Row, pending: Promise<'appended' | 'rejected'>): Promise<void> {
    if ((await pending) === 'rejected')
      await this.#reject(plan, row, { reason: 'the row alone is larger than a file may be' });
    await this.#parts.backpressure.room();
  }

  #reject(plan: Plan, row: Row, fault: { field?: string; reason: string }): Promise<void> {
    const cells = row.length === 0 ? undefined : this.#cellsOf(plan, row);
    const { lacksKey } = row;
    return this.#parts.settlement.refuse({ plan, sure: true, ...fault, cells, lacksKey, records: 1 });
  }

  #cellsOf({ route }: Plan, { bytes, length }: Row): (string | null)[] {
    return plainCells(bytes.subarray(0, length - 1), this.#options.values.null_text, route !== undefined);
  }

  #longLine(): Pending {
    const { buffer, start, stop } = this.#splitter;
    const head = this.#scanner.scanHead(buffer, start, stop);
    if (!head.isRecord) throw this.#broken('it is longer than 32 MB and no RECORD');
    if (!head.stream)
      throw this.#broken('it is a RECORD longer than 32 MB that does not name its stream at its beginning');
    const stream = this.#find({ stream: head.stream.name, namespace: head.stream.namespace });
    if (!stream) return this.#unknown(head.stream);
    const { plan, account } = stream;
    account.received += 1;
    if (this.#parts.schedule.isStopped(plan.id)) return undefined;
    const reason = 'the record is longer than 32 MB';
    return this.#parts.settlement.refuse({ plan, sure: true, reason, records: 1 });
  }

  #message(text: Buffer): Arrival | undefined {
    const message = readMessage(text);
    if (message.kind === 'broken') throw this.#broken(message.problem);
    if (message.kind === 'ignored' && !ofSources.has(message.type))
      this.#warnOnce(`Messages of the type ${short(message.type)} are not meant for a destination and are ignored.`);
    if (message.kind !== 'complete' && message.kind !== 'state') return undefined;
    const stream = message.stream && this.#streams.of(message.stream);
    if (message.kind === 'complete') {
      if (stream) stream.complete = true;
      return undefined;
    }
    if (this.#options.isClear) return { kind: 'foreign state', text };
    if (message.type === 'STREAM' && !stream) {
      // Its records were dropped, so its state must not come back.
      return this.#streams.isCounted(message.stream) ? undefined : { kind: 'foreign state', text };
    }
    this.#streams.stateCame(stream);
    return { kind: 'state', type: message.type, text, line: this.#splitter.lineNumber, plan: stream?.plan };
  }

  /** The stream of a record; undefined if it is not in the catalog. */
  #find({ stream, namespace }: { stream: string; namespace: string | undefined }): IntakeStream | undefined {
    const last = this.#last;
    if (last && last.plan.stream.name === stream && last.plan.stream.namespace === namespace) return last;
    if (this.#options.isClear) {
      const details = { stream: short(stream) };
      throw new ConnectorError('clear_with_records', details, {
        stream: { name: stream, ...(namespace && { namespace }) },
      });
    }
    const found = this.#streams.of({ name: stream, namespace });
    if (found) this.#last = found;
    return found;
  }

  /** Counts a record whose stream is not in the catalog; the first one of each stream is passed on. */
  #unknown(stream: StreamDescriptor): Arrival | undefined {
    const unknown = this.#streams.countUnknown(stream);
    if (unknown.records > 1) return undefined;
    this.#warnOnce(`Records of ${quoted(label(stream))} are not loaded: the catalog has no such stream.`);
    return { kind: 'unknown stream', stream: unknown };
  }

  #warnOfSpelling(given: string, { label: meant }: Plan): void {
    const names = `${quoted(given)} is taken for the stream ${quoted(meant)}`;
    this.#warnOnce(`${names} of the catalog, the only one that differs from it by case or namespace alone.`);
  }

  #encoderOf(stream: IntakeStream): RowEncoder {
    if (stream.encoder !== undefined) return stream.encoder;
    const { plan } = stream;
    stream.check = this.#parts.checks.of(plan);
    stream.encoder = new RowEncoder(plan, this.#shapes.of(plan), {
      ...{ onUnknownColumn: this.#onUnknownColumn, onUnreadableCursor: this.#onUnreadableCursor },
      ...{ seen: this.#parts.columns.seenOf(plan), rules: stream.check?.rules },
    });
    this.#byPlan[plan.id] = stream;
    return stream.encoder;
  }

  // Not methods: all encoders share one function.
  readonly #onUnknownColumn = (name: string, plan: Plan): void => {
    // Airbyte's own columns are not meant for a destination's rows.
    if (plan.leftOut?.has(name) || name.startsWith('_airbyte_')) return;
    this.#warnOnce(
      `Column ${short(name)} of ${short(plan.label)} is not in the catalog's schema and is not sent. If it is to be sent, refresh the schema of the connection.`,
    );
  };

  readonly #onUnreadableCursor = ({ label: name, latestBy }: Plan): void => {
    const cursor = quoted(latestBy?.path.join('.') ?? '');
    this.#warnOnce(
      `Records of ${short(name)} have values in their cursor ${cursor} that are no ${latestBy?.kind}; they count as older than any other.`,
    );
  };

  #warnOfTruncated(plan: Plan, fields: readonly string[]): void {
    const label = short(plan.label);
    for (const field of fields) {
      this.#warnOnce(`The source cut values of ${short(field)} in ${label} short; they are sent as they came.`);
    }
  }

  #warnOnce(text: string): void {
    if (this.#warned.size > mostNamesWarned || this.#warned.has(text)) return;
    this.#warned.add(text);
    const isLast = this.#warned.size > mostNamesWarned;
    const said = isLast ? 'Further names are skipped without a line for each.' : text;
    this.#parts.output.log('WARN', said);
  }

  /** A last line without a line feed indicates a source that was killed while it wrote. */
  #problem(): string {
    const { brokenStream } = this.#scanner;
    const problem = `${this.#scanner.problem}${brokenStream === undefined ? '' : ` (a RECORD of ${quoted(brokenStream)})`}`;
    return this.#splitter.isUnended ? `${problem}, and the input ends within it` : problem;
  }

  #broken(detail: string): ConnectorError {
    return new ConnectorError('input_broken', { line: this.#splitter.lineNumber, detail });
  }
}

/** A name from the input, shortened for a log line. */
function short(name: string): string {
  return truncate(name, 200);
}

function quoted(name: string): string {
  return nameList([name]);
}
