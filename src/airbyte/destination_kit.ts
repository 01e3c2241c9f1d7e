/**
 * A kit for Airbyte destinations: implement a {@link Destination}, and {@link runDestination} turns it into a program.
 * The kit handles the protocol: command line, configuration and catalog, messages in and out, states, errors, signals,
 * exit codes.
 */
export type { ConfiguredCatalog } from './catalog.ts';
export type { ConfigFault } from './config_schema.ts';
export type { Context, Destination, WriteEnd } from './destination.ts';
export { type CompleteInput, Input, type InputMessage, type RecordInput, type StateInput } from './input.ts';
export type { FieldChange } from './messages.ts';
export { type DestinationStats, Output, type OutputOptions } from './output.ts';
export type * from './protocol.ts';
export { runDestination } from './run_destination.ts';
export { label, streamKey } from './streams.ts';
export {
  type ErrorDetails,
  type ErrorEntry,
  type FailureType,
  Stopped,
  type TraceContext,
  TracedError,
} from './traced_error.ts';
export type { Validator, Violation } from './validator.ts';
