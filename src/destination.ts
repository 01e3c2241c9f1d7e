/**
 * The Gainsight destination. What its commands do is loaded after their settings: while the first bytes of the input come,
 * and never for `spec`.
 */
import type { Destination } from './airbyte/destination.ts';
import { flagsOfPerson } from './command_line.ts';
import { spec } from './commands/spec.ts';
import { withAccessKey } from './config/access_key.ts';
import { type Config, configure } from './config/config.ts';
import { configFaults } from './config/config_faults.ts';
import { validateConfig } from './config/config_validator.ts';
import { folderFault } from './settle/rejects/folder_check.ts';

const commands = () => import('./airbyte_commands.ts');

/** The Gainsight destination. */
export const gainsight: Destination<Config> = {
  ...{ spec, validateConfig, configure, flags: flagsOfPerson },
  configFaults(config, found) {
    const faults = configFaults(config, found);
    // By itself it is found later, under its own code; beside others it must not need another round.
    const folder = faults.length > 0 ? folderFault(config) : undefined;
    return folder ? [...faults, folder.message.replace(/\.$/, '')] : faults;
  },
  complete: (settings) => withAccessKey(settings, process.env),
  check: async (config, context) => (await commands()).runCheck(config, context),
  discover: async (config, context) => (await commands()).runDiscover(config, context),
  write: async (config, catalog, input, context) => (await commands()).runWrite(config, catalog, input, context),
};
