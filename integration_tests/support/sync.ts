/** A sync in tests: its input and its results, whether it runs in this process or as the built program. */

import type { WriteEnd } from '../../src/airbyte/destination.ts';
import type { Config } from '../../src/config/config.ts';
import type { Identity } from '../../src/load/route.ts';
import type { Exchange } from '../../src/sandbox/exchange.ts';
import type { SandboxOptions } from '../../src/sandbox/options.ts';
import type { Sandbox } from '../../src/sandbox/server.ts';
import type { Message } from './connector.ts';
import { checkMessage } from './protocol.ts';

/** A sync to run. */
export interface Sync {
  /** As in a file for `--config`; address and access key are added. */
  readonly config: object;
  /** As in a file for `--catalog`. */
  readonly catalog: object;
  /** Standard input. */
  readonly input: Buffer;
  readonly sandbox?: Partial<SandboxOptions>;
  /** Airbyte's job and attempt; default: the first attempt of job 7. */
  readonly identity?: Identity;
  /** Called with each line as it is written, before anything else happens. */
  readonly onLine?: (line: string, sandbox: Sandbox) => void;
}

/** Standard output. */
export interface SyncOutput {
  readonly lines: readonly string[];
  /** The same lines, each checked against the protocol. */
  readonly messages: readonly Message[];
  /** STATE lines. */
  readonly states: readonly string[];
  /** Texts of LOG messages with their level: `WARN rejected row …`. */
  readonly logs: readonly string[];
  /** Messages of TRACE ERRORs after their type: `config_error The …`. */
  readonly traces: readonly string[];
}

/** A sync that has ended. The sandbox still answers. */
export interface SyncResult extends SyncOutput {
  readonly end: WriteEnd;
  readonly config: Config;
  readonly exchanges: readonly Exchange[];
  readonly sandbox: Sandbox;
  /** Files left in the spool. */
  readonly leftovers: readonly string[];
  /** The text of its report; undefined if it keeps none. */
  readonly report?: string | undefined;
}

/** The default attempt of a sync. */
export const firstAttempt: Identity = { run: '7', attempt: 0 };

/**
 * Sorts the lines of standard output by type.
 * @throws Error if one breaks the protocol
 */
export function readOutput(lines: readonly string[]): SyncOutput {
  // Sources write null for absent members, and a state comes back as it was.
  for (const line of lines) checkMessage(line.replace(/,"(?:stream_state|namespace)":null/g, ''));
  const messages = lines.map((line) => JSON.parse(line) as Message);
  return {
    ...{ lines, messages },
    states: lines.filter((_, at) => messages[at]?.type === 'STATE'),
    logs: messages.flatMap(({ type, log }) => (type === 'LOG' ? [`${log.level} ${log.message}`] : [])),
    traces: messages.flatMap(({ type, trace }) =>
      type === 'TRACE' ? [`${trace.error.failure_type} ${trace.error.message}`] : [],
    ),
  };
}

/** The codes of the TRACEs. */
export function codesOf({ messages }: Pick<SyncOutput, 'messages'>): string[] {
  return messages.flatMap(({ type, trace }) =>
    type === 'TRACE' ? [`${trace.error.internal_message ?? 'none'}`.split(':')[0] as string] : [],
  );
}
