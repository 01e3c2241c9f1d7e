/**
 * Generates files from their one source: the configuration's types, validators, tables of `docs/`, the figures and the chart of what
 * was measured; `--check` only compares.
 */
import { readFile, writeFile } from 'node:fs/promises';
import { createRequire } from 'node:module';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { drawGrowth } from '../bench/chart.ts';
import type { Results } from '../bench/results.ts';
import { catalogSchema } from '../src/airbyte/catalog_schema.ts';
import { withChoosers } from '../src/airbyte/form_schema.ts';
import { catalogOptions, formOptions } from '../src/airbyte/schema_compiler.ts';
import { errorTable } from '../src/errors.ts';
import { configurationTable, configurationTypes, errorCodes, type FieldSchema, replaceBetween } from './render.ts';
import { speedSection, speedSummary } from './speed.ts';
import { validatorOf, withoutWords } from './validators.ts';

/** The package's folder, wherever this file was compiled to. */
export const packageFolder = dirname(createRequire(import.meta.url).resolve('#package.json'));

/**
 * Rewrites files that no longer match their source, or with `isCheck` only finds them. Returns the names of these
 * files.
 */
export async function generate(folder: string, isCheck: boolean): Promise<string[]> {
  const spec = JSON.parse(await readFile(join(folder, 'spec.json'), 'utf8')) as {
    connectionSpecification: FieldSchema;
  };
  const schema = spec.connectionSpecification;
  const measured = JSON.parse(await readFile(join(folder, 'bench/results/reference.json'), 'utf8')) as Results;
  const section = (name: string, content: string) => (old: string) => replaceBetween(old, name, content);
  const renderers: Record<string, (old: string) => string | Promise<string>> = {
    'src/config/types.ts': () => configurationTypes(schema),
    'src/config/config_validator.ts': () =>
      validatorOf('validateConfig', withoutWords(withChoosers(schema)), formOptions),
    'src/airbyte/catalog_validator.ts': () => validatorOf('validateCatalog', catalogSchema, catalogOptions),
    'docs/configuration.md': section('config', configurationTable(schema)),
    'docs/errors.md': section('errors', errorCodes(errorTable)),
    'docs/performance.md': section('speed', speedSection(measured)),
    'README.md': section('speed', speedSummary(measured)),
    'bench/results/growth.svg': () => drawGrowth(measured.growth ?? []),
  };
  const changed: string[] = [];
  for (const [name, render] of Object.entries(renderers)) {
    const path = join(folder, name);
    const old = await readFile(path, 'utf8').catch(() => '');
    const text = await render(old);
    if (text === old) continue;
    changed.push(name);
    if (!isCheck) await writeFile(path, text);
  }
  return changed;
}

if (process.argv[1] === fileURLToPath(import.meta.url)) {
  const isCheck = process.argv.includes('--check');
  const changed = await generate(packageFolder, isCheck);
  for (const name of changed) {
    process.stdout.write(isCheck ? `${name} does not match its source: run npm run generate\n` : `${name} written\n`);
  }
  if (isCheck && changed.length > 0) process.exitCode = 1;
}
