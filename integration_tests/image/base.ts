/** A base image that stands in for the official Node image: built from Debian's packages and the registry's Node. */
import { copyFileSync, existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { ask, show, succeeds } from '../support/commands.ts';
import { packageFolder } from './names.ts';

/** The Debian packages of the official slim image that the Dockerfile and a pod use. */
const debianPackages =
  'base-files,base-passwd,coreutils,dash,findutils,grep,libc-bin,libstdc++6,login,passwd,sed,ca-certificates';

/** The Node version that the Dockerfile names: 24.21 in `node:24.21-slim`, whatever digest follows. */
export function imageNode(): string {
  const [, line] =
    /^ARG NODE_IMAGE=node:(\d+\.\d+)-slim/m.exec(readFileSync(join(packageFolder, 'Dockerfile'), 'utf8')) ?? [];
  if (line === undefined) throw new Error('the Dockerfile names no slim image of a minor version of Node');
  return line;
}

/**
 * Builds the base unless it exists from an earlier run.
 * @returns its name
 */
export function makeBase(): string {
  const version = newestOf(imageNode());
  const name = `localhost/destination-gainsight-test-base:${version}`;
  if (succeeds('podman', ['image', 'exists', name])) return name;
  const folder = mkdtempSync(join(tmpdir(), 'destination-gainsight-base-'));
  try {
    const suite = /^VERSION_CODENAME=(.+)$/m.exec(readFileSync('/etc/os-release', 'utf8'))?.[1] ?? 'stable';
    show('mmdebstrap', [
      '--quiet',
      '--variant=extract',
      `--include=${debianPackages}`,
      suite,
      join(folder, 'debian.tar'),
    ]);
    copyFileSync(
      join(unpack(folder, `node-linux-${process.arch}@${version}`, 'binary'), 'bin/node'),
      join(folder, 'node'),
    );
    unpack(folder, 'npm@11', 'npm');
    writeFileSync(join(folder, 'npmrc'), npmSettings());
    copyFileSync('/etc/ssl/certs/ca-certificates.crt', join(folder, 'certificates.crt'));
    const file = join(packageFolder, 'integration_tests/image/base.Dockerfile');
    show('podman', [
      'build',
      '--quiet',
      '--isolation',
      'chroot',
      '--layers=false',
      '--tag',
      name,
      '--file',
      file,
      folder,
    ]);
    return name;
  } finally {
    rmSync(folder, { recursive: true });
  }
}

function newestOf(line: string): string {
  const found = JSON.parse(ask('npm', ['view', `node-linux-${process.arch}@${line}`, 'version', '--json'])) as
    | string
    | string[];
  const byNumber = [found].flat().sort((a, b) => a.localeCompare(b, 'en', { numeric: true }));
  return byNumber.at(-1) as string;
}

/**
 * Unpacks a package of the registry.
 * @returns its folder
 */
function unpack(folder: string, spec: string, name: string): string {
  const to = join(folder, name);
  mkdirSync(to);
  const file = ask('npm', ['pack', '--silent', '--pack-destination', folder, spec], { cwd: folder }).split('\n').at(-1);
  ask('tar', ['--extract', '--strip-components=1', '--file', join(folder, file as string), '--directory', to]);
  return to;
}

/** The registry and its certificates, as configured here. */
function npmSettings(): string {
  const cafile = ask('npm', ['config', 'get', 'cafile']);
  const trusted = existsSync(cafile) ? ['cafile=/etc/ssl/certs/ca-certificates.crt'] : [];
  return [`registry=${ask('npm', ['config', 'get', 'registry'])}`, 'prefer-offline=true', ...trusted, ''].join('\n');
}
