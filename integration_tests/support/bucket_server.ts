/**
 * A server that speaks the protocol of S3 as far as the connector uses it, under `/BUCKET/`. It recomputes every
 * signature with another library than the connector's, and fails on request.
 */
import { createHash } from 'node:crypto';
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import aws4 from 'aws4';
import type { Clock } from '../../src/clock.ts';

/** The keys of every bucket: the secret has a part that no escaping changes, `bucket-canary`. */
export const bucketKeys = { accessKeyId: 'AKIABUCKET', secretAccessKey: 'bucket-canary/+="9\'<' };

/** A request as the server saw it. */
export interface SeenRequest {
  readonly method: string;
  /** The object's whole name; empty for the bucket itself. */
  readonly key: string;
  readonly query: Readonly<Record<string, string>>;
  readonly bytes: number;
  /** Of its content. */
  readonly type: string | undefined;
}

/**
 * What happens to a request: an answer of that status and code in place of the usual; `reset`: the connection breaks
 * before it is carried out; `lost`: after that; `wait`: it is carried out after so many milliseconds.
 */
export type BucketAct =
  | 'reset'
  | 'lost'
  | { readonly wait: number }
  | {
      readonly status: number;
      readonly code?: string;
      readonly xml?: string;
      readonly headers?: Record<string, string>;
    };

export interface BucketServerOptions {
  readonly clock: Clock;
  readonly bucket?: string;
  readonly region?: string;
  /** Objects that a page of the list has. */
  readonly pageSize?: number;
  /** Minutes by which its clock is ahead. */
  readonly minutesAhead?: number;
  /** Undefined: the request is answered as usual. @param number of the request, from 1 */
  readonly act?: (request: SeenRequest, number: number) => BucketAct | undefined;
}

export interface BucketServer {
  readonly url: string;
  /** Contents by name. */
  readonly objects: Map<string, Buffer>;
  /** Uploads in parts that were begun and not ended. */
  readonly uploads: ReadonlyMap<string, unknown>;
  readonly requests: SeenRequest[];
  /** Requests that wait by the clock. */
  readonly waiting: number;
  /** Settings that name this bucket. */
  settings(more?: object): { object_storage_config: object };
  close(): Promise<void>;
}

interface Exchange extends SeenRequest {
  readonly request: IncomingMessage;
  readonly body: Buffer;
}

interface Answer {
  readonly status: number;
  readonly body?: string | Buffer;
  readonly headers?: Record<string, string>;
}

interface Upload {
  readonly key: string;
  readonly parts: Map<number, Buffer>;
}

/** Starts a server with one bucket. The caller closes it. */
export async function startBucket(options: BucketServerOptions): Promise<BucketServer> {
  const { clock, bucket = 'acme', region = 'us-east-1', act = () => undefined } = options;
  const store = new Store(options);
  const requests: SeenRequest[] = [];
  let waiting = 0;

  async function serve(request: IncomingMessage, response: ServerResponse): Promise<void> {
    const exchange = await exchangeOf(request, bucket);
    requests.push(exchange);
    const act = actOf(exchange);
    if (act === 'reset') return void request.socket.destroy();
    if (typeof act === 'object' && 'status' in act)
      return end(response, refusal(act.status, act.code, act.xml, act.headers));
    if (typeof act === 'object') {
      waiting += 1;
      const gone = new AbortController();
      const abandon = () => gone.abort();
      request.socket.once('close', abandon);
      try {
        await clock.sleep(act.wait, gone.signal);
      } finally {
        waiting -= 1;
        // The next request comes by the same socket.
        request.socket.off('close', abandon);
      }
    }
    const answer = refusalOf(exchange) ?? store.answer(exchange);
    if (act === 'lost') return void request.socket.destroy();
    end(response, answer);
  }

  const actOf = (seen: SeenRequest) => act(seen, requests.length);

  function refusalOf({ request, body }: Exchange): Answer | undefined {
    if (!request.url?.startsWith(`/${bucket}/`)) return refusal(404, 'NoSuchBucket');
    const date = String(request.headers['x-amz-date']);
    const sentAt = Date.parse(date.replace(/(\d{4})(\d\d)(\d\d)T(\d\d)(\d\d)(\d\d)Z/, '$1-$2-$3T$4:$5:$6Z'));
    const now = clock.now() + (options.minutesAhead ?? 0) * 60_000;
    const times = `<RequestTime>${date}</RequestTime><ServerTime>${new Date(now).toISOString()}</ServerTime>`;
    if (Math.abs(now - sentAt) > 900_000) return refusal(403, 'RequestTimeTooSkewed', times);
    const [, keyId, scope] = /Credential=([^/]+)\/\d{8}\/([^/]+)\/s3\//.exec(request.headers.authorization ?? '') ?? [];
    if (keyId !== bucketKeys.accessKeyId) return refusal(403, 'InvalidAccessKeyId');
    if (scope !== region) return refusal(400, 'AuthorizationHeaderMalformed', `<Region>${region}</Region>`);
    if (!isSigned(request, region)) return refusal(403, 'SignatureDoesNotMatch');
    const digest = createHash('sha256').update(body).digest('hex');
    return digest === request.headers['x-amz-content-sha256'] ? undefined : refusal(400, 'XAmzContentSHA256Mismatch');
  }

  const server = createServer((request, response) => {
    serve(request, response).catch(() => request.socket.destroy());
  });
  await new Promise<void>((resolve) => void server.listen(0, '127.0.0.1', resolve));
  const url = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
  const setting = { storage_type: 'S3', s3_bucket_name: bucket, s3_bucket_region: region, s3_endpoint: url };
  const keys = { access_key_id: bucketKeys.accessKeyId, secret_access_key: bucketKeys.secretAccessKey };
  return {
    ...{ url, requests, objects: store.objects, uploads: store.uploads },
    get waiting() {
      return waiting;
    },
    settings: (more = {}) => ({ object_storage_config: { ...setting, ...keys, bucket_path: 'gainsight', ...more } }),
    async close() {
      server.closeAllConnections();
      await new Promise((resolve) => server.close(resolve));
    },
  };
}

/** Objects of one bucket, and the requests that read and change them. */
class Store {
  readonly objects = new Map<string, Buffer>();
  readonly uploads = new Map<string, Upload>();
  readonly #options: BucketServerOptions;
  #uploadsBegun = 0;

  constructor(options: BucketServerOptions) {
    this.#options = options;
  }

  answer(exchange: Exchange): Answer {
    const { method, key, query, body } = exchange;
    if (key === '') return this.#list(query);
    if (query['uploadId'] !== undefined) return this.#inParts(exchange, query['uploadId']);
    switch (method) {
      case 'PUT':
        this.objects.set(key, body);
        return { status: 200, headers: { etag: etagOf(body) } };
      case 'POST':
        this.#uploadsBegun += 1;
        this.uploads.set(`U${this.#uploadsBegun}`, { key, parts: new Map() });
        return {
          status: 200,
          body: xml('InitiateMultipartUploadResult', `<UploadId>U${this.#uploadsBegun}</UploadId>`),
        };
      case 'DELETE':
        this.objects.delete(key);
        return { status: 204 };
      default: {
        const content = this.objects.get(key);
        return content ? { status: 200, body: content } : refusal(404, 'NoSuchKey');
      }
    }
  }

  #inParts({ method, query, body }: Exchange, uploadId: string): Answer {
    const upload = this.uploads.get(uploadId);
    if (!upload) return refusal(404, 'NoSuchUpload');
    if (method === 'PUT') {
      upload.parts.set(Number(query['partNumber']), body);
      return { status: 200, headers: { etag: etagOf(body) } };
    }
    this.uploads.delete(uploadId);
    if (method === 'DELETE') return { status: 204 };
    const named = [...body.toString().matchAll(/<PartNumber>(\d+)<\/PartNumber><ETag>(.*?)<\/ETag>/g)];
    const parts = named.map(([, number, etag]) => ({ part: upload.parts.get(Number(number)), etag }));
    if (parts.length !== upload.parts.size || parts.some(({ part, etag }) => !part || etagOf(part) !== etag)) {
      return { status: 200, body: errorXml('InvalidPart', '') };
    }
    this.objects.set(upload.key, Buffer.concat(parts.map(({ part }) => part as Buffer)));
    return { status: 200, body: xml('CompleteMultipartUploadResult', '') };
  }

  #list({ prefix = '', 'continuation-token': after = '' }: SeenRequest['query']): Answer {
    const { clock, pageSize = 1000 } = this.#options;
    const names = [...this.objects.keys()].filter((name) => name.startsWith(prefix) && name > after).sort();
    const page = names.slice(0, pageSize);
    const entries = page.map((name) => {
      const size = this.objects.get(name)?.length;
      const modified = new Date(clock.now()).toISOString();
      return `<Contents><Key>${escaped(name)}</Key><LastModified>${modified}</LastModified><Size>${size}</Size></Contents>`;
    });
    const isTruncated = page.length < names.length;
    const next = isTruncated ? `<NextContinuationToken>${escaped(page.at(-1) ?? '')}</NextContinuationToken>` : '';
    return {
      status: 200,
      body: xml('ListBucketResult', `${entries.join('')}<IsTruncated>${isTruncated}</IsTruncated>${next}`),
    };
  }
}

async function exchangeOf(request: IncomingMessage, bucket: string): Promise<Exchange> {
  const { pathname, searchParams } = new URL(request.url ?? '', 'http://localhost');
  const chunks: Buffer[] = [];
  for await (const chunk of request as AsyncIterable<Buffer>) chunks.push(chunk);
  const body = Buffer.concat(chunks);
  const key = decodeURIComponent(pathname.slice(bucket.length + 2));
  const query = Object.fromEntries(searchParams);
  return {
    request,
    body,
    method: request.method ?? '',
    key,
    query,
    bytes: body.length,
    type: request.headers['content-type'],
  };
}

/** Whether the signature is the one that the other library computes for the same headers. */
function isSigned({ method, url, headers }: IncomingMessage, region: string): boolean {
  const { authorization = '' } = headers;
  const [, names = ''] = /SignedHeaders=([^,]+)/.exec(authorization) ?? [];
  const signed = Object.fromEntries(names.split(';').map((name) => [name, String(headers[name])]));
  if (!names.split(';').includes('x-amz-content-sha256')) return false;
  const request = { service: 's3', region, method, path: url, headers: signed };
  const expected = aws4.sign(request as aws4.Request, bucketKeys).headers?.['Authorization'];
  return expected === authorization;
}

function end(response: ServerResponse, { status, body = '', headers = {} }: Answer): void {
  response.writeHead(status, { 'x-amz-request-id': 'REQUEST1', ...headers }).end(body);
}

function refusal(status: number, code: string | undefined, more = '', headers: Record<string, string> = {}): Answer {
  return { status, body: code === undefined ? more : errorXml(code, more), headers };
}

function errorXml(code: string, more: string): string {
  return `<?xml version="1.0"?>\n<Error><Code>${code}</Code><Message>It says &lt;${code}&gt;.</Message>${more}</Error>`;
}

function xml(root: string, content: string): string {
  return `<?xml version="1.0"?>\n<${root} xmlns="http://s3.amazonaws.com/doc/2006-03-01/">${content}</${root}>`;
}

function etagOf(body: Buffer): string {
  return `"${createHash('md5').update(body).digest('hex')}"`;
}

function escaped(text: string): string {
  return text.replaceAll('&', '&amp;').replaceAll('<', '&lt;').replaceAll('>', '&gt;').replaceAll('"', '&quot;');
}
