/** The packed file, installed from the registry into a separate folder, runs as its command. */
import { execFileSync } from 'node:child_process';
import { lstatSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import t from 'tap';
import { packageFolder } from '../image/names.ts';

const { name, version } = JSON.parse(readFileSync(join(packageFolder, 'package.json'), 'utf8'));
const npm = (folder: string, command: string, ...args: string[]): string =>
  execFileSync(command, args, { cwd: folder, encoding: 'utf8', stdio: ['ignore', 'pipe', 'inherit'] });

t.test('the packed file is installed and run', async (t) => {
  const folder = t.testdir({ 'package.json': '{"private":true}' });
  npm(packageFolder, 'npm', 'pack', '--silent', '--ignore-scripts', '--pack-destination', folder);
  const file = `./${name}-${version}.tgz`;
  await t.test('by npx', async (t) => {
    const lines = npm(folder, 'npx', '--yes', '--prefer-offline', '--package', file, '--', name, 'spec').split('\n');
    t.equal(lines.length, 2);
    t.equal(JSON.parse(lines[0] as string).type, 'SPEC');
  });
  await t.test('through the link that an install makes', async (t) => {
    npm(folder, 'npm', 'install', '--prefer-offline', '--ignore-scripts', '--no-audit', '--no-fund', '--silent', file);
    const link = join(folder, 'node_modules/.bin', name);
    t.ok(lstatSync(link).isSymbolicLink());
    t.equal(npm('/', link, '--version'), `${version}\n`, 'from another folder');
    t.equal(JSON.parse(npm('/', link, 'spec')).type, 'SPEC');
  });
});
