/**
 * Runs a sync in this process: the flow itself, a sandbox on a real socket, a real spool, and a clock that skips waits.
 */
import { setMaxListeners } from 'node:events';
import { mkdtempSync, readdirSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Writable } from 'node:stream';
import { parseCatalog } from '../../src/airbyte/catalog.ts';
import { Output } from '../../src/airbyte/output.ts';
import { type Config, parseConfig } from '../../src/config/config.ts';
import { asTracedError } from '../../src/errors.ts';
import { createClient } from '../../src/gainsight/client.ts';
import { PlainWords } from '../../src/gainsight/plain_words.ts';
import type { Credentials } from '../../src/gainsight/sign_in.ts';
import type { ConnectTenant } from '../../src/load/route.ts';
import { reportFileName } from '../../src/report/report_file.ts';
import { FolderStorage } from '../../src/settle/rejects/folder_storage.ts';
import { openStorage } from '../../src/settle/rejects/open_store.ts';
import type { Storage } from '../../src/settle/rejects/storage.ts';
import { Spool } from '../../src/spool/spool.ts';
import { write } from '../../src/write.ts';
import { bucketAccess } from './bucket_access.ts';
import type { BucketServer } from './bucket_server.ts';
import { countCalls } from './counted_client.ts';
import { FakeClock } from './fake_clock.ts';
import { randomFrom } from './random.ts';
import { syncPool } from './spool.ts';
import { firstAttempt, readOutput, type Sync, type SyncResult } from './sync.ts';
import { accessKey, settingsFor, startTenant, type Tenant } from './tenant.ts';

/** A source that sends over time, by the clock of the sync. */
export type Source = (clock: FakeClock) => AsyncIterable<Buffer>;

/** A sync in this process. */
export interface InProcessSync extends Omit<Sync, 'input'> {
  /** Standard input; a buffer is split into chunks at places unrelated to its lines. */
  readonly input: Buffer | Source;
  /** Maximum size of the spool: default a gigabyte. */
  readonly spoolBytes?: number;
  /** An existing tenant, for a second sync on it. */
  readonly tenant?: Tenant<FakeClock> | undefined;
  /** The bucket that the settings name. */
  readonly bucket?: BucketServer | undefined;
  /** Makes the route of the batches; default the bulk route. */
  readonly connect?: ConnectTenant;
  /** Aborted when the process must stop; an upload in progress is aborted at once. */
  readonly stop?: AbortSignal;
}

/** Its result. */
export interface InProcessResult extends SyncResult, Tenant<FakeClock> {
  /** Files of rows that were still in the spool when the flow ended. */
  readonly unsent: readonly string[];
}

/** Runs a sync to its end. The caller closes the sandbox. */
export async function runInProcess(sync: InProcessSync): Promise<InProcessResult> {
  const tenant = sync.tenant ?? (await startTenant(new FakeClock({ patience: 5000 }), sync.sandbox));
  const { clock, sandbox } = tenant;
  const folder = mkdtempSync(join(tmpdir(), 'sync-'));
  const reports = mkdtempSync(join(tmpdir(), 'report-'));
  try {
    const config = parseConfig(JSON.stringify(settingsFor(sync.config, sandbox.url)));
    // Every sync leaves a report, so that the laws judge it.
    const storage = openStorage(config, bucketAccess(clock, sync.bucket)) ?? storageIn(reports);
    const collected = collect((line) => sync.onLine?.(line, sandbox));
    const output = new Output(collected.stream, { secrets: [accessKey], clock });
    const ended = await run(sync, { config, tenant, output, folder, storage });
    await output.flush();
    if (collected.faults.length > 0) throw collected.faults[0];
    const report = (await reportIn(storage, sync))?.toString();
    return { ...tenant, ...ended, config, report, ...readOutput(collected.lines), leftovers: readdirSync(folder) };
  } catch (error) {
    await sandbox.close();
    throw error;
  } finally {
    for (const each of [folder, reports]) rmSync(each, { recursive: true });
  }
}

/** A folder whose name no line of the log shows, as it is another in each sync. */
function storageIn(folder: string): Storage {
  const storage = new FolderStorage(folder);
  return {
    place: '/kept',
    addressOf: (name) => `/kept/${name}`,
    write: (name, content) => storage.write(name, content),
    read: (name) => storage.read(name),
    list: (prefix) => storage.list(prefix),
    remove: (name) => storage.remove(name),
  };
}

interface Surroundings {
  readonly config: Config;
  readonly tenant: Tenant<FakeClock>;
  readonly output: Output;
  readonly folder: string;
  readonly storage: Storage;
}

async function run(
  sync: InProcessSync,
  { config, tenant: { clock, sandbox }, output, folder, storage }: Surroundings,
): Promise<Pick<InProcessResult, 'end' | 'unsent'>> {
  const { input, spoolBytes: limitBytes = 1e9 } = sync;
  const random = randomFrom(Buffer.isBuffer(input) ? input.length : 1);
  const reading: Reading = { chunks: 0, isRead: false };
  const { client, isUnderway } = countCalls(
    createClient({
      baseUrl: config.baseUrl,
      ...credentialsOf(config),
      ...{ clock, userAgent: 'test', hide: (secrets) => output.hide(secrets) },
      words: new PlainWords(config.rejected_rows.log_detail),
    }),
  );
  const isReading = isBusyReading(reading);
  // Time stands still while a request is in progress, unless it waits in the sandbox, and while the input is read.
  const free = clock.addBusy(() => [isUnderway(sandbox), isReading()].includes(true));
  const { auto_rows: autoRows } = config.quota.object_api;
  const spool = await Spool.open({
    parent: folder,
    limitBytes,
    pid: process.pid,
    startTime: '1',
    autoRows,
    pool: syncPool(),
  });
  const stop = sync.stop ?? new AbortController().signal;
  // As in main: every call in progress listens.
  setMaxListeners(0, stop);
  const filesLeft = () => readdirSync(spool.folder).filter((name) => name.endsWith('.csv'));
  try {
    const { end } = await write(
      config,
      parseCatalog(JSON.stringify(sync.catalog)),
      chunks(Buffer.isBuffer(input) ? pieces(input) : input(clock), reading),
      {
        ...{ client, clock, output, spool, startedAt: clock.elapsed(), stop, storage, uploadStop: stop },
        identity: sync.identity ?? firstAttempt,
        random: () => random(2 ** 32) / 2 ** 32,
      },
      sync.connect,
    );
    return { end, unsent: filesLeft() };
  } catch (error) {
    // As in main.
    output.trace(asTracedError(error));
    return { end: 'failed', unsent: filesLeft() };
  } finally {
    free();
    await spool.remove();
  }
}

function credentialsOf({ signIn }: Config): Credentials {
  if (signIn.method === 'access_key') return { accessKey };
  return { clientId: signIn.clientId, clientSecret: signIn.clientSecret.reveal() };
}

function collect(take: (line: string) => void) {
  const lines: string[] = [];
  const faults: unknown[] = [];
  const stream = new Writable({
    decodeStrings: false,
    write(text: string, _encoding, done) {
      const line = text.replace(/\n$/, '');
      lines.push(line);
      try {
        take(line);
      } catch (error) {
        // An error of the test; thrown here it would count as the connector's.
        faults.push(error);
      }
      done();
    },
  });
  return { stream, lines, faults };
}

/** How far the input is read. */
interface Reading {
  /** Chunks so far. */
  chunks: number;
  /** The connector has processed what was read so far. */
  isRead: boolean;
}

/** Number of checks of the clock for which one chunk may stop time. */
const looksPerChunk = 100;

/** Whether the connector is working on the input; called by the clock at each check. */
function isBusyReading(reading: Reading): () => boolean {
  let looks = 0;
  let seen = -1;
  return () => {
    looks = seen === reading.chunks ? looks + 1 : 0;
    seen = reading.chunks;
    return !reading.isRead && looks < looksPerChunk;
  };
}

async function* chunks(input: AsyncIterable<Buffer> | Iterable<Buffer>, reading: Reading): AsyncGenerator<Buffer> {
  // While a source waits, time may pass.
  reading.isRead = true;
  for await (const chunk of input) {
    reading.chunks += 1;
    reading.isRead = false;
    yield chunk;
    reading.isRead = true;
  }
}

function* pieces(input: Buffer): Generator<Buffer> {
  const random = randomFrom(input.length);
  for (let at = 0, end = 0; at < input.length; at = end) {
    end = at + 1 + random(input.length > 100_000 ? 65_536 : 2000);
    yield Buffer.from(input.subarray(at, end));
  }
}

/** Asks the bucket nothing: its requests are counted. */
async function reportIn(
  storage: Storage,
  { bucket, identity = firstAttempt }: InProcessSync,
): Promise<Buffer | undefined> {
  const name = reportFileName(identity);
  if (!bucket) return storage.read(name);
  return [...bucket.objects].find(([key]) => key.endsWith(`/${name}`))?.[1];
}
