/** Processes the calls of both APIs: checks access and quota, applies faults, does the work. */
import type { IncomingMessage } from 'node:http';
import { Readable } from 'node:stream';
import { day, hour, minute } from '../clock.ts';
import type { JobPage } from '../gainsight/contract.ts';
import { type Answer, afterWork, dropped, failure, insteadOfWork, retryAfter, success } from './answers.ts';
import type { BulkCallKind, Call, CallKind } from './exchange.ts';
import { FaultBook, type Struck } from './fault_book.ts';
import type { AnswerFault, ForeignJobs } from './faults.ts';
import { type ReadForm, readForm } from './form.ts';
import type { Job } from './job.ts';
import { type MetadataRoute, metadataAnswer, metadataRouteOf, readJson } from './metadata.ts';
import { ObjectApi } from './object_api.ts';
import { type ObjectRoute, objectRouteOf, readBothJson } from './object_calls.ts';
import type { Settings } from './options.ts';
import { CallBook } from './quota_windows.ts';
import { type Instant, Tenant } from './tenant.ts';
import { isTokenCall, Tokens } from './tokens.ts';
import { UnmatchedRequests } from './unmatched.ts';

/** Call and subject of a request, from its path. */
export interface Route {
  readonly kind: CallKind;
  readonly jobId: string | undefined;
  /** Set for `metadata`. */
  readonly metadata?: MetadataRoute;
  /** Set for calls of the object API. */
  readonly object?: ObjectRoute;
}

/** The response to a call, and the form that came with it. */
export interface Handled {
  readonly answer: Answer;
  /** Undefined if the request is no call of the API. */
  readonly call?: Call | undefined;
  readonly fields?: ReadForm['fields'] | undefined;
  /** The body of a call of the metadata API or the object API. */
  readonly json?: unknown;
}

interface Arrived {
  readonly route: Route;
  readonly url: URL;
  readonly now: Instant;
  /** Bytes of the body after which the connection is cut. */
  readonly cutAfter: number | undefined;
  readonly struck: Struck;
}

/** The sandbox without HTTP itself. */
export class Api {
  readonly tenant: Tenant;
  /** Calls of the Bulk API. */
  readonly calls: CallBook;
  /** Calls of the metadata API, which use nothing of the quota of the Bulk API. */
  readonly metadataCalls: CallBook;
  /** Calls of the object API, with limits of their own. */
  readonly objectCalls: CallBook;
  readonly tokenCalls = new CallBook([]);
  readonly tokens: Tokens | undefined;
  readonly #objects: ObjectApi;
  readonly #settings: Settings;
  readonly faults: FaultBook;
  /** Requests that are no call of either API. */
  readonly unmatched: UnmatchedRequests;
  readonly #sleep: (milliseconds: number) => Promise<void>;
  #clockOffset: number;

  /** @throws Error if the fault script is invalid */
  constructor(settings: Settings, sleep: (milliseconds: number) => Promise<void>) {
    this.tenant = new Tenant(settings);
    this.calls = new CallBook([
      { length: hour, limit: settings.callsPerHour },
      { length: day, limit: settings.callsPerDay },
    ]);
    this.metadataCalls = new CallBook([{ length: minute, limit: settings.metadataCallsPerMinute }]);
    const { callsPerMinute, callsPerDay } = settings.objectApi;
    this.objectCalls = new CallBook([
      { length: minute, limit: callsPerMinute },
      { length: day, limit: callsPerDay },
    ]);
    this.tokens = settings.oauth && new Tokens(settings.oauth);
    this.#objects = new ObjectApi(this.tenant, settings);
    this.#settings = settings;
    this.faults = new FaultBook(settings.script);
    this.unmatched = new UnmatchedRequests((method, path) => this.#routeOf(method, path) !== undefined);
    this.#sleep = sleep;
    this.#clockOffset = settings.clockOffset;
  }

  /** This moment by the server's clocks. */
  now(): Instant {
    return { at: this.#settings.clock.now() + this.#clockOffset, elapsed: this.#settings.clock.elapsed() };
  }

  /** Adds jobs of other clients, which use quota and are listed. */
  addForeign(foreign: ForeignJobs): Job[] {
    const jobs = this.tenant.addForeign(foreign, this.now());
    for (const { id, accepted } of jobs) {
      this.calls.add({ ...accepted, kind: 'submit', counted: true, foreign: true, status: 200, jobId: id });
    }
    return jobs;
  }

  /** Does what a request asks for. */
  async handle(request: IncomingMessage, url: URL): Promise<Handled> {
    const route = this.#routeOf(request.method ?? '', url.pathname);
    if (!route) {
      this.unmatched.add(request.method ?? '', url.pathname, this.now().at);
      return this.#refuse(request, failure(404, 'GS_APIG_1000', 'Not Found', true));
    }
    const about = route.kind === 'submit' ? { job: this.tenant.nextNumber } : this.#subject(route);
    const struck = this.faults.arrive(route.kind, about);
    const cuts = struck.arrival.map((fault) => {
      if (fault.kind === 'foreign_jobs') this.addForeign(fault);
      if (fault.kind === 'foreign_records') this.tenant.addRecords(fault.object, fault.records);
      if (fault.kind === 'foreign_deletions') this.tenant.deleteRecords(fault.object, fault.records);
      if (fault.kind === 'clock_jump') this.#clockOffset += fault.seconds * 1000;
      if (fault.kind === 'drop_mid_upload') return fault.bytes ?? 1000;
      return fault.kind === 'drop_before_read' ? 0 : undefined;
    });
    const cutAfter = cuts.find((cut) => cut !== undefined);
    return this.#admit(request, { route, url, now: this.now(), cutAfter, struck });
  }

  async #admit(request: IncomingMessage, arrived: Arrived): Promise<Handled> {
    const { route, now, cutAfter } = arrived;
    const { kind } = route;
    const isBulk = isBulkCall(kind);
    const book = isBulk ? this.calls : this.#bookOf(kind);
    const note = (counted: boolean, status: number) => book.add({ ...now, kind, counted, foreign: false, status });
    if (cutAfter === 0) return { answer: dropped, call: note(false, 0) };
    if (!this.#isAllowed(request, kind, now.elapsed))
      return this.#refuse(request, failure(401, 'GS_APIG_2401', 'Unauthorized'), note(false, 401));
    const limited = !isBulk || kind === 'submit' || this.#settings.countedCalls === 'all_calls';
    const full = limited ? book.fullUntil(now.at) : undefined;
    if (full !== undefined) {
      const code = isBulk ? 'GU_2400' : 'GS_APIG_2404';
      const answer = failure(429, code, 'API rate limit exceeded', kind !== 'submit');
      const headers = retryAfter(this.#settings.retryAfter, full - now.at, now.at);
      return this.#refuse(request, { ...answer, headers }, note(false, 429));
    }
    const call = note(limited, 0);
    const handled = await this.#respond(request, arrived, call);
    call.status = handled.answer.status;
    return { ...handled, call };
  }

  #bookOf(kind: Exclude<CallKind, BulkCallKind>): CallBook {
    if (kind === 'metadata') return this.metadataCalls;
    return kind === 'token' ? this.tokenCalls : this.objectCalls;
  }

  #respond(request: IncomingMessage, arrived: Arrived, call: Call): Promise<Handled> {
    const { kind, metadata, object } = arrived.route;
    if (metadata) return this.#describe(request, metadata, arrived.struck.answer);
    if (object) return this.#object(request, object, arrived);
    if (kind === 'token') return this.#token(request, arrived);
    return kind === 'submit' ? this.#submit(request, arrived, call) : this.#get(arrived);
  }

  /** A tenant without one of the APIs has none of its paths. */
  #routeOf(method: string, path: string): Route | undefined {
    if (!isDecodable(path)) return undefined;
    const jobId = undefined;
    const metadata = this.#settings.metadata === 'on' ? metadataRouteOf(method, path) : undefined;
    if (metadata) return { kind: 'metadata', jobId, metadata };
    const object = this.#settings.objectApi.access === 'on' ? objectRouteOf(method, path) : undefined;
    if (object) return { kind: object.what, jobId, object };
    if (this.tokens && isTokenCall(method, path)) return { kind: 'token', jobId };
    return this.#settings.bulkApi === 'on' ? routeOf(method, path) : undefined;
  }

  async #describe(request: IncomingMessage, route: MetadataRoute, faults: readonly AnswerFault[]): Promise<Handled> {
    const json = await readJson(request);
    const answer = () => orRefusal(() => metadataAnswer(route, json, this.#settings));
    return { json, answer: await this.#work(faults, answer, []) };
  }

  async #object(request: IncomingMessage, route: ObjectRoute, { url, struck }: Arrived): Promise<Handled> {
    const { plain: json, exact } = await readBothJson(request);
    const part = struck.answer.find((fault) => fault.kind === 'write_in_part');
    const onlyFirst = part && (part.records ?? 1);
    const keys = url.searchParams.get('keys');
    const work = (elapsed: number) => orRefusal(() => this.#objects.answer(route, exact, { keys, elapsed, onlyFirst }));
    const late = struck.answer.find((fault) => fault.kind === 'drop_then_write');
    if (late) {
      const from = this.now().elapsed + late.seconds * 1000;
      this.tenant.later(from, () => work(from));
      return { json, answer: dropped };
    }
    return { json, answer: await this.#work(struck.answer, () => work(this.now().elapsed), []) };
  }

  async #token(request: IncomingMessage, { now, struck }: Arrived): Promise<Handled> {
    const given = await (this.tokens as Tokens).give(request, now.elapsed);
    return { answer: await this.#work(struck.answer, () => given) };
  }

  /** A call for a token signs in by itself. */
  #isAllowed({ headers }: IncomingMessage, kind: CallKind, elapsed: number): boolean {
    if (kind === 'token') return true;
    if (headers.authorization !== undefined) return this.tokens?.allows(headers, isBulkCall(kind), elapsed) ?? false;
    const key = headers['accesskey'];
    return this.#settings.accessKey === undefined ? Boolean(key) : key === this.#settings.accessKey;
  }

  /** Reads the request to its end first, so that the client is not cut off while it writes. */
  async #refuse(request: IncomingMessage, answer: Answer, call?: Call): Promise<Handled> {
    for await (const _ of request);
    return { answer, call };
  }

  async #submit(request: IncomingMessage, { cutAfter, struck }: Arrived, call: Call): Promise<Handled> {
    const body = cutAfter === undefined ? request : Readable.from(cut(request, cutAfter), { objectMode: false });
    let form: ReadForm;
    try {
      form = await readForm(body, request.headers, this.#settings);
    } catch {
      const whole = request.complete && cutAfter === undefined;
      return { answer: whole ? failure(400, 'GS_7400', 'The form cannot be read') : dropped };
    }
    const { outcome, fields } = form;
    const object = fields['objectName'];
    if (fields['file'] !== undefined) call.fileName = fields['file'];
    const about = () => ({ job: this.tenant.nextNumber, object });
    const answerFaults = this.faults.learn('answer', about());
    const answer = await this.#work([...struck.answer, ...answerFaults], () => {
      if ('refusal' in outcome) {
        const { status, errorCode, errorDesc } = outcome.refusal;
        return failure(status, errorCode, errorDesc, status === 413);
      }
      const jobFaults = [...struck.job, ...this.faults.learn('job', about())];
      const now = this.now();
      const job = this.tenant.accept(outcome.submitted, jobFaults, now);
      call.jobId = job.id;
      return this.#about(job, now.elapsed, [...struck.answer, ...answerFaults]);
    });
    return { answer, fields };
  }

  async #get({ route, url, struck }: Arrived): Promise<Handled> {
    const answer = await this.#work(struck.answer, () => {
      const { elapsed } = this.now();
      return route.kind === 'list'
        ? this.#list(url.searchParams, elapsed, struck.answer)
        : this.#job(route, elapsed, struck.answer);
    });
    return { answer };
  }

  /** Does the work, or what faults do instead. */
  async #work(
    faults: readonly AnswerFault[],
    work: () => Answer,
    empty: unknown = { records: [], totalCount: 0 },
  ): Promise<Answer> {
    const delay = async (when: 'before' | 'after') => {
      for (const fault of faults) {
        if (fault.kind === 'delay' && (fault.when ?? 'before') === when) await this.#sleep(fault.seconds * 1000);
      }
    };
    await delay('before');
    const answer = insteadOfWork(faults, this.now().at, empty) ?? work();
    await delay('after');
    return afterWork(answer, faults, this.now().at);
  }

  #list(query: URLSearchParams, elapsed: number, faults: readonly AnswerFault[]): Answer {
    const order = faults.find((fault) => fault.kind === 'list_order')?.order;
    const page = {
      order: order ?? this.#settings.listOrder,
      status: query.get('status') ?? undefined,
      limit: wholeNumber(query.get('limit'), 25),
      offset: faults.some(({ kind }) => kind === 'list_ignores_offset') ? 0 : wholeNumber(query.get('offset'), 0),
    };
    const { jobs, list } = this.tenant.list(page, elapsed);
    return success(
      damagedList(list, page, faults),
      jobs.some((job) => job.isOutsideContract(elapsed)),
    );
  }

  #job({ kind, jobId = '' }: Route, elapsed: number, faults: readonly AnswerFault[]): Answer {
    this.tenant.advance(elapsed);
    const job = this.tenant.find(jobId);
    if (!job || job.vanished(elapsed)) return failure(404, 'GS_7404', `Job "${jobId}" not found`);
    if (kind === 'errors') return success(job.reportedErrors(elapsed));
    return this.#about(job, elapsed, faults);
  }

  /** The answer about a job; with a fault about the first job of another id. */
  #about(job: Job, elapsed: number, faults: readonly AnswerFault[]): Answer {
    const fault = faults.find((each) => each.kind === 'other_job');
    if (!fault) return success(job.reported(elapsed), job.isOutsideContract(elapsed));
    const first = fault.isNew ? undefined : this.tenant.jobs.find(({ id }) => id !== job.id);
    const { object, rowCount } = job.submitted;
    const other = first ?? this.addForeign(fault.isNew ? { object, rows: rowCount } : {})[0] ?? job;
    this.tenant.advance(elapsed);
    const { jobId, ...reported } = other.reported(elapsed);
    return success(fault.withoutId ? reported : { jobId, ...reported }, true);
  }

  #subject({ jobId, object }: Route) {
    if (object) return { object: object.object };
    const job = jobId === undefined ? undefined : this.tenant.find(jobId);
    return job ? { job: job.number, object: job.submitted.object } : {};
  }
}

/** Whether every `%` of a path begins an escape of UTF-8. */
function isDecodable(path: string): boolean {
  try {
    decodeURIComponent(path);
    return true;
  } catch {
    return false;
  }
}

/** The answer to a body of JSON, which may be anything: a part of another type than the call wants is refused. */
function orRefusal(work: () => Answer): Answer {
  try {
    return work();
  } catch (error) {
    if (!(error instanceof TypeError || error instanceof RangeError)) throw error;
    return failure(400, 'GS_7400', 'The body does not have the form of this call');
  }
}

function isBulkCall(kind: CallKind): kind is BulkCallKind {
  return kind === 'submit' || kind === 'list' || kind === 'status' || kind === 'errors';
}

function routeOf(method: string, path: string): Route | undefined {
  const [, jobId, errors] = /^\/v1\/bulk\/jobs(?:\/([^/]+)(\/errors)?)?$/.exec(path) ?? [undefined];
  const known = /^\/v1\/bulk\/jobs(\/|$)/.test(path);
  if (!known) return undefined;
  if (jobId === undefined) {
    if (path !== '/v1/bulk/jobs') return undefined;
    if (method === 'POST') return { kind: 'submit', jobId };
    return method === 'GET' ? { kind: 'list', jobId } : undefined;
  }
  if (method !== 'GET') return undefined;
  return { kind: errors ? 'errors' : 'status', jobId: decodeURIComponent(jobId) };
}

/** A page of a list damaged by faults. */
function damagedList(list: JobPage, { offset }: { readonly offset: number }, faults: readonly AnswerFault[]): JobPage {
  const { records = [], totalCount = 0 } = list;
  for (const fault of faults) {
    if (fault.kind === 'list_without_records') return fault.keepsTotal ? { totalCount } : {};
    if (fault.kind === 'list_without_ids') return { totalCount, records: records.map(({ jobId: _id, ...job }) => job) };
    if (fault.kind === 'list_short') {
      return { totalCount, records: records.slice(0, Math.max(0, totalCount - (fault.missing ?? 1) - offset)) };
    }
  }
  return list;
}

async function* cut(request: IncomingMessage, bytes: number) {
  let read = 0;
  for await (const chunk of request as AsyncIterable<Buffer>) {
    read += chunk.length;
    if (read >= bytes) break;
    yield chunk;
  }
  throw new Error('cut by the fault script');
}

function wholeNumber(text: string | null, otherwise: number): number {
  return text !== null && /^\d{1,9}$/.test(text) ? Number(text) : otherwise;
}
