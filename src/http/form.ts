/** A form with a file as the body of a request. */
import { Readable } from 'node:stream';
import { formDataToBlob } from 'formdata-polyfill/esm.min.js';
import { FormData } from 'node-fetch';
import type { Request } from './exchange.ts';

/**
 * Encodes a form; the file is read while it is sent.
 * @param fields by name, in order
 */
export function formBody(
  fields: Readonly<Record<string, string>>,
  file: { readonly part: Blob; readonly name: string },
): NonNullable<Request['body']> {
  const form = new FormData();
  for (const [name, value] of Object.entries(fields)) form.append(name, value);
  form.append('file', file.part, file.name);
  const blob = formDataToBlob(form as never);
  const stream = () => Readable.from(blob.stream() as unknown as AsyncIterable<Uint8Array>, { objectMode: false });
  return { stream, type: blob.type, length: blob.size };
}
