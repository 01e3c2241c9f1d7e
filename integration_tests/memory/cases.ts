/** The syncs whose memory is measured. */
import type { Shape } from './lines.ts';

/** One sync. */
export interface MemoryCase {
  readonly name: string;
  readonly about: string;
  readonly shape: Shape;
  /** Added to the configuration. */
  readonly config?: object;
  /** Calls that Gainsight allows per hour; default: any number. */
  readonly callsPerHour?: number;
  /** Maximum size of the spool. */
  readonly spoolMegabytes?: number;
  /** Maximum resident memory; default: that of every sync of up to a thousand streams. */
  readonly mostMegabytes?: number;
}

/** All streams by the object API, whose calls are not limited. */
const byObjectApi = {
  streams: [{ stream: 'table_0', object: 'table_0', operation: 'UPDATE', key_fields: ['id'], route: 'object_api' }],
  quota: { object_api: { per_minute: 1_000_000, per_day: 100_000_000, reserved: 0 } },
};

/** Every case. Beyond a thousand streams each takes about 12 kB of memory, as docs/install.md says. */
export const memoryCases: readonly MemoryCase[] = [
  { name: 'small', about: '200,000 records of 450 bytes', shape: { records: 200_000, stateEvery: 10_000 } },
  { name: 'large', about: '2,000,000 records of 450 bytes', shape: { records: 2_000_000, stateEvery: 10_000 } },
  {
    name: 'interleaved',
    about: '2,000,000 records of 20 streams in turn',
    shape: { records: 2_000_000, streams: 20, stateEvery: 10_000 },
  },
  {
    name: 'one-batch',
    about: '1,000,000 different keys in one file',
    shape: { records: 1_000_000, textLength: 20 },
  },
  {
    name: 'replaced',
    about: '5,000,000 records of 1,000,000 keys',
    shape: { records: 5_000_000, keys: 1_000_000, textLength: 20 },
  },
  {
    name: 'states',
    about: '10,000 held states of 100 KB',
    shape: { records: 10_000, stateEvery: 1, stateLength: 100_000 },
  },
  {
    name: 'held-states',
    about: '5,000,000 held states of 1,000 keys',
    shape: { records: 5_000_000, keys: 1000, textLength: 20, stateEvery: 1, stateLength: 10 },
  },
  {
    name: 'full-spool',
    about: '2,000,000 records of 1,500,000 keys, 200 MB of disk',
    shape: { records: 2_000_000, keys: 1_500_000, stateEvery: 10_000 },
    spoolMegabytes: 200,
  },
  {
    name: '1000-streams',
    about: '2,000,000 records of 1,000 streams, all jobs at once',
    shape: { records: 2_000_000, streams: 1000, stateEvery: 1000 },
  },
  {
    name: '1000-streams-quota',
    about: '2,000,000 records of 1,000 streams, ten calls an hour',
    shape: { records: 2_000_000, streams: 1000, stateEvery: 1000 },
    callsPerHour: 10,
  },
  {
    name: '10000-streams-quota',
    about: '1,000,000 records of 10,000 streams, ten calls an hour',
    shape: { records: 1_000_000, streams: 10_000, stateEvery: 1000 },
    callsPerHour: 10,
    mostMegabytes: 250,
  },
  {
    name: 'object-api-small',
    about: '10,000 records by the object API',
    shape: { records: 10_000, stateEvery: 1000 },
    config: byObjectApi,
  },
  {
    name: 'object-api-large',
    about: '100,000 records by the object API',
    shape: { records: 100_000, stateEvery: 1000 },
    config: byObjectApi,
  },
];
