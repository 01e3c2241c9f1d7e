/**
 * `npm run pin-base [-- REGISTRY]`: asks Docker Hub, or the registry at the address REGISTRY that mirrors it, for the
 * digest of the base image's tag, and writes it into the Dockerfile and metadata.yaml.
 */
import { createHash } from 'node:crypto';
import { readFile, writeFile } from 'node:fs/promises';
import { createRequire } from 'node:module';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';

const dockerHub = 'https://registry-1.docker.io';
const maxWaitMs = 30_000;

/** An index lists the image of each platform. The manifest of one platform would pin the build to that platform. */
const indexTypes = [
  'application/vnd.oci.image.index.v1+json',
  'application/vnd.docker.distribution.manifest.list.v2+json',
];

/** Where the base image is named, each with what stands before its tag and around its digest. */
const places = {
  Dockerfile: /^(ARG NODE_IMAGE=(\w+):([\w.-]+))(?:@sha256:[0-9a-f]{64})?$/m,
  'metadata.yaml': /^( +baseImage: docker\.io\/library\/(\w+):([\w.-]+))(?:@sha256:[0-9a-f]{64})?$/m,
};

/**
 * Asks a registry for the digest of an image's tag, without an account.
 * @param registry its address, such as `https://registry-1.docker.io`
 * @param repository such as `library/node`
 * @returns `sha256:` and 64 hexadecimal digits, computed from the index itself
 * @throws Error with a sentence for the user: no answer within 30 seconds, another status than 200, not an index, or a
 * digest that contradicts the index
 */
export async function digestOf(registry: string, repository: string, tag: string): Promise<string> {
  const url = new URL(`/v2/${repository}/manifests/${tag}`, registry);
  let response = await ask(url, { accept: indexTypes.join(', ') });
  if (response.status === 401) {
    const authorization = `Bearer ${await tokenFor(response)}`;
    response = await ask(url, { accept: indexTypes.join(', '), authorization });
  }
  if (response.status !== 200) throw new Error(`${url} answers with ${response.status}.`);
  const type = response.headers.get('content-type')?.split(';')[0] ?? '';
  if (!indexTypes.includes(type)) throw new Error(`${url} is not an index of platforms: its type is "${type}".`);
  const digest = `sha256:${createHash('sha256')
    .update(Buffer.from(await response.arrayBuffer()))
    .digest('hex')}`;
  const named = response.headers.get('docker-content-digest') ?? digest;
  if (named !== digest) throw new Error(`${url} has the digest ${digest}, and its answer names ${named}.`);
  return digest;
}

/** Gets a token for anyone, as the challenge of a 401 describes it: `Bearer realm="https://…",service="…",scope="…"`. */
async function tokenFor(response: Response): Promise<string> {
  const challenge = response.headers.get('www-authenticate') ?? '';
  const { realm, ...query } = Object.fromEntries(
    [...challenge.matchAll(/(\w+)="([^"]*)"/g)].map(([, name = '', value = '']) => [name, value]),
  );
  if (!/^bearer /i.test(challenge) || realm === undefined || !URL.canParse(realm))
    throw new Error(`${response.url} wants another sign-in than a token: "${challenge}".`);
  const url = new URL(realm);
  for (const [name, value] of Object.entries(query)) url.searchParams.set(name, value);
  const answer = await ask(url, { accept: 'application/json' });
  if (answer.status !== 200) throw new Error(`${url} answers with ${answer.status}.`);
  const { token, access_token } = (await answer.json()) as { token?: string; access_token?: string };
  return token ?? access_token ?? '';
}

async function ask(url: URL, headers: Record<string, string>): Promise<Response> {
  try {
    return await fetch(url, { headers, signal: AbortSignal.timeout(maxWaitMs) });
  } catch (error) {
    const { message, cause } = error as Error;
    throw new Error(`${url.host} cannot be reached: ${cause instanceof Error ? cause.message : message}.`, {
      cause: error,
    });
  }
}

/**
 * Writes the digest of the base image into both files, or into neither.
 * @param folder the package's folder
 * @param registry the address of Docker Hub, or of a registry that mirrors it
 * @returns the image with its digest
 * @throws Error with a sentence for the user, if the digest cannot be found or a file does not name the image
 */
export async function pinBase(folder: string, registry: string): Promise<string> {
  const files = await Promise.all(
    Object.entries(places).map(async ([name, place]) => {
      const text = await readFile(join(folder, name), 'utf8');
      const [, start, image = '', tag = ''] = place.exec(text) ?? [];
      if (start === undefined) throw new Error(`${name} does not name the base image.`);
      return { name, text, place, image, tag };
    }),
  );
  const [{ image, tag } = { image: '', tag: '' }, ...others] = files;
  if (others.some((other) => other.image !== image || other.tag !== tag))
    throw new Error(`${Object.keys(places).join(' and ')} name different base images.`);
  const digest = await digestOf(registry, `library/${image}`, tag);
  for (const { name, text, place } of files) await writeFile(join(folder, name), text.replace(place, `$1@${digest}`));
  return `${image}:${tag}@${digest}`;
}

if (process.argv[1] === fileURLToPath(import.meta.url)) {
  const folder = dirname(createRequire(import.meta.url).resolve('#package.json'));
  try {
    process.stdout.write(`${await pinBase(folder, process.argv[2] ?? dockerHub)}\n`);
  } catch (error) {
    process.stderr.write(`The base image is not pinned. ${(error as Error).message}\n`);
    process.exitCode = 1;
  }
}
