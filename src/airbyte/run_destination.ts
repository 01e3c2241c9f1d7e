/**
 * The process of a destination: arguments, files, signals, standard streams, exit code. The only file of the kit that
 * touches the process.
 */
import { Console } from 'node:console';
import { setMaxListeners } from 'node:events';
import { Writable } from 'node:stream';
import { type AirbyteArguments, type CommandWords, readArguments, readWords } from './arguments.ts';
import { readCatalog } from './catalog.ts';
import { ConfigSchema, parseConfigText, refuseFaults } from './config_schema.ts';
import type { Context, Destination } from './destination.ts';
import { Input } from './input.ts';
import { readText } from './json_file.ts';
import { Output } from './output.ts';
import type { AirbyteLogLevel, JsonObject } from './protocol.ts';
import { standardInput } from './stdin.ts';
import { asTracedError, Stopped, sharedError, type TracedError } from './traced_error.ts';
import type { Validator } from './validator.ts';

/** The exit code of a process ended by SIGTERM: what Airbyte expects of one that it stopped. */
const exitStopped = 143;

const usage = `Commands:
  spec
  check    --config FILE
  discover --config FILE
  write    --config FILE --catalog FILE
`;

/**
 * Runs a command of a destination as Airbyte starts it, and ends the process: with exit code 0; with 1, after exactly
 * one TRACE with the reason; or with 143, after SIGTERM, SIGINT, SIGHUP, or when the output is no longer read. A second
 * signal ends it at once. Standard output has messages only, standard error stays empty unless it is a terminal, and
 * nothing else may end the process.
 * @param argv the command and its flags; unknown flags are ignored. Default: those of the process.
 */
export function runDestination<Config>(
  destination: Destination<Config>,
  argv: readonly string[] = process.argv.slice(2),
): Promise<never> {
  return new DestinationProcess(destination, argv).run();
}

class DestinationProcess<Config> {
  readonly #destination: Destination<Config>;
  readonly #argv: readonly string[];
  readonly #words: CommandWords;
  readonly #stop = new AbortController();
  readonly #context: Context;
  readonly #output: Output;
  #isAsked = false;
  #isEnding = false;

  constructor(destination: Destination<Config>, argv: readonly string[]) {
    this.#destination = destination;
    this.#argv = argv;
    const logLevel = process.env['LOG_LEVEL'] as AirbyteLogLevel;
    this.#output = new Output(process.stdout, { secrets: [], logLevel, clock: Date });
    this.#words = readWords(argv, destination.flags);
    this.#context = { output: this.#output, stop: this.#stop.signal, flags: this.#words.ownFlags };
  }

  async run(): Promise<never> {
    this.#guardStandardStreams();
    this.#watch();
    try {
      await this.#end(await this.#runCommand());
    } catch (error) {
      await this.#fail(error);
    }
    // The process ends before this resolves.
    return new Promise<never>(() => undefined);
  }

  async #runCommand(): Promise<number> {
    if (this.#words.asksForHelp) {
      process.stdout.write(usage);
      return 0;
    }
    const args = readArguments(this.#argv, this.#destination.flags);
    switch (args.command) {
      case 'spec':
        this.#output.message({ type: 'SPEC', spec: this.#destination.spec() });
        return 0;
      case 'check':
        return this.#check(args);
      case 'discover':
        return this.#discover(args);
      case 'write':
        return this.#write(args);
    }
  }

  /**
   * A failure that the user must correct is a FAILED status; a temporary one is only a trace, so that Airbyte retries.
   */
  async #check(args: AirbyteArguments): Promise<number> {
    try {
      this.#output.status('SUCCEEDED', await this.#destination.check(await this.#config(args), this.#context));
    } catch (thrown) {
      const error = asTracedError(thrown);
      if (error.failureType !== 'config_error') throw thrown;
      this.#output.status('FAILED', error.message);
    }
    return 0;
  }

  async #discover(args: AirbyteArguments): Promise<number> {
    if (!this.#destination.discover) throw sharedError('arguments_invalid', { detail: 'discover is no command' });
    const destination_catalog = await this.#destination.discover(await this.#config(args), this.#context);
    this.#output.message({ type: 'DESTINATION_CATALOG', destination_catalog });
    return 0;
  }

  async #write(args: AirbyteArguments): Promise<number> {
    const medium = process.env['DATA_CHANNEL_MEDIUM'] ?? 'STDIO';
    if (medium.toUpperCase() !== 'STDIO') throw sharedError('data_channel_unsupported', { medium });
    const config = await this.#config(args);
    const { supported_destination_sync_modes: modes } = this.#destination.spec();
    const catalog = await readCatalog(args.catalogPath, modes);
    const { stop } = this.#context;
    if (stop.aborted) return exitStopped;
    const input = new Input(
      standardInput(() => process.stdin, stop),
      stop,
    );
    // Bytes that are there already are read before the destination loads what it needs: the first of these two is in the
    // same turn of the event loop, after its reads.
    await new Promise(setImmediate).then(() => new Promise(setImmediate));
    const end = await this.#destination.write(config, catalog, input, this.#context);
    if (end === 'failed' && !this.#output.hasTraced) throw new Error('the sync failed, and it was not said why');
    return end === 'stopped' ? exitStopped : Number(end === 'failed');
  }

  async #config({ configPath }: AirbyteArguments): Promise<Config> {
    const read = parseConfigText(await readText(configPath, 'config_unreadable'));
    const json = this.#destination.complete?.(read) ?? read;
    const { connectionSpecification } = this.#destination.spec();
    const schema = new ConfigSchema(connectionSpecification);
    this.#output.hide(schema.secretsIn(json));
    const validate = this.#destination.validateConfig ?? (await compiled(connectionSpecification));
    const found = schema.faults(json, validate);
    refuseFaults(this.#destination.configFaults?.(json, found) ?? found.map(({ text }) => text));
    return this.#destination.configure ? this.#destination.configure(json) : (json as JsonObject & Config);
  }

  #watch(): void {
    // Any number of waits may use one signal. Node 20 would report them as a leak.
    setMaxListeners(0);
    for (const signal of ['SIGTERM', 'SIGINT', 'SIGHUP'] as const) process.on(signal, () => this.#asked(signal));
    const { closed } = this.#output;
    closed.addEventListener('abort', () => this.#stop.abort(new Stopped('the end of its output')), { once: true });
    process.removeAllListeners('uncaughtException').on('uncaughtException', (error) => void this.#fail(error));
  }

  #asked(signal: NodeJS.Signals): void {
    // A second signal ends the process at once, and commands other than `write` have nothing to finish.
    if (this.#isAsked || this.#words.command !== 'write') process.exit(exitStopped);
    this.#isAsked = true;
    this.#stop.abort(new Stopped(signal));
  }

  /**
   * Turns output of libraries into log lines: standard output is for messages, and Airbyte shows standard error as
   * errors. Node itself writes there on request (`NODE_DEBUG=http`): the headers of a request, and so a key.
   */
  #guardStandardStreams(): void {
    globalThis.console = new Console(this.#logAt('INFO'), this.#logAt('WARN'));
    process.removeAllListeners('warning');
    const write = process.stderr.write.bind(process.stderr) as (text: string, ...rest: unknown[]) => boolean;
    process.stderr.write = (chunk: string | Uint8Array, ...rest: unknown[]) =>
      write(this.#output.redacted(typeof chunk === 'string' ? chunk : Buffer.from(chunk).toString()), ...rest);
  }

  #logAt(level: AirbyteLogLevel): Writable {
    return new Writable({
      write: (text, _encoding, done) => {
        this.#output.log(level, String(text).trimEnd());
        done();
      },
    });
  }

  async #end(code: number): Promise<void> {
    this.#isEnding = true;
    await this.#output.flush();
    process.exit(this.#output.closed.aborted && code === 0 ? exitStopped : code);
  }

  /** Exactly one TRACE, whatever else goes wrong while the process ends. */
  async #fail(thrown: unknown): Promise<void> {
    if (this.#isEnding) return;
    if (this.#stop.signal.aborted && isStop(thrown)) return this.#end(exitStopped);
    if (!this.#output.hasTraced) this.#traced(asTracedError(thrown));
    await this.#end(1);
  }

  /** A person finds the reason on the terminal as a sentence, wherever the messages go. */
  #traced(error: TracedError): void {
    this.#output.trace(error);
    if (process.stderr.isTTY) process.stderr.write(`\n${error.message}\n`);
  }
}

/** Loads ajv only for a destination that brings no validator. */
async function compiled(schema: JsonObject): Promise<Validator> {
  const { compileFormValidator } = await import('./schema_compiler.ts');
  return compileFormValidator(schema);
}

/** Whether this was thrown by a wait that the signal ended; Node's own waits have the signal's reason as the cause. */
function isStop(thrown: unknown): boolean {
  return thrown instanceof Stopped || (thrown instanceof Error && thrown.cause instanceof Stopped);
}
