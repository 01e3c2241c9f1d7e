/** The sandbox: an emulator of Gainsight's Bulk API, object API and metadata on a local port, for tests and for trying the connector out. */
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { finished } from 'node:stream/promises';
import { Api, type Handled } from './api.ts';
import type { Call } from './exchange.ts';
import type { ForeignJobs } from './faults.ts';
import type { Job } from './job.ts';
import { type JobReport, report } from './job_report.ts';
import { type SandboxOptions, type Settings, withDefaults } from './options.ts';
import { answersWithPage } from './page.ts';
import type { Busiest } from './quota_windows.ts';
import type { StoredRow } from './store.ts';

/** A running sandbox, as tests use it. */
export interface Sandbox {
  /** `http://127.0.0.1:PORT/v1`. */
  readonly url: string;
  /** Every job in the order of acceptance, in its current state. */
  readonly jobs: readonly JobReport[];
  /** Those of the client under test: fast also among thousands of others. */
  readonly ownJobs: readonly JobReport[];
  /** Every call of the Bulk API in the order of arrival. */
  readonly calls: readonly Call[];
  /** Every call of the metadata API in the order of arrival. */
  readonly metadataCalls: readonly Call[];
  /** Every call of the object API in the order of arrival. */
  readonly objectCalls: readonly Call[];
  /** Every call for a token. */
  readonly tokenCalls: readonly Call[];
  /** Requests in progress: from their arrival until their response is passed to the socket. */
  readonly open: number;
  /** Those of them that wait in a sleep of the clock. */
  readonly parked: number;
  /** Those whose client has disconnected; the work is done nevertheless. */
  readonly abandoned: number;
  /**
   * An object's current records in the order of their creation.
   * @throws Error if its rows are not kept
   */
  rows(object: string): StoredRow[];
  busiestHour(): Busiest;
  busiestDay(): Busiest;
  /** Other clients submit jobs; returns their ids. */
  addForeignJob(foreign?: ForeignJobs): string[];
  /** Another client makes records. */
  addRecords(object: string, records: readonly StoredRow[]): void;
  /** Ends every token that was given. */
  revokeTokens(): void;
  /** Gives a job another file name, as if it had been submitted with it. */
  renameJob(id: string, fileName: string): void;
  /** The server's clock: milliseconds since 1970. */
  now(): number;
  /** Aborts open requests and stops listening. Safe to call twice. */
  close(): Promise<void>;
}

/**
 * Starts a sandbox on 127.0.0.1.
 * @throws Error if the port is taken or the fault script is invalid
 */
export async function startSandbox(options: SandboxOptions): Promise<Sandbox> {
  const settings = withDefaults(options);
  const gate = new Gate(settings);
  const api = new Api(settings, (milliseconds) => gate.sleep(milliseconds));
  const requestIds = numberRequests();
  const server = createServer((request, response) => {
    if (answersWithPage(api, settings, request, response)) return;
    const requestId = requestIds(request.url);
    void gate.during(request, () => serve(api, settings, request, response, requestId));
  });
  server.requestTimeout = 0;
  await new Promise<void>((resolve, reject) => {
    server.once('error', reject).listen(settings.port, '127.0.0.1', resolve);
  });
  const { port } = server.address() as AddressInfo;
  return {
    url: `http://127.0.0.1:${port}/v1`,
    get jobs() {
      return reports(api, () => true);
    },
    get ownJobs() {
      return reports(api, ({ number }) => number > 0);
    },
    calls: api.calls.calls,
    metadataCalls: api.metadataCalls.calls,
    objectCalls: api.objectCalls.calls,
    tokenCalls: api.tokenCalls.calls,
    get open() {
      return gate.open;
    },
    get parked() {
      return gate.parked;
    },
    get abandoned() {
      return gate.abandoned;
    },
    rows: (object) => api.tenant.rows(object, api.now().elapsed),
    busiestHour: () => api.calls.busiestHour(),
    busiestDay: () => api.calls.busiestDay(),
    addForeignJob: (foreign = {}) => api.addForeign(foreign).map(({ id }) => id),
    addRecords: (object, records) => api.tenant.addRecords(object, records),
    revokeTokens: () => api.tokens?.revoke(),
    renameJob: (id, fileName) => api.tenant.jobs.find((job) => job.id === id)?.rename(fileName),
    now: () => api.now().at,
    async close() {
      gate.closing.abort();
      server.closeAllConnections();
      if (server.listening) await new Promise((resolve) => server.close(resolve));
    },
  };
}

function reports(api: Api, fits: (job: Job) => boolean): JobReport[] {
  const { elapsed } = api.now();
  api.tenant.advance(elapsed);
  return api.tenant.jobs.filter(fits).map((job) => report(job, elapsed));
}

/** Ids in series: those of the Bulk API do not depend on whether others are called. */
function numberRequests(): (url: string | undefined) => string {
  const requests = { '8000': 0, '9000': 0, a000: 0, b000: 0 };
  return (url) => {
    const series = seriesOf(url ?? '');
    requests[series] += 1;
    return `00000000-0000-4000-${series}-${String(requests[series]).padStart(12, '0')}`;
  };
}

function seriesOf(url: string): '8000' | '9000' | 'a000' | 'b000' {
  if (url.startsWith('/v1/meta/')) return '9000';
  if (url.startsWith('/v1/data/')) return 'a000';
  return url.startsWith('/v1/users/') ? 'b000' : '8000';
}

/** Counts the requests in progress and those that sleep. */
class Gate {
  readonly #settings: Settings;
  readonly closing = new AbortController();
  open = 0;
  parked = 0;
  abandoned = 0;

  constructor(settings: Settings) {
    this.#settings = settings;
  }

  async during({ socket }: IncomingMessage, work: () => Promise<void>): Promise<void> {
    this.open += 1;
    let isAbandoned = false;
    const abandon = () => {
      isAbandoned = true;
      this.abandoned += 1;
    };
    socket.once('close', abandon);
    try {
      await work();
    } catch (error) {
      // A disconnected client is expected; anything else is a fault of the sandbox and must be seen.
      if (!socket.destroyed && !this.closing.signal.aborted) throw error;
    } finally {
      socket.off('close', abandon);
      if (isAbandoned) this.abandoned -= 1;
      this.open -= 1;
    }
  }

  async sleep(milliseconds: number): Promise<void> {
    this.parked += 1;
    try {
      await this.#settings.clock.sleep(milliseconds, this.closing.signal);
    } finally {
      this.parked -= 1;
    }
  }
}

async function serve(
  api: Api,
  settings: Settings,
  request: IncomingMessage,
  response: ServerResponse,
  requestId: string,
): Promise<void> {
  const { socket } = request;
  const url = urlOf(request.url ?? '');
  const handled = await api.handle(request, url);
  if (handled.answer.delivery === 'dropped') return void socket.destroy();
  const body = send(response, handled, requestId, api.now().at);
  await finished(response);
  settings.onExchange?.({
    call: handled.call,
    method: request.method ?? '',
    path: url.pathname.replace(/^\/v1/, ''),
    query: Object.fromEntries(url.searchParams),
    requestHeaders: request.headers,
    requestFields: handled.fields,
    ...(handled.json !== undefined && { requestJson: handled.json }),
    status: handled.answer.status,
    contentType: response.getHeader('content-type')?.toString(),
    body,
    breaksContract: handled.answer.breaksContract,
  });
}

/** The address of a request; one that is no address has a path that no call has. */
function urlOf(target: string): URL {
  const base = 'http://127.0.0.1';
  // Not by the base alone: to it `//` would be a host.
  const text = target.startsWith('/') ? `${base}${target}` : target;
  return new URL(URL.canParse(text, base) ? text : '/%', base);
}

/** Sends a response and returns its body as a client parses it. */
function send(response: ServerResponse, { answer }: Handled, requestId: string, now: number): unknown {
  const isText = typeof answer.body === 'string';
  const whole = isText ? String(answer.body) : JSON.stringify({ ...(answer.body as object), requestId });
  const text = answer.delivery === 'cut_off' ? whole.slice(0, whole.length / 2) : whole;
  response.writeHead(answer.status, {
    date: new Date(now).toUTCString(),
    'content-type': isText ? 'text/html' : 'application/json',
    'content-length': Buffer.byteLength(text),
    'x-gs-request-id': requestId,
    ...answer.headers,
  });
  response.end(text);
  return isText || text !== whole ? text : JSON.parse(text);
}
