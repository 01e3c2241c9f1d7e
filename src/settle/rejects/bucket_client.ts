/** Requests to a bucket: signed, sent by the connector's own HTTP client, and sent again after temporary failures. */
import { Readable } from 'node:stream';
import type { Clock } from '../../clock.ts';
import type { Bucket } from '../../config/bucket.ts';
import type { AnswerSink, Lost, Received } from '../../http/exchange.ts';
import type { Sender } from '../../http/sending.ts';
import { backOff } from '../../load/retry.ts';
import { type BucketFault, errorOf, type FaultPlace, faultOfAnswer, faultOfLost } from './bucket_faults.ts';
import { signedHeaders } from './bucket_signature.ts';

/** A request to the bucket, which may be sent any number of times. */
export interface BucketRequest {
  readonly method: 'GET' | 'PUT' | 'POST' | 'DELETE';
  /** The object's whole name; absent: the bucket itself. */
  readonly key?: string;
  readonly query?: Readonly<Record<string, string>>;
  readonly body?: Buffer;
  /** What the access key must be allowed to do, as policies name it: `s3:PutObject`. */
  readonly right: string;
  /** Codes of refusals that are an answer to the caller. */
  readonly expected?: readonly string[];
}

/** A successful answer, or an expected refusal. */
export interface BucketAnswer {
  /** The code of an expected refusal. */
  readonly refusal: string | undefined;
  readonly headers: Received['headers'];
  readonly body: Buffer;
}

/** What a bucket is reached with. */
export interface BucketOptions {
  readonly bucket: Bucket;
  readonly clock: Clock;
  /** In [0, 1): for jitter. */
  readonly random: () => number;
  readonly sender: Pick<Sender, 'send'>;
  /** How long a request is sent again after temporary failures, in milliseconds. */
  readonly retryMs: number;
  /** Aborted when no request may be in progress any more. */
  readonly signal?: AbortSignal | undefined;
}

/** Maximum bytes of an answer: a file of rejected rows is at most as large as a file for Gainsight, 80 MB. */
const maxAnswerBytes = 200_000_000;
/** The region of stores that have none. */
const usualRegion = 'us-east-1';

/** Sends requests to one bucket. */
export class BucketClient {
  readonly #options: BucketOptions;
  #region: string;
  #retryMs: number;

  constructor(options: BucketOptions) {
    this.#options = options;
    this.#region = options.bucket.region ?? usualRegion;
    this.#retryMs = options.retryMs;
  }

  /** @throws ConnectorError `bucket_unusable`, `bucket_unavailable`; the signal's reason if it is aborted */
  async send(request: BucketRequest): Promise<BucketAnswer> {
    const { clock, random, signal } = this.#options;
    const since = clock.elapsed();
    let hasLearnt = false;
    for (let tries = 1; ; tries++) {
      const used = this.#region;
      const { answer, fault } = await this.#exchange(request);
      if (!fault || request.expected?.includes(fault.code)) {
        this.#retryMs = this.#options.retryMs;
        return { ...answer, refusal: fault?.code };
      }
      // Once: a store that names another region each time would be asked for ever.
      if (!hasLearnt && this.#learnsRegion(fault, used)) {
        hasLearnt = true;
        continue;
      }
      const waitMs = backOff(tries, random());
      if (!fault.isTemporary || clock.elapsed() - since + waitMs > this.#retryMs) throw this.#errorOf(request, fault);
      await clock.sleep(waitMs, signal);
    }
  }

  /**
   * Where the bucket has no region in the settings, a refusal may name it.
   * @param used with the request: another one that was sent at the same time may have learnt it
   */
  #learnsRegion({ region }: BucketFault, used: string): boolean {
    if (this.#options.bucket.region !== undefined || region === undefined || region === used) return false;
    this.#region = region;
    return true;
  }

  #errorOf({ right, key }: BucketRequest, fault: BucketFault): Error {
    // While the store is down every further request fails at once; the first that succeeds ends that.
    if (fault.isTemporary) this.#retryMs = 0;
    const { bucket, clock } = this.#options;
    const { origin: host } = new URL(urlOf(bucket, this.#region));
    const place: FaultPlace = { bucket, host, region: this.#region, right, key, now: clock.now() };
    return errorOf(fault, place);
  }

  async #exchange(request: BucketRequest): Promise<{ answer: BucketAnswer; fault: BucketFault | undefined }> {
    const { bucket, clock, sender, signal } = this.#options;
    const { method, key, query, body } = request;
    const url = urlOf(bucket, this.#region, key, query);
    const headers = await signedHeaders({ method, url, body }, bucket, this.#region, clock.now());
    const sink = new Bytes();
    const reply: Received | Lost = await sender.send(
      {
        ...{ url, headers, sink, maxHeldBytes: maxAnswerBytes },
        method: method === 'GET' ? undefined : method,
        ...(body && {
          body: { stream: () => Readable.from([body], { objectMode: false }), type: typeOf(key), length: body.length },
        }),
      },
      signal,
    );
    if (reply.kind === 'lost') {
      return {
        answer: { refusal: undefined, headers: new Headers() as unknown as Received['headers'], body: Buffer.alloc(0) },
        fault: faultOfLost(reply),
      };
    }
    const answer = { refusal: undefined, headers: reply.headers, body: sink.bytes() };
    return { answer, fault: faultOfAnswer(request, reply, answer.body) };
  }
}

/** A browser shows a page, and stores anything else. */
function typeOf(key: string | undefined): string {
  return key?.endsWith('.html') ? 'text/html; charset=utf-8' : 'application/octet-stream';
}

/** Keeps a response as bytes. */
class Bytes implements AnswerSink {
  readonly #chunks: Buffer[] = [];
  held = 0;

  write(chunk: Buffer): void {
    this.#chunks.push(chunk);
    this.held += chunk.length;
  }

  remainder(): string {
    return '';
  }

  bytes(): Buffer {
    return Buffer.concat(this.#chunks);
  }
}

/** The address of a bucket: its host decides which proxy is used. */
export function addressOf(bucket: Bucket): string {
  return urlOf(bucket, bucket.region ?? usualRegion);
}

/** The address of an object, or of its bucket. AWS is asked under the bucket's own host name, where it may have one. */
export function urlOf(
  { name, endpoint }: Pick<Bucket, 'name' | 'endpoint'>,
  region: string,
  key = '',
  query: Readonly<Record<string, string>> = {},
): string {
  const suffix = region.startsWith('cn-') ? 'amazonaws.com.cn' : 'amazonaws.com';
  // With a dot in it, the certificate of AWS would not cover the host.
  const hasHost = endpoint === undefined && /^[a-z0-9-]+$/.test(name);
  const path = [...(hasHost ? [] : [name]), ...key.split('/')].map(encoded).join('/');
  const host = endpoint ?? `https://${hasHost ? `${name}.` : ''}s3.${region}.${suffix}`;
  const parameters = Object.entries(query).map(([parameter, value]) => `${parameter}=${encoded(value)}`);
  return `${host}/${path}${parameters.length > 0 ? `?${parameters.join('&')}` : ''}`;
}

/** As signatures expect it: everything but letters, digits and `-._~`. */
function encoded(text: string): string {
  return encodeURIComponent(text).replace(/[!'()*]/g, (sign) => `%${sign.charCodeAt(0).toString(16).toUpperCase()}`);
}
