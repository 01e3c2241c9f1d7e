/** The peers that are installed only when asked for: where they are, and how they get there. */
import { execFileSync } from 'node:child_process';
import { existsSync } from 'node:fs';
import { fileURLToPath } from 'node:url';

export const optionalPeers = ['faros', 'cdk'] as const;

export type OptionalPeer = (typeof optionalPeers)[number];

/** The folder of the peers' sources, relative to the compiled files. */
export const peersFolder = fileURLToPath(new URL('../../bench/peers', import.meta.url));
/** Installed packages of Python; node_modules is where a checkout keeps what is not its own. */
const environment = fileURLToPath(new URL('../../node_modules/.cache/bench-airbyte-cdk', import.meta.url));
/** The Python that has Airbyte's CDK. */
export const cdkPython = `${environment}/bin/python`;

const installs: Readonly<Record<OptionalPeer, () => void>> = {
  faros: () => run('npm', 'ci', '--no-progress', '--silent', '--prefix', `${peersFolder}/faros`),
  cdk() {
    run('python3', '-m', 'venv', environment);
    run(cdkPython, '-m', 'pip', 'install', '--quiet', '--requirement', `${peersFolder}/cdk/requirements.txt`);
  },
};

/** What is printed while one is installed. */
export const installing: Readonly<Record<OptionalPeer, string>> = {
  faros: 'Installing faros-airbyte-cdk, which is not under a free licence.',
  cdk: 'Installing Airbyte’s Python CDK: a minute, the first time.',
};

/**
 * Installs it, or brings it to the version that the repository names.
 * @throws Error if its packages cannot be had, or Python is missing
 */
export function install(peer: OptionalPeer): void {
  installs[peer]();
}

export function isInstalled(peer: OptionalPeer): boolean {
  return existsSync(peer === 'faros' ? `${peersFolder}/faros/node_modules` : cdkPython);
}

function run(command: string, ...args: string[]): void {
  execFileSync(command, args, { stdio: 'inherit' });
}
