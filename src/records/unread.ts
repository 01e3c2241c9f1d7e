/** Recognises values that a source did not read: what it sends in their place would overwrite Gainsight's value. */

/** Sent by Debezium for a large value that has not changed. */
export const placeholder = '__debezium_unavailable_value';
/** As text, and as columns of bytes have it: in base64 or hexadecimal. */
const placeholders: ReadonlySet<string> = new Set([
  placeholder,
  ...(['base64', 'hex'] as const).map((form) => Buffer.from(placeholder).toString(form)),
]);
/** The name of a class or array type, `@`, and the object's hash. */
const javaPrint = /^(?:\[+(?:[ZBCSIJFD]|L[\w.$]+;)|[a-z]\w*(?:\.[a-z_]\w*)*\.[A-Z][\w$]*)@[0-9a-f]{1,8}$/;

const notChanged =
  'the source did not read the value, as it had not changed: in PostgreSQL set REPLICA IDENTITY FULL on its table';
const printed =
  'the source sent the name of a Java object in place of the value: update its connector, or leave the column out';

/**
 * Why a cell is not the value that the source has; undefined: it is.
 * @param separator between the elements of a list
 */
export function unreadReason(cell: string, separator: string): string | undefined {
  const isNested = cell.startsWith('{') || cell.startsWith('[');
  // A Java array also begins with a bracket.
  const texts = isNested ? [cell, ...stringsIn(cell)] : [cell, ...cell.split(separator)];
  if (texts.some((text) => placeholders.has(text))) return notChanged;
  return texts.some((text) => javaPrint.test(text)) ? printed : undefined;
}

/** The strings in a JSON text, keys included. Those with escapes are neither placeholder nor Java output. */
function stringsIn(json: string): string[] {
  return Array.from(json.matchAll(/"((?:[^"\\]|\\.)*)"/g), ([, text = '']) => text);
}
