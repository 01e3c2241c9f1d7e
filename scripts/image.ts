/**
 * `npm run image [-- MORE]`: builds the image with docker, podman or buildah, whichever works; MORE is passed to that
 * tool.
 */
import { spawnSync } from 'node:child_process';
import { createRequire } from 'node:module';
import { dirname } from 'node:path';
import { fileURLToPath } from 'node:url';

const require = createRequire(import.meta.url);
const { name, version } = require('#package.json') as { name: string; version: string };
const folder = dirname(require.resolve('#package.json'));

/** The name under which the image is built. */
export const imageTag = `${name}:${version}`;

/** Tools that build a Dockerfile with the same arguments. */
const builders = ['docker', 'podman', 'buildah'];

/**
 * Builds the image.
 * @returns the exit code of the tool
 * @param more further arguments for it
 */
export function buildImage(tool: string, more: readonly string[], env: NodeJS.ProcessEnv = process.env): number {
  const args = ['build', '--build-arg', `VERSION=${version}`, '--tag', imageTag, ...more, '.'];
  return spawnSync(tool, args, { cwd: folder, env, stdio: 'inherit' }).status ?? 1;
}

/** A tool may be installed without working: docker, for example, without its server. */
function works(tool: string): boolean {
  return spawnSync(tool, ['info'], { stdio: 'ignore' }).status === 0;
}

if (process.argv[1] === fileURLToPath(import.meta.url)) {
  const tool = builders.find(works);
  if (tool === undefined) {
    process.stderr.write(`None of ${builders.join(', ')} works here: install one, or start docker's server.\n`);
    process.exitCode = 1;
  } else {
    process.stdout.write(`${tool} builds ${imageTag}\n`);
    process.exitCode = buildImage(tool, process.argv.slice(2));
  }
}
