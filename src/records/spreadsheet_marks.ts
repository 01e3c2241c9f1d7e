/** What a spreadsheet leaves in a file that it has saved, and in cells that it has changed. */
import { isUtf8 } from 'node:buffer';
import { withoutMark } from './csv_reader.ts';

/** Whether a spreadsheet has probably saved the file: it has line ends or a mark that we do not write. */
export function isFromSpreadsheet(bytes: Buffer): boolean {
  return withoutMark(bytes) !== bytes || bytes.includes('\r\n');
}

/** The bytes that Windows' own encoding has for characters beyond ASCII. */
const windowsBytes = new Map(
  Array.from({ length: 128 }, (_, at) => [new TextDecoder('windows-1252').decode(Buffer.of(at + 128)), at + 128]),
);

/** Whether a text is probably UTF-8 that a program has read in the encoding of Windows: `CafÃ©` for `Café`. */
export function isMisread(text: string): boolean {
  if (!/[\u0080-\uffff]/.test(text)) return false;
  const bytes: number[] = [];
  for (const character of text) {
    const code = character.charCodeAt(0);
    const byte = code < 128 ? code : windowsBytes.get(character);
    if (byte === undefined) return false;
    bytes.push(byte);
  }
  return isUtf8(Buffer.from(bytes));
}

/** Whether a text is a long number as spreadsheets shorten it: `1.23E+17`. */
export function isShortened(text: string): boolean {
  return /^-?\d(?:[.,]\d+)?E\+\d{2,3}$/.test(text);
}

/** Whether a text is what spreadsheets show in place of a value: the fault of a formula, or a column that is too narrow. */
export function isNoValue(text: string): boolean {
  return /^#(?:REF!|N\/A|VALUE!|NAME\?|DIV\/0!|NULL!|NUM!|##+)$/.test(text);
}
