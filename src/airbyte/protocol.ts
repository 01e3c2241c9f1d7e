/**
 * The Airbyte protocol's messages as types, named as in airbyte_protocol.yaml (v0.18), and the two members that the
 * platform uses beyond it: a state's `id` and `additionalStats`.
 */

/** A JSON object that this connector passes on or leaves alone. */
export interface JsonObject {
  readonly [member: string]: unknown;
}

/** One line of standard output or input: `type` says which payload it carries. */
export type AirbyteMessage =
  | { readonly type: 'RECORD'; readonly record: AirbyteRecordMessage }
  | { readonly type: 'STATE'; readonly state: AirbyteStateMessage }
  | { readonly type: 'LOG'; readonly log: AirbyteLogMessage }
  | { readonly type: 'SPEC'; readonly spec: ConnectorSpecification }
  | { readonly type: 'CONNECTION_STATUS'; readonly connectionStatus: AirbyteConnectionStatus }
  | { readonly type: 'TRACE'; readonly trace: AirbyteTraceMessage }
  | { readonly type: 'DESTINATION_CATALOG'; readonly destination_catalog: DestinationCatalog };

/** A stream's identity, exactly as Airbyte spells it. */
export interface StreamDescriptor {
  readonly name: string;
  readonly namespace?: string | undefined;
}

/** The text of a STATE message as it came; bytes where it may be long. */
export type StateText = string | Buffer;

/** One row of the source. */
export interface AirbyteRecordMessage {
  readonly stream: string;
  readonly namespace?: string;
  readonly data: JsonObject;
  /** Milliseconds since 1970. */
  readonly emitted_at: number;
  readonly meta?: AirbyteRecordMessageMeta;
}

export interface AirbyteRecordMessageMeta {
  readonly changes?: readonly AirbyteRecordMessageMetaChange[];
}

/** A value that the source or the platform could not pass on as it was. */
export interface AirbyteRecordMessageMetaChange {
  readonly field: string;
  readonly change: 'NULLED' | 'TRUNCATED';
  readonly reason: string;
}

export type AirbyteStateType = 'STREAM' | 'GLOBAL' | 'LEGACY';

/** A checkpoint of the source. `type` missing means LEGACY. */
export interface AirbyteStateMessage {
  readonly type?: AirbyteStateType;
  /** The platform's own number for this state; without it in the answer the sync fails. */
  readonly id?: number;
  readonly stream?: AirbyteStreamState;
  readonly global?: AirbyteGlobalState;
  /** LEGACY only. */
  readonly data?: JsonObject;
  readonly sourceStats?: AirbyteStateStats;
  readonly destinationStats?: AirbyteStateStats;
}

export interface AirbyteStreamState {
  readonly stream_descriptor: StreamDescriptor;
  readonly stream_state?: JsonObject | null;
}

export interface AirbyteGlobalState {
  readonly shared_state?: JsonObject | null;
  readonly stream_states: readonly AirbyteStreamState[];
}

/** Counts since the previous state of the same scope. */
export interface AirbyteStateStats {
  readonly recordCount?: number;
  readonly rejectedRecordCount?: number;
  /** Beyond the yaml: protocol 0.19. */
  readonly additionalStats?: { readonly [name: string]: number };
}

export type AirbyteLogLevel = 'FATAL' | 'ERROR' | 'WARN' | 'INFO' | 'DEBUG' | 'TRACE';

export interface AirbyteLogMessage {
  readonly level: AirbyteLogLevel;
  readonly message: string;
  readonly stack_trace?: string;
}

/** The only trace that this connector emits; the others are the source's. */
export interface AirbyteTraceMessage {
  readonly type: 'ERROR';
  /** Milliseconds since 1970. */
  readonly emitted_at: number;
  readonly error: AirbyteErrorTraceMessage;
}

export interface AirbyteErrorTraceMessage {
  /** For the user: what happened and what to do next. */
  readonly message: string;
  /** For developers. */
  readonly internal_message?: string;
  readonly stack_trace?: string;
  readonly failure_type?: 'system_error' | 'config_error' | 'transient_error';
  /** Set where one stream alone is meant. */
  readonly stream_descriptor?: StreamDescriptor;
}

export interface AirbyteConnectionStatus {
  readonly status: 'SUCCEEDED' | 'FAILED';
  readonly message?: string;
}

export type DestinationSyncMode = 'append' | 'overwrite' | 'append_dedup' | 'update' | 'soft_delete';

/** What `spec` prints. */
export interface ConnectorSpecification {
  readonly documentationUrl?: string;
  readonly changelogUrl?: string;
  readonly connectionSpecification: JsonObject;
  readonly supportsIncremental?: boolean;
  readonly supported_destination_sync_modes?: readonly DestinationSyncMode[];
  readonly protocol_version?: string;
}

/** What `discover` prints. */
export interface DestinationCatalog {
  readonly operations: readonly DestinationOperation[];
}

export interface DestinationOperation {
  readonly object_name: string;
  readonly sync_mode: DestinationSyncMode;
  readonly json_schema: JsonObject;
  /** Each inner list is one key; several names in it are a composite key. */
  readonly matching_keys?: readonly (readonly string[])[];
}
