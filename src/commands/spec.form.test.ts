/** The rules of Airbyte's form: for each one an example that it must catch. */
import t from 'tap';
import { type FormField, formFaults, formRules, wholeRules } from '../../integration_tests/support/form_rules.ts';

const description = 'What a person should know of it.';
const typed = { type: 'string', title: 'Some Text', description, examples: ['abc'] };
const optional = { ...typed, default: '' };
const kind = (value: string) => ({ type: 'string', title: 'Kind', description, const: value, order: 0 });
const option = (value: string, more: Readonly<Record<string, FormField>> = {}): FormField => ({
  ...{ type: 'object', title: value, required: ['kind'] },
  properties: { kind: kind(value), ...more },
});
const oneOf = [option('None'), option('S3', { bucket: { ...optional, order: 1 } })];
const storage = {
  type: 'object',
  title: 'Storage',
  description,
  order: 1,
  group: 'main',
  display_type: 'radio',
  oneOf,
};
const entry = { type: 'object', required: ['day'], properties: { day: { ...typed, format: 'date', order: 0 } } };
const list = { type: 'array', title: 'List', description, order: 2, group: 'main', default: [] };

/** A form with this field and one valid field of each other kind. */
function formOf(field: FormField, more: FormField = {}): FormField {
  return {
    ...{ $schema: 'http://json-schema.org/draft-07/schema#', title: 'A form', type: 'object', required: ['needed'] },
    groups: [{ id: 'main', title: 'Main' }],
    properties: {
      needed: { ...typed, minLength: 1, order: 3, group: 'main' },
      password: { type: 'string', title: 'Password', description, airbyte_secret: true, order: 4, group: 'main' },
      storage,
      list: { ...list, items: entry },
      probe: { ...field },
    },
    ...more,
  };
}

const probe = { ...optional, order: 0, group: 'main' };
const without = (key: string, field: FormField = probe) =>
  Object.fromEntries(Object.entries(field).filter(([name]) => name !== key));
const withOptions = (...options: FormField[]): FormField => formOf({ ...storage, order: 0, oneOf: options });
const withItems = (items: unknown): FormField => formOf({ ...list, order: 0, items: items as FormField });

t.test('a form without a fault', async (t) => {
  t.same(formFaults(formOf(probe)), []);
});

/** What is wrong, the rule that catches it, and where. */
const cases: readonly [what: string, form: FormField, rule: string, path?: string][] = [
  ['a type that is two', formOf({ ...probe, type: ['string', 'null'] as never }), 'a type'],
  ['no type', formOf(without('type')), 'a type'],
  ['null', formOf({ ...probe, type: 'null' }), 'a type'],
  ['no title', formOf(without('title')), 'a title'],
  ['a title in small letters', formOf({ ...probe, title: 'some text' }), 'a title'],
  [
    'a title that hides its group',
    formOf({
      ...without('examples', without('default')),
      type: 'object',
      default: {},
      properties: { inner: { ...optional, order: 0 } },
    }),
    'a title in a group',
    'probe.inner',
  ],
  ['no description', formOf(without('description')), 'a description is'],
  ['a description of a word', formOf({ ...probe, description: 'Text.' }), 'a description is'],
  [
    'a tag that stays open',
    formOf({ ...probe, description: 'A <code>text that a person enters.' }),
    'a description closes',
  ],
  ['a picture', formOf({ ...probe, description: 'A text <img src=x> that a person enters.' }), 'a description closes'],
  ['no order', formOf(without('order')), 'an order'],
  ['half an order', formOf({ ...probe, order: 1.5 }), 'an order'],
  ['the order of another', formOf({ ...probe, order: 1 }), 'an order'],
  ['no group', formOf(without('group')), 'a group'],
  ['a group that is none', formOf({ ...probe, group: 'other' }), 'a group'],
  [
    'a group inside',
    withOptions(option('A', { bucket: { ...probe, order: 1 } }), option('B')),
    'a group',
    'probe(0).bucket',
  ],
  ['a choice of schemas', formOf({ ...probe, anyOf: [] }), 'no keyword'],
  ['a condition', formOf({ ...probe, if: {} }), 'no keyword'],
  ['a reference', formOf({ ...probe, $ref: '#/definitions/text' }), 'no keyword'],
  ['a free-form object', formOf({ ...without('examples'), type: 'object', default: {} }), 'an object has'],
  ['an object of any names', formOf({ ...probe, type: 'object', additionalProperties: true }), 'no keyword'],
  ['properties besides options', formOf({ ...storage, order: 0, properties: {} }), 'an object has'],
  ['a text with properties', formOf({ ...probe, properties: {} }), 'an object has'],
  ['a list of nothing', formOf({ ...list, order: 0 }), 'a list'],
  ['a list of lists', withItems({ type: 'array', items: { type: 'string' } }), 'a list'],
  ['a tuple', withItems([{ type: 'string' }]), 'a list'],
  ['a list of free-form objects', withItems({ type: 'object' }), 'a list'],
  ['a text with items', formOf({ ...probe, items: { type: 'string' } }), 'a list'],
  ['an option that is a text', withOptions(option('A'), { ...option('B'), type: 'string' }), 'options'],
  ['an option without a title', withOptions(option('A'), without('title', option('B'))), 'options'],
  [
    'an option without a constant',
    withOptions(option('A'), { ...option('B'), properties: { kind: optional } }),
    'options',
  ],
  [
    'constants under different names',
    withOptions(option('A'), { ...option('B'), required: ['sort'], properties: { sort: kind('B') } }),
    'options',
  ],
  ['two options of one constant', withOptions(option('A'), option('A')), 'options'],
  ['a constant that may be missing', withOptions(option('A'), without('required', option('B'))), 'options'],
  ['a constant that is empty', withOptions(option('A'), { ...option(''), title: 'B' }), 'options'],
  [
    'a choice of numbers',
    formOf({ ...probe, type: 'integer', default: 1, examples: [1], enum: [1, 2] }),
    'the options of a choice',
  ],
  [
    'a choice of the same',
    formOf({ ...probe, default: 'a', examples: ['a'], enum: ['a', 'a'] }),
    'the options of a choice',
  ],
  ['a choice of nothing', formOf({ ...probe, default: 'abc', enum: ['', 'abc'] }), 'the options of a choice'],
  ['no default', formOf(without('default')), 'what is optional'],
  ['a default of what is required', formOf(probe, { required: ['needed', 'probe'] }), 'what is optional'],
  ['a default of another type', formOf({ ...probe, default: 7 }), 'defaults'],
  [
    'an example that does not fit',
    formOf({ ...probe, default: 'a', pattern: '^a$', pattern_descriptor: 'the letter a' }),
    'defaults',
  ],
  [
    'a default below the least',
    formOf({ ...probe, type: 'integer', minimum: 1, default: 0, examples: [1] }),
    'defaults',
  ],
  ['a default of no choice', formOf({ ...probe, default: 'c', examples: ['a'], enum: ['a', 'b'] }), 'defaults'],
  ['a space as default', formOf({ ...probe, default: ' ' }), 'the form trims'],
  ['a suggested space', formOf({ ...probe, examples: ['; '] }), 'the form trims'],
  [
    'a space among suggested lists',
    formOf({ ...list, order: 0, items: { type: 'string' }, examples: [[' a']] }),
    'the form trims',
  ],
  ['no examples', formOf(without('examples')), 'a field to type into'],
  ['a pattern without words', formOf({ ...probe, pattern: '.*' }), 'a pattern has'],
  ['words without a pattern', formOf({ ...probe, pattern_descriptor: 'any text' }), 'a pattern has'],
  ['a pattern for words', formOf({ ...probe, pattern: '^[a-z]*$', pattern_descriptor: '[a-z]*' }), 'a pattern has'],
  [
    'a pattern of a number',
    formOf({ ...probe, type: 'number', default: 1, examples: [1], pattern: '1', pattern_descriptor: 'a number' }),
    'a pattern is',
  ],
  ['a length that the form does not check', formOf({ ...probe, minLength: 1 }), 'a text that must not be empty'],
  ['a limit of a text', formOf({ ...probe, minimum: 1 }), 'limits'],
  ['limits that leave nothing', formOf({ ...probe, type: 'number', minimum: 2, maximum: 1 }), 'limits'],
  ['a format without a control', formOf({ ...probe, format: 'uri' }), 'a format'],
  ['a look that does not exist', formOf({ ...storage, order: 0, display_type: 'tabs' }), 'a display type'],
  ['a look of a text', formOf({ ...probe, display_type: 'radio' }), 'a display type'],
  ['long text of a number', formOf({ ...probe, type: 'number', multiline: true }), 'a display type'],
  ['a secret with a default', formOf({ ...probe, airbyte_secret: true }), 'a secret'],
  [
    'a secret that Airbyte does not mask',
    formOf({ ...without('default', without('examples')), airbyte_secret: true }),
    'a secret',
  ],
  [
    'a password for all to see',
    withOptions(option('A', { password: { ...optional, order: 1 } }), option('B')),
    'a secret',
    'probe(0).password',
  ],
  [
    'hidden and required',
    formOf({ ...without('default'), airbyte_hidden: true }, { required: ['needed', 'probe'] }),
    'a hidden field',
  ],
  [
    'required and always shown',
    formOf({ ...without('default'), always_show: true }, { required: ['needed', 'probe'] }),
    'only a field',
  ],
  ['required and not there', withItems({ ...entry, required: ['day', 'gone'] }), 'required fields'],
  [
    'a name in camelCase',
    formOf(probe, { properties: { ...formOf(probe).properties, someText: { ...probe, order: 9 } } }),
    'a name',
    'someText',
  ],
  ['no draft', formOf(probe, { $schema: 'http://json-schema.org/draft-04/schema#' }), 'the form', 'form'],
  ['a choice at the top', formOf(probe, { oneOf }), 'the form', 'form'],
  [
    'a form that requires what is not there',
    formOf(probe, { required: ['needed', 'gone'] }),
    'fields that the form requires',
    'form',
  ],
  ['a group without a title', formOf(probe, { groups: [{ id: 'main' }] }), 'groups', 'form'],
  [
    'a group of nothing',
    formOf(probe, {
      groups: [
        { id: 'main', title: 'Main' },
        { id: 'more', title: 'More' },
      ],
    }),
    'groups',
    'form',
  ],
];

const names = [...Object.keys(formRules), ...Object.keys(wholeRules)];

for (const [what, form, start, path = 'probe'] of cases) {
  t.test(`caught: ${what}`, async (t) => {
    const faults = formFaults(form);
    t.ok(
      faults.some((fault) => fault.startsWith(`${path}: ${start}`)),
      faults.join('; '),
    );
  });
}

t.test('every rule catches something', async (t) => {
  for (const rule of names)
    t.ok(
      cases.some(([, , start]) => rule.startsWith(start)),
      rule,
    );
});
