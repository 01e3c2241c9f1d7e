/** The signature of a request to a bucket: version 4 of AWS, over its content as well. */
import { createHash } from 'node:crypto';
import type { Bucket } from '../../config/bucket.ts';

/** A request that is not signed yet. */
export interface UnsignedRequest {
  readonly method: string;
  readonly url: string;
  readonly headers?: Readonly<Record<string, string>>;
  readonly body?: Buffer | undefined;
}

/**
 * The headers of the signed request.
 * @param region of the bucket
 * @param now in milliseconds since 1970: a signature is valid for fifteen minutes
 */
export async function signedHeaders(
  { method, url, headers, body }: UnsignedRequest,
  { accessKeyId, secretAccessKey }: Pick<Bucket, 'accessKeyId' | 'secretAccessKey'>,
  region: string,
  now: number,
): Promise<Record<string, string>> {
  const digest = createHash('sha256')
    .update(body ?? '')
    .digest('hex');
  const { AwsV4Signer } = await import('aws4fetch');
  const signer = new AwsV4Signer({
    ...{ method, url, accessKeyId, region, service: 's3', secretAccessKey: secretAccessKey.reveal() },
    headers: { ...headers, 'x-amz-content-sha256': digest },
    datetime: new Date(now).toISOString().replace(/[:-]|\.\d{3}/g, ''),
  });
  const signed = await signer.sign();
  return Object.fromEntries(signed.headers);
}
