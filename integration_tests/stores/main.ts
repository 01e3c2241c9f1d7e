/**
 * `npm run test:stores`: the flows of rejected rows against a store that others have made. Without `STORE_ENDPOINT` that
 * is s3rver, which is started here; with it, the store at that address (`STORE_…` in `store.ts`), which runs already and
 * has the bucket.
 */
import { spawn, spawnSync } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Readable } from 'node:stream';
import { fileURLToPath } from 'node:url';
import { stripVTControlCharacters } from 'node:util';
import { variables } from './store.ts';

const packageFolder = fileURLToPath(new URL('../../../', import.meta.url));
const s3rverFolder = join(packageFolder, 'integration_tests/stores/s3rver');

/** @returns the exit code of the checks */
async function judge(env: NodeJS.ProcessEnv): Promise<number> {
  const path = join(packageFolder, 'build/integration_tests/stores/store.check.js');
  const args = ['tap', 'run', '--disable-coverage', '--timeout=300', ...process.argv.slice(2), path];
  const child = spawn('npx', args, { cwd: packageFolder, env: { ...process.env, ...env }, stdio: 'inherit' });
  const [code] = (await once(child, 'close')) as [number | null];
  return code ?? 1;
}

/** The port that a server prints once it listens. */
async function portOf(output: Readable): Promise<string> {
  let text = '';
  // It goes on printing, and would end if nobody read it.
  for await (const chunk of output.iterator({ destroyOnReturn: false })) {
    text += chunk;
    const [, port] = /127\.0\.0\.1:(\d+)\D/.exec(stripVTControlCharacters(text)) ?? [];
    if (port !== undefined) return port;
  }
  throw new Error('s3rver has ended');
}

/** Starts s3rver, which has the one account `S3RVER`, on loopback. */
async function withS3rver(act: (env: NodeJS.ProcessEnv) => Promise<number>): Promise<number> {
  const install = ['ci', '--no-progress', '--prefer-offline', '--no-audit', '--no-fund', '--silent'];
  if (spawnSync('npm', install, { cwd: s3rverFolder, stdio: 'inherit' }).status !== 0) return 1;
  const data = mkdtempSync(join(tmpdir(), 's3rver-'));
  const bucket = variables.STORE_BUCKET;
  const program = join(s3rverFolder, 'node_modules/s3rver/bin/s3rver.js');
  const args = [
    '--directory',
    data,
    '--address',
    '127.0.0.1',
    '--port',
    '0',
    '--no-vhost-buckets',
    '--configure-bucket',
    bucket,
  ];
  const server = spawn(process.execPath, [program, ...args], { stdio: ['ignore', 'pipe', 'inherit'] });
  try {
    const port = await portOf(server.stdout);
    server.stdout.resume();
    // Under Node 17 and later its list of a second page fails.
    return await act({
      ...{
        STORE_ENDPOINT: `http://127.0.0.1:${port}`,
        STORE_BUCKET: bucket,
        STORE_DATA: data,
        STORE_LACKS: 'signatures,regions,pages',
      },
      ...{ STORE_ACCESS_KEY_ID: 'S3RVER', STORE_SECRET_ACCESS_KEY: 'S3RVER' },
    });
  } finally {
    server.kill();
    rmSync(data, { recursive: true, force: true });
  }
}

process.exitCode = process.env['STORE_ENDPOINT'] ? await judge({}) : await withS3rver(judge);
