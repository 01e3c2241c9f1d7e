/** How a fault of the configuration is worded: in the titles that the form shows, never with the value that was entered. */
import type { ErrorObject } from 'ajv';

/** What this file reads of a schema: the titles of its properties and the wording of its patterns. */
export interface FormSchema {
  readonly title?: string;
  readonly pattern_descriptor?: string;
  readonly properties?: Readonly<Record<string, FormSchema>>;
  readonly items?: FormSchema;
}

/** A validator's fault in words: `Files > Largest File in MB must be at most 80`. */
export function wordFault(error: ErrorObject, schema: FormSchema): string {
  const { titles, field } = locate(error.instancePath, schema);
  const limit = error.params as { missingProperty?: string; limit?: number; allowedValues?: string[]; type?: string };
  switch (error.keyword) {
    case 'required': {
      const name = limit.missingProperty ?? '';
      return `${[...titles, field?.properties?.[name]?.title ?? name].join(' > ')} is missing`;
    }
    case 'type':
      return `${titles.join(' > ')} must be ${kinds[limit.type ?? ''] ?? limit.type}`;
    case 'enum':
      return `${titles.join(' > ')} must be one of ${limit.allowedValues?.join(', ')}`;
    case 'minimum':
      return `${titles.join(' > ')} must be at least ${limit.limit}`;
    case 'maximum':
      return `${titles.join(' > ')} must be at most ${limit.limit}`;
    case 'minLength':
      return `${titles.join(' > ')} must not be empty`;
    case 'pattern':
      return `${titles.join(' > ')} must be ${field?.pattern_descriptor}`;
    default:
      return `${titles.join(' > ')} ${error.message}`;
  }
}

/** Many faults as one text, the first twenty of them word for word. */
export function joinFaults(faults: readonly string[]): string {
  const reported = faults.slice(0, 20).join('; ');
  return faults.length > 20 ? `${reported}; and ${faults.length - 20} more` : reported;
}

const kinds: Readonly<Record<string, string>> = {
  string: 'a text',
  number: 'a number',
  integer: 'a whole number',
  boolean: 'true or false',
  array: 'a list',
  object: 'a group of settings',
};

/** The titles along a path such as `/streams/1/object`; entries of a list are counted from 1. */
function locate(instancePath: string, schema: FormSchema): { titles: string[]; field: FormSchema | undefined } {
  const titles: string[] = [];
  let field: FormSchema | undefined = schema;
  for (const part of instancePath.split('/').slice(1)) {
    if (field?.items) {
      titles.push(`${titles.pop()} ${Number(part) + 1}`);
      field = field.items;
    } else {
      field = field?.properties?.[part];
      titles.push(field?.title ?? part);
    }
  }
  return { titles, field };
}
