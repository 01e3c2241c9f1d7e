/** The bucket for rejected rows as it is configured: what is accepted, and what is wrong, in the titles of the form. */
import { inspect } from 'node:util';
import t from 'tap';
import type { TracedError } from '../errors.ts';
import { parseConfig } from './config.ts';
import { form } from './config_faults.ts';

const usual = {
  storage_type: 'S3',
  access_key_id: ' AKIA ',
  secret_access_key: 'the-secret-of-the-bucket',
  s3_bucket_name: 'acme',
  s3_bucket_region: 'eu-west-1',
  bucket_path: 'gainsight',
};

function parse(object_storage_config?: unknown, more: object = {}) {
  const config = { domain: 'acme', access_key: 'k', ...more };
  return parseConfig(
    JSON.stringify({ ...config, ...(object_storage_config !== undefined && { object_storage_config }) }),
  );
}

function faultsOf(object_storage_config: unknown, more: object = {}): string {
  try {
    parse(object_storage_config, more);
  } catch (error) {
    return (error as TracedError).message;
  }
  return 'none';
}

t.test('no bucket, and none that was chosen', async (t) => {
  t.equal(parse().bucket, undefined);
  t.equal(parse({ storage_type: 'None' }).bucket, undefined);
});

t.test('a bucket with every setting, and with as few as possible', async (t) => {
  const { bucket, unknownSettings } = parse({
    ...usual,
    ...{ s3_endpoint: 'http://minio:9000/', bucket_path: '/a/ b/', role_arn: '' },
    ...{ format: { format_type: 'CSV' }, compression: { compression_type: 'No Compression' } },
    ...{ path_format: '{sync_id}/', file_name_format: '' },
  });
  t.same(unknownSettings, []);
  t.match(bucket, {
    ...{ name: 'acme', region: 'eu-west-1', endpoint: 'http://minio:9000', path: ['a', ' b'], accessKeyId: 'AKIA' },
  });
  const { storage_type, access_key_id, secret_access_key, s3_bucket_name } = usual;
  t.match(parse({ storage_type, access_key_id, secret_access_key, s3_bucket_name }).bucket, {
    ...{ region: undefined, endpoint: undefined, path: [] },
  });
});

t.test('the secret is revealed only on request, and is known as one', async (t) => {
  const config = parse(usual);
  t.notMatch(`${inspect(config, { depth: 9 })} ${JSON.stringify(config)}`, 'the-secret');
  t.equal(config.bucket?.secretAccessKey.reveal(), 'the-secret-of-the-bucket');
  t.same(form.secretsIn({ access_key: 'k', object_storage_config: usual }), ['k', 'AKIA', 'the-secret-of-the-bucket']);
});

const title = 'Object Storage Configuration';
const faults: readonly [name: string, setting: unknown, words: string, more?: object][] = [
  ['no type', {}, `${title} > Storage Type must be one of None, S3`],
  ['a type that does not exist', { storage_type: 'GCS' }, `${title} > Storage Type must be one of None, S3`],
  ['a text', 'S3', `${title} must be a group of settings`],
  ['no bucket', { ...usual, s3_bucket_name: undefined }, `${title} > S3 Bucket Name is missing`],
  ['no key', { ...usual, access_key_id: undefined }, `${title} > Access Key ID is missing`],
  ['an empty key', { ...usual, access_key_id: ' ' }, `${title} > Access Key ID must not be empty`],
  ['a key with a line break', { ...usual, secret_access_key: 'a\nb' }, `${title} > Secret Access Key holds a space`],
  [
    'a region that does not exist',
    { ...usual, s3_bucket_region: 'eu-west-9' },
    `${title} > S3 Bucket Region must be one of`,
  ],
  ['a role', { ...usual, role_arn: 'arn:aws:iam::1:role/x' }, `${title} > Role ARN cannot be used, as a role needs`],
  [
    'a path as the name',
    { ...usual, s3_bucket_name: 'acme/a' },
    `${title} > S3 Bucket Name must be the name of a bucket`,
  ],
  ['no scheme', { ...usual, s3_endpoint: 'minio:9000' }, `${title} > S3 Endpoint must be https://HOST`],
  [
    'a bucket in the address',
    { ...usual, s3_endpoint: 'https://h/acme' },
    `${title} > S3 Endpoint must end after its host`,
  ],
  [
    'a login in the address',
    { ...usual, s3_endpoint: 'https://a:b@h' },
    `${title} > S3 Endpoint must not hold a user name`,
  ],
  [
    'a way out of the path',
    { ...usual, bucket_path: 'a/../b' },
    `${title} > Prefix Path in the Bucket must have no part`,
  ],
  [
    'half a character',
    { ...usual, bucket_path: '\ud800' },
    `${title} > Prefix Path in the Bucket must not hold control`,
  ],
  ['JSON lines', { ...usual, format: { format_type: 'JSONL' } }, `${title} > Output Format > Format Type must be CSV`],
  [
    'compression',
    { ...usual, compression: { compression_type: 'GZIP' } },
    `${title} > Compression > Compression Type must be No Compression`,
  ],
  [
    'flattening',
    { ...usual, format: { format_type: 'CSV', flattening: 'Root level flattening' } },
    `${title} > Output Format > Flattening must be one of No flattening`,
  ],
  ['paths of its own', { ...usual, path_format: '{stream_name}/' }, `${title} > Path Format must be {sync_id}/`],
  ['names of its own', { ...usual, file_name_format: '{date}' }, `${title} > File Name Format must be left out`],
  [
    'a folder as well',
    usual,
    `Rejected Rows: Folder must be empty with an ${title}: rejected rows are kept in one place`,
    { rejected_rows: { folder: '/rejected' } },
  ],
];

for (const [name, setting, words, more] of faults)
  t.test(`refused: ${name}`, async (t) => {
    t.match(faultsOf(setting, more), `The configuration does not fit: ${words}`);
  });

t.test('faults of the option that was not chosen are not reported', async (t) => {
  t.equal(faultsOf({ storage_type: 'None' }), 'none');
  t.match(faultsOf({ storage_type: 'S3' }), /there are 3 faults/);
});

t.test('a setting of the bucket that does not exist is named with the one that was probably meant', async (t) => {
  t.same(parse({ ...usual, s3_bucket_regoin: 'x' }).unknownSettings, [
    `${title} > "s3_bucket_regoin" is not a setting (did you mean "s3_bucket_region"?)`,
  ]);
});

t.test('without values in the log, rows are found again in a bucket', async (t) => {
  const more = { rejected_rows: { log_detail: 'none' } };
  t.equal(faultsOf(usual, more), 'none');
  t.match(faultsOf({ storage_type: 'None' }, more), 'Rejected Rows: Folder is missing');
});
