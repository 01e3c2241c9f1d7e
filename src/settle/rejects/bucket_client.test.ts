/** Where a bucket is asked: under its own host at AWS, below its path elsewhere. */
import t from 'tap';
import { urlOf } from './bucket_client.ts';

const aws = { name: 'acme', endpoint: undefined };
const elsewhere = { name: 'acme', endpoint: 'http://minio:9000' };

const cases: readonly [what: string, url: string, expected: string][] = [
  ['AWS', urlOf(aws, 'eu-west-1', 'a/b.csv'), 'https://acme.s3.eu-west-1.amazonaws.com/a/b.csv'],
  ['AWS in China', urlOf(aws, 'cn-north-1', 'a'), 'https://acme.s3.cn-north-1.amazonaws.com.cn/a'],
  [
    'a name with a dot, which no certificate covers',
    urlOf({ ...aws, name: 'acme.rejects' }, 'us-east-1', 'a'),
    'https://s3.us-east-1.amazonaws.com/acme.rejects/a',
  ],
  [
    'an old name with capitals',
    urlOf({ ...aws, name: 'Acme_Old' }, 'us-east-1', 'a'),
    'https://s3.us-east-1.amazonaws.com/Acme_Old/a',
  ],
  ['elsewhere', urlOf(elsewhere, 'us-east-1', 'a'), 'http://minio:9000/acme/a'],
  [
    'the bucket itself',
    urlOf(elsewhere, 'us-east-1', '', { 'list-type': '2', prefix: 'a b/+' }),
    'http://minio:9000/acme/?list-type=2&prefix=a%20b%2F%2B',
  ],
  [
    'odd characters',
    urlOf(aws, 'us-east-1', "a +&%='é(1)!*~"),
    'https://acme.s3.us-east-1.amazonaws.com/a%20%2B%26%25%3D%27%C3%A9%281%29%21%2A~',
  ],
];

for (const [what, url, expected] of cases)
  t.test(what, async (t) => {
    t.equal(url, expected);
    t.equal(new URL(url).href, expected, 'nothing changes it on its way');
  });
