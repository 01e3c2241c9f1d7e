/** The command `objects`: the tenant's objects, and which of them can be loaded. */
import { isLoadable } from '../plan/loadable.ts';
import type { Command } from './command.ts';
import { askTenant, contentOf, openTenant, tenantOption } from './tenant_access.ts';
import { writeTable } from './text_table.ts';
import { writeJson } from './write_json.ts';

export const objects: Command = {
  description:
    'Prints the objects of the tenant that can be loaded in bulk, with the names to enter as Object: those that records ' +
    'can be added to, without users, persons and what Gainsight keeps for itself. Elsewhere than on a terminal, tabs ' +
    'separate the columns.',
  options: [
    tenantOption,
    { term: '--all', meaning: 'Also those that cannot be loaded.' },
    { term: '--json', meaning: 'As one JSON document.' },
  ],
  examples: [
    ['List the objects', 'destination-gainsight objects --config config.json'],
    [
      'With the key from the environment',
      'GAINSIGHT_ACCESS_KEY=$(cat key.txt) destination-gainsight objects --config config.json',
    ],
    [
      'The names of custom objects, for a script',
      `destination-gainsight objects --config config.json --json | jq -r '.[] | select(.type == "CUSTOM").name'`,
    ],
  ],
  exitCodes: [
    ['0', 'Listed.'],
    ['1', 'Gainsight could not be asked: a sentence on standard error says why.'],
    ['2', 'The command line is wrong.'],
  ],
  calls: 'None. It reads the list of objects once, which counts as one of the 100 other calls a minute.',
  async run({ options }, context) {
    const tenant = await openTenant(String(options['config']), context);
    const all = contentOf(await askTenant(tenant, context, ({ metadata }) => metadata.objects()), tenant);
    if (all.length === 0) {
      context.stderr.write(`${tenant.host} lists no object, so its metadata is not to be relied on.\n`);
      return 1;
    }
    const listed = all
      .map((object) => ({ ...object, loadable: isLoadable(object) }))
      .filter(({ loadable }) => loadable || options['all'] === true);
    if (options['json'] === true) {
      const values = listed.map(({ name, label = null, type = null, createable = null, loadable }) => ({
        ...{ name, label, type, createable, loadable },
      }));
      writeJson(context.stdout, values);
      return 0;
    }
    const rows = listed.map(({ name, label = '', type = '', createable, loadable }) => [
      ...[name, label, type, answer(createable), answer(loadable)],
    ]);
    writeTable(context.stdout, ['Object', 'Label', 'Type', 'Createable', 'Loadable'], rows);
    return 0;
  },
};

/** Empty for what the tenant leaves out. */
function answer(flag: boolean | undefined): string {
  if (flag === undefined) return '';
  return flag ? 'yes' : 'no';
}
