/** `npm run image:test`: builds the image on a base built here, and tests it as Airbyte's pod runs it. */
import { spawnSync } from 'node:child_process';
import { readdirSync } from 'node:fs';
import { join } from 'node:path';
import { buildImage } from '../../scripts/image.ts';
import { ask } from '../support/commands.ts';
import { missingTools } from '../support/debian_tools.ts';
import { makeBase } from './base.ts';
import { baseVariable, image, packageFolder } from './names.ts';

/** Builds with podman, using this machine's npm cache. */
function build(base: string): void {
  const cache = ask('npm', ['config', 'get', 'cache']);
  const args = ['--quiet', '--layers=false', '--build-arg', `NODE_IMAGE=${base}`, '--volume', `${cache}:/root/.npm`];
  // Without further privileges the build's RUN needs only a chroot.
  const code = buildImage('podman', args, { ...process.env, BUILDAH_ISOLATION: 'chroot' });
  if (code !== 0) throw new Error(`podman build ended with ${code}`);
}

/**
 * Runs the checks with tap.
 * @returns its exit code
 */
function judge(base: string): number {
  const judges = join(packageFolder, 'build/integration_tests/image');
  const files = readdirSync(judges).filter((name) => name.endsWith('.check.js'));
  const args = ['tap', 'run', '--disable-coverage', '--timeout=300', ...process.argv.slice(2)];
  const paths = files.map((name) => join(judges, name));
  const env = { ...process.env, [baseVariable]: base };
  return spawnSync('npx', [...args, ...paths], { cwd: packageFolder, env, stdio: 'inherit' }).status ?? 1;
}

const missing = missingTools({ podman: 'podman', runc: 'runc', mmdebstrap: 'mmdebstrap' });
if (missing === undefined) {
  const base = makeBase();
  build(base);
  try {
    process.exitCode = judge(base);
  } finally {
    ask('podman', ['image', 'rm', '--force', image]);
  }
} else {
  process.stdout.write(`SKIPPED: the image was not tested: ${missing}.\n`);
}
