/** What the answers of a bucket mean: whether another try may help, and what the user should do. Pure. */
import type { Bucket } from '../../config/bucket.ts';
import { ConnectorError } from '../../errors.ts';
import { formatTime } from '../../format.ts';
import type { Lost, Received } from '../../http/exchange.ts';
import { truncate } from '../../names.ts';

/** A request that failed. */
export interface BucketFault {
  /** The store's own, such as `NoSuchBucket`; without one `HTTP 403`, or the code of a failed connection. */
  readonly code: string;
  readonly words: string;
  /** Another try may help. */
  readonly isTemporary: boolean;
  /** The region of the bucket, where the answer names one. */
  readonly region?: string | undefined;
  /** The clock of the store, where the answer names it. */
  readonly serverTime?: string | undefined;
}

/** What a failed request was about. */
export interface FaultPlace {
  readonly bucket: Pick<Bucket, 'name' | 'path' | 'endpoint'>;
  /** The address of the store, without a path. */
  readonly host: string;
  /** The region that was used. */
  readonly region: string;
  readonly right: string;
  readonly key: string | undefined;
  /** Our clock, in milliseconds since 1970. */
  readonly now: number;
}

const temporary: ReadonlySet<string> = new Set([
  ...['BadDigest', 'ConditionalRequestConflict', 'InternalError', 'OperationAborted', 'RequestTimeout', 'SlowDown'],
  ...['ServiceUnavailable', 'TemporaryRedirect', 'XAmzContentSHA256Mismatch'],
]);

/** What a request asks for, as far as its answer depends on it. */
export interface Asked {
  readonly method: string;
  /** Absent: the bucket itself. */
  readonly key?: string;
}

/** The fault of an answer; undefined: the request succeeded. */
export function faultOfAnswer(
  asked: Asked,
  { status, headers }: Pick<Received, 'status' | 'headers'>,
  body: Buffer,
): BucketFault | undefined {
  const isDone = status >= 200 && status < 300;
  if (isDone && isFromStore(asked, headers, body)) return undefined;
  // The end of an upload in parts may fail after its status and any amount of white space were sent.
  const text = body.toString().trimStart().slice(0, 20_000);
  const named = elementOf(text, 'Code');
  const code = named ?? (status === 301 ? 'PermanentRedirect' : `HTTP ${status}`);
  const isForeign = isDone && named === undefined;
  const words = isForeign ? foreignAnswer : truncate(elementOf(text, 'Message') ?? '', 300).trim();
  const request = headers.get('x-amz-request-id');
  return {
    code,
    words: `${code}${words === '' ? '' : `: ${words}`}${request ? ` (request ${truncate(request, 100)})` : ''}`,
    isTemporary: isForeign || temporary.has(code) || [307, 408, 429, 500, 502, 503, 504].includes(status),
    region: regionIn(elementOf(text, 'Region') ?? headers.get('x-amz-bucket-region')),
    serverTime: elementOf(text, 'ServerTime') ?? headers.get('date') ?? undefined,
  };
}

const foreignAnswer =
  'this is not the whole answer of a store; a proxy, or another server than the store, may have given it';

/**
 * Whether a successful answer has what every store sends. The page of a proxy or of a login has status 200 as well, and
 * would let a state be released without its rejected rows.
 */
function isFromStore({ method, key }: Asked, headers: Received['headers'], body: Buffer): boolean {
  if (method === 'PUT') return headers.has('etag');
  if (method === 'POST') return /<\/(?:Initiate|Complete)MultipartUploadResult>\s*$/.test(body.toString());
  return method !== 'GET' || key !== undefined || /<\/ListBucketResult>\s*$/.test(body.toString());
}

/** A region becomes a part of a host's name and of a header. */
function regionIn(text: string | null): string | undefined {
  return text !== null && /^[\w-]{1,50}$/.test(text) ? text : undefined;
}

/** The text of the first such element in XML; undefined: there is none. */
export function elementOf(xml: string, name: string): string | undefined {
  const [content] = elementsOf(xml, name);
  return content?.replace(/&(?:#x([0-9a-f]{1,6})|#(\d{1,7})|(\w{2,4}));/gi, unescaped);
}

/** The contents of all such elements, as they stand. */
export function elementsOf(xml: string, name: string): string[] {
  return xml
    .split(`<${name}>`)
    .slice(1)
    .flatMap((rest) => rest.split(`</${name}>`).slice(0, 1));
}

const entities: Readonly<Record<string, string>> = { amp: '&', lt: '<', gt: '>', quot: '"', apos: "'" };

/** The character of a reference; one that cannot be read stays as it is. */
function unescaped(whole: string, hex?: string, decimal?: string, name?: string): string {
  if (name !== undefined) return entities[name] ?? whole;
  const point = hex === undefined ? Number(decimal) : Number.parseInt(hex, 16);
  return point <= 0x10_ff_ff ? String.fromCodePoint(point) : whole;
}

/** A request without an answer. */
export function faultOfLost({ reason, stage, words }: Lost): BucketFault {
  const isFinal =
    stage === 'untrusted' ||
    stage === 'certificate' ||
    reason === 'ENOTFOUND' ||
    (stage === 'proxy' && /^HTTP (?!408|429)[34]/.test(reason));
  const code = stage === 'untrusted' || stage === 'certificate' || stage === 'proxy' ? stage : reason;
  return { code, words, isTemporary: !isFinal };
}

/** The error that ends a command. */
export function errorOf(fault: BucketFault, place: FaultPlace): ConnectorError {
  const { code, words, isTemporary } = fault;
  const { name, path } = place.bucket;
  const bucket = JSON.stringify(['s3:/', name, ...path].join('/'));
  if (isTemporary) return new ConnectorError('bucket_unavailable', { bucket: `${bucket} at ${place.host}`, words });
  const next = Object.hasOwn(advice, code)
    ? advice[code as keyof typeof advice](fault, place)
    : unknownAdvice(fault, place);
  return new ConnectorError('bucket_unusable', { bucket, words, next });
}

type Advice = (fault: BucketFault, place: FaultPlace) => string;

const keyAgain: Advice = () => 'Enter "Access Key ID" and "Secret Access Key" again: the store does not know this key';
const secretAgain: Advice = () =>
  'Enter "Secret Access Key" again: it does not belong to this "Access Key ID". If it does, a proxy may change requests on their way';
const bucketMissing: Advice = (_, { bucket }) =>
  `Create the bucket, or correct "S3 Bucket Name"${bucket.endpoint === undefined ? '' : ' and "S3 Endpoint"'}`;
const endpointWrong: Advice = () =>
  'Correct "S3 Endpoint": it must be the address of the store alone, without the bucket';
const regionWrong: Advice = ({ region }, place) =>
  region === undefined || region === place.region
    ? `Set "S3 Bucket Region" to the region of the bucket, as ${place.region} is not`
    : `Set "S3 Bucket Region" to ${region}, where the bucket is`;
const clockWrong: Advice = ({ serverTime }, { now }) =>
  `Correct the clock of the machine: it shows ${formatTime(now)}, and that of the store ${serverTime === undefined ? 'another time' : timeText(serverTime)}`;
/** A date that cannot be read stands as it came. */
function timeText(date: string): string {
  const wall = Date.parse(date);
  return Number.isNaN(wall) ? date : formatTime(wall);
}

const rightMissing: Advice = (_, { bucket, key, right }) => {
  const resource = `arn:aws:s3:::${bucket.name}${key === undefined ? '' : `/${[...bucket.path, '*'].join('/')}`}`;
  return `Give the access key the right ${right} on ${resource}; docs/rejects_storage.md has the whole policy`;
};
const certificate: Advice = () =>
  'If your proxy or firewall presents its own certificate, or the store has one of your own authority, set the environment variable NODE_EXTRA_CA_CERTS to a PEM file with the certificate of its authority. Otherwise check "S3 Endpoint"';
const proxyRefuses: Advice = () =>
  'Have the proxy that HTTPS_PROXY names allow this host, or name it in NO_PROXY if it can be reached directly';
const unknownAdvice: Advice = () =>
  'Look up this code in the manual of the store, correct "Object Storage Configuration", and test the connection';

/** What to do, by the code of the store or of the connection. */
const advice = {
  AccessDenied: rightMissing,
  AccountProblem: () => 'Ask the provider of the store about this account',
  AllAccessDisabled: () => 'Ask the provider of the store about this account',
  AuthorizationHeaderMalformed: regionWrong,
  ENOTFOUND: () => 'Correct "S3 Endpoint" and "S3 Bucket Region": there is no such host',
  EntityTooLarge: () => 'Lower "Files: Largest File in MB", or raise the limit of the store',
  ExpiredToken: keyAgain,
  'HTTP 401': keyAgain,
  'HTTP 403': rightMissing,
  'HTTP 404': endpointWrong,
  'HTTP 405': endpointWrong,
  IllegalLocationConstraintException: regionWrong,
  IncorrectEndpoint: regionWrong,
  InvalidAccessKeyId: keyAgain,
  InvalidBucketName: () => 'Correct "S3 Bucket Name"',
  InvalidRegion: regionWrong,
  InvalidToken: keyAgain,
  KeyTooLongError: () => 'Shorten "Prefix Path in the Bucket"',
  MethodNotAllowed: endpointWrong,
  NoSuchBucket: bucketMissing,
  NotImplemented: () => 'Use a store that supports the requests of Amazon S3 with signatures of version 4',
  PermanentRedirect: regionWrong,
  QuotaExceeded: () => 'Give the bucket more room, or remove old files from it',
  RequestTimeTooSkewed: clockWrong,
  SignatureDoesNotMatch: secretAgain,
  XAdminUserNotFound: keyAgain,
  XMinioStorageFull: () => 'Give the store more room, or remove old files from it',
  certificate,
  proxy: proxyRefuses,
  untrusted: certificate,
} satisfies Record<string, Advice>;
