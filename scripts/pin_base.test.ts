/** The base image's digest, asked of a local server that plays an image registry. */
import { createHash } from 'node:crypto';
import { once } from 'node:events';
import { cpSync, readFileSync, writeFileSync } from 'node:fs';
import { createServer, type IncomingMessage } from 'node:http';
import type { AddressInfo } from 'node:net';
import { join } from 'node:path';
import t, { type Test } from 'tap';
import { packageFolder } from '../integration_tests/image/names.ts';
import { pinBase } from './pin_base.ts';

const index = JSON.stringify({ schemaVersion: 2, manifests: [{ platform: { architecture: 'arm64', os: 'linux' } }] });
const digest = `sha256:${createHash('sha256').update(index).digest('hex')}`;
const files = ['Dockerfile', 'metadata.yaml'] as const;
const read = (folder: string) => files.map((name) => readFileSync(join(folder, name), 'utf8'));

/** What a registry answers to a request for the index. */
interface Answer {
  readonly status?: number;
  readonly headers?: Readonly<Record<string, string>>;
}

/** A registry that answers who has its token, or everyone if it is open. */
async function startRegistry(t: Test, { status = 200, headers = {} }: Answer = {}, challenge?: string) {
  const calls: string[] = [];
  const server = createServer(({ url = '', headers: sent }: IncomingMessage, response) => {
    calls.push(url);
    if (url.startsWith('/token?')) response.end(JSON.stringify({ token: 'for-anyone' }));
    else if (challenge !== undefined && sent.authorization !== 'Bearer for-anyone')
      response.writeHead(401, { 'www-authenticate': challenge.replace('ADDRESS', address()) }).end();
    else {
      const type = 'application/vnd.oci.image.index.v1+json';
      response.writeHead(status, { 'content-type': type, 'docker-content-digest': digest, ...headers }).end(index);
    }
  });
  const address = () => `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  t.teardown(() => server.close());
  return { url: address(), calls, close: () => server.close() };
}

function copyOfPackage(t: Test): string {
  const folder = t.testdir();
  for (const name of files) cpSync(join(packageFolder, name), join(folder, name));
  return folder;
}

const byToken = 'Bearer realm="ADDRESS/token",service="registry.docker.io",scope="repository:library/node:pull"';

for (const [name, challenge] of [
  ['with a token for anyone, as Docker Hub wants it', byToken],
  ['of an open registry', undefined],
] as const)
  t.test(`the digest is written into both files, and nothing else changes: ${name}`, async (t) => {
    const registry = await startRegistry(t, {}, challenge);
    const folder = copyOfPackage(t);
    const before = read(folder).map((text) => text.replace(/@sha256:[0-9a-f]{64}/, ''));
    const pinned = await pinBase(folder, registry.url);
    t.match(pinned, new RegExp(`^node:[\\d.]+-slim@${digest}$`));
    t.same(
      read(folder).map((text) => text.replace(`@${digest}`, '')),
      before,
    );
    for (const text of read(folder)) t.match(text, pinned);
    const tag = pinned.split(/[:@]/)[1];
    const manifest = `/v2/library/node/manifests/${tag}`;
    const token = '/token?service=registry.docker.io&scope=repository%3Alibrary%2Fnode%3Apull';
    t.same(registry.calls, challenge === undefined ? [manifest] : [manifest, token, manifest]);
  });

t.test('a digest that is there is replaced', async (t) => {
  const registry = await startRegistry(t);
  const folder = copyOfPackage(t);
  await pinBase(folder, registry.url);
  const pinned = read(folder);
  for (const [at, name] of files.entries())
    writeFileSync(join(folder, name), (pinned[at] as string).replace(digest, `sha256:${'0'.repeat(64)}`));
  await pinBase(folder, registry.url);
  t.same(read(folder), pinned);
});

const refusals: [name: string, answer: Answer, challenge: string | undefined, says: RegExp][] = [
  ['a tag that does not exist', { status: 404 }, undefined, /manifests\/[\d.]+-slim answers with 404\.$/],
  [
    'the manifest of one platform',
    { headers: { 'content-type': 'application/vnd.oci.image.manifest.v1+json' } },
    undefined,
    /is not an index of platforms: its type is "application\/vnd\.oci\.image\.manifest\.v1\+json"\.$/,
  ],
  [
    'a digest of something else',
    { headers: { 'docker-content-digest': `sha256:${'0'.repeat(64)}` } },
    undefined,
    /its answer names sha256:0{64}\.$/,
  ],
  ['a registry that wants a password', {}, 'Basic realm="private"', /another sign-in than a token: "Basic realm=/],
  ['a token that does not exist', {}, byToken.replace('/token', '/gone'), /answers with 401\.$/],
];

for (const [name, answer, challenge, says] of refusals)
  t.test(`${name} is an error, and both files stay as they were`, async (t) => {
    const registry = await startRegistry(t, answer, challenge);
    const folder = copyOfPackage(t);
    const before = read(folder);
    await t.rejects(pinBase(folder, registry.url), { message: says });
    t.same(read(folder), before);
  });

t.test('a registry that does not answer is named', async (t) => {
  const registry = await startRegistry(t);
  registry.close();
  const { host } = new URL(registry.url);
  await t.rejects(pinBase(copyOfPackage(t), registry.url), { message: new RegExp(`^${host} cannot be reached: .+`) });
});

t.test('files that name different images are not pinned', async (t) => {
  const registry = await startRegistry(t);
  const folder = copyOfPackage(t);
  writeFileSync(join(folder, 'Dockerfile'), 'ARG NODE_IMAGE=node:99.1-slim\n');
  await t.rejects(pinBase(folder, registry.url), { message: /different base images/ });
  writeFileSync(join(folder, 'Dockerfile'), 'FROM node:99.1-slim\n');
  await t.rejects(pinBase(folder, registry.url), { message: 'Dockerfile does not name the base image.' });
  t.same(registry.calls, []);
});
