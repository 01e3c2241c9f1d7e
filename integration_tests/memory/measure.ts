/** Runs one sync through the built connector and measures its resources; the sandbox is a separate process. */
import { type ChildProcess, spawn } from 'node:child_process';
import { mkdirSync, mkdtempSync, readdirSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setImmediate as turn } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import { systemClock } from '../../src/clock.ts';
import { type RunningConnector, startConnector } from '../support/connector.ts';
import { readLine } from '../support/log_lines.ts';
import type { MemoryCase } from './cases.ts';
import { linesOf, nameOf } from './lines.ts';

/** The resources of a sync. */
export interface Measured {
  /** Highest resident memory, in bytes. */
  readonly memory: number;
  /** Maximum size of the spool's folder, in bytes. */
  readonly disk: number;
  readonly seconds: number;
  /** The last log line, which counts all streams, or the error. */
  readonly end: string;
  readonly faults: readonly string[];
}

/** Exit code of a process that was stopped because it would have waited for quota. */
const exitStopped = 143;
const sandboxPath = fileURLToPath(new URL('../../src/sandbox/main.js', import.meta.url));

/**
 * Runs it to its end, or if calls are limited, until it first waits for them.
 * @param dataLimit maximum data segment of the process, in bytes
 */
export async function measure(test: MemoryCase, dataLimit?: number): Promise<Measured> {
  const folder = mkdtempSync(join(tmpdir(), 'memory-'));
  const { sandbox, url } = await startSandbox(test);
  try {
    const spool = join(folder, 'spool');
    mkdirSync(spool);
    return await run(test, { url, folder, spool, dataLimit });
  } finally {
    sandbox.kill();
    rmSync(folder, { recursive: true, force: true });
  }
}

/** It checks and counts rows without keeping them. */
async function startSandbox({ callsPerHour = 0 }: MemoryCase): Promise<{ sandbox: ChildProcess; url: string }> {
  const ofObjects = ['--object-calls-per-minute', '0', '--object-calls-per-day', '0'];
  const limits = ['--calls-per-hour', String(callsPerHour), '--calls-per-day', '0', ...ofObjects];
  const args = [sandboxPath, '--no-keep-rows', '--rows-per-second', '1000000', ...limits];
  const sandbox = spawn(process.execPath, args, { stdio: ['ignore', 'pipe', 'inherit'] });
  const url = await new Promise<string>((resolve, reject) => {
    sandbox.once('error', reject).once('exit', () => reject(new Error('the sandbox ended')));
    sandbox.stdout?.setEncoding('utf8').on('data', (text: string) => {
      const address = /http:\S+/.exec(text)?.[0];
      if (address) resolve(address);
    });
  });
  return { sandbox, url };
}

interface Place {
  readonly url: string;
  readonly folder: string;
  readonly spool: string;
  readonly dataLimit: number | undefined;
}

async function run(test: MemoryCase, { url, folder, spool, dataLimit }: Place): Promise<Measured> {
  const began = systemClock.elapsed();
  let end = '';
  const connector = startConnector(['write', ...settings(test, url, folder)], {
    env: { TMPDIR: spool, WORKER_JOB_ID: '1', WORKER_JOB_ATTEMPT: '0' },
    ...(dataLimit !== undefined && { dataLimit }),
    forgetsLines: true,
    onLine(line) {
      const isWait = readLine('quotaWait', line)?.until !== undefined;
      if (isWait || line.includes('"type":"TRACE"') || readLine('total', line) || readLine('spoolFull', line))
        end = line;
      // It would wait for days.
      if (isRead && isWait) connector.kill('SIGTERM');
    },
  });
  let isRead = false;
  const disk = watchDisk(spool, connector.ended);
  await feed(connector, test);
  isRead = true;
  const { code, stderr, peakMemory = Number.NaN } = await connector.ended;
  const faults: string[] = [];
  if (code !== (test.callsPerHour ? exitStopped : 0)) faults.push(`ended with ${code}: ${end}`);
  if (stderr !== '') faults.push(`wrote to stderr: ${stderr.slice(0, 500)}`);
  const left = readdirSync(spool);
  if (left.length > 0) faults.push(`left ${left.join(', ')} behind`);
  return { memory: peakMemory, disk: await disk, seconds: (systemClock.elapsed() - began) / 1000, end, faults };
}

async function feed(connector: RunningConnector, { shape }: MemoryCase): Promise<void> {
  for (const piece of linesOf(shape)) {
    await connector.write(piece);
    // Its output must be read as well.
    await turn();
  }
  connector.end();
}

function settings(
  { config, shape, callsPerHour = 1_000_000, spoolMegabytes = 10_240 }: MemoryCase,
  url: string,
  folder: string,
): string[] {
  const properties = {
    id: { type: 'string' },
    name: { type: 'string' },
    arr: { type: 'number' },
    active: { type: 'boolean' },
    owner: { type: ['null', 'string'] },
  };
  const streams = Array.from({ length: shape.streams ?? 1 }, (_, stream) => ({
    stream: {
      name: nameOf(stream),
      json_schema: { type: 'object', properties },
      supported_sync_modes: ['incremental'],
    },
    sync_mode: 'incremental',
    destination_sync_mode: 'append_dedup',
    primary_key: [['id']],
  }));
  const usual = {
    ...{ domain: 'acme', access_key: 'key', api_base_url: url, load_unlisted_streams: true },
    quota: { calls_per_hour: callsPerHour, calls_per_day: 1_000_000 },
    files: { max_spool_megabytes: spoolMegabytes },
  };
  return [
    ...['--config', written(folder, 'config.json', { ...usual, ...config })],
    ...['--catalog', written(folder, 'catalog.json', { streams })],
  ];
}

function written(folder: string, name: string, content: unknown): string {
  const path = join(folder, name);
  writeFileSync(path, JSON.stringify(content));
  return path;
}

/**
 * Adds up the files four times a second.
 * @returns the largest total
 */
async function watchDisk(folder: string, ended: Promise<unknown>): Promise<number> {
  let most = 0;
  const over = new AbortController();
  const stop = () => over.abort();
  ended.then(stop, stop);
  while (!over.signal.aborted) {
    most = Math.max(most, bytesIn(folder));
    await systemClock.sleep(250, over.signal).catch(() => undefined);
  }
  return most;
}

function bytesIn(folder: string): number {
  try {
    const entries = readdirSync(folder, { withFileTypes: true, recursive: true });
    const sizes = entries
      .filter((entry) => entry.isFile())
      .map(({ parentPath, name }) => sizeOf(join(parentPath, name)));
    return sizes.reduce((sum, size) => sum + size, 0);
  } catch {
    // The folder was removed while it was read: the sync has ended.
    return 0;
  }
}

function sizeOf(path: string): number {
  return statSync(path, { throwIfNoEntry: false })?.size ?? 0;
}
