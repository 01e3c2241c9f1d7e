/** The access key of the environment, where a person may give it instead of in the configuration. */
import type { JsonObject } from '../airbyte/protocol.ts';

const variable = 'GAINSIGHT_ACCESS_KEY';

type Environment = Readonly<Record<string, string | undefined>>;

/** The key of the environment; undefined if there is none. */
export function keyOfEnvironment(env: Environment): string | undefined {
  return env[variable]?.trim() || undefined;
}

/**
 * A configuration of Airbyte's commands: with the key of the environment if the file has none. Other than for people's
 * commands the file wins, so that what Airbyte passes means the same whatever the environment is.
 */
export function withAccessKey(settings: JsonObject, env: Environment): JsonObject {
  const given = settings['access_key'];
  const key = given === undefined || given === '' ? keyOfEnvironment(env) : undefined;
  return key === undefined ? settings : { ...settings, access_key: key };
}
