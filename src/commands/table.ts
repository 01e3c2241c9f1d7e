/** The table of commands, in the order of the help. A new command is a file in this folder and an entry here. */
import type { CommandEntry } from './command.ts';

const airbyteHelp = () => import('./airbyte_help.ts');
const topics = () => import('./topics.ts');

/** All commands and topics of help. */
export const commands: readonly CommandEntry[] = [
  {
    ...{ name: 'spec', group: 'Commands of Airbyte:' },
    summary: "prints the settings that Airbyte's form asks for",
    load: async () => (await airbyteHelp()).spec,
  },
  {
    ...{ name: 'check', group: 'Commands of Airbyte:' },
    summary: 'tests the configuration and the access key',
    load: async () => (await airbyteHelp()).check,
  },
  {
    ...{ name: 'discover', group: 'Commands of Airbyte:' },
    summary: 'prints the objects that can be loaded, their fields and keys',
    load: async () => (await airbyteHelp()).discover,
  },
  {
    ...{ name: 'write', group: 'Commands of Airbyte:' },
    summary: 'loads the records on standard input',
    load: async () => (await airbyteHelp()).write,
  },
  {
    ...{ name: 'plan', group: 'Commands for people:' },
    summary: 'checks a mapping, and says what a sync would load and when',
    load: async () => (await import('./plan.ts')).plan,
  },
  {
    ...{ name: 'jobs', group: 'Commands for people:' },
    summary: 'lists what ran on the tenant, and the calls used and left',
    load: async () => (await import('./jobs.ts')).jobs,
  },
  {
    ...{ name: 'errors', group: 'Commands for people:' },
    summary: "groups one job's row errors by field and reason",
    load: async () => (await import('./errors.ts')).errors,
  },
  {
    ...{ name: 'objects', group: 'Commands for people:' },
    summary: "lists the tenant's objects, with the names to enter",
    load: async () => (await import('./objects.ts')).objects,
  },
  {
    ...{ name: 'fields', group: 'Commands for people:' },
    summary: "lists an object's fields, with their types and labels",
    load: async () => (await import('./fields.ts')).fields,
  },
  {
    ...{ name: 'init', group: 'Commands for people:' },
    summary: 'writes a configuration to start from',
    load: async () => (await import('./init.ts')).init,
  },
  {
    ...{ name: 'load', group: 'Commands for people:' },
    summary: 'loads a corrected file of rejected rows',
    load: async () => (await import('./load.ts')).load,
  },
  {
    ...{ name: 'exit-codes', group: 'Topics of help:' },
    summary: 'lists the exit codes and what they mean',
    load: async () => (await topics()).exitCodes,
  },
  {
    ...{ name: 'environment', group: 'Topics of help:' },
    summary: 'lists the environment variables that are read',
    load: async () => (await topics()).environment,
  },
];
