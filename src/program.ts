/** The process edge: arguments, standard streams, signals, exit code; builds clock, client and spool. No rule lives here. */
import { randomBytes } from 'node:crypto';
import { setMaxListeners } from 'node:events';
import { accessSync, constants, statfsSync } from 'node:fs';
import { createRequire } from 'node:module';
import { tmpdir } from 'node:os';
import { parseArgs } from 'node:util';
import { setFlagsFromString } from 'node:v8';
import { getProxyForUrl } from 'proxy-from-env';
import { readCatalog } from './airbyte/catalog.ts';
import { Output } from './airbyte/output.ts';
import type { AirbyteLogLevel } from './airbyte/protocol.ts';
import { standardInput } from './airbyte/stdin.ts';
import { systemClock as clock, minute } from './clock.ts';
import { check } from './commands/check.ts';
import { discover } from './commands/discover.ts';
import { spec } from './commands/spec.ts';
import { type Config, readConfig } from './config/config.ts';
import { asTracedError, ConnectorError, Stopped } from './errors.ts';
import { createClient } from './gainsight/client.ts';
import { PlainWords } from './gainsight/plain_words.ts';
import { networkRouteOf } from './http/proxy.ts';
import { runName } from './load/bulk/file_name.ts';
import { folderFailure } from './spool/disk.ts';
import { processStartTime, Spool } from './spool/spool.ts';
import { write } from './write.ts';

const { name, version } = createRequire(import.meta.url)('#package.json') as { name: string; version: string };

const usage = `${name} ${version}: an Airbyte destination that loads warehouse tables into Gainsight CS.

  spec                               what Airbyte's form asks for
  check    --config F                test the configuration and the access key
  discover --config F                the configured objects and their matching keys
  write    --config F --catalog F    load the records on standard input

  --help, --version
`;

/** An upload under way when the process is told to stop gets this long, in milliseconds. */
const uploadGrace = 5000;
/** As of a process that SIGTERM ended: what Airbyte expects of one that it stopped. */
const exitStopped = 143;

// Garbage is collected before it piles up: with many streams and jobs this saves a third of the memory, and no time is
// lost. A version that does not know a flag would write so to standard error.
if (Number.parseInt(process.versions.node, 10) <= 24) {
  setFlagsFromString('--semi-space-growth-factor=1');
  setFlagsFromString('--heap-growing-percent=40');
}

// Any number of waits may end with one signal. Node 20 would take them for a leak and say so on standard error.
setMaxListeners(0);

const startedAt = clock.elapsed();
const env = process.env;
const output = new Output(process.stdout, { secrets: [], logLevel: env['LOG_LEVEL'] as AirbyteLogLevel, clock });
const random = () => randomBytes(4).readUInt32LE() / 2 ** 32;

/** Node itself writes to standard error if it is asked to (`NODE_DEBUG=http`): the headers of a request, and so the key. */
function guardStandardError(): void {
  const write = process.stderr.write.bind(process.stderr) as (text: string, ...rest: unknown[]) => boolean;
  process.stderr.write = (chunk: string | Uint8Array, ...rest: unknown[]) =>
    write(output.redacted(typeof chunk === 'string' ? chunk : Buffer.from(chunk).toString()), ...rest);
}

type Flags = (flag: 'config' | 'catalog') => string;

async function main(): Promise<number> {
  const { values, positionals } = parseArgs({
    // Airbyte may pass flags that a destination knows nothing of.
    strict: false,
    allowPositionals: true,
    options: {
      config: { type: 'string' },
      catalog: { type: 'string' },
      help: { type: 'boolean' },
      version: { type: 'boolean' },
    },
  });
  const [command] = positionals;
  if (values['help'] === true || values['version'] === true) {
    process.stdout.write(values['help'] === true ? usage : `${version}\n`);
    return 0;
  }
  return run(command, (flag) => {
    const path = values[flag];
    if (typeof path === 'string' && path !== '') return path;
    throw new ConnectorError('arguments_invalid', { detail: `${command} needs --${flag} and the path of a file` });
  });
}

async function run(command: string | undefined, flags: Flags): Promise<number> {
  switch (command) {
    case 'spec':
      output.message(spec());
      return 0;
    case 'discover':
      output.message(discover(await configOf(flags)));
      return 0;
    case 'check':
      return runCheck(flags);
    case 'write':
      return runWrite(flags);
    default:
      throw new ConnectorError('arguments_invalid', {
        detail: command ? `${command} is no command` : 'it names no command',
      });
  }
}

async function configOf(flags: Flags): Promise<Config> {
  const config = await readConfig(flags('config'));
  output.hide([config.accessKey.reveal()]);
  return config;
}

/** What the user must mend is a status; what passes is a trace without one, so that Airbyte tries again. */
async function runCheck(flags: Flags): Promise<number> {
  try {
    const config = await configOf(flags);
    output.status('SUCCEEDED', await check(config, clientOf(config), clock, random));
  } catch (thrown) {
    const error = asTracedError(thrown);
    if (error.failureType !== 'config_error') throw error;
    output.status('FAILED', error.message);
  }
  return 0;
}

async function runWrite(flags: Flags): Promise<number> {
  const medium = env['DATA_CHANNEL_MEDIUM'] ?? 'STDIO';
  if (medium.toUpperCase() !== 'STDIO') throw new ConnectorError('data_channel_unsupported', { medium });
  const config = await configOf(flags);
  const catalog = await readCatalog(flags('catalog'));
  const { stop, uploadStop } = stopSignals();
  const spool = await openSpool(config);
  process.once('exit', () => withWarning(() => spool.removeSync()));
  const end = await write(
    config,
    catalog,
    standardInput(() => process.stdin),
    {
      ...{ clock, output, random, spool, startedAt, stop, uploadStop },
      client: clientOf(config),
      identity: {
        run: runName(env['WORKER_JOB_ID'] || randomBytes(8).toString('hex')),
        attempt: attemptOf(env['WORKER_JOB_ATTEMPT']),
      },
    },
  );
  await withWarning(() => spool.remove());
  return end === 'stopped' ? exitStopped : Number(end === 'failed');
}

/** What is left behind does no harm but to the disk: it is no reason for a sync to fail. */
async function withWarning(remove: () => void | Promise<void>): Promise<void> {
  try {
    await remove();
  } catch (error) {
    const detail = error instanceof Error ? error.message : String(error);
    output.log('WARN', `The folder of waiting rows cannot be removed; remove it by hand: ${detail}`);
  }
}

/** SIGTERM, or nobody who reads what we write: no new job, no polling; an upload under way gets a moment. */
function stopSignals(): { stop: AbortSignal; uploadStop: AbortSignal } {
  const stop = new AbortController();
  const uploadStop = new AbortController();
  const end = () => {
    stop.abort(new Stopped());
    void clock.sleep(uploadGrace).then(() => uploadStop.abort(new Stopped()));
  };
  let isAsked = false;
  for (const signal of ['SIGTERM', 'SIGINT', 'SIGHUP'] as const) {
    process.on(signal, () => {
      // Who asks twice is not kept waiting; the spool goes as the process exits.
      if (isAsked) process.exit(exitStopped);
      isAsked = true;
      end();
    });
  }
  output.closed.addEventListener('abort', end, { once: true });
  if (output.closed.aborted) end();
  return { stop: stop.signal, uploadStop: uploadStop.signal };
}

function clientOf(config: Config) {
  const { baseUrl } = config;
  const accessKey = config.accessKey.reveal();
  for (const variable of ['HTTPS_PROXY', 'HTTP_PROXY', 'ALL_PROXY'].flatMap((each) => [each, each.toLowerCase()])) {
    // A proxy without a scheme speaks http, as everywhere; the library would give it the scheme of the address.
    if (env[variable]?.trim() && !env[variable].includes('://')) env[variable] = `http://${env[variable].trim()}`;
  }
  const extraCertificates = env['NODE_EXTRA_CA_CERTS'];
  const route = networkRouteOf({ proxy: getProxyForUrl(baseUrl), extraCertificates }, baseUrl);
  output.hide([accessKey, ...route.secrets]);
  const words = new PlainWords(config.rejected_rows.log_detail);
  const submissionAnswerMs = config.polling.submission_answer_minutes * minute;
  const userAgent = `${name}/${version}`;
  return createClient({ baseUrl, accessKey, clock, route, words, submissionAnswerMs, userAgent });
}

function attemptOf(text: string | undefined): number {
  const attempt = Number(text ?? 0);
  return Number.isSafeInteger(attempt) && attempt >= 0 ? attempt : 0;
}

/** Airbyte's pods give `/dest` a volume of its own; elsewhere the folder for temporary files serves. */
async function openSpool(config: Config): Promise<Spool> {
  const parent = isWritable('/dest') ? '/dest' : tmpdir();
  // Two files' room is left for what is written while a full spool is being relieved.
  const free = roomIn(parent) - 2 * config.files.max_megabytes * 1e6;
  const granted = Number(env['CONNECTOR_STORAGE_LIMIT_BYTES'] ?? Number.POSITIVE_INFINITY);
  const limitBytes = Math.min(
    config.files.max_spool_megabytes * 1e6,
    free,
    granted > 0 ? granted : Number.POSITIVE_INFINITY,
  );
  if (limitBytes <= 0) throw new ConnectorError('disk_failed', { detail: `${parent} has too little room` });
  return Spool.open({
    parent,
    limitBytes,
    pid: process.pid,
    startTime: processStartTime(process.pid) ?? String(clock.now()),
  });
}

/** Bytes. @throws ConnectorError `disk_failed`, `spool_folder_unusable` */
function roomIn(folder: string): number {
  try {
    // Where nothing can be written, that there is no room is not the fault.
    accessSync(folder, constants.W_OK);
    const { bavail, bsize } = statfsSync(folder);
    return bavail * bsize;
  } catch (error) {
    throw folderFailure(error);
  }
}

function isWritable(folder: string): boolean {
  try {
    accessSync(folder, constants.W_OK);
    return true;
  } catch {
    return false;
  }
}

let isEnding = false;

async function end(code: number): Promise<void> {
  isEnding = true;
  await output.flush();
  process.exit(output.closed.aborted && code === 0 ? exitStopped : code);
}

/** Exactly one TRACE, whatever else goes wrong on the way out. */
async function fail(thrown: unknown): Promise<void> {
  if (isEnding) return;
  output.trace(asTracedError(thrown));
  await end(1);
}

// Standard error stays empty: Airbyte shows what is written there as errors.
process.removeAllListeners('warning');
guardStandardError();
process.removeAllListeners('uncaughtException').on('uncaughtException', (error) => void fail(error));
main().then(end).catch(fail);
