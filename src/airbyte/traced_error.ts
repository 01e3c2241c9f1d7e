/** A failure that is reported to Airbyte: its type, what happened, and what the user should do next. */
import type { StreamDescriptor } from './protocol.ts';

/** Airbyte's failure types. `config_error` is never retried; the others are. */
export type FailureType = 'config_error' | 'transient_error' | 'system_error';

/** One kind of failure. */
export interface ErrorEntry {
  readonly type: FailureType;
  /** What happened; `{name}` stands for a detail of the error. */
  readonly what: string;
  /** What the user does next. */
  readonly next: string;
}

/** Further data of an error, besides the details of its text. */
export interface TraceContext {
  /** Set if only one stream is concerned. */
  readonly stream?: StreamDescriptor | undefined;
  /** What is wrong, a text each that stands alone, if the message may name several faults. */
  readonly faults?: readonly string[] | undefined;
  /** For developers: never a value of a record, never a secret. */
  readonly internal?: string | undefined;
  readonly cause?: unknown;
}

/** Values of the `{name}`s in an entry's texts. Numbers are shown with commas between their thousands. */
export type ErrorDetails = Readonly<Record<string, string | number>>;

/** A failure that the user sees. Its `message` says what happened and what to do next. */
export class TracedError extends Error {
  readonly code: string;
  readonly failureType: FailureType;
  readonly stream: StreamDescriptor | undefined;
  readonly internal: string | undefined;
  readonly #suffix: string;
  readonly #faults: readonly string[] | undefined;

  /** @param suffix follows the message: what is different each time that the same fails */
  constructor(code: string, entry: ErrorEntry, details: ErrorDetails, context: TraceContext = {}, suffix = '') {
    super(`${fill(entry.what, details)} ${fill(entry.next, details)}${suffix}`, { cause: context.cause });
    this.name = 'TracedError';
    this.#suffix = suffix;
    this.code = code;
    this.failureType = entry.type;
    this.stream = context.stream;
    this.internal = context.internal;
    this.#faults = context.faults;
  }

  /** The message without its suffix: the same whenever the same fails. */
  get text(): string {
    return this.message.replace(this.#suffix, '');
  }

  /** What is wrong, a text each that stands alone: those that the message names, or the message itself. */
  get faults(): readonly string[] {
    return this.#faults ?? [this.message];
  }
}

/** Not a failure: the operation was aborted on request. Its message, if any, says by what: a signal's name. */
export class Stopped extends Error {}

const report = 'Please report it with the log of this sync.';
const saveAgain = 'Open the connection in Airbyte, refresh its schema and save it';

/** The failures that every destination shares. */
export const sharedErrors = {
  arguments_invalid: {
    type: 'config_error',
    what: 'The command line is not usable: {detail}.',
    next: 'Run the connector with `--help` to see the commands and their flags.',
  },
  data_channel_unsupported: {
    type: 'config_error',
    what: 'Airbyte wants to send the records over {medium}, and this connector reads them from standard input only.',
    next: 'Leave DATA_CHANNEL_MEDIUM unset or set it to STDIO.',
  },
  config_unreadable: {
    type: 'config_error',
    what: 'The configuration file cannot be read: {detail}.',
    next: 'Save the destination again in Airbyte, or check the path given with --config.',
  },
  config_invalid: {
    type: 'config_error',
    what: 'The configuration does not fit: {detail}.',
    next: 'Correct it in the destination settings and test the connection.',
  },
  catalog_unreadable: {
    type: 'config_error',
    what: 'The configured catalog cannot be read: {detail}.',
    next: `${saveAgain}, or check the path given with --catalog.`,
  },
  catalog_invalid: {
    type: 'config_error',
    what: 'The configured catalog does not fit: {detail}.',
    next: `${saveAgain}.`,
  },
  sync_mode_unsupported: {
    type: 'config_error',
    what: 'A sync mode of the connection cannot be used: {detail}.',
    next: "Choose {form} for every stream of the connection; over Airbyte's API or in Terraform set its `sync_mode`, such as {api}.",
  },
  stream_twice: {
    type: 'config_error',
    what: 'The connection sends two streams as {stream}, so that nothing distinguishes their records.',
    next: 'In the connection set "Destination Namespace" to "Source-defined", so that each stream keeps the schema that it has in the source, or deselect one.',
  },
  input_broken: {
    type: 'system_error',
    what: 'Line {line} of the input is broken: {detail}.',
    next: 'Airbyte tries again by itself; if it happens again, report it to the maintainers of the source connector with the log of this sync.',
  },
  input_lost: {
    type: 'transient_error',
    what: 'The input broke off: {detail}.',
    next: 'Airbyte tries again by itself; if it happens again, look in its log for what ended the source.',
  },
  bug: { type: 'system_error', what: 'The connector failed: {detail}.', next: report },
} as const satisfies Record<string, ErrorEntry>;

/**
 * A failure of {@link sharedErrors}.
 * @param details values of the `{name}`s in its texts
 */
export function sharedError(
  code: keyof typeof sharedErrors,
  details: ErrorDetails,
  context: TraceContext = {},
): TracedError {
  return new TracedError(code, sharedErrors[code], details, context);
}

/** Turns anything thrown into an error that can be reported: anything but a {@link TracedError} is a bug. */
export function asTracedError(thrown: unknown): TracedError {
  if (thrown instanceof TracedError) return thrown;
  const text = thrown instanceof Error ? thrown.message : String(thrown);
  const stack = thrown instanceof Error ? thrown.stack : undefined;
  return sharedError('bug', { detail: text }, { internal: stack, cause: thrown });
}

function fill(text: string, details: ErrorDetails): string {
  // A full stop at the end of a detail would double that of the sentence.
  return text.replace(/\{(\w+)\}/g, (whole, name: string) => shown(details[name] ?? whole).replace(/\.$/, ''));
}

/** A number has commas between its thousands. */
function shown(detail: string | number): string {
  return typeof detail === 'number' ? String(detail).replace(/\B(?<!\.\d*)(?=(\d{3})+(?!\d))/g, ',') : detail;
}
