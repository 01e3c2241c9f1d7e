/** The configuration in the form that the rest of the connector uses. */
import { parseConfigText, refuseFaults } from '../airbyte/config_schema.ts';
import type { JsonObject } from '../airbyte/protocol.ts';
import { ConnectorError } from '../errors.ts';
import { type Bucket, bucketOf } from './bucket.ts';
import { configFaults, configHints, form, unknownSettings } from './config_faults.ts';
import { validateConfig } from './config_validator.ts';
import { type Address, addressOfBaseUrl, addressOfDomain } from './domain.ts';
import { type SignIn, signInOf } from './sign_in.ts';
import type { Configuration, Files, Polling, Quota } from './types.ts';
import { type InUnits, inUnits } from './units.ts';

type Resolved =
  | 'domain'
  | 'access_key'
  | 'sign_in'
  | 'api_base_url'
  | 'object_storage_config'
  | 'quota'
  | 'files'
  | 'polling';

/** A valid configuration with all defaults; durations are in milliseconds and sizes in bytes. */
export interface Config extends Omit<Configuration, Resolved>, Address {
  readonly signIn: SignIn;
  /** Where rejected rows are kept; undefined: in no bucket. */
  readonly bucket: Bucket | undefined;
  readonly quota: InUnits<Quota>;
  readonly files: InUnits<Files>;
  readonly polling: InUnits<Polling>;
  /** Settings that do not exist, and so have no effect: `check` fails, and `write` warns. */
  readonly unknownSettings: readonly string[];
  /** Settings that are probably, but not certainly, wrong: `check` says so. */
  readonly hints: readonly string[];
  /** The settings that differ from their defaults, as in the configuration file, without secrets. */
  readonly changedSettings: JsonObject;
}

/**
 * Checks the text of a configuration.
 * @throws {TracedError} `config_unreadable`; `config_invalid` with every fault, with the form's titles
 */
export function parseConfig(text: string): Config {
  const config = parseConfigText(text);
  refuseFaults(configFaults(config, form.faults(config, validateConfig)));
  return configure(config);
}

/** Converts a valid configuration to the form that the rest of the connector uses. */
export function configure(config: JsonObject): Config {
  const { domain, access_key, sign_in, api_base_url, object_storage_config, quota, files, polling, ...rest } =
    config as JsonObject & Configuration;
  const address = api_base_url.trim() === '' ? addressOfDomain(domain) : addressOfBaseUrl(api_base_url);
  if ('fault' in address) throw new ConnectorError('config_invalid', { detail: address.fault });
  const converted = { quota: inUnits(quota), files: inUnits(files), polling: inUnits(polling) };
  const doubts = { unknownSettings: unknownSettings(config), hints: configHints(config as JsonObject & Configuration) };
  const changedSettings = form.changedSettings(config);
  return {
    ...rest,
    ...converted,
    ...address,
    ...doubts,
    changedSettings,
    signIn: signInOf({ ...(access_key !== undefined && { access_key }), ...(sign_in && { sign_in }) }),
    bucket: bucketOf(object_storage_config),
  };
}
