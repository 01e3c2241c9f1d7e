/**
 * The Airbyte protocol as types: every definition of airbyte_protocol.yaml (v0.18) under its name, and the few members
 * that the platform uses in addition, marked as such. Messages with a payload selected by `type` are unions. Every
 * object may have members that are not listed: a destination ignores them when it reads, and passes them on in states.
 */

/** A JSON object whose members the protocol leaves open. */
export interface JsonObject {
  readonly [member: string]: unknown;
}

/** One line of standard output or input: `type` selects the payload. */
export type AirbyteMessage =
  | { readonly type: 'RECORD'; readonly record: AirbyteRecordMessage }
  | { readonly type: 'STATE'; readonly state: AirbyteStateMessage }
  | { readonly type: 'LOG'; readonly log: AirbyteLogMessage }
  | { readonly type: 'SPEC'; readonly spec: ConnectorSpecification }
  | { readonly type: 'CONNECTION_STATUS'; readonly connectionStatus: AirbyteConnectionStatus }
  | { readonly type: 'CATALOG'; readonly catalog: AirbyteCatalog }
  | { readonly type: 'TRACE'; readonly trace: AirbyteTraceMessage }
  | { readonly type: 'CONTROL'; readonly control: AirbyteControlMessage }
  | { readonly type: 'DESTINATION_CATALOG'; readonly destination_catalog: DestinationCatalog };

/** One row of the source. */
export interface AirbyteRecordMessage {
  readonly namespace?: string;
  readonly stream: string;
  readonly data: JsonObject;
  /** When the source emitted it, in milliseconds since 1970. */
  readonly emitted_at: number;
  /** Changes made to the record. */
  readonly meta?: AirbyteRecordMessageMeta;
  /** The file that the record describes, in a stream of files. */
  readonly file_reference?: AirbyteRecordMessageFileReference;
}

/** Changes made to a record. */
export interface AirbyteRecordMessageMeta {
  readonly changes?: readonly AirbyteRecordMessageMetaChange[];
}

/** A change to a value by the source or the platform. */
export interface AirbyteRecordMessageMetaChange {
  /** The top-level field, or a path into it. */
  readonly field: string;
  /** NULLED: the null says nothing about the value. */
  readonly change: 'NULLED' | 'TRUNCATED';
  readonly reason:
    | 'SOURCE_RECORD_SIZE_LIMITATION'
    | 'DESTINATION_RECORD_SIZE_LIMITATION'
    | 'PLATFORM_RECORD_SIZE_LIMITATION'
    | 'SOURCE_FIELD_SIZE_LIMITATION'
    | 'DESTINATION_FIELD_SIZE_LIMITATION'
    | 'PLATFORM_FIELD_SIZE_LIMITATION'
    | 'SOURCE_SERIALIZATION_ERROR'
    | 'DESTINATION_SERIALIZATION_ERROR'
    | 'PLATFORM_SERIALIZATION_ERROR'
    | 'SOURCE_RETRIEVAL_ERROR'
    | 'DESTINATION_TYPECAST_ERROR';
}

/** A file in the staging area. */
export interface AirbyteRecordMessageFileReference {
  /** Its absolute path in the staging area. */
  readonly staging_file_url?: string;
  /** Its path in the source. */
  readonly source_file_relative_path?: string;
  readonly file_size_bytes?: number;
}

/** A checkpoint of the source. `type` missing means LEGACY. */
export interface AirbyteStateMessage {
  readonly type?: AirbyteStateType;
  /** For a STREAM state. */
  readonly stream?: AirbyteStreamState;
  /** For a GLOBAL state. */
  readonly global?: AirbyteGlobalState;
  /** For a LEGACY state. */
  readonly data?: JsonObject;
  /** Records that the source sent since its previous state of this scope. */
  readonly sourceStats?: AirbyteStateStats;
  /** The outcomes of these records; added by the destination. */
  readonly destinationStats?: AirbyteStateStats;
  /**
   * Not in the yaml: the platform's number of this state, an integer; without it in the returned state the sync fails.
   */
  readonly id?: number;
}

/** Selects the member of a state: that of one stream, of the whole source, or of an old source. */
export type AirbyteStateType = 'GLOBAL' | 'STREAM' | 'LEGACY';

/** The text of a STATE message as it came; bytes if it may be long. */
export type StateText = string | Buffer;

/** The position of one stream. */
export interface AirbyteStreamState {
  readonly stream_descriptor: StreamDescriptor;
  /** Null, not in the yaml: none any more, as after a Clear. */
  readonly stream_state?: AirbyteStateBlob | null;
}

/** The position of the whole source. */
export interface AirbyteGlobalState {
  /** Null, not in the yaml: none. */
  readonly shared_state?: AirbyteStateBlob | null;
  readonly stream_states: readonly AirbyteStreamState[];
}

/** A stream's identity, exactly as Airbyte spells it. */
export interface StreamDescriptor {
  readonly name: string;
  readonly namespace?: string | undefined;
}

/** What a source needs to resume. Its content belongs to the source and must be returned byte for byte. */
export interface AirbyteStateBlob {
  readonly [member: string]: unknown;
}

/** Counts since the previous state of the same scope: whole numbers, written with a decimal point. */
export interface AirbyteStateStats {
  /** From a destination: records that are in the target. */
  readonly recordCount?: number;
  /** Records that the target rejected, and that will not be sent again. */
  readonly rejectedRecordCount?: number;
  /** Not in the yaml: protocol 0.19. */
  readonly additionalStats?: { readonly [name: string]: number };
}

/** A line of the log. */
export interface AirbyteLogMessage {
  readonly level: AirbyteLogLevel;
  readonly message: string;
  readonly stack_trace?: string;
}

/** The severity of a log line. */
export type AirbyteLogLevel = 'FATAL' | 'ERROR' | 'WARN' | 'INFO' | 'DEBUG' | 'TRACE';

/** A report about a connector's state and performance. `emitted_at` is in milliseconds since 1970. */
export type AirbyteTraceMessage =
  | { readonly type: 'ERROR'; readonly emitted_at: number; readonly error: AirbyteErrorTraceMessage }
  | { readonly type: 'ESTIMATE'; readonly emitted_at: number; readonly estimate: AirbyteEstimateTraceMessage }
  | {
      readonly type: 'STREAM_STATUS';
      readonly emitted_at: number;
      readonly stream_status: AirbyteStreamStatusTraceMessage;
    }
  | { readonly type: 'ANALYTICS'; readonly emitted_at: number; readonly analytics: AirbyteAnalyticsTraceMessage };

/** Why a connector failed. */
export interface AirbyteErrorTraceMessage {
  /** For the user: what happened and what to do next. */
  readonly message: string;
  /** For developers. */
  readonly internal_message?: string;
  readonly stack_trace?: string;
  /** `config_error` is never retried; the others are. */
  readonly failure_type?: 'system_error' | 'config_error' | 'transient_error';
  /** Set if only one stream is concerned. */
  readonly stream_descriptor?: StreamDescriptor;
}

/** How much a source is going to send. */
export interface AirbyteEstimateTraceMessage {
  /** The stream's. */
  readonly name: string;
  /** For one stream, or for the whole sync. */
  readonly type: 'STREAM' | 'SYNC';
  readonly namespace?: string;
  readonly row_estimate?: number;
  readonly byte_estimate?: number;
}

/** The progress of a stream within a sync. */
export type AirbyteStreamStatus = 'STARTED' | 'RUNNING' | 'COMPLETE' | 'INCOMPLETE';

/** Why a stream has its status. */
export type AirbyteStreamStatusReasonType = 'RATE_LIMITED';

/** The source waits for a quota. */
export interface AirbyteStreamStatusRateLimitedReason {
  /** When the quota is renewed, in milliseconds since 1970. */
  readonly quota_reset?: number;
}

/** Why a stream has its status. */
export interface AirbyteStreamStatusReason {
  readonly type: AirbyteStreamStatusReasonType;
  readonly rate_limited?: AirbyteStreamStatusRateLimitedReason;
}

/** A stream's status has changed. */
export interface AirbyteStreamStatusTraceMessage {
  readonly stream_descriptor: StreamDescriptor;
  readonly status: AirbyteStreamStatus;
  readonly reasons?: readonly AirbyteStreamStatusReason[];
}

/** Usage data of a connector. */
export interface AirbyteAnalyticsTraceMessage {
  /** The event: a fixed text, shared by all connectors. */
  readonly type: string;
  readonly value?: string;
}

/** An instruction to the platform. */
export interface AirbyteControlMessage {
  readonly type: 'CONNECTOR_CONFIG';
  /** Milliseconds since 1970. */
  readonly emitted_at: number;
  readonly connectorConfig?: AirbyteControlConnectorConfigMessage;
}

/** The configuration that the platform should keep from now on, as after a token was renewed. */
export interface AirbyteControlConnectorConfigMessage {
  readonly config: JsonObject;
}

/** The result of `check`. */
export interface AirbyteConnectionStatus {
  readonly status: 'SUCCEEDED' | 'FAILED';
  readonly message?: string;
}

/** The streams of a source. */
export interface AirbyteCatalog {
  readonly streams: readonly AirbyteStream[];
}

/** A stream of a source. */
export interface AirbyteStream {
  readonly name: string;
  readonly json_schema: JsonObject;
  /** At least one. */
  readonly supported_sync_modes: readonly SyncMode[];
  /** The source itself chooses the cursor, and its order is undefined. */
  readonly source_defined_cursor?: boolean;
  /** Path of the field that identifies new records, if the user chose none. */
  readonly default_cursor_field?: readonly string[];
  /** Paths of the fields that the source defines as the key. */
  readonly source_defined_primary_key?: readonly (readonly string[])[];
  readonly namespace?: string | undefined;
  /** The source can resume in the middle of it. */
  readonly is_resumable?: boolean;
  readonly is_file_based?: boolean;
}

/** The streams that a connection selects. */
export interface ConfiguredAirbyteCatalog {
  readonly streams: readonly ConfiguredAirbyteStream[];
}

/** A stream as configured in the connection. */
export interface ConfiguredAirbyteStream {
  readonly stream: AirbyteStream;
  readonly sync_mode: SyncMode;
  /** Path of the field by which the source resumes. */
  readonly cursor_field?: readonly string[];
  readonly destination_sync_mode: DestinationSyncMode;
  /** The target of the records, for a destination whose `discover` names objects. */
  readonly destination_object_name?: string;
  /** Paths of the fields that the connection uses as the key. */
  readonly primary_key?: readonly (readonly string[])[];
  /** Increased by the platform when the stream is refreshed or cleared. */
  readonly generation_id?: number;
  /** Rows of earlier generations must be removed; 0: none. */
  readonly minimum_generation_id?: number;
  /** Unique per sync. */
  readonly sync_id?: number;
  /** For a stream of files: the files are sent too. */
  readonly include_files?: boolean;
}

/** How the source reads a stream. */
export type SyncMode = 'full_refresh' | 'incremental';

/** How the destination writes a stream. */
export type DestinationSyncMode = 'append' | 'overwrite' | 'append_dedup' | 'update' | 'soft_delete';

/** The output of a destination's `discover`. */
export interface DestinationCatalog {
  readonly operations: readonly DestinationOperation[];
}

/** An operation on one object of the target. */
export interface DestinationOperation {
  readonly object_name: string;
  readonly sync_mode: DestinationSyncMode;
  readonly json_schema: JsonObject;
  /** Each inner list is one key; the platform treats several names in it as a composite key. */
  readonly matching_keys?: readonly (readonly string[])[];
}

/** Paths of OAuth parameters in a configuration. Deprecated: see `advanced_auth`. */
export interface OAuth2Specification {
  readonly rootObject?: readonly (string | number)[];
  readonly oauthFlowInitParameters?: readonly (readonly string[])[];
  readonly oauthFlowOutputParameters?: readonly (readonly string[])[];
}

/** The output of `spec`. */
export interface ConnectorSpecification {
  readonly documentationUrl?: string;
  readonly changelogUrl?: string;
  /** The JSON schema of the configuration, from which Airbyte builds its form. `airbyte_secret` marks secrets. */
  readonly connectionSpecification: JsonObject;
  /** Deprecated. */
  readonly supportsIncremental?: boolean;
  readonly supportsNormalization?: boolean;
  readonly supportsDBT?: boolean;
  /** The platform's default is the first. */
  readonly supported_destination_sync_modes?: readonly DestinationSyncMode[];
  /** Deprecated: see `advanced_auth`. */
  readonly authSpecification?: {
    readonly auth_type?: 'oauth2.0';
    readonly oauth2Specification?: OAuth2Specification;
  };
  readonly advanced_auth?: {
    readonly auth_flow_type?: 'oauth2.0' | 'oauth1.0';
    /** Path of the field on which it depends. */
    readonly predicate_key?: readonly string[];
    readonly predicate_value?: string;
    readonly oauth_config_specification?: OAuthConfigSpecification;
  };
  /** SemVer of the protocol version that the connector uses. */
  readonly protocol_version?: string;
}

/** How the platform gets tokens by OAuth, and where it puts them. */
export interface OAuthConfigSpecification {
  readonly oauth_user_input_from_connector_config_specification?: JsonObject;
  /** Texts with placeholders such as `{{ client_id_value }}`. */
  readonly oauth_connector_input_specification?: {
    readonly consent_url: string;
    readonly scope?: string;
    readonly access_token_url: string;
    readonly access_token_headers?: JsonObject;
    readonly access_token_params?: JsonObject;
    readonly extract_output?: readonly string[];
    /** Lengths of the `state` parameter. */
    readonly state?: { readonly min?: number; readonly max?: number };
    readonly client_id_key?: string;
    readonly client_secret_key?: string;
    readonly scope_key?: string;
    readonly state_key?: string;
    readonly auth_code_key?: string;
    readonly redirect_uri_key?: string;
    readonly token_expiry_key?: string;
  };
  readonly complete_oauth_output_specification?: JsonObject;
  readonly complete_oauth_server_input_specification?: JsonObject;
  readonly complete_oauth_server_output_specification?: JsonObject;
}
