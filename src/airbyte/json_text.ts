/** The text of a valid JSON string, from the bytes inside its quotes. Lone surrogates stay as they are. */
export function decodeText(buffer: Buffer, start: number, stop: number): string {
  const text = buffer.toString('utf8', start, stop);
  return text.includes('\\') ? (JSON.parse(`"${text}"`) as string) : text;
}
