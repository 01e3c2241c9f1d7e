/** What a destination is to the kit: five functions, and what they are given. */
import type { ConfiguredCatalog } from './catalog.ts';
import type { ConfigFault } from './config_schema.ts';
import type { Input } from './input.ts';
import type { Output } from './output.ts';
import type { ConnectorSpecification, DestinationCatalog, JsonObject } from './protocol.ts';

/** How `write` ended. `stopped`: it was told to stop, see {@link Context.stop}. `failed`: its TRACE is written. */
export type WriteEnd = 'done' | 'failed' | 'stopped';

/** What a command works with beside its configuration. */
export interface Context {
  /** Standard output: nothing else may write to it. */
  readonly output: Output;
  /**
   * Aborted, with {@link Stopped} for its reason, when Airbyte wants the command to end, or when nobody reads its output any
   * more. Whatever waits should wait with this signal; what it then throws is no failure.
   */
  readonly stop: AbortSignal;
}

/**
 * An Airbyte destination. {@link runDestination} makes a program of it. A failure that the user is to see is thrown as a
 * {@link TracedError}; anything else that is thrown counts as a bug.
 *
 * @typeParam Config the configuration as `check` and `write` want it
 */
export interface Destination<Config = JsonObject> {
  /**
   * What Airbyte's form asks for. Its JSON schema also checks the file given with `--config` and fills defaults in; what it
   * marks as `airbyte_secret` appears in no log, trace or status; its sync modes are those that a catalog may ask for.
   */
  spec(): ConnectorSpecification;

  /**
   * Has the last word on a configuration.
   * @param config as it came, defaults filled in; of the schema's types only where `found` is empty
   * @param found what the schema finds wrong; by default just that is reported
   * @returns each fault that is reported, in words; none: the configuration is taken
   */
  configFaults?(config: JsonObject, found: readonly ConfigFault[]): readonly string[];

  /** Makes a configuration without faults what the commands want; by default it stays as it is. */
  configure?(config: JsonObject): Config;

  /**
   * Tests the configuration.
   * @returns what the user reads where all is well
   * @throws {TracedError} of type `config_error` for what the user must mend, shown as FAILED; any other is a TRACE, and
   * Airbyte tries again
   */
  check(config: Config, context: Context): Promise<string>;

  /** The objects that records can be loaded into, for Airbyte's data activation. Without it the command is refused. */
  discover?(config: Config, context: Context): DestinationCatalog | Promise<DestinationCatalog>;

  /**
   * Loads the records of the input, and gives each state back by {@link Output.state} once all records before it are safe.
   * @param catalog sync modes that the specification does not offer have been refused, but for `overwrite`: it may be a
   * Clear, see {@link ConfiguredCatalog.isClear}
   */
  write(config: Config, catalog: ConfiguredCatalog, input: Input, context: Context): Promise<WriteEnd>;
}
