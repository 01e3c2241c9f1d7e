/** Renders generated texts: TypeScript types of a form's schema, and tables in Markdown. Pure. */
import { compile } from 'json-schema-to-typescript';

/** The part of a field in `spec.json` that is used here. */
export interface FieldSchema {
  readonly type?: string;
  readonly title?: string;
  readonly description?: string;
  readonly default?: unknown;
  readonly enum?: readonly string[];
  readonly const?: string;
  readonly oneOf?: readonly FieldSchema[];
  readonly minimum?: number;
  readonly maximum?: number;
  readonly required?: readonly string[];
  readonly properties?: Readonly<Record<string, FieldSchema>>;
  readonly items?: FieldSchema;
  readonly airbyte_hidden?: boolean;
}

interface ErrorEntry {
  readonly type: string;
  readonly what: string;
  readonly next: string;
}

/** The types of the configuration after every default is filled in. */
export async function configurationTypes(schema: FieldSchema): Promise<string> {
  const banner = [
    '/** The configuration as `spec.json` describes it, every default filled in. Generated: `npm run generate`. */',
    '',
  ].join('\n');
  return compile(typed(schema, 'Configuration'), 'Configuration', {
    additionalProperties: false,
    bannerComment: banner,
    style: { singleQuote: true, printWidth: 120 },
  });
}

/** A schema that gives good types: only objects have a name, and members with a default are required. */
function typed(schema: FieldSchema, name?: string): Record<string, unknown> {
  const { properties, items, oneOf, type, enum: values, const: constant, description } = schema;
  const plain = description?.replace(/<\/?code>/g, '`');
  return {
    ...(type && { type }),
    ...(values && { enum: values }),
    ...(constant !== undefined && { const: constant }),
    ...(oneOf && { oneOf: oneOf.map((option) => typed(option)) }),
    ...(plain && { description: plain }),
    ...(type === 'object' && { title: name ?? schema.title?.replace(/ /g, '') }),
    ...(items && { items: typed(items) }),
    ...(properties && {
      properties: Object.fromEntries(Object.entries(properties).map(([key, field]) => [key, typed(field)])),
      required: Object.entries(properties).flatMap(([key, field]) =>
        field.default !== undefined || schema.required?.includes(key) ? [key] : [],
      ),
    }),
  };
}

/** A table row per setting: path, title, values, default, meaning. */
export function configurationTable(schema: FieldSchema): string {
  return markdownTable(['Setting', 'Title in Airbyte', 'Values', 'Default', 'Meaning'], settings(schema, ''));
}

function settings(schema: FieldSchema, prefix: string): string[][] {
  return Object.entries(schema.properties ?? {}).flatMap(([key, field]) => {
    const groups = field.oneOf ?? [field.items?.properties ? field.items : field];
    const inner = groups.flatMap((group) => settings(group, `${prefix}${key}${field.items?.properties ? '[]' : ''}.`));
    if (field.type === 'object' && !field.oneOf) return inner;
    // What chooses an option is shown at its group.
    if (field.const !== undefined) return [];
    const isRequired = schema.required?.includes(key);
    const preset = field.oneOf ? 'none' : `\`${JSON.stringify(field.default)}\``;
    const row = [
      `\`${prefix}${key}\``,
      `${field.title}${field.airbyte_hidden ? ' (not in the form)' : ''}`,
      values(field),
      isRequired ? '**required**' : preset,
      (field.description ?? '').replace(/<\/?code>/g, '`'),
    ];
    return [row, ...inner];
  });
}

function values(field: FieldSchema): string {
  if (field.enum) return field.enum.map((value) => (value === '' ? 'empty' : `\`${value}\``)).join(', ');
  if (field.oneOf) return field.oneOf.flatMap(chooser).join(', ');
  const kind = kinds[field.items ? `array of ${field.items.type}` : (field.type ?? '')];
  if (field.minimum === undefined) return `${kind}`;
  return `${kind}, ${field.minimum} ${field.maximum === undefined ? 'or more' : `to ${field.maximum}`}`;
}

/** The constant of an option, with its name. */
function chooser({ properties = {} }: FieldSchema): string[] {
  return Object.entries(properties).flatMap(([name, { const: value }]) =>
    value === undefined ? [] : [`\`{"${name}": "${value}", …}\``],
  );
}

const kinds: Readonly<Record<string, string>> = {
  string: 'text',
  integer: 'whole number',
  number: 'number',
  boolean: 'true or false',
  'array of string': 'list of texts',
  'array of object': 'list of entries',
};

/** A table row per error code: who has to act, what happened, what to do next. */
export function errorCodes(table: Readonly<Record<string, ErrorEntry>>): string {
  const rows = Object.entries(table).map(([code, { type, what, next }]) => [
    `\`${code}\``,
    `\`${type}\``,
    reported(what),
    reported(next),
  ]);
  return markdownTable(['Code', 'Failure type', 'What happened', 'What to do next'], rows);
}

/** `{name}` stands for a detail that only the error itself has. */
function reported(text: string): string {
  return text.replace(/\{(\w+)\}/g, '*$1*');
}

/** A table in Markdown. */
export function markdownTable(head: readonly string[], rows: readonly (readonly string[])[]): string {
  const line = (cells: readonly string[]) => `| ${cells.map((cell) => cell.replace(/\|/g, '\\|')).join(' | ')} |`;
  return [line(head), line(head.map(() => '---')), ...rows.map(line)].join('\n');
}

/**
 * Replaces the text between `<!-- NAME:start -->` and `<!-- NAME:end -->`.
 * @throws {Error} if the marks are missing
 */
export function replaceBetween(text: string, name: string, content: string): string {
  const [start, end] = [`<!-- ${name}:start -->`, `<!-- ${name}:end -->`];
  const [from, to] = [text.indexOf(start), text.indexOf(end)];
  if (from < 0 || to < from) throw new Error(`the marks ${start} and ${end} are missing`);
  return `${text.slice(0, from + start.length)}\n\n${content}\n\n${text.slice(to)}`;
}
