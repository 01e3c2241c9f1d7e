/** What commands for people need of the tenant: its client, with address and key from file and environment. */

import { parseConfigText } from '../airbyte/config_schema.ts';
import { readText } from '../airbyte/json_file.ts';
import type { JsonObject } from '../airbyte/protocol.ts';
import { redactor, wholeRedactor } from '../airbyte/redaction.ts';
import { sharedError } from '../airbyte/traced_error.ts';
import { systemClock } from '../clock.ts';
import { keyOfEnvironment } from '../config/access_key.ts';
import { type Config, parseConfig } from '../config/config.ts';
import { form } from '../config/config_faults.ts';
import { hasOAuthClient, secretOf } from '../config/sign_in.ts';
import { ConnectorError } from '../errors.ts';
import type { Client } from '../gainsight/client.ts';
import { metadataPaths } from '../gainsight/contract.ts';
import type { Answer } from '../gainsight/response.ts';
import { Reads } from '../load/reads.ts';
import { decideRead } from '../load/retry.ts';
import { clientOf } from '../tenant_client.ts';
import { longestCall, withNotice } from './answer_notice.ts';
import type { CommandContext, CommandOption, TextOutput } from './command.ts';

/** A configuration that may be unfinished: only address and key are needed. */
export const tenantOption: CommandOption = {
  term: '--config <file>',
  meaning: 'The configuration, as JSON: of it domain and access_key are read. GAINSIGHT_ACCESS_KEY replaces the key.',
  isRequired: true,
};

/** The tenant of a configuration. */
export interface TenantAccess {
  readonly client: Client;
  /** Of the settings only those of the address and those asked for; the others have their defaults. */
  readonly config: Config;
  /** The file as it is. */
  readonly settings: JsonObject;
  /** For messages. */
  readonly host: string;
  /** A text without the access key and the secrets of the network route. */
  readonly redacted: (text: string) => string;
  /** A text that is read again, without these as a whole. */
  readonly masked: (text: string) => string;
}

/**
 * Reads the settings by which the tenant is reached. Faults of others do not count: these commands help to correct
 * them.
 * @param needed settings that are checked besides
 * @throws {TracedError} `config_unreadable`, `config_invalid`, `proxy_unusable`
 */
export async function openTenant(path: string, context: Access, needed: readonly string[] = []): Promise<TenantAccess> {
  const { settings, signIn } = await settingsAt(path, context);
  const { domain, api_base_url } = settings;
  const others = Object.fromEntries(needed.map((name) => [name, settings[name]]));
  return accessTo(parseConfig(JSON.stringify({ ...others, domain, api_base_url, ...signIn() })), settings);
}

/** A configuration as it is written, and how it signs in. */
interface Settings {
  readonly settings: JsonObject;
  /**
   * The settings of the sign-in: an OAuth client, or the key of the environment or, without one, of the file.
   * @param isNeeded false: a text that stands for a missing key
   * @throws {TracedError} `config_invalid` if there is none
   */
  signIn(isNeeded?: boolean): JsonObject;
}

/** The part of the process that these functions use. */
type Access = Pick<CommandContext, 'env' | 'stderr'>;

/**
 * Reads a configuration without checking it. If environment and file have different keys, it is said once which is used.
 * @throws {TracedError} `config_unreadable`
 */
export async function settingsAt(path: string, { env, stderr }: Access): Promise<Settings> {
  const settings = parseConfigText(await readText(path, 'config_unreadable'));
  const { sign_in, access_key } = settings;
  let isSaid = false;
  const signIn = (isNeeded = true): JsonObject => {
    if (hasOAuthClient(settings)) return { sign_in };
    const given = keyOfEnvironment(env);
    const key = given ?? access_key;
    if (isNeeded && !isSaid && given !== undefined && access_key && String(access_key).trim() !== given) {
      isSaid = true;
      stderr.write('The access key of GAINSIGHT_ACCESS_KEY is used, and not the other one in the configuration.\n');
    }
    if (key !== undefined && key !== '') return { access_key: key, ...(sign_in !== undefined && { sign_in }) };
    if (!isNeeded) return { access_key: 'no access key' };
    const detail = 'Access Key is missing, and the environment variable GAINSIGHT_ACCESS_KEY is not set';
    throw sharedError('config_invalid', { detail });
  };
  return { settings, signIn };
}

/**
 * The tenant of a configuration, without calling it yet.
 * @param settings the file as it is
 * @throws ConnectorError `proxy_unusable`
 */
export function accessTo(config: Config, settings: JsonObject): TenantAccess {
  const secrets = [secretOf(config.signIn), ...form.secretsIn(settings)];
  const client = clientOf(config, { hide: (more) => secrets.push(...more) });
  return {
    client,
    config,
    settings,
    host: client.host,
    redacted: redactor(secrets),
    masked: wholeRedactor(secrets),
  };
}

/**
 * The settings of a file, with the access key of the environment if it has one.
 * @throws {TracedError} `config_unreadable`, `config_invalid` if there is no access key
 */
export async function readSettings(path: string, context: Access): Promise<JsonObject> {
  const { settings, signIn } = await settingsAt(path, context);
  return { ...settings, ...signIn() };
}

/** How long a failing read of jobs is tried again while a person waits, in milliseconds. */
export const retryMs = 20_000;

/**
 * Calls the tenant. A person at a terminal learns why that takes long.
 * @param longest how long it may take, in words
 */
export function askTenant<T>(
  { client, redacted }: TenantAccess,
  { stderr }: Pick<CommandContext, 'stderr'>,
  act: (client: Client) => Promise<T>,
  longest = longestCall,
): Promise<T> {
  const notify = (text: string) => stderr.isTTY && stderr.write(`${redacted(text)}\n`);
  return withNotice({ client, clock: systemClock, longest, notify }, act);
}

/** Reads the tenant's jobs; a failing read is retried for {@link retryMs}. See {@link askTenant}. */
export function withReads<T>(
  tenant: TenantAccess,
  context: Pick<CommandContext, 'stderr'>,
  act: (reads: Reads) => Promise<T>,
): Promise<T> {
  return askTenant(tenant, context, (client) =>
    act(
      new Reads({
        ...{ client, clock: systemClock, random: () => 1, signal: new AbortController().signal },
        report: (event) => event.kind === 'warning' && context.stderr.write(`${event.text}\n`),
      }),
    ),
  );
}

/** An output without the access key, whatever a tenant returns. */
export function redactedOutput(output: TextOutput, { redacted }: Pick<TenantAccess, 'redacted'>): TextOutput {
  const { isTTY = false, columns = 0 } = output;
  return { isTTY, columns, write: (text) => output.write(redacted(text)) };
}

/**
 * The content of an answer.
 * @throws ConnectorError what the user must correct, or `metadata_unreadable`
 */
export function contentOf<T>(answer: Answer<T>, { host, redacted }: TenantAccess): T {
  if (answer.kind === 'done') return answer.value;
  const error = failureOf(answer, host);
  error.message = redacted(error.message);
  throw error;
}

/** The failures of a read, but for those that speak of the Bulk API. */
function failureOf(answer: Exclude<Answer<unknown>, { kind: 'done' }>, host: string): ConnectorError {
  const at = { host, path: metadataPaths.objects, tries: 1, spentMs: 0, retryMs: 0, random: 1 };
  const decision = decideRead(answer, at);
  const isAboutBulk = decision.do !== 'fail' || ['read_refused', 'bulk_api_missing'].includes(decision.error.code);
  if (!isAboutBulk) return decision.error;
  return new ConnectorError('metadata_unreadable', { host, words: answer.words }, { requestId: answer.requestId });
}
