/** One job of the tenant: what was submitted, what became of it, and how the API reports it. */
import type { IncomingHttpHeaders } from 'node:http';
import type { BulkJob, BulkJobError } from '../gainsight/contract.ts';
import type { Cells } from './csv.ts';
import type { JobFault } from './faults.ts';
import type { NameStyle, ObjectNameStyle, Settings } from './options.ts';
import { rowErrors } from './row_errors.ts';
import type { Purpose, RowProblem } from './rules.ts';
import { at, duration, type Moment, type Timeline } from './timeline.ts';

/** A submitted file after reading. */
export interface Submitted extends Purpose {
  /** The form's fields, as sent. */
  readonly fields: Readonly<Record<string, string>>;
  readonly headers: IncomingHttpHeaders;
  readonly fileName: string;
  /** The media type of the file's part. */
  readonly fileType: string;
  readonly sha256: string;
  readonly bytes: number;
  /** The CSV header; empty if none could be read. */
  readonly header: readonly string[];
  readonly rowCount: number;
  /** Undefined if rows are not kept. */
  readonly rows: readonly Cells[] | undefined;
  /** The line of the file on which each kept row starts. */
  readonly lines: readonly number[];
  /** Rows with the same key as an earlier row of the file. */
  readonly duplicateKeys: number;
  /** Why rows are rejected, as far as it depends on the rows alone. */
  readonly problems: readonly RowProblem[];
  /** Why the whole file is rejected. */
  readonly fileProblem: { readonly field?: string; readonly message: string } | undefined;
}

/** The estimated duration of a job that never ends, in milliseconds. */
const maxEstimate = 86_400_000;

const contractStates = ['PENDING', 'IN_PROGRESS', 'COMPLETED', 'FAILED'];

/** A job. Its state is computed for the time of each query. */
export class Job {
  readonly id: string;
  /** Number among the accepted jobs of the client under test, from 1; 0 for a job of another client. */
  readonly number: number;
  submitted: Submitted;
  readonly faults: readonly JobFault[];
  readonly timeline: Timeline;
  /** When it was accepted, in milliseconds: by the server's clock, and by the monotonic one. */
  readonly accepted: { readonly at: number; readonly elapsed: number };
  /** Its rows are in the store. */
  applied = false;
  /** Why rows are rejected; complete once the job is applied. */
  problems: readonly RowProblem[];
  readonly #settings: Settings;

  constructor(job: Pick<Job, 'id' | 'number' | 'submitted' | 'faults' | 'timeline' | 'accepted'>, settings: Settings) {
    this.id = job.id;
    this.number = job.number;
    this.submitted = job.submitted;
    this.faults = job.faults;
    this.timeline = job.timeline;
    this.accepted = job.accepted;
    this.problems = job.submitted.problems;
    this.#settings = settings;
  }

  rename(fileName: string): void {
    this.submitted = { ...this.submitted, fileName };
  }

  /** When it ends, by the monotonic clock; Infinity for never. */
  get endsAt(): number {
    return this.accepted.elapsed + duration(this.timeline) * 1000;
  }

  moment(elapsed: number): Moment {
    return at(this.timeline, (elapsed - this.accepted.elapsed) / 1000, this.#settings.rowsPerSecond);
  }

  /** Rejected rows among the first `rows`. */
  refusedRows(rows: number): Set<number> {
    return new Set(this.problems.map(({ row }) => row).filter((row) => row < rows));
  }

  /** The job as the API reports it. */
  reported(elapsed: number): BulkJob {
    const { status, processed, ended } = this.moment(elapsed);
    const failureCount = this.refusedRows(processed).size;
    const isPartial = status === 'COMPLETED' && failureCount > 0;
    const isAhead = this.faults.some((fault) => fault.kind === 'completed_date_ahead');
    const endsAt = this.accepted.at + Math.min(this.endsAt - this.accepted.elapsed, maxEstimate);
    return {
      jobId: this.id,
      objectName: givenObject(this.submitted.object, this.#settings.objectNames),
      operation: this.submitted.operation,
      status: isPartial ? this.#settings.partialJob : status,
      totalRecords: this.submitted.rowCount,
      processedRecords: processed,
      ...this.#counts({ successCount: processed - failureCount, failureCount }, elapsed),
      ...givenName(this.submitted.fileName, this.#settings.names),
      createdDate: this.#date(this.accepted.at),
      ...((ended || isAhead) && { completedDate: this.#date(endsAt) }),
    };
  }

  /** The job's errors as the API reports them; none before its end. */
  reportedErrors(elapsed: number): BulkJobError[] {
    const { ended, status, processed } = this.moment(elapsed);
    if (!ended) return [];
    const { fileProblem } = this.submitted;
    if (fileProblem) {
      const { field, message } = fileProblem;
      return [{ errorMessage: message, ...(field !== undefined && { fieldName: field }) }];
    }
    const done = this.problems.filter(({ row }) => row < processed);
    const failed = this.faults.find((fault) => fault.kind === 'fail')?.message ?? 'GS_3250: The file is not valid';
    const notes = this.faults.flatMap((fault) =>
      fault.kind === 'file_note' ? [{ rowNumber: fault.rowNumber ?? 0, errorMessage: fault.message }] : [],
    );
    return [
      ...notes,
      ...rowErrors(done, this.#settings.rowNumberBase, this.faults),
      ...(status === 'COMPLETED' ? [] : [{ errorMessage: failed }]),
    ];
  }

  /** Whether it is listed. */
  listed(elapsed: number): boolean {
    const age = elapsed - this.accepted.elapsed;
    const hidden = this.faults.find((fault) => fault.kind === 'hide');
    return age >= Math.max(this.#settings.listLag, hidden ? (hidden.seconds ?? Number.POSITIVE_INFINITY) * 1000 : 0);
  }

  /** Whether its own paths answer 404. */
  vanished(elapsed: number): boolean {
    const age = (elapsed - this.accepted.elapsed) / 1000;
    return this.faults.some(
      (fault) =>
        fault.kind === 'vanish' &&
        age >= (fault.from ?? 0) &&
        age < (fault.from ?? 0) + (fault.seconds ?? Number.POSITIVE_INFINITY),
    );
  }

  /** Whether its state, counts or dates deviate from the contract. */
  isOutsideContract(elapsed: number): boolean {
    const hasWords = this.faults.some((fault) => fault.kind === 'counts' && fault.as === 'words');
    return this.#settings.dates !== 'iso' || hasWords || !contractStates.includes(this.reported(elapsed).status ?? '');
  }

  /** A moment as the tenant writes it. The contract has texts only. */
  #date(at: number): string {
    const { dates, zoneOffset } = this.#settings;
    switch (dates) {
      case 'iso':
        return new Date(at).toISOString();
      case 'local':
        return new Date(at + zoneOffset).toISOString().slice(0, 19);
      case 'date':
        return new Date(at + zoneOffset).toISOString().slice(0, 10);
      case 'epoch':
        return at as unknown as string;
      case 'words':
        return 'a moment ago';
    }
  }

  #counts(counts: Pick<BulkJob, 'successCount' | 'failureCount'>, elapsed: number) {
    const fault = this.faults.find((one) => one.kind === 'counts');
    const since = (elapsed - this.endsAt) / 1000;
    if (!fault || since < 0 || since >= (fault.seconds ?? Number.POSITIVE_INFINITY)) return counts;
    if (fault.as === 'missing') return {};
    if (fault.as === 'words') return { successCount: 'many' as never, failureCount: 'few' as never };
    const by = (fault.by ?? 1) * (fault.as === 'short' ? -1 : 1);
    return { ...counts, successCount: Math.max(0, (counts.successCount ?? 0) + by) };
  }
}

/** A file name as the tenant returns it. */
function givenName(fileName: string, style: NameStyle): Pick<BulkJob, 'fileName'> {
  switch (style) {
    case 'as_sent':
      return { fileName };
    case 'lower':
      return { fileName: fileName.toLowerCase() };
    case 'upper':
      return { fileName: fileName.toUpperCase() };
    case 'path':
      return { fileName: `tenant-7/bulk/2026/${fileName}` };
    case 'suffix':
      return { fileName: `${fileName} (1).csv` };
    case 'cut_32':
      return { fileName: fileName.slice(0, 32) };
    case 'missing':
      return {};
  }
}

function givenObject(object: string, style: ObjectNameStyle): string {
  if (style === 'as_sent') return object;
  return style === 'upper' ? object.toUpperCase() : `The ${object} Object`;
}
