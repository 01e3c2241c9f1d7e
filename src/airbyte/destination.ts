/** The interface of a destination: five functions, and what they receive. */
import type { ConfiguredCatalog } from './catalog.ts';
import type { ConfigFault } from './config_schema.ts';
import type { Input } from './input.ts';
import type { Output } from './output.ts';
import type { ConnectorSpecification, DestinationCatalog, JsonObject } from './protocol.ts';
import type { Validator } from './validator.ts';

/** How `write` ended. `stopped`: see {@link Context.stop}. `failed`: its TRACE is written. */
export type WriteEnd = 'done' | 'failed' | 'stopped';

/** What a command works with besides its configuration. */
export interface Context {
  /** Standard output: nothing else may write to it. */
  readonly output: Output;
  /**
   * Aborted, with the reason {@link Stopped}, when Airbyte stops the command, or when its output is no longer read.
   * Everything that waits should wait with this signal; what it then throws is not a failure.
   */
  readonly stop: AbortSignal;
  /** Values of the flags that the destination has of its own, by name, if given: see {@link Destination.flags}. */
  readonly flags: Readonly<Record<string, string>>;
}

/**
 * An Airbyte destination. {@link runDestination} turns it into a program. Throw a {@link TracedError} for a failure
 * that the user should see; anything else thrown counts as a bug.
 * @typeParam Config the configuration in the form that `check` and `write` receive
 */
export interface Destination<Config = JsonObject> {
  /** Names of flags with a value that a person may give besides Airbyte's, such as `report` for `--report FILE`. */
  readonly flags?: readonly string[];

  /**
   * The specification for Airbyte's form. Its JSON schema is also used to check the file given with `--config` and to
   * fill in defaults; values marked as `airbyte_secret` appear in no log, trace or status; a catalog may only use its
   * sync modes.
   */
  spec(): ConnectorSpecification;

  /**
   * The compiled schema of the specification. Default: it is compiled at each start, which takes longer than all else of
   * the start.
   */
  readonly validateConfig?: Validator;

  /**
   * Adds to a configuration what a person may give in another way, such as a secret in the environment; default: nothing.
   * @param config as it is in the file
   */
  complete?(config: JsonObject): JsonObject;

  /**
   * Decides which faults of a configuration are reported.
   * @param config as it came, with defaults filled in; has the schema's types only if `found` is empty
   * @param found the faults found by the schema; by default these are reported
   * @returns the faults to report, as text; empty: the configuration is accepted
   */
  configFaults?(config: JsonObject, found: readonly ConfigFault[]): readonly string[];

  /** Converts a valid configuration to what the commands need; default: unchanged. */
  configure?(config: JsonObject): Config;

  /**
   * Tests the configuration.
   * @returns a message for the user if all is well
   * @throws {TracedError} of type `config_error` if the user must correct something, shown as FAILED; any other is a
   * TRACE, and Airbyte retries
   */
  check(config: Config, context: Context): Promise<string>;

  /** The objects that records can be loaded into, for Airbyte's data activation. Without it the command is refused. */
  discover?(config: Config, context: Context): DestinationCatalog | Promise<DestinationCatalog>;

  /**
   * Loads the records of the input, and returns each state with {@link Output.state} once all records before it are
   * safe.
   * @param catalog uses only sync modes of the specification, except for `overwrite`, which may be a Clear, see {@link
   * ConfiguredCatalog.isClear}
   */
  write(config: Config, catalog: ConfiguredCatalog, input: Input, context: Context): Promise<WriteEnd>;
}
