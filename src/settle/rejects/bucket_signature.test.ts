/** The examples that AWS publishes for signatures of requests to S3 with an Authorization header. */
import { AwsV4Signer } from 'aws4fetch';
import t from 'tap';
import { Secret } from '../../config/secret.ts';
import { signedHeaders, type UnsignedRequest } from './bucket_signature.ts';

const host = 'https://examplebucket.s3.amazonaws.com';
const keys = {
  accessKeyId: 'AKIAIOSFODNN7EXAMPLE',
  secretAccessKey: new Secret('wJalrXUtnFEMI/K7MDENG/bPxRfiCYEXAMPLEKEY'),
};
const now = Date.UTC(2013, 4, 24);

const examples: readonly [name: string, request: UnsignedRequest, signed: string, signature: string][] = [
  [
    'PUT Object',
    {
      method: 'PUT',
      url: `${host}/test%24file.text`,
      headers: { date: 'Fri, 24 May 2013 00:00:00 GMT', 'x-amz-storage-class': 'REDUCED_REDUNDANCY' },
      body: Buffer.from('Welcome to Amazon S3.'),
    },
    'date;host;x-amz-content-sha256;x-amz-date;x-amz-storage-class',
    '98ad721746da40c64f1a55b78f14c238d841ea1380cd77a1b5971af0ece108bd',
  ],
  [
    'GET Bucket Lifecycle',
    { method: 'GET', url: `${host}/?lifecycle` },
    'host;x-amz-content-sha256;x-amz-date',
    'fea454ca298b7da1c68078a5d1bdbfbbe0d65c699e0f91ac7a200a0136783543',
  ],
  [
    'GET Bucket (List Objects)',
    { method: 'GET', url: `${host}/?max-keys=2&prefix=J` },
    'host;x-amz-content-sha256;x-amz-date',
    '34b48302e7b5fa45bde8084f4b7868a86f0a534bc59db6670ed5711ef69dc6f7',
  ],
];

for (const [name, request, signed, signature] of examples)
  t.test(name, async (t) => {
    const { authorization } = await signedHeaders(request, keys, 'us-east-1', now);
    t.equal(
      authorization,
      `AWS4-HMAC-SHA256 Credential=AKIAIOSFODNN7EXAMPLE/20130524/us-east-1/s3/aws4_request, SignedHeaders=${signed}, Signature=${signature}`,
    );
  });

t.test('GET Object, which signs a range: the connector never sends one', async (t) => {
  const emptyDigest = 'e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855';
  const signer = new AwsV4Signer({
    ...{ url: `${host}/test.txt`, region: 'us-east-1', service: 's3', datetime: '20130524T000000Z', allHeaders: true },
    ...{ accessKeyId: keys.accessKeyId, secretAccessKey: keys.secretAccessKey.reveal() },
    headers: { range: 'bytes=0-9', 'x-amz-content-sha256': emptyDigest },
  });
  t.equal(await signer.signature(), 'f0e8bdb87c964420e857bd35b5d6ed310bd44f0170aba48dd91039c6036bdb41');
});

t.test('a body is signed by its content, and nothing else of it', async (t) => {
  const of = (body: string) =>
    signedHeaders({ method: 'PUT', url: `${host}/a`, body: Buffer.from(body) }, keys, 'us-east-1', now);
  const [one, same, other] = [await of('one'), await of('one'), await of('other')];
  t.same(one, same);
  t.not(one['authorization'], other['authorization']);
});
