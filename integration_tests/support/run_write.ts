/** Runs a sync in this process: the flow itself, a sandbox on a real socket, a real spool, and a clock that waits for nobody. */
import { setMaxListeners } from 'node:events';
import { mkdtempSync, readdirSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Writable } from 'node:stream';
import { parseCatalog } from '../../src/airbyte/catalog.ts';
import { Output } from '../../src/airbyte/output.ts';
import type { AirbyteMessage } from '../../src/airbyte/protocol.ts';
import { type Config, parseConfig } from '../../src/config/config.ts';
import { asTracedError } from '../../src/errors.ts';
import { type Client, createClient } from '../../src/gainsight/client.ts';
import { PlainWords } from '../../src/gainsight/plain_words.ts';
import type { Identity } from '../../src/load/bulk/submit.ts';
import type { Exchange } from '../../src/sandbox/exchange.ts';
import type { SandboxOptions } from '../../src/sandbox/options.ts';
import { type Sandbox, startSandbox } from '../../src/sandbox/server.ts';
import { Spool } from '../../src/spool/spool.ts';
import { type WriteEnd, write } from '../../src/write.ts';
import { FakeClock } from './fake_clock.ts';
import { checkMessage } from './protocol.ts';
import { randomFrom } from './random.ts';

/** The access key of every run: to be found in no output. */
export const accessKey = 'the-access-key-of-the-tests';

/** A source that takes its time, by the clock of the sync. */
export type Source = (clock: FakeClock) => AsyncIterable<Buffer>;

/** A sync to run. */
export interface WriteInput {
  /** As in a file for `--config`; address and access key are added. */
  readonly config: object;
  /** The text of the file for `--catalog`. */
  readonly catalog: string;
  /** Standard input, which is cut into chunks at places that have nothing to do with its lines. */
  readonly input: Buffer | Source;
  /** What the spool holds: a gigabyte. */
  readonly spoolBytes?: number;
  readonly sandbox?: Partial<SandboxOptions>;
  /** A sandbox and its clock that are at work already, for a second sync on the same tenant. */
  readonly tenant?: Pick<WriteRun, 'sandbox' | 'clock'>;
  readonly identity?: Identity;
  /** Aborted where the process is told to stop; an upload under way is given up at once. */
  readonly stop?: AbortSignal;
  /** Called with each line as it is written, before anything else happens. */
  readonly onLine?: (line: string, sandbox: Sandbox) => void;
}

/** A sync whose input is known from the start. */
export type BufferedInput = WriteInput & { readonly input: Buffer };

/** A sync that has ended. The sandbox still answers. */
export interface SyncRun {
  readonly end: WriteEnd;
  readonly config: Config;
  /** Each line of standard output. */
  readonly lines: readonly string[];
  /** Those lines, each held against the protocol. */
  readonly messages: readonly AirbyteMessage[];
  /** STATE lines. */
  readonly states: readonly string[];
  /** Texts of LOG messages with their level: `WARN rejected row …`. */
  readonly logs: readonly string[];
  /** Messages of TRACE ERRORs, their type before them: `config_error The …`. */
  readonly traces: readonly string[];
  readonly exchanges: readonly Exchange[];
  readonly sandbox: Sandbox;
  /** Files that the spool left behind. */
  readonly leftovers: readonly string[];
}

/** One of this process. */
export interface WriteRun extends SyncRun {
  readonly clock: FakeClock;
  /** Files of rows that the flow had left in the spool when it ended. */
  readonly unsent: readonly string[];
}

/** Runs a sync to its end. Whoever calls closes the sandbox. */
export async function runWrite(options: WriteInput): Promise<WriteRun> {
  const exchanges: Exchange[] = [];
  const clock = options.tenant?.clock ?? new FakeClock({ patience: 5000 });
  const onExchange = (exchange: Exchange) => void exchanges.push(exchange);
  const sandbox = options.tenant?.sandbox ?? (await startSandbox({ clock, accessKey, onExchange, ...options.sandbox }));
  const folder = mkdtempSync(join(tmpdir(), 'main-path-'));
  try {
    const config = configOf(options.config, sandbox.url);
    const collected = collect((line) => options.onLine?.(line, sandbox));
    const output = new Output(collected.stream, { secrets: [accessKey], clock });
    const { end, unsent } = await run(options, { config, sandbox, clock, output, folder });
    await output.flush();
    if (collected.faults.length > 0) throw collected.faults[0];
    const { lines } = collected;
    const leftovers = readdirSync(folder);
    return { end, config, lines, ...sorted(lines), exchanges, sandbox, clock, leftovers, unsent };
  } catch (error) {
    await sandbox.close();
    throw error;
  } finally {
    rmSync(folder, { recursive: true });
  }
}

/** A configuration for a sandbox. */
export function configOf(config: object, url: string): Config {
  return parseConfig(JSON.stringify({ domain: 'acme', access_key: accessKey, api_base_url: url, ...config }));
}

interface Stage {
  readonly config: Config;
  readonly sandbox: Sandbox;
  readonly clock: FakeClock;
  readonly output: Output;
  readonly folder: string;
}

type Ended = Pick<WriteRun, 'end' | 'unsent'>;

async function run(options: WriteInput, { config, sandbox, clock, output, folder }: Stage): Promise<Ended> {
  const { input, spoolBytes: limitBytes = 1e9 } = options;
  const random = randomFrom(Buffer.isBuffer(input) ? input.length : 1);
  const work: Work = { calls: 0, chunks: 0, isRead: false };
  const free = clock.addBusy(busy(work, sandbox));
  const spool = await Spool.open({ parent: folder, limitBytes, pid: process.pid, startTime: '1' });
  const words = new PlainWords(config.rejected_rows.log_detail);
  const address = { baseUrl: config.baseUrl, accessKey, clock, words, userAgent: 'test' };
  const stop = options.stop ?? new AbortController().signal;
  // As main does with all warnings: every call under way listens.
  setMaxListeners(0, stop);
  const filesLeft = () => readdirSync(spool.folder).filter((name) => name.endsWith('.csv'));
  try {
    const end = await write(
      config,
      parseCatalog(options.catalog),
      chunks(Buffer.isBuffer(input) ? pieces(input) : input(clock), work),
      {
        ...{ clock, output, spool, startedAt: clock.elapsed(), stop, uploadStop: stop },
        client: counted(createClient(address), work),
        identity: options.identity ?? { run: '7', attempt: 0 },
        random: () => random(2 ** 32) / 2 ** 32,
      },
    );
    return { end, unsent: filesLeft() };
  } catch (error) {
    // As main does.
    output.trace(asTracedError(error));
    return { end: 'failed', unsent: filesLeft() };
  } finally {
    free();
    await spool.remove();
  }
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
        // The test's own: thrown here it would be the connector's.
        faults.push(error);
      }
      done();
    },
  });
  return { stream, lines, faults };
}

/** What is under way. */
interface Work {
  /** Requests. */
  calls: number;
  /** Chunks of the input so far. */
  chunks: number;
  /** The connector has taken in what was read so far. */
  isRead: boolean;
}

/** For so many looks of the clock one chunk may hold time still. */
const looksPerChunk = 100;

/** Time stands still while a request is on its way, unless the sandbox sleeps over it, and while the input moves. */
function busy(work: Work, sandbox: Sandbox): () => boolean {
  let looks = 0;
  let seen = -1;
  return () => {
    looks = seen === work.chunks ? looks + 1 : 0;
    seen = work.chunks;
    return work.calls > sandbox.parked || (!work.isRead && looks < looksPerChunk);
  };
}

async function* chunks(input: AsyncIterable<Buffer> | Iterable<Buffer>, work: Work): AsyncGenerator<Buffer> {
  // While a source takes its time, so may everybody.
  work.isRead = true;
  for await (const chunk of input) {
    work.chunks += 1;
    work.isRead = false;
    yield chunk;
    work.isRead = true;
  }
}

function* pieces(input: Buffer): Generator<Buffer> {
  const random = randomFrom(input.length);
  for (let at = 0, end = 0; at < input.length; at = end) {
    end = at + 1 + random(input.length > 100_000 ? 65_536 : 2000);
    yield Buffer.from(input.subarray(at, end));
  }
}

function counted(client: Client, work: Work): Client {
  const count = async <T>(call: Promise<T>): Promise<T> => {
    work.calls += 1;
    return call.finally(() => {
      work.calls -= 1;
    });
  };
  return {
    host: client.host,
    words: client.words,
    submit: (...args) => count(client.submit(...args)),
    list: (...args) => count(client.list(...args)),
    job: (...args) => count(client.job(...args)),
    errors: (...args) => count(client.errors(...args)),
  };
}

/** The lines of standard output by what they are. @throws Error where one breaks the protocol */
export function sorted(lines: readonly string[]) {
  // Sources write null for what they leave out, and a state comes back as it was.
  const messages = lines.map((line) => checkMessage(line.replace(/,"(?:stream_state|namespace)":null/g, '')));
  return {
    messages,
    states: lines.filter((_, at) => messages[at]?.type === 'STATE'),
    logs: messages.flatMap((message) =>
      message.type === 'LOG' ? [`${message.log.level} ${message.log.message}`] : [],
    ),
    traces: messages.flatMap((message) =>
      message.type === 'TRACE' ? [`${message.trace.error.failure_type} ${message.trace.error.message}`] : [],
    ),
  };
}
