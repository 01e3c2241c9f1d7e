/**
 * One HTTP exchange: sends a request and receives its response, under a timeout between bytes. Never retries and never
 * follows a redirect.
 */

import { Readable } from 'node:stream';
import fetch, { type Response } from 'node-fetch';
import type { Clock } from '../clock.ts';
import { FileChanged } from './file_part.ts';
import { isStage, isUntrusted, type NetworkRoute, type Stage, Transport } from './transport.ts';
import { maxStillMs, Watchdog } from './watchdog.ts';

/** A request. */
export interface Request {
  readonly url: string;
  /** Default: GET without a body, POST with one. */
  readonly method?: 'PUT' | 'POST' | 'DELETE' | undefined;
  readonly headers: Readonly<Record<string, string>>;
  readonly body?: { readonly stream: () => Readable; readonly type: string; readonly length: number };
  /** The POST changes nothing, so that it need not be known whether it arrived. */
  readonly isRead?: true;
  /** Takes the response as it arrives, instead of its whole text. */
  readonly sink?: AnswerSink;
  /** Maximum bytes of the response held at once; default {@link maxHeldBytes}. */
  readonly maxHeldBytes?: number;
}

/** Processes a response that is too large to be held. */
export interface AnswerSink {
  write(chunk: Buffer): void;
  /** Bytes held in memory. */
  readonly held: number;
  /** At the end: the text to be read as the answer; undefined if the response is invalid. */
  remainder(): string | undefined;
}

/** A complete response, whatever it says. */
export interface Received {
  readonly kind: 'received';
  readonly status: number;
  readonly statusText: string;
  readonly headers: Response['headers'];
  readonly text: string;
  /** How much of the request had been sent: a server may respond before it has read all of it. */
  readonly sent: Lost['sent'];
}

/** No reliable response: a submission may or may not have become a job. */
export interface Lost {
  readonly kind: 'lost';
  /**
   * `nothing`: no connection; `partly`: the request was cut off, so it cannot have been accepted; `whole`: the server
   * may have processed it.
   */
  readonly sent: 'nothing' | 'partly' | 'whole';
  /** Node's error code, `TIMEOUT`, or `HTTP 502`. */
  readonly reason: string;
  /** Where connecting failed; undefined once connected. `untrusted`: a certificate of an unknown authority. */
  readonly stage?: Stage | 'untrusted' | undefined;
  readonly words: string;
  readonly requestId: string | undefined;
}

/** How a host is reached. */
export interface SenderOptions {
  readonly clock: Clock;
  readonly route: NetworkRoute;
  /** Time limit for the answer to a file after its last byte, in milliseconds. Default: ten minutes. */
  readonly submissionAnswerMs?: number | undefined;
}

/**
 * Default time limit for the answer to a file after its last byte, in milliseconds: the server may store 80 MB first.
 */
const defaultSubmissionAnswerMs = 600_000;
/**
 * Maximum bytes of a response held at once. A page of 200 jobs has about 100 kB, and JSON.parse may take thirty times
 * the memory of the text; a larger response is not used.
 */
const maxHeldBytes = 4_000_000;
/** Maximum size of a response. Row errors are parsed as they arrive; a million have about 150 MB. */
const maxAnswerBytes = 1_000_000_000;
/** Maximum duration of a response, in milliseconds. */
const maxAnswerMs = 1_800_000;

const tooLarge = Object.assign(new Error('the answer is too large'), { code: 'TOO_LARGE' });
const timedOut = Object.assign(new Error('no answer in time'), { code: 'TIMEOUT' });

/** The exchanges with one host. */
export class Exchanges {
  readonly #clock: Clock;
  /** Keep-alive connection shared by the reads. */
  readonly #kept: Transport;
  /** One connection per file: if the server were just closing a reused one, the outcome would be unknown. */
  readonly #single: Transport;
  readonly #submissionAnswerMs: number;

  constructor({ clock, route, submissionAnswerMs = defaultSubmissionAnswerMs }: SenderOptions) {
    this.#submissionAnswerMs = submissionAnswerMs;
    this.#clock = clock;
    this.#kept = new Transport({ clock, route, keepAlive: true });
    this.#single = new Transport({ clock, route, keepAlive: false });
  }

  /** @throws the signal's reason if `signal` is aborted; FileChanged if the body has changed */
  async send(request: Request, signal?: AbortSignal): Promise<Received | Lost> {
    const { url, method, headers, body, isRead, sink, maxHeldBytes: held = maxHeldBytes } = request;
    const watch = new Watchdog(this.#clock, signal);
    const upload = body && counted(body.stream(), body.length, watch, this.#submissionAnswerMs);
    const agent = upload && !isRead ? this.#single : this.#kept;
    // Without it agent-base looks through the stack of each request for the module that makes it.
    agent.protocol = new URL(url).protocol;
    try {
      const response = await fetch(url, {
        method: method ?? (upload ? 'POST' : 'GET'),
        agent,
        redirect: 'manual',
        signal: watch.signal as never,
        headers: {
          ...headers,
          ...(body && { 'content-type': body.type, 'content-length': String(body.length) }),
        },
        ...(upload && { body: upload.stream }),
      });
      watch.moved(maxStillMs);
      watch.limit(maxAnswerMs);
      const { status, statusText } = response;
      return {
        kind: 'received',
        status,
        statusText,
        headers: response.headers,
        text: await read(response, watch, held, sink),
        sent: upload?.sent() ?? 'whole',
      };
    } catch (error) {
      signal?.throwIfAborted();
      if (upload?.failure instanceof FileChanged) throw upload.failure;
      return lost(watch.expired ? timedOut : error, upload?.sent() ?? 'whole');
    } finally {
      watch.end();
      upload?.stream.destroy();
    }
  }
}

/** Counts the bytes passed to the socket: a request that was not passed on completely cannot have been accepted. */
function counted(source: Readable, length: number, watch: Watchdog, submissionAnswerMs: number) {
  let handed = 0;
  async function* chunks() {
    for await (const chunk of source as AsyncIterable<Buffer>) {
      yield chunk;
      handed += chunk.length;
      watch.moved(handed >= length ? submissionAnswerMs : maxStillMs);
    }
  }
  const stream = Readable.from(chunks(), { objectMode: false, highWaterMark: 1 });
  // A failure of the upload makes the whole call fail.
  const upload = {
    stream,
    failure: undefined as unknown,
    sent: (): Lost['sent'] => (handed >= length ? 'whole' : 'partly'),
  };
  stream.on('error', (error) => {
    upload.failure = error;
  });
  return upload;
}

async function read(
  response: Response,
  watch: Watchdog,
  maxHeld: number,
  sink: AnswerSink | undefined,
): Promise<string> {
  const chunks: Buffer[] = [];
  let length = 0;
  for await (const chunk of (response.body ?? []) as AsyncIterable<Buffer>) {
    watch.moved(maxStillMs);
    length += chunk.length;
    if (sink) sink.write(chunk);
    else chunks.push(chunk);
    if ((sink?.held ?? length) > maxHeld || length > maxAnswerBytes) throw tooLarge;
  }
  if (sink) return sink.remainder() ?? '';
  return Buffer.concat(chunks).toString('utf8');
}

/**
 * A call that ended without a response.
 * @param sent how much of the request was passed to the socket
 */
function lost(error: unknown, sent: Lost['sent']): Lost {
  // node-fetch and Node use different fields for the failed system call.
  const { code, erroredSysCall, message } = error as { code?: string; erroredSysCall?: string; message?: string };
  const reason = code ?? 'network error';
  const stage = isStage(erroredSysCall) ? erroredSysCall : undefined;
  // Node's own messages repeat the code: `connect ECONNREFUSED 127.0.0.1:443`.
  const detail = (message ?? '').replace(/^request to \S+ failed, reason: /, '').replace(` ${reason}`, '');
  const words = `${reason}: ${detail}`;
  return {
    kind: 'lost',
    // Before the connection is established and trusted nothing is sent, whatever was passed on.
    sent: stage ? 'nothing' : sent,
    reason,
    stage: stage === 'certificate' && isUntrusted(reason) ? 'untrusted' : stage,
    words,
    requestId: undefined,
  };
}
