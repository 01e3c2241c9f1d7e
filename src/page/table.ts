/** Tables and other lists of pages, of which the size is limited. */
import { truncate } from '../names.ts';
import { type Content, type Html, html, joined } from './html.ts';

/** A column of a table. */
export interface Column<Row> {
  readonly title: string;
  /** `number`: to the right; `long`: texts that break, others stay on one line. */
  readonly kind?: 'number' | 'long';
  readonly cell: (row: Row) => Content;
}

/** What a table shows. */
export interface TableContent<Row> {
  /** What assistive software calls it; no other table of the page has the same. */
  readonly name: string;
  /** The first names the row. */
  readonly columns: readonly Column<Row>[];
  readonly rows: readonly Row[];
  /** The size of all rows, in bytes of HTML: further ones are left out. */
  readonly maxBytes: number;
  /** What is said of rows that are left out. */
  readonly rest: (count: number) => string;
}

/** A table that scrolls by itself where it is too wide; nothing without rows. */
export function table<Row>({ name, columns, rows, maxBytes, rest }: TableContent<Row>): Html {
  if (rows.length === 0) return html``;
  const [first, ...others] = columns;
  const { shown, left } = limited(rows, maxBytes, (row) => {
    // Without end tags, which HTML does not need: in a long table they would be a sixth of the page.
    const cells = others.map(({ cell }) => html`<td>${cell(row)}`);
    return html`<tr><th>${first?.cell(row)}${cells}\n`;
  });
  const kinds = columns.flatMap(({ kind }, at) => (kind ? [`${kind === 'number' ? 'n' : 'w'}${at + 1}`] : []));
  const titles = columns.map(({ title }) => html`<th scope="col">${truncate(title, 80)}</th>`);
  return html`<div class="scroll" role="region" aria-label="${truncate(name, 120)}" tabindex="0"><table class="${kinds.join(' ')}">
<thead><tr>${titles}</tr></thead>
<tbody>
${shown}</tbody></table></div>${left > 0 && html`<p class="note">${rest(left)}</p>`}`;
}

/** As many parts as fit in a number of bytes, and how many are left. */
export function limited<Item>(
  items: readonly Item[],
  maxBytes: number,
  part: (item: Item) => Html,
): { readonly shown: Html; readonly left: number } {
  const parts: Html[] = [];
  let bytes = 0;
  for (const item of items) {
    const made = part(item);
    bytes += Buffer.byteLength(made.toString());
    if (bytes > maxBytes) break;
    parts.push(made);
  }
  return { shown: joined(parts), left: items.length - parts.length };
}

/** A name of any length and any script within other text: cut, and without effect on the order of that text. */
export function named(name: string, maxLength = 160): Html {
  return html`<bdi>${truncate(name, maxLength)}</bdi>`;
}
