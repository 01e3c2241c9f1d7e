/** The connector's dependencies: few packages, each pinned, none that runs anything on installation. */
import { readFileSync } from 'node:fs';
import t from 'tap';

interface Locked {
  readonly version?: string;
  readonly dev?: boolean;
  readonly integrity?: string;
  readonly hasInstallScript?: boolean;
  readonly link?: boolean;
}

const read = (name: string) => JSON.parse(readFileSync(new URL(`../../../${name}`, import.meta.url), 'utf8'));
const manifest = read('package.json') as Record<'dependencies' | 'devDependencies', Record<string, string>>;
const lock = read('package-lock.json') as { packages: Record<string, Locked> };
const shipped = Object.entries(lock.packages).filter(([path, { dev }]) => path !== '' && dev !== true);

t.test('every version is exact', async (t) => {
  for (const [name, version] of Object.entries({ ...manifest.dependencies, ...manifest.devDependencies }))
    t.match(version, /^\d+\.\d+\.\d+$/, name);
});

t.test('shipped packages run no script on installation, and are pinned by their hash', async (t) => {
  t.ok(shipped.length >= Object.keys(manifest.dependencies).length);
  for (const [path, { hasInstallScript, integrity, link }] of shipped) {
    t.notOk(hasInstallScript, `${path} has no install script`);
    t.notOk(link, `${path} is a package`);
    t.match(integrity, /^sha512-/, path);
  }
});

t.test('only few packages are shipped', async (t) => {
  // Each is one more to trust: adding one must be a decision.
  t.ok(shipped.length <= 25, `${shipped.length} packages`);
});
