/** A form with a file as the body of a request. */
import { Readable } from 'node:stream';
import { formDataToBlob } from 'formdata-polyfill/esm.min.js';
import { Blob, FormData } from 'node-fetch';
import type { Request } from './exchange.ts';
import type { FilePart } from './file_part.ts';

/** Takes the place of the `Blob` that a form becomes: a `Blob` reads its parts by way of a slower stream. */
class Parts {
  /** Texts, and in its place an object that stands for the file. */
  readonly parts: readonly unknown[];
  readonly type: string;

  constructor(parts: readonly unknown[], { type }: { readonly type: string }) {
    this.parts = parts;
    this.type = type;
  }
}
const formParts = formDataToBlob as unknown as (form: FormData, kind: typeof Parts) => Parts;

/**
 * Encodes a form; the file is read while it is sent.
 * @param fields by name, in order
 */
export function formBody(
  fields: Readonly<Record<string, string>>,
  file: { readonly part: FilePart; readonly name: string },
): NonNullable<Request['body']> {
  const form = new FormData();
  for (const [name, value] of Object.entries(fields)) form.append(name, value);
  form.append('file', new Blob([], { type: file.part.type }), file.name);
  const { parts, type } = formParts(form, Parts);
  const encoded = parts.map((part) => (typeof part === 'string' ? Buffer.from(part) : file.part));
  async function* pieces() {
    for (const part of encoded) {
      if (Buffer.isBuffer(part)) yield part;
      else yield* part.pieces();
    }
  }
  return {
    stream: () => Readable.from(pieces(), { objectMode: false }),
    type,
    length: encoded.reduce((length, part) => length + (Buffer.isBuffer(part) ? part.length : part.size), 0),
  };
}
