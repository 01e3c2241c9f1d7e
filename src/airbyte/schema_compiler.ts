/**
 * Compiles JSON schemas with ajv. Loading it and compiling takes longer than all else at the start of a command, so only
 * a destination without {@link Destination.validateConfig} does it while it runs.
 */
import { Ajv, type Options } from 'ajv';
import { withChoosers } from './form_schema.ts';
import type { JsonObject } from './protocol.ts';
import type { Validator } from './validator.ts';

/** Validating a schema takes longer than compiling it. */
const unchecked = { meta: false, validateSchema: false, logger: false } as const satisfies Options;
/** A form has keywords that the validator does not know. */
const lenient = { strict: false, validateFormats: false } as const satisfies Options;

/** How a catalog's schema is compiled. */
export const catalogOptions = { ...unchecked, allErrors: true, strict: true } as const satisfies Options;
/** How a form's schema is compiled. */
export const formOptions = {
  ...{ ...unchecked, ...lenient },
  ...{ allErrors: true, useDefaults: true, discriminator: true },
} as const satisfies Options;

/** The validator of configurations of a form. */
export function compileFormValidator(schema: JsonObject): Validator {
  return new Ajv(formOptions).compile(withChoosers(schema));
}
