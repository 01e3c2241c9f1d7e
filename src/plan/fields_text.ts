/** Reads a mapping that is written, or pasted, as text: `column = Field`, one per line. */
import type { FieldMapping } from '../config/types.ts';
import { trimmed } from '../names.ts';

/** A mapping as text, read. */
export interface FieldsText {
  readonly fields: readonly (FieldMapping & Line)[];
  /** Lines that are no mapping. */
  readonly others: readonly (Line & { readonly text: string })[];
}

interface Line {
  /** Counted from 1. */
  readonly line: number;
}

/**
 * Reads lines of `column = Field`, or of two cells separated by tabs, as a sheet copies them. Empty lines and lines
 * that begin with `#` are skipped. The last `=` of a line counts, as the name of a field never contains one.
 */
export function readFieldsText(text: string): FieldsText {
  const fields: (FieldMapping & Line)[] = [];
  const others: (Line & { text: string })[] = [];
  for (const [at, whole] of text.split(/\r\n|\r|\n/).entries()) {
    const written = trimmed(whole);
    if (written === '' || written.startsWith('#')) continue;
    const mapping = readLine(written);
    if (mapping) fields.push({ ...mapping, line: at + 1 });
    else others.push({ text: written, line: at + 1 });
  }
  return { fields, others };
}

function readLine(line: string): FieldMapping | undefined {
  const equals = line.lastIndexOf('=');
  const parts = equals >= 0 ? [line.slice(0, equals), line.slice(equals + 1)] : line.split(/\t+/);
  const [column, field, ...more] = parts.map((part) => trimmed(part));
  if (!column || !field || more.length > 0 || `${column}${field}`.includes('\t')) return undefined;
  return { column, field };
}
