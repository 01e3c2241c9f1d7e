/** The command `fields`: the fields of an object, and what can be loaded into them. */
import type { Client } from '../gainsight/client.ts';
import { mostDescribed } from '../gainsight/contract.ts';
import type { FieldDescription, ObjectDescription, ObjectSummary, PicklistOption } from '../model.ts';
import { nameList } from '../names.ts';
import { isLoadable, isRequired, isWritable } from '../plan/loadable.ts';
import { nearestOf } from '../plan/name_match.ts';
import type { Command } from './command.ts';
import { askTenant, contentOf, openTenant, tenantOption } from './tenant_access.ts';
import { writeTable } from './text_table.ts';
import { writeJson } from './write_json.ts';

/** How many picklists whose items a description leaves out are read, each with a call. */
const mostPicklists = mostDescribed;

export const fields: Command = {
  description:
    'Prints the fields of an object, with the names to enter under Fields and Key Fields: label, type, whether a new ' +
    'record must have it, whether it can be written, the length of a text, the labels of a picklist, and the object that ' +
    'a lookup refers to. Elsewhere than on a terminal, tabs separate the columns, and nothing is cut.',
  arguments: [['<object>', 'The API name of the object, in any case.']],
  options: [tenantOption, { term: '--json', meaning: 'As one JSON document.' }],
  examples: [
    ['List the fields of Company', 'destination-gainsight fields Company --config config.json'],
    [
      'The labels of one picklist, for a script',
      `destination-gainsight fields Company --config config.json --json | jq '.fields[] | select(.name == "Stage").options'`,
    ],
  ],
  exitCodes: [
    ['0', 'Listed.'],
    ['1', 'There is no such object, or Gainsight could not be asked: a sentence on standard error says which.'],
    ['2', 'The command line is wrong.'],
  ],
  calls:
    'None. It describes the object with one call, or three where there is none of this name, and reads each picklist ' +
    `whose labels are missing with one more, ${mostPicklists} at most; they count to the 100 other calls a minute.`,
  async run({ arguments: [name = ''], options }, context) {
    const tenant = await openTenant(String(options['config']), context);
    const answer = await askTenant(tenant, context, ({ metadata }) => metadata.describe([name]));
    const { described, absent, objects } = contentOf(answer, tenant);
    const object = described.get(name);
    if (!object || object.fields.length === 0) {
      const why = absent.has(name)
        ? unknown(name, objects)
        : `The access key may not see fields of ${nameList([name])}.`;
      context.stderr.write(`${tenant.redacted(why)}\n`);
      return 1;
    }
    const whole = {
      ...object,
      fields: await askTenant(tenant, context, ({ metadata }) => withPicklists(object.fields, metadata)),
    };
    if (options['json'] === true) writeJson(context.stdout, valuesOf(whole));
    else
      writeTable(
        context.stdout,
        header,
        whole.fields.map((field) => rowOf(field, whole)),
      );
    return 0;
  },
};

function unknown(name: string, objects: readonly ObjectSummary[]): string {
  const meant = nearestOf(name, objects);
  const nearest = meant === undefined ? '' : ` Did you mean ${nameList([meant.name])}?`;
  return `The tenant has no object ${nameList([name])}.${nearest} \`destination-gainsight objects --config <file>\` lists all.`;
}

/** Adds the items of picklists that the description leaves out. One that cannot be read stays without. */
async function withPicklists(fields: readonly FieldDescription[], metadata: Client['metadata']) {
  const items = new Map<string, readonly PicklistOption[]>();
  const missing = fields.flatMap(({ options, picklistCategory }) =>
    options.length === 0 ? (picklistCategory ?? []) : [],
  );
  for (const category of [...new Set(missing)].slice(0, mostPicklists)) {
    const answer = await metadata.dropdown(category);
    if (answer.kind === 'done') items.set(category, answer.value);
    // The next one may take a minute, too.
    else if (answer.kind === 'lost') break;
  }
  return fields.map((field) =>
    field.options.length > 0 ? field : { ...field, options: items.get(field.picklistCategory ?? '') ?? [] },
  );
}

function valuesOf(object: ObjectDescription): object {
  const { name, label = null, type = null, createable = null } = object;
  return {
    ...{ name, label, type, createable, loadable: isLoadable(object) },
    fields: object.fields.map((field) => ({
      ...{ name: field.name, label: field.label ?? null, type: field.dataType ?? null },
      ...{ required: isRequired(field, object), writable: isWritable(field) },
      ...{ length: field.length ?? null, decimals: field.decimals ?? null },
      options: field.options.map(({ label, active }) => ({ label, active })),
      lookup: field.lookupObjects,
    })),
  };
}

const header = ['Field', 'Label', 'Type', 'Required', 'Writable', 'Length', 'Values'];

function rowOf(field: FieldDescription, object: ObjectDescription): string[] {
  const { name, label = '', dataType = '', length } = field;
  const [required, writable] = [isRequired(field, object), isWritable(field)].map((flag) => (flag ? 'yes' : 'no'));
  return [
    name,
    label,
    dataType,
    required ?? '',
    writable ?? '',
    length === undefined ? '' : `${length}`,
    valuesText(field),
  ];
}

/** Labels of a picklist, what a lookup refers to, or why nothing can be written. */
function valuesText({ options, lookupObjects, formula }: FieldDescription): string {
  if (formula) return 'formula';
  if (lookupObjects.length > 0) return `lookup to ${lookupObjects.join(', ')}`;
  return options.map(({ label, active }) => (active ? label : `${label} (inactive)`)).join(', ');
}
