/** The tenant: its jobs in the order of their acceptance, and the records that they created. */
import type { BulkJob, JobPage } from '../gainsight/contract.ts';
import type { ForeignJobs, JobFault, ListOrder } from './faults.ts';
import { Job, type Submitted } from './job.ts';
import { rulesOf, type Settings } from './options.ts';
import { type Row, type Sample, Store, type StoredRow } from './store.ts';
import { planTimeline } from './timeline.ts';

/** One moment by both clocks, in milliseconds. */
export interface Instant {
  /** By the server's clock. */
  readonly at: number;
  /** By the monotonic clock. */
  readonly elapsed: number;
}

/** A page of the list. */
export interface Page {
  readonly status: string | undefined;
  readonly order: ListOrder;
  readonly limit: number;
  readonly offset: number;
}

/** All state behind the API; time is passed in with each call. */
export class Tenant {
  readonly jobs: Job[] = [];
  readonly store: Store;
  readonly #settings: Settings;
  /** Work that is done later, by the monotonic clock. */
  #later: { readonly from: number; readonly work: () => void }[] = [];

  constructor(settings: Settings) {
    this.#settings = settings;
    this.store = new Store(settings.objectApi.keys === 'loose' ? looseForm : undefined);
  }

  /** The number of the next accepted job of the client. */
  get nextNumber(): number {
    return this.jobs.filter(({ number }) => number > 0).length + 1;
  }

  accept(submitted: Submitted, faults: readonly JobFault[], now: Instant): Job {
    this.advance(now.elapsed);
    const { rowsPerSecond, pendingSeconds } = this.#settings;
    const loadable = submitted.fileProblem === undefined;
    const pace = { rows: submitted.rowCount, loadable, rowsPerSecond, pendingSeconds };
    return this.#add({
      number: this.nextNumber,
      submitted,
      faults,
      timeline: planTimeline(pace, faults),
      accepted: now,
    });
  }

  /** Adds jobs of another client, which change no records. */
  addForeign(foreign: ForeignJobs, now: Instant): Job[] {
    const { count = 1, age = 0, every = 0, rows = 100, object = 'company', seconds } = foreign;
    const { rowsPerSecond, pendingSeconds } = this.#settings;
    const working = seconds === undefined ? rows / rowsPerSecond : Math.max(0, seconds - pendingSeconds);
    const phases = [
      { status: 'PENDING', seconds: Math.min(pendingSeconds, seconds ?? pendingSeconds) },
      { status: 'IN_PROGRESS', seconds: working },
    ];
    return Array.from({ length: count }, (_, at) => {
      const since = (age + at * every) * 1000;
      const fileName = foreign.fileName ?? `other client ${this.jobs.length + 1}.csv`;
      return this.#add({
        number: 0,
        submitted: { ...nothing, object, fileName, rowCount: rows },
        faults: [],
        timeline: { phases, end: { status: 'COMPLETED', rows } },
        accepted: { at: now.at - since, elapsed: now.elapsed - since },
      });
    });
  }

  /** Adds records of another client. */
  addRecords(object: string, records: readonly StoredRow[]): void {
    const table = this.store.table(object);
    for (const record of records) {
      const row: Row = [];
      for (const [field, cell] of Object.entries(record)) row[table.column(field)] = cell;
      table.insert(row);
    }
  }

  /** Another client deletes the records that have all values of one of these. */
  deleteRecords(object: string, records: readonly StoredRow[]): void {
    const table = this.store.table(object);
    const values = records.map((record) =>
      Object.entries(record).map(([field, cell]) => [table.column(field), cell] as const),
    );
    table.delete((row) => values.some((each) => each.every(([column, cell]) => row[column] === cell)));
  }

  find(id: string): Job | undefined {
    return this.jobs.find((job) => job.id === id);
  }

  list({ status, order, limit, offset }: Page, elapsed: number): { jobs: Job[]; list: JobPage } {
    this.advance(elapsed);
    const reported = (job: Job): BulkJob => job.reported(elapsed);
    const fitting = this.jobs.filter((job) => job.listed(elapsed) && (!status || reported(job).status === status));
    const length = Math.min(limit, this.#settings.listPageMax ?? limit);
    const jobs = ordered(fitting, order).slice(offset, offset + length);
    return { jobs, list: { records: jobs.map(reported), totalCount: fitting.length } };
  }

  /** @throws Error if the object's rows are not kept */
  rows(object: string, elapsed: number): StoredRow[] {
    if (!keepsRows(object, this.#settings)) throw new Error(`the sandbox keeps no rows of ${object}`);
    this.advance(elapsed);
    return this.store.rows(object);
  }

  /** Each object that rows were loaded into, with its `most` latest records. */
  samples(most: number, elapsed: number): Sample[] {
    this.advance(elapsed);
    return this.store.samples(most);
  }

  /** Does some work at a later moment of the monotonic clock. */
  later(from: number, work: () => void): void {
    this.#later.push({ from, work });
  }

  /** Applies the jobs that have ended since the last call, in the order of their ends, and the work that is due. */
  advance(elapsed: number): void {
    const due = this.#later.filter(({ from }) => from <= elapsed);
    this.#later = this.#later.filter(({ from }) => from > elapsed);
    for (const { work } of due) work();
    const ended = this.jobs.filter((job) => !job.applied && job.endsAt <= elapsed);
    for (const job of ended.sort((a, b) => a.endsAt - b.endsAt)) this.#apply(job);
  }

  #apply(job: Job): void {
    job.applied = true;
    const { object, operation, keyFields, header, rows, lines, fileProblem } = job.submitted;
    if (!rows || fileProblem) return;
    const done = job.timeline.end.rows;
    const change = { header, rows: rows.slice(0, done), lines, refused: job.refusedRows(done) };
    const rules = rulesOf(object, this.#settings.objects);
    const refused = this.store.apply({ purpose: { object, operation, keyFields }, ...change }, rules, this.#settings);
    job.problems = [...job.problems, ...refused];
  }

  #add(job: Omit<ConstructorParameters<typeof Job>[0], 'id'>): Job {
    const made = new Job({ ...job, id: `J${String(this.jobs.length + 1).padStart(6, '0')}` }, this.#settings);
    this.jobs.push(made);
    return made;
  }
}

function ordered(jobs: readonly Job[], order: ListOrder): Job[] {
  if (order === 'none') return [...jobs].sort((a, b) => scatter(a) - scatter(b));
  const sign = order === 'newest' ? -1 : 1;
  return [...jobs].sort((a, b) => sign * (a.accepted.at - b.accepted.at || compare(a.id, b.id)));
}

/** Values that differ by case, by accents, by space around them or by the form of a number are the same key. */
export function looseForm(cell: string): string {
  const text = cell.normalize('NFKD').replace(/\p{M}/gu, '').trim().toLowerCase();
  return /^[+-]?\d+(\.\d+)?$/.test(text) ? String(Number(text)) : text;
}

/** Whether the rows of an object are kept. */
export function keepsRows(object: string, { objects, keepRows }: Settings): boolean {
  return rulesOf(object, objects)?.keepRows ?? keepRows;
}

const compare = (a: string, b: string) => (a < b ? -1 : 1);

/** A pseudo-random sort key for each job that depends on its id alone. */
function scatter({ id }: Job): number {
  return (Number(id.slice(1)) * 7919) % 10_007;
}

const nothing: Submitted = {
  object: '',
  operation: 'UPSERT',
  keyFields: [],
  fields: {},
  headers: {},
  fileName: '',
  fileType: 'text/csv',
  sha256: '',
  bytes: 0,
  header: [],
  rowCount: 0,
  rows: undefined,
  lines: [],
  duplicateKeys: 0,
  problems: [],
  fileProblem: undefined,
};
