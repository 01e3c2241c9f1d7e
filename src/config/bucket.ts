/** The bucket for rejected rows, from Airbyte's own settings of an object storage. */
import type { MappingFault } from '../plan/faults.ts';
import { Secret } from './secret.ts';
import type { Configuration, S3 } from './types.ts';

/** A bucket of S3, or of a store that speaks its protocol. */
export interface Bucket {
  readonly name: string;
  /** Undefined: unknown, and learnt from the store. */
  readonly region: string | undefined;
  /** Scheme and host of a store other than AWS; undefined: AWS. */
  readonly endpoint: string | undefined;
  /** Parts of the path that all names begin with. */
  readonly path: readonly string[];
  readonly accessKeyId: string;
  readonly secretAccessKey: Secret;
}

type Setting = Configuration['object_storage_config'];

const place = '/object_storage_config';

/** The bucket of the settings; undefined: there is none. */
export function bucketOf(setting: Setting): Bucket | undefined {
  if (setting?.storage_type !== 'S3') return undefined;
  return {
    name: setting.s3_bucket_name.trim(),
    region: setting.s3_bucket_region || undefined,
    endpoint: endpointOf(setting),
    path: setting.bucket_path.split('/').filter((part) => part.trim() !== ''),
    accessKeyId: setting.access_key_id.trim(),
    secretAccessKey: new Secret(setting.secret_access_key.trim()),
  };
}

/** What is wrong with the settings of a bucket, besides what the schema finds. */
export function bucketFaults(setting: Setting): MappingFault[] {
  if (setting?.storage_type !== 'S3') return [];
  const faults: MappingFault[] = [];
  const check = (name: keyof S3, text: string | undefined) => {
    if (text !== undefined) faults.push({ path: `${place}/${name}`, text });
  };
  check('access_key_id', keyFault(setting.access_key_id));
  check('secret_access_key', keyFault(setting.secret_access_key));
  check(
    'role_arn',
    setting.role_arn.trim() === ''
      ? undefined
      : 'cannot be used, as a role needs a token service: leave it out and enter an access key',
  );
  check(
    's3_bucket_name',
    /^[A-Za-z0-9][A-Za-z0-9._-]+$/.test(setting.s3_bucket_name.trim())
      ? undefined
      : 'must be the name of a bucket alone: letters, digits, dots, hyphens',
  );
  check('s3_endpoint', endpointFault(setting.s3_endpoint.trim()));
  check('bucket_path', pathFault(setting.bucket_path));
  check(
    'path_format',
    ['', '{sync_id}/'].includes(setting.path_format) ? undefined : 'must be {sync_id}/, as no other is supported',
  );
  check(
    'file_name_format',
    setting.file_name_format === '' ? undefined : 'must be left out, as file names cannot be chosen',
  );
  return faults;
}

/** Both are parts of a request's header or of its signature. */
function keyFault(text: string): string | undefined {
  const key = text.trim();
  if (key === '') return 'must not be empty';
  return /^[\x21-\x7e]+$/.test(key)
    ? undefined
    : 'holds a space or another character that no such key has: copy it again';
}

function endpointOf({ s3_endpoint }: S3): string | undefined {
  return s3_endpoint.trim() === '' ? undefined : new URL(s3_endpoint.trim()).origin;
}

function endpointFault(text: string): string | undefined {
  if (text === '') return undefined;
  // Without a scheme, `minio:9000` is a URL as well.
  if (!/^https?:\/\//i.test(text) || !URL.canParse(text)) return 'must be https://HOST or http://HOST:PORT';
  const url = new URL(text);
  if (url.username !== '' || url.password !== '') return 'must not hold a user name';
  const isHost = /^\/*$/.test(url.pathname) && url.search === '' && url.hash === '';
  return isHost ? undefined : 'must end after its host: the bucket and its path have settings of their own';
}

function pathFault(path: string): string | undefined {
  const parts = path.split('/').map((part) => part.trim());
  if (parts.some((part) => part === '.' || part === '..')) return 'must have no part . or ..';
  return /[\p{Cc}\p{Cs}]/u.test(path) ? 'must not hold control characters' : undefined;
}
