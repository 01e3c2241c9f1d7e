/** What a check of a configuration works with in tests. */
import type { CheckWorld } from '../../src/commands/check.ts';
import type { Config } from '../../src/config/config.ts';
import { storageOf } from './bucket_access.ts';
import type { FakeClock } from './fake_clock.ts';

/** @param random what each random number is */
export function worldOf(
  config: Config,
  clock: FakeClock,
  random: number,
  notify: CheckWorld['notify'] = () => undefined,
): CheckWorld {
  return { clock, random: () => random, storageOf: storageOf(config, clock), notify };
}
