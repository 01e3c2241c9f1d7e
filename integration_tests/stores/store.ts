/** The store that the checks run against, as the environment names it. */

/** A store with one bucket. */
export interface Store {
  readonly endpoint: string;
  readonly bucket: string;
  /** Empty: the connector learns it. */
  readonly region: string;
  readonly accessKeyId: string;
  readonly secretAccessKey: string;
  /** The folder in which it keeps its files, to let them age; undefined: it is not known. */
  readonly data: string | undefined;
  /** What it does not do: see `STORE_LACKS`. */
  readonly lacks: ReadonlySet<string>;
}

const env = process.env;

/** The variables that name a store, with what each stands for unless given. */
export const variables = {
  STORE_ENDPOINT: '',
  STORE_BUCKET: 'acme',
  STORE_REGION: '',
  STORE_ACCESS_KEY_ID: '',
  STORE_SECRET_ACCESS_KEY: '',
  STORE_DATA: '',
  /** With commas between them: `signatures` (it takes any), `regions` (it takes any), `pages` (its lists have only one). */
  STORE_LACKS: '',
};

/** The store of the environment. */
export function storeOfEnvironment(): Store {
  const of = (name: keyof typeof variables) => env[name] ?? variables[name];
  return {
    endpoint: of('STORE_ENDPOINT'),
    bucket: of('STORE_BUCKET'),
    region: of('STORE_REGION'),
    accessKeyId: of('STORE_ACCESS_KEY_ID'),
    secretAccessKey: of('STORE_SECRET_ACCESS_KEY'),
    data: of('STORE_DATA') || undefined,
    lacks: new Set(of('STORE_LACKS').split(',')),
  };
}

/** The settings of a connection that keeps its rejected rows there. */
export function settingsOf({ endpoint, bucket, region, accessKeyId, secretAccessKey }: Store, path: string) {
  return {
    object_storage_config: {
      ...{ storage_type: 'S3', s3_endpoint: endpoint, s3_bucket_name: bucket, s3_bucket_region: region },
      ...{ access_key_id: accessKeyId, secret_access_key: secretAccessKey, bucket_path: path },
    },
  };
}
