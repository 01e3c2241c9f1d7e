/** The settings of a configuration that leaves all to their defaults. */
import { parseConfig } from '../../src/config/config.ts';

export const {
  quota: usualQuota,
  polling: usualPolling,
  rejected_rows: usualRejectedRows,
  values: usualValues,
} = parseConfig(JSON.stringify({ domain: 'acme', access_key: 'the-access-key-of-the-tests' }));
