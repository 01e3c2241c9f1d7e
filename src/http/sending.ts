/** One HTTP exchange: sends a request and receives its answer, watched over byte by byte. It never retries and never follows a redirect. */

import { Readable } from 'node:stream';
import fetch, { type Response } from 'node-fetch';
import type { Clock } from '../clock.ts';
import { FileChanged } from './file_part.ts';
import { isStage, isUntrusted, type NetworkRoute, type Stage, Transport } from './transport.ts';
import { stillness, Watchdog } from './watchdog.ts';

/** A request. Without a body it is a GET, with one a POST. */
export interface Request {
  readonly url: string;
  readonly headers: Readonly<Record<string, string>>;
  readonly body?: { readonly stream: () => Readable; readonly type: string; readonly length: number };
  /** Takes the answer as it arrives, in place of its whole text. */
  readonly sink?: AnswerSink;
}

/** What becomes of an answer that is too large to be held. */
export interface AnswerSink {
  write(chunk: Buffer): void;
  /** Bytes that it holds now. */
  readonly held: number;
  /** At the end: the text that is to be read as the answer; undefined where it makes no sense. */
  remainder(): string | undefined;
}

/** An answer that came whole, whatever it says. */
export interface Received {
  readonly kind: 'received';
  readonly status: number;
  readonly statusText: string;
  readonly headers: Response['headers'];
  readonly text: string;
  /** How much of the request had left by then: a server may answer before it has read all of it. */
  readonly sent: Lost['sent'];
}

/** No answer that can be relied on: a submission may or may not have become a job. */
export interface Lost {
  readonly kind: 'lost';
  /** `nothing`: no connection; `partly`: the request was cut off, so it cannot have been accepted; `whole`: anything may have happened. */
  readonly sent: 'nothing' | 'partly' | 'whole';
  /** Node's error code, `TIMEOUT`, or `HTTP 502`. */
  readonly reason: string;
  /** Where the connection failed; undefined once it stood. `untrusted`: at a certificate whose authority is not known here. */
  readonly stage?: Stage | 'untrusted' | undefined;
  readonly words: string;
  readonly requestId: string | undefined;
}

/** An answer to a file may take that long after its last byte, unless told, in milliseconds: the server may store 80 MB first. */
const defaultSubmissionAnswerMs = 600_000;
/**
 * Bytes of an answer that are held at once. A page of 200 jobs has about 100 kB, and JSON.parse may make thirty times
 * the memory of a text; beyond this an answer is no answer.
 */
const maxHeldBytes = 4_000_000;
/** Row errors are taken out of their answer as it comes; a million have about 150 MB. */
const maxAnswerBytes = 1_000_000_000;
/** An answer that is not whole so many milliseconds after it began never will be. */
const maxAnswerMs = 1_800_000;

const tooLarge = Object.assign(new Error('the answer is too large'), { code: 'TOO_LARGE' });
const timedOut = Object.assign(new Error('no answer in time'), { code: 'TIMEOUT' });

/** Sends requests to one host. */
export class Sender {
  readonly #clock: Clock;
  /** GETs follow each other on one connection. */
  readonly #kept: Transport;
  /** A POST gets its own: on a connection that the server is just closing its fate would be unknown. */
  readonly #single: Transport;

  readonly #submissionAnswerMs: number;

  constructor(options: {
    readonly clock: Clock;
    readonly route: NetworkRoute;
    readonly submissionAnswerMs?: number | undefined;
  }) {
    const { clock, route, submissionAnswerMs = defaultSubmissionAnswerMs } = options;
    this.#submissionAnswerMs = submissionAnswerMs;
    this.#clock = clock;
    this.#kept = new Transport({ clock, route, keepAlive: true });
    this.#single = new Transport({ clock, route, keepAlive: false });
  }

  /** @throws the signal's reason, once `signal` is aborted; FileChanged where the body is no longer what it was */
  async send({ url, headers, body, sink }: Request, signal?: AbortSignal): Promise<Received | Lost> {
    const watch = new Watchdog(this.#clock, signal);
    const upload = body && counted(body.stream(), body.length, watch, this.#submissionAnswerMs);
    try {
      const response = await fetch(url, {
        method: upload ? 'POST' : 'GET',
        agent: upload ? this.#single : this.#kept,
        redirect: 'manual',
        signal: watch.signal as never,
        headers: {
          ...headers,
          ...(body && { 'content-type': body.type, 'content-length': String(body.length) }),
        },
        ...(upload && { body: upload.stream }),
      });
      watch.moved(stillness);
      watch.limit(maxAnswerMs);
      const { status, statusText } = response;
      return {
        kind: 'received',
        status,
        statusText,
        headers: response.headers,
        text: await read(response, watch, sink),
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

/** Counts what is handed to the socket: a request that was never handed over whole cannot have been accepted. */
function counted(source: Readable, length: number, watch: Watchdog, submissionAnswerMs: number) {
  let handed = 0;
  async function* chunks() {
    for await (const chunk of source as AsyncIterable<Buffer>) {
      yield chunk;
      handed += chunk.length;
      watch.moved(handed >= length ? submissionAnswerMs : stillness);
    }
  }
  const stream = Readable.from(chunks(), { objectMode: false, highWaterMark: 1 });
  // A failure of the upload shows as the failure of the call.
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

async function read(response: Response, watch: Watchdog, sink: AnswerSink | undefined): Promise<string> {
  const chunks: Buffer[] = [];
  let length = 0;
  for await (const chunk of (response.body ?? []) as AsyncIterable<Buffer>) {
    watch.moved(stillness);
    length += chunk.length;
    if (sink) sink.write(chunk);
    else chunks.push(chunk);
    if ((sink?.held ?? length) > maxHeldBytes || length > maxAnswerBytes) throw tooLarge;
  }
  if (sink) return sink.remainder() ?? '';
  return Buffer.concat(chunks).toString('utf8');
}

/** A call that ended without a response. @param sent how far the request was handed to the socket */
function lost(error: unknown, sent: Lost['sent']): Lost {
  // node-fetch names the system call of a failure differently from Node.
  const { code, erroredSysCall, message } = error as { code?: string; erroredSysCall?: string; message?: string };
  const reason = code ?? 'network error';
  const stage = isStage(erroredSysCall) ? erroredSysCall : undefined;
  const words = `${reason}: ${(message ?? '').replace(/^request to \S+ failed, reason: /, '')}`;
  return {
    kind: 'lost',
    // Before the connection stands, and is trusted, nothing leaves, whatever was handed over.
    sent: stage ? 'nothing' : sent,
    reason,
    stage: stage === 'certificate' && isUntrusted(reason) ? 'untrusted' : stage,
    words,
    requestId: undefined,
  };
}
