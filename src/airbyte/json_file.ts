/** Reads JSON files from Airbyte. Errors never contain the path or any content. */
import { readFile } from 'node:fs/promises';
import { jsonFault } from './json_fault.ts';
import { sharedError } from './traced_error.ts';

type Code = 'config_unreadable' | 'catalog_unreadable';

/**
 * Reads the text of a file, without a byte order mark.
 * @throws {TracedError} `failure` if it cannot be read
 */
export async function readText(path: string, failure: Code): Promise<string> {
  let code: string | undefined;
  try {
    const text = await readFile(path, 'utf8');
    return text.replace(/^\uFEFF/, '');
  } catch (error) {
    ({ code } = error as NodeJS.ErrnoException);
  }
  // Neither the path nor the cause, which contains it: a user may have passed the configuration itself as --config.
  throw sharedError(failure, { detail: reason(code) });
}

/**
 * Parses JSON.
 * @throws {TracedError} `failure` if the text is not JSON, with line and column, both from 1
 */
export function parseJson(text: string, failure: Code): unknown {
  try {
    return JSON.parse(text);
  } catch {
    // The parser's message, and so the cause, quotes the text, which contains the access key.
  }
  const fault = text.trim() === '' ? 'it is empty' : `it is not JSON: ${jsonFault(text) ?? 'its place is not known'}`;
  throw sharedError(failure, { detail: fault });
}

function reason(code: string | undefined): string {
  switch (code) {
    case 'ENOENT':
    case 'ENOTDIR':
    case 'ENAMETOOLONG':
      return 'there is no such file';
    case 'EISDIR':
      return 'it is a folder';
    case 'EACCES':
    case 'EPERM':
      return 'the connector may not read it';
    default:
      return `the system answers ${code ?? 'with an unknown error'}`;
  }
}
